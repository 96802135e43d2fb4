//! Mixtures spread evenly over what is allowed.
//!
//! In: bounds, a seed, a number. Out: mixtures from a scrambled Sobol sequence, broken from a stick
//! share by share, each between what the bounds of the later shares leave.

use crate::plan::share;

/// The `index`-th mixture. Without bounds they are uniform on the simplex.
fn mixture(low: &[f64], high: &[f64], seed: u64, index: usize) -> Vec<f64> {
    let count = low.len();
    let mut left = 1.0;
    let (mut later_low, mut later_high): (f64, f64) = (low.iter().sum(), high.iter().sum());
    (0..count)
        .map(|k| {
            later_low -= low[k];
            later_high -= high[k];
            let least = low[k].max(left - later_high);
            let most = high[k].min(left - later_low).max(least);
            #[allow(clippy::cast_precision_loss, reason = "few domains")]
            let rest = (count - 1 - k) as f64;
            let drawn = if rest > 0.0 {
                least + (most - least) * (1.0 - share(seed, index, k).powf(1.0 / rest))
            } else {
                left
            };
            let drawn = drawn.clamp(least, most);
            left -= drawn;
            drawn
        })
        .collect()
}

/// `count` mixtures within the bounds.
pub fn mixtures(low: &[f64], high: &[f64], seed: u64, count: usize) -> Vec<Vec<f64>> {
    (0..count).map(|index| mixture(low, high, seed, index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixtures_keep_their_bounds_and_sum() {
        let (low, high) = ([0.0, 0.1, 0.0, 0.2], [0.5, 0.15, 1.0, 0.3]);
        for one in mixtures(&low, &high, 7, 500) {
            assert!((one.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let kept = one.iter().zip(low.iter().zip(&high));
            assert!(kept.into_iter().all(|(x, (l, h))| *x >= l - 1e-12 && *x <= h + 1e-12));
        }
    }

    #[test]
    fn without_bounds_every_share_has_the_same_mean() {
        let all = mixtures(&[0.0; 4], &[1.0; 4], 3, 4096);
        for k in 0..4 {
            let mean = all.iter().map(|one| one[k]).sum::<f64>() / 4096.0;
            assert!((mean - 0.25).abs() < 0.01, "{k}: {mean}");
        }
    }
}
