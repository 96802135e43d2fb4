//! How sure predictions are: from the refits of a sweep.
//!
//! In: a fit document, rows to predict, and draws. Out: the predictions with standard errors and intervals of
//! the law's value and of a new run (percentiles of resamples, Efron 1979), and conformal intervals (jackknife+
//! and CV+, Barber et al. 2021, arXiv 1905.02928) where a row is exchangeable with the runs.

mod ends;
mod gather;
mod reach;

use rayon::prelude::*;

use super::predict::{Subject, predict, subjects};
use crate::error::Result;
use crate::numeric::quantile;
use crate::problem::Residual;
use crate::report::draws::{Draws, LEAST_DRAWS};
use crate::report::intervals::{Conformal, DrawsInfo, IntervalsInfo, RowSpread};
use crate::report::{FitReport, PredictReport};
use crate::runs::Runs;
use gather::{Known, Stack, Unseen};

/// Predictions of refits that are kept at a time: 64 MB.
const MOST_KEPT: usize = (64 << 20) / 8;

/// Predicts as [`predict`] does, and says how sure each prediction is. `level` is the part that an interval is
/// meant to hold, between 0 and 1.
///
/// # Errors
/// As [`predict`]; [`crate::error::Error::Input`] for draws that are of none of the fits, or of other domains.
pub fn predict_with(
    fit: &FitReport,
    runs: &Runs,
    draws: &Draws,
    level: f64,
) -> Result<PredictReport> {
    let mut report = predict(fit, runs)?;
    let subjects = subjects(fit, runs)?;
    let residual = fit.objective.residual;
    let known = Known::new(&subjects, residual);
    let size = (MOST_KEPT / known.count(draws)?).max(1);
    let longest = subjects.iter().map(|subject| subject.rows.len()).max().unwrap_or(0);
    let mixtures = reach::mixtures(fit, runs);
    for start in (0..longest).step_by(size) {
        let places = start..start + size;
        let stacks = known.block(draws, &places)?;
        for ((subject, stack), into) in subjects.iter().zip(&stacks).zip(&mut report.predictions) {
            let inputs = fit.laws.iter().find(|law| law.name == subject.entry.law);
            let inputs = inputs.map_or(&[][..], |law| &law.inputs);
            let void =
                |row: usize| mixtures[row].clone().or_else(|| reach::input(fit, runs, inputs, row));
            let judge = Judge::new(stack, residual, level);
            let rows = subject.block(&places);
            let first = rows.start - subject.rows.start;
            let spreads: Vec<RowSpread> =
                rows.into_par_iter().enumerate().map(|(i, row)| judge.row(i, void(row))).collect();
            let info = into.intervals.get_or_insert_with(|| about(fit, subject, stack, level));
            info.void += spreads.iter().filter(|spread| spread.void.is_some()).count();
            for (value, spread) in into.rows[first..].iter_mut().zip(spreads) {
                value.spread = Some(spread);
            }
        }
    }
    report.draws = Some(DrawsInfo { file: draws.path().display().to_string(), level });
    Ok(report)
}

/// What the intervals of a fit rest on.
fn about(fit: &FitReport, subject: &Subject, stack: &Stack, level: f64) -> IntervalsInfo {
    let mixtures = fit.runs.mixtures.len();
    let shared = mixtures > 0 && mixtures < subject.entry.rows;
    let clustered = shared || stack.mixtures.iter().any(|unseen| unseen.scores.len() > 1);
    let conformal = |unseen: &[Unseen]| {
        (!unseen.is_empty()).then(|| Conformal {
            refits: unseen.len(),
            failed: unseen.iter().filter(|one| one.predicted.is_none()).count(),
            errors: unseen.iter().map(|one| one.scores.len()).sum(),
            guarantee: (!clustered).then(|| (2.0 * level - 1.0).max(0.0)),
        })
    };
    IntervalsInfo {
        resamples: stack.resamples.len(),
        left_out: stack.left_out,
        errors: errors(stack).len(),
        jackknife_plus: conformal(&stack.rows),
        cv_plus: conformal(&stack.mixtures),
        void: 0,
    }
}

/// Errors of rows that a refit has not seen, in rising order: of single rows where there are such refits.
fn errors(stack: &Stack) -> Vec<f64> {
    let from = if stack.rows.is_empty() { &stack.mixtures } else { &stack.rows };
    let mut errors: Vec<f64> = from.iter().flat_map(|unseen| unseen.errors.clone()).collect();
    errors.sort_by(f64::total_cmp);
    errors
}

/// What is the same for all rows of a block.
struct Judge<'a> {
    stack: &'a Stack,
    residual: Residual,
    level: f64,
    errors: Vec<f64>,
}

impl<'a> Judge<'a> {
    fn new(stack: &'a Stack, residual: Residual, level: f64) -> Judge<'a> {
        Judge { stack, residual, level, errors: errors(stack) }
    }

    /// The row at this place of the block.
    fn row(&self, place: usize, void: Option<String>) -> RowSpread {
        let resamples = self.stack.resamples.iter().map(|predicted| predicted[place]);
        let mut values: Vec<f64> = resamples.filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let enough = values.len() >= LEAST_DRAWS;
        let conformal = |unseen| void.is_none().then(|| self.conformal(unseen, place)).flatten();
        RowSpread {
            std_error: enough.then(|| deviation(&values)),
            value_interval: enough.then(|| self.ranks().map(|rank| quantile(&values, rank))),
            run_interval: self.new_run(&values),
            jackknife_plus: conformal(&self.stack.rows),
            cv_plus: conformal(&self.stack.mixtures),
            void,
        }
    }

    fn ranks(&self) -> [f64; 2] {
        [0.5 * (1.0 - self.level), 0.5 * (1.0 + self.level)]
    }

    /// Percentiles of every resample's prediction with every error: the law's own uncertainty and the noise of
    /// a run are independent of each other.
    fn new_run(&self, values: &[f64]) -> Option<[f64; 2]> {
        let added = values.iter().map(|value| ends::added(self.residual, *value));
        let added: Vec<f64> = added.filter(|value| value.is_finite()).collect();
        let enough = added.len() >= LEAST_DRAWS && self.errors.len() >= LEAST_DRAWS;
        let end =
            |rank| ends::value(self.residual, ends::quantile_of_sums(&added, &self.errors, rank));
        enough.then(|| self.ranks().map(end))
    }

    fn conformal(&self, unseen: &[Unseen], place: usize) -> Option<[Option<f64>; 2]> {
        let ends = |one: &Unseen| {
            let predicted = one.predicted.as_ref().map_or(f64::NAN, |all| all[place]);
            let around = |score: &f64| ends::around(self.residual, predicted, *score);
            one.scores.iter().map(around).collect::<Vec<[f64; 2]>>()
        };
        let pairs: Vec<[f64; 2]> = unseen.iter().flat_map(ends).collect();
        (!pairs.is_empty()).then(|| ends::conformal(&pairs, self.level))
    }
}

/// The standard deviation of at least two numbers.
fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
}
