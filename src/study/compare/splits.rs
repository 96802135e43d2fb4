//! Which rows are learnt from and which are kept for the test.
//!
//! In: a table. Out: [`Scheme`]s. Rows of one mixture, or of one but for rounding, are never on both
//! sides of a fold.

use std::sync::Arc;

use super::near::kinds;
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
    pub table: Option<Arc<Runs>>,
    /// The table on whose runs trees by the paper's recipe stop, where it is not that of the tests.
    pub stops: Option<Arc<Runs>>,
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
    pub fn other(name: String, runs: &Runs, table: Arc<Runs>) -> Scheme {
        let test = (0..table.len()).collect();
        let split = Split { round: 0, keep: vec![true; runs.len()], test };
        Scheme { name, splits: vec![split], table: Some(table), stops: None }
    }

    /// Rows that a formula holds out, as one split.
    pub fn held(name: String, keep: Vec<bool>) -> Scheme {
        let test = (0..keep.len()).filter(|&row| !keep[row]).collect();
        Scheme { name, splits: vec![Split { round: 0, keep, test }], ..Scheme::default() }
    }
}

/// K folds of the mixtures, drawn anew in each of some rounds.
///
/// # Errors
/// [`Error::Usage`] where there are fewer different mixtures than folds.
pub fn folds(runs: &Runs, count: usize, rounds: usize, seed: u64) -> Result<Scheme> {
    let mixture = kinds(&mixtures(runs));
    let different = mixture.iter().max().map_or(0, |most| most + 1);
    enough(different, count)?;
    let round = |round: usize| dealt(&mixture, different, count, round, seed);
    let name = match rounds {
        1 => format!("{count} folds"),
        _ => format!("{count} folds, {rounds} times"),
    };
    Ok(Scheme { name, splits: (0..rounds).flat_map(round).collect(), ..Scheme::default() })
}

/// Folds of the rows that `keep` names alone, or as many as there are mixtures.
///
/// # Errors
/// [`Error::Usage`] where there are fewer than two different mixtures.
pub(super) fn folds_within(runs: &Runs, keep: &[bool], count: usize, seed: u64) -> Result<Scheme> {
    let rows: Vec<usize> = (0..runs.len()).filter(|&row| keep[row]).collect();
    let all = mixtures(runs);
    let mixture = kinds(&rows.iter().map(|&row| all[row].clone()).collect::<Vec<_>>());
    let different = mixture.iter().max().map_or(0, |most| most + 1);
    let count = count.min(different);
    enough(different, count.max(2))?;
    let splits = dealt(&mixture, different, count, 0, seed).map(|split| {
        let mut keep = vec![false; runs.len()];
        rows.iter().zip(&split.keep).for_each(|(&row, &kept)| keep[row] = kept);
        Split { keep, test: split.test.iter().map(|&place| rows[place]).collect(), ..split }
    });
    Ok(Scheme { splits: splits.collect(), ..Scheme::default() })
}

fn enough(different: usize, count: usize) -> Result<()> {
    if different < count || count < 2 {
        return Err(Error::usage(
            format!("{different} different mixtures cannot be put into {count} folds"),
            "choose at least 2 --folds, and no more than there are mixtures",
        ));
    }
    Ok(())
}

/// Deals mixtures out to folds, each of which is the test once.
fn dealt(
    mixture: &[usize],
    different: usize,
    count: usize,
    round: usize,
    seed: u64,
) -> impl Iterator<Item = Split> + use<> {
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
}

/// The mixture of each row.
pub(super) fn mixtures(runs: &Runs) -> Vec<Vec<f64>> {
    let row = |row: usize| runs.mixture.iter().map(|column| column[row]).collect();
    (0..runs.len()).map(row).collect()
}

/// Each value of a column once kept for the test, such as each model size.
///
/// # Errors
/// [`Error::Input`] where there is no such column, or it has fewer than two values or more than 100.
pub fn by_value(runs: &Runs, column: &str) -> Result<Scheme> {
    let (values, different) = different(runs, column)?;
    let split = |value: &f64| Split {
        round: 0,
        keep: values.iter().map(|other| other != value).collect(),
        test: (0..values.len()).filter(|&row| values[row] == *value).collect(),
    };
    let splits = different.iter().map(split).collect();
    Ok(Scheme { name: format!("each {column} left out"), splits, ..Scheme::default() })
}

/// Each value of a column but the least kept for the test, with the rows of smaller values alone to
/// learn from. Tests are scored value by value, as their rounds are apart.
///
/// # Errors
/// Those of [`by_value`].
pub fn upwards(runs: &Runs, column: &str) -> Result<Scheme> {
    let (values, different) = different(runs, column)?;
    let split = |(round, value): (usize, &f64)| Split {
        round,
        keep: values.iter().map(|other| other < value).collect(),
        test: (0..values.len()).filter(|&row| values[row] == *value).collect(),
    };
    let splits = different[1..].iter().enumerate().map(split).collect();
    Ok(Scheme { name: format!("each {column} from smaller ones"), splits, ..Scheme::default() })
}

/// A column, and its different values in order.
fn different<'a>(runs: &'a Runs, column: &str) -> Result<(&'a [f64], Vec<f64>)> {
    let values = runs.input(column)?;
    let mut different: Vec<f64> = values.to_vec();
    different.sort_by(f64::total_cmp);
    different.dedup();
    if (2..=100).contains(&different.len()) {
        return Ok((values, different));
    }
    let place = Place::file(&runs.source).column(column);
    let cause = format!("the column has {} different values", different.len());
    Err(Error::input(place, cause, "name a column with 2 to 100 values, such as a size"))
}
