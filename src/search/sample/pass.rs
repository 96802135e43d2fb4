//! One pass over the mixtures of a source, in blocks, on all threads.
//!
//! In: a [`Source`], an [`Objective`], how many mixtures. Out: what a [`Keep`] keeps of them. Tasks are
//! merged in their order: what is kept does not depend on the threads.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::source::Source;
use crate::engine::Watch;
use crate::engine::cpu::stream::{BLOCK, Stream};
use crate::error::{Error, Result};
use crate::law::graph::{Dyadic, Graph, Id, Node};
use crate::law::program::Program;
use crate::problem::as_columns;
use crate::regress::Fitted;
use crate::search::Objective;
use crate::search::best::Best;
use crate::search::goal::MISSED;

/// Mixtures of one task, and tasks between two looks at the watch.
const TASK: u64 = 4096;
const TASKS: u64 = 64;

/// A pass ends when none of so many is allowed.
const FRUITLESS: u64 = 10_000_000;

/// What a pass keeps.
pub(super) trait Keep: Send + Sync {
    /// An empty one for a task, which may know what has been kept so far.
    fn fresh(&self) -> Self;
    /// A mixture with its number and a finite objective.
    fn offer(&mut self, value: f64, number: u64, mixture: &[f64]);
    /// Adds what a later task kept.
    fn merge(&mut self, later: Self);
}

/// The numbers of the best mixtures.
pub(super) struct Leading {
    pub(super) best: Best<u64>,
    most: usize,
    threshold: f64,
}

impl Leading {
    pub(super) fn new(most: usize) -> Leading {
        Leading { best: Best::new(most), most, threshold: f64::INFINITY }
    }
}

impl Keep for Leading {
    fn fresh(&self) -> Leading {
        Leading { threshold: self.best.threshold(), ..Leading::new(self.most) }
    }

    fn offer(&mut self, value: f64, number: u64, _: &[f64]) {
        if value <= self.threshold.min(self.best.threshold()) {
            self.best.offer(value, number);
        }
    }

    fn merge(&mut self, later: Leading) {
        self.best.merge(later.best);
    }
}

/// The sum of the mixtures whose objective is not above a limit, and the least and the greatest of
/// their shares.
pub(super) struct Near {
    limit: f64,
    pub(super) count: u64,
    pub(super) sums: Vec<f64>,
    pub(super) ranges: Vec<[f64; 2]>,
}

impl Near {
    pub(super) fn new(limit: f64, domains: usize) -> Near {
        let ranges = vec![[f64::INFINITY, f64::NEG_INFINITY]; domains];
        Near { limit, count: 0, sums: vec![0.0; domains], ranges }
    }

    /// Adds a mixture.
    pub(super) fn add(&mut self, mixture: &[f64]) {
        self.count += 1;
        self.sums.iter_mut().zip(mixture).for_each(|(sum, share)| *sum += share);
        for (range, share) in self.ranges.iter_mut().zip(mixture) {
            *range = [range[0].min(*share), range[1].max(*share)];
        }
    }
}

impl Keep for Near {
    fn fresh(&self) -> Near {
        Near::new(self.limit, self.sums.len())
    }

    fn offer(&mut self, value: f64, _: u64, mixture: &[f64]) {
        if value <= self.limit {
            self.add(mixture);
        }
    }

    fn merge(&mut self, later: Near) {
        self.count += later.count;
        self.sums.iter_mut().zip(later.sums).for_each(|(sum, more)| *sum += more);
        for (range, [low, high]) in self.ranges.iter_mut().zip(later.ranges) {
            *range = [range[0].min(low), range[1].max(high)];
        }
    }
}

/// An objective made ready for blocks of mixtures.
pub(super) struct Scored {
    program: Program,
    domains: usize,
    /// The functions that it reads, each with its column.
    read: Vec<(usize, Arc<dyn Fitted>)>,
    columns: usize,
}

