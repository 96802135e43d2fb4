//! Mixtures that are told apart.
//!
//! In: mixtures one after another, and how far apart two must be. Out: whether one is nearer to any
//! of those before. Unlike a comparison of sorted neighbours it misses no pair: two mixtures that are
//! near each other are near on every line, so only those near on one line are compared.

use std::collections::BTreeMap;

use crate::plan::mix;

/// How a distance is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// The sum of the differences, as RegMix has it.
    Sum,
    /// The root of the sum of their squares, as olmix has it.
    Root,
}

impl Norm {
    /// The distance of two mixtures.
    pub fn distance(self, a: &[f64], b: &[f64]) -> f64 {
        let pairs = a.iter().zip(b);
        match self {
            Norm::Sum => pairs.map(|(x, y)| (x - y).abs()).sum(),
            Norm::Root => pairs.map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt(),
        }
    }
}

/// The mixtures so far.
#[derive(Debug)]
pub struct Distinct {
    norm: Norm,
    least: f64,
    /// A direction of length 1, in which no two domains weigh the same.
    line: Vec<f64>,
    /// Places in `kept` by position on the line, as bits in order.
    seen: BTreeMap<u64, Vec<usize>>,
    kept: Vec<Vec<f64>>,
}

impl Distinct {
    /// None so far; two are distinct from a distance of `least` on.
    #[allow(clippy::cast_precision_loss, reason = "any number below 1 will do")]
    pub fn new(domains: usize, norm: Norm, least: f64) -> Distinct {
        let raw: Vec<f64> =
            (0..domains).map(|k| (mix(k as u64 + 1) >> 11) as f64 / (1_u64 << 53) as f64).collect();
        let length = raw.iter().map(|x| x * x).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        let line = raw.iter().map(|x| x / length).collect();
        Distinct { norm, least, line, seen: BTreeMap::new(), kept: Vec::new() }
    }

    /// Keeps the mixture, unless one that is kept is nearer than the least distance.
    pub fn keep(&mut self, mixture: &[f64]) -> bool {
        let place = self.position(mixture);
        // No entry of the line is above 1, so neither norm shrinks on it; and rounding.
        let reach = self.least + 1e-12;
        let near = self.seen.range(bits(place - reach)..=bits(place + reach));
        let mut near = near.flat_map(|(_, places)| places);
        if near.any(|&one| self.norm.distance(&self.kept[one], mixture) < self.least) {
            return false;
        }
        self.seen.entry(bits(place)).or_default().push(self.kept.len());
        self.kept.push(mixture.to_vec());
        true
    }

    fn position(&self, mixture: &[f64]) -> f64 {
        self.line.iter().zip(mixture).map(|(a, x)| a * x).sum()
    }
}

/// Bits in the order of the numbers: positions are moved to where all are positive.
fn bits(position: f64) -> u64 {
    (position + 2.0).max(0.0).to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::mixtures;

    /// As many are kept as by comparing all pairs.
    #[test]
    fn no_pair_is_missed() {
        let all = mixtures(&[0.0; 5], &[1.0; 5], 3, 1500);
        for (norm, least) in [(Norm::Sum, 0.15), (Norm::Root, 0.08)] {
            let mut distinct = Distinct::new(5, norm, least);
            let mut kept: Vec<&Vec<f64>> = Vec::new();
            for one in &all {
                let near = kept.iter().any(|other| norm.distance(one, other) < least);
                assert_eq!(distinct.keep(one), !near);
                if !near {
                    kept.push(one);
                }
            }
            assert!(kept.len() > 50 && kept.len() < 1400, "{}", kept.len());
        }
    }
}
