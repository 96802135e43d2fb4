//! A fit seen from its minimum: what each row says there.
//!
//! In: a problem and its fit. Out: a [`Local`]: residuals, leverages, the spectrum of the Jacobian, and
//! standard errors that do not trust the variance to be the same in all rows.

use super::Fit;
use super::jacobian::{Jacobian, plain};
use super::spectrum::Spectrum;
use crate::engine::cpu::pass::Scratch;
use crate::problem::Problem;

/// A row whose leverage is this near to 1 is met exactly, whatever it says.
const ALONE: f64 = 1.0 - 1e-10;

/// See the module. Lists of rows are in the order of the problem.
pub struct Local {
    /// Parameters that no bound holds, by number.
    pub open: Vec<usize>,
    /// Residuals on the objective's scale, without weights.
    pub residuals: Vec<f64>,
    /// Weights; 1 where there are none.
    pub weights: Vec<f64>,
    /// How much of a row's prediction is its own observation, between 0 and 1: `w x' (J'WJ)^-1 x`.
    pub leverages: Vec<f64>,
    /// Standard errors HC3 (MacKinnon and White 1985, Eq. 12) of the parameters in `open`: the sandwich
    /// `(J'J)^-1 (sum r^2/(1-h)^2 x x') (J'J)^-1`. None where a row's leverage is 1 or a parameter is free.
    pub robust: Vec<Option<f64>>,
    pub(super) spectrum: Spectrum,
}

/// Looks at a fit from its minimum; none for a fit without an answer.
pub fn local(problem: &Problem, fit: &Fit, scratch: &mut Scratch) -> Option<Local> {
    fit.objective?;
    let is_open = |j: &usize| fit.parameters[*j].1.at_bound.is_none();
    let open: Vec<usize> = (0..fit.theta.len()).filter(is_open).collect();
    let jacobian = Jacobian::reduce(problem, &fit.theta, &open, scratch);
    let spectrum = Spectrum::new(&jacobian.triangle, jacobian.size);
    let weights = problem.row_weights();
    let mut local = Local {
        residuals: Vec::with_capacity(problem.rows.len()),
        weights: weights.map_or(vec![1.0; problem.rows.len()], <[f64]>::to_vec),
        leverages: Vec::with_capacity(problem.rows.len()),
        robust: Vec::new(),
        open,
        spectrum,
    };
    let rank = local.spectrum.rank;
    let mut meat = vec![0.0; rank * rank];
    let mut row = vec![0.0; local.open.len()];
    plain(problem).each_row(&fit.theta, scratch, |slopes, _, residual| {
        row.iter_mut().zip(&local.open).for_each(|(row, &j)| *row = slopes[j]);
        let weight = local.weights[local.residuals.len()];
        let along = local.spectrum.along(&jacobian.norms, &row);
        let leverage = weight * along.iter().map(|t| t * t).sum::<f64>();
        let influence = (weight * residual / (1.0 - leverage)).powi(2);
        meat.iter_mut()
            .enumerate()
            .for_each(|(e, m)| *m += influence * along[e / rank] * along[e % rank]);
        local.residuals.push(residual);
        local.leverages.push(leverage);
    });
    local.robust = local.errors(&jacobian.norms, &meat);
    Some(local)
}

impl Local {
    fn errors(&self, norms: &[f64], meat: &[f64]) -> Vec<Option<f64>> {
        let alone = self.leverages.iter().any(|h| *h >= ALONE);
        let variances = self.spectrum.variances(norms, meat);
        let error = |(k, variance): (usize, f64)| {
            let known = !alone && variance.is_finite() && !self.spectrum.free.contains(&k);
            known.then(|| variance.sqrt())
        };
        variances.into_iter().enumerate().map(error).collect()
    }

    /// Rows that have any weight.
    pub fn rows(&self) -> usize {
        self.weights.iter().filter(|w| **w > 0.0).count()
    }

    /// Residuals of equal variance, if the weights are right: times the roots of the weights. Those of rows
    /// without weight are zero.
    pub fn weighted_residuals(&self) -> Vec<f64> {
        self.residuals.iter().zip(&self.weights).map(|(r, w)| r * w.sqrt()).collect()
    }
}
