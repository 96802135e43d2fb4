//! From a run table to problems: one for each target and group.
//!
//! In: [`Runs`], a model, an objective, and which rows take part. Out: problems that share the
//! law's programs, and among the groups of a target the columns too.

use std::ops::Range;
use std::sync::Arc;

use super::forms::Forms;
use super::ranges::guess;
use super::sample::Sample;
use super::{Axis, Objective, Problem, Residual, Scale, Space};
use crate::error::{Error, Place, Result};
use crate::law::bind::Symbol;
use crate::law::graph::{Graph, Id};
use crate::law::model::Model;
use crate::runs::{Runs, Target};

/// Problems of one law: for each target, its groups.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The problem.
    pub problem: Problem,
    /// Which target of the table.
    pub target: usize,
    /// Which group of the table.
    pub group: usize,
}

/// Makes the problems of a law for every target and group. `keep` says which rows take part;
/// rows without an observation of the target never do.
///
/// # Errors
/// [`Error::Input`] when a column that the law needs is missing or unusable, a target has no own
/// domain where the law needs one, or a log or relative residual meets an observation that is not
/// positive.
pub fn assemble(
    runs: &Runs,
    model: Arc<Model>,
    objective: Objective,
    keep: &[bool],
) -> Result<Vec<Assembled>> {
    assemble_with(runs, &Arc::new(Forms::new(model, objective)), keep)
}

/// The same for programs that are there already, so that many choices of rows share them.
///
/// # Errors
/// As [`assemble`].
pub fn assemble_with(runs: &Runs, forms: &Arc<Forms>, keep: &[bool]) -> Result<Vec<Assembled>> {
    let mut problems = Vec::new();
    for target in 0..runs.targets.len() {
        let rows = Rows::select(runs, target, keep);
        let picked = rows.picked.as_deref();
        let columns = columns(runs, &forms.symbols, &runs.targets[target], picked)?;
        let sample = Arc::new(Sample::new(columns));
        let weights = rows.weights(runs);
        check_target(runs, target, &rows, forms.objective.residual)?;
        for (group, range) in rows.groups.iter().enumerate() {
            let (forms, sample) = (Arc::clone(forms), Arc::clone(&sample));
            let problem = Problem::new(forms, sample, range.clone(), weights.clone());
            problems.push(Assembled { problem, target, group });
        }
    }
    Ok(problems)
}

/// The columns that a formula's symbols stand for; `rows` picks and orders table rows, `None`
/// takes the table as it is.
///
/// # Errors
/// [`Error::Input`] for a column that is missing, or an own share that the target does not have.
pub fn columns(
    runs: &Runs,
    symbols: &[Symbol],
    about: &Target,
    rows: Option<&[usize]>,
) -> Result<Vec<Arc<Vec<f64>>>> {
    let own = || {
        about.own.ok_or_else(|| {
            Error::usage(
                format!(
                    "the law reads `r`, the share of the target's own domain, but target `{}` has \
                     none among {}",
                    about.column,
                    runs.domains.join(", ")
                ),
                format!("name it: --own '{}=DOMAIN', or leave the target out", about.column),
            )
        })
    };
    symbols
        .iter()
        .map(|symbol| {
            let column = match symbol {
                Symbol::Share(domain) => &runs.mixture[*domain],
                Symbol::OwnShare => &runs.mixture[own()?],
                Symbol::Input(name) => runs.input(name)?,
                Symbol::Target => &about.values,
            };
            Ok(match rows {
                None => Arc::clone(column),
                Some(rows) => Arc::new(rows.iter().map(|&row| column[row]).collect()),
            })
        })
        .collect()
}

/// Which rows of the table a target's fits use.
struct Rows {
    /// `None` when all rows are used, so that columns can be shared.
    picked: Option<Vec<usize>>,
    /// Ranges of the picked rows, one a group.
    groups: Vec<Range<usize>>,
}

impl Rows {
    fn select(runs: &Runs, target: usize, keep: &[bool]) -> Rows {
        let values = &runs.targets[target].values;
        let used = |row: usize| keep[row] && !values[row].is_nan();
        if (0..values.len()).all(used) {
            let groups = runs.groups.iter().map(|group| group.rows.clone()).collect();
            return Rows { picked: None, groups };
        }
        let mut picked = Vec::new();
        let mut groups = Vec::new();
        for group in &runs.groups {
            let start = picked.len();
            picked.extend(group.rows.clone().filter(|&row| used(row)));
            groups.push(start..picked.len());
        }
        Rows { picked: Some(picked), groups }
    }

    /// The table's weights of the picked rows.
    fn weights(&self, runs: &Runs) -> Option<Arc<Vec<f64>>> {
        let weights = runs.weight.as_ref()?;
        Some(match &self.picked {
            None => Arc::clone(weights),
            Some(rows) => Arc::new(rows.iter().map(|&row| weights[row]).collect()),
        })
    }

    /// The table row of a picked row.
    fn table_row(&self, row: usize) -> usize {
        self.picked.as_ref().map_or(row, |picked| picked[row])
    }
}

fn check_target(runs: &Runs, target: usize, rows: &Rows, residual: Residual) -> Result<()> {
    if residual == Residual::Raw {
        return Ok(());
    }
    let about = &runs.targets[target];
    let count = rows.groups.last().map_or(0, |range| range.end);
    match (0..count).map(|row| rows.table_row(row)).find(|&row| about.values[row] <= 0.0) {
        None => Ok(()),
        Some(row) => Err(Error::input(
            Place::file(&runs.source)
                .row(runs.row_numbers[row] as usize)
                .column(about.column.clone()),
            format!("{} is not positive, and the residual divides by it", about.values[row]),
            "use --residual raw, or filter the row away with --where",
        )),
    }
}

/// The search space of the rows of one group.
pub(super) fn space(forms: &Forms, sample: &Sample, rows: &Range<usize>) -> Space {
    let model = &forms.model;
    let separable = forms.separable();
    // A parameter whose start the user gives as one value starts there, and is not solved for.
    let pinned = |j: usize| model.parameters[j].start.is_some_and(|[low, high]| low == high);
    let projected: Vec<usize> = model.linear.iter().copied().filter(|&j| !pinned(j)).collect();
    let range = |graph: &Graph, id: Id| extent(graph, id, sample, rows);
    let axes = model
        .parameters
        .iter()
        .enumerate()
        .map(|(j, parameter)| {
            let linear = model.linear.contains(&j);
            let start = parameter.start.unwrap_or_else(|| {
                let [low, high] = if linear { [1e-3, 1.0] } else { guess(model, j, &range) };
                let [least, most] = parameter.bounds;
                [low.clamp(least, most), high.clamp(least, most)]
            });
            let scale = if forms.by_logarithm(j) { Scale::Log } else { Scale::Linear };
            Axis::new(parameter, start, scale)
        })
        .collect();
    Space { axes, separable: separable && !projected.is_empty(), projected }
}

/// Smallest and largest value of a node that depends on data alone.
fn extent(graph: &Graph, id: Id, sample: &Sample, rows: &Range<usize>) -> [f64; 2] {
    let order = graph.needed(&[id]);
    let mut values = vec![0.0; graph.len()];
    let mut extent = [f64::INFINITY, f64::NEG_INFINITY];
    for row in rows.clone() {
        for &step in &order {
            let cell = |column: u32| sample.columns[column as usize][row];
            values[step.index()] = graph.evaluate(step, &values, cell, |_| f64::NAN);
        }
        let value = values[id.index()];
        extent = [extent[0].min(value), extent[1].max(value)];
    }
    extent
}
