//! Cells that a role needs and that hold no usable number.
//!
//! In: a table and the columns with a role. Out: a table in which the mixture, the weight, the
//! group key and the named inputs are complete and finite, and targets are numbers or missing.

use super::cells::{Cells, MISSING, is_missing};
use super::resolve::Roles;
use super::roles::MissingPolicy;
use super::table::Table;
use crate::error::{Error, Place, Result};

/// Refuses cells without a usable number, or drops their rows and counts them.
///
/// # Errors
/// [`Error::Input`] naming the first such cell, or that no row is left.
pub(super) fn settle(table: &mut Table, roles: &Roles, policy: MissingPolicy) -> Result<usize> {
    make_numbers(table, roles)?;
    for target in &roles.targets {
        settle_target(table, target.column, policy)?;
    }
    let needed = roles.mixture.iter().map(|named| named.column);
    let needed = needed.chain(roles.inputs.iter().copied()).chain(roles.weight);
    let needed = needed.chain(roles.by.iter().copied());
    let mut keep = vec![true; table.rows()];
    for column in needed {
        settle_needed(table, column, policy, &mut keep)?;
    }
    if let Some(weight) = roles.weight {
        check_weight(table, weight, &keep)?;
    }
    let kept = keep.iter().filter(|&&kept| kept).count();
    let rows = table.rows();
    if kept == 0 {
        let cause = format!("--missing drop leaves none of the {rows} rows");
        let remedy = "take out the columns that are mostly empty";
        return Err(Error::input(Place::file(table.source()), cause, remedy));
    }
    if kept < rows {
        table.retain(&keep);
    }
    Ok(rows - kept)
}

/// Text in a column with a role is an error, whatever the policy: it is no missing value.
fn make_numbers(table: &mut Table, roles: &Roles) -> Result<()> {
    let mut make = |column: usize, flag: &str| {
        let name = table.columns[column].name.clone();
        let remedy = format!("correct the cell, or leave the column out: {flag} '!{name}'");
        table.make_numbers(column, &remedy)
    };
    roles.mixture.iter().try_for_each(|named| make(named.column, "--mixture"))?;
    roles.targets.iter().try_for_each(|named| make(named.column, "--target"))?;
    roles.inputs.iter().try_for_each(|&column| make(column, "--input"))?;
    match roles.weight {
        Some(column) => table.make_numbers(column, "row weights are numbers: correct the cell"),
        None => Ok(()),
    }
}

fn settle_target(table: &mut Table, column: usize, policy: MissingPolicy) -> Result<()> {
    let unusable = |x: &f64| !x.is_finite() && !is_missing(*x);
    let Some(row) = table.values(column).iter().position(unusable) else { return Ok(()) };
    if policy == MissingPolicy::Error {
        let count = table.values(column).iter().filter(|x| unusable(x)).count();
        let remedy = "--missing drop leaves such rows out for this target";
        return Err(gap_error(table, column, row, count, remedy));
    }
    for value in table.values_mut(column) {
        if !value.is_finite() {
            *value = MISSING;
        }
    }
    Ok(())
}

fn settle_needed(
    table: &Table,
    column: usize,
    policy: MissingPolicy,
    keep: &mut [bool],
) -> Result<()> {
    let (mut first, mut count) = (None, 0);
    for row in 0..keep.len() {
        let usable = match &table.columns[column].cells {
            Cells::Numbers(values) => values[row].is_finite(),
            Cells::Text(cells) => !cells.get(row).is_empty(),
        };
        if !usable {
            keep[row] = false;
            first = first.or(Some(row));
            count += 1;
        }
    }
    match first {
        Some(row) if policy == MissingPolicy::Error => {
            let remedy = "--missing drop leaves such rows out";
            Err(gap_error(table, column, row, count, remedy))
        }
        _ => Ok(()),
    }
}

fn check_weight(table: &Table, column: usize, keep: &[bool]) -> Result<()> {
    let values = table.values(column);
    if let Some(row) = (0..values.len()).find(|&row| keep[row] && values[row] < 0.0) {
        let cause = format!("the row weight {} is negative", values[row]);
        return Err(Error::input(table.place(column, row), cause, "use weights of 0 or more"));
    }
    if values.iter().zip(keep).all(|(&x, &kept)| x == 0.0 || !kept) && keep.contains(&true) {
        let place = table.file(column).column(&table.columns[column].name);
        return Err(Error::input(place, "every row has weight 0", "give some rows a weight"));
    }
    Ok(())
}

/// What is wrong with a cell that should hold a finite number.
pub(super) fn complaint(value: f64) -> &'static str {
    match value {
        value if is_missing(value) => "the cell is empty",
        value if value.is_nan() => "the cell is NaN",
        _ => "the cell is infinite",
    }
}

fn gap_error(table: &Table, column: usize, row: usize, count: usize, remedy: &str) -> Error {
    let mut cause = match &table.columns[column].cells {
        Cells::Numbers(values) => complaint(values[row]).to_string(),
        Cells::Text(_) => complaint(MISSING).to_string(),
    };
    if count > 1 {
        cause += &format!(" ({} more in this column cannot be used)", count - 1);
    }
    Error::input(table.place(column, row), cause, remedy)
}
