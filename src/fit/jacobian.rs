//! The Jacobian of a fit's residuals, reduced row by row.
//!
//! In: a problem, a point and the parameters to look at. Out: a [`Jacobian`]: its triangular factor, never
//! its square.

use super::spectrum::scale;
use crate::engine::cpu::pass::{Curvature, Scratch, Task};
use crate::numeric::Triangle;
use crate::problem::{Loss, Problem};

/// The reduced Jacobian over the open parameters, columns scaled to length 1.
pub(super) struct Jacobian {
    /// Open parameters.
    pub(super) size: usize,
    /// The lengths that the columns had.
    pub(super) norms: Vec<f64>,
    /// The factor, row-major.
    pub(super) triangle: Vec<f64>,
    /// `sum psi^2 J J'` for the sandwich of a Huber loss.
    pub(super) meat: Vec<f64>,
}

impl Jacobian {
    /// Reduces the weighted rows at `theta`.
    pub(super) fn reduce(
        problem: &Problem,
        theta: &[f64],
        open: &[usize],
        scratch: &mut Scratch,
    ) -> Self {
        let size = open.len();
        let mut triangle = Triangle::new(size);
        let mut meat = vec![0.0; size * size];
        let huber = matches!(problem.forms.objective.loss, Loss::Huber { .. });
        let mut row = vec![0.0; size];
        weighted(problem).each_row(theta, scratch, |slopes, weight, influence| {
            for (row, &j) in row.iter_mut().zip(open) {
                *row = slopes[j];
            }
            if huber {
                for (e, m) in meat.iter_mut().enumerate() {
                    *m += influence * influence * row[e / size] * row[e % size];
                }
            }
            let root = weight.sqrt();
            row.iter_mut().for_each(|x| *x *= root);
            triangle.push(&row);
        });
        let mut triangle = triangle.finish();
        let norms = scale(&mut triangle, size);
        Jacobian { size, norms, triangle, meat }
    }
}

/// A pass over the rows as the objective sees them.
pub(super) fn weighted(problem: &Problem) -> Task<'_> {
    Task {
        program: &problem.forms.normal,
        columns: problem.sample.normal(&problem.forms),
        rows: &problem.rows,
        weights: problem.weights.as_ref().map(|w| w.as_slice()),
        loss: problem.forms.objective.loss,
        kind: Curvature::Exact,
    }
}

/// A pass over the rows as they are: what it calls the influence is the residual.
pub(super) fn plain(problem: &Problem) -> Task<'_> {
    Task { weights: None, loss: Loss::Squared, ..weighted(problem) }
}
