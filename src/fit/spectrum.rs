//! Singular values of a Jacobian, and what they say of its parameters.
//!
//! In: the triangular factor of a Jacobian, its columns scaled to length 1. Out: a [`Spectrum`]: rank,
//! condition, parameters in undetermined directions, covariance over the others.

use crate::numeric::singular;

/// Column-scaled singular values below this share of the largest count as zero.
const RANK: f64 = 1e-11;

/// A parameter takes part in a free direction when it carries this share of its largest entry.
const TAKES_PART: f64 = 0.05;

/// See the module.
pub(crate) struct Spectrum {
    size: usize,
    /// Directions that the rows determine.
    pub(crate) rank: usize,
    /// Largest over smallest singular value; infinite where a direction is free.
    pub(crate) condition: f64,
    /// Parameters that take part in a free direction, in order.
    pub(crate) free: Vec<usize>,
    values: Vec<f64>,
    vectors: Vec<f64>,
}

/// Scales the columns of a triangular factor to length 1, and gives the lengths that they had.
pub(crate) fn scale(triangle: &mut [f64], size: usize) -> Vec<f64> {
    let norms: Vec<f64> = (0..size)
        .map(|j| (0..size).map(|i| triangle[i * size + j].powi(2)).sum::<f64>().sqrt())
        .collect();
    for (e, x) in triangle.iter_mut().enumerate() {
        let norm = norms[e % size];
        *x = if norm > 0.0 { *x / norm } else { 0.0 };
    }
    norms
}

impl Spectrum {
    /// The spectrum of a scaled factor of `size` columns.
    pub(crate) fn new(triangle: &[f64], size: usize) -> Spectrum {
        let (values, vectors) = singular(triangle, size);
        let largest = values.first().copied().unwrap_or(0.0);
        let rank = values.iter().filter(|v| **v > RANK * largest && **v > 0.0).count();
        let mut free = Vec::new();
        for k in rank..size {
            let vector = &vectors[k * size..(k + 1) * size];
            let most = vector.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
            free.extend((0..size).filter(|&j| vector[j].abs() >= TAKES_PART * most));
        }
        free.sort_unstable();
        free.dedup();
        let smallest = values.last().copied().unwrap_or(0.0);
        let condition = if rank == size { largest / smallest } else { f64::INFINITY };
        Spectrum { size, rank, condition, free, values, vectors }
    }

    /// Singular values of the scaled columns, largest first.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// What share each column has in direction `k`, as squares that sum to 1.
    pub(crate) fn shares(&self, k: usize) -> Vec<f64> {
        self.vectors[k * self.size..(k + 1) * self.size].iter().map(|v| v * v).collect()
    }

    /// A row of the Jacobian in the determined directions, each of length 1 over all rows: the squares of
    /// all rows sum to 1 in every direction, those of one row to its leverage.
    pub(crate) fn along(&self, norms: &[f64], row: &[f64]) -> Vec<f64> {
        let scaled = |j: usize| if norms[j] > 0.0 { row[j] / norms[j] } else { 0.0 };
        let scaled: Vec<f64> = (0..self.size).map(scaled).collect();
        let directions = self.vectors.chunks(self.size.max(1)).zip(&self.values).take(self.rank);
        let along = |(vector, value): (&[f64], &f64)| {
            vector.iter().zip(&scaled).map(|(v, x)| v * x).sum::<f64>() / value
        };
        directions.map(along).collect()
    }

    /// The variance of each parameter where the directions of [`Spectrum::along`] have the covariance `inner`.
    pub(crate) fn variances(&self, norms: &[f64], inner: &[f64]) -> Vec<f64> {
        let (size, rank) = (self.size, self.rank);
        let share = |j: usize, k: usize| self.vectors[k * size + j] / self.values[k] / norms[j];
        let pair = |j: usize, e: usize| share(j, e / rank) * share(j, e % rank) * inner[e];
        (0..size).map(|j| (0..rank * rank).map(|e| pair(j, e)).sum()).collect()
    }

    /// `variance * (J'J)^-1` over the determined directions; `norms` are the columns' lengths.
    pub(crate) fn covariance(&self, norms: &[f64], variance: f64) -> Vec<f64> {
        let size = self.size;
        let mut covariance = vec![0.0; size * size];
        for (k, value) in self.values.iter().take(self.rank).enumerate() {
            let vector = &self.vectors[k * size..(k + 1) * size];
            for (e, c) in covariance.iter_mut().enumerate() {
                let (i, j) = (e / size, e % size);
                *c += variance * vector[i] * vector[j] / (value * value);
            }
        }
        for (e, c) in covariance.iter_mut().enumerate() {
            let unit = norms[e / size] * norms[e % size];
            *c = if unit > 0.0 { *c / unit } else { 0.0 };
        }
        covariance
    }
}
