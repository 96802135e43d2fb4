//! Measures over domains, and over all that was tested.
//!
//! In: one number a domain, or many of them. Out: mean, worst and best, as the BiMix paper gives them
//! (Ge et al. 2024, arXiv 2405.14908v4, Tables 1 and 2), and what lies in the tail.

use serde::{Deserialize, Serialize};

use crate::numeric::quantile;

/// Which numbers are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    /// Errors.
    Less,
    /// Coefficients of determination.
    More,
}

/// Mean, worst and best over the targets of one test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Across {
    /// The mean.
    pub mean: f64,
    /// The worst.
    pub worst: f64,
    /// The best.
    pub best: f64,
}

/// All targets of all tests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many there are.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their median.
    pub median: f64,
    /// One in twenty is worse than this.
    pub tail: f64,
    /// The worst.
    pub worst: f64,
}

impl Across {
    /// `None` where there is no number.
    pub(super) fn new(values: &[Option<f64>], better: Better) -> Option<Across> {
        let (mean, sorted) = sorted(values)?;
        let [worst, best] = ends(&sorted, better);
        Some(Across { mean, worst, best })
    }
}

impl Summary {
    /// `None` where there is no number.
    pub(super) fn new(values: &[Option<f64>], better: Better) -> Option<Summary> {
        let (mean, sorted) = sorted(values)?;
        let rank = if better == Better::Less { 0.95 } else { 0.05 };
        Some(Summary {
            count: sorted.len(),
            mean,
            median: quantile(&sorted, 0.5),
            tail: quantile(&sorted, rank),
            worst: ends(&sorted, better)[0],
        })
    }
}

fn sorted(values: &[Option<f64>]) -> Option<(f64, Vec<f64>)> {
    let mut known: Vec<f64> = values.iter().copied().flatten().collect();
    known.sort_by(f64::total_cmp);
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    (!known.is_empty()).then_some((mean, known))
}

/// The worst and the best of numbers in order.
fn ends(sorted: &[f64], better: Better) -> [f64; 2] {
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    if better == Better::Less { [most, least] } else { [least, most] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_on_the_side_of_the_worse() {
        let values: Vec<Option<f64>> =
            (0..=100).map(|k| Some(f64::from(k))).chain([None]).collect();
        let errors = Summary::new(&values, Better::Less).expect("numbers");
        assert_eq!((errors.count, errors.mean, errors.median), (101, 50.0, 50.0));
        assert_eq!((errors.tail, errors.worst), (95.0, 100.0));
        let scores = Summary::new(&values, Better::More).expect("numbers");
        assert_eq!((scores.tail, scores.worst), (5.0, 0.0));
        let across = Across::new(&[Some(1.0), None, Some(4.0)], Better::More).expect("numbers");
        assert_eq!((across.mean, across.worst, across.best), (2.5, 1.0, 4.0));
        assert_eq!(Across::new(&[None], Better::Less), None);
    }
}
