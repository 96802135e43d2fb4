//! Derived columns and the row filter.
//!
//! In: formulas over the columns of a table. Out: new columns, and the rows that the filter keeps.

use super::cells::{Cells, MISSING, is_missing};
use super::names::hint;
use super::table::{Column, Table};
use crate::error::{Error, Place, Result};
use crate::law::RowFormula;

/// Adds the columns `NAME = FORMULA` in order; later ones may use earlier ones.
///
/// # Errors
/// [`Error::Usage`] or [`Error::Formula`] for a definition that cannot be read or whose columns
/// do not exist, [`Error::Input`] for a column of text.
pub(super) fn derive(table: &mut Table, definitions: &[String]) -> Result<()> {
    for definition in definitions {
        let (name, formula) = split(definition)?;
        if table.find(name).is_some() {
            let cause = format!("--derive '{definition}': the table already has a column `{name}`");
            return Err(Error::usage(cause, "give the derived column another name"));
        }
        let start = definition.len() - formula.len();
        let formula = RowFormula::parse(formula)
            .map_err(|error| in_flag(error, "--derive", definition, start))?;
        let values = evaluate(table, &formula, &format!("--derive '{definition}'"))?;
        let cells = Cells::Numbers(values);
        table.columns.push(Column { name: name.to_string(), source: 0, shared: true, cells });
    }
    Ok(())
}

/// Keeps the rows for which `filter` is true (neither zero nor NaN), and counts the others.
///
/// # Errors
/// As [`derive()`], and [`Error::Input`] if no row is left.
pub(super) fn filter(table: &mut Table, filter: &str) -> Result<usize> {
    let formula =
        RowFormula::parse(filter).map_err(|error| in_flag(error, "--where", filter, 0))?;
    let values = evaluate(table, &formula, &format!("--where '{filter}'"))?;
    let keep: Vec<bool> = values.iter().map(|&x| x != 0.0 && !x.is_nan()).collect();
    let kept = keep.iter().filter(|&&kept| kept).count();
    let rows = table.rows();
    if kept == 0 {
        let cause = format!("--where '{filter}' keeps none of the {rows} rows");
        let place = Place::file(table.source());
        return Err(Error::input(place, cause, "loosen the filter, or check the column's units"));
    }
    if kept < rows {
        table.retain(&keep);
    }
    Ok(rows - kept)
}

/// The name and the formula of `NAME = FORMULA`; the name may stand in backticks.
fn split(definition: &str) -> Result<(&str, &str)> {
    let malformed = || {
        let cause = format!("--derive '{definition}' does not have the form NAME = FORMULA");
        Error::usage(cause, "write for example --derive 'D = FLOP / (6 * N)'")
    };
    let quoted = definition.trim_start().strip_prefix('`');
    let (name, rest) = match quoted {
        Some(quoted) => quoted.split_once('`').ok_or_else(malformed)?,
        None => definition.split_at(definition.find('=').ok_or_else(malformed)?),
    };
    let formula = rest.trim_start().strip_prefix('=').ok_or_else(malformed)?;
    let name = name.trim();
    if name.is_empty() || formula.starts_with('=') || name.ends_with(['<', '>', '!']) {
        return Err(malformed());
    }
    Ok((name, formula))
}

/// Names the flag in a formula's error and points into the text as the user wrote it.
fn in_flag(error: Error, flag: &str, written: &str, start: usize) -> Error {
    match error {
        Error::Formula { place, at, cause, remedy, .. } => Error::Formula {
            place,
            text: written.to_string(),
            at: start + at,
            cause: format!("{flag}: {cause}"),
            remedy,
        },
        other => other,
    }
}

fn evaluate(table: &Table, formula: &RowFormula, flag: &str) -> Result<Vec<f64>> {
    let columns = formula.names().iter().map(|name| {
        let Some(column) = table.find(name) else {
            let cause = format!("{flag}: the table has no column `{name}`");
            let remedy = "check the spelling; names with odd characters go in backticks";
            return Err(Error::usage(cause + &hint(name, table.names()), remedy));
        };
        table.numbers(column, &format!("{flag} needs numbers: correct the cell or the formula"))
    });
    let columns: Vec<&[f64]> = columns.collect::<Result<_>>()?;
    let mut values = formula.evaluate(&columns, table.rows());
    // What comes from an empty cell is missing; what a formula makes of numbers is not.
    for (row, value) in values.iter_mut().enumerate() {
        if value.is_nan() {
            let empty = columns.iter().any(|column| is_missing(column[row]));
            *value = if empty { MISSING } else { f64::NAN };
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_a_name_and_a_formula() {
        let parts = |text| split(text).ok().map(|(name, formula)| (name, formula.trim()));
        assert_eq!(parts("D = C/(6*N)"), Some(("D", "C/(6*N)")));
        assert_eq!(parts("`a=b` = x == 1"), Some(("a=b", "x == 1")));
        assert_eq!(parts("big = n >= 2"), Some(("big", "n >= 2")));
        for wrong in ["D", "= 3", "`D = 3", "a == b", "a <= b", "`a` + 1", "", "``=1"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
