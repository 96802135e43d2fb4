//! How sure predictions are: from the refits of a sweep.
//!
//! In: a fit document, rows to predict, and draws. Out: the predictions with standard errors and intervals of
//! the law's value and of a new run (percentiles of resamples, Efron 1979), and conformal intervals (jackknife+
//! and CV+, Barber et al. 2021, arXiv 1905.02928) where a row is exchangeable with the runs.

mod ends;
mod gather;
mod reach;

use std::ops::Range;

use rayon::prelude::*;

use super::predict::{Subject, predict, subjects};
use crate::error::Result;
use crate::numeric::quantile;
use crate::problem::Residual;
use crate::report::draws::{Draws, LEAST_DRAWS};
use crate::report::intervals::{Conformal, DrawsInfo, IntervalsInfo, RowSpread};
use crate::report::{FitReport, PredictReport, Prediction};
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
    Asked { fit, runs, mixtures: reach::mixtures(fit, runs, level), level }.answer(draws, MOST_KEPT)
}

/// What is asked.
struct Asked<'a> {
    fit: &'a FitReport,
    runs: &'a Runs,
    /// Why the mixture of each row is not among those of the runs.
    mixtures: Vec<Option<String>>,
    level: f64,
}

impl Asked<'_> {
    /// Rows are taken in blocks, each so large that `most` predictions of refits are kept at a time.
    fn answer(&self, draws: &Draws, most: usize) -> Result<PredictReport> {
        let mut report = predict(self.fit, self.runs)?;
        let subjects = subjects(self.fit, self.runs)?;
        let known = Known::new(&subjects, self.fit.objective.residual);
        let size = (most / known.count(draws)?).max(1);
        let longest = subjects.iter().map(|subject| subject.rows.len()).max().unwrap_or(0);
        for start in (0..longest).step_by(size) {
            let places = start..start + size;
            let stacks = known.block(draws, &places)?;
            let fits = subjects.iter().zip(&stacks).zip(&mut report.predictions);
            fits.for_each(|((subject, stack), into)| self.fill(subject, stack, &places, into));
        }
        report.draws =
            Some(DrawsInfo { file: draws.path().display().to_string(), level: self.level });
        Ok(report)
    }

    /// Says how sure the predictions of a block are.
    fn fill(&self, subject: &Subject, stack: &Stack, places: &Range<usize>, into: &mut Prediction) {
        let law = self.fit.laws.iter().find(|law| law.name == subject.entry.law);
        let inputs = law.map_or(&[][..], |law| &law.inputs);
        let void = |row: usize| {
            let mixture = self.mixtures[row].clone();
            mixture.or_else(|| reach::input(self.fit, self.runs, inputs, row))
        };
        let judge = Judge::new(stack, self.fit.objective.residual, self.level);
        let rows = subject.block(places);
        let first = rows.start - subject.rows.start;
        let spreads: Vec<RowSpread> =
            rows.into_par_iter().enumerate().map(|(i, row)| judge.row(i, void(row))).collect();
        let new = || about(self.fit, subject, stack, self.level);
        let info = into.intervals.get_or_insert_with(new);
        info.void += spreads.iter().filter(|spread| spread.void.is_some()).count();
        for (value, spread) in into.rows[first..].iter_mut().zip(spreads) {
            value.spread = Some(spread);
        }
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::runs::{RoleSpec, Table};

    /// `a + b * x`, with refits whose slopes differ.
    fn fit() -> FitReport {
        let fits = json!([{
            "law": "line", "target": "y", "own": null, "group": "", "status": "converged",
            "message": "", "objective": 0.0, "rows": 40, "metrics": null,
            "parameters": {"a": {"value": 1.0}, "b": {"value": 2.0}},
            "starts": {"total": 1, "finished": 1, "reached_best": 1, "basins": 1},
            "identifiability": {"rank": 2, "condition": 1.0, "free": []},
        }]);
        let runs = json!({
            "source": "made", "rows_read": 40, "rows_used": 40, "rows_filtered": 0,
            "rows_dropped_missing": 0, "rows_renormalised": 0, "rows_joined_away": 0,
            "domains": [], "ranges": {"x": [0.0, 6.0]}, "roles": {},
        });
        let law = json!({"name": "line", "formula": "a + b * x", "source": "", "inputs": ["x"], "sets": {}});
        let fit = json!({
            "schema": "mixlaw.fit/1", "version": "0", "seed": 0, "laws": [law], "fits": fits,
            "engine": {"name": "cpu", "description": "made"}, "runs": runs,
            "objective": {"residual": "raw", "loss": "squared"},
        });
        serde_json::from_value(fit).expect("a document")
    }

    fn lines() -> String {
        let line = |i: u32, change: &serde_json::Value, held: &serde_json::Value| {
            let parameters = json!({"a": 1.0, "b": 2.0 + 0.01 * f64::from(i)});
            let mut line = json!({
                "unit": i, "law": "line", "target": "y", "group": "", "starts": 1,
                "status": "converged", "objective": 0.0, "parameters": parameters, "held": held,
            });
            for (name, value) in change.as_object().expect("a change") {
                line[name] = value.clone();
            }
            line.to_string() + "\n"
        };
        let resample = |i: u32| line(i, &json!({"change": "resample", "number": i}), &json!(null));
        let without = |i: u32| {
            let held =
                json!({"rows": [i], "predicted": [5.0], "observed": [5.0 + 0.1 * f64::from(i)]});
            line(i, &json!({"change": "without-row", "row": i}), &held)
        };
        (0..25).map(resample).chain((1..=30).map(without)).collect()
    }

    #[test]
    fn blocks_of_any_size_give_the_same_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("draws.jsonl");
        std::fs::write(&path, lines()).expect("a file");
        let draws = Draws::open(&path).expect("draws");
        let table = Table::from_columns("new", vec![("x".into(), (0..7).map(f64::from).collect())]);
        let roles = RoleSpec { target: vec!["y".into()], ..RoleSpec::default() };
        let runs = table.and_then(|table| Runs::for_prediction(table, &roles)).expect("runs");
        let (fit, level) = (fit(), 0.8);
        let asked =
            Asked { fit: &fit, runs: &runs, mixtures: reach::mixtures(&fit, &runs, level), level };
        let whole = asked.answer(&draws, MOST_KEPT).expect("an answer");
        let rows = &whole.predictions[0].rows;
        // Resamples 2.4 and 21.6 of slopes from 2 to 2.24.
        let known = |row: usize| [0.1, 0.9].map(|rank| 1.0 + (2.0 + 0.24 * rank) * row as f64);
        for (row, value) in rows.iter().enumerate() {
            let spread = value.spread.as_ref().expect("a spread");
            let ends = spread.value_interval.expect("an interval");
            let far = ends.iter().zip(known(row)).any(|(ours, known)| (ours - known).abs() > 1e-12);
            assert!(!far, "row {row}: {ends:?}");
            assert!(spread.run_interval.is_some() && spread.jackknife_plus.is_some());
        }
        let text = |report: &PredictReport| serde_json::to_string(report).expect("json");
        // 55 draws of one fit: blocks of 1, 2 and 3 rows.
        for most in [1, 110, 170] {
            let blocks = asked.answer(&draws, most).expect("an answer");
            assert_eq!(text(&blocks), text(&whole), "{most}");
        }
    }
}
