//! Refits: the same rows with other weights, from a point that is close.
//!
//! In: a problem and a point, such as the minimum of the rows as they are. Out: a [`Refit`], as true as a
//! [`Fit`](super::Fit) but with less said about it. No engine is asked: a warm start has nothing to explore.

use super::certainty::certainty;
use super::polish::{Polished, polish};
use super::state::State;
use super::{hopeless, judge};
use crate::engine::cpu::pass::Scratch;
use crate::problem::Problem;

/// A minimum, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Refit {
    /// How it ended.
    pub state: State,
    /// Free parameters, in the model's order; empty where there is no answer.
    pub theta: Vec<f64>,
    /// Sum of squares, or of Huber losses, of the residuals.
    pub objective: Option<f64>,
}

impl Refit {
    /// A refit that has no parameters to report.
    fn without_answer(state: State) -> Refit {
        Refit { state, theta: Vec::new(), objective: None }
    }
}

/// Fits a problem from one point.
pub fn refit(problem: &Problem, from: &[f64], scratch: &mut Scratch) -> Refit {
    if let Some(state) = hopeless(problem) {
        return Refit::without_answer(state);
    }
    let polished = polish(problem, from, scratch);
    if !polished.cost.is_finite() {
        return Refit::without_answer(State::NoFiniteStart);
    }
    Refit {
        state: judged(problem, &polished, scratch),
        objective: Some(problem.forms.objective.reported(polished.cost)),
        theta: polished.theta,
    }
}

fn judged(problem: &Problem, polished: &Polished, scratch: &mut Scratch) -> State {
    let certainty = certainty(problem, polished, scratch);
    judge(problem, polished, &certainty).0
}
