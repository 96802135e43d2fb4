//! The JSON document `mixlaw.compare/1`, and the same as tables for people.
//!
//! In: scored predictions and who made them. Out: a structure that serde writes, and text.

mod choice;
mod text;

use serde::{Deserialize, Serialize};

use crate::study::compare::{Contender, Judged, Scheme, Scored, Winner, judge, mean, winner};

pub use choice::{Choice, Regret};
pub use text::compare_text;

/// The schema that this version writes.
pub const COMPARE_SCHEMA: &str = "mixlaw.compare/1";

/// The answer of `mixlaw compare`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompareReport {
    /// `mixlaw.compare/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The table.
    pub source: String,
    /// The seed of folds, starts and resamples.
    pub seed: u64,
    /// What to know about the tables, and about contenders that see the test.
    pub notes: Vec<String>,
    /// The contenders, by number.
    pub contenders: Vec<String>,
    /// One a scheme of splits.
    pub schemes: Vec<SchemeReport>,
}

/// What came of one scheme of splits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SchemeReport {
    /// The scheme in words.
    pub name: String,
    /// Its splits.
    pub splits: usize,
    /// One a contender, in their order.
    pub results: Vec<ContenderReport>,
    /// Which to use; `null` for a single split, or where none predicts every target. Neither `auto` nor
    /// what sees the test is considered.
    pub winner: Option<Winner>,
    /// What the choice of `auto` was worth, where it is a contender.
    pub choice: Option<Choice>,
}

/// What came of one contender in one scheme.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContenderReport {
    /// The contender.
    pub name: String,
    /// Whether it saw the runs of the test, so that its measures flatter.
    pub leaks: bool,
    /// Of `auto`, what it chose in each split; `null` where nothing could be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<Option<String>>,
    /// Seconds that it learnt for, over all splits and targets.
    pub seconds: f64,
    /// The mean of each measure over the targets.
    pub mean: Option<Judged>,
    /// Measures of the mean of all targets, as one target.
    pub mean_target: Option<Judged>,
    /// One a target.
    pub targets: Vec<TargetReport>,
}

/// One target.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TargetReport {
    /// Its column.
    pub target: String,
    /// Measures; `null` where something could not be predicted.
    pub judged: Option<Judged>,
    /// Why, where something could not.
    pub failed: Option<String>,
}

impl CompareReport {
    /// Judges what was predicted.
    pub fn new(
        source: &str,
        seed: u64,
        targets: &[String],
        contenders: &[Contender],
        schemes: &[Scheme],
        scored: &[Scored],
    ) -> CompareReport {
        let of = |(number, scheme): (usize, &Scheme)| {
            let here: Vec<&Scored> = scored.iter().filter(|s| s.scheme == number).collect();
            SchemeReport::new(scheme, seed, targets, contenders, &here)
        };
        CompareReport {
            schema: COMPARE_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            source: source.into(),
            seed,
            notes: Vec::new(),
            contenders: contenders.iter().map(|contender| contender.name.clone()).collect(),
            schemes: schemes.iter().enumerate().map(of).collect(),
        }
    }
}

impl SchemeReport {
    fn new(
        scheme: &Scheme,
        seed: u64,
        targets: &[String],
        contenders: &[Contender],
        here: &[&Scored],
    ) -> SchemeReport {
        let result = |(number, contender): (usize, &Contender)| {
            let own: Vec<&Scored> =
                here.iter().copied().filter(|s| s.contender == number).collect();
            judged(contender, &own, scheme, targets)
        };
        let splits = scheme.splits.len();
        let usual = |scored: &&&Scored| contenders[scored.contender].is_plain();
        let plain: Vec<&Scored> = here.iter().filter(usual).copied().collect();
        let results: Vec<ContenderReport> = contenders.iter().enumerate().map(result).collect();
        SchemeReport {
            name: scheme.name.clone(),
            splits,
            winner: if splits > 1 { winner(&plain, contenders.len(), splits, seed) } else { None },
            choice: Choice::new(contenders, &results),
            results,
        }
    }
}

fn judged(
    contender: &Contender,
    own: &[&Scored],
    scheme: &Scheme,
    targets: &[String],
) -> ContenderReport {
    let rounds: Vec<usize> = own.iter().map(|one| scheme.splits[one.split].round).collect();
    let one = |(number, target): (usize, &String)| {
        let failed = own.iter().find_map(|scored| scored.targets[number].as_ref().err());
        let judged = if failed.is_none() { judge(own, &rounds, Some(number)) } else { None };
        TargetReport { target: target.clone(), judged, failed: failed.cloned() }
    };
    let all: Vec<TargetReport> = targets.iter().enumerate().map(one).collect();
    let known: Vec<Judged> = all.iter().filter_map(|target| target.judged).collect();
    let whole = known.len() == all.len();
    let chosen = || own.iter().map(|scored| scored.chosen.clone()).collect();
    ContenderReport {
        name: contender.name.clone(),
        leaks: contender.leaks(),
        chosen: if contender.chooses() { chosen() } else { Vec::new() },
        seconds: own.iter().map(|scored| scored.seconds).sum(),
        mean: mean(&known).filter(|_| whole),
        mean_target: if whole && all.len() > 1 { judge(own, &rounds, None) } else { None },
        targets: all,
    }
}
