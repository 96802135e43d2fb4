//! Joins whose keys are row numbers that count from 0 in one file and from 1 in the other.
//!
//! In: the key columns of both. Out: nothing, or an error: joined as they are, each run would get the
//! values of its neighbour.

use super::cells::Cells;
use super::table::Table;
use crate::error::{Error, Result};

/// Files with fewer rows may well hold runs that happen to have such numbers.
const FEWEST: usize = 3;

/// Refuses keys that are as many and the same but for where they begin, at 0 or 1.
pub(super) fn refuse_shifted(
    left: &Table,
    left_key: usize,
    right: &Table,
    right_key: usize,
) -> Result<()> {
    let (Some(here), Some(there)) = (first(left, left_key), first(right, right_key)) else {
        return Ok(());
    };
    if left.rows() != right.rows() || left.rows() < FEWEST || here + there != 1 {
        return Ok(());
    }
    let cause = format!(
        "the keys count from {here} here and from {there} in {}: most rows would be joined with the \
         neighbour of their own",
        right.source()
    );
    let place = left.file(left_key).column(&left.columns[left_key].name);
    Err(Error::input(place, cause, "count alike in both files, or join on another column"))
}

/// The least of keys that are consecutive numbers from 0 or from 1.
fn first(table: &Table, key: usize) -> Option<usize> {
    let Cells::Numbers(values) = &table.columns[key].cells else { return None };
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let counts = |from: f64| sorted.iter().zip(0_u32..).all(|(x, n)| *x == from + f64::from(n));
    [(0, 0.0), (1, 1.0)].into_iter().find(|(_, from)| counts(*from)).map(|(first, _)| first)
}
