//! Where the mixtures of a sample come from.
//!
//! In: a [`Region`], a centre, how strongly to keep to it, a seed. Out: the mixture of a number,
//! whoever asks.

use super::dirichlet::{Counter, draw};
use super::support::Supports;
use crate::search::{Options, Region, spacings};

/// A stream of random numbers that no domain has.
const STRENGTHS: u64 = u64::MAX - 1;

/// See the module.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) region: &'a Region,
    seed: u64,
    /// The mixture that Dirichlet distributions are around; spacings of a low-discrepancy sequence
    /// where there is none.
    centre: Option<Vec<f64>>,
    /// Sum of a distribution's concentrations: from the one end to the other, evenly by logarithm.
    strength: [f64; 2],
    around: String,
    supports: Option<Supports>,
    /// Whether what is drawn must be compared with the region.
    unsure: bool,
}

impl<'a> Source<'a> {
    pub(crate) fn new(
        region: &'a Region,
        (around, centre): (&str, &[f64]),
        options: &Options,
    ) -> Source<'a> {
        Source {
            region,
            seed: options.seed,
            unsure: options.strength.is_some() || !region.groups.is_empty(),
            centre: options.strength.map(|_| centre.to_vec()),
            strength: options.strength.unwrap_or_default(),
            around: around.to_string(),
            supports: region.is_choosy().then(|| Supports::new(region)),
        }
    }

    /// Whether mixtures are drawn around another one.
    pub(crate) fn has_centre(&self) -> bool {
        self.centre.is_some()
    }

    /// The mixture of a number, if it is allowed.
    pub(crate) fn mixture(&self, index: u64) -> Option<Vec<f64>> {
        let mut mixture = vec![0.0; self.region.low.len()];
        self.draw(index, &mut mixture).then_some(mixture)
    }

    /// The same in place; false where it is not allowed.
    pub(crate) fn draw(&self, index: u64, mixture: &mut [f64]) -> bool {
        let concentration = self.concentration(index);
        let drawn = match &self.supports {
            None => {
                let Region { low, high, .. } = self.region;
                self.shape(low, high, concentration.as_deref(), index, mixture);
                true
            }
            Some(supports) => self.within(supports, concentration.as_deref(), index, mixture),
        };
        drawn && (!self.unsure || self.region.holds(mixture))
    }

    fn concentration(&self, index: u64) -> Option<Vec<f64>> {
        let [low, high] = self.strength;
        let strength = match low < high {
            true => low * (high / low).powf(Counter::new(self.seed, index, STRENGTHS).unit()),
            false => low,
        };
        self.centre.as_ref().map(|centre| centre.iter().map(|x| strength * x).collect())
    }

    /// Draws the domains first; the others have no share.
    fn within(
        &self,
        supports: &Supports,
        concentration: Option<&[f64]>,
        index: u64,
        mixture: &mut [f64],
    ) -> bool {
        let Some(support) = supports.draw(self.seed, index) else { return false };
        let of = |ends: &[f64]| -> Vec<f64> { support.iter().map(|&k| ends[k]).collect() };
        let (low, high) = (of(&supports.low), of(&supports.high));
        let mut shares = vec![0.0; support.len()];
        self.shape(&low, &high, concentration.map(of).as_deref(), index, &mut shares);
        mixture.fill(0.0);
        support.iter().zip(shares).for_each(|(&k, share)| mixture[k] = share);
        true
    }

    #[allow(clippy::cast_possible_truncation, reason = "numbers are below 2^53")]
    fn shape(
        &self,
        low: &[f64],
        high: &[f64],
        concentration: Option<&[f64]>,
        index: u64,
        shares: &mut [f64],
    ) {
        match concentration {
            Some(concentration) => draw(concentration, self.seed, index, shares),
            None => spacings::draw(low, high, self.seed, index as usize, shares),
        }
    }

    /// What is drawn, in words.
    pub(crate) fn words(&self) -> String {
        let [low, high] = self.strength;
        match (&self.centre, low < high) {
            (None, _) => "low-discrepancy".into(),
            (_, false) => format!("Dirichlet around the {} mixture, strength {low}", self.around),
            (_, true) => {
                format!("Dirichlet around the {} mixture, strength {low} to {high}", self.around)
            }
        }
    }
}
