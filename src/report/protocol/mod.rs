//! The JSON document `mixlaw.protocol/1`: how laws did on the ends of runs and on other mixtures, and the
//! best mixtures by the fits.
//!
//! In: scored predictions, and answers of a search. Out: a structure that serde writes, and text.

mod measures;
mod text;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::mixture::MixtureReport;
use super::{EngineInfo, FitReport, ObjectiveInfo, ordered};
use crate::fit::metrics;
use crate::runs::Runs;
use crate::study::Warning;
use crate::study::compare::{Pairs, Scheme, Scored, Series, Split};
use measures::Better;

pub use measures::{Across, Summary};
pub use text::protocol_text;

/// The schema that this version writes.
const PROTOCOL_SCHEMA: &str = "mixlaw.protocol/1";

/// What `mixlaw run` found out beside its fits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProtocolReport {
    /// `mixlaw.protocol/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The study.
    pub study: String,
    /// The table.
    pub source: String,
    /// Seed of starts and draws.
    pub seed: u64,
    /// What was minimised.
    pub objective: ObjectiveInfo,
    /// What the fits ran on.
    pub engine: EngineInfo,
    /// The targets, in the order of every list of numbers below.
    pub targets: Vec<String>,
    /// The mixtures, by number.
    pub mixtures: Vec<MixtureEntry>,
    /// One an `[extrapolation]` and `[generalisation]` of the study.
    pub protocols: Vec<ProtocolEntry>,
    /// One a place of `[optimisation]`, each as `mixlaw search` gives it.
    pub optima: Vec<MixtureReport>,
}

/// A mixture of the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MixtureEntry {
    /// The group's key; empty without groups.
    pub group: String,
    /// The data row where it is first seen, from 1.
    pub row: u32,
    /// Its rows in use.
    pub rows: usize,
    /// A share a domain.
    #[serde(with = "ordered")]
    pub shares: Vec<(String, f64)>,
}

/// Which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProtocolKind {
    /// The ends of runs.
    Extrapolation,
    /// Mixtures that were not learnt from.
    Generalisation,
}

/// What came of one protocol.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProtocolEntry {
    /// Which it is.
    pub kind: ProtocolKind,
    /// What is tested and what learnt from, in words.
    pub name: String,
    /// For each split, such as a draw, the mixtures that were learnt from, by number from 0.
    pub learnt: Vec<Vec<usize>>,
    /// What was known before the fits of what they cannot determine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// One a law.
    pub laws: Vec<LawResult>,
}

/// What came of one law.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LawResult {
    /// The law.
    pub law: String,
    /// Mean relative error of each test and target.
    pub error: Option<Summary>,
    /// R2 of the logarithms over the rows of each test and target (BiMix, Eq. 14).
    pub r2_log: Option<Summary>,
    /// Tests and targets without a prediction.
    pub missing: usize,
    /// Why, for the first of them.
    pub why: Option<String>,
    /// One a mixture tested, split by split.
    pub tests: Vec<TestEntry>,
}

/// One mixture that was tested after one split.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TestEntry {
    /// The split: which draw, or which mixture.
    pub split: usize,
    /// The mixture, by number from 0.
    pub mixture: usize,
    /// The rows tested.
    pub rows: usize,
    /// Mean relative errors over the targets (BiMix, Table 1).
    pub error: Option<Across>,
    /// R2 of the logarithms over the targets (BiMix, Table 2); `null` for a single row.
    pub r2_log: Option<Across>,
    /// The error of each target; `null` where it was not predicted.
    pub errors: Vec<Option<f64>>,
    /// The R2 of each target.
    pub r2_logs: Vec<Option<f64>>,
}

impl ProtocolReport {
    /// A document without results, beside the fits of the same study.
    pub fn new(study: &str, runs: &Runs, series: &Series, fit: &FitReport) -> ProtocolReport {
        let entry = |(number, rows): (usize, Vec<usize>)| {
            let first = rows.first().copied().unwrap_or(0);
            let shares = runs.mixture.iter().map(|column| column[first]);
            MixtureEntry {
                group: runs.groups[series.groups[number]].key.clone(),
                row: runs.row_numbers[first],
                rows: rows.len(),
                shares: runs.domains.iter().cloned().zip(shares).collect(),
            }
        };
        ProtocolReport {
            schema: PROTOCOL_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            study: study.into(),
            source: runs.source.clone(),
            seed: fit.seed,
            objective: fit.objective.clone(),
            engine: fit.engine.clone(),
            targets: runs.targets.iter().map(|target| target.column.clone()).collect(),
            mixtures: series.rows().into_iter().enumerate().map(entry).collect(),
            protocols: Vec::new(),
            optima: Vec::new(),
        }
    }

