//! Fits: from the ends of many starts to one answer a problem, polished and judged in f64.
//!
//! In: problems, a plan and an engine. Out: a [`Fit`] for each problem, in a named state that is
//! true of it.

mod basins;
mod certainty;
mod derived;
pub mod distribution;
mod jacobian;
mod likelihood;
mod local;
mod metrics;
mod polish;
mod profile;
mod refit;
mod sloppy;
pub(crate) mod spectrum;
mod state;
mod student;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use basins::Starts;
pub use derived::{Derived, derived};
pub use likelihood::Likelihood;
pub use local::{Local, local};
pub use metrics::{Metrics, metrics};
pub use profile::{Profile, ProfileEnd, ProfileOptions, ProfilePoint, profile};
pub use refit::{Refit, refit};
pub use sloppy::{CORRELATED, Direction, Pair, SLOPPY, Sloppiness, sloppiness};
pub use state::{About, Bound, State};
pub use student::student;

use crate::engine::cpu::pass::Scratch;
use crate::engine::{End, Engine, candidates};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::problem::Problem;
use basins::starts;
use certainty::{Certainty, certainty};
use polish::{Polished, polish};

/// A number with what is known about its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value.
    pub value: Option<f64>,
    /// Its standard error; `None` where the data give none.
    pub std_error: Option<f64>,
    /// The bound that the data hold it at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_bound: Option<Bound>,
    /// Whether the user held it at this value or tied it to another parameter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// How well the rows determine the parameters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Identifiability {
    /// Directions determined, of the parameters that are not held.
    pub rank: usize,
    /// Condition of the column-scaled Jacobian; `None` where it is infinite.
    pub condition: Option<f64>,
    /// Parameters in undetermined directions.
    pub free: Vec<String>,
}

/// The answer for one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// How it ended.
    pub state: State,
    /// What that means and what to do.
    pub message: String,
    /// Free parameters, in the model's order; empty where there is no answer.
    pub theta: Vec<f64>,
    /// Sum of squares, or of Huber losses, of the residuals.
    pub objective: Option<f64>,
    /// Rows fitted.
    pub rows: usize,
    /// Every parameter of the law, and then derived quantities, by label.
    pub parameters: Vec<(String, Estimate)>,
    /// Quantities that the law file derives from the parameters.
    pub derived: Vec<(String, Estimate)>,
    /// Covariance of the free parameters, row-major.
    pub covariance: Vec<f64>,
    /// In-sample measures.
    pub metrics: Option<Metrics>,
    /// How the starts fared.
    pub starts: Starts,
    /// How well the rows determine the parameters.
    pub identifiability: Identifiability,
}

/// Fits every problem.
///
/// # Errors
/// Those of the engine: its device, or an interruption.
pub fn fit(engine: &dyn Engine, problems: &[Problem], plan: &Plan) -> Result<Vec<Fit>> {
    let hopeless: Vec<Option<State>> = problems.iter().map(hopeless).collect();
    let runnable: Vec<Problem> = problems
        .iter()
        .zip(&hopeless)
        .filter(|(_, state)| state.is_none())
        .map(|(problem, _)| problem.clone())
        .collect();
    let mut ends = engine.fit(&runnable, plan)?.into_iter();
    let jobs: Vec<(&Problem, std::result::Result<Vec<End>, State>)> = problems
        .iter()
        .zip(hopeless)
        .map(|(problem, state)| match state {
            Some(state) => (problem, Err(state)),
            None => (problem, Ok(ends.next().unwrap_or_default())),
        })
        .collect();
    jobs.into_par_iter()
        .map(|(problem, outcome)| match outcome {
            _ if engine.watch().stopped() => Err(Error::Interrupted),
            Err(state) => Ok(without_answer(problem, state, Starts::default())),
            Ok(ends) => Ok(conclude(problem, &ends, plan)),
        })
        .collect()
}

/// What stops a fit before it begins.
fn hopeless(problem: &Problem) -> Option<State> {
    if problem.used() < problem.space.len() {
        return Some(State::TooFewRows);
    }
    let counts = |row: usize| problem.row_weights().is_none_or(|weights| weights[row] != 0.0);
    let mut seen = problem.target().iter().enumerate().filter(|(row, _)| counts(*row));
    let first = seen.next().map(|(_, y)| y);
    let constant = problem.used() > 1 && seen.all(|(_, y)| Some(y) == first);
    constant.then_some(State::ConstantTarget)
}

