//! Bootstrap resamples: which runs count how often, or which errors they get. Plain data, no table.
//!
//! In: a seed, and the rows that belong together. Out: for the number of a resample its weights, signs or
//! sources of errors, the same whatever was drawn before (Efron and Tibshirani 1993; Davison and Hinkley 1997,
//! chapter 6).

use super::mix;

/// Rows that are drawn from apart: one a group of the table. Each is a list of clusters, and a cluster a list
/// of rows that are drawn together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resampler {
    /// Seed of all resamples.
    pub seed: u64,
    /// Rows of the table.
    pub rows: usize,
    /// See the type.
    pub strata: Vec<Vec<Vec<usize>>>,
}

impl Resampler {
    fn bits(&self, number: u64, stratum: usize, draw: usize) -> u64 {
        mix(self.seed ^ mix(number ^ mix((stratum as u64) << 40 ^ draw as u64)))
    }

    /// How often each row is in a resample: of each stratum as many clusters are drawn as it has, with
    /// replacement. Rows of no stratum are never drawn.
    pub fn weights(&self, number: u64) -> Vec<f64> {
        let mut weights = vec![0.0; self.rows];
        for (place, clusters) in self.strata.iter().enumerate() {
            for draw in 0..clusters.len() {
                let chosen = below(self.bits(number, place, draw), clusters.len());
                clusters[chosen].iter().for_each(|&row| weights[row] += 1.0);
            }
        }
        weights
    }

    /// A sign for each row, that of its cluster: Rademacher's distribution (Liu 1988; Cameron, Gelbach and
    /// Miller 2008 for clusters).
    pub fn signs(&self, number: u64) -> Vec<f64> {
        let mut signs = vec![1.0; self.rows];
        for (place, clusters) in self.strata.iter().enumerate() {
            for (draw, cluster) in clusters.iter().enumerate() {
                let sign = if self.bits(number, place, draw) >> 63 == 0 { 1.0 } else { -1.0 };
                cluster.iter().for_each(|&row| signs[row] = sign);
            }
        }
        signs
    }

    /// For each row the row of its stratum whose error it gets, drawn with replacement; its own where it is of
    /// no stratum.
    pub fn sources(&self, number: u64) -> Vec<usize> {
        let mut sources: Vec<usize> = (0..self.rows).collect();
        for (place, clusters) in self.strata.iter().enumerate() {
            let rows: Vec<usize> = clusters.iter().flatten().copied().collect();
            for (draw, &row) in rows.iter().enumerate() {
                sources[row] = rows[below(self.bits(number, place, draw), rows.len())];
            }
        }
        sources
    }
}

/// A number from 0 to `count - 1`.
#[allow(clippy::cast_possible_truncation, reason = "the high half of a product is below `count`")]
fn below(bits: u64, count: usize) -> usize {
    ((u128::from(bits) * count as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampler() -> Resampler {
        let strata = vec![vec![vec![0], vec![1, 2], vec![3]], vec![vec![5], vec![6]]];
        Resampler { seed: 3, rows: 7, strata }
    }

    #[test]
    fn clusters_are_drawn_whole_and_strata_apart() {
        for number in 0..200 {
            let weights = resampler().weights(number);
            assert_eq!(weights[1], weights[2]);
            assert_eq!(weights[0] + weights[1] + weights[3], 3.0);
            assert_eq!((weights[4], weights[5] + weights[6]), (0.0, 2.0));
        }
    }

    #[test]
    fn every_cluster_is_drawn_as_often_as_any_other() {
        let draws = 20_000;
        let mut sums = [0.0; 7];
        for number in 0..draws {
            let weights = resampler().weights(number);
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
        }
        // The deviation of a mean of 20,000 such weights is below 0.006.
        for row in [0, 1, 2, 3, 5, 6] {
            assert!((sums[row] / draws as f64 - 1.0).abs() < 0.03, "{row}: {}", sums[row]);
        }
    }

    #[test]
    fn signs_are_those_of_clusters_and_even_out() {
        let mut sum = 0.0;
        for number in 0..10_000 {
            let signs = resampler().signs(number);
            assert_eq!(signs[1], signs[2]);
            assert_eq!(signs[4], 1.0);
            sum += signs[1] * signs[3] + signs[0];
        }
        assert!(sum.abs() < 600.0, "{sum}");
    }

    #[test]
    fn errors_come_from_the_same_stratum() {
        for number in 0..100 {
            let sources = resampler().sources(number);
            assert!(sources[..4].iter().all(|&row| row < 4) && sources[4] == 4);
            assert!(sources[5..].iter().all(|&row| row > 4));
        }
    }
}
