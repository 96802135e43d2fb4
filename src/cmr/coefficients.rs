//! Published coefficients of curves, from a table.
//!
//! In: a table with the coefficients of Eq. 6 (22) for every model and ratio. Out: [`Subject`]s with
//! curves and no checkpoints.

use super::answer::Subject;
use super::curves::{Curves, Domain, General};
use crate::error::{Error, Result};
use crate::runs::{RoleSpec, Runs, Table, hint};

/// The columns: general `alpha2 T^s2 + alpha3 T^s3 + beta2`, domain `alpha1 T^s1 + beta1`.
pub const COEFFICIENTS: [&str; 8] =
    ["alpha2", "s2", "alpha3", "s3", "beta2", "alpha1", "s1", "beta1"];

/// Reads curves: `ratio` and `model` name columns, the others are [`COEFFICIENTS`]; `observed` is between which T
/// there were checkpoints.
///
/// # Errors
/// [`Error::Usage`] for a column that is not there, [`Error::Input`] for a cell that is no number and a
/// ratio that is no share.
pub fn read_coefficients(
    table: Table,
    [ratio, model]: [&str; 2],
    filter: Option<&str>,
    observed: [f64; 2],
) -> Result<Vec<Subject>> {
    let names: Vec<&str> = COEFFICIENTS.into_iter().chain([ratio]).collect();
    if let Some(name) = names.iter().find(|name| table.find(name).is_none()) {
        let cause = format!("the table has no column `{name}`") + &hint(name, table.names());
        let remedy = format!("a table of coefficients has the columns {}", names.join(", "));
        return Err(Error::usage(cause, remedy));
    }
    let by = table.find(model).map(|_| model.to_string()).into_iter().collect();
    let input = names.iter().map(ToString::to_string).collect();
    let filter = filter.map(String::from);
    let runs = Runs::from_table(table, &RoleSpec { input, by, filter, ..RoleSpec::default() })?;
    let subject = |group: &crate::runs::Group| {
        let curves = group.rows.clone().map(|row| curves(&runs, ratio, row));
        let curves = curves.collect::<Result<Vec<Curves>>>()?;
        Ok(Subject { model: group.key.clone(), curves, observed, ..Subject::default() })
    };
    runs.groups.iter().map(subject).collect()
}

fn curves(runs: &Runs, ratio: &str, row: usize) -> Result<Curves> {
    let share = runs.input(ratio)?[row];
    if !(0.0..=1.0).contains(&share) {
        let remedy = "ratios are shares of domain data, between 0 and 1";
        return Err(Error::input(runs.place(row, ratio), format!("{share} is no share"), remedy));
    }
    let mut values = [0.0; COEFFICIENTS.len()];
    for (value, name) in values.iter_mut().zip(COEFFICIENTS) {
        *value = runs.input(name)?[row];
    }
    let [alpha2, s2, alpha3, s3, beta2, alpha1, s1, beta1] = values;
    Ok(Curves {
        ratio: share,
        general: General::published([alpha2, s2, alpha3, s3, beta2]),
        domain: Domain::published([alpha1, s1, beta1]),
    })
}
