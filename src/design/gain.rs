//! What new runs are expected to bring.
//!
//! In: what is known of the parameters before and after them. Out: a [`Gain`]: standard errors of
//! predictions, where they can be had, and how good the choice is.

use serde::Serialize;

use super::information::{Information, RIDGE};
use super::next::{Next, Over, Target};
use super::optimal::Chosen;
use super::reuse::Reuse;
use super::state::Criterion;
use crate::error::{Error, Result};
use crate::search::{Region, mixtures};

/// Mixtures over which the variance of predictions is averaged.
const AVERAGED: usize = 512;

/// A number before the new runs and after them; `null` where it cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// With the runs so far.
    pub before: Option<f64>,
    /// With the new ones.
    pub after: Option<f64>,
}

/// What the new runs bring.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gain {
    /// Parameters of all targets.
    pub parameters: usize,
    /// How many of them the runs determine, before and after.
    pub rank: [usize; 2],
    /// Part of a mean candidate's information that was added for every parameter, where the runs so
    /// far do not determine them all.
    pub ridge: Option<f64>,
    /// Growth of the logarithm of the determinant of the information (D).
    pub log_det: Option<f64>,
    /// The criterion of I, with the ridge where there is one, before and after.
    pub mean_variance: Option<[f64; 2]>,
    /// Standard error of the predicted objective at the present optimum.
    pub optimum: Change,
    /// Root of the mean variance of the predicted objective over the allowed mixtures.
    pub allowed: Change,
    /// Whether these are in units of the targets; else of a residual's standard deviation, taken
    /// to be the same for all targets.
    pub in_units: bool,
    /// Part of the best that any division of as many runs over the candidates could reach, at
    /// least.
    pub efficiency: Option<f64>,
    /// As many evenly spread runs in place of the chosen ones: the information that they give a
    /// parameter (D), or the inverse of the mean variance (I), as a part of that of the chosen.
    pub spread_efficiency: Option<f64>,
    /// The criterion after the greedy choice and after each pass of exchange.
    pub trace: Vec<f64>,
}

/// Predictions that count, and how much each target does.
#[derive(Debug)]
pub(super) struct Judge {
    mixtures: Vec<Vec<f64>>,
    /// Weight squared times the variance of a residual.
    counts: Vec<f64>,
    in_units: bool,
}

impl Judge {
    pub(super) fn new(question: &Next, region: &Region, reuse: &Reuse) -> Result<Judge> {
        if question.criterion == Criterion::Variance
            && question.over == Over::Optimum
            && question.optimum.is_none()
        {
            let cause = "--over optimum: the present optimum is not known";
            return Err(Error::usage(cause, "give a fit, or use --over allowed"));
        }
        let drawn = mixtures(&region.low, &region.high, question.seed, 4 * AVERAGED);
        // Groups and numbers of domains are left out where hardly any mixture meets them.
        let within: Vec<&Vec<f64>> = drawn.iter().filter(|one| region.holds(one)).collect();
        let few = within.len() < AVERAGED / 8;
        let kept = if few { drawn.iter().collect() } else { within };
        let in_units = question.targets.iter().all(|target| target.variance.is_some());
        let counts = |target: &Target| {
            let variance = target.variance.filter(|_| in_units).unwrap_or(1.0);
            target.weight.powi(2) * variance
        };
        Ok(Judge {
            mixtures: kept.into_iter().take(AVERAGED).map(|one| reuse.expand(one)).collect(),
            counts: question.targets.iter().map(counts).collect(),
            in_units,
        })
    }

    /// The predictions that I makes sure, in the coordinates of a target's information, and what
    /// each counts.
    pub(super) fn wanted(
        &self,
        question: &Next,
        number: usize,
        known: &Information,
    ) -> Vec<(Vec<f64>, f64)> {
        let mixtures = match (question.over, &question.optimum) {
            (Over::Optimum, Some(optimum)) => std::slice::from_ref(optimum),
            _ => &self.mixtures[..],
        };
        let slopes = &question.targets[number].slopes;
        let rows = mixtures.iter().map(|mixture| slopes.at(mixture, &question.at).slopes);
        let finite = rows.filter(|row| row.iter().all(|slope| slope.is_finite()));
        let rows: Vec<Vec<f64>> = finite.map(|row| known.whitened(&row)).collect();
        #[allow(clippy::cast_precision_loss, reason = "at most a few hundred")]
        let counts = self.counts[number] / rows.len().max(1) as f64;
        rows.into_iter().map(|row| (row, counts)).collect()
    }

    /// The variance of the predicted objective, if targets' residuals are independent.
    fn variance(&self, question: &Next, known: &[Information], mixture: &[f64]) -> Option<f64> {
        let parts = question.targets.iter().zip(known).zip(&self.counts);
        let one = |((target, known), counts): ((&Target, &Information), &f64)| {
            let slopes = target.slopes.at(mixture, &question.at).slopes;
            Some(counts * known.variance(&slopes)?)
        };
        parts.map(one).sum()
    }

    fn mean(&self, question: &Next, known: &[Information]) -> Option<f64> {
        let each = self.mixtures.iter().map(|one| self.variance(question, known, one));
        let sum: f64 = each.sum::<Option<f64>>()?;
        #[allow(clippy::cast_precision_loss, reason = "at most a few hundred")]
        let count = self.mixtures.len().max(1) as f64;
        Some((sum / count).sqrt())
    }

    pub(super) fn gain(
        &self,
        question: &Next,
        chosen: &Chosen,
        spread: Option<f64>,
        known: [&[Information]; 2],
    ) -> Gain {
        let rank = |known: &[Information]| known.iter().map(|one| one.rank).sum();
        let parameters = known[0].iter().map(Information::size).sum();
        let at_optimum = |known| {
            let optimum = question.optimum.as_ref()?;
            self.variance(question, known, optimum).map(f64::sqrt)
        };
        let last = chosen.trace.last().copied().unwrap_or(chosen.before);
        let determinant = question.criterion == Criterion::Determinant;
        #[allow(clippy::cast_precision_loss, reason = "far fewer than 2^53 parameters")]
        let against = |other: f64| match determinant {
            true => ((other - last) / parameters as f64).exp(),
            false => last / other,
        };
        Gain {
            parameters,
            rank: known.map(rank),
            ridge: known[0].iter().any(|one| !one.is_full()).then_some(RIDGE),
            log_det: determinant.then_some(last - chosen.before),
            mean_variance: (!determinant).then_some([chosen.before, last]),
            optimum: Change { before: at_optimum(known[0]), after: at_optimum(known[1]) },
            allowed: Change {
                before: self.mean(question, known[0]),
                after: self.mean(question, known[1]),
            },
            in_units: self.in_units,
            efficiency: chosen.efficiency,
            spread_efficiency: spread.map(against),
            trace: chosen.trace.clone(),
        }
    }
}
