//! Standard errors and intervals of one quantity from its bootstrap distribution.
//!
//! In: its estimate, its values in the resamples and in the refits that leave one out. Out: a [`Bootstrapped`]:
//! percentile and BCa intervals (Efron 1987, sections 3 and 6).

use serde::{Deserialize, Serialize};

use super::gather::Values;
use crate::fit::distribution::{erfc, normal_quantile};
use crate::numeric::quantile;
use crate::report::draws::LEAST_DRAWS;

/// Quantiles that are always given.
pub const LEVELS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];

/// With fewer refits that leave one out the acceleration is not known well enough.
const LEAST_LEFT_OUT: usize = 8;

/// What resamples say of a quantity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Bootstrapped {
    /// Resamples that have it.
    pub draws: usize,
    /// Their standard deviation.
    pub std_error: f64,
    /// Their mean less the estimate.
    pub bias: f64,
    /// Their quantiles at [`LEVELS`].
    pub quantiles: Vec<f64>,
    /// The part of them that the intervals are to cover.
    pub level: f64,
    /// Ends of the percentile interval.
    pub percentile: [f64; 2],
    /// Ends of the BCa interval; none where it cannot be had.
    pub bca: Option<[f64; 2]>,
    /// Why there is no BCa interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_bca: Option<String>,
}

impl Bootstrapped {
    /// None where too few resamples have the quantity.
    pub(super) fn new(estimate: f64, values: Values, level: f64) -> Option<Bootstrapped> {
        let Values { resamples: mut draws, left_out } = values;
        if draws.len() < LEAST_DRAWS {
            return None;
        }
        draws.sort_by(f64::total_cmp);
        let count = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let square: f64 = draws.iter().map(|value| (value - mean).powi(2)).sum();
        let tail = (1.0 - level) / 2.0;
        let bca = bca(estimate, &draws, &left_out, tail);
        Some(Bootstrapped {
            draws: draws.len(),
            std_error: (square / (count - 1.0)).sqrt(),
            bias: mean - estimate,
            quantiles: LEVELS.map(|rank| quantile(&draws, rank)).to_vec(),
            level,
            percentile: [tail, 1.0 - tail].map(|rank| quantile(&draws, rank)),
            no_bca: bca.as_ref().err().cloned(),
            bca: bca.ok(),
        })
    }
}

/// Ends of the BCa interval, or why there are none.
fn bca(estimate: f64, sorted: &[f64], left_out: &[f64], tail: f64) -> Result<[f64; 2], String> {
    let acceleration = acceleration(left_out)?;
    let below = sorted.partition_point(|value| *value < estimate);
    let equal = sorted[below..].partition_point(|value| *value == estimate);
    let share = (below as f64 + 0.5 * equal as f64) / sorted.len() as f64;
    if share <= 0.0 || share >= 1.0 {
        return Err("all resamples lie on one side of the estimate".into());
    }
    let shift = normal_quantile(share);
    let rank = |tail: f64| {
        let z = shift + normal_quantile(tail);
        normal_below(shift + z / (1.0 - acceleration * z))
    };
    Ok([tail, 1.0 - tail].map(|tail| quantile(sorted, rank(tail))))
}

/// A sixth of the skewness of what leaving one out does (Efron 1987, equation 7.3).
fn acceleration(left_out: &[f64]) -> Result<f64, String> {
    let count = left_out.len();
    if count < LEAST_LEFT_OUT {
        return Err(format!("{count} refits leave out one of what is drawn: too few"));
    }
    let mean = left_out.iter().sum::<f64>() / count as f64;
    let power = |n: i32| left_out.iter().map(|value| (mean - value).powi(n)).sum::<f64>();
    let spread = power(2);
    Ok(if spread > 0.0 { power(3) / (6.0 * spread.powf(1.5)) } else { 0.0 })
}

/// The probability that a normal number is below `z`.
fn normal_below(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values at evenly spread ranks of a normal distribution.
    fn normal(count: usize, shift: f64) -> Vec<f64> {
        (0..count).map(|k| normal_quantile((k as f64 + 0.5) / count as f64) + shift).collect()
    }

    fn even() -> Vec<f64> {
        (0..20).map(|k| f64::from(k) - 9.5).collect()
    }

    #[test]
    fn without_bias_and_skewness_bca_is_the_percentile_interval() {
        let values = Values { resamples: normal(4000, 0.0), left_out: even() };
        let found = Bootstrapped::new(0.0, values, 0.9).expect("enough");
        let bca = found.bca.expect("an interval");
        for (ours, plain) in bca.into_iter().zip(found.percentile) {
            assert!((ours - plain).abs() < 1e-9);
        }
        assert!((found.percentile[1] - 1.6449).abs() < 2e-3);
        assert!((found.std_error - 1.0).abs() < 2e-3);
    }

    #[test]
    fn bias_moves_both_ends_twice_as_far() {
        // Resamples that lie 0.1 above the estimate: the interval moves to 0.1 below it.
        let values = Values { resamples: normal(40_000, 0.1), left_out: even() };
        let found = Bootstrapped::new(0.0, values, 0.9).expect("enough");
        let bca = found.bca.expect("an interval");
        assert!((bca[0] - (-1.6449 - 0.1)).abs() < 5e-3, "{bca:?}");
        assert!((bca[1] - (1.6449 - 0.1)).abs() < 5e-3, "{bca:?}");
        assert!((found.bias - 0.1).abs() < 1e-9);
    }

    #[test]
    fn skewness_of_an_exponential_mean_is_seen() {
        // One large value among many: leaving it out lowers the mean most.
        let mut left_out = vec![0.0; 99];
        left_out.push(-1.0);
        let a = acceleration(&left_out).expect("enough");
        // By hand: deviations of -0.01 (99 times) and 0.99.
        let exact =
            (0.99_f64.powi(3) - 99.0 * 1e-6) / (6.0 * (0.99_f64.powi(2) + 99.0 * 1e-4).powf(1.5));
        assert!((a - exact).abs() < 1e-12, "{a} {exact}");
    }

    #[test]
    fn too_few_refits_give_no_bca_and_say_so() {
        let values = Values { resamples: normal(100, 0.0), left_out: vec![1.0; 3] };
        let found = Bootstrapped::new(0.0, values, 0.9).expect("enough");
        assert!(found.bca.is_none() && found.no_bca.is_some_and(|why| why.starts_with("3 refits")));
        let few = Values { resamples: vec![1.0; 19], left_out: even() };
        assert!(Bootstrapped::new(0.0, few, 0.9).is_none());
    }
}
