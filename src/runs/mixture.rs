//! Proportions that sum to 1.
//!
//! In: the mixture's columns as written, rounded or in percent. Out: the same columns, each row
//! divided by its sum, or an error that lists the rows which are no mixture.

use super::resolve::Named;
use super::roles::RoleSpec;
use super::table::Table;
use crate::error::{Error, Place, Result};

/// Published tables round to three decimals, so their rows are off by a few thousandths.
const TOLERANCE: f64 = 0.01;
/// Rows that are off by more than this were rounded, and are counted.
const ROUNDED: f64 = 1e-9;
/// How many offending rows a message lists.
const LISTED: usize = 5;

/// Makes every row sum to 1 and counts the rows that were off; rows that shall stay as written must
/// come near to 1 all the same.
///
/// # Errors
/// [`Error::Input`] for negative proportions and for rows that do not sum to 1.
pub(super) fn normalise(table: &mut Table, mixture: &[Named], spec: &RoleSpec) -> Result<usize> {
    if mixture.is_empty() {
        return Ok(0);
    }
    refuse_negative(table, mixture)?;
    if spec.percent {
        for named in mixture {
            table.values_mut(named.column).iter_mut().for_each(|share| *share /= 100.0);
        }
    }
    let sums = sums(table, mixture);
    refuse_sums(table, mixture, &sums, spec.percent)?;
    if spec.as_written {
        return Ok(0);
    }
    for named in mixture {
        for (share, sum) in table.values_mut(named.column).iter_mut().zip(&sums) {
            *share /= sum;
        }
    }
    Ok(sums.iter().filter(|&&sum| (sum - 1.0).abs() > ROUNDED).count())
}

fn sums(table: &Table, mixture: &[Named]) -> Vec<f64> {
    let mut sums = vec![0.0; table.rows()];
    for named in mixture {
        sums.iter_mut().zip(table.values(named.column)).for_each(|(sum, share)| *sum += share);
    }
    sums
}

fn refuse_negative(table: &Table, mixture: &[Named]) -> Result<()> {
    let negative =
        |row: usize| mixture.iter().map(|named| named.column).find(|&c| table.values(c)[row] < 0.0);
    if mixture.iter().all(|named| table.values(named.column).iter().all(|&x| x >= 0.0)) {
        return Ok(());
    }
    let found: Vec<(usize, usize)> =
        (0..table.rows()).filter_map(|row| Some((row, negative(row)?))).collect();
    let Some(&(row, column)) = found.first() else { return Ok(()) };
    let shown = found.iter().map(|&(row, column)| {
        let name = &table.columns[column].name;
        format!("row {} (`{name}` is {})", table.row_number(column, row), table.values(column)[row])
    });
    let cause = format!("a proportion is negative in {}", list(shown, found.len()));
    Err(Error::input(table.place(column, row), cause, "correct these rows or leave them out"))
}

fn refuse_sums(table: &Table, mixture: &[Named], sums: &[f64], percent: bool) -> Result<()> {
    // The small excess lets a sum of 0.99, which no f64 holds exactly, count as within 0.01.
    let off = |sum: f64| (sum - 1.0).abs() > TOLERANCE + ROUNDED;
    let found: Vec<usize> = (0..sums.len()).filter(|&row| off(sums[row])).collect();
    let (Some(&first), Some(named)) = (found.first(), mixture.first()) else { return Ok(()) };
    let shown = found
        .iter()
        .map(|&row| format!("row {} ({})", table.row_number(named.column, row), short(sums[row])));
    let rows = list(shown, found.len());
    let near = |scale: f64, within: f64| {
        found.iter().all(|&row| (sums[row] - scale).abs() <= within + ROUNDED)
    };
    let (cause, remedy) = if near(100.0, 1.0) {
        (format!("the proportions sum to about 100 in {rows}"), "read them as percent: --percent")
    } else if percent && near(0.01, 1e-4) {
        let cause = format!("divided by 100, the proportions sum to 0.01 in {rows}");
        (cause, "they are no percentages: leave out --percent")
    } else {
        let cause = format!(
            "the proportions of {} columns do not sum to 1 (within {TOLERANCE}) in {rows}",
            mixture.len()
        );
        let remedy = if 2 * found.len() < sums.len() {
            "correct these rows, or leave them out with --where"
        } else {
            "check that --mixture takes in every domain and nothing else"
        };
        (cause, remedy)
    };
    let row = table.row_number(named.column, first) as usize;
    Err(Error::input(table.file(named.column).row(row), cause, remedy))
}

fn list(shown: impl Iterator<Item = String>, count: usize) -> String {
    let rows = shown.take(LISTED).collect::<Vec<_>>().join(", ");
    if count > LISTED { format!("{rows}, ... ({count} rows in all)") } else { rows }
}

/// Six significant digits are enough to see what is wrong with a sum.
fn short(sum: f64) -> String {
    let rounded = format!("{sum:.5e}").parse().unwrap_or(sum);
    f64::to_string(&rounded)
}

/// Refuses domains that no row uses: a law could say nothing about them.
///
/// # Errors
/// [`Error::Input`] naming them.
pub(super) fn refuse_unused(table: &Table, mixture: &[Named]) -> Result<()> {
    let zero = |named: &&Named| table.values(named.column).iter().all(|&share| share == 0.0);
    let names: Vec<&str> = mixture
        .iter()
        .filter(zero)
        .map(|named| table.columns[named.column].name.as_str())
        .collect();
    let (Some(first), Some(named)) = (names.first(), mixture.first()) else { return Ok(()) };
    let mut cause = "this column of the mixture is zero in every row used".to_string();
    if names.len() > 1 {
        cause += &format!(", and so is `{}`", names[1..].join("`, `"));
    }
    let flags = names.iter().map(|name| format!("--mixture '!{name}'")).collect::<Vec<_>>();
    let remedy = format!("leave it out: {}", flags.join(" "));
    let place: Place = table.file(named.column).column(*first);
    Err(Error::input(place, cause, remedy))
}
