//! Groups of rows that are fitted on their own.
//!
//! In: a table and the columns to group by. Out: the table's rows sorted so that the rows of a
//! group stand together, and the groups' ranges.

use std::collections::HashMap;
use std::ops::Range;

use super::cells::{Cells, render};
use super::table::Table;

/// Rows with the same values in the `by` columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The values, as text with commas between them; empty where the table is not grouped.
    pub key: String,
    /// The group's rows.
    pub rows: Range<usize>,
}

/// Sorts the rows by group, numbers in ascending order and text in order of first appearance, the
/// first column first; within a group the rows keep their order.
pub(super) fn group(table: &mut Table, by: &[usize]) -> Vec<Group> {
    let all = by.iter().map(|&column| ranks(&table.columns[column].cells));
    let Some((ranks, keys)) = all.reduce(crossed) else {
        return vec![Group { key: String::new(), rows: 0..table.rows() }];
    };
    let mut groups: Vec<Group> = keys.into_iter().map(|key| Group { key, rows: 0..0 }).collect();
    let order = order(&ranks, &mut groups);
    if !ranks.is_sorted() {
        table.gather(&order);
    }
    groups
}

/// For each row the number of its group, and the groups' keys.
type Ranks = (Vec<u32>, Vec<String>);

/// The combinations that rows have of two groupings.
fn crossed((a, names): Ranks, (b, others): Ranks) -> Ranks {
    let both: Vec<(u32, u32)> = a.into_iter().zip(b).collect();
    let mut distinct = both.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let ranks = both.iter().map(|pair| count(distinct.partition_point(|other| other < pair)));
    let key = |&(a, b): &(u32, u32)| format!("{}, {}", names[a as usize], others[b as usize]);
    (ranks.collect(), distinct.iter().map(key).collect())
}

fn ranks(cells: &Cells) -> Ranks {
    match cells {
        Cells::Numbers(values) => {
            // Adding zero makes -0 the same group as 0.
            let mut distinct: Vec<f64> = values.iter().map(|x| x + 0.0).collect();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup();
            let ranks = values.iter().map(|x| position(&distinct, x + 0.0)).collect();
            (ranks, distinct.into_iter().map(render).collect())
        }
        Cells::Text(cells) => {
            let mut numbers: HashMap<&str, u32> = HashMap::new();
            let mut keys = Vec::new();
            let ranks = cells.iter().map(|cell| {
                let next = numbers.len();
                *numbers.entry(cell).or_insert_with(|| {
                    keys.push(cell.to_string());
                    count(next)
                })
            });
            (ranks.collect(), keys)
        }
    }
}

fn position(sorted: &[f64], value: f64) -> u32 {
    count(sorted.partition_point(|x| x.total_cmp(&value).is_lt()))
}

#[allow(clippy::cast_possible_truncation, reason = "a table has at most u32::MAX rows")]
fn count(number: usize) -> u32 {
    number as u32
}

/// A counting sort by group: sets the groups' ranges and gives the rows in their new order.
fn order(ranks: &[u32], groups: &mut [Group]) -> Vec<u32> {
    let mut starts = vec![0; groups.len() + 1];
    ranks.iter().for_each(|&rank| starts[rank as usize + 1] += 1);
    for (number, group) in groups.iter_mut().enumerate() {
        starts[number + 1] += starts[number];
        group.rows = starts[number]..starts[number + 1];
    }
    let mut order = vec![0; ranks.len()];
    for (row, &rank) in (0u32..).zip(ranks) {
        order[starts[rank as usize]] = row;
        starts[rank as usize] += 1;
    }
    order
}
