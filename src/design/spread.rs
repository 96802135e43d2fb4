//! Mixtures spread evenly over what is allowed.
//!
//! In: a region. Out: the mixture of a number, of the low-discrepancy sequence that
//! `mixlaw search --method sample` draws from.

use super::sampler::Sampler;
use crate::search::sample::source::Source;
use crate::search::{Options, Region, uniform};

/// A sampler over a region; `strength` asks for uniform Dirichlet draws in place of the sequence.
pub fn sampler<'a>(region: &'a Region, seed: u64, strength: Option<f64>) -> Box<dyn Sampler + 'a> {
    let strength = strength.map(|strength| [strength; 2]);
    let options = Options { seed, strength, ..Options::default() };
    let even = uniform(region.low.len());
    Box::new(Spread(Source::new(region, ("uniform", &even), &options)))
}

struct Spread<'a>(Source<'a>);

impl Sampler for Spread<'_> {
    fn draw(&self, number: u64) -> Option<Vec<f64>> {
        self.0.mixture(number)
    }
}