impl Scored {
    /// The objective, infinite where a limit is not met.
    pub(super) fn new(objective: &Objective, domains: usize) -> Scored {
        let (mut graph, mut root) = (objective.graph.clone(), objective.root);
        for (limit, _) in &objective.limits {
            root = guarded(&mut graph, *limit, root);
        }
        let read = |k: usize| {
            let column = u32::try_from(k).unwrap_or(u32::MAX);
            graph.needed(&[root]).iter().any(|id| graph.node(*id) == Node::Param(column))
        };
        let functions = (domains..).zip(objective.opaque.functions().iter().cloned());
        let (own, roots) = as_columns(&graph, &[root], 0);
        Scored {
            program: Program::stream(&own, &roots),
            domains,
            read: functions.filter(|(column, _)| read(*column)).collect(),
            columns: domains + objective.opaque.functions().len(),
        }
    }
}

/// A node where a limit is met, else infinity.
fn guarded(graph: &mut Graph, limit: Id, root: Id) -> Id {
    let (most, never) = (graph.number(MISSED), graph.number(f64::INFINITY));
    let met = graph.dyadic(Dyadic::LessEq, limit, most);
    graph.select(met, root, never)
}

/// How many were allowed, and how many were drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) allowed: u64,
    pub(super) drawn: u64,
}

/// Offers the first `samples` mixtures of a source.
pub(super) fn pass<K: Keep>(
    source: &Source,
    scored: &Scored,
    samples: u64,
    keep: &mut K,
    watch: &Watch,
) -> Result<Counts> {
    let (mut allowed, mut next) = (0, 0);
    while next < samples && (allowed > 0 || next < FRUITLESS) {
        let firsts = (next..samples).step_by(TASK as usize).take(TASKS as usize);
        let whole: &K = keep;
        let task = |worker: &mut Worker, first| {
            let mut own = whole.fresh();
            let count = worker.task(first..samples.min(first + TASK), &mut own);
            (own, count)
        };
        let parts: Vec<(K, u64)> = firsts
            .collect::<Vec<u64>>()
            .into_par_iter()
            .map_init(|| Worker::new(source, scored), task)
            .collect();
        for (part, count) in parts {
            keep.merge(part);
            allowed += count;
        }
        let done = (TASK * TASKS).min(samples - next);
        next += done;
        watch.advance(done);
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
    }
    Ok(Counts { allowed, drawn: next })
}

/// A block of mixtures, one after another and as a column a domain.
struct Worker<'a> {
    source: &'a Source<'a>,
    scored: &'a Scored,
    stream: Stream<'a>,
    mixtures: Vec<f64>,
    columns: Vec<Vec<f64>>,
    numbers: Vec<u64>,
}

impl<'a> Worker<'a> {
    fn new(source: &'a Source<'a>, scored: &'a Scored) -> Worker<'a> {
        Worker {
            source,
            scored,
            stream: Stream::new(&scored.program),
            mixtures: vec![0.0; BLOCK * scored.domains],
            columns: vec![vec![0.0; BLOCK]; scored.columns],
            numbers: Vec::with_capacity(BLOCK),
        }
    }

    /// Offers some numbers; gives how many are allowed.
    fn task(&mut self, numbers: Range<u64>, keep: &mut impl Keep) -> u64 {
        let mut allowed = 0;
        let domains = self.scored.domains;
        for number in numbers {
            let place = self.numbers.len();
            let mixture = &mut self.mixtures[place * domains..][..domains];
            if self.source.draw(number, mixture) {
                self.numbers.push(number);
                allowed += 1;
            }
            if self.numbers.len() == BLOCK {
                self.score(keep);
            }
        }
        self.score(keep);
        allowed
    }

    /// Offers the block, and empties it.
    fn score(&mut self, keep: &mut impl Keep) {
        let (count, domains) = (self.numbers.len(), self.scored.domains);
        let mixtures = &self.mixtures[..count * domains];
        for (place, mixture) in mixtures.chunks_exact(domains).enumerate() {
            let columns = self.columns.iter_mut().zip(mixture);
            columns.for_each(|(column, share)| column[place] = *share);
        }
        for (column, function) in &self.scored.read {
            function.predict(mixtures, &mut self.columns[*column][..count]);
        }
        let values = self.stream.values(&self.columns, count);
        let rows = self.numbers.drain(..).zip(mixtures.chunks_exact(domains));
        for ((number, mixture), value) in rows.zip(values) {
            if value.is_finite() {
                keep.offer(*value, number, mixture);
            }
        }
    }
}
