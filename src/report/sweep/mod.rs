//! The document of a sweep (`mixlaw.sweep/1`): every fit with its intervals, and how its refits fared.
//!
//! In: a finished sweep and what its draws say. Out: structures that serde writes, and text.

mod text;

use serde::{Deserialize, Serialize};

use crate::fit::{Bound, State};
use crate::report::honesty::HonestyReport;
use crate::report::{EngineInfo, LawEntry, ObjectiveInfo, ordered};
use crate::runs::{RowCounts, Runs};
use crate::study::certainty::{Bootstrapped, Counts, Known, LEVELS};
use crate::study::sweep::{Part, Slot, SweepSection};

pub use text::sweep_text;

/// The schema that this version writes.
pub const SWEEP_SCHEMA: &str = "mixlaw.sweep/1";

/// The answer of `mixlaw sweep`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepReport {
    /// `mixlaw.sweep/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The study's name.
    pub study: String,
    /// Seed of starts and resamples.
    pub seed: u64,
    /// What it ran on.
    pub engine: EngineInfo,
    /// The files of the table.
    pub source: String,
    /// Where the rows went.
    #[serde(flatten)]
    pub counts: RowCounts,
    /// What was minimised.
    pub objective: ObjectiveInfo,
    /// The laws.
    pub laws: Vec<LawEntry>,
    /// Which refits were made.
    pub plan: PlanInfo,
    /// The probabilities that the quantiles of the fits are for.
    pub levels: Vec<f64>,
    /// One a law, subset, target and group.
    pub fits: Vec<SweepEntry>,
    /// How far they can be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub honesty: Option<HonestyReport>,
}

/// Which refits were made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanInfo {
    /// How resamples were made, in words.
    pub resample: String,
    /// What was drawn together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Resamples.
    pub resamples: u64,
    /// Starts of full fits, searches and audits.
    pub starts: usize,
    /// Whether refits began at the full fit.
    pub warm: bool,
    /// The share of them that was searched from all starts as well.
    pub audit: f64,
    /// What intervals are to cover.
    pub level: f64,
}

/// One fit and its refits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepEntry {
    /// The law's name.
    pub law: String,
    /// The target's column.
    pub target: String,
    /// The group's key; empty without groups.
    pub group: String,
    /// The subset's name; empty for all rows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// How the full fit ended.
    pub status: State,
    /// What that means and what to do.
    pub message: String,
    /// Its objective.
    pub objective: Option<f64>,
    /// Rows fitted.
    pub rows: usize,
    /// How the refits ended.
    pub refits: Counts,
    /// Parameters by label.
    #[serde(with = "ordered")]
    pub parameters: Vec<(String, Quantity)>,
    /// What the law derives from them.
    #[serde(with = "ordered", default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<(String, Quantity)>,
}

/// A number with all that is known about its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// The value in the full fit.
    pub value: Option<f64>,
    /// Its standard error by first-order theory.
    pub std_error: Option<f64>,
    /// The bound that the data hold it at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_bound: Option<Bound>,
    /// Whether the user held it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// What the resamples say; none where too few have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Bootstrapped>,
}

impl PlanInfo {
    /// What a study asks for.
    pub fn new(section: &SweepSection, starts: usize) -> PlanInfo {
        PlanInfo {
            resample: section.resample.words().into(),
            cluster: section.cluster.clone(),
            resamples: section.drawn(),
            starts,
            warm: section.warm,
            audit: section.audit,
            level: section.level,
        }
    }
}

impl SweepReport {
    /// The probabilities of the quantiles.
    pub fn quantile_levels() -> Vec<f64> {
        LEVELS.to_vec()
    }

    /// The fits of all parts, in their order.
    pub fn entries(runs: &Runs, parts: &[Part], known: Vec<Known>) -> Vec<SweepEntry> {
        let slots = parts.iter().flat_map(|part| part.slots.iter().map(move |slot| (part, slot)));
        slots.zip(known).map(|((part, slot), known)| entry(runs, part, slot, known)).collect()
    }

    /// Whether every full fit has a minimum.
    pub fn is_whole(&self) -> bool {
        self.fits.iter().all(|fit| fit.status.is_usable())
    }
}

fn entry(runs: &Runs, part: &Part, slot: &Slot, known: Known) -> SweepEntry {
    let mut quantities: Vec<(String, Quantity)> = known
        .quantities
        .into_iter()
        .map(|(label, estimate, bootstrap)| {
            let quantity = Quantity {
                value: estimate.value,
                std_error: estimate.std_error,
                at_bound: estimate.at_bound,
                held: estimate.held,
                bootstrap,
            };
            (label, quantity)
        })
        .collect();
    let derived = quantities.split_off(known.parameters);
    SweepEntry {
        law: part.model.law.name.clone(),
        target: runs.targets[slot.target].column.clone(),
        group: runs.groups[slot.group].key.clone(),
        subset: part.subset.clone(),
        status: slot.fit.state,
        message: slot.fit.message.clone(),
        objective: slot.fit.objective,
        rows: slot.fit.rows,
        refits: known.counts,
        parameters: quantities,
        derived,
    }
}
