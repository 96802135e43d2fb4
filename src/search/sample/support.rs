//! Which domains a mixture uses, where that is restricted.
//!
//! In: a [`Region`] that is choosy, a seed, a number. Out: the domains that the mixture of that
//! number may use, such that bounds leave room for shares that sum to 1.

use super::dirichlet::Counter;
use crate::search::Region;
use crate::search::region::ROUNDING;

/// Draws for one mixture before its number is given up.
const TRIES: usize = 64;

/// A stream of random numbers that no domain has.
const STREAM: u64 = u64::MAX;

/// See the module.
#[derive(Debug)]
pub(super) struct Supports {
    needed: Vec<usize>,
    others: Vec<usize>,
    most: usize,
    /// Ends of a share that is used.
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
}

impl Supports {
    pub(super) fn new(region: &Region) -> Supports {
        let domains = (0..region.low.len()).filter(|&k| region.high[k] > 0.0);
        let (needed, others): (Vec<usize>, Vec<usize>) =
            domains.partition(|&k| region.low[k] > 0.0);
        let low = region.low.iter().zip(&region.least).map(|(low, least)| low.max(*least));
        Supports {
            most: region.most.min(needed.len() + others.len()),
            needed,
            others,
            low: low.collect(),
            high: region.high.clone(),
        }
    }

    /// The domains of a mixture, in order: their number is uniform, and then they are, among those
    /// that the bounds permit.
    pub(super) fn draw(&self, seed: u64, index: u64) -> Option<Vec<usize>> {
        let mut random = Counter::new(seed, index, STREAM);
        (0..TRIES).find_map(|_| {
            let support = self.candidate(&mut random);
            let sum = |ends: &[f64]| support.iter().map(|&k| ends[k]).sum::<f64>();
            let possible = sum(&self.low) <= 1.0 + ROUNDING && sum(&self.high) >= 1.0 - ROUNDING;
            possible.then_some(support)
        })
    }

    fn candidate(&self, random: &mut Counter) -> Vec<usize> {
        let least = self.needed.len().max(1);
        let count = least + random.below(self.most + 1 - least) - self.needed.len();
        let mut others = self.others.clone();
        for place in 0..count {
            let chosen = place + random.below(others.len() - place);
            others.swap(place, chosen);
        }
        let mut support = [&self.needed[..], &others[..count]].concat();
        support.sort_unstable();
        support
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Demand, Usage};

    #[test]
    fn supports_are_small_enough_and_leave_room() {
        let names: Vec<String> = (0..6).map(|k| format!("d{k}")).collect();
        let demand = |domain, low, high| Demand { domain, ends: [low, high], words: String::new() };
        let demands = [demand(1, Some(0.1), None), demand(2, None, Some(0.2))];
        let least = (0..6).map(|k| demand(k, Some(0.3), None)).collect();
        let usage = Usage { least, most: Some((3, String::new())) };
        let region = Region::new(&names, &demands, &[]).and_then(|region| region.using(usage));
        let supports = Supports::new(&region.expect("a region"));
        let mut seen = std::collections::BTreeSet::new();
        for index in 0..500 {
            let support = supports.draw(4, index).expect("a support");
            assert_eq!(support, supports.draw(4, index).expect("the same"));
            assert!(support.contains(&1) && support.len() <= 3, "{support:?}");
            seen.insert(support);
        }
        // Domain 1 alone, with one of four others, with two of them: 2 cannot have 0.3.
        assert_eq!(seen.len(), 1 + 4 + 6);
    }
}
