//! A Newton step, by what the objective is at a point.
//!
//! In: gradient and Hessian over the free coordinates, and a damping. Out: a direction, and what it promises.

use crate::numeric::{eigen, factor, solve_factored};

/// Scaled eigenvalues below this share of the largest are rounding: no step is taken along them.
pub(super) const FLAT: f64 = 1e-13;

/// Where the objective has been evaluated.
pub(super) struct Point {
    pub(super) cost: f64,
    pub(super) gradient: Vec<f64>,
    /// Full symmetric Hessian over the free search coordinates, row-major.
    pub(super) hessian: Vec<f64>,
    /// Curvatures below these are rounding, one a free coordinate.
    pub(super) noise: Vec<f64>,
}

/// A Newton step over the free coordinates.
pub(super) struct Step {
    pub(super) direction: Vec<f64>,
    pub(super) promise: f64,
    pub(super) indefinite: bool,
}

impl Step {
    /// The step with damping added to the unit-diagonal Hessian. By Cholesky where the matrix is
    /// safely positive definite, else by eigenvalues: negative curvature is walked down, flat
    /// directions are left alone.
    pub(super) fn new(point: &Point, damping: f64) -> Step {
        let size = point.gradient.len();
        let units: Vec<f64> = (0..size)
            .map(|i| point.hessian[i * size + i].abs().max(point.noise[i]).sqrt())
            .map(|unit| if unit > 0.0 { unit } else { 1.0 })
            .collect();
        let mut matrix: Vec<f64> = (0..size * size)
            .map(|e| point.hessian[e] / units[e / size] / units[e % size])
            .collect();
        (0..size).for_each(|i| matrix[i * size + i] += damping);
        let scaled: Vec<f64> = point.gradient.iter().zip(&units).map(|(g, u)| g / u).collect();
        let mut factored = matrix.clone();
        let definite = factor(&mut factored, size, FLAT);
        let (mut direction, indefinite) = if definite {
            let mut step: Vec<f64> = scaled.iter().map(|g| -g).collect();
            solve_factored(&factored, &mut step);
            (step, false)
        } else {
            by_eigenvalues(&matrix, &scaled)
        };
        let promise = -0.5 * direction.iter().zip(&scaled).map(|(d, g)| d * g).sum::<f64>();
        direction.iter_mut().zip(&units).for_each(|(d, u)| *d /= u);
        Step { direction, promise, indefinite }
    }
}

fn by_eigenvalues(matrix: &[f64], gradient: &[f64]) -> (Vec<f64>, bool) {
    let size = gradient.len();
    let (values, vectors) = eigen(matrix, size);
    let largest = values.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
    let mut direction = vec![0.0; size];
    let mut indefinite = false;
    for (k, value) in values.iter().enumerate() {
        if value.abs() <= 10.0 * FLAT * largest {
            continue;
        }
        let vector = &vectors[k * size..(k + 1) * size];
        let along: f64 = vector.iter().zip(gradient).map(|(v, g)| v * g).sum();
        indefinite |= *value < -1e-9 * largest;
        direction.iter_mut().zip(vector).for_each(|(d, v)| *d -= along / value.abs() * v);
    }
    (direction, indefinite)
}
