//! The JSON documents: `mixlaw.fit/1` and `mixlaw.predict/1`.
//!
//! In: outcomes of a study. Out: structures that serde writes and reads; a fit document holds all
//! that `mixlaw predict` needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::intervals::{DrawsInfo, IntervalsInfo, RowSpread};
use super::ordered;

use crate::engine::Engine;
use crate::error::{Error, Place, Result};
use crate::fit::{Estimate, Identifiability, Metrics, Starts, State};
use crate::law::model::Model;
use crate::problem::{Loss, Objective, Residual};
use crate::runs::{RoleSpec, RowCounts, Runs};
use crate::study::{Outcome, Score, Trouble, Warning};

/// The schema that this version writes.
const FIT_SCHEMA: &str = "mixlaw.fit/1";
/// More different mixtures than this are not kept in a document.
pub const MOST_MIXTURES: usize = 10_000;
const PREDICT_SCHEMA: &str = "mixlaw.predict/1";

/// The answer of `mixlaw fit`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FitReport {
    /// `mixlaw.fit/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// Seed of the starts.
    pub seed: u64,
    /// What it ran on.
    pub engine: EngineInfo,
    /// What was read.
    pub runs: RunsInfo,
    /// The laws fitted.
    pub laws: Vec<LawEntry>,
    /// What was minimised.
    pub objective: ObjectiveInfo,
    /// What was known before the fits of what the rows cannot determine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// One entry a law, target and group.
    pub fits: Vec<FitEntry>,
}

/// What a command ran on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EngineInfo {
    /// `cpu` or `gpu`.
    pub name: String,
    /// In words.
    pub description: String,
    /// What happened to it, such as a device that was lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl EngineInfo {
    /// What a report says of an engine.
    pub fn new(engine: &dyn Engine) -> EngineInfo {
        let (name, description) = (engine.name().into(), engine.describe());
        EngineInfo { name, description, notes: engine.notes() }
    }
}

/// What was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunsInfo {
    /// The files.
    pub source: String,
    /// Where the rows went.
    #[serde(flatten)]
    pub counts: RowCounts,
    /// The mixture's domains, in order.
    pub domains: Vec<String>,
    /// The different mixtures of the rows, where they are not too many to keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mixtures: Vec<Vec<f64>>,
    /// Least and greatest value of each input of the laws.
    #[serde(with = "ordered", default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<(String, [f64; 2])>,
    /// The roles of the columns, as given.
    pub roles: RoleSpec,
}

/// A law that was fitted, with what is needed to predict from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LawEntry {
    /// Its name.
    pub name: String,
    /// Its formula.
    pub formula: String,
    /// Paper and equation.
    pub source: String,
    /// Columns that the formula reads.
    pub inputs: Vec<String>,
    /// Index sets and their sizes.
    pub sets: BTreeMap<String, usize>,
}

/// What was minimised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveInfo {
    /// raw, log or relative.
    pub residual: Residual,
    /// squared or huber.
    pub loss: String,
    /// Huber's delta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
}

/// One law fitted to one target in one group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FitEntry {
    /// The law's name.
    pub law: String,
    /// The target's column.
    pub target: String,
    /// The domain that the target is measured on, if it is in the mixture.
    pub own: Option<String>,
    /// The group's key; empty without groups.
    pub group: String,
    /// How it ended.
    pub status: State,
    /// What that means and what to do.
    pub message: String,
    /// Sum of squares, or of Huber losses.
    pub objective: Option<f64>,
    /// Rows fitted.
    pub rows: usize,
    /// Parameters by label.
    #[serde(with = "ordered")]
    pub parameters: Vec<(String, Estimate)>,
    /// Quantities that the law derives from them.
    #[serde(with = "ordered", default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<(String, Estimate)>,
    /// Correlations of the free parameters, row-major; empty where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub correlation: Vec<f64>,
    /// In-sample measures.
    pub metrics: Option<Metrics>,
    /// Measures on the rows held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<Score>,
    /// How the starts fared.
    pub starts: Starts,
    /// How well the rows determine the parameters.
    pub identifiability: Identifiability,
}

impl FitReport {
    /// Gathers the outcomes of a study.
    pub fn new(
        runs: &Runs,
        roles: &RoleSpec,
        outcomes: &[Outcome],
        objective: Objective,
        seed: u64,
        engine: EngineInfo,
    ) -> FitReport {
        let mut laws: Vec<LawEntry> = Vec::new();
        for outcome in outcomes {
            if laws.iter().all(|law| law.name != outcome.model.law.name) {
                laws.push(LawEntry::new(&outcome.model));
            }
        }
        FitReport {
            schema: FIT_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed,
            engine,
            runs: RunsInfo {
                source: runs.source.clone(),
                counts: runs.counts,
                domains: runs.domains.clone(),
                mixtures: runs.distinct_mixtures(MOST_MIXTURES),
                ranges: ranges(runs, &laws),
                roles: roles.clone(),
            },
            laws,
            objective: ObjectiveInfo::new(objective),
            warnings: Vec::new(),
            fits: outcomes.iter().map(|outcome| FitEntry::new(runs, outcome)).collect(),
        }
    }

    /// The same with what was known before the fits. A law that is infinite in some rows has no finite
    /// start, and its warning says more than that.
    #[must_use]
    pub fn warned(mut self, warnings: Vec<Warning>) -> FitReport {
        for fit in self.fits.iter_mut().filter(|fit| fit.status == State::NoFiniteStart) {
            let about = |warning: &&Warning| {
                let same = warning.law == fit.law && warning.targets.contains(&fit.target);
                same && warning.trouble == Trouble::Infinite
            };
            if let Some(warning) = warnings.iter().find(about) {
                fit.message.clone_from(&warning.text);
            }
        }
        self.warnings = warnings;
        self
    }

