//! What draws mixtures by number.
//!
//! In: a number. Out: a mixture, which is a function of the seed and the number alone, so that a
//! swarm is the same whatever the threads.

use crate::error::{Error, Result};
use crate::search::Region;

/// See the module.
pub trait Sampler: Sync {
    /// The mixture of a number; `None` where a share exceeds its cap.
    fn draw(&self, number: u64) -> Option<Vec<f64>>;

    /// The most that each share may be after rounding, where the sampler has such caps.
    fn caps(&self) -> Option<&[f64]> {
        None
    }
}

/// Strengths of Dirichlet distributions: the sums of their concentrations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strengths {
    /// The least.
    pub least: f64,
    /// The greatest.
    pub most: f64,
    /// How many there are, evenly on a logarithmic scale.
    pub count: usize,
}

impl Default for Strengths {
    /// Those of RegMix and olmix.
    fn default() -> Strengths {
        Strengths { least: 0.1, most: 5.0, count: 15 }
    }
}

impl Strengths {
    /// Refuses what is no range; `flags` names where it comes from.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn check(&self, flags: &str) -> Result<()> {
        if self.least > 0.0 && self.least <= self.most && self.most.is_finite() {
            return Ok(());
        }
        let cause = format!("{flags}: {} to {} is no range of strengths", self.least, self.most);
        Err(Error::usage(cause, "give two numbers above 0, the smaller one first"))
    }

    /// All of them, in order.
    #[allow(clippy::cast_precision_loss, reason = "few strengths")]
    pub fn all(&self) -> Vec<f64> {
        let ratio = (self.most / self.least).ln();
        let last = (self.count.max(2) - 1) as f64;
        let at = |i: usize| self.least * (ratio * i as f64 / last).exp();
        if ratio == 0.0 { vec![self.least] } else { (0..self.count.max(2)).map(at).collect() }
    }
}

/// A prior raised to a power, as shares.
pub(super) fn tempered(prior: &[f64], temperature: f64) -> Vec<f64> {
    let sum: f64 = prior.iter().sum();
    let powers: Vec<f64> = prior.iter().map(|x| (x / sum).powf(temperature)).collect();
    let all: f64 = powers.iter().sum();
    powers.iter().map(|x| x / all).collect()
}

/// Which shares are fixed, and what is left for the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    fixed: Vec<Option<f64>>,
    left: f64,
}

impl Room {
    /// The shares of a region that have no choice, such as those of `--fix`.
    pub fn new(region: &Region) -> Room {
        let one = |(low, high): (&f64, &f64)| (high - low < 1e-12).then_some(*low);
        let fixed: Vec<Option<f64>> = region.low.iter().zip(&region.high).map(one).collect();
        let left = 1.0 - fixed.iter().flatten().sum::<f64>();
        Room { fixed, left: left.max(0.0) }
    }

    /// A number a domain, zero where its share is fixed.
    pub(super) fn free(&self, values: &[f64]) -> Vec<f64> {
        let one = |(fixed, x): (&Option<f64>, &f64)| if fixed.is_some() { 0.0 } else { *x };
        self.fixed.iter().zip(values).map(one).collect()
    }

    /// Scales the free shares to what is left and sets the others; false where no free share is
    /// above zero although there is room.
    pub(super) fn fill(&self, mixture: &mut [f64]) -> bool {
        let sum: f64 = self.free(mixture).iter().sum();
        for (share, fixed) in mixture.iter_mut().zip(&self.fixed) {
            *share = match fixed {
                Some(fixed) => *fixed,
                None if sum > 0.0 => *share / sum * self.left,
                None => 0.0,
            };
        }
        sum > 0.0 || self.left <= 1e-12
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_even_on_a_logarithmic_scale() {
        let all = Strengths::default().all();
        assert_eq!(all.len(), 15);
        assert!((all[14] - 5.0).abs() < 1e-12 && (all[7] - 0.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(Strengths { least: 2.0, most: 2.0, count: 15 }.all(), [2.0]);
    }
}
