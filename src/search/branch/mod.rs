//! Branch and bound: the least objective of all allowed mixtures, with a proof, where there is no
//! convexity to rely on or where only some domains may be used.
//!
//! In: an [`Objective`], a [`Region`], mixtures to begin with. Out: the best mixture and a lower
//! bound. The region is cut into cells; a cell whose bound is not below the best mixture found, less
//! the gap that is allowed, is done with. Cells are taken lowest bound first, a fixed number at a
//! time, so that the answer does not depend on the number of threads.

mod bound;
mod cell;
mod shape;

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

pub(super) use bound::supported;

use super::{Found, Objective, Region};
use crate::engine::Watch;
use crate::error::{Error, Result};
use bound::{Bounder, Judged};
use cell::Cell;

/// Cells that are cut at a time.
const ROUND: usize = 64;

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    /// The best is this close to the bound.
    pub(super) gap: f64,
    /// So many cells have been bounded.
    pub(super) cells: usize,
}

/// What was proved.
#[derive(Debug)]
pub(super) struct Proof {
    /// The best mixture; `None` where none was met.
    pub(super) best: Option<Found>,
    /// No allowed mixture has an objective below this.
    pub(super) lower_bound: f64,
    /// Cells that were bounded.
    pub(super) cells: usize,
    pub(super) evaluated: u64,
}

/// Searches. `convex` says that the objective and its limits are convex on the whole region;
/// `improve` leads a mixture to a better one nearby.
pub(super) fn prove(
    (objective, region): (&Objective, &Region),
    convex: bool,
    start: Option<Found>,
    improve: &(dyn Fn(&Found) -> Option<Found> + Sync),
    until: Until,
    watch: &Watch,
) -> Result<Proof> {
    let bounder = Bounder::new(objective, region, convex);
    let mut tree = Tree { open: BinaryHeap::new(), floor: f64::INFINITY, best: start, until };
    let (mut cells, mut evaluated) = (1, 0);
    watch.expect(until.cells as u64);
    let mut judged = vec![first(&bounder, region)];
    loop {
        for one in judged.into_iter().flatten() {
            evaluated += one.evaluated;
            tree.take(one, improve);
        }
        let round = tree.next(ROUND.min(until.cells.saturating_sub(cells) / 2));
        if round.is_empty() {
            break;
        }
        let (cutoff, best) = (tree.cutoff(), tree.best.clone());
        let halves: Vec<Cell> = round.par_iter().flat_map_iter(|one| bounder.halves(one)).collect();
        cells += halves.len();
        watch.advance(halves.len() as u64);
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
        let one = |mut cell: Cell| {
            cell.tighten(region).then(|| bounder.judge(cell, cutoff, best.as_ref()))?
        };
        judged = halves.into_par_iter().map(one).collect();
    }
    let lower_bound = tree.lower_bound();
    Ok(Proof { best: tree.best, lower_bound, cells, evaluated })
}

fn first(bounder: &Bounder, region: &Region) -> Option<Judged> {
    let mut whole = Cell::whole(region);
    whole.tighten(region).then(|| bounder.judge(whole, f64::INFINITY, None))?
}

/// The cells that are left to cut, and the best so far.
struct Tree {
    open: BinaryHeap<Open>,
    /// The least bound of the cells that are done with.
    floor: f64,
    best: Option<Found>,
    until: Until,
}

impl Tree {
    /// A cell whose bound is not below this is done with.
    fn cutoff(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |best| best.value - self.until.gap)
    }

    fn take(&mut self, judged: Judged, improve: &dyn Fn(&Found) -> Option<Found>) {
        let least = |best: &Option<Found>| best.as_ref().map_or(f64::INFINITY, |best| best.value);
        if let Some(met) = judged.met.as_ref().filter(|met| met.value < least(&self.best)) {
            self.best = Some(met.clone());
            self.best = improve(met).filter(|better| better.value < met.value).or(self.best.take());
        }
        if judged.closed || judged.cell.bound >= self.cutoff() {
            self.floor = self.floor.min(judged.cell.bound);
        } else {
            self.open.push(Open(judged));
        }
    }

    /// The cells with the lowest bounds.
    fn next(&mut self, most: usize) -> Vec<Judged> {
        let cutoff = self.cutoff();
        let mut round = Vec::new();
        while round.len() < most
            && let Some(Open(one)) = self.open.pop()
        {
            if one.cell.bound >= cutoff {
                self.floor = self.floor.min(one.cell.bound);
                self.open.clear();
            } else {
                round.push(one);
            }
        }
        round
    }

    fn lower_bound(&self) -> f64 {
        let open = self.open.peek().map_or(f64::INFINITY, |one| one.0.cell.bound);
        let best = self.best.as_ref().map_or(f64::INFINITY, |best| best.value);
        self.floor.min(open).min(best)
    }
}

/// A cell in the order of its bound, the lowest first.
struct Open(Judged);

impl Ord for Open {
    fn cmp(&self, other: &Open) -> Ordering {
        let (a, b) = (&self.0.cell, &other.0.cell);
        // Among equal bounds the order of the shares decides, so that it is always the same.
        let shares = |a: &[f64], b: &[f64]| {
            let differ = a.iter().zip(b).map(|(x, y)| y.total_cmp(x));
            differ.fold(Ordering::Equal, Ordering::then)
        };
        b.bound
            .total_cmp(&a.bound)
            .then_with(|| shares(&a.low, &b.low))
            .then_with(|| shares(&a.high, &b.high))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Open) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Open) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}
