//! Hold-outs: which rows a fit may see.
//!
//! In: a table and a formula. Out: one flag a row.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fit::Metrics;
use crate::law::RowFormula;
use crate::runs::Runs;

/// Measures on rows that a fit has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Rows scored.
    pub rows: usize,
    /// The measures.
    #[serde(flatten)]
    pub metrics: Metrics,
}

/// For each row whether the fit may use it: all, or those where `holdout` is zero.
///
/// # Errors
/// A column that the formula names is missing; or the formula holds out every row or none.
pub fn keep_rows(runs: &Runs, holdout: Option<&RowFormula>) -> Result<Vec<bool>> {
    let Some(formula) = holdout else { return Ok(vec![true; runs.len()]) };
    let keep: Vec<bool> = rows_where(runs, formula)?.into_iter().map(|held| !held).collect();
    let kept = keep.iter().filter(|k| **k).count();
    if kept == 0 || kept == keep.len() {
        let what = if kept == 0 { "every row" } else { "no row" };
        return Err(Error::usage(
            format!("the hold-out formula holds out {what}"),
            "choose a condition that splits the table, e.g. --holdout 'N > 1e9'",
        ));
    }
    Ok(keep)
}

/// For each row whether a formula is not zero there.
///
/// # Errors
/// A column that the formula names is missing.
pub(super) fn rows_where(runs: &Runs, formula: &RowFormula) -> Result<Vec<bool>> {
    let columns = formula
        .names()
        .iter()
        .map(|name| named_column(runs, name))
        .collect::<Result<Vec<&[f64]>>>()?;
    Ok(formula.evaluate(&columns, runs.len()).into_iter().map(|value| value != 0.0).collect())
}

/// An input, a share or a target by its column's name.
fn named_column<'a>(runs: &'a Runs, name: &str) -> Result<&'a [f64]> {
    if let Some(domain) = runs.mixture_columns.iter().position(|column| column == name) {
        return Ok(&runs.mixture[domain]);
    }
    if let Some(target) = runs.targets.iter().find(|target| target.column == name) {
        return Ok(&target.values);
    }
    runs.input(name).map(|column| column.as_slice())
}
