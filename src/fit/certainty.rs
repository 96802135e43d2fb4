//! How well the data determine the parameters: rank, condition, free directions, covariance.
//!
//! In: a problem and a polished point. Out: a [`Certainty`]. The Jacobian is reduced by
//! Householder reflections row by row, never squared, so that a condition of 1e12 is still told
//! from a true rank deficiency.

use super::jacobian::Jacobian;
use super::polish::Polished;
use super::spectrum::Spectrum;
use crate::engine::cpu::pass::Scratch;
use crate::numeric::{factor, solve_factored, upper};
use crate::problem::{Loss, Problem};

/// What the data say about the parameters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Certainty {
    /// Number of directions that the data determine (parameters at bounds do not count).
    pub(super) rank: usize,
    /// Largest over smallest singular value of the column-scaled Jacobian.
    pub(super) condition: f64,
    /// Parameters that take part in an undetermined direction.
    pub(super) free: Vec<usize>,
    /// Standard error a parameter; `None` at a bound, in a free direction, or with no row to spare.
    pub(super) std_error: Vec<Option<f64>>,
    /// Covariance of all parameters, row-major; zero for those without a standard error.
    pub(super) covariance: Vec<f64>,
}

/// Computes rank, condition and covariance at a polished point.
///
/// Squared loss: `s^2 (J'J)^-1` with s^2 the residual variance on n - p degrees of freedom. Huber
/// loss: the sandwich `H^-1 (sum psi^2 J'J) H^-1` with the exact Hessian, times n/(n - p).
pub(super) fn certainty(problem: &Problem, point: &Polished, scratch: &mut Scratch) -> Certainty {
    let all = point.theta.len();
    let open = point.open();
    let jacobian = Jacobian::reduce(problem, &point.theta, &open, scratch);
    let spectrum = Spectrum::new(&jacobian.triangle, jacobian.size);
    let mut result = Certainty {
        rank: spectrum.rank,
        condition: spectrum.condition,
        free: spectrum.free.iter().map(|&k| open[k]).collect(),
        std_error: vec![None; all],
        covariance: vec![0.0; all * all],
    };
    let rows = problem.used() as f64;
    let spare = rows - open.len() as f64;
    if open.is_empty() || spare <= 0.0 {
        return result;
    }
    let covariance = match problem.forms.objective.loss {
        Loss::Squared => Some(spectrum.covariance(&jacobian.norms, 2.0 * point.cost / spare)),
        Loss::Huber { .. } if spectrum.rank == open.len() => {
            sandwich(point, &open, &jacobian, rows / spare)
        }
        Loss::Huber { .. } => None,
    };
    let Some(covariance) = covariance else { return result };
    for (a, &i) in open.iter().enumerate() {
        for (b, &j) in open.iter().enumerate() {
            result.covariance[i * all + j] = covariance[a * open.len() + b];
        }
        let variance = covariance[a * open.len() + a];
        if !result.free.contains(&i) && variance.is_finite() && variance >= 0.0 {
            result.std_error[i] = Some(variance.sqrt());
        }
    }
    result
}

/// `H^-1 M H^-1` in scaled coordinates; `None` if the Hessian is not positive definite.
fn sandwich(
    point: &Polished,
    open: &[usize],
    jacobian: &Jacobian,
    factor_n: f64,
) -> Option<Vec<f64>> {
    let (size, all) = (open.len(), point.theta.len());
    let at = |i: usize, j: usize| point.hessian[upper(all, i, j)];
    let units: Vec<f64> = open.iter().map(|&i| at(i, i).abs().sqrt()).collect();
    if units.contains(&0.0) || jacobian.norms.contains(&0.0) {
        return None;
    }
    let scaled = |e: usize| units[e / size] * units[e % size];
    let mut hessian: Vec<f64> =
        (0..size * size).map(|e| at(open[e / size], open[e % size]) / scaled(e)).collect();
    if !factor(&mut hessian, size, 1e-14) {
        return None;
    }
    // Columns of H^-1 M, then of its transpose: H^-1 M H^-1.
    let solve_columns = |matrix: &[f64]| -> Vec<f64> {
        let mut out = vec![0.0; size * size];
        for j in 0..size {
            let mut column: Vec<f64> = (0..size).map(|i| matrix[i * size + j]).collect();
            solve_factored(&hessian, &mut column);
            // Written as a row: the result is transposed.
            out[j * size..(j + 1) * size].copy_from_slice(&column);
        }
        out
    };
    let meat: Vec<f64> =
        (0..size * size).map(|e| factor_n * jacobian.meat[e] / scaled(e)).collect();
    let mut covariance = solve_columns(&solve_columns(&meat));
    covariance.iter_mut().enumerate().for_each(|(e, c)| *c /= scaled(e));
    Some(covariance)
}
