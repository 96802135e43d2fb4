//! Mixtures spread evenly over what is allowed.
//!
//! In: bounds, a seed, a number. Out: mixtures from a scrambled Sobol sequence, broken from a stick
//! share by share, each between what the bounds of the later shares leave.

use crate::plan::shares;

/// The `index`-th mixture, in place. Without bounds they are uniform on the simplex.
pub(super) fn draw(low: &[f64], high: &[f64], seed: u64, index: usize, mixture: &mut [f64]) {
    let count = low.len();
    shares(seed, index, &mut mixture[..count - 1]);
    let mut left = 1.0;
    let (mut later_low, mut later_high): (f64, f64) = (low.iter().sum(), high.iter().sum());
    for k in 0..count {
        later_low -= low[k];
        later_high -= high[k];
        let least = low[k].max(left - later_high);
        let most = high[k].min(left - later_low).max(least);
        let drawn = match count - 1 - k {
            0 => left,
            rest => least + (most - least) * (1.0 - root(mixture[k], rest)),
        };
        mixture[k] = drawn.clamp(least, most);
        left -= mixture[k];
    }
}

/// The `n`-th root of a number between 0 and 1.
fn root(x: f64, n: usize) -> f64 {
    match n {
        1 => x,
        2 => x.sqrt(),
        4 => x.sqrt().sqrt(),
        #[allow(clippy::cast_precision_loss, reason = "few domains")]
        _ => (x.ln() / n as f64).exp(),
    }
}

/// `count` mixtures within the bounds.
pub fn mixtures(low: &[f64], high: &[f64], seed: u64, count: usize) -> Vec<Vec<f64>> {
    let one = |index| {
        let mut mixture = vec![0.0; low.len()];
        draw(low, high, seed, index, &mut mixture);
        mixture
    };
    (0..count).map(one).collect()
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
