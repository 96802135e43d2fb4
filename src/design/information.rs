//! What some runs say of a law's parameters.
//!
//! In: rows of the Jacobian. Out: [`Information`]: its rank, variances of linear functions of the
//! parameters where the runs determine them, and coordinates in which the information is the unit
//! matrix. The rows are reduced by Householder reflections, never squared, as the fit does it.

use crate::numeric::{Triangle, singular};

/// Scaled singular values below this share of the largest count as zero.
const RANK: f64 = 1e-11;

/// What is added where the runs do not determine every parameter: this part of the information of
/// a mean candidate, for each of them.
pub const RIDGE: f64 = 1e-6;

/// A function of the parameters that lies outside what the runs determine by more than this share
/// of its length has no variance.
const OUTSIDE: f64 = 1e-6;

/// See the module.
#[derive(Debug, Clone)]
pub struct Information {
    size: usize,
    /// The length of a mean candidate's slope along each parameter.
    scale: Vec<f64>,
    /// Directions that the runs determine.
    pub rank: usize,
    values: Vec<f64>,
    vectors: Vec<f64>,
    /// The triangular factor, with the ridge where there is one.
    triangle: Vec<f64>,
}

impl Information {
    /// That of runs with these slopes; `scale` is what a mean candidate's slope is along each.
    pub fn new<'a>(rows: impl IntoIterator<Item = (&'a [f64], f64)>, scale: &[f64]) -> Information {
        let size = scale.len();
        let mut triangle = Triangle::new(size);
        for (row, weight) in rows {
            let root = weight.sqrt();
            let scaled: Vec<f64> = row.iter().zip(scale).map(|(x, s)| root * x / s).collect();
            triangle.push(&scaled);
        }
        let plain = triangle.finish();
        let (values, vectors) = singular(&plain, size);
        let largest = values.first().copied().unwrap_or(0.0);
        let rank = values.iter().filter(|v| **v > RANK * largest && **v > 0.0).count();
        let triangle = if rank < size { ridged(&plain, size) } else { plain };
        Information { size, scale: scale.to_vec(), rank, values, vectors, triangle }
    }

    /// Parameters.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether the runs determine every parameter, so that there is no ridge.
    pub fn is_full(&self) -> bool {
        self.rank == self.size
    }

    /// The variance of a linear function of the parameters, for residuals of variance 1; `None`
    /// where the runs do not determine it.
    pub fn variance(&self, slopes: &[f64]) -> Option<f64> {
        let x: Vec<f64> = slopes.iter().zip(&self.scale).map(|(x, s)| x / s).collect();
        let along = |k: usize| -> f64 {
            self.vectors[k * self.size..][..self.size].iter().zip(&x).map(|(v, x)| v * x).sum()
        };
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let outside = (self.rank..self.size).map(|k| along(k).powi(2)).sum::<f64>().sqrt();
        if !length.is_finite() || outside > OUTSIDE * length {
            return None;
        }
        Some((0..self.rank).map(|k| (along(k) / self.values[k]).powi(2)).sum())
    }

    /// The same slopes in coordinates in which the information, with its ridge, is the unit matrix.
    pub fn whitened(&self, slopes: &[f64]) -> Vec<f64> {
        let size = self.size;
        let mut out: Vec<f64> = slopes.iter().zip(&self.scale).map(|(x, s)| x / s).collect();
        for i in 0..size {
            let sum: f64 = (0..i).map(|k| self.triangle[k * size + i] * out[k]).sum();
            out[i] = (out[i] - sum) / self.triangle[i * size + i];
        }
        out
    }
}

/// The triangular factor with the ridge below it.
fn ridged(plain: &[f64], size: usize) -> Vec<f64> {
    let mut triangle = Triangle::new(size);
    plain.chunks_exact(size).for_each(|row| triangle.push(row));
    for k in 0..size {
        let mut row = vec![0.0; size];
        row[k] = RIDGE.sqrt();
        triangle.push(&row);
    }
    triangle.finish()
}

/// The root of the mean square of each column; 1 where a column is zero.
pub(super) fn scale<'a>(rows: impl Iterator<Item = &'a [f64]>, size: usize) -> Vec<f64> {
    let (mut sums, mut count) = (vec![0.0; size], 0.0_f64);
    for row in rows {
        count += 1.0;
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * x);
    }
    let root = |sum: &f64| (sum / count.max(1.0)).sqrt();
    sums.iter().map(root).map(|s| if s > 0.0 && s.is_finite() { s } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variance_is_that_of_the_normal_equations_or_none() {
        let rows = [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [1.0, 1.0, 0.0]];
        let known = || rows.iter().map(|row| (&row[..], 1.0));
        let information = Information::new(known(), &[1.0, 3.0, 1.0]);
        assert_eq!((information.rank, information.is_full()), (2, false));
        // The inverse of [[2, 1], [1, 5]] is [[5, -1], [-1, 2]] / 9.
        let variance = information.variance(&[1.0, 1.0, 0.0]).expect("determined");
        assert!((variance - 5.0 / 9.0).abs() < 1e-12, "{variance}");
        assert_eq!(information.variance(&[0.0, 1.0, 0.1]), None);
        let white = information.whitened(&[1.0, 1.0, 0.0]);
        let length: f64 = white.iter().map(|x| x * x).sum();
        assert!((length - 5.0 / 9.0).abs() < 1e-5, "{length}");
    }
}
