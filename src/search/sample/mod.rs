//! The best of many mixtures drawn at random.
//!
//! In: an [`Objective`], a [`Region`], how many and around what. Out: the best of those drawn that
//! are allowed. The mixture of a number depends on the seed and the number alone, and only the
//! best are kept: neither threads nor memory change with how many there are.

pub(crate) mod dirichlet;
mod support;

use rayon::prelude::*;

use super::best::Best;
use super::goal::{Objective, value};
use super::{Answer, Found, Means, Options, Region, not_finite, spacings, uniform};
use crate::engine::Watch;
use crate::engine::cpu::stream::{BLOCK, Stream};
use crate::error::{Error, Result};
use crate::law::program::Program;
use crate::problem::as_columns;
use crate::report::mixture::Certificate;
use support::Supports;

/// Mixtures of one task, and tasks between two looks at the watch.
const TASK: u64 = 4096;
const TASKS: u64 = 64;

/// Drawing ends when none of so many is allowed.
const FRUITLESS: u64 = 10_000_000;

/// Draws `options.samples` mixtures: evenly over what is allowed, or with `options.strength` from
/// a Dirichlet distribution around the prior, which is uniform where there is none.
///
/// # Errors
/// [`Error::Usage`] where none is allowed, [`Error::Input`] where none has a finite objective,
/// [`Error::Interrupted`] when told to stop.
pub(super) fn sample(
    objective: &Objective,
    region: &Region,
    options: Options,
    means: &Means,
) -> Result<Answer> {
    let source = Source::new(region, means.prior, options);
    let (graph, roots) = as_columns(&objective.graph, &[objective.root], 0);
    let program = Program::stream(&graph, &roots);
    let (best, allowed, drawn) = all(&source, &program, options, means.watch)?;
    if allowed == 0 {
        return Err(none_allowed(drawn, &source));
    }
    let mut found: Vec<Found> = best
        .into_labels()
        .filter_map(|index| source.mixture(index))
        .map(|mixture| {
            let value = value(&objective.graph, objective.root, &mixture);
            Found { mixture, value }
        })
        .collect();
    found.retain(|found| found.value.is_finite());
    if found.is_empty() {
        return Err(not_finite());
    }
    found.sort_by(|a, b| a.value.total_cmp(&b.value));
    Ok(Answer {
        found,
        lower_bound: None,
        certificate: Certificate::None,
        method: source.words(allowed, drawn),
        residual: None,
        evaluated: allowed,
    })
}

/// What mixtures come from.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    region: &'a Region,
    seed: u64,
    /// Concentration a domain; spacings of a low-discrepancy sequence where there is none.
    concentration: Option<Vec<f64>>,
    strength: f64,
    around: String,
    supports: Option<Supports>,
    /// Whether what is drawn must be compared with the region.
    unsure: bool,
}

impl<'a> Source<'a> {
    /// Mixtures of a region, around a prior where the options give a strength.
    pub(crate) fn new(
        region: &'a Region,
        prior: Option<(&str, &[f64])>,
        options: Options,
    ) -> Source<'a> {
        let even = uniform(region.low.len());
        let (around, centre) = prior.unwrap_or(("uniform", &even));
        let concentration =
            options.strength.map(|strength| centre.iter().map(|x| strength * x).collect());
        Source {
            region,
            seed: options.seed,
            unsure: concentration.is_some() || !region.groups.is_empty(),
            concentration,
            strength: options.strength.unwrap_or(0.0),
            around: around.to_string(),
            supports: region.is_choosy().then(|| Supports::new(region)),
        }
    }

    /// The mixture of a number, if it is allowed.
    pub(crate) fn mixture(&self, index: u64) -> Option<Vec<f64>> {
        let mut mixture = vec![0.0; self.region.low.len()];
        self.draw(index, &mut mixture).then_some(mixture)
    }

    /// The same in place; false where it is not allowed.
    fn draw(&self, index: u64, mixture: &mut [f64]) -> bool {
        let drawn = match &self.supports {
            None => {
                let Region { low, high, .. } = self.region;
                self.shape(low, high, self.concentration.as_deref(), index, mixture);
                true
            }
            Some(supports) => self.within(supports, index, mixture),
        };
        drawn && (!self.unsure || self.region.holds(mixture))
    }

    /// Draws the domains first; the others have no share.
    fn within(&self, supports: &Supports, index: u64, mixture: &mut [f64]) -> bool {
        let Some(support) = supports.draw(self.seed, index) else { return false };
        let of = |ends: &[f64]| -> Vec<f64> { support.iter().map(|&k| ends[k]).collect() };
        let (low, high) = (of(&supports.low), of(&supports.high));
        let concentration = self.concentration.as_deref().map(of);
        let mut shares = vec![0.0; support.len()];
        self.shape(&low, &high, concentration.as_deref(), index, &mut shares);
        mixture.fill(0.0);
        support.iter().zip(shares).for_each(|(&k, share)| mixture[k] = share);
        true
    }

    #[allow(clippy::cast_possible_truncation, reason = "numbers are below 2^53")]
    fn shape(
        &self,
        low: &[f64],
        high: &[f64],
        concentration: Option<&[f64]>,
        index: u64,
        shares: &mut [f64],
    ) {
        match concentration {
            Some(concentration) => dirichlet::draw(concentration, self.seed, index, shares),
            None => spacings::draw(low, high, self.seed, index as usize, shares),
        }
    }

    fn words(&self, allowed: u64, drawn: u64) -> String {
        let how = match self.concentration {
            None => "low-discrepancy".to_string(),
            Some(_) => {
                format!("Dirichlet around the {} mixture, strength {}", self.around, self.strength)
            }
        };
        match allowed == drawn {
            true => format!("sample: {drawn} mixtures, {how}"),
            false => format!("sample: {allowed} of {drawn} mixtures allowed, {how}"),
        }
    }
}

