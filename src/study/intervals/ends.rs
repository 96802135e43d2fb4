//! Ends of intervals.
//!
//! In: predictions of refits, and errors of rows that they have not seen. Out: percentiles of their sums, and
//! the ends of jackknife+ and CV+.

use crate::numeric::place;
use crate::problem::Residual;

/// What stands in a formula of Barber et al. for a number that is a hair below a whole one.
const HAIR: f64 = 1e-9;

/// An observation less its prediction, where errors add up: by logarithm where the fit's residuals are logs or
/// relative. `None` where it is not finite.
pub(super) fn signed(residual: Residual, predicted: f64, observed: f64) -> Option<f64> {
    let error = added(residual, observed) - added(residual, predicted);
    error.is_finite().then_some(error)
}

/// A prediction on the scale on which errors add up.
pub(super) fn added(residual: Residual, value: f64) -> f64 {
    match residual {
        Residual::Raw => value,
        Residual::Log | Residual::Relative => value.ln(),
    }
}

/// The way back.
pub(super) fn value(residual: Residual, added: f64) -> f64 {
    match residual {
        Residual::Raw => added,
        Residual::Log | Residual::Relative => added.exp(),
    }
}

/// The size of the fit's own residual; infinite where there is none.
pub(super) fn score(residual: Residual, predicted: f64, observed: f64) -> f64 {
    let error = match residual {
        Residual::Raw => predicted - observed,
        Residual::Log => predicted.ln() - observed.ln(),
        Residual::Relative => (predicted - observed) / observed,
    };
    if error.is_finite() { error.abs() } else { f64::INFINITY }
}

/// The observations whose residual against a prediction is not larger than `score`.
pub(super) fn around(residual: Residual, predicted: f64, score: f64) -> [f64; 2] {
    let usable = predicted.is_finite() && score.is_finite();
    if !usable || (residual != Residual::Raw && predicted <= 0.0) {
        return [f64::NEG_INFINITY, f64::INFINITY];
    }
    match residual {
        Residual::Raw => [predicted - score, predicted + score],
        Residual::Log => [predicted * (-score).exp(), predicted * score.exp()],
        Residual::Relative => {
            let high = if score < 1.0 { predicted / (1.0 - score) } else { f64::INFINITY };
            [predicted / (1.0 + score), high]
        }
    }
}

/// The ends of jackknife+ and CV+ (Barber et al. 2021, arXiv 1905.02928, eq. 1.2): one pair of ends a row that
/// was left out. `None` where an end is not bounded.
pub(super) fn conformal(pairs: &[[f64; 2]], level: f64) -> [Option<f64>; 2] {
    let Some(above) = nth(pairs.len(), level) else { return [None; 2] };
    let end = |end: usize, place: usize| {
        let mut ends: Vec<f64> = pairs.iter().map(|pair| pair[end]).collect();
        let (_, found, _) = ends.select_nth_unstable_by(place, f64::total_cmp);
        Some(*found).filter(|found| found.is_finite())
    };
    [end(0, pairs.len() - 1 - above), end(1, above)]
}

/// Of `count` numbers in rising order the place, from 0, of the one that another such number is not above with
/// probability `level` or more: the `ceil(level * (count + 1))`-th; `None` where there is none.
pub(super) fn nth(count: usize, level: f64) -> Option<usize> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below count + 2")]
    let rank = (level * (count + 1) as f64 - HAIR).ceil() as usize;
    rank.checked_sub(1).filter(|place| *place < count)
}

/// A quantile of all sums of a number of `a` and one of `b`, both in rising order and finite (type 7).
pub(super) fn quantile_of_sums(a: &[f64], b: &[f64], rank: f64) -> f64 {
    let (below, part) = place(a.len() * b.len(), rank);
    let low = nth_sum(a, b, below);
    if part == 0.0 || count_to(a, b, low) > below + 1 {
        return low;
    }
    low + part * (next_sum(a, b, low) - low)
}

