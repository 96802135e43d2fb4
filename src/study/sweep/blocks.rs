//! What changes from refit to refit: resamples, and rows that are left out.
//!
//! In: a table and the `[sweep]` part. Out: [`Block`]s, lists of changes that are numbered and not written
//! out: a million resamples take no more room than one.

use super::section::SweepSection;
use crate::error::{Error, Place, Result};
use crate::report::draws::Change;
use crate::runs::Runs;
use crate::study::compare::Series;

/// Rows are left out one by one up to so many, and mixtures too, where the study does not say.
const MOST_LEFT_OUT: usize = 1000;

/// Columns with more values than this are not gone through unasked.
const FEW: usize = 20;

/// With more values than this a column is no scale to go through.
const MOST_VALUES: usize = 1000;

/// Changes of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// The fit of all rows.
    Full,
    /// So many resamples.
    Resamples(u64),
    /// These rows, one by one.
    Rows(Vec<usize>),
    /// These sets of rows of one mixture.
    Mixtures(Vec<Vec<usize>>),
    /// The rows with each of these values.
    Values(Column),
    /// The rows beyond each of these values.
    UpTo(Column),
}

/// A column and some of its values, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) values: Vec<f64>,
}

impl Block {
    /// How many changes there are.
    pub(super) fn len(&self) -> u64 {
        match self {
            Block::Full => 1,
            Block::Resamples(count) => *count,
            Block::Rows(rows) => rows.len() as u64,
            Block::Mixtures(sets) => sets.len() as u64,
            Block::Values(column) | Block::UpTo(column) => column.values.len() as u64,
        }
    }

    /// A change, for the record.
    pub(super) fn change(&self, runs: &Runs, number: u64) -> Change {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let row = |row: usize| u64::from(runs.row_numbers[row]);
        match self {
            Block::Full => Change::None,
            Block::Resamples(_) => Change::Resample { number },
            Block::Rows(rows) => Change::WithoutRow { row: row(rows[place]) },
            Block::Mixtures(sets) => Change::WithoutMixture { row: row(sets[place][0]) },
            Block::Values(Column { name, values }) => {
                Change::WithoutValue { column: name.clone(), value: values[place] }
            }
            Block::UpTo(Column { name, values }) => {
                Change::UpTo { column: name.clone(), value: values[place] }
            }
        }
    }

    /// The rows that a change leaves out.
    pub(super) fn left_out(&self, runs: &Runs, number: u64) -> Vec<usize> {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let with = |column: &Column, left_out: &dyn Fn(f64) -> bool| {
            let values = &runs.inputs[&column.name];
            (0..runs.len()).filter(|&row| left_out(values[row])).collect()
        };
        match self {
            Block::Full | Block::Resamples(_) => Vec::new(),
            Block::Rows(rows) => vec![rows[place]],
            Block::Mixtures(sets) => sets[place].clone(),
            Block::Values(column) => with(column, &|value| value == column.values[place]),
            Block::UpTo(column) => with(column, &|value| value > column.values[place]),
        }
    }

    /// Whether the full fit is near enough to begin from it: where much is left out it may not be.
    pub(super) fn is_near(&self) -> bool {
        matches!(self, Block::Resamples(_) | Block::Rows(_) | Block::Mixtures(_))
    }
}

/// All blocks for the rows that take part. `inputs` are the columns that the laws read.
///
/// # Errors
/// [`Error::Input`] for a column that is missing or has too many values or one.
pub(super) fn blocks(
    runs: &Runs,
    section: &SweepSection,
    keep: &[bool],
    inputs: &[String],
) -> Result<Vec<Block>> {
    let mut blocks = vec![Block::Full];
    if section.drawn() > 0 {
        blocks.push(Block::Resamples(section.drawn()));
    }
    let rows: Vec<usize> = (0..runs.len()).filter(|&row| keep[row]).collect();
    let few = || inputs.iter().filter_map(|name| column(runs, &rows, name, FEW).ok());
    match &section.leave_out {
        Some(names) => {
            for name in names {
                blocks.push(named(runs, &rows, name)?);
            }
        }
        None => {
            blocks.extend(Some(Block::Rows(rows.clone())).filter(|_| rows.len() <= MOST_LEFT_OUT));
            blocks.extend(
                mixtures(runs, &rows).filter(|sets| sets.len() < rows.len()).map(Block::Mixtures),
            );
            blocks.extend(few().map(Block::Values));
        }
    }
    // What resamples draw is left out in turn as well: BCa intervals hang on it.
    if let Some(cluster) = section.cluster.as_deref().filter(|name| *name != "mixture") {
        let known = |block: &Block| matches!(block, Block::Values(of) if of.name == cluster);
        if !blocks.iter().any(known) {
            blocks.push(Block::Values(column(runs, &rows, cluster, MOST_VALUES)?));
        }
    }
    match &section.up_to {
        Some(names) => {
            for name in names {
                blocks.push(up_to(column(runs, &rows, name, MOST_VALUES)?));
            }
        }
        None => blocks.extend(few().map(up_to)),
    }
    Ok(blocks)
}

/// What one name of `leave_out` stands for.
fn named(runs: &Runs, rows: &[usize], name: &str) -> Result<Block> {
    match name {
        "row" => Ok(Block::Rows(rows.to_vec())),
        "mixture" => mixtures(runs, rows).map(Block::Mixtures).ok_or_else(|| {
            let cause = "[sweep] leave_out: there are fewer than three different mixtures";
            Error::usage(cause, "leave `mixture` away")
        }),
        _ => column(runs, rows, name, MOST_VALUES).map(Block::Values),
    }
}

/// The rows of each mixture, where there are at least three and not too many.
fn mixtures(runs: &Runs, rows: &[usize]) -> Option<Vec<Vec<usize>>> {
    if runs.domains.is_empty() {
        return None;
    }
    let kept: Vec<bool> = {
        let mut kept = vec![false; runs.len()];
        rows.iter().for_each(|&row| kept[row] = true);
        kept
    };
    let mut sets = Series::new(&runs.ungrouped()).rows();
    sets.iter_mut().for_each(|set| set.retain(|&row| kept[row]));
    sets.retain(|set| !set.is_empty());
    (3..=MOST_LEFT_OUT).contains(&sets.len()).then_some(sets)
}

/// A column's different values among some rows.
fn column(runs: &Runs, rows: &[usize], name: &str, most: usize) -> Result<Column> {
    let all = runs.input(name)?;
    let mut values: Vec<f64> = rows.iter().map(|&row| all[row]).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    if (2..=most).contains(&values.len()) {
        return Ok(Column { name: name.into(), values });
    }
    let place = Place::file(&runs.source).column(name);
    let cause = format!("the column has {} different values", values.len());
    Err(Error::input(
        place,
        cause,
        format!("name a column with 2 to {most} values, such as a size"),
    ))
}

/// Nothing is beyond the greatest value.
fn up_to(mut column: Column) -> Block {
    column.values.pop();
    Block::UpTo(column)
}
