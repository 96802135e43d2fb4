//! Refits: the same rows with other weights, from a point that is close.
//!
//! In: a problem and a point, such as the minimum of the rows as they are. Out: a [`Refit`], as true as a
//! [`Fit`](super::Fit) but with less said about it. No engine is asked: a warm start has nothing to explore.

use super::certainty::{Certainty, certainty};
use super::jacobian::weighted;
use super::polish::{Polished, polish_briefly};
use super::state::State;
use super::{hopeless, judge};
use crate::engine::cpu::pass::{Scratch, Task};
use crate::engine::cpu::settle;
use crate::engine::{End, Stop};
use crate::numeric::{factor, upper};
use crate::plan::Plan;
use crate::problem::{Loss, Problem};

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
    /// A refit that had nowhere to begin.
    pub fn without_start() -> Refit {
        Refit::without_answer(State::NoFiniteStart)
    }

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
    let dense = problem.dense();
    let problem = dense.as_ref();
    let mut polished = polish_briefly(problem, from, scratch);
    if !polished.converged {
        // Newton's steps may be caught where many small ones of least squares are not.
        let again = polish_briefly(problem, &descended(problem, from), scratch);
        if again.converged {
            polished = again;
        }
    }
    if !polished.cost.is_finite() {
        return Refit::without_answer(State::NoFiniteStart);
    }
    Refit {
        state: judged(problem, &polished, scratch),
        objective: Some(problem.forms.objective.reported(polished.cost)),
        theta: polished.theta,
    }
}

/// Where Levenberg and Marquardt's steps lead from a point.
fn descended(problem: &Problem, from: &[f64]) -> Vec<f64> {
    let stop = Stop::Exhausted;
    let begun = End { start: 0, theta: from.to_vec(), cost: f64::INFINITY, iterations: 0, stop };
    let mut ends = [begun];
    settle(problem, &mut ends, &Plan::new(0, 1));
    let [end] = ends;
    end.theta
}

/// The state of a polished point; the careful look at what is determined is taken where a quick one leaves
/// any doubt.
fn judged(problem: &Problem, polished: &Polished, scratch: &mut Scratch) -> State {
    let open = polished.open();
    let certainty = match surely_determined(problem, polished, &open, scratch) {
        true => Certainty { rank: open.len(), ..Certainty::default() },
        false => certainty(problem, polished, scratch),
    };
    judge(problem, polished, &certainty).0
}

/// Pivots of the normal matrix above this leave no doubt: the condition of the Jacobian is its square root.
const SURE: f64 = 1e-8;

fn surely_determined(
    problem: &Problem,
    polished: &Polished,
    open: &[usize],
    scratch: &mut Scratch,
) -> bool {
    let task = Task { loss: Loss::Squared, ..weighted(problem) };
    let all = polished.theta.len();
    let curvature = task.normal(&polished.theta, scratch).curvature;
    let at = |i: usize, j: usize| curvature[upper(all, i, j)];
    let units: Vec<f64> = open.iter().map(|&i| at(i, i).sqrt()).collect();
    let scaled = |e: usize| {
        let (a, b) = (e / open.len(), e % open.len());
        at(open[a], open[b]) / units[a] / units[b]
    };
    let mut matrix: Vec<f64> = (0..open.len() * open.len()).map(scaled).collect();
    matrix.iter().all(|x| x.is_finite()) && factor(&mut matrix, open.len(), SURE)
}
