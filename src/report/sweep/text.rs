//! A sweep as tables for people.
//!
//! In: a [`SweepReport`]. Out: text.

use super::{Quantity, SweepEntry, SweepReport};
use crate::report::honesty::honesty_text;
use crate::report::{number, rows};

/// Fits printed in full; more are in the document.
const MOST: usize = 20;

/// Parameters, errors and intervals of every fit, and how the refits went.
pub fn sweep_text(report: &SweepReport) -> String {
    let plan = &report.plan;
    let mut text = format!(
        "study {}\n{}: {} rows used\n{}\n",
        report.study, report.source, report.counts.used, report.engine.description
    );
    text += &match plan.resamples {
        0 => "no resamples\n".to_string(),
        count => format!(
            "{count} resamples: {}{}; seed {}\n",
            plan.resample,
            plan.cluster.as_ref().map_or(String::new(), |cluster| format!(" (by {cluster})")),
            report.seed
        ),
    };
    for entry in report.fits.iter().take(MOST) {
        text += &format!("\n{}", one(entry, plan.level));
    }
    if report.fits.len() > MOST {
        text += &format!("\n... and {} more fits, in the document\n", report.fits.len() - MOST);
    }
    if let Some(honesty) = &report.honesty {
        text += &format!("\n{}", honesty_text(honesty));
    }
    text
}

fn one(entry: &SweepEntry, level: f64) -> String {
    let name: Vec<&str> = [&entry.law, &entry.target, &entry.group, &entry.subset]
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    let mut text = format!("{}: {}, {} rows\n", name.join(", "), entry.status.name(), entry.rows);
    if !entry.status.is_usable() {
        text += &format!("  {}\n", entry.message);
    }
    let percent = 100.0 * level;
    let header =
        ["parameter", "estimate", "std. error", "bootstrap s.e.", "bias"].map(String::from);
    let mut table = vec![header.to_vec()];
    table[0].extend([format!("{percent:.0} % percentile"), format!("{percent:.0} % BCa")]);
    let quantities = entry.parameters.iter().chain(&entry.derived);
    table.extend(quantities.map(|(label, quantity)| line(label, quantity)));
    text += &rows(&table);
    text + &refits(entry)
}

fn line(label: &str, quantity: &Quantity) -> Vec<String> {
    let ends = |ends: Option<[f64; 2]>| {
        let both = ends.map(|ends| ends.map(|end| number(Some(end))).join(" to "));
        both.unwrap_or_else(|| "-".into())
    };
    let drawn = quantity.bootstrap.as_ref();
    vec![
        label.to_string(),
        number(quantity.value),
        number(quantity.std_error),
        number(drawn.map(|drawn| drawn.std_error)),
        number(drawn.map(|drawn| drawn.bias)),
        ends(drawn.map(|drawn| drawn.percentile)),
        ends(drawn.and_then(|drawn| drawn.bca)),
    ]
}

fn refits(entry: &SweepEntry) -> String {
    let counts = &entry.refits;
    let mut text = String::new();
    if counts.resamples > 0 {
        text += &format!("  {} of {} resamples count", counts.usable, counts.resamples);
        let states: Vec<String> =
            counts.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        text += &format!(" ({})\n", states.join(", "));
    }
    if counts.audited > 0 {
        text += &format!(
            "  {} warm starts checked by a search from all starts: {} found a lower basin, {} a higher one\n",
            counts.audited, counts.switched, counts.missed
        );
    }
    if counts.rescued > 0 {
        text += &format!("  {} warm starts led nowhere and were searched\n", counts.rescued);
    }
    text
}
