//! The walk over all points of a lattice, in parts, by this processor or by an engine.
//!
//! In: a [`Scan`] and the [`State`] that the walk is in. Out: the state at the end. An engine bounds
//! blocks of points from below; those that may hold one of the best are looked at here, in f64.

use std::ops::Range;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use crate::engine::Sweep;
use crate::engine::cpu::Scanner;
use crate::error::{Error, Result};
use crate::lattice::{Block, Scan};
use crate::search::Means;
use crate::search::best::Best;

/// How far a walk is.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The first prefix that has not been looked at.
    pub(super) next: u64,
    /// Points that have been.
    pub(super) points: u64,
    /// The best of them.
    pub(super) top: Best<Vec<usize>>,
}

/// Prefixes of the first tasks, and of the longest.
const FIRST: u64 = 16;
const LONGEST: u64 = 1 << 20;

/// Prefixes in a row that are looked at ahead, one such row of so many, and the most rows.
const AHEAD: u64 = 64;
const APART: u64 = 16;
const MOST_AHEAD: u64 = 1 << 10;

/// How long a part should take: long enough to share among threads, short enough to stop.
const PART: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(80)];

/// Prefixes in all that tell how long the rest will take.
const MEASURED: u64 = 512;

/// Walks to the end. Gives whether an engine did a part.
///
/// # Errors
/// [`Error::Interrupted`] or [`Error::Paused`] where the watch was told to stop; what an engine says.
pub(super) fn walk(
    scan: &Scan,
    state: &mut State,
    most: usize,
    means: &Means,
    mut checkpoint: Option<&mut Checkpoint>,
) -> Result<bool> {
    let count = scan.prefixes.count();
    means.watch.count_in("lines");
    means.watch.expect(count);
    means.watch.advance(state.next);
    let mut engine = match means.engine {
        Some(engine) if scan.prefixes.heads() > 0 => {
            engine.sweep(scan, &|| seconds(scan, count - state.next))?
        }
        _ => None,
    };
    let mut helped = false;
    let limit = if state.next == 0 { reached(scan, most) } else { f64::INFINITY };
    let mut part = Part { scan, most, length: FIRST, limit };
    while state.next < count {
        let before = state.next;
        let blocks = match &mut engine {
            Some(sweep) => sweep.next(state.next)?,
            None => None,
        };
        match (blocks, &mut engine) {
            (Some(blocks), Some(sweep)) => {
                helped = true;
                part.judge(state, &blocks, sweep.as_mut())?;
            }
            _ => {
                engine = None;
                part.own(state, count);
            }
        }
        means.watch.advance(state.next - before);
        if let Some(checkpoint) = &mut checkpoint {
            checkpoint.keep(state, count, means.watch.stopped())?;
        }
        if means.watch.stopped() && state.next < count {
            return Err(checkpoint.map_or(Error::Interrupted, |file| file.paused()));
        }
    }
    Ok(helped)
}

/// A value that at least `most` points do not exceed, from a part of all prefixes: it keeps the first
/// tasks from evaluating much that is soon forgotten.
fn reached(scan: &Scan, most: usize) -> f64 {
    let count = scan.prefixes.count();
    let apart = (APART * AHEAD).max(count.div_ceil(MOST_AHEAD));
    let starts: Vec<u64> = (0..count.div_ceil(apart)).map(|place| place * apart).collect();
    let each =
        |scanner: &mut Scanner, start: &u64| scanner.reached(*start..count.min(start + AHEAD));
    let looked = starts.par_iter().map_init(|| Scanner::new(scan), each);
    let mut values: Vec<f64> = looked.collect::<Vec<_>>().concat();
    if most == 0 || values.len() < most {
        return f64::INFINITY;
    }
    *values.select_nth_unstable_by(most - 1, f64::total_cmp).1
}

