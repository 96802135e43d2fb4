//! RegMix's sampler (Liu et al. 2024, arXiv 2407.01492, `synthesize_mixture.py`).
//!
//! In: a prior, a range of strengths, caps and a least share. Out: the mixture of a number. A
//! strength is chosen evenly among some on a logarithmic scale, and a mixture is drawn from a
//! Dirichlet distribution whose concentrations are the prior, tempered, times the strength. It is
//! refused if a share exceeds its cap; shares below the least one become zero.

use super::sampler::{Room, Sampler, Strengths, tempered};
use crate::search::sample::dirichlet::{self, Counter};

/// A stream of random numbers that no domain has.
pub(super) const STREAM: u64 = u64::MAX - 1;

/// What a user says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RegMix {
    /// The prior: a positive number a domain, of any scale.
    pub prior: Vec<f64>,
    /// The power that the prior is raised to.
    pub temperature: f64,
    /// Strengths.
    pub strengths: Strengths,
    /// No share may exceed the prior, before its power, times this.
    pub usage: f64,
    /// Shares below this become zero.
    pub minimum: f64,
    /// Seed of all draws.
    pub seed: u64,
}

impl RegMix {
    /// A sampler over the shares that are not fixed.
    pub fn sampler(&self, room: Room) -> Box<dyn Sampler> {
        let sum: f64 = self.prior.iter().sum();
        let centre = room.free(&tempered(&self.prior, self.temperature));
        let of = |strength: f64| centre.iter().map(|x| strength * x).collect();
        Box::new(Draws {
            concentrations: self.strengths.all().into_iter().map(of).collect(),
            caps: self.prior.iter().map(|x| (x / sum * self.usage).min(1.0)).collect(),
            minimum: self.minimum,
            seed: self.seed,
            room,
        })
    }
}

#[derive(Debug)]
struct Draws {
    concentrations: Vec<Vec<f64>>,
    caps: Vec<f64>,
    minimum: f64,
    seed: u64,
    room: Room,
}

impl Sampler for Draws {
    fn draw(&self, number: u64) -> Option<Vec<f64>> {
        let chosen = Counter::new(self.seed, number, STREAM).below(self.concentrations.len());
        let mut mixture = vec![0.0; self.caps.len()];
        dirichlet::draw(&self.concentrations[chosen], self.seed, number, &mut mixture);
        self.room.fill(&mut mixture);
        if mixture.iter().zip(&self.caps).any(|(x, cap)| x > cap) {
            return None;
        }
        let small = |share: &mut f64| *share = if *share < self.minimum { 0.0 } else { *share };
        mixture.iter_mut().for_each(small);
        self.room.fill(&mut mixture).then_some(mixture)
    }

    fn caps(&self) -> Option<&[f64]> {
        Some(&self.caps)
    }
}