/// The `n`-th smallest sum, counted from 0: the least number that more than `n` sums are not above. It is looked
/// for among the numbers themselves, so it is found to the bit without any list of sums.
fn nth_sum(a: &[f64], b: &[f64], n: usize) -> f64 {
    let (Some(last_a), Some(last_b)) = (a.last(), b.last()) else { return f64::NAN };
    let (mut low, mut high) = (order(a[0] + b[0]), order(last_a + last_b));
    while low < high {
        // Halves cannot overflow.
        let middle = (low >> 1) + (high >> 1) + (low & high & 1);
        if count_to(a, b, back(middle)) > n {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    back(low)
}

/// How many sums are not above a number. Rounded sums still rise with both parts.
fn count_to(a: &[f64], b: &[f64], most: f64) -> usize {
    let mut left = b.len();
    let mut count = 0;
    for x in a {
        while left > 0 && x + b[left - 1] > most {
            left -= 1;
        }
        count += left;
    }
    count
}

/// The least sum above a number.
fn next_sum(a: &[f64], b: &[f64], above: f64) -> f64 {
    let mut left = b.len();
    let mut next = f64::INFINITY;
    for x in a {
        while left > 0 && x + b[left - 1] > above {
            left -= 1;
        }
        next = b.get(left).map_or(next, |y| next.min(x + y));
    }
    next
}

/// Numbers in the order of their bits, read as whole numbers with a sign.
fn order(x: f64) -> i64 {
    let bits = (x + 0.0).to_bits().cast_signed();
    if bits < 0 { i64::MIN - bits } else { bits }
}

fn back(order: i64) -> f64 {
    let bits = if order < 0 { i64::MIN - order } else { order };
    f64::from_bits(bits.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::quantile;

    #[test]
    fn quantiles_of_sums_are_those_of_the_list_of_sums() {
        let a = [-3.0, -0.5, 0.0, 0.25, 0.25, 7.0];
        let b = [-1.0, -0.125, 0.0, 1e-3, 2.0];
        let mut all: Vec<f64> = a.iter().flat_map(|x| b.iter().map(move |y| x + y)).collect();
        all.sort_by(f64::total_cmp);
        for step in 0..=40 {
            let rank = f64::from(step) / 40.0;
            assert_eq!(quantile_of_sums(&a, &b, rank), quantile(&all, rank), "{rank}");
        }
    }

    #[test]
    fn ends_are_the_ranks_of_the_paper() {
        // 9 rows, 80 %: the 8th smallest from below and, for the lower end, the 2nd.
        let pairs: Vec<[f64; 2]> = (1..=9).map(|i| [-f64::from(i), f64::from(i)]).collect();
        assert_eq!(conformal(&pairs, 0.8), [Some(-8.0), Some(8.0)]);
        // 90 % is the largest of 9; 95 % would be the 10th.
        assert_eq!(conformal(&pairs, 0.9), [Some(-9.0), Some(9.0)]);
        assert_eq!(conformal(&pairs, 0.95), [None, None]);
        assert_eq!(conformal(&[], 0.5), [None, None]);
        let one_failed = [&pairs[..8], &[[f64::NEG_INFINITY, f64::INFINITY]]].concat();
        assert_eq!(conformal(&one_failed, 0.9), [None, None]);
    }

    #[test]
    fn observations_around_a_prediction_have_the_score_at_their_ends() {
        for residual in [Residual::Raw, Residual::Log, Residual::Relative] {
            for end in around(residual, 2.0, 0.25) {
                assert!((score(residual, 2.0, end) - 0.25).abs() < 1e-12, "{residual:?} {end}");
            }
        }
        assert_eq!(around(Residual::Relative, 2.0, 1.5)[1], f64::INFINITY);
        assert_eq!(around(Residual::Log, -2.0, 0.1), [f64::NEG_INFINITY, f64::INFINITY]);
    }
}
