//! Flags of a sample of mixtures.
//!
//! In: arguments. Out: how many mixtures to draw, around what, and which of them to average.

use std::str::FromStr;

use clap::Args;

use crate::error::{Error, Result};
use crate::search::{Average, Options};

/// Mixtures drawn where nothing is said.
const SAMPLES: f64 = 1e6;
/// Mixtures that RegMix draws, the strength of its distribution, and how many it averages.
const REGMIX: (f64, Strength, usize) = (1e5, Strength([1.0; 2]), 128);
/// What is averaged in rounds where nothing is said (olmix).
const WITHIN: f64 = 1e-3;

/// How mixtures are drawn.
#[derive(Debug, Args)]
pub(super) struct DrawArgs {
    /// Mixtures to draw, in each round, such as 1e9 [default: 1e6]
    #[arg(long, value_name = "N", help_heading = "Sampling")]
    samples: Option<f64>,
    /// Draw around the prior, from Dirichlet distributions whose concentrations sum to this, or to
    /// anything from the one end to the other; without it, evenly over what is allowed
    #[arg(long, value_name = "S|LOW..HIGH", help_heading = "Sampling")]
    strength: Option<Strength>,
    /// Give the mean of so many of the best (RegMix: 128), in place of the best
    #[arg(long, value_name = "N", help_heading = "Sampling")]
    average: Option<usize>,
    /// Give the mean of all whose objective is above the least by no more than this
    #[arg(long, value_name = "LOSS", conflicts_with = "average", help_heading = "Sampling")]
    within: Option<f64>,
    /// Draw in rounds, each narrower around a centre that the mean of the last one moved (olmix: 10)
    /// [default strength: 2..200, mean: --within 0.001]
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Sampling")]
    rounds: usize,
}

/// The ends of a Dirichlet distribution's strength.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Strength([f64; 2]);

impl FromStr for Strength {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Strength, String> {
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        let ends = [low, high].map(|end| end.trim().parse::<f64>());
        match ends {
            [Ok(low), Ok(high)] if low > 0.0 && low <= high && high.is_finite() => {
                Ok(Strength([low, high]))
            }
            _ => Err("write a number above 0, or two as in 0.1..5".into()),
        }
    }
}

impl DrawArgs {
    /// Whether a flag asks for a sample.
    pub(super) fn asks(&self) -> bool {
        let mean = self.average.is_some() || self.within.is_some();
        self.strength.is_some() || mean || self.rounds > 1
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.samples.is_some_and(|n| !((1.0..=1e15).contains(&n) && n.fract() == 0.0)) {
            let samples = self.samples.unwrap_or_default();
            let cause = format!("--samples {samples} is no whole number from 1 to 1e15");
            return Err(Error::usage(cause, "give for example --samples 1e9"));
        }
        if self.average.is_some_and(|count| !(1..=1_000_000).contains(&count)) {
            let cause = "--average must be from 1 to 1000000";
            return Err(Error::usage(cause, "give for example --average 128"));
        }
        if self.within.is_some_and(|loss| !(loss >= 0.0 && loss.is_finite())) {
            let cause = "--within must not be negative";
            return Err(Error::usage(cause, "give for example --within 0.001"));
        }
        if !(1..=1000).contains(&self.rounds) {
            return Err(Error::usage("--rounds must be from 1 to 1000", "leave it away"));
        }
        Ok(())
    }

    /// The options with what is asked for; `published` for RegMix's numbers where nothing is.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    pub(super) fn options(&self, options: Options, published: bool) -> Options {
        let (samples, strength, average) = REGMIX;
        let mean = match (self.average, self.within) {
            (Some(count), _) => Some(Average::Top(count)),
            (_, Some(loss)) => Some(Average::Within(loss)),
            _ if published => Some(Average::Top(average)),
            _ => (self.rounds > 1).then_some(Average::Within(WITHIN)),
        };
        Options {
            samples: self.samples.unwrap_or(if published { samples } else { SAMPLES }) as u64,
            strength: self.strength.or(published.then_some(strength)).map(|ends| ends.0),
            average: mean,
            rounds: self.rounds,
            ..options
        }
    }
}
