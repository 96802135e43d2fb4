//! Joins two tables, row by row, on a key column.
//!
//! In: two tables, as a file of mixtures and a file of losses. Out: one table with the rows whose
//! key stands in both; the others are counted.

use std::collections::HashMap;

use super::cells::{Cells, is_missing, parse, quote, render};
use super::names::hint;
use super::shifted::refuse_shifted;
use super::table::Table;
use crate::error::{Error, Result};

/// Key columns that are found without being named, the best first: where two tables have both,
/// a run's name is a safer key than a row number.
pub const KEYS: [&str; 4] = ["run", "index", "run_id", "id"];

/// Joins two tables one to one.
///
/// # Errors
/// [`Error::Usage`] if there is no key, [`Error::Input`] for keys that are empty, repeated or
/// never the same, and for other columns in both tables whose values differ.
pub(super) fn join(mut left: Table, mut right: Table, key: Option<&str>) -> Result<Table> {
    let key = find_key(&left, &right, key)?;
    let (left_key, right_key) = (column(&left, &key)?, column(&right, &key)?);
    let pairs = pair(&left, left_key, &right, right_key)?;
    if pairs.is_empty() {
        return Err(nothing_in_common(&left, left_key, &right, right_key));
    }
    refuse_shifted(&left, left_key, &right, right_key)?;
    let lone_key = lone(&left, left_key, &right, right_key, &pairs);
    let joined_away = left.rows() + right.rows() - 2 * pairs.len();
    let (left_rows, right_rows): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
    put(&mut left, &left_rows);
    put(&mut right, &right_rows);
    merge_columns(&mut left, right, &key)?;
    left.joined_away += joined_away;
    left.lone_key = left.lone_key.or(lone_key);
    Ok(left)
}

/// The first key without a partner, and its file.
fn lone(
    left: &Table,
    left_key: usize,
    right: &Table,
    right_key: usize,
    pairs: &[(u32, u32)],
) -> Option<String> {
    let [mut here, mut there] = [vec![true; left.rows()], vec![true; right.rows()]];
    for &(a, b) in pairs {
        (here[a as usize], there[b as usize]) = (false, false);
    }
    let first = |lone: &[bool], table: &Table, key: usize| {
        let row = lone.iter().position(|lone| *lone)?;
        Some(format!("{} of {}", quote(&shown(table, key, row)), table.source()))
    };
    first(&here, left, left_key).or_else(|| first(&there, right, right_key))
}

fn find_key(left: &Table, right: &Table, key: Option<&str>) -> Result<String> {
    let both = |name: &str| left.find(name).is_some() && right.find(name).is_some();
    if let Some(key) = key {
        return Ok(key.to_string());
    }
    let found = KEYS.into_iter().find(|name| both(name)).map(str::to_string);
    found.ok_or_else(|| {
        let cause = format!(
            "{} and {} have no key column in common (looked for {})",
            left.source(),
            right.source(),
            KEYS.map(|name| format!("`{name}`")).join(", ")
        );
        Error::usage(cause, "name the column that both have: --join COLUMN")
    })
}

fn column(table: &Table, key: &str) -> Result<usize> {
    table.find(key).ok_or_else(|| {
        let cause = format!("{} has no column `{key}` to join on", table.source());
        Error::usage(
            cause + &hint(key, table.names()),
            "name a column of both tables: --join COLUMN",
        )
    })
}

/// A key that compares numbers as numbers where both tables have numbers.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Number(u64),
    Text(std::borrow::Cow<'a, str>),
}

fn key_of<'a>(table: &'a Table, column: usize, row: usize, numbers: bool) -> Result<Key<'a>> {
    let empty = || {
        let remedy = "give every row a key, or remove the row";
        Error::input(table.place(column, row), "the key of the join is empty", remedy)
    };
    match &table.columns[column].cells {
        Cells::Numbers(values) if is_missing(values[row]) => Err(empty()),
        // Adding zero makes -0 the same key as 0.
        Cells::Numbers(values) if numbers => Ok(Key::Number((values[row] + 0.0).to_bits())),
        Cells::Numbers(values) => Ok(Key::Text(render(values[row]).into())),
        Cells::Text(cells) if cells.get(row).is_empty() => Err(empty()),
        Cells::Text(cells) => Ok(Key::Text(cells.get(row).into())),
    }
}

