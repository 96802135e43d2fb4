//! A mixture for people: beside its references, with what it gains and what holds it.
//!
//! In: a [`MixtureReport`]. Out: text.

use super::mixture::{Certificate, MixtureReport};
use super::spread_text::spread_text;
use super::{number, rows};

/// Targets shown; the JSON document has them all.
const SHOWN: usize = 20;

/// The whole answer.
pub fn mixture_text(report: &MixtureReport) -> String {
    let spread = report.spread.as_ref().map_or(String::new(), |spread| spread_text(report, spread));
    let parts = [head(report), shares(report), predictions(report), spread, tail(report)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn head(report: &MixtureReport) -> String {
    let at: Vec<String> = report.at.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let at = if at.is_empty() { String::new() } else { format!(", at {}", at.join(", ")) };
    let known = match (report.certificate, report.gap) {
        (Certificate::Exhaustive, _) => "best of the lattice".into(),
        (Certificate::None, Some(gap)) => {
            format!("not certified: it may be up to {gap:.1e} above the least")
        }
        (Certificate::Convex | Certificate::BranchAndBound, Some(gap)) if gap < 1e-15 => {
            "certified: the least, to rounding".into()
        }
        (Certificate::Convex | Certificate::BranchAndBound, Some(gap)) => {
            format!("certified: within {gap:.1e} of the least")
        }
        _ => "not certified".into(),
    };
    format!(
        "{} ({}){at}\nobjective {}; {known}\n{}, {} evaluations\n",
        report.goal,
        report.laws.join(", "),
        number(report.objective),
        report.method,
        report.evaluated
    )
}

fn shares(report: &MixtureReport) -> String {
    let mut header = vec!["domain".to_string(), "best".to_string()];
    header.extend(report.reference.iter().map(|(name, _)| name.clone()));
    if let Some(valley) = &report.valley {
        header.push(if valley.proved { "nearly as good" } else { "at least" }.into());
    }
    let mut table = vec![header];
    for (k, (name, share)) in report.mixture.iter().enumerate() {
        let mut row = vec![name.clone(), format!("{share:.4}")];
        row.extend(report.reference.iter().map(|(_, other)| format!("{:.4}", other.shares[k])));
        if let Some(valley) = &report.valley {
            let [low, high] = valley.ranges[k].1;
            row.push(format!("{low:.3}-{high:.3}"));
        }
        table.push(row);
    }
    let mut last = vec!["objective".to_string(), number(report.objective)];
    last.extend(report.reference.iter().map(|(_, other)| number(other.objective)));
    last.resize(table[0].len(), String::new());
    table.push(last);
    rows(&table)
}

fn predictions(report: &MixtureReport) -> String {
    let mut header = vec!["target".to_string(), "best".to_string()];
    header.extend(report.compared.iter().map(|(name, _)| format!("against {name} %")));
    let mut table = vec![header];
    for (i, (name, value)) in report.predicted.iter().take(SHOWN).enumerate() {
        let mut row = vec![name.clone(), number(Some(*value))];
        row.extend(report.compared.iter().map(|(_, there)| change(*value, there[i])));
        table.push(row);
    }
    let more = report.predicted.len().saturating_sub(SHOWN);
    let more =
        if more > 0 { format!("  ... and {more} more targets (--json)\n") } else { String::new() };
    rows(&table) + &more
}

/// The change from a reference in percent.
fn change(value: f64, there: Option<f64>) -> String {
    match there {
        Some(there) if there != 0.0 => format!("{:+.2}", 100.0 * (value - there) / there.abs()),
        _ => "-".into(),
    }
}

fn tail(report: &MixtureReport) -> String {
    let mut out = String::new();
    if !report.binding.is_empty() {
        out += &format!("binding: {}\n", report.binding.join(", "));
    }
    for warning in &report.warnings {
        out += &format!("warning: {warning}\n");
    }
    out
}
