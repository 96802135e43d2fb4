//! The best of many mixtures drawn at random, or a mean of good ones.
//!
//! In: an [`Objective`], a [`Region`], how many and around what. Out: the best of those drawn that
//! are allowed. The mixture of a number depends on the seed and the number alone, and only the
//! best are kept: neither threads nor memory change with how many there are.

mod device;
pub(crate) mod dirichlet;
mod pass;
mod rounds;
pub(crate) mod source;
mod support;

use std::time::Instant;

use super::goal::Objective;
use super::{Answer, Average, Averaged, Found, Means, Options, Region, not_finite, uniform};
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::report::mixture::Certificate;
use device::Device;
use pass::{Counts, Leading, Near, Passes, Scored};
use source::Source;

/// Draws `options.samples` mixtures in each of `options.rounds`: evenly over what is allowed, or with
/// `options.strength` from Dirichlet distributions around the prior, which is uniform where there is
/// none. Each round after the first is around a centre half way to the mean of the good ones of the
/// one before (olmix's adaptive simulation).
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
    if options.average.is_some() && region.is_choosy() {
        return Err(not_averaged());
    }
    let even = uniform(region.low.len());
    let (around, centre) = means.prior.unwrap_or(("uniform", &even));
    let scored = Scored::new(objective, region.low.len());
    let samples = options.passes() * options.samples;
    means.watch.expect(samples);
    let source = Source::new(region, (around, centre), &options);
    let forests = device::forests(objective, &scored);
    if forests.is_empty() && means.engine.is_some_and(|engine| engine.name() == "gpu") {
        return Err(not_on_a_device());
    }
    let seconds = || seconds(&source, &scored, samples);
    let device = match means.engine.filter(|_| !forests.is_empty()) {
        Some(engine) => Device::take_up(engine, &forests, objective, &scored, &seconds)?,
        None => None,
    };
    let mut passes = Passes { scored: &scored, watch: means.watch, device };
    let mut answer = match options.rounds {
        1 => round(objective, &source, &mut passes, &options)?.answer(&source, options.top),
        _ => rounds::rounds(objective, region, &mut passes, options, (around, centre))?,
    };
    if let (true, Some(engine)) = (passes.device.is_some_and(|device| device.helped), means.engine)
    {
        answer.method += &format!("; trees scored by {}", engine.describe());
    }
    Ok(answer)
}

/// Mixtures that tell how long the rest will take.
const MEASURED: u64 = 4096;

/// About how long this processor would take.
#[allow(clippy::cast_precision_loss, reason = "a rough number")]
fn seconds(source: &Source, scored: &Scored, samples: u64) -> f64 {
    let watch = Watch::new();
    let began = Instant::now();
    let mut alone = Passes { scored, watch: &watch, device: None };
    // Nothing is kept and nothing can go wrong.
    let _ = alone.pass(source, MEASURED, &mut Leading::new(1));
    let threads = rayon::current_num_threads().max(1) as f64;
    began.elapsed().as_secs_f64() * samples as f64 / MEASURED as f64 / threads
}

impl Options {
    /// As many mixtures in ten rounds (olmix), and the mean of the best 128 (RegMix).
    pub(super) fn in_rounds(self) -> Options {
        let average = Some(Average::Top(128));
        Options { rounds: 10, samples: (self.samples / 10).max(1), average, ..self }
    }

    /// How often the mixtures of a sample are gone through.
    fn passes(&self) -> u64 {
        let twice = matches!(self.average, Some(Average::Within(_)));
        self.rounds as u64 * if twice { 2 } else { 1 }
    }
}

/// What one round came to.
struct Round {
    found: Vec<Found>,
    averaged: Option<Averaged>,
    counts: Counts,
}

impl Round {
    fn answer(self, source: &Source, top: usize) -> Answer {
        let Round { mut found, averaged, counts: Counts { allowed, drawn } } = self;
        found.truncate(top);
        let how = source.words();
        let drawn = match allowed == drawn {
            true => format!("sample: {drawn} mixtures, {how}"),
            false => format!("sample: {allowed} of {drawn} mixtures allowed, {how}"),
        };
        let mean = averaged.as_ref().map_or("", |averaged| averaged.words.as_str());
        let method = drawn + mean;
        Answer { averaged, ..Answer::new(found, Certificate::None, method, allowed) }
    }
}

fn round(
    objective: &Objective,
    source: &Source,
    passes: &mut Passes,
    options: &Options,
) -> Result<Round> {
    let averaged = match options.average {
        Some(Average::Top(count)) => count,
        _ => 1,
    };
    let mut leading = Leading::new(options.top.max(averaged));
    let counts = passes.pass(source, options.samples, &mut leading)?;
    if counts.allowed == 0 {
        return Err(none_allowed(counts.drawn, source));
    }
    let mixtures = leading.best.into_labels().filter_map(|number| source.mixture(number));
    let valued = |mixture: Vec<f64>| Found { value: objective.at(&mixture), mixture };
    let mut found: Vec<Found> = mixtures.map(valued).collect();
    found.retain(|found| found.value.is_finite());
    if found.is_empty() {
        return Err(if objective.limits.is_empty() { not_finite() } else { limits_missed(counts) });
    }
    found.sort_by(|a, b| a.value.total_cmp(&b.value));
    let averaged = match options.average {
        None => None,
        Some(Average::Top(count)) => {
            let mut near = Near::new(f64::INFINITY, source.region.low.len());
            found.iter().take(count).for_each(|found| near.add(&found.mixture));
            Some(mean(objective, source.region, near, "the best"))
        }
        Some(Average::Within(loss)) => {
            let mut near = Near::new(found[0].value + loss, source.region.low.len());
            passes.pass(source, options.samples, &mut near)?;
            Some(mean(objective, source.region, near, &format!("within {loss} of the best:")))
        }
    };
    Ok(Round { found, averaged, counts })
}

/// A mean share below this is none (olmix).
const TINY: f64 = 1e-5;

fn mean(objective: &Objective, region: &Region, near: Near, which: &str) -> Averaged {
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let whole: Vec<f64> = near.sums.iter().map(|sum| sum / near.count as f64).collect();
    let large = |share: &f64| if *share < TINY { 0.0 } else { *share };
    let sum: f64 = whole.iter().map(large).sum();
    let without: Vec<f64> = whole.iter().map(|share| large(share) / sum).collect();
    let mixture = if region.holds(&without) { without } else { whole };
    let value = objective.at(&mixture);
    let words = format!("; mean of {which} {}", near.count);
    Averaged { of: Found { mixture, value }, count: near.count, ranges: near.ranges, words }
}

fn not_averaged() -> Error {
    Error::usage(
        "a mean of mixtures that use different domains uses all of these domains, which --least and \
         --at-most do not allow",
        "leave --average, --within and --rounds away, or --least and --at-most",
    )
}

fn not_on_a_device() -> Error {
    Error::usage(
        "--engine gpu: of a sample a device scores trees without limits on targets, and nothing else",
        "leave it away: this processor draws and scores all samples",
    )
}

fn limits_missed(counts: Counts) -> Error {
    Error::usage(
        format!("none of {} mixtures drawn at random meets the limits on targets", counts.drawn),
        "loosen --limit or --no-worse, draw more with --samples, or use --method exact or descend",
    )
}

fn none_allowed(drawn: u64, source: &Source) -> Error {
    let remedy = match source.has_centre() {
        true => "loosen a constraint, or leave --strength away to draw within the bounds",
        false => "loosen a constraint, draw more with --samples, or use --method exact",
    };
    Error::usage(format!("none of {drawn} mixtures drawn at random meets the constraints"), remedy)
}
