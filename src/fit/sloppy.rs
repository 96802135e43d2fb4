//! How sharply the rows tell the parameters apart, direction by direction.
//!
//! In: a fit and its view from the minimum. Out: a [`Sloppiness`]: singular values in decades, who takes part in the
//! sloppy directions, and pairs that move together (Transtrum, Machta and Sethna 2011, arXiv 1010.1449).

use serde::{Deserialize, Serialize};

use super::{Fit, Local};
use crate::problem::Problem;

/// A direction is sloppy when its singular value is below the largest by this many decades.
pub const SLOPPY: f64 = 2.0;

/// Shares of a direction below this are left out.
const SHARE: f64 = 0.05;

/// Pairs of parameters that are more correlated than this are named.
pub const CORRELATED: f64 = 0.99;

/// The spectrum of the Jacobian at the minimum, columns scaled to length 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sloppiness {
    /// Singular values, largest first, as decimal logarithms of their share of the largest; `null` for zero.
    pub decades: Vec<Option<f64>>,
    /// Largest over smallest; `null` where a direction is undetermined.
    pub condition: Option<f64>,
    /// Directions that are at least two decades below the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sloppy: Vec<Direction>,
    /// Pairs with a correlation beyond 0.99.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub correlated: Vec<Pair>,
}

/// A direction that the rows hardly determine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// Its singular value, as in [`Sloppiness::decades`].
    pub decades: Option<f64>,
    /// Parameters with at least 5 % of the direction, and their shares, largest first.
    pub shares: Vec<(String, f64)>,
}

/// Two parameters that move together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Their labels.
    pub labels: [String; 2],
    /// Their correlation.
    pub correlation: f64,
}

/// Says how sharply the rows tell the parameters of a fit apart.
pub fn sloppiness(problem: &Problem, fit: &Fit, local: &Local) -> Sloppiness {
    let values = local.spectrum.values();
    let largest = values.first().copied().unwrap_or(0.0);
    let determined = |k: usize| k < local.spectrum.rank;
    let decades: Vec<Option<f64>> = values
        .iter()
        .enumerate()
        .map(|(k, value)| determined(k).then(|| (value / largest).log10()))
        .collect();
    let is_sloppy = |k: &usize| decades[*k].is_none_or(|decades| decades <= -SLOPPY);
    Sloppiness {
        condition: Some(local.spectrum.condition).filter(|c| c.is_finite() && !values.is_empty()),
        sloppy: (0..values.len())
            .filter(is_sloppy)
            .map(|k| Direction { decades: decades[k], shares: shares(problem, local, k) })
            .collect(),
        correlated: correlated(problem, fit),
        decades,
    }
}

fn shares(problem: &Problem, local: &Local, k: usize) -> Vec<(String, f64)> {
    let label = |j: usize| problem.forms.model.parameters[local.open[j]].label.clone();
    let mut shares: Vec<(usize, f64)> =
        local.spectrum.shares(k).into_iter().enumerate().filter(|(_, s)| *s >= SHARE).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares.into_iter().map(|(j, share)| (label(j), share)).collect()
}

fn correlated(problem: &Problem, fit: &Fit) -> Vec<Pair> {
    let size = fit.theta.len();
    let at = |i: usize, j: usize| fit.covariance.get(i * size + j).copied().unwrap_or(0.0);
    let mut pairs = Vec::new();
    for (i, j) in (0..size).flat_map(|i| (0..i).map(move |j| (j, i))) {
        let correlation = at(i, j) / (at(i, i) * at(j, j)).sqrt();
        let known = fit.parameters[i].1.std_error.and(fit.parameters[j].1.std_error).is_some();
        if known && correlation.abs() > CORRELATED {
            let labels = [i, j].map(|j| problem.forms.model.parameters[j].label.clone());
            pairs.push(Pair { labels, correlation });
        }
    }
    pairs
}
