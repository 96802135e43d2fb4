//! Tables for the terminal: aligned, no colour, readable when piped.
//!
//! In: report documents and laws. Out: text.

use super::document::{FitEntry, FitReport};
use crate::fit::{Bound, Estimate};
use crate::law::Law;

/// Fits shown a law; the JSON document has them all.
const SHOWN: usize = 24;

/// Columns of parameters side by side.
const ABREAST: usize = 5;

/// A number in few characters: six significant digits.
pub fn number(x: Option<f64>) -> String {
    let Some(x) = x else { return "-".into() };
    let size = x.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        return format!("{x:.5e}");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
    let decimals =
        if size == 0.0 { 0 } else { (5.0 - size.log10().floor()).clamp(0.0, 9.0) as usize };
    format!("{x:.decimals$}")
}

/// Lines up cells; the first column to the left, the others to the right.
pub fn rows(table: &[Vec<String>]) -> String {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        table.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in table {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            let gap = if column == 0 { "  " } else { "   " };
            let text = if column == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") };
            line.push_str(gap);
            line.push_str(&text);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Lines under a header.
pub(super) fn table(header: &[&str], lines: impl Iterator<Item = Vec<String>>) -> String {
    let header = header.iter().map(ToString::to_string).collect();
    rows(&std::iter::once(header).chain(lines).collect::<Vec<_>>())
}

/// What `mixlaw fit` prints.
pub fn fit_table(report: &FitReport) -> String {
    let counts = &report.runs.counts;
    let mut out = format!(
        "{}: {} rows read, {} used, {} renormalised\n{}\n",
        report.runs.source,
        counts.read,
        counts.used,
        counts.renormalised,
        report.engine.description
    );
    let objective = &report.objective;
    let delta = objective.delta.map_or(String::new(), |d| format!(" (delta {d})"));
    out.push_str(&format!(
        "objective: {} loss{delta} of {} residuals, summed over rows; seed {}\n",
        objective.loss,
        format!("{:?}", objective.residual).to_lowercase(),
        report.seed
    ));
    for law in &report.laws {
        let fits: Vec<&FitEntry> = report.fits.iter().filter(|f| f.law == law.name).collect();
        let name = if law.name == law.formula { "law" } else { law.name.as_str() };
        out.push_str(&format!("\n{name}: {}\n", law.formula.trim().replace('\n', "\n    ")));
        out.push_str(&summary(&fits));
        for chunk in fits[..fits.len().min(SHOWN)].chunks(ABREAST) {
            out.push('\n');
            out.push_str(&parameters(chunk));
        }
        if fits.len() > SHOWN {
            out.push_str(&format!("  ... and {} more fits (--json has all)\n", fits.len() - SHOWN));
        }
        out.push_str(&remarks(&fits));
    }
    out
}

fn summary(fits: &[&FitEntry]) -> String {
    let header = [
        "target",
        "status",
        "objective",
        "rows",
        "MRE %",
        "R2",
        "Spearman",
        "starts in best",
        "basins",
    ];
    let mut table = vec![header.map(String::from).to_vec()];
    for fit in fits.iter().take(SHOWN) {
        let metric = |f: fn(&crate::fit::Metrics) -> Option<f64>| fit.metrics.as_ref().and_then(f);
        table.push(vec![
            title(fit),
            fit.status.name().into(),
            number(fit.objective),
            fit.rows.to_string(),
            metric(|m| m.mre).map_or("-".into(), |x| format!("{:.3}", 100.0 * x)),
            metric(|m| m.r2).map_or("-".into(), |x| format!("{x:.5}")),
            metric(|m| m.spearman).map_or("-".into(), |x| format!("{x:.4}")),
            format!("{} of {}", fit.starts.reached_best, fit.starts.finished),
            fit.starts.basins.to_string(),
        ]);
    }
    rows(&table)
}

fn title(fit: &FitEntry) -> String {
    if fit.group.is_empty() {
        fit.target.clone()
    } else {
        format!("{} [{}]", fit.target, fit.group)
    }
}

fn parameters(fits: &[&FitEntry]) -> String {
    let mut header = vec!["parameter (std. error)".to_string()];
    header.extend(fits.iter().map(|fit| title(fit)));
    let mut table = vec![header];
    let Some(first) = fits.first() else { return String::new() };
    for (index, (label, _)) in first.parameters.iter().enumerate() {
        let mut row = vec![label.clone()];
        row.extend(
            fits.iter().map(|f| f.parameters.get(index).map_or("-".into(), |p| estimate(&p.1))),
        );
        table.push(row);
    }
    for (index, (label, _)) in first.derived.iter().enumerate() {
        let mut row = vec![format!("= {label}")];
        row.extend(
            fits.iter().map(|f| f.derived.get(index).map_or("-".into(), |p| estimate(&p.1))),
        );
        table.push(row);
    }
    rows(&table)
}

fn estimate(estimate: &Estimate) -> String {
    let value = number(estimate.value);
    match (estimate.at_bound, estimate.held, estimate.std_error) {
        (Some(Bound::Lower), ..) => format!("{value} (lower bound)"),
        (Some(Bound::Upper), ..) => format!("{value} (upper bound)"),
        (Some(Bound::Idle), ..) => format!("{value} (idle)"),
        (_, true, _) => format!("{value} (held)"),
        (_, _, Some(error)) => format!("{value} ({error:.2e})"),
        _ => value,
    }
}

/// A sentence for every fit that is not simply converged.
fn remarks(fits: &[&FitEntry]) -> String {
    let wanting: Vec<_> =
        fits.iter().filter(|fit| fit.status != crate::fit::State::Converged).collect();
    let mut out = String::new();
    for fit in wanting.iter().take(SHOWN) {
        out.push_str(&format!("  {} {}: {}\n", title(fit), fit.status.name(), fit.message));
    }
    if wanting.len() > SHOWN {
        out.push_str(&format!(
            "  ... and {} more that did not simply converge\n",
            wanting.len() - SHOWN
        ));
    }
    out
}

/// Scores on held-out rows, if any fit has one.
pub fn holdout_table(report: &FitReport) -> Option<String> {
    let mut table = vec![
        ["held out", "law", "rows", "MRE %", "R2", "R2 of log", "Spearman"]
            .map(String::from)
            .to_vec(),
    ];
    let scored: Vec<_> = report.fits.iter().filter(|fit| fit.holdout.is_some()).collect();
    for fit in scored.iter().take(4 * SHOWN) {
        let Some(score) = fit.holdout else { continue };
        let show = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.4}"));
        table.push(vec![
            title(fit),
            fit.law.clone(),
            score.rows.to_string(),
            show(score.metrics.mre.map(|x| 100.0 * x)),
            show(score.metrics.r2),
            show(score.metrics.r2_log),
            show(score.metrics.spearman),
        ]);
    }
    (!scored.is_empty()).then(|| rows(&table))
}

/// The list of laws.
pub fn laws_table(laws: &[Law]) -> String {
    let table: Vec<Vec<String>> =
        laws.iter().map(|law| vec![format!("{:<17}{}", law.name, law.title)]).collect();
    rows(&table)
}

/// All that is known about one law.
pub fn law_page(law: &Law) -> String {
    let mut out = format!("{}: {}\nsource: {}\n\n", law.name, law.title, law.source);
    for line in law.formula.text.lines() {
        out.push_str(&format!("    {line}\n"));
    }
    if let Some(published) = &law.published {
        out.push_str(&format!("\npublished form: {published}\n"));
    }
    if !law.inputs.is_empty() {
        out.push_str("\ninputs\n");
        let table: Vec<_> = law.inputs.iter().map(|(n, m)| vec![format!("{n:<8} {m}")]).collect();
        out.push_str(&rows(&table));
    }
    out.push_str("\nparameters\n");
    for (name, spec) in &law.parameters {
        let kind = if spec.positive { "positive" } else { "any sign" };
        let start =
            spec.start.map_or(String::new(), |[low, high]| format!(", starts {low} to {high}"));
        let bounds = bounds(spec.bounds);
        let unit = if spec.unit.is_empty() { String::new() } else { format!(" [{}]", spec.unit) };
        out.push_str(&format!("  {name:<8} {}{unit}; {kind}{start}{bounds}\n", spec.meaning));
    }
    for (name, formula) in &law.derived {
        out.push_str(&format!("  = {name:<6} {}\n", formula.text));
    }
    for (set, size) in &law.sets {
        out.push_str(&format!("\nindex set {set}: 1..{size} (change with --size {set}=N)\n"));
    }
    if !law.caveats.is_empty() {
        out.push_str("\ncaveats\n");
        law.caveats.iter().for_each(|caveat| out.push_str(&format!("  - {caveat}\n")));
    }
    out
}

fn bounds([low, high]: [f64; 2]) -> String {
    match (low > 0.0 || (low.is_finite() && low != 0.0), high.is_finite()) {
        (false, false) => String::new(),
        _ => format!(", bounds {low} to {high}"),
    }
}