/// Polishes the best ends and judges the best of them.
fn conclude(problem: &Problem, ends: &[End], plan: &Plan) -> Fit {
    let dense = problem.dense();
    let problem = dense.as_ref();
    // What a finished descent left far above the best cannot end below it.
    let chosen = candidates(ends, 4.0);
    let polished: Vec<Polished> = chosen
        .par_iter()
        .map_init(Scratch::default, |scratch, end| polish(problem, &end.theta, scratch))
        .collect();
    // Of equal objectives the earlier candidate wins, so the answer does not depend on threads.
    let best = polished
        .into_iter()
        .filter(|p| p.cost.is_finite())
        .min_by(|a, b| a.cost.total_cmp(&b.cost));
    let total = plan.starts.max(ends.len());
    let Some(best) = best else {
        let counts = starts(ends, total, f64::INFINITY, 0.0);
        return without_answer(problem, State::NoFiniteStart, counts);
    };
    let counts = starts(ends, total, best.cost, problem.rounding_floor());
    answer(problem, &best, counts)
}

fn answer(problem: &Problem, best: &Polished, starts: Starts) -> Fit {
    let model = &problem.forms.model;
    let certainty = certainty(problem, best, &mut Scratch::default());
    let label = |j: usize| model.parameters[j].label.clone();
    let (state, names) = judge(problem, best, &certainty);
    let about = About {
        names: names.into_iter().map(label).collect(),
        promise: best.promise,
        rows: problem.used(),
        parameters: problem.space.len(),
    };
    Fit {
        message: state.message(&about),
        state,
        theta: best.theta.clone(),
        objective: Some(problem.forms.objective.reported(best.cost)),
        rows: problem.used(),
        parameters: estimates(problem, best, &certainty),
        derived: derived(model, &best.theta, &certainty.covariance),
        metrics: Some(metrics(&problem.predictions(&best.theta), problem.target())),
        starts,
        identifiability: Identifiability {
            rank: certainty.rank,
            condition: Some(certainty.condition).filter(|c| c.is_finite()),
            free: undetermined(best, &certainty).into_iter().map(label).collect(),
        },
        covariance: certainty.covariance,
    }
}

/// The state of a polished point, and the parameters that it is about.
fn judge(problem: &Problem, best: &Polished, certainty: &Certainty) -> (State, Vec<usize>) {
    let runaway: Vec<usize> = (0..best.theta.len())
        .filter(|&j| best.held.iter().all(|(held, _)| *held != j))
        .filter(|&j| problem.space.axes[j].ran_away(best.theta[j]))
        .collect();
    if !runaway.is_empty() {
        return (State::NotConverged, runaway);
    }
    if !best.converged {
        return (State::NotConverged, Vec::new());
    }
    let free = undetermined(best, certainty);
    if !free.is_empty() {
        return (State::RankDeficient, free);
    }
    if !best.held.is_empty() {
        return (State::AtBound, best.held.iter().map(|(j, _)| *j).collect());
    }
    (State::Converged, Vec::new())
}

/// Parameters in undetermined directions, and those that no longer matter.
fn undetermined(best: &Polished, certainty: &Certainty) -> Vec<usize> {
    let idle = best.held.iter().filter(|(_, bound)| *bound == Bound::Idle).map(|(j, _)| *j);
    let mut list: Vec<usize> = certainty.free.iter().copied().chain(idle).collect();
    list.sort_unstable();
    list
}

fn estimates(problem: &Problem, best: &Polished, certainty: &Certainty) -> Vec<(String, Estimate)> {
    let model = &problem.forms.model;
    let bound = |j: usize| best.held.iter().find(|(held, _)| *held == j).map(|(_, b)| *b);
    let mut list: Vec<(String, Estimate)> = model
        .parameters
        .iter()
        .enumerate()
        .map(|(j, parameter)| {
            let estimate = Estimate {
                value: Some(best.theta[j]),
                std_error: certainty.std_error[j],
                at_bound: bound(j),
                held: false,
            };
            (parameter.label.clone(), estimate)
        })
        .collect();
    for (label, value) in &model.fixed {
        let fixed = Estimate { value: Some(*value), std_error: None, at_bound: None, held: true };
        list.push((label.clone(), fixed));
    }
    for (label, to) in &model.tied {
        let tied = Estimate { held: true, ..list[*to].1.clone() };
        list.push((label.clone(), tied));
    }
    list
}

/// A fit that has no parameters to report.
fn without_answer(problem: &Problem, state: State, starts: Starts) -> Fit {
    let about =
        About { rows: problem.rows.len(), parameters: problem.space.len(), ..About::default() };
    let unknown = Estimate { value: None, std_error: None, at_bound: None, held: false };
    let labels = problem.forms.model.parameters.iter().map(|p| p.label.clone());
    Fit {
        message: state.message(&about),
        state,
        theta: Vec::new(),
        objective: None,
        rows: problem.used(),
        parameters: labels.map(|label| (label, unknown.clone())).collect(),
        derived: Vec::new(),
        covariance: Vec::new(),
        metrics: None,
        starts,
        identifiability: Identifiability::default(),
    }
}
