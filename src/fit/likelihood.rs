//! The likelihood that belongs to an objective: of normal residuals for squared losses, of Huber's density
//! for Huber losses, with the scale that makes it largest.
//!
//! In: a loss and the rows' weights. Out: a [`Likelihood`], which turns an objective into minus twice the
//! logarithm of the likelihood.

use std::f64::consts::PI;

use super::distribution::erf;
use crate::problem::Loss;

/// Minus twice the log-likelihood as a function of the reported objective. A row of weight w has w times the
/// precision; rows without weight do not count. Residuals are taken on their own scale: likelihoods of raw
/// and of log residuals cannot be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Likelihood {
    loss: Loss,
    /// Weights that are there, and how many rows have each.
    weights: Vec<(f64, f64)>,
    rows: usize,
}

impl Likelihood {
    /// For `rows` rows with these weights, all 1 where there are none.
    pub fn new(loss: Loss, weights: Option<&[f64]>, rows: usize) -> Likelihood {
        let Some(weights) = weights else {
            return Likelihood { loss, weights: vec![(1.0, rows as f64)], rows };
        };
        let mut sorted: Vec<f64> = weights.iter().copied().filter(|w| *w > 0.0).collect();
        sorted.sort_by(f64::total_cmp);
        let groups = sorted.chunk_by(|a, b| a == b);
        let weights = groups.map(|group| (group[0], group.len() as f64)).collect();
        Likelihood { loss, weights, rows: sorted.len() }
    }

    /// Rows that count.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Minus twice the logarithm of the largest likelihood with this objective (the sum of squares, or of
    /// Huber losses); none without rows, or where the objective is not above zero.
    ///
    /// Squared losses: `n (ln(2 pi Q / n) + 1) - sum ln w`. Huber losses: the density is
    /// `exp(-w rho(r) / s) / Z(s / w)`, and s is the one of largest likelihood.
    pub fn minus_twice(&self, objective: f64) -> Option<f64> {
        let n = self.rows as f64;
        if self.rows == 0 || !(objective > 0.0 && objective.is_finite()) {
            return None;
        }
        Some(match self.loss {
            Loss::Squared => {
                let logs: f64 = self.weights.iter().map(|(w, count)| count * w.ln()).sum();
                n * ((2.0 * PI * objective / n).ln() + 1.0) - logs
            }
            Loss::Huber { delta } => {
                let s = self.scale(objective, delta);
                let ln_z = self.weights.iter().map(|(w, count)| count * ln_z(s / w, delta));
                2.0 * objective / s + 2.0 * ln_z.sum::<f64>()
            }
        })
    }

    /// Huber's scale of largest likelihood: there the expected objective is the observed one. The expected
    /// loss of a row of scale s lies between s/2 (all residuals within delta) and s (none), so the root is
    /// bracketed.
    fn scale(&self, objective: f64, delta: f64) -> f64 {
        let expected = |s: f64| -> f64 {
            self.weights.iter().map(|(w, count)| count * w * expected_loss(s / w, delta)).sum()
        };
        let mean = objective / self.rows as f64;
        let (mut low, mut high) = (mean, 2.0 * mean);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if expected(middle) < objective { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
}

/// The two parts of `Z(s)`, the integral of `exp(-rho(r)/s)`: within delta and beyond.
fn parts(s: f64, delta: f64) -> [f64; 2] {
    let within = (2.0 * PI * s).sqrt() * erf(delta / (2.0 * s).sqrt());
    [within, 2.0 * s / delta * (-delta * delta / (2.0 * s)).exp()]
}

fn ln_z(s: f64, delta: f64) -> f64 {
    parts(s, delta).iter().sum::<f64>().ln()
}

/// `E rho = s^2 Z'(s) / Z(s)`, and `s Z'` is half the first part of Z and all of the second.
fn expected_loss(s: f64, delta: f64) -> f64 {
    let [within, beyond] = parts(s, delta);
    s * (0.5 * within + beyond) / (within + beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rho(r: f64, delta: f64) -> f64 {
        let near = r.abs().min(delta);
        near * (r.abs() - 0.5 * near)
    }

    /// Simpson's rule over a range that holds all but e^-45 of the density.
    fn integral(f: impl Fn(f64) -> f64, s: f64, delta: f64) -> f64 {
        let reach = delta + 45.0 * (s / delta).max(s.sqrt());
        let steps = 400_000_i32;
        let h = 2.0 * reach / f64::from(steps);
        let weight = |k: i32| match k {
            k if k == 0 || k == steps => 1.0,
            k if k % 2 == 1 => 4.0,
            _ => 2.0,
        };
        (0..=steps).map(|k| weight(k) * f(f64::from(k) * h - reach)).sum::<f64>() * h / 3.0
    }

    #[test]
    fn hubers_density_integrates_to_its_constant() {
        for (s, delta) in [(1.0, 1.0), (1e-4, 1e-3), (1e-6, 1e-3), (3.0, 0.5), (0.1, 2.0)] {
            let z = integral(|r| (-rho(r, delta) / s).exp(), s, delta);
            let ours = ln_z(s, delta).exp();
            assert!((z - ours).abs() < 1e-7 * z, "Z({s}), delta {delta}: {ours} is not {z}");
            let mean = integral(|r| rho(r, delta) * (-rho(r, delta) / s).exp(), s, delta) / z;
            assert!((mean - expected_loss(s, delta)).abs() < 1e-7 * mean, "{s} {delta}");
        }
    }

    /// With a delta beyond all residuals Huber's density is the normal one; its objective is half the sum.
    #[test]
    fn a_wide_huber_loss_has_the_normal_likelihood() {
        let weights = [1.0, 2.0, 0.0, 0.5];
        let normal = Likelihood::new(Loss::Squared, Some(&weights), 4);
        let huber = Likelihood::new(Loss::Huber { delta: 1e3 }, Some(&weights), 4);
        assert_eq!(normal.rows(), 3);
        let (a, b) = (normal.minus_twice(0.7), huber.minus_twice(0.35));
        assert!((a.expect("a") - b.expect("b")).abs() < 1e-9, "{a:?} {b:?}");
        assert_eq!(normal.minus_twice(0.0), None);
    }

    /// No other scale has a larger likelihood.
    #[test]
    fn the_scale_is_that_of_the_largest_likelihood() {
        let (delta, objective, n) = (0.3, 5.0, 20);
        let huber = Likelihood::new(Loss::Huber { delta }, None, n);
        let best = huber.minus_twice(objective).expect("a likelihood");
        let at = |s: f64| 2.0 * objective / s + 2.0 * n as f64 * ln_z(s, delta);
        let s = huber.scale(objective, delta);
        assert!((at(s) - best).abs() < 1e-12);
        assert!(at(s * 1.01) > best && at(s * 0.99) > best);
    }
}
