//! One law on one subset of the rows: its full fits, and problems with other weights or other observations.
//!
//! In: a table, a law, a subset. Out: a [`Part`], and for a change the [`Job`]s that it makes.

use std::sync::Arc;

use super::blocks::Block;
use super::section::Resample;
use crate::engine::Engine;
use crate::error::Result;
use crate::fit::{Fit, fit};
use crate::law::Law;
use crate::law::model::Model;
use crate::plan::Resampler;
use crate::problem::{Forms, Problem, Residual, assemble_with};
use crate::report::draws::Held;
use crate::runs::Runs;
use crate::study::Options;
use crate::study::honesty::Case;

/// See the module.
#[derive(Debug)]
pub struct Part {
    /// The law, written out.
    pub model: Arc<Model>,
    /// The subset's name; empty for all rows.
    pub subset: String,
    /// The fits, by target and then group.
    pub slots: Vec<Slot>,
}

/// One target of one group.
#[derive(Debug)]
pub struct Slot {
    /// Which target of the table.
    pub target: usize,
    /// Which group of the table.
    pub group: usize,
    /// The problem of the full fit.
    pub problem: Problem,
    /// The full fit.
    pub fit: Fit,
    /// For each row of the problem's sample the row of the table.
    rows: Arc<Vec<usize>>,
    /// Predictions of the full fit for the rows of the problem, and how much wider its errors are made; for
    /// resamples of residuals.
    fitted: Option<(Vec<f64>, f64)>,
}

/// A refit to be made.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) slot: &'a Slot,
    pub(super) problem: Problem,
    /// Rows of the table that it does not see and that have an observation.
    pub(super) held: Vec<usize>,
}

impl Part {
    /// Fits all rows of the subset, from all starts.
    ///
    /// # Errors
    /// As [`crate::study::fit_table`].
    pub(super) fn new(
        engine: &dyn Engine,
        runs: &Runs,
        law: &Arc<Law>,
        options: &Options,
        (subset, keep): (&str, &[bool]),
    ) -> Result<Part> {
        let is_column =
            |name: &str| runs.inputs.contains_key(name) || runs.incomplete.contains_key(name);
        let model = Arc::new(Model::new(law, &runs.domains, &is_column, &options.changes)?);
        let forms = Arc::new(Forms::new(Arc::clone(&model), options.objective));
        let all = crate::study::keep_rows(runs, options.holdout.as_ref())?;
        let assembled = assemble_with(runs, &forms, &all)?;
        let mut slots = Vec::new();
        let mut of_target: Vec<Option<Arc<Vec<usize>>>> = vec![None; runs.targets.len()];
        for one in assembled {
            let seen = |&row: &usize| all[row] && !runs.targets[one.target].values[row].is_nan();
            let rows = of_target[one.target]
                .get_or_insert_with(|| Arc::new((0..runs.len()).filter(seen).collect()));
            let rows = Arc::clone(rows);
            let masked = |row: usize| if keep[row] { 1.0 } else { 0.0 };
            let problem = match rows.iter().all(|&row| keep[row]) {
                true => one.problem,
                false => weighted(&one.problem, &rows, masked),
            };
            slots.push((one.target, one.group, problem, rows));
        }
        let problems: Vec<Problem> = slots.iter().map(|slot| slot.2.clone()).collect();
        let fits = fit(engine, &problems, &options.plan)?;
        let slot = |((target, group, problem, rows), fit): ((_, _, Problem, _), Fit)| {
            let fitted = fit.objective.is_some().then(|| fitted(&problem, &fit));
            Slot { target, group, problem, fit, rows, fitted }
        };
        let slots = slots.into_iter().zip(fits).map(slot).collect();
        Ok(Part { model, subset: subset.into(), slots })
    }

    /// The refits of one change.
    pub(super) fn jobs<'a>(
        &'a self,
        runs: &Runs,
        block: &Block,
        number: u64,
        (how, resampler): (Resample, &Resampler),
    ) -> Vec<Job<'a>> {
        let job = |slot: &'a Slot, problem| Job { slot, problem, held: Vec::new() };
        match block {
            Block::Full => self.slots.iter().map(|slot| job(slot, slot.problem.clone())).collect(),
            Block::Resamples(_) => {
                let draw = Drawn::new(how, resampler, number);
                self.answered().map(|slot| job(slot, draw.problem(slot))).collect()
            }
            _ => self.leaving_out(runs, &block.left_out(runs, number)),
        }
    }

    /// Refits without some rows, of the fits that see any of them.
    fn leaving_out(&self, runs: &Runs, left_out: &[usize]) -> Vec<Job<'_>> {
        let mut gone = vec![false; runs.len()];
        left_out.iter().for_each(|&row| gone[row] = true);
        let job = |slot| {
            let held = Slot::seen(slot).filter(|&row| gone[row]).collect::<Vec<_>>();
            let weight = |row: usize| if gone[row] { 0.0 } else { 1.0 };
            let problem = (!held.is_empty()).then(|| weighted(&slot.problem, &slot.rows, weight));
            problem.map(|problem| Job { slot, problem, held })
        };
        self.answered().filter_map(job).collect()
    }

    /// The fits that have an answer: where all rows together have none, fewer have none either.
    fn answered(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| slot.fit.objective.is_some())
    }
}

