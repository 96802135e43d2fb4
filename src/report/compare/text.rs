//! A comparison as tables for people.
//!
//! In: a [`CompareReport`]. Out: text.

use super::{CompareReport, ContenderReport, SchemeReport};
use crate::report::{number, rows};
use crate::study::compare::Judged;

/// Two tables a scheme, each the mean over the targets, and what follows.
pub fn compare_text(report: &CompareReport) -> String {
    let tables = report.schemes.iter().map(|scheme| tables(report, scheme));
    let notes = report.notes.iter().map(|note| format!("note: {note}\n"));
    let notes: String = notes.collect();
    let gap = if notes.is_empty() { "" } else { "\n" };
    tables.collect::<Vec<String>>().join("\n") + gap + &notes
}

fn tables(report: &CompareReport, scheme: &SchemeReport) -> String {
    let targets = scheme.results.first().map_or(0, |result| result.targets.len());
    let (ranks, words) = (table(scheme, &RANKS, ranks), table(scheme, &WORDS, words));
    let mut out = format!("{} ({targets} targets)\n{ranks}\n{words}", scheme.name);
    for result in scheme.results.iter().filter(|result| result.mean.is_none()) {
        let failed = result
            .targets
            .iter()
            .find_map(|target| Some(format!("{}: {}", target.target, target.failed.as_ref()?)));
        let why = failed.unwrap_or_else(|| "a prediction is not a number".into());
        out += &format!("{} is not ranked: {why}\n", result.name);
    }
    out + &advice(report, scheme) + &choice(scheme)
}

const RANKS: [&str; 9] =
    ["model", "Spearman", "of the mean", "R2", "MAE", "MRE %", "regret", "regret of 5", "seconds"];

fn ranks(result: &ContenderReport) -> Vec<String> {
    let of = |f: &dyn Fn(&Judged) -> Option<f64>| result.mean.as_ref().and_then(f);
    let all = result.mean_target.and_then(|judged| judged.metrics.spearman);
    vec![
        fixed(of(&|j| j.metrics.spearman), 4),
        fixed(all, 4),
        fixed(of(&|j| j.metrics.r2), 4),
        number(of(&|j| j.metrics.mae)),
        fixed(of(&|j| j.metrics.mre).map(|x| 100.0 * x), 3),
        number(of(&|j| j.regret)),
        number(of(&|j| j.regret_of_5)),
        format!("{:.3}", result.seconds),
    ]
}

const WORDS: [&str; 6] = ["calibration", "slope", "intercept", "bias", "optimism", "top tenth"];

fn words(result: &ContenderReport) -> Vec<String> {
    let calibration = result.mean.map(|mean| mean.calibration).unwrap_or_default();
    vec![
        fixed(calibration.slope, 3),
        fixed(calibration.intercept, 3),
        fixed(calibration.bias, 4),
        fixed(calibration.optimism, 4),
        fixed(calibration.top_tenth, 3),
    ]
}

/// A row a contender, marked where it leaks.
fn table(
    scheme: &SchemeReport,
    head: &[&str],
    cells: fn(&ContenderReport) -> Vec<String>,
) -> String {
    let mut lines = vec![head.iter().map(ToString::to_string).collect::<Vec<String>>()];
    lines.extend(scheme.results.iter().map(|result| {
        let mark = if result.leaks { " (sees the test)" } else { "" };
        let name = format!("{}{mark}", result.name);
        [vec![name], cells(result)].concat()
    }));
    rows(&lines)
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

/// What `auto` chose, and what that was worth.
fn choice(scheme: &SchemeReport) -> String {
    let Some(auto) = scheme.results.iter().find(|result| !result.chosen.is_empty()) else {
        return String::new();
    };
    let mut out = format!("{} chose {}\n", auto.name, counted(&auto.chosen));
    if let Some(choice) = &scheme.choice {
        out += &format!(
            "its regret on rows not seen is {}; that of {}, the least, {}; that of {}, the largest, {}\n",
            number(Some(choice.regret)),
            choice.best.name,
            number(Some(choice.best.regret)),
            choice.worst.name,
            number(Some(choice.worst.regret))
        );
    }
    out
}

/// The names in order of appearance, with how often they were chosen.
fn counted(chosen: &[Option<String>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for name in chosen.iter().map(|name| name.as_deref().unwrap_or("nothing")) {
        match counts.iter_mut().find(|known| known.0 == name) {
            Some(known) => known.1 += 1,
            None => counts.push((name, 1)),
        }
    }
    let all = chosen.len();
    let one = |(name, count): &(&str, usize)| format!("{name} in {count} of {all} splits");
    counts.iter().map(one).collect::<Vec<String>>().join(", ")
}