    /// Reads a document written by `mixlaw fit --json`.
    ///
    /// # Errors
    /// [`Error::Input`] naming the file when it cannot be read or is no such document.
    pub fn read(path: &std::path::Path) -> Result<FitReport> {
        let place = || Place::file(path);
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::input(place(), format!("cannot read the fit: {e}"), "check the path")
        })?;
        let report: FitReport = serde_json::from_str(&text).map_err(|e| {
            let remedy = "give a file that `mixlaw fit --json` wrote";
            Error::input(place(), format!("this is not a fit document: {e}"), remedy)
        })?;
        for law in &report.laws {
            crate::law::file::check_sets(&law.sets)
                .map_err(|cause| Error::input(place(), cause, "fit again"))?;
        }
        if report.schema != FIT_SCHEMA {
            return Err(Error::input(
                place(),
                format!("its schema is `{}`, not `{FIT_SCHEMA}`", report.schema),
                "fit again with this version",
            ));
        }
        Ok(report)
    }
}

impl LawEntry {
    /// What is kept of a law.
    pub fn new(model: &Model) -> LawEntry {
        use crate::law::bind::Symbol;
        let inputs = model.symbols.iter().filter_map(|symbol| match symbol {
            Symbol::Input(name) => Some(name.clone()),
            _ => None,
        });
        LawEntry {
            name: model.law.name.clone(),
            formula: model.law.formula.text.clone(),
            source: model.law.source.clone(),
            inputs: inputs.collect(),
            sets: model.sets.clone(),
        }
    }
}

impl ObjectiveInfo {
    /// The document's form of an objective.
    pub fn new(objective: Objective) -> ObjectiveInfo {
        let (loss, delta) = match objective.loss {
            Loss::Squared => ("squared", None),
            Loss::Huber { delta } => ("huber", Some(delta)),
        };
        ObjectiveInfo { residual: objective.residual, loss: loss.into(), delta }
    }
}

impl FitEntry {
    fn new(runs: &Runs, outcome: &Outcome) -> FitEntry {
        let (target, fit) = (&runs.targets[outcome.target], &outcome.fit);
        FitEntry {
            law: outcome.model.law.name.clone(),
            target: target.column.clone(),
            own: target.own.map(|domain| runs.domains[domain].clone()),
            group: runs.groups[outcome.group].key.clone(),
            status: fit.state,
            message: fit.message.clone(),
            objective: fit.objective,
            rows: fit.rows,
            parameters: fit.parameters.clone(),
            derived: fit.derived.clone(),
            correlation: correlation(&fit.covariance, fit.theta.len()),
            metrics: fit.metrics,
            holdout: outcome.holdout,
            starts: fit.starts,
            identifiability: fit.identifiability.clone(),
        }
    }
}

/// The least and the greatest value of each input of some laws.
fn ranges(runs: &Runs, laws: &[LawEntry]) -> Vec<(String, [f64; 2])> {
    let mut ranges: Vec<(String, [f64; 2])> = Vec::new();
    for name in laws.iter().flat_map(|law| &law.inputs) {
        let Some(column) = runs.inputs.get(name) else { continue };
        if ranges.iter().all(|(known, _)| known != name) {
            let low = column.iter().copied().fold(f64::INFINITY, f64::min);
            let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            ranges.push((name.clone(), [low, high]));
        }
    }
    ranges
}

/// Correlations from a covariance; zero where a parameter has no variance. Left out for laws of
/// more than 20 parameters, where nobody reads them.
fn correlation(covariance: &[f64], count: usize) -> Vec<f64> {
    if count > 20 || covariance.iter().all(|c| *c == 0.0) {
        return Vec::new();
    }
    (0..covariance.len())
        .map(|e| {
            let size = (covariance[(e / count) * (count + 1)]
                * covariance[(e % count) * (count + 1)])
                .sqrt();
            if size > 0.0 { covariance[e] / size } else { 0.0 }
        })
        .collect()
}

/// The answer of `mixlaw predict`.
#[derive(Debug, Clone, Serialize)]
pub struct PredictReport {
    /// `mixlaw.predict/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The table predicted for.
    pub source: String,
    /// The draws that the intervals are from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draws: Option<DrawsInfo>,
    /// One entry a law, target and group.
    pub predictions: Vec<Prediction>,
    /// Measures, where the table has the targets.
    pub scores: Vec<ScoreEntry>,
}

impl PredictReport {
    /// An empty report on a table.
    pub fn new(source: &str) -> PredictReport {
        PredictReport {
            schema: PREDICT_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            source: source.into(),
            draws: None,
            predictions: Vec::new(),
            scores: Vec::new(),
        }
    }
}

/// Predictions of one fit.
#[derive(Debug, Clone, Serialize)]
pub struct Prediction {
    /// The law's name.
    pub law: String,
    /// The target's column.
    pub target: String,
    /// The group's key.
    pub group: String,
    /// What its intervals rest on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intervals: Option<IntervalsInfo>,
    /// One value a row.
    pub rows: Vec<RowValue>,
}

/// A predicted row.
#[derive(Debug, Clone, Serialize)]
pub struct RowValue {
    /// Data row of the table, from 1.
    pub row: u32,
    /// The prediction; `null` where the law is not finite.
    pub predicted: Option<f64>,
    /// The observation, if the table has it.
    pub observed: Option<f64>,
    /// How sure the prediction is.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub spread: Option<RowSpread>,
}

/// Measures of one fit on a table.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreEntry {
    /// The law's name.
    pub law: String,
    /// The target's column.
    pub target: String,
    /// The group's key.
    pub group: String,
    /// The measures.
    #[serde(flatten)]
    pub score: Score,
}
