//! What a fit minimises: the kind of residual and the loss on it.
//!
//! In: a user's choice. Out: plain data that the graph (residual) and the engines (loss) act on.
//! Objectives are sums over rows, never means, so that stopping rules do not depend on how many
//! rows there are.

use serde::{Deserialize, Serialize};

/// How a prediction is held against an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Residual {
    /// `prediction - observation`.
    #[default]
    Raw,
    /// `ln prediction - ln observation`.
    Log,
    /// `(prediction - observation) / observation`.
    Relative,
}

/// The loss on a residual.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Loss {
    /// The squared residual; the objective is the weighted sum of squares.
    #[default]
    Squared,
    /// `x^2/2` up to delta and `delta (|x| - delta/2)` beyond, as in SciPy and the papers; the
    /// objective is the weighted sum.
    Huber {
        /// Where the loss turns linear, in the residual's own unit.
        delta: f64,
    },
}

/// Residual and loss.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Objective {
    /// How a prediction is held against an observation.
    pub residual: Residual,
    /// The loss on it.
    pub loss: Loss,
}

impl Objective {
    /// The engines minimise half the sum of squares; what is reported is the whole sum.
    pub fn reported(&self, minimised: f64) -> f64 {
        match self.loss {
            Loss::Squared => 2.0 * minimised,
            Loss::Huber { .. } => minimised,
        }
    }
}
