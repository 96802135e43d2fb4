//! What hangs on Huber's delta.
//!
//! In: a fit with a Huber loss. Out: a [`Sensitivity`]: the same rows with other deltas and with squared losses,
//! each from the minimum of its neighbour.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::case::Case;
use crate::engine::cpu::pass::Scratch;
use crate::fit::{State, refit};
use crate::problem::{Forms, Loss, Problem};

/// Factors on delta, in the order of the table.
const FACTORS: [f64; 5] = [0.1, 1.0 / 3.0, 1.0, 3.0, 10.0];

/// Refits with other losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// Labels of the parameters, in the order of the lists below.
    pub parameters: Vec<String>,
    /// One a loss: delta by delta, squared last.
    pub losses: Vec<OtherLoss>,
}

/// A refit with another loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherLoss {
    /// Huber's delta; `null` for squared losses.
    pub delta: Option<f64>,
    /// How the refit ended.
    pub status: State,
    /// The parameters; empty without an answer.
    pub values: Vec<f64>,
    /// How far each is from the fit's, in standard errors of the fit; `null` for those that have none.
    pub shifts: Vec<Option<f64>>,
}

/// The programs of a law with every loss of the table, so that all its targets and groups share them.
pub(super) struct Losses(Vec<Arc<Forms>>);

impl Losses {
    /// None where the loss has no delta.
    pub(super) fn new(forms: &Forms) -> Option<Losses> {
        let Loss::Huber { delta } = forms.objective.loss else { return None };
        let hubers = FACTORS.iter().map(|factor| Loss::Huber { delta: delta * factor });
        let losses = hubers.chain([Loss::Squared]);
        Some(Losses(losses.map(|loss| Arc::new(forms.with_loss(loss))).collect()))
    }
}

/// Fits with every loss. `Err` says why it cannot be done.
pub(super) fn sensitivity(
    case: &Case,
    losses: &Losses,
    scratch: &mut Scratch,
) -> Result<Sensitivity, String> {
    if !case.fit.state.is_usable() {
        return Err("the fit is no minimum to start from".into());
    }
    // From delta itself outwards, each from its neighbour.
    let own = FACTORS.iter().position(|factor| *factor == 1.0).unwrap_or(0);
    let down = chain(case, losses.0[..own].iter().rev(), scratch);
    let up = chain(case, losses.0[own..].iter(), scratch);
    let losses = down.into_iter().rev().chain(up).collect();
    let parameters = (0..case.fit.theta.len()).map(|j| case.label(j)).collect();
    Ok(Sensitivity { parameters, losses })
}

fn chain<'a>(
    case: &Case,
    losses: impl Iterator<Item = &'a Arc<Forms>>,
    scratch: &mut Scratch,
) -> Vec<OtherLoss> {
    let mut from = case.fit.theta.clone();
    let each = losses.map(|forms| {
        let problem = Problem { forms: Arc::clone(forms), ..case.problem.clone() };
        let end = refit(&problem, &from, scratch);
        if end.state.is_usable() {
            from.clone_from(&end.theta);
        }
        let shift = |(j, value): (usize, &f64)| Some((value - case.fit.theta[j]) / case.error(j)?);
        OtherLoss {
            delta: match forms.objective.loss {
                Loss::Huber { delta } => Some(delta),
                Loss::Squared => None,
            },
            status: end.state,
            shifts: end.theta.iter().enumerate().map(shift).collect(),
            values: end.theta,
        }
    });
    each.collect()
}
