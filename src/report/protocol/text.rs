//! Protocols as tables for people, in the format of the BiMix paper.
//!
//! In: a [`ProtocolReport`]. Out: text.

use super::{Across, LawResult, ProtocolEntry, ProtocolKind, ProtocolReport, Summary, TestEntry};
use crate::report::mixture::{Certificate, MixtureReport};
use crate::report::{number, rows};

/// Mixtures shown a law; the JSON document has them all.
const SHOWN: usize = 6;

/// Every protocol and the best mixtures, if there are any.
pub fn protocol_text(report: &ProtocolReport) -> Option<String> {
    let protocols = report.protocols.iter().map(|entry| protocol(report, entry));
    let optima = (!report.optima.is_empty()).then(|| optima(&report.optima));
    let parts: Vec<String> = protocols.chain(optima).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn protocol(report: &ProtocolReport, entry: &ProtocolEntry) -> String {
    let kind = match entry.kind {
        ProtocolKind::Extrapolation => "extrapolation",
        ProtocolKind::Generalisation => "generalisation",
    };
    let targets = report.targets.len();
    let mut out = format!("{kind}: {} ({targets} targets)\n{}", entry.name, summary(entry));
    for law in entry.laws.iter().filter(|law| law.missing > 0) {
        let all = law.tests.len() * targets;
        let why = law.why.as_deref().unwrap_or("predictions are not finite");
        out += &format!("  {}: {} of {all} are missing: {why}\n", law.law, law.missing);
    }
    for law in &entry.laws {
        out += &format!("\n{}", tests(entry, law));
    }
    out
}

/// All mixtures and targets together, a row a law.
fn summary(entry: &ProtocolEntry) -> String {
    let head = |what, tail| words(&[what, "mean", "median", tail, "worst", "number"]);
    let line = |law: &LawResult, summary: Option<Summary>, show: fn(f64) -> String| {
        let cells = summary.map_or(vec!["-".into(); 5], |all| {
            let numbers = [all.mean, all.median, all.tail, all.worst].map(show);
            numbers.into_iter().chain([all.count.to_string()]).collect()
        });
        [vec![law.law.clone()], cells].concat()
    };
    let mut table = vec![head("relative error, %", "95th pct")];
    table.extend(entry.laws.iter().map(|law| line(law, law.error, percent)));
    let mut out = rows(&table);
    if entry.laws.iter().any(|law| law.r2_log.is_some()) {
        let mut table = vec![head("R2 of log loss", "5th pct")];
        table.extend(entry.laws.iter().map(|law| line(law, law.r2_log, score)));
        out += &format!("\n{}", rows(&table));
    }
    out
}

/// The paper's table: for each mixture mean, worst and best over the targets.
fn tests(entry: &ProtocolEntry, law: &LawResult) -> String {
    let scored = law.tests.iter().any(|test| test.r2_log.is_some());
    let mut head = words(&[&law.law, "error %: mean", "worst", "best"]);
    if scored {
        head.extend(words(&["R2 of log: mean", "worst", "best"]));
    }
    let line = |test: &TestEntry| {
        let mut line = vec![place(entry, test)];
        line.extend(cells(test.error, percent));
        if scored {
            line.extend(cells(test.r2_log, score));
        }
        line
    };
    let mut table = vec![head];
    table.extend(law.tests.iter().take(SHOWN).map(line));
    let more = law.tests.len().saturating_sub(SHOWN);
    let more =
        if more > 0 { format!("  ... and {more} more (protocols.json)\n") } else { String::new() };
    rows(&table) + &more
}

fn place(entry: &ProtocolEntry, test: &TestEntry) -> String {
    let draws = entry.kind == ProtocolKind::Generalisation && entry.learnt.len() > 1;
    let draw = if draws { format!("draw {}, ", test.split + 1) } else { String::new() };
    format!("{draw}mixture {}", test.mixture + 1)
}

fn cells(across: Option<Across>, show: fn(f64) -> String) -> Vec<String> {
    match across {
        Some(Across { mean, worst, best }) => [mean, worst, best].map(show).to_vec(),
        None => vec!["-".into(); 3],
    }
}

fn percent(x: f64) -> String {
    format!("{:.3}", 100.0 * x)
}

fn score(x: f64) -> String {
    format!("{x:.4}")
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// The best mixtures, a row a place.
fn optima(all: &[MixtureReport]) -> String {
    let Some(first) = all.first() else { return String::new() };
    let mut head = words(&["at", "objective", "at uniform", "within"]);
    head.extend(first.mixture.iter().map(|(name, _)| name.clone()));
    let mut table = vec![head];
    table.extend(all.iter().map(optimum));
    let mut out =
        format!("optimisation: {} ({})\n{}", first.goal, first.laws.join(", "), rows(&table));
    for (answer, warning) in all.iter().flat_map(|one| one.warnings.iter().map(move |w| (one, w))) {
        out += &format!("  {}: {warning}\n", at(answer));
    }
    out
}

fn optimum(answer: &MixtureReport) -> Vec<String> {
    let uniform = answer.reference.iter().find(|(name, _)| name == "uniform");
    let gap = match (answer.certificate, answer.gap) {
        (Certificate::None, _) | (_, None) => "not certified".into(),
        (_, Some(gap)) => format!("{gap:.0e}"),
    };
    let mut line = vec![
        at(answer),
        number(answer.objective),
        number(uniform.and_then(|(_, there)| there.objective)),
        gap,
    ];
    line.extend(answer.mixture.iter().map(|(_, share)| format!("{share:.4}")));
    line
}

fn at(answer: &MixtureReport) -> String {
    let pairs = answer.at.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<String>>().join(", ")
}