fn none_allowed(drawn: u64, source: &Source) -> Error {
    let remedy = match source.concentration {
        Some(_) => "loosen a constraint, or leave --strength away to draw within the bounds",
        None => "loosen a constraint, draw more with --samples, or use --method exact",
    };
    Error::usage(format!("none of {drawn} mixtures drawn at random meets the constraints"), remedy)
}

/// The numbers of the best mixtures, how many were allowed and how many were drawn.
fn all(
    source: &Source,
    program: &Program,
    options: Options,
    watch: &Watch,
) -> Result<(Best<u64>, u64, u64)> {
    watch.expect(options.samples);
    let mut best = Best::new(options.top);
    let (mut allowed, mut next) = (0, 0);
    while next < options.samples && (allowed > 0 || next < FRUITLESS) {
        let firsts = (next..options.samples).step_by(TASK as usize).take(TASKS as usize);
        let threshold = best.threshold();
        let parts: Vec<(Best<u64>, u64)> = firsts
            .collect::<Vec<u64>>()
            .into_par_iter()
            .map_init(
                || Worker::new(source, program),
                |worker, first| {
                    let last = options.samples.min(first + TASK);
                    worker.task(first..last, options.top, threshold)
                },
            )
            .collect();
        for (part, count) in parts {
            best.merge(part);
            allowed += count;
        }
        let done = (TASK * TASKS).min(options.samples - next);
        next += done;
        watch.advance(done);
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
    }
    Ok((best, allowed, next))
}

/// A block of mixtures, a column a domain.
struct Worker<'a> {
    source: &'a Source<'a>,
    stream: Stream<'a>,
    mixture: Vec<f64>,
    columns: Vec<Vec<f64>>,
    numbers: Vec<u64>,
}

impl<'a> Worker<'a> {
    fn new(source: &'a Source<'a>, program: &'a Program) -> Worker<'a> {
        let domains = source.region.low.len();
        Worker {
            source,
            stream: Stream::new(program),
            mixture: vec![0.0; domains],
            columns: vec![vec![0.0; BLOCK]; domains],
            numbers: Vec::with_capacity(BLOCK),
        }
    }

    /// The best of some numbers, of those not above the threshold, and how many are allowed.
    fn task(
        &mut self,
        numbers: std::ops::Range<u64>,
        most: usize,
        threshold: f64,
    ) -> (Best<u64>, u64) {
        let mut best = Best::new(most);
        let mut allowed = 0;
        for number in numbers {
            if self.source.draw(number, &mut self.mixture) {
                let place = self.numbers.len();
                let pairs = self.columns.iter_mut().zip(&self.mixture);
                pairs.for_each(|(column, share)| column[place] = *share);
                self.numbers.push(number);
                allowed += 1;
            }
            if self.numbers.len() == BLOCK {
                self.score(&mut best, threshold);
            }
        }
        self.score(&mut best, threshold);
        (best, allowed)
    }

    /// Offers the block, and empties it.
    fn score(&mut self, best: &mut Best<u64>, threshold: f64) {
        let values = self.stream.values(&self.columns, self.numbers.len());
        for (number, value) in self.numbers.drain(..).zip(values) {
            if value.is_finite() && *value <= threshold.min(best.threshold()) {
                best.offer(*value, number);
            }
        }
    }
}
