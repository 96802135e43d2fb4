//! The JSON document `mixlaw.compare/1`, and the same as tables for people.
//!
//! In: scored predictions and who made them. Out: a structure that serde writes, and text.

use serde::{Deserialize, Serialize};

use super::{number, rows};
use crate::study::compare::{Contender, Judged, Scheme, Scored, Winner, judge, winner};

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
    /// Which to use; `null` for a single split, or where none predicts every target.
    pub winner: Option<Winner>,
}

/// What came of one contender in one scheme.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContenderReport {
    /// The contender.
    pub name: String,
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
            let result = |(number, contender): (usize, &Contender)| {
                let own: Vec<&Scored> =
                    here.iter().copied().filter(|s| s.contender == number).collect();
                judged(&contender.name, &own, scheme, targets)
            };
            let splits = scheme.splits.len();
            SchemeReport {
                name: scheme.name.clone(),
                splits,
                results: contenders.iter().enumerate().map(result).collect(),
                winner: (splits > 1)
                    .then(|| winner(&here, contenders.len(), splits, seed))
                    .flatten(),
            }
        };
        CompareReport {
            schema: COMPARE_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            source: source.into(),
            seed,
            contenders: contenders.iter().map(|contender| contender.name.clone()).collect(),
            schemes: schemes.iter().enumerate().map(of).collect(),
        }
    }
}

fn judged(name: &str, own: &[&Scored], scheme: &Scheme, targets: &[String]) -> ContenderReport {
    let rounds: Vec<usize> = own.iter().map(|one| scheme.splits[one.split].round).collect();
    let one = |(number, target): (usize, &String)| {
        let failed = own.iter().find_map(|scored| scored.targets[number].as_ref().err());
        let judged = if failed.is_none() { judge(own, &rounds, Some(number)) } else { None };
        TargetReport { target: target.clone(), judged, failed: failed.cloned() }
    };
    let all: Vec<TargetReport> = targets.iter().enumerate().map(one).collect();
    let known: Vec<Judged> = all.iter().filter_map(|target| target.judged).collect();
    let whole = known.len() == all.len();
    ContenderReport {
        name: name.into(),
        seconds: own.iter().map(|scored| scored.seconds).sum(),
        mean: crate::study::compare::mean(&known).filter(|_| whole),
        mean_target: if whole && all.len() > 1 { judge(own, &rounds, None) } else { None },
        targets: all,
    }
}

/// One table a scheme: the mean over the targets, and what follows.
pub fn compare_text(report: &CompareReport) -> String {
    let tables = report.schemes.iter().map(|scheme| table(report, scheme));
    tables.collect::<Vec<String>>().join("\n")
}

fn table(report: &CompareReport, scheme: &SchemeReport) -> String {
    let targets = scheme.results.first().map_or(0, |result| result.targets.len());
    let head = [
        "model",
        "Spearman",
        "of the mean",
        "R2",
        "MAE",
        "MRE %",
        "regret",
        "regret of 5",
        "slope",
        "seconds",
    ];
    let mut lines = vec![head.map(String::from).to_vec()];
    for result in &scheme.results {
        let of = |f: &dyn Fn(&Judged) -> Option<f64>| result.mean.as_ref().and_then(f);
        let all = result.mean_target.and_then(|judged| judged.metrics.spearman);
        lines.push(vec![
            result.name.clone(),
            fixed(of(&|j| j.metrics.spearman), 4),
            fixed(all, 4),
            fixed(of(&|j| j.metrics.r2), 4),
            number(of(&|j| j.metrics.mae)),
            fixed(of(&|j| j.metrics.mre).map(|x| 100.0 * x), 3),
            number(of(&|j| j.regret)),
            number(of(&|j| j.regret_of_5)),
            fixed(of(&|j| j.slope), 3),
            format!("{:.3}", result.seconds),
        ]);
    }
    let mut out = format!("{} ({} targets)\n{}", scheme.name, targets, rows(&lines));
    for result in scheme.results.iter().filter(|result| result.mean.is_none()) {
        let failed = result
            .targets
            .iter()
            .find_map(|target| Some(format!("{}: {}", target.target, target.failed.as_ref()?)));
        let why = failed.unwrap_or_else(|| "a prediction is not a number".into());
        out += &format!("{} is not ranked: {why}\n", result.name);
    }
    out + &advice(report, scheme)
}

/// So many digits after the point; what is far too large for that, by its power of ten.
fn fixed(value: Option<f64>, digits: usize) -> String {
    match value {
        Some(x) if x.abs() < 1e5 => format!("{x:.digits$}"),
        Some(x) => format!("{x:.2e}"),
        None => "-".into(),
    }
}

fn advice(report: &CompareReport, scheme: &SchemeReport) -> String {
    let Some(winner) = &scheme.winner else { return String::new() };
    format!(
        "use {}: the highest mean rank correlation on rows not seen, {:.4}; the highest in {:.0} % of \
         resamples of the {} splits\n",
        report.contenders[winner.contender],
        winner.spearman,
        100.0 * winner.sure,
        winner.splits
    )
}
