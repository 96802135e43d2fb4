//! The parts of `mixlaw.predict/1` on refits: how sure predictions are.
//!
//! In: numbers from the draws of a sweep. Out: structures that serde writes. All numbers are in the target's own
//! unit.

use serde::Serialize;

/// The draws that intervals are from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrawsInfo {
    /// The file.
    pub file: String,
    /// What part an interval is meant to hold.
    pub level: f64,
}

/// What the intervals of one fit rest on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct IntervalsInfo {
    /// Resamples with a usable refit.
    pub resamples: usize,
    /// Resamples without.
    pub left_out: usize,
    /// Errors of rows that a refit had not seen, of which the intervals of new runs are made.
    pub errors: usize,
    /// Refits without a row: jackknife+ (Barber et al. 2021, arXiv 1905.02928).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jackknife_plus: Option<Conformal>,
    /// Refits without a mixture: CV+ (the same).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cv_plus: Option<Conformal>,
    /// Rows whose conformal intervals are void.
    pub void: usize,
}

/// What a conformal interval rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Conformal {
    /// Refits.
    pub refits: usize,
    /// Those without an answer, which count as if they were wrong by any amount.
    pub failed: usize,
    /// Errors.
    pub errors: usize,
    /// What part of new runs the interval holds at least, where they are exchangeable with those learnt from:
    /// twice the level less 1. `null` where several rows are of one mixture, as then rows are not.
    pub guarantee: Option<f64>,
}

/// How sure the prediction of a row is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RowSpread {
    /// Standard deviation of the resamples' predictions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std_error: Option<f64>,
    /// Percentiles of the resamples' predictions: where the law lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_interval: Option<[f64; 2]>,
    /// Percentiles of all sums of a resample's prediction and an error of an unseen row: where a new run lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_interval: Option<[f64; 2]>,
    /// The jackknife+ interval; an end is `null` where it is not bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jackknife_plus: Option<[Option<f64>; 2]>,
    /// The CV+ interval, with mixtures as folds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cv_plus: Option<[Option<f64>; 2]>,
    /// Why the row has no conformal interval: it is not exchangeable with the runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}
