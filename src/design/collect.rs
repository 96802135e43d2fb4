//! From numbers to a swarm of distinct mixtures.
//!
//! In: a [`Sampler`], what is allowed, how many are wanted and from how many draws. Out: rows in whole
//! steps, and where the other draws went.

use rayon::prelude::*;
use serde::Serialize;

use super::duplicates::{Distinct, Norm};
use super::grid::Grid;
use super::reuse::Reuse;
use super::sampler::Sampler;
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::plan::mix;
use crate::search::Region;

/// Numbers between two looks at the watch.
const BLOCK: u64 = 4096;

/// What a row must be.
#[derive(Debug)]
pub struct Allowed<'a> {
    /// All domains.
    pub region: &'a Region,
    /// From the domains that are drawn to all.
    pub reuse: &'a Reuse,
    /// The steps that rows are rounded to.
    pub grid: Grid,
}

/// How many rows, and when to give up.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Rows.
    pub runs: usize,
    /// Draws for each row, of whose distinct mixtures the rows are chosen at random.
    pub pool: u64,
    /// The most draws.
    pub tries: u64,
    /// How distance is measured, and how far apart two rows must be.
    pub apart: (Norm, f64),
    /// Seed of the choice.
    pub seed: u64,
}

/// Where the draws went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Mixtures drawn.
    pub drawn: u64,
    /// Those with a share above the sampler's cap, or with nothing left after small shares became
    /// zero.
    pub over_cap: u64,
    /// Those that a constraint forbids.
    pub not_allowed: u64,
    /// Those too near to another, or to a run that is there already.
    pub duplicates: u64,
    /// Those that are left, of which the rows were chosen.
    pub distinct: u64,
}

/// What became of a number.
enum Drawn {
    OverCap,
    NotAllowed,
    Row(Vec<u64>),
}

/// Draws until there are enough distinct rows and the pool is used up.
///
/// # Errors
/// [`Error::Usage`] where too few are found, saying where the draws went; [`Error::Interrupted`].
pub fn collect(
    sampler: &dyn Sampler,
    allowed: &Allowed<'_>,
    existing: &[Vec<f64>],
    wanted: Wanted,
    watch: &Watch,
) -> Result<(Vec<Vec<u64>>, Counts)> {
    let mut distinct = Distinct::new(allowed.region.low.len(), wanted.apart.0, wanted.apart.1);
    existing.iter().for_each(|mixture| _ = distinct.keep(mixture));
    let (rows, counts) = gather(sampler, allowed, &mut distinct, wanted, watch)?;
    match rows.len() < wanted.runs {
        true => Err(too_few(wanted, counts)),
        false => Ok((rows, counts)),
    }
}

/// The same, with what is found where that is too few.
///
/// # Errors
/// [`Error::Interrupted`].
pub(super) fn gather(
    sampler: &dyn Sampler,
    allowed: &Allowed<'_>,
    distinct: &mut Distinct,
    wanted: Wanted,
    watch: &Watch,
) -> Result<(Vec<Vec<u64>>, Counts)> {
    watch.count_in("mixtures");
    let mut counts = Counts::default();
    let mut rows: Vec<(u64, Vec<u64>)> = Vec::new();
    let pool = (wanted.runs as u64).saturating_mul(wanted.pool);
    watch.expect(pool);
    let enough = |rows: usize, drawn: u64| rows >= wanted.runs && drawn >= pool;
    while !enough(rows.len(), counts.drawn) && counts.drawn < wanted.tries {
        let first = counts.drawn;
        let block = first..(first + BLOCK).min(wanted.tries);
        let drawn: Vec<Drawn> =
            block.into_par_iter().map(|number| one(sampler, allowed, number)).collect();
        for (number, drawn) in (first..).zip(drawn) {
            if enough(rows.len(), counts.drawn) {
                break;
            }
            counts.drawn += 1;
            match drawn {
                Drawn::OverCap => counts.over_cap += 1,
                Drawn::NotAllowed => counts.not_allowed += 1,
                Drawn::Row(row) if distinct.keep(&allowed.grid.shares(&row)) => {
                    rows.push((number, row));
                }
                Drawn::Row(_) => counts.duplicates += 1,
            }
        }
        watch.advance(counts.drawn - first);
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
    }
    counts.distinct = rows.len() as u64;
    Ok((chosen(rows, wanted), counts))
}

