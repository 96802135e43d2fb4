//! The likelihood of a Gaussian process over the mixtures, with its slopes.
//!
//! In: samples, logarithms of the noise (as a share of the process's variance) and of the lengths.
//! Out: a [`Posterior`]. The mean and the variance of the process are not searched for: for given
//! noise and lengths the likeliest ones are known (Jones, Schonlau and Welch 1998, eqs. 5 and 6).

use super::super::Samples;
use crate::numeric::{factor, solve_factored};

/// A process held against samples.
#[derive(Debug, Clone)]
pub(super) struct Posterior {
    /// Logarithm of the likelihood, up to a constant.
    pub(super) likelihood: f64,
    /// The process's mean.
    pub(super) mean: f64,
    /// Its variance, without the noise.
    pub(super) variance: f64,
    /// What the mixtures' correlations are multiplied by.
    pub(super) weights: Vec<f64>,
    /// The sum of all entries of the inverse of the correlations: how well the mean is known.
    pub(super) certainty: f64,
    /// Cholesky factor of the correlations with noise.
    pub(super) factor: Vec<f64>,
    /// `-1 / (2 length^2)`, one a domain.
    pub(super) rates: Vec<f64>,
    /// Noise, as a share of the variance.
    pub(super) noise: f64,
}

/// Correlation of the process at two mixtures: `exp(sum of rate * difference^2)`.
pub(super) fn correlation(a: &[f64], b: &[f64], rates: &[f64]) -> f64 {
    let parts = a.iter().zip(b).zip(rates);
    parts.fold(0.0, |sum, ((a, b), rate)| sum + rate * ((a - b) * (a - b))).exp()
}

impl Posterior {
    /// `None` where the correlations are not positive definite in f64.
    pub(super) fn new(samples: &Samples, point: &[f64]) -> Option<Posterior> {
        let noise = point[0].exp();
        let rate = |k: usize| -0.5 * (-2.0 * point[1 + k.min(point.len() - 2)]).exp();
        let rates: Vec<f64> = (0..samples.domains).map(rate).collect();
        let size = samples.len();
        let mut factored = correlations(samples, &rates, noise);
        if !factor(&mut factored, size, 0.0) {
            return None;
        }
        let solved = |list: &[f64]| {
            let mut list = list.to_vec();
            solve_factored(&factored, &mut list);
            list
        };
        let (ones, targets) = (solved(&vec![1.0; size]), solved(&samples.target));
        let certainty = ones.iter().sum::<f64>();
        let mean = targets.iter().sum::<f64>() / certainty;
        let weights: Vec<f64> = targets.iter().zip(&ones).map(|(y, one)| y - mean * one).collect();
        let off = samples.target.iter().zip(&weights).map(|(y, w)| (y - mean) * w);
        let variance = off.sum::<f64>() / size as f64;
        let logs: f64 = (0..size).map(|i| factored[i * size + i].ln()).sum();
        let likelihood = -0.5 * size as f64 * variance.ln() - logs;
        let factor = factored;
        let all =
            Posterior { likelihood, mean, variance, weights, certainty, factor, rates, noise };
        likelihood.is_finite().then_some(all)
    }

    /// The slopes of the likelihood along `point`: half the sum of `(w w' / variance - inverse)`
    /// times the correlations' own slopes.
    pub(super) fn slopes(&self, samples: &Samples, lengths: usize) -> Vec<f64> {
        let size = samples.len();
        let inverse = inverse(&self.factor, size);
        let weight = |i: usize, j: usize| {
            self.weights[i] * self.weights[j] / self.variance - inverse[i * size + j]
        };
        let mut slopes = vec![0.0; 1 + lengths];
        let row = |i: usize| &samples.mixtures[i * samples.domains..][..samples.domains];
        for i in 0..size {
            slopes[0] += 0.5 * self.noise * weight(i, i);
            for j in 0..i {
                let (a, b) = (row(i), row(j));
                let factor = -2.0 * weight(i, j) * correlation(a, b, &self.rates);
                for (k, ((a, b), rate)) in a.iter().zip(b).zip(&self.rates).enumerate() {
                    slopes[1 + k.min(lengths - 1)] += factor * rate * (a - b) * (a - b);
                }
            }
        }
        slopes
    }

