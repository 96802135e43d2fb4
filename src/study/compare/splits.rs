//! Which rows are learnt from and which are kept for the test.
//!
//! In: a table. Out: [`Scheme`]s. Rows of the same mixture are never on both sides of a fold.

use std::collections::HashMap;

use crate::error::{Error, Place, Result};
use crate::plan::mix;
use crate::runs::Runs;

/// Splits of one kind.
#[derive(Debug, Clone, Default)]
pub struct Scheme {
    /// What reports call it.
    pub name: String,
    /// The splits; tests of those with the same `round` are put together.
    pub splits: Vec<Split>,
    /// The table that tests are of, where it is not the one learnt from.
    pub table: Option<Runs>,
}

/// One split.
#[derive(Debug, Clone, Default)]
pub struct Split {
    /// Splits of a round test different rows: their predictions can be scored together.
    pub round: usize,
    /// For each row whether it may be learnt from.
    pub keep: Vec<bool>,
    /// The rows of the test.
    pub test: Vec<usize>,
}

impl Scheme {
    /// Rows of another table, learnt from all of this one.
    pub fn other(name: String, runs: &Runs, table: Runs) -> Scheme {
        let test = (0..table.len()).collect();
        let split = Split { round: 0, keep: vec![true; runs.len()], test };
        Scheme { name, splits: vec![split], table: Some(table) }
    }

    /// Rows that a formula holds out, as one split.
    pub fn held(name: String, keep: Vec<bool>) -> Scheme {
        let test = (0..keep.len()).filter(|&row| !keep[row]).collect();
        Scheme { name, splits: vec![Split { round: 0, keep, test }], table: None }
    }
}

/// K folds of the mixtures, drawn anew in each of some rounds.
///
/// # Errors
/// [`Error::Usage`] where there are fewer different mixtures than folds.
pub fn folds(runs: &Runs, count: usize, rounds: usize, seed: u64) -> Result<Scheme> {
    let mixture = labels(runs);
    let different = mixture.iter().max().map_or(0, |most| most + 1);
    if different < count || count < 2 {
        return Err(Error::usage(
            format!("{different} different mixtures cannot be put into {count} folds"),
            "choose at least 2 --folds, and no more than there are mixtures",
        ));
    }
    let round = |round: usize| {
        let mut order: Vec<usize> = (0..different).collect();
        order.sort_by_key(|&label| mix(seed ^ mix(round as u64 ^ mix(label as u64))));
        let mut fold = vec![0; different];
        order.iter().enumerate().for_each(|(place, &label)| fold[label] = place % count);
        let rows: Vec<usize> = mixture.iter().map(|&label| fold[label]).collect();
        (0..count).map(move |fold| Split {
            round,
            keep: rows.iter().map(|&of| of != fold).collect(),
            test: (0..rows.len()).filter(|&row| rows[row] == fold).collect(),
        })
    };
    let name = match rounds {
        1 => format!("{count} folds"),
        _ => format!("{count} folds, {rounds} times"),
    };
    Ok(Scheme { name, splits: (0..rounds).flat_map(round).collect(), table: None })
}

/// For each row the number of its mixture, in order of appearance.
fn labels(runs: &Runs) -> Vec<usize> {
    let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
    let label = |row: usize| {
        let key = runs.mixture.iter().map(|column| column[row].to_bits()).collect();
        let next = known.len();
        *known.entry(key).or_insert(next)
    };
    (0..runs.len()).map(label).collect()
}

/// Each value of a column once kept for the test, such as each model size.
///
/// # Errors
/// [`Error::Input`] where there is no such column, or it has fewer than two values or more than 100.
pub fn by_value(runs: &Runs, column: &str) -> Result<Scheme> {
    let values = runs.input(column)?;
    let mut different: Vec<f64> = values.to_vec();
    different.sort_by(f64::total_cmp);
    different.dedup();
    if !(2..=100).contains(&different.len()) {
        let place = Place::file(&runs.source).column(column);
        let cause = format!("the column has {} different values", different.len());
        return Err(Error::input(
            place,
            cause,
            "name a column with 2 to 100 values, such as a size",
        ));
    }
    let split = |value: &f64| Split {
        round: 0,
        keep: values.iter().map(|other| other != value).collect(),
        test: (0..values.len()).filter(|&row| values[row] == *value).collect(),
    };
    let splits = different.iter().map(split).collect();
    Ok(Scheme { name: format!("each {column} left out"), splits, table: None })
}
