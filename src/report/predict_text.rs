//! Predictions for people: the first rows of every fit, how sure they are, and scores.
//!
//! In: a [`PredictReport`]. Out: text.

use super::intervals::{Conformal, IntervalsInfo, RowSpread};
use super::{PredictReport, Prediction, RowValue, number, rows};

/// Rows shown a fit; the JSON document has them all.
const SHOWN: usize = 10;

/// The whole answer.
pub fn predict_text(report: &PredictReport) -> String {
    let mut out = String::new();
    for prediction in &report.predictions {
        let group = if prediction.group.is_empty() { "" } else { " " };
        out += &format!("{} {}{group}{}\n", prediction.law, prediction.target, prediction.group);
        out += &values(prediction);
        if prediction.rows.len() > SHOWN {
            out += &format!("  ... and {} more rows (--json)\n", prediction.rows.len() - SHOWN);
        }
        if let (Some(info), Some(draws)) = (&prediction.intervals, &report.draws) {
            out += &basis(prediction, info, draws.level);
        }
    }
    if report.scores.is_empty() { out } else { out + "\n" + &scores(report) }
}

fn values(prediction: &Prediction) -> String {
    let info = prediction.intervals.unwrap_or_default();
    let mut head = vec!["row", "predicted", "observed"];
    if prediction.intervals.is_some() {
        head.extend(["std. error", "value", "new run"]);
        head.extend(info.jackknife_plus.map(|_| "jackknife+"));
        head.extend(info.cv_plus.map(|_| "CV+"));
    }
    let line = |value: &RowValue| {
        let mut line = vec![value.row.to_string(), number(value.predicted), number(value.observed)];
        line.extend(value.spread.iter().flat_map(|spread| cells(spread, &info)));
        line
    };
    let mut table = vec![head.into_iter().map(String::from).collect()];
    table.extend(prediction.rows.iter().take(SHOWN).map(line));
    rows(&table)
}

fn cells(spread: &RowSpread, info: &IntervalsInfo) -> Vec<String> {
    let known = |ends: Option<[f64; 2]>| range(ends.map(|ends| ends.map(Some)));
    let conformal = |ends: Option<[Option<f64>; 2]>| match spread.void {
        Some(_) => "void".into(),
        None => range(ends),
    };
    let mut cells = vec![number(spread.std_error)];
    cells.extend([known(spread.value_interval), known(spread.run_interval)]);
    cells.extend(info.jackknife_plus.map(|_| conformal(spread.jackknife_plus)));
    cells.extend(info.cv_plus.map(|_| conformal(spread.cv_plus)));
    cells
}

fn range(ends: Option<[Option<f64>; 2]>) -> String {
    let Some([low, high]) = ends else { return "-".into() };
    let end = |end: Option<f64>, open: &str| end.map_or(open.into(), |end| number(Some(end)));
    format!("{} to {}", end(low, "-inf"), end(high, "inf"))
}

/// What the intervals rest on, and where they are void.
fn basis(prediction: &Prediction, info: &IntervalsInfo, level: f64) -> String {
    let percent = |part: f64| {
        format!("{:.4}", 100.0 * part).trim_end_matches(['0']).trim_end_matches('.').to_string()
    };
    let mut out = format!(
        "  intervals of {} %: {} resamples ({} without an answer), {} errors of unseen rows\n",
        percent(level),
        info.resamples,
        info.left_out,
        info.errors
    );
    let kinds = [("jackknife+", "rows", info.jackknife_plus), ("CV+", "mixtures", info.cv_plus)];
    for (name, what, conformal) in kinds {
        let Some(Conformal { refits, failed, guarantee, .. }) = conformal else { continue };
        let holds = match guarantee {
            Some(part) => {
                format!("at least {} % of runs that are exchangeable with these", percent(part))
            }
            None => "no guarantee, as several rows are of one mixture".into(),
        };
        out += &format!(
            "  {name}: {refits} refits without {what} ({failed} without an answer); {holds}\n"
        );
    }
    let reasons = prediction.rows.iter().filter_map(|value| {
        let why = value.spread.as_ref()?.void.as_ref()?;
        Some((value.row, why))
    });
    if let Some((row, why)) = reasons.clone().next() {
        out += &format!("  void in {} rows, such as row {row}: {why}\n", info.void);
    }
    out
}

fn scores(report: &PredictReport) -> String {
    let header = ["score", "law", "rows", "MRE %", "MAE", "R2", "Spearman"];
    let mut table = vec![header.map(String::from).to_vec()];
    for entry in &report.scores {
        let metrics = &entry.score.metrics;
        table.push(vec![
            format!("{} {}", entry.target, entry.group).trim().to_string(),
            entry.law.clone(),
            entry.score.rows.to_string(),
            number(metrics.mre.map(|x| 100.0 * x)),
            number(metrics.mae),
            number(metrics.r2),
            number(metrics.spearman),
        ]);
    }
    rows(&table)
}