    /// Variance of the process at a mixture, given the samples; the mean's own is part of it.
    pub(super) fn variance_at(&self, samples: &Samples, mixture: &[f64]) -> f64 {
        let near: Vec<f64> =
            samples.rows().map(|row| correlation(mixture, row, &self.rates)).collect();
        let mut solved = near.clone();
        solve_factored(&self.factor, &mut solved);
        let known: f64 = near.iter().zip(&solved).map(|(a, b)| a * b).sum();
        let missing = 1.0 - solved.iter().sum::<f64>();
        let left = 1.0 - known + missing * missing / self.certainty;
        self.variance * left.max(0.0)
    }
}

/// The lower triangle of the correlations of the mixtures, with noise.
fn correlations(samples: &Samples, rates: &[f64], noise: f64) -> Vec<f64> {
    let size = samples.len();
    let mut matrix = vec![0.0; size * size];
    for (i, a) in samples.rows().enumerate() {
        for (j, b) in samples.rows().take(i).enumerate() {
            matrix[i * size + j] = correlation(a, b, rates);
        }
        matrix[i * size + i] = 1.0 + noise;
    }
    matrix
}

/// The lower triangle of the inverse of a matrix, given its Cholesky factor.
fn inverse(factor: &[f64], size: usize) -> Vec<f64> {
    let roots = inverse_factor(factor, size);
    let mut inverse = vec![0.0; size * size];
    for (last, root) in roots.chunks_exact(size).enumerate() {
        for (i, x) in root[..=last].iter().enumerate() {
            add(&mut inverse[i * size..][..=i], *x, root);
        }
    }
    inverse
}

/// The inverse of a Cholesky factor: lower triangular as well.
fn inverse_factor(factor: &[f64], size: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; size * size];
    for i in 0..size {
        let (above, rest) = inverse.split_at_mut(i * size);
        let (row, pivot) = (&mut rest[..=i], factor[i * size + i]);
        row[i] = 1.0;
        for (k, known) in above.chunks_exact(size).enumerate() {
            add(&mut row[..=k], -factor[i * size + k], known);
        }
        row.iter_mut().for_each(|x| *x /= pivot);
    }
    inverse
}

fn add(row: &mut [f64], factor: f64, other: &[f64]) {
    row.iter_mut().zip(other).for_each(|(x, y)| *x += factor * y);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also where lengths are so short that correlations vanish.
    #[test]
    fn slopes_are_those_of_the_likelihood() {
        let domains = 3;
        let share = |e: usize| ((e * e * 7 + e * 3) % 23) as f64 / 23.0;
        let mixtures: Vec<f64> = (0..20 * domains).map(share).collect();
        let target = mixtures.chunks_exact(domains).map(|w| (3.0 * w[0]).sin() + w[1] * w[2]);
        let samples = Samples { domains, target: target.collect(), mixtures };
        for logs in [vec![-3.0, -0.5, 0.1, -1.0], vec![-2.0, -5.0, -4.0, 1.0], vec![-4.0, -0.7]] {
            let at = |point: &[f64]| Posterior::new(&samples, point).expect("positive definite");
            let slopes = at(&logs).slopes(&samples, logs.len() - 1);
            for (k, slope) in slopes.iter().enumerate() {
                let moved = |by: f64| {
                    let mut point = logs.clone();
                    point[k] += by;
                    at(&point).likelihood
                };
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!((slope - expected).abs() < 1e-6, "{logs:?} {k}: {slope} {expected}");
            }
        }
    }
}
