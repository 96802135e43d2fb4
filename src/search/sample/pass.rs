//! One pass over the mixtures of a source, in blocks, on all threads.
//!
//! In: a [`Source`], an [`Objective`], how many mixtures. Out: what a [`Keep`] keeps of them. Tasks are
//! merged in their order: what is kept does not depend on the threads, nor on a device, which only says which
//! mixtures are worth a look.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::device::Device;
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
    /// A mixture whose objective is above this is not kept.
    fn threshold(&self) -> f64;
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
        if value <= self.threshold() {
            self.best.offer(value, number);
        }
    }

    fn threshold(&self) -> f64 {
        self.threshold.min(self.best.threshold())
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

    fn threshold(&self) -> f64 {
        self.limit
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
    pub(super) domains: usize,
    /// The functions that it reads, each with its column.
    pub(super) read: Vec<(usize, Arc<dyn Fitted>)>,
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

/// Goes over mixtures, by this processor or with the help of a device.
pub(super) struct Passes<'a> {
    pub(super) scored: &'a Scored,
    pub(super) watch: &'a Watch,
    pub(super) device: Option<Device<'a>>,
}

impl Passes<'_> {
    /// Offers the first `samples` mixtures of a source.
    pub(super) fn pass<K: Keep>(
        &mut self,
        source: &Source,
        samples: u64,
        keep: &mut K,
    ) -> Result<Counts> {
        let mut counts = Counts { allowed: 0, drawn: 0 };
        while counts.drawn < samples && (counts.allowed > 0 || counts.drawn < FRUITLESS) {
            let batch = counts.drawn..samples.min(counts.drawn + TASK * TASKS);
            counts.drawn = batch.end;
            let done = batch.end - batch.start;
            for (part, allowed) in self.batch(source, batch, keep)? {
                keep.merge(part);
                counts.allowed += allowed;
            }
            self.watch.advance(done);
            if self.watch.stopped() {
                return Err(Error::Interrupted);
            }
        }
        Ok(counts)
    }

    /// What each task of a batch keeps, and how many of its mixtures are allowed.
    fn batch<K: Keep>(
        &mut self,
        source: &Source,
        batch: Range<u64>,
        keep: &K,
    ) -> Result<Vec<(K, u64)>> {
        let tasks: Vec<Range<u64>> = batch
            .clone()
            .step_by(TASK as usize)
            .map(|first| first..batch.end.min(first + TASK))
            .collect();
        if let Some(device) = &mut self.device
            && let Some(parts) = device.batch(source, self.scored, &tasks, keep)?
        {
            return Ok(parts);
        }
        let task = |worker: &mut Worker, numbers| {
            let mut own = keep.fresh();
            let count = worker.task(numbers, &mut own);
            (own, count)
        };
        let workers = || Worker::new(source, self.scored);
        Ok(tasks.into_par_iter().map_init(workers, task).collect())
    }
}

/// A block of mixtures, one after another and as a column a domain.
pub(super) struct Worker<'a> {
    source: &'a Source<'a>,
    scored: &'a Scored,
    stream: Stream<'a>,
    mixtures: Vec<f64>,
    columns: Vec<Vec<f64>>,
    numbers: Vec<u64>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(source: &'a Source<'a>, scored: &'a Scored) -> Worker<'a> {
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
        let mut mixture = vec![0.0; self.scored.domains];
        for number in numbers {
            if self.source.draw(number, &mut mixture) {
                self.offer(number, &mixture, keep);
                allowed += 1;
            }
        }
        self.score(keep);
        allowed
    }

    /// Adds a mixture to the block.
    pub(super) fn offer(&mut self, number: u64, mixture: &[f64], keep: &mut impl Keep) {
        let place = self.numbers.len() * self.scored.domains;
        self.mixtures[place..place + mixture.len()].copy_from_slice(mixture);
        self.numbers.push(number);
        if self.numbers.len() == BLOCK {
            self.score(keep);
        }
    }

    /// Offers the block, and empties it.
    pub(super) fn score(&mut self, keep: &mut impl Keep) {
        let Worker { scored, stream, mixtures, columns, numbers, .. } = self;
        let (count, domains) = (numbers.len(), scored.domains);
        let mixtures = &mixtures[..count * domains];
        for (column, function) in &scored.read {
            function.predict(mixtures, &mut columns[*column][..count]);
        }
        let values = values(stream, columns, mixtures, domains);
        let rows = numbers.drain(..).zip(mixtures.chunks_exact(domains));
        for ((number, mixture), value) in rows.zip(values) {
            if value.is_finite() {
                keep.offer(*value, number, mixture);
            }
        }
    }

    /// The objective of a mixture.
    pub(super) fn value(&mut self, mixture: &[f64]) -> f64 {
        let read = &self.scored.read;
        self.estimates(mixture, |place, column| read[place].1.predict(mixture, column))[0]
    }

    /// The objective of a block of mixtures by what `filled` makes of the functions' columns.
    pub(super) fn estimates(
        &mut self,
        mixtures: &[f64],
        filled: impl Fn(usize, &mut [f64]),
    ) -> &[f64] {
        let Worker { scored, stream, columns, .. } = self;
        let count = mixtures.len() / scored.domains;
        for (place, (column, _)) in scored.read.iter().enumerate() {
            filled(place, &mut columns[*column][..count]);
        }
        values(stream, columns, mixtures, scored.domains)
    }
}

/// The objective of some mixtures, given the columns of the functions.
fn values<'a>(
    stream: &'a mut Stream,
    columns: &mut [Vec<f64>],
    mixtures: &[f64],
    domains: usize,
) -> &'a [f64] {
    for (place, mixture) in mixtures.chunks_exact(domains).enumerate() {
        let columns = columns.iter_mut().zip(mixture);
        columns.for_each(|(column, share)| column[place] = *share);
    }
    stream.values(columns, mixtures.len() / domains)
}
