//! The refits of a sweep, sorted by the fit that they belong to.
//!
//! In: draws, read once. Out: a [`Gathered`] for each case: objectives of resamples, parameters without a row,
//! predictions for what was left out.

use std::collections::HashMap;

use super::case::{Case, Key};
use crate::error::{Error, Place, Result};
use crate::law::model::Model;
use crate::report::draws::{Change, Draw, Draws, Held};
use crate::runs::Runs;

/// The refits of one case.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    /// Resamples by number, and their objectives; none without a minimum.
    pub(super) resamples: Vec<(u64, Option<f64>)>,
    /// Refits without one row.
    pub(super) without_row: Vec<WithoutRow>,
    /// Refits that were held against rows they had not seen.
    pub(super) tests: Vec<Test>,
}

/// A refit without a row.
#[derive(Debug, Clone)]
pub(super) struct WithoutRow {
    /// The row's number in the table.
    pub(super) row: u64,
    /// The free parameters; none without a minimum.
    pub(super) theta: Option<Vec<f64>>,
}

/// A refit and the rows that it has not seen.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) change: Change,
    /// Whether it is a minimum.
    pub(super) usable: bool,
    pub(super) held: Held,
}

/// Reads the draws.
///
/// # Errors
/// Those of [`Draws::each`], and [`Error::Input`] for a draw that belongs to none of the cases.
pub(super) fn gather(runs: &Runs, cases: &[Case], draws: Option<&Draws>) -> Result<Vec<Gathered>> {
    let mut all = vec![Gathered::default(); cases.len()];
    let Some(draws) = draws else { return Ok(all) };
    let places: HashMap<Key, usize> =
        cases.iter().enumerate().map(|(place, case)| (case.key(runs), place)).collect();
    draws.each(|draw| {
        let key = (&*draw.law, &*draw.target, &*draw.group, &*draw.subset);
        let Some(&place) = places.get(&key) else { return Err(stranger(draws, &draw)) };
        all[place].take(draw, &cases[place].problem.forms.model);
        Ok(())
    })?;
    all.iter_mut().for_each(|one| one.resamples.sort_by_key(|(number, _)| *number));
    Ok(all)
}

fn stranger(draws: &Draws, draw: &Draw) -> Error {
    let cause = format!(
        "draw {} is of law `{}`, target `{}`, group `{}`, subset `{}`, which was not fitted",
        draw.unit, draw.law, draw.target, draw.group, draw.subset
    );
    let remedy = "give the draws of the same sweep, or run `mixlaw sweep` again";
    Error::input(Place::file(draws.path()), cause, remedy)
}

impl Gathered {
    fn take(&mut self, draw: Draw, model: &Model) {
        let usable = draw.status.is_usable();
        match &draw.change {
            Change::Resample { number } => {
                self.resamples.push((*number, draw.objective.filter(|_| usable)));
            }
            Change::WithoutRow { row } => {
                let theta = if usable { theta(&draw.parameters, model) } else { None };
                self.without_row.push(WithoutRow { row: *row, theta });
            }
            _ => {}
        }
        if let Some(held) = draw.held {
            self.tests.push(Test { change: draw.change, usable, held });
        }
    }
}

/// The free parameters in the model's order.
fn theta(parameters: &[(String, f64)], model: &Model) -> Option<Vec<f64>> {
    let find = |label: &str| parameters.iter().find(|(name, _)| name == label).map(|(_, v)| *v);
    model.parameters.iter().map(|parameter| find(&parameter.label)).collect()
}