/// The row numbers of left and right rows with the same key, in the order of the left table.
fn pair(left: &Table, left_key: usize, right: &Table, right_key: usize) -> Result<Vec<(u32, u32)>> {
    let is_number =
        |table: &Table, key: usize| matches!(table.columns[key].cells, Cells::Numbers(_));
    let numbers = is_number(left, left_key) && is_number(right, right_key);
    let right_rows = rows_by_key(right, right_key, numbers)?;
    let left_rows = rows_by_key(left, left_key, numbers)?;
    let mut pairs: Vec<(u32, u32)> =
        left_rows.iter().filter_map(|(key, &row)| Some((row, *right_rows.get(key)?))).collect();
    pairs.sort_unstable();
    Ok(pairs)
}

fn rows_by_key(table: &Table, column: usize, numbers: bool) -> Result<HashMap<Key<'_>, u32>> {
    let mut rows = HashMap::with_capacity(table.rows());
    for (row, number) in (0..table.rows()).zip(0u32..) {
        if let Some(first) = rows.insert(key_of(table, column, row, numbers)?, number) {
            let shown = quote(&shown(table, column, row));
            let first = table.row_number(column, first as usize);
            let cause = format!("the key {shown} already stands in row {first}");
            let remedy = "a join takes one row a key: keep one of them, or join on another column";
            return Err(Error::input(table.place(column, row), cause, remedy));
        }
    }
    Ok(rows)
}

fn shown(table: &Table, column: usize, row: usize) -> String {
    match &table.columns[column].cells {
        Cells::Numbers(values) => render(values[row]),
        Cells::Text(cells) => cells.get(row).to_string(),
    }
}

fn nothing_in_common(left: &Table, left_key: usize, right: &Table, right_key: usize) -> Error {
    let cause = format!(
        "no key stands in both tables; the first is {} here and {} in {}",
        quote(&shown(left, left_key, 0)),
        quote(&shown(right, right_key, 0)),
        right.source()
    );
    let place = left.file(left_key).column(&left.columns[left_key].name);
    Error::input(place, cause, "check that the files belong together, or use --join COLUMN")
}

/// Orders rows, unless they are in order already: then nothing is copied.
fn put(table: &mut Table, order: &[u32]) {
    let same = order.len() == table.rows() && order.iter().zip(0u32..).all(|(&a, b)| a == b);
    if !same {
        table.gather(order);
    }
}

fn merge_columns(left: &mut Table, right: Table, key: &str) -> Result<()> {
    let files = left.sources.len();
    for (number, column) in right.columns.iter().enumerate() {
        let Some(twin) = left.find(&column.name) else { continue };
        if column.name != key
            && let Some(row) = first_difference(&left.columns[twin].cells, &column.cells)
        {
            let cause = format!(
                "the column stands in both tables with different values: {} here, {} in {}",
                quote(&shown(left, twin, row)),
                quote(&shown(&right, number, row)),
                right.place(number, row).to_string().trim_end_matches(": ")
            );
            let remedy = "rename or remove it in one of the tables";
            return Err(Error::input(left.place(twin, row), cause, remedy));
        }
        left.columns[twin].shared = true;
    }
    left.sources.extend(right.sources);
    left.joined_away += right.joined_away;
    for mut column in right.columns {
        if left.find(&column.name).is_none() {
            column.source += files;
            left.columns.push(column);
        }
    }
    Ok(())
}

fn first_difference(left: &Cells, right: &Cells) -> Option<usize> {
    match (left, right) {
        (Cells::Numbers(a), Cells::Numbers(b)) => {
            a.iter().zip(b).position(|(x, y)| x != y && !(x.is_nan() && y.is_nan()))
        }
        (Cells::Text(a), Cells::Text(b)) => a.iter().zip(b.iter()).position(|(x, y)| x != y),
        // Rows without partners may have decided which of the two is text.
        (Cells::Numbers(a), Cells::Text(b)) | (Cells::Text(b), Cells::Numbers(a)) => {
            a.iter().zip(b.iter()).position(|(&x, y)| {
                parse(y.as_bytes()).is_none_or(|y| x != y && !(x.is_nan() && y.is_nan()))
            })
        }
    }
}
