//! How good predictions are: MRE, MAE, RMSE, R2 and Spearman's rank correlation.
//!
//! In: predictions and observations. Out: [`Metrics`]; a measure that does not exist for the data
//! (a correlation of constants) is `None`, never NaN.

use serde::{Deserialize, Serialize};

/// Measures of prediction, over rows without weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Mean of |prediction - observation| / |observation|.
    pub mre: Option<f64>,
    /// Mean of |prediction - observation|.
    pub mae: Option<f64>,
    /// Root of the mean squared difference.
    pub rmse: Option<f64>,
    /// 1 - residual sum of squares / total sum of squares about the mean.
    pub r2: Option<f64>,
    /// R2 of the logarithms (BiMix, Eq. 14); `None` unless all numbers are positive.
    pub r2_log: Option<f64>,
    /// Spearman's rank correlation, ties at their mean rank.
    pub spearman: Option<f64>,
}

/// Measures predictions; the slices have equal length.
pub fn metrics(predicted: &[f64], observed: &[f64]) -> Metrics {
    let finite = |x: f64| x.is_finite().then_some(x);
    let mean = |f: &dyn Fn(f64, f64) -> f64| {
        let sum: f64 = predicted.iter().zip(observed).map(|(p, y)| f(*p, *y)).sum();
        finite(sum / observed.len() as f64)
    };
    let positive = predicted.iter().chain(observed).all(|x| *x > 0.0);
    let logs = |list: &[f64]| -> Vec<f64> { list.iter().map(|x| x.ln()).collect() };
    Metrics {
        mre: mean(&|p, y| (p - y).abs() / y.abs()),
        mae: mean(&|p, y| (p - y).abs()),
        rmse: mean(&|p, y| (p - y) * (p - y)).map(f64::sqrt),
        r2: r2(predicted, observed),
        r2_log: if positive { r2(&logs(predicted), &logs(observed)) } else { None },
        spearman: correlation(&ranks(predicted), &ranks(observed)),
    }
}

fn r2(predicted: &[f64], observed: &[f64]) -> Option<f64> {
    let mean = observed.iter().sum::<f64>() / observed.len() as f64;
    let total: f64 = observed.iter().map(|y| (y - mean).powi(2)).sum();
    let left: f64 = predicted.iter().zip(observed).map(|(p, y)| (p - y).powi(2)).sum();
    let r2 = 1.0 - left / total;
    (total > 0.0 && r2.is_finite()).then_some(r2)
}

/// Ranks from 1; ties share their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        for &i in &order[start..end] {
            ranks[i] = (start + 1 + end) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

fn correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        x.iter().zip(y).map(|(a, b)| f(a - mx, b - my)).sum()
    };
    let size = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    (size > 0.0).then(|| sum(&|a, b| a * b) / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_agree_with_hand_calculation() {
        let m = metrics(&[1.0, 2.0, 4.0, 4.0], &[1.0, 2.5, 3.0, 4.0]);
        assert_eq!(m.mae, Some(0.375));
        assert!((m.mre.unwrap_or(0.0) - (0.2 + 1.0 / 3.0) / 4.0).abs() < 1e-15);
        assert!((m.rmse.unwrap_or(0.0) - (1.25_f64 / 4.0).sqrt()).abs() < 1e-15);
        assert!((m.r2.unwrap_or(0.0) - (1.0 - 1.25 / 4.6875)).abs() < 1e-15);
        // Ranks 1, 2, 3.5, 3.5 against 1, 2, 3, 4.
        assert!((m.spearman.unwrap_or(0.0) - 4.5 / (4.5 * 5.0_f64).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_measure_that_does_not_exist_is_none() {
        let m = metrics(&[1.0, 1.0], &[2.0, 2.0]);
        assert_eq!((m.r2, m.spearman), (None, None));
    }
}
