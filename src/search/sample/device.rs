//! Trees that a device scores: which mixtures of a batch are worth a look.
//!
//! In: an engine that has taken up the trees of an objective, a batch of numbers. Out: what each task
//! keeps: those that may be among the best by the device's numbers and their slack are scored in f64.

use std::ops::Range;

use rayon::prelude::*;

use super::pass::{Keep, Scored, Worker};
use super::source::Source;
use crate::engine::cpu::stream::BLOCK;
use crate::engine::{Engine, Scores, Scoring};
use crate::error::Result;
use crate::regress::trees::Forest;
use crate::search::Objective;

/// What rounding may do to an objective in f64, as a part of it.
const ROUNDING: f64 = 1e-10;

/// The trees that an objective reads; empty where it reads anything else that is no formula, or has
/// limits, which need more than one number a mixture.
pub(super) fn forests<'a>(objective: &Objective, scored: &'a Scored) -> Vec<&'a Forest> {
    let all: Option<Vec<&Forest>> = scored.read.iter().map(|(_, one)| one.forest()).collect();
    all.filter(|_| objective.limits.is_empty()).unwrap_or_default()
}

/// See the module.
pub(super) struct Device<'a> {
    scoring: Box<dyn Scoring + 'a>,
    /// How far the objective moves at most with each of the forests.
    sway: Vec<f64>,
    /// Whether it scored anything.
    pub(super) helped: bool,
}

/// The allowed mixtures of a task.
struct Drawn {
    numbers: Vec<u64>,
    mixtures: Vec<f64>,
}

impl<'a> Device<'a> {
    /// `None` where the engine leaves it to this processor.
    pub(super) fn take_up(
        engine: &'a dyn Engine,
        forests: &'a [&'a Forest],
        objective: &Objective,
        scored: &Scored,
        seconds: &dyn Fn() -> f64,
    ) -> Result<Option<Device<'a>>> {
        let scoring = engine.scoring(forests, seconds)?;
        let function = |(column, _): &(usize, _)| objective.sway[column - scored.domains];
        let sway = scored.read.iter().map(function).collect();
        Ok(scoring.map(|scoring| Device { scoring, sway, helped: false }))
    }

    /// What each task keeps, and how many of its mixtures are allowed; `None` where the device leaves
    /// this batch to the caller.
    pub(super) fn batch<K: Keep>(
        &mut self,
        source: &Source,
        scored: &Scored,
        tasks: &[Range<u64>],
        keep: &K,
    ) -> Result<Option<Vec<(K, u64)>>> {
        let drawn: Vec<Drawn> =
            tasks.par_iter().map(|numbers| draw(source, numbers.clone(), scored.domains)).collect();
        let mixtures: Vec<f64> = drawn.iter().flat_map(|one| &one.mixtures).copied().collect();
        let Some(scores) = self.scoring.scores(&mixtures)? else { return Ok(None) };
        let errors = self.sway.iter().zip(&scores.slack);
        let judge =
            Judge { scores: &scores, error: errors.map(|(sway, slack)| sway * slack).sum() };
        let firsts = drawn.iter().scan(0, |first, one| {
            *first += one.numbers.len();
            Some(*first - one.numbers.len())
        });
        let firsts: Vec<usize> = firsts.collect();
        let parts: Option<Vec<(K, u64)>> = drawn
            .par_iter()
            .zip(firsts)
            .map_init(
                || Worker::new(source, scored),
                |worker, (drawn, first)| judge.task(worker, drawn, first, keep.fresh()),
            )
            .collect();
        match parts {
            None => {
                self.scoring.distrust("its scores of trees are off by more than their slack")?
            }
            Some(_) => self.helped = true,
        }
        Ok(parts)
    }
}

fn draw(source: &Source, numbers: Range<u64>, domains: usize) -> Drawn {
    let mut drawn = Drawn { numbers: Vec::new(), mixtures: Vec::new() };
    let mut mixture = vec![0.0; domains];
    for number in numbers {
        if source.draw(number, &mut mixture) {
            drawn.numbers.push(number);
            drawn.mixtures.extend(&mixture);
        }
    }
    drawn
}

/// What the device said of a batch.
struct Judge<'a> {
    scores: &'a Scores,
    /// How far an objective by these numbers may be off.
    error: f64,
}

impl Judge<'_> {
    /// Offers those mixtures of a task that may be kept. `None` where the task's first is found to be
    /// farther off than it may be.
    fn task<K: Keep>(
        &self,
        worker: &mut Worker,
        drawn: &Drawn,
        first: usize,
        mut keep: K,
    ) -> Option<(K, u64)> {
        let domains = drawn.mixtures.len() / drawn.numbers.len().max(1);
        let blocks = drawn.mixtures.chunks(BLOCK * domains.max(1));
        for (block, (mixtures, numbers)) in blocks.zip(drawn.numbers.chunks(BLOCK)).enumerate() {
            let from = first + block * BLOCK;
            let filled = |forest: usize, column: &mut [f64]| {
                column.copy_from_slice(&self.scores.by_forest[forest][from..][..column.len()]);
            };
            let estimates = worker.estimates(mixtures, filled).to_vec();
            let rows = mixtures.chunks_exact(domains).zip(numbers);
            for (place, ((mixture, number), estimate)) in rows.zip(estimates).enumerate() {
                let error = self.error + ROUNDING * estimate.abs();
                if block + place == 0 && (worker.value(mixture) - estimate).abs() > error {
                    return None;
                }
                if estimate - error <= keep.threshold() {
                    worker.offer(*number, mixture, &mut keep);
                }
            }
        }
        worker.score(&mut keep);
        Some((keep, drawn.numbers.len() as u64))
    }
}
