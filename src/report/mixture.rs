//! The JSON document `mixlaw.mixture/1`: a mixture to train on and how good it is known to be.
//!
//! In: the answer of a search. Out: a structure that serde writes and reads; it holds all that
//! `mixlaw export` needs.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ordered;
use super::spread::Spread;
use crate::error::{Error, Place, Result};

/// The schema that this version writes.
pub const MIXTURE_SCHEMA: &str = "mixlaw.mixture/1";

/// The answer of `mixlaw search`, or a mixture of `mixlaw proxy`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MixtureReport {
    /// `mixlaw.mixture/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The fit document that was searched.
    pub source: String,
    /// Its laws, by name.
    pub laws: Vec<String>,
    /// The best mixture: a share a domain, in the order of the fit.
    #[serde(with = "ordered")]
    pub mixture: Vec<(String, f64)>,
    /// What was minimised, in words.
    pub goal: String,
    /// Inputs held fixed, such as the size and the tokens of the target run.
    #[serde(with = "ordered", default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<(String, f64)>,
    /// The objective at the mixture; `null` where nothing was searched (`mixlaw proxy`).
    pub objective: Option<f64>,
    /// No feasible mixture has an objective below this; `null` where nothing is proved.
    pub lower_bound: Option<f64>,
    /// Objective less lower bound.
    pub gap: Option<f64>,
    /// What proves the lower bound.
    pub certificate: Certificate,
    /// The method, in words.
    pub method: String,
    /// Evaluations of the objective.
    pub evaluated: u64,
    /// The largest violation of the conditions of an optimum, where the method checks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kkt_residual: Option<f64>,
    /// Predicted value of each target at the mixture.
    #[serde(with = "ordered")]
    pub predicted: Vec<(String, f64)>,
    /// Mixtures to compare with.
    #[serde(with = "ordered")]
    pub reference: Vec<(String, Candidate)>,
    /// Predicted value of each target, in the order of `predicted`, at each of these.
    #[serde(with = "ordered", default)]
    pub compared: Vec<(String, Vec<Option<f64>>)>,
    /// What holds the mixture where it is: bounds, groups and other constraints that are met with
    /// equality.
    pub binding: Vec<String>,
    /// Ranges a domain of the mixtures whose objective is within `tolerance` of the best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valley: Option<Valley>,
    /// Where the mixture is a mean of good ones: of which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub averaged: Option<Mean>,
    /// What resamples of the runs say of the mixture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// The best mixtures found, best first.
    pub candidates: Vec<Candidate>,
    /// What to know before training on it.
    pub warnings: Vec<String>,
}

/// What proves a lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// The objective is convex, and the bound is a duality gap.
    Convex,
    /// Every mixture of a lattice was looked at: best on the lattice, not between its points.
    Exhaustive,
    /// Branch and bound.
    BranchAndBound,
    /// Nothing.
    None,
}

/// A mixture with its objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// A share a domain, in the order of `mixture`.
    pub shares: Vec<f64>,
    /// Its objective; `null` where it is not finite.
    pub objective: Option<f64>,
}

/// The mixtures that a mean is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// How many.
    pub of: u64,
    /// The objective of the best of them.
    pub best: f64,
    /// Least and greatest share of each domain among them.
    #[serde(with = "ordered")]
    pub ranges: Vec<(String, [f64; 2])>,
}

/// The mixtures that are nearly as good as the best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Valley {
    /// How far above the best an objective may be.
    pub tolerance: f64,
    /// Whether these are the whole ranges (to a thousandth), or what was met of them by moving weight
    /// between domains.
    pub proved: bool,
    /// Least and greatest share of each domain among them.
    #[serde(with = "ordered")]
    pub ranges: Vec<(String, [f64; 2])>,
}

impl MixtureReport {
    /// Reads a document written by `mixlaw search --json`.
    ///
    /// # Errors
    /// [`Error::Input`] naming the file when it cannot be read or is no such document.
    pub fn read(path: &Path) -> Result<MixtureReport> {
        let remedy = "give a file that `mixlaw search --json` wrote";
        let wrong = |cause: String| Error::input(Place::file(path), cause, remedy);
        let text = std::fs::read_to_string(path)
            .map_err(|e| wrong(format!("cannot read the mixture: {e}")))?;
        // Not through a `Value`: it would sort the domains and lose those that stand twice.
        let head: Head = serde_json::from_str(&text)
            .map_err(|e| wrong(format!("this is not a mixture document: {e}")))?;
        match head.schema.as_deref() {
            Some(MIXTURE_SCHEMA) => {}
            Some(other) => {
                return Err(wrong(format!("its schema is `{other}`, not `{MIXTURE_SCHEMA}`")));
            }
            None => return Err(wrong("this is not a mixture document: it has no schema".into())),
        }
        serde_json::from_str(&text)
            .map_err(|e| wrong(format!("this is not a mixture document: {e}")))
    }
}

/// What tells whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}