impl Slot {
    /// The rows of the table that the full fit sees.
    pub(super) fn seen(&self) -> impl Iterator<Item = usize> + '_ {
        let counts = |place: &usize| {
            self.problem.weights.as_ref().is_none_or(|weights| weights[*place] != 0.0)
        };
        self.problem.rows.clone().filter(counts).map(|place| self.rows[place])
    }

    /// The fit and what it was made from.
    pub(super) fn case<'a>(&'a self, subset: &'a str) -> Case<'a> {
        let rows = self.problem.rows.clone().map(|place| self.rows[place]).collect();
        let (target, group) = (self.target, self.group);
        Case { subset, target, group, problem: &self.problem, fit: &self.fit, rows }
    }

    /// Predictions at some rows of the table that its sample has.
    pub(super) fn held(&self, runs: &Runs, rows: &[usize], theta: &[f64]) -> Held {
        let place = |row: &usize| self.rows.binary_search(row).unwrap_or(0);
        let places: Vec<usize> = rows.iter().map(place).collect();
        let sample = &self.problem.sample;
        let columns: Vec<Vec<f64>> = sample
            .columns
            .iter()
            .map(|column| places.iter().map(|&place| column[place]).collect())
            .collect();
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let predicted = self.problem.forms.model.predict(theta, &views, 0..rows.len());
        Held {
            rows: rows.iter().map(|&row| u64::from(runs.row_numbers[row])).collect(),
            predicted: predicted.into_iter().map(|p| Some(p).filter(|p| p.is_finite())).collect(),
            observed: places.iter().map(|&place| sample.target()[place]).collect(),
        }
    }
}

/// The same problem with each weight multiplied by a number for its row of the table.
fn weighted(problem: &Problem, rows: &[usize], weight: impl Fn(usize) -> f64) -> Problem {
    let own = |place: usize| problem.weights.as_ref().map_or(1.0, |weights| weights[place]);
    let weights = rows.iter().enumerate().map(|(place, &row)| own(place) * weight(row)).collect();
    Problem { weights: Some(Arc::new(weights)), ..problem.clone() }
}

/// Predictions, and by how much residuals are smaller than errors, as the parameters follow them.
fn fitted(problem: &Problem, fit: &Fit) -> (Vec<f64>, f64) {
    let rows = problem.used() as f64;
    let spare = (rows - fit.theta.len() as f64).max(1.0);
    (problem.predictions(&fit.theta), (rows / spare).sqrt())
}

/// One resample, of all targets.
enum Drawn {
    Weights(Vec<f64>),
    Signs(Vec<f64>),
    Sources(Vec<usize>),
}

impl Drawn {
    fn new(how: Resample, resampler: &Resampler, number: u64) -> Drawn {
        match how {
            Resample::Case | Resample::Cluster | Resample::None => {
                Drawn::Weights(resampler.weights(number))
            }
            Resample::Wild => Drawn::Signs(resampler.signs(number)),
            Resample::Residual => Drawn::Sources(resampler.sources(number)),
        }
    }

    fn problem(&self, slot: &Slot) -> Problem {
        match self {
            Drawn::Weights(weights) => weighted(&slot.problem, &slot.rows, |row| weights[row]),
            Drawn::Signs(signs) => observed(slot, |place| (place, signs[slot.rows[place]])),
            Drawn::Sources(sources) => observed(slot, |place| (source(slot, sources, place), 1.0)),
        }
    }
}

/// The row of the sample whose residual a row gets: where the drawn row has no observation of this target, the
/// next that has one.
fn source(slot: &Slot, sources: &[usize], place: usize) -> usize {
    let drawn = slot.rows.partition_point(|&row| row < sources[slot.rows[place]]);
    if drawn < slot.problem.rows.end { drawn } else { slot.problem.rows.start }
}

/// The problem with observations made of predictions and residuals: for each row, whose residual, and its sign.
fn observed(slot: &Slot, residual: impl Fn(usize) -> (usize, f64)) -> Problem {
    let Some((fitted, wider)) = &slot.fitted else { return slot.problem.clone() };
    let problem = &slot.problem;
    let kind = problem.forms.objective.residual;
    let old = problem.sample.target();
    let first = problem.rows.start;
    let mut target = old.to_vec();
    for place in problem.rows.clone() {
        let (from, sign) = residual(place);
        let error = sign * wider * error(kind, fitted[from - first], old[from]);
        target[place] = with_error(kind, fitted[place - first], error);
    }
    let sample = problem.sample.with_target(&problem.forms, target);
    Problem { sample: Arc::new(sample), ..problem.clone() }
}

/// What an observation is beyond its prediction, on the scale of the residual.
fn error(kind: Residual, fitted: f64, observed: f64) -> f64 {
    match kind {
        Residual::Raw => observed - fitted,
        Residual::Log => (observed / fitted).ln(),
        Residual::Relative => 1.0 - fitted / observed,
    }
}

/// The observation with a given error.
fn with_error(kind: Residual, fitted: f64, error: f64) -> f64 {
    match kind {
        Residual::Raw => fitted + error,
        Residual::Log => fitted * error.exp(),
        Residual::Relative => fitted / (1.0 - error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_is_its_prediction_with_its_error() {
        for kind in [Residual::Raw, Residual::Log, Residual::Relative] {
            let there = with_error(kind, 2.5, error(kind, 2.5, 2.75));
            assert!((there - 2.75).abs() < 1e-15, "{kind:?}");
        }
    }
}
