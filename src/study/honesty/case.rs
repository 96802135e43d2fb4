//! A fit and what it was made from.
//!
//! In: a table, a problem made from it and its fit. Out: a [`Case`], which knows its rows by their numbers in the
//! table.

use crate::fit::Fit;
use crate::problem::{Assembled, Problem};
use crate::runs::Runs;

/// One law fitted to one target in one group, on a subset of the rows.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The subset's name; empty for all rows.
    pub subset: &'a str,
    /// Which target of the table.
    pub target: usize,
    /// Which group of the table.
    pub group: usize,
    /// What was fitted.
    pub problem: &'a Problem,
    /// The fit.
    pub fit: &'a Fit,
    /// For each row of the problem its place in the table, from 0.
    pub rows: Vec<usize>,
}

/// What tells a case from all others: law, target, group, subset.
pub(super) type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

impl<'a> Case<'a> {
    /// A case whose problem was assembled with `keep`, which says for each row of the table whether it takes part.
    pub fn new(
        runs: &Runs,
        assembled: &'a Assembled,
        fit: &'a Fit,
        subset: &'a str,
        keep: &[bool],
    ) -> Case<'a> {
        let (target, group) = (assembled.target, assembled.group);
        let values = &runs.targets[target].values;
        let used = |row: &usize| keep[*row] && !values[*row].is_nan();
        let rows = runs.groups[group].rows.clone().filter(used).collect();
        Case { subset, target, group, problem: &assembled.problem, fit, rows }
    }

    /// The law's name.
    pub fn law(&self) -> &'a str {
        &self.problem.forms.model.law.name
    }

    pub(super) fn key<'b>(&self, runs: &'b Runs) -> Key<'b>
    where
        'a: 'b,
    {
        let (target, group) = (&runs.targets[self.target].column, &runs.groups[self.group].key);
        (self.law(), target, group, self.subset)
    }

    /// The number in the table of a row of the problem, as in messages.
    pub(super) fn number(&self, runs: &Runs, row: usize) -> u64 {
        self.rows.get(row).map_or(0, |&row| u64::from(runs.row_numbers[row]))
    }

    /// The label of a free parameter.
    pub(super) fn label(&self, parameter: usize) -> String {
        self.problem.forms.model.parameters[parameter].label.clone()
    }

    /// The standard error of a free parameter, if it has one above zero.
    pub(super) fn error(&self, parameter: usize) -> Option<f64> {
        self.fit.parameters[parameter].1.std_error.filter(|error| *error > 0.0)
    }

    /// Parameters that the rows determine and no bound holds.
    pub(super) fn determined(&self) -> usize {
        self.fit.identifiability.rank
    }
}
