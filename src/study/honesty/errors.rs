//! Standard errors two ways.
//!
//! In: a fit and its view from the minimum. Out: [`Errors`], one a parameter: where the two are far apart, the variance is
//! not the same in all rows, or the law is wrong somewhere.

use serde::{Deserialize, Serialize};

use super::case::Case;
use crate::fit::Local;
use crate::problem::Loss;

/// The standard errors of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// Its label.
    pub parameter: String,
    /// `s^2 (J'J)^-1`: the variance is the same in all rows. `null` for Huber losses, for which it does not hold.
    pub equal_variance: Option<f64>,
    /// The sandwich: HC3 for squared losses, `H^-1 (sum psi^2 J J') H^-1` for Huber losses.
    pub sandwich: Option<f64>,
    /// The second over the first.
    pub ratio: Option<f64>,
}

/// Both errors of every free parameter that no bound holds.
pub(super) fn errors(case: &Case, local: &Local) -> Vec<Errors> {
    let squared = case.problem.forms.objective.loss == Loss::Squared;
    let both = local.open.iter().zip(&local.robust).map(|(&j, robust)| {
        let own = case.fit.parameters[j].1.std_error;
        let (equal, sandwich) = if squared { (own, *robust) } else { (None, own) };
        let ratio = equal.filter(|e| *e > 0.0).zip(sandwich).map(|(e, s)| s / e);
        Errors { parameter: case.label(j), equal_variance: equal, sandwich, ratio }
    });
    both.collect()
}