fn one(sampler: &dyn Sampler, allowed: &Allowed<'_>, number: u64) -> Drawn {
    let Some(mixture) = sampler.draw(number) else {
        return if sampler.caps().is_some() { Drawn::OverCap } else { Drawn::NotAllowed };
    };
    let row = allowed.row(&mixture);
    let shares = allowed.grid.shares(&row);
    let capped = |caps: &[f64]| {
        let reduced = allowed.reuse.gather(&shares);
        reduced.iter().zip(caps).any(|(x, cap)| *x > cap + 1e-9)
    };
    match sampler.caps().is_some_and(capped) {
        true => Drawn::OverCap,
        false if allowed.holds(&shares) => Drawn::Row(row),
        false => Drawn::NotAllowed,
    }
}

impl Counts {
    /// These and others together.
    pub(super) fn and(self, other: Counts) -> Counts {
        Counts {
            drawn: self.drawn + other.drawn,
            over_cap: self.over_cap + other.over_cap,
            not_allowed: self.not_allowed + other.not_allowed,
            duplicates: self.duplicates + other.duplicates,
            distinct: self.distinct + other.distinct,
        }
    }
}

impl Allowed<'_> {
    /// A mixture of the domains that are drawn, as one of all domains in whole steps.
    pub fn row(&self, mixture: &[f64]) -> Vec<u64> {
        let Region { low, high, .. } = self.region;
        self.grid.round(&self.reuse.expand(mixture), low, high)
    }

    /// Whether a rounded mixture is allowed. A bound that lies between two steps is met by the
    /// nearest of them.
    pub fn holds(&self, shares: &[f64]) -> bool {
        let near = |share: f64, low: f64, high: f64| {
            let slack = if high - low < self.grid.step() { self.grid.step() } else { 0.0 };
            if share < low && share >= low - slack {
                low
            } else if share > high && share <= high + slack {
                high
            } else {
                share
            }
        };
        let bounds = self.region.low.iter().zip(&self.region.high);
        let moved: Vec<f64> =
            shares.iter().zip(bounds).map(|(x, (l, h))| near(*x, *l, *h)).collect();
        let off = moved.iter().sum::<f64>() - 1.0;
        // Fixed shares between two steps take the sum with them, by less than a step each.
        match off.abs() > 1e-9 {
            true => {
                let widest = (0..moved.len()).max_by(|&a, &b| {
                    let width = |k: usize| self.region.high[k] - self.region.low[k];
                    width(a).total_cmp(&width(b))
                });
                let mut even = moved;
                widest.into_iter().for_each(|k| even[k] -= off);
                self.region.holds(&even)
            }
            false => self.region.holds(&moved),
        }
    }
}

/// Of the distinct rows as many as are wanted, by a random order that the seed alone gives; in the
/// order in which they were drawn.
fn chosen(mut rows: Vec<(u64, Vec<u64>)>, wanted: Wanted) -> Vec<Vec<u64>> {
    if wanted.pool > 1 {
        rows.sort_by_key(|(number, _)| mix(wanted.seed ^ mix(number ^ 0x5eed)));
    }
    rows.truncate(wanted.runs);
    rows.sort_by_key(|(number, _)| *number);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn too_few(wanted: Wanted, counts: Counts) -> Error {
    let Counts { drawn, over_cap, not_allowed, duplicates, distinct } = counts;
    let cause = format!(
        "{distinct} of {} runs were found among {drawn} mixtures: {over_cap} had a share above its \
         cap, {not_allowed} broke a constraint, {duplicates} were too near to another",
        wanted.runs
    );
    let remedy = match over_cap.max(not_allowed).max(duplicates) {
        most if most == duplicates => "ask for fewer --runs, or lower --apart",
        most if most == over_cap => "raise --usage, or draw more with --tries",
        _ => "loosen a constraint (--method spread draws within bounds), or draw more with --tries",
    };
    Error::usage(cause, remedy)
}