/// What this processor would take for so many prefixes, measured here and there.
#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn seconds(scan: &Scan, rest: u64) -> f64 {
    let count = scan.prefixes.count();
    let length = (MEASURED / 8).min(count.div_ceil(8));
    let mut scanner = Scanner::new(scan);
    let began = Instant::now();
    for place in 0..8 {
        let first = (count - length) / 8 * place;
        scanner.run(first..first + length, f64::NEG_INFINITY, &mut |_, _| f64::NEG_INFINITY);
    }
    let each = began.elapsed().as_secs_f64() / (8 * length) as f64;
    each * rest as f64 / rayon::current_num_threads() as f64
}

/// How the next part is looked at.
struct Part<'a> {
    scan: &'a Scan,
    most: usize,
    /// Prefixes of a task.
    length: u64,
    /// No point above this is one of the best.
    limit: f64,
}

/// What was found in some prefixes.
struct Found {
    top: Best<Vec<usize>>,
    points: u64,
}

impl Part<'_> {
    /// The next part, by this processor alone.
    fn own(&mut self, state: &mut State, count: u64) {
        let began = Instant::now();
        let tasks = 16 * rayon::current_num_threads() as u64;
        let end = count.min(state.next.saturating_add(tasks * self.length));
        let starts = (state.next..end).step_by(usize::try_from(self.length).unwrap_or(1));
        let ranges: Vec<Range<u64>> =
            starts.map(|start| start..end.min(start + self.length)).collect();
        for found in self.look(&ranges, self.limit.min(state.top.threshold())) {
            state.top.merge(found.top);
            state.points += found.points;
        }
        state.next = end;
        match began.elapsed() {
            short if short < PART[0] => self.length = (2 * self.length).min(LONGEST),
            long if long > PART[1] => self.length = (self.length / 2).max(1),
            _ => {}
        }
    }

    /// Looks at all points of some prefixes, side by side.
    fn look(&self, ranges: &[Range<u64>], limit: f64) -> Vec<Found> {
        let look = |scanner: &mut Scanner, ranks: &Range<u64>| {
            let mut top = Best::new(self.most);
            let points = scanner.run(ranks.clone(), limit, &mut |value, point| {
                top.offer(value, point.to_vec());
                limit.min(top.threshold())
            });
            Found { top, points }
        };
        ranges.par_iter().map_init(|| Scanner::new(self.scan), look).collect()
    }

    /// Looks into the blocks of an engine, the most promising first, as long as they may hold one
    /// of the best; all of them count once none contradicts what is seen.
    fn judge(&self, state: &mut State, blocks: &[Block], sweep: &mut dyn Sweep) -> Result<()> {
        let mut order: Vec<&Block> = blocks.iter().collect();
        order.sort_by(|a, b| a.least.total_cmp(&b.least));
        let mut top = state.top.clone();
        for few in order.chunks(2 * rayon::current_num_threads()) {
            let open: Vec<&Block> = few
                .iter()
                .copied()
                .filter(|block| block.least <= self.limit.min(top.threshold()))
                .collect();
            let ranges: Vec<Range<u64>> = open.iter().map(|block| block.ranks.clone()).collect();
            let found = self.look(&ranges, self.limit.min(top.threshold()));
            if let Some(why) = open.iter().zip(&found).find_map(|(block, found)| lie(block, found))
            {
                return sweep.distrust(&why);
            }
            found.iter().for_each(|found| top.merge(found.top.clone()));
            if open.len() < few.len() {
                break;
            }
        }
        if let Some(why) = blocks.first().and_then(|block| self.audit(block)) {
            return sweep.distrust(&why);
        }
        state.top = top;
        state.points += blocks.iter().map(|block| block.points).sum::<u64>();
        state.next = blocks.last().map_or(state.next, |block| block.ranks.end);
        Ok(())
    }

    /// Whether a block that need not be looked into is what the engine says.
    fn audit(&self, block: &Block) -> Option<String> {
        let found = self.look(std::slice::from_ref(&block.ranks), block.least);
        lie(block, &found[0])
    }
}

/// What shows that an engine said something wrong of a block.
fn lie(block: &Block, found: &Found) -> Option<String> {
    if block.points != found.points {
        return Some(format!("{} points where there are {}", block.points, found.points));
    }
    let below = found.top.kept().first().filter(|best| best.0 < block.least)?;
    Some(format!("a point is worth {}, and none should be below {}", below.0, block.least))
}