    /// Whether the study asked for nothing beside its fits.
    pub fn is_empty(&self) -> bool {
        self.protocols.is_empty() && self.optima.is_empty()
    }

    /// Whether all that was tested was predicted.
    pub fn is_whole(&self) -> bool {
        self.protocols.iter().flat_map(|entry| &entry.laws).all(|law| law.missing == 0)
    }
}

impl ProtocolEntry {
    /// Measures what laws predicted.
    pub fn new(
        kind: ProtocolKind,
        scheme: &Scheme,
        series: &Series,
        laws: &[String],
        scored: &[Scored],
    ) -> ProtocolEntry {
        let law = |(number, law): (usize, &String)| {
            let own: Vec<&Scored> = scored.iter().filter(|one| one.contender == number).collect();
            LawResult::new(law, scheme, series, &own)
        };
        ProtocolEntry {
            kind,
            name: scheme.name.clone(),
            learnt: scheme.splits.iter().map(|split| learnt(split, series)).collect(),
            warnings: Vec::new(),
            laws: laws.iter().enumerate().map(law).collect(),
        }
    }
}

impl LawResult {
    fn new(law: &str, scheme: &Scheme, series: &Series, own: &[&Scored]) -> LawResult {
        let tests: Vec<TestEntry> = own
            .iter()
            .flat_map(|scored| tests(scored, &scheme.splits[scored.split].test, series))
            .collect();
        let errors: Vec<Option<f64>> = tests.iter().flat_map(|test| test.errors.clone()).collect();
        let r2: Vec<Option<f64>> = tests.iter().flat_map(|test| test.r2_logs.clone()).collect();
        let failed =
            |scored: &&Scored| scored.targets.iter().find_map(|target| target.clone().err());
        LawResult {
            law: law.into(),
            error: Summary::new(&errors, Better::Less),
            r2_log: Summary::new(&r2, Better::More),
            missing: errors.iter().filter(|error| error.is_none()).count(),
            why: own.iter().find_map(failed),
            tests,
        }
    }
}

/// The mixtures that a split learns from, in order.
fn learnt(split: &Split, series: &Series) -> Vec<usize> {
    different(split.keep.iter().zip(&series.of).filter(|(keep, _)| **keep).map(|(_, of)| *of))
}

fn different(mixtures: impl Iterator<Item = usize>) -> Vec<usize> {
    mixtures.collect::<BTreeSet<usize>>().into_iter().collect()
}

/// The mixtures of one split's test, in order.
fn tests(scored: &Scored, rows: &[usize], series: &Series) -> Vec<TestEntry> {
    let test = |mixture: usize| {
        let measured = scored.targets.iter().map(|target| match target {
            Ok(pairs) => measured(pairs, series, mixture),
            Err(_) => [None; 2],
        });
        let (errors, r2_logs): (Vec<_>, Vec<_>) = measured.map(|[error, r2]| (error, r2)).unzip();
        TestEntry {
            split: scored.split,
            mixture,
            rows: rows.iter().filter(|&&row| series.of[row] == mixture).count(),
            error: Across::new(&errors, Better::Less),
            r2_log: Across::new(&r2_logs, Better::More),
            errors,
            r2_logs,
        }
    };
    different(rows.iter().map(|&row| series.of[row])).into_iter().map(test).collect()
}

/// Relative error and R2 of the logarithms over the rows of one mixture.
fn measured(pairs: &Pairs, series: &Series, mixture: usize) -> [Option<f64>; 2] {
    let own = (0..pairs.rows.len()).filter(|&place| series.of[pairs.rows[place]] == mixture);
    let (predicted, observed): (Vec<f64>, Vec<f64>) =
        own.map(|place| (pairs.predicted[place], pairs.observed[place])).unzip();
    let metrics = metrics(&predicted, &observed);
    [metrics.mre, metrics.r2_log]
}
