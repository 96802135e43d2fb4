//! Predictions from a fit document for the rows of another table.
//!
//! In: a document and runs. Out: a [`PredictReport`] with one value a row and, where the table has
//! the targets, scores.

use std::sync::Arc;

use super::Score;
use crate::error::{Error, Place, Result};
use crate::fit::metrics;
use crate::law::model::Model;
use crate::problem::columns;
use crate::report::{FitEntry, FitReport, PredictReport, Prediction, RowValue, ScoreEntry};
use crate::runs::{Group, Runs, Target};

/// Predicts every usable fit of the document for the rows of its group.
///
/// # Errors
/// [`Error::Input`] when the table lacks a domain or column of a law, or has no row of any group.
pub fn predict(fit: &FitReport, runs: &Runs) -> Result<PredictReport> {
    let mut report = PredictReport::new(&runs.source);
    for law in &fit.laws {
        let model = law.model(&runs.domains)?;
        for entry in fit.fits.iter().filter(|entry| entry.law == law.name) {
            let Some(group) = runs.groups.iter().find(|group| group.key == entry.group) else {
                continue;
            };
            if let Some(theta) = entry.theta(&model, &runs.source)? {
                one(&mut report, &model, &theta, entry, runs, group)?;
            }
        }
    }
    if report.predictions.is_empty() {
        return Err(Error::input(
            Place::file(&runs.source),
            "none of the fits has parameters for a group of this table",
            "check that the fits ended well and that the --by column has the same values",
        ));
    }
    Ok(report)
}

fn one(
    report: &mut PredictReport,
    model: &Model,
    theta: &[f64],
    entry: &FitEntry,
    runs: &Runs,
    group: &Group,
) -> Result<()> {
    let known = runs.targets.iter().find(|target| target.column == entry.target);
    let own = entry.own.as_ref().and_then(|own| runs.domains.iter().position(|d| d == own));
    let about = Target {
        column: entry.target.clone(),
        domain: String::new(),
        own,
        values: known.map_or_else(Arc::default, |target| Arc::clone(&target.values)),
    };
    let columns = columns(runs, &model.symbols, &about, None)?;
    let views: Vec<&[f64]> = columns.iter().map(|c| c.as_slice()).collect();
    let predicted = model.predict(theta, &views, group.rows.clone());
    let observed = |row: usize| about.values.get(row).copied().filter(|y| !y.is_nan());
    let pairs: Vec<(f64, f64)> = group
        .rows
        .clone()
        .zip(&predicted)
        .filter_map(|(row, p)| observed(row).map(|y| (*p, y)))
        .collect();
    let finite = |x: f64| Some(x).filter(|x| x.is_finite());
    report.predictions.push(Prediction {
        law: entry.law.clone(),
        target: entry.target.clone(),
        group: entry.group.clone(),
        rows: group
            .rows
            .clone()
            .zip(&predicted)
            .map(|(row, p)| RowValue {
                row: runs.row_numbers[row],
                predicted: finite(*p),
                observed: observed(row),
            })
            .collect(),
    });
    if !pairs.is_empty() {
        let (predicted, observed): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        report.scores.push(ScoreEntry {
            law: entry.law.clone(),
            target: entry.target.clone(),
            group: entry.group.clone(),
            score: Score { rows: observed.len(), metrics: metrics(&predicted, &observed) },
        });
    }
    Ok(())
}
