//! The spread of the best mixture for people.
//!
//! In: a [`Spread`]. Out: text.

use super::mixture::MixtureReport;
use super::spread::{Against, Range, Regret, ShareSpread, Spread};
use super::{number, rows};

/// Domains, and then the mixture and its references.
pub(super) fn spread_text(report: &MixtureReport, spread: &Spread) -> String {
    let parts = [head(spread), shares(report, spread), String::new(), against(spread)];
    let mut out = parts.join("\n").replace("\n\n\n", "\n\n");
    if let Some(within) = spread.within_limits {
        out += &format!("limits on targets are met in {} % of the resamples\n", percent(within));
    }
    for left in &spread.left_out {
        let (count, why, example) = (left.count, &left.why, &left.example);
        out += &format!("left out: {count} of {} resamples, {why} ({example})\n", spread.resamples);
    }
    out
}

fn head(spread: &Spread) -> String {
    format!(
        "over {} resamples of the runs ({}), intervals of {} %; {} of the searches certified\n{}",
        spread.used,
        spread.draws,
        percent(spread.level),
        spread.certified,
        spread.method
    )
}

fn shares(report: &MixtureReport, spread: &Spread) -> String {
    let head = ["domain", "best", "mean", "interval", "zero %", "at a bound %"];
    let line = |((name, best), (_, over)): (&(String, f64), &(String, ShareSpread))| {
        let [low, high] = over.interval;
        vec![
            name.clone(),
            format!("{best:.4}"),
            format!("{:.4}", over.mean),
            format!("{low:.3}-{high:.3}"),
            percent(over.zero),
            percent(over.at_bound),
        ]
    };
    let mut table = vec![head.map(String::from).to_vec()];
    table.extend(report.mixture.iter().zip(&spread.shares).map(line));
    rows(&table)
}

fn against(spread: &Spread) -> String {
    let percents = percent(spread.level);
    let worst = format!("in {percents} % at most");
    let head = ["mixture", "the best is better in %", "by", "interval", "regret", &worst];
    let mut table = vec![head.map(String::from).to_vec()];
    let own =
        [vec!["best".into(), "-".into(), "-".into(), "-".into()], regret(Some(spread.regret))];
    table.push(own.concat());
    table.extend(spread.against.iter().map(|(name, there)| reference(name, there)));
    let Range { mean, interval } = spread.objective;
    let objective = number(Some(mean));
    rows(&table) + &format!("objective of the best: {objective} on average, {}\n", range(interval))
}

fn reference(name: &str, there: &Against) -> Vec<String> {
    let gain = match there.gain {
        Some(gain) => [number(Some(gain.mean)), range(gain.interval)],
        None => ["-".into(), "-".into()],
    };
    let name = if there.allowed { name.to_string() } else { format!("{name} (not allowed)") };
    let start = vec![name, percent(there.better)];
    [start, gain.to_vec(), regret(there.regret)].concat()
}

fn regret(regret: Option<Regret>) -> Vec<String> {
    match regret {
        Some(Regret { mean, quantile }) => vec![number(Some(mean)), number(Some(quantile))],
        None => vec!["-".into(), "-".into()],
    }
}

fn range([low, high]: [f64; 2]) -> String {
    format!("{} to {}", number(Some(low)), number(Some(high)))
}

/// A part in percent: one decimal, and none where there is nothing behind the point.
fn percent(part: f64) -> String {
    let text = format!("{:.1}", 100.0 * part);
    text.strip_suffix(".0").map_or(text.clone(), String::from)
}
