//! Bootstrap of groups of documents, beside the groups that are left out.
//!
//! In: a seed and numbers. Out: [`Resamples`], how often each group is in each of them, and intervals from the
//! answers that they give.
//!
//! A resample repeats documents, so it has fewer distinct things than the sample, and its entropy lies below
//! the sample's by about the sample's own bias. Intervals are moved up by that shift; what is left is how
//! answers differ between samples.

use super::count::GROUPS;
use super::jackknife::Estimate;
use crate::numeric::quantile;
use crate::plan::mix;

/// How often each group is in each resample.
#[derive(Debug, Clone, Default)]
pub(super) struct Resamples {
    pub(super) weights: Vec<[u32; GROUPS as usize]>,
}

impl Resamples {
    /// Draws as many groups as there are, `count` times.
    pub(super) fn draw(seed: u64, groups: u32, count: usize) -> Resamples {
        let one = |number: u64| {
            let mut weights = [0; GROUPS as usize];
            for place in 0..u64::from(groups) {
                let bits = mix(seed ^ mix(number << 32 | place));
                weights[usize::try_from(bits % u64::from(groups)).unwrap_or(0)] += 1;
            }
            weights
        };
        Resamples { weights: (0..count as u64).map(one).collect() }
    }
}

impl Estimate {
    /// `draws`: the estimate in each resample; two at least for an interval.
    pub(super) fn from_draws(nats: f64, mut draws: Vec<f64>) -> Estimate {
        let plain = Estimate::new(nats, &[]);
        if draws.len() < 2 {
            return plain;
        }
        let count = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let spread: f64 = draws.iter().map(|x| (x - mean).powi(2)).sum();
        draws.sort_by(f64::total_cmp);
        // No entropy is below 0.
        let end = |share: f64| (quantile(&draws, share) - mean + nats).max(0.0);
        let interval = Some([end(0.025), end(0.975)]);
        Estimate { error: Some((spread / (count - 1.0)).sqrt()), interval, ..plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resample_has_as_many_groups_as_there_are() {
        let resamples = Resamples::draw(5, 20, 300);
        for weights in &resamples.weights {
            assert_eq!(weights.iter().sum::<u32>(), 20);
            assert!(weights[20..].iter().all(|weight| *weight == 0));
        }
        // Each group is left out of a resample with probability (19/20)^20.
        let without = resamples.weights.iter().filter(|weights| weights[3] == 0).count();
        assert!((75..145).contains(&without), "{without} of 300");
    }

    #[test]
    fn the_interval_is_moved_to_the_estimate() {
        let draws: Vec<f64> = (0..=1000).map(|k| 4.0 + f64::from(k) / 1000.0).collect();
        let estimate = Estimate::from_draws(7.0, draws);
        let [low, high] = estimate.interval.expect("many draws");
        assert!((low - 6.525).abs() < 1e-9 && (high - 7.475).abs() < 1e-9, "{low} {high}");
        assert!((estimate.error.expect("many draws") - (1.0 / 12.0_f64).sqrt()).abs() < 1e-3);
    }
}
