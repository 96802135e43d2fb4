//! The part of `mixlaw.mixture/1` on resamples: how far the best mixture moves from one to another.
//!
//! In: numbers of a search repeated on every resample. Out: structures that serde writes and reads. Objectives
//! are in the objective's own unit; probabilities are shares of the resamples.

use serde::{Deserialize, Serialize};

use super::ordered;

/// What resamples of the runs say of a mixture that was found on the runs as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The file of draws.
    pub draws: String,
    /// What part of the resamples an interval holds.
    pub level: f64,
    /// Resamples in the file.
    pub resamples: usize,
    /// Those that have an answer.
    pub used: usize,
    /// Why others have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// How many of the searches ended with a proof.
    pub certified: usize,
    /// How the resamples were searched.
    pub method: String,
    /// The best mixtures of the resamples, a domain at a time.
    #[serde(with = "ordered")]
    pub shares: Vec<(String, ShareSpread)>,
    /// The objective at the mixture.
    pub objective: Range,
    /// What the mixture loses against the best one of each resample.
    pub regret: Regret,
    /// The part of the resamples in which the mixture meets the limits on targets; none without limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_limits: Option<f64>,
    /// The same for each mixture of `reference`.
    #[serde(with = "ordered")]
    pub against: Vec<(String, Against)>,
}

/// Resamples without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Why.
    pub why: String,
    /// How many.
    pub count: usize,
    /// The first of them.
    pub example: String,
}

/// The share of a domain in the best mixtures of the resamples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShareSpread {
    /// The mean.
    pub mean: f64,
    /// Percentiles.
    pub interval: [f64; 2],
    /// The part of the resamples in which it is zero.
    pub zero: f64,
    /// The part in which it is at a bound other than zero.
    pub at_bound: f64,
}

/// A number over the resamples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The mean.
    pub mean: f64,
    /// Percentiles.
    pub interval: [f64; 2],
}

/// How far a mixture is above the best of each resample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Regret {
    /// The mean.
    pub mean: f64,
    /// In the part `level` of the resamples it is not above this.
    pub quantile: f64,
}

/// A mixture of `reference` over the resamples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// Whether it meets the constraints on shares; a mixture that does not may be better than the best that
    /// does, and its regret below zero.
    pub allowed: bool,
    /// The part of the resamples in which the mixture that was found has a lower objective.
    pub better: f64,
    /// This mixture's objective less that of the mixture found; `null` where it is not finite in all of the
    /// resamples.
    pub gain: Option<Range>,
    /// What this mixture loses against the best one of each resample.
    pub regret: Option<Regret>,
}
