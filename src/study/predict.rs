//! Predictions from a fit document for the rows of another table.
//!
//! In: a document and runs. Out: a [`PredictReport`] with one value a row and, where the table has
//! the targets, scores.

use std::ops::Range;
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
    for subject in subjects(fit, runs)? {
        let entry = subject.entry;
        let predicted = subject.predicted(&subject.theta, &(0..subject.rows.len()));
        let words = About {
            law: &entry.law,
            target: &entry.target,
            group: &entry.group,
            rows: subject.rows.clone(),
        };
        add(&mut report, runs, &words, &predicted, &subject.about.values);
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

/// A fit with the rows that it is asked about.
pub(super) struct Subject<'a> {
    pub(super) entry: &'a FitEntry,
    /// The law, written out; all its parameters are free.
    pub(super) model: Arc<Model>,
    /// The fit's parameters, in the model's order.
    pub(super) theta: Vec<f64>,
    /// The rows of its group.
    pub(super) rows: Range<usize>,
    columns: Vec<Arc<Vec<f64>>>,
    about: Target,
}

/// Every fit that has parameters and a group in the table, in the order of the document's laws.
pub(super) fn subjects<'a>(fit: &'a FitReport, runs: &Runs) -> Result<Vec<Subject<'a>>> {
    let mut all = Vec::new();
    for law in &fit.laws {
        let model = Arc::new(law.model(&runs.domains)?);
        for entry in fit.fits.iter().filter(|entry| entry.law == law.name) {
            let Some(group) = runs.groups.iter().find(|group| group.key == entry.group) else {
                continue;
            };
            if let Some(theta) = entry.theta(&model, &runs.source)? {
                all.push(Subject::new(entry, &model, theta, runs, group)?);
            }
        }
    }
    Ok(all)
}

impl<'a> Subject<'a> {
    fn new(
        entry: &'a FitEntry,
        model: &Arc<Model>,
        theta: Vec<f64>,
        runs: &Runs,
        group: &Group,
    ) -> Result<Subject<'a>> {
        let known = runs.targets.iter().find(|target| target.column == entry.target);
        let own = entry.own.as_ref().and_then(|own| runs.domains.iter().position(|d| d == own));
        let about = Target {
            column: entry.target.clone(),
            domain: String::new(),
            own,
            values: known.map_or_else(Arc::default, |target| Arc::clone(&target.values)),
        };
        let columns = columns(runs, &model.symbols, &about, None)?;
        let (model, rows) = (Arc::clone(model), group.rows.clone());
        Ok(Subject { entry, model, theta, rows, columns, about })
    }

    /// The rows at these places of its group, as far as there are so many.
    pub(super) fn block(&self, places: &Range<usize>) -> Range<usize> {
        let end = |place: usize| (self.rows.start + place).min(self.rows.end);
        end(places.start)..end(places.end)
    }

    /// Predictions for them, with these parameters.
    pub(super) fn predicted(&self, theta: &[f64], places: &Range<usize>) -> Vec<f64> {
        let views: Vec<&[f64]> = self.columns.iter().map(|c| c.as_slice()).collect();
        self.model.predict(theta, &views, self.block(places))
    }
}

/// What is predicted, and for which rows.
pub(super) struct About<'a> {
    pub(super) law: &'a str,
    pub(super) target: &'a str,
    pub(super) group: &'a str,
    pub(super) rows: Range<usize>,
}

/// Adds the predictions of some rows to a report, and scores where the table has observations: `values`
/// has one a row of the table, or none at all.
pub(super) fn add(
    report: &mut PredictReport,
    runs: &Runs,
    about: &About,
    predicted: &[f64],
    values: &[f64],
) {
    let [law, target, group] = [about.law, about.target, about.group].map(String::from);
    let observed = |row: usize| values.get(row).copied().filter(|y| !y.is_nan());
    let all = || about.rows.clone().zip(predicted);
    let value = |(row, p): (usize, &f64)| RowValue {
        row: runs.row_numbers[row],
        predicted: Some(*p).filter(|p| p.is_finite()),
        observed: observed(row),
        spread: None,
    };
    let rows = all().map(value).collect();
    let known = all().filter_map(|(row, p)| Some((*p, observed(row)?)));
    let (predicted, observed): (Vec<f64>, Vec<f64>) = known.unzip();
    if !observed.is_empty() {
        let score = Score { rows: observed.len(), metrics: metrics(&predicted, &observed) };
        let [law, target, group] = [&law, &target, &group].map(String::clone);
        report.scores.push(ScoreEntry { law, target, group, score });
    }
    report.predictions.push(Prediction { law, target, group, intervals: None, rows });
}
