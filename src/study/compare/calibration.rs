//! Whether predictions mean what they say: all over, and where a search will look.
//!
//! In: predictions and observations. Out: [`Calibration`]. Targets are losses: less is better.

use serde::{Deserialize, Serialize};

use super::judged::ascending;

/// A search picks among the best of its predictions: this part of the rows stands for them.
const TAIL: usize = 10;

/// One of the measures.
pub(super) type Measure = fn(&Calibration) -> Option<f64>;

/// Measures of what predictions are off by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Slope of observations against predictions: 1 where predictions are as wide as they should be,
    /// below 1 where they promise more differences than there are.
    pub slope: Option<f64>,
    /// What stands beside the slope: observations are about `intercept + slope * prediction`.
    pub intercept: Option<f64>,
    /// Mean of predicted minus observed.
    pub bias: Option<f64>,
    /// Mean of observed minus predicted over the tenth of the rows with the least predictions, at
    /// least one: by how much the runs that look best turn out worse than promised.
    pub optimism: Option<f64>,
    /// Of the tenth of the rows with the least observations, the share that is also in the tenth with
    /// the least predictions.
    pub top_tenth: Option<f64>,
}

impl Calibration {
    /// Measures predictions; the slices have equal length.
    pub fn of(predicted: &[f64], observed: &[f64]) -> Calibration {
        let tail = observed.len().div_ceil(TAIL);
        let (low, best) = (ascending(predicted), ascending(observed));
        let (low, best) = (&low[..tail], &best[..tail]);
        let slope = slope(predicted, observed);
        Calibration {
            slope,
            intercept: slope.and_then(|s| finite(mean(observed) - s * mean(predicted))),
            bias: finite(mean(predicted) - mean(observed)),
            optimism: mean_of(low, |row| observed[row] - predicted[row]),
            top_tenth: mean_of(best, |row| f64::from(u8::from(low.contains(&row)))),
        }
    }

    /// What `of` makes of each measure.
    pub(super) fn mean(of: impl Fn(Measure) -> Option<f64>) -> Calibration {
        Calibration {
            slope: of(|c| c.slope),
            intercept: of(|c| c.intercept),
            bias: of(|c| c.bias),
            optimism: of(|c| c.optimism),
            top_tenth: of(|c| c.top_tenth),
        }
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn mean(list: &[f64]) -> f64 {
    list.iter().sum::<f64>() / list.len() as f64
}

fn mean_of(rows: &[usize], value: impl Fn(usize) -> f64) -> Option<f64> {
    finite(rows.iter().map(|&row| value(row)).sum::<f64>() / rows.len() as f64)
}

fn slope(x: &[f64], y: &[f64]) -> Option<f64> {
    let (mx, my) = (mean(x), mean(y));
    let square: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let both: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
    (square > 0.0 && square.is_finite()).then(|| both / square)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, wanted: f64) -> bool {
        found.is_some_and(|found| (found - wanted).abs() < 1e-12)
    }

    /// Observations that are a line of the predictions give the line back.
    #[test]
    fn a_line_is_found() {
        let predicted: Vec<f64> = (0..40).map(|k| f64::from(k) / 10.0).collect();
        let observed: Vec<f64> = predicted.iter().map(|p| 1.5 + 0.5 * p).collect();
        let found = Calibration::of(&predicted, &observed);
        assert!(near(found.slope, 0.5) && near(found.intercept, 1.5), "{found:?}");
        // The mean prediction is 1.95; the four least are 0, 0.1, 0.2 and 0.3.
        assert!(near(found.bias, 1.95 - (1.5 + 0.5 * 1.95)), "{found:?}");
        assert!(near(found.optimism, 1.5 - 0.5 * 0.15), "{found:?}");
        assert_eq!(found.top_tenth, Some(1.0));
    }

    /// Right on average and for all but the two runs that look best, which are not.
    #[test]
    fn promises_of_the_best_are_held_against_them() {
        let observed: Vec<f64> = (0..20).map(f64::from).collect();
        let mut predicted = observed.clone();
        (predicted[7], predicted[19]) = (-5.0, -4.0);
        let found = Calibration::of(&predicted, &observed);
        assert!(near(found.optimism, (12.0 + 23.0) / 2.0), "{found:?}");
        assert_eq!(found.top_tenth, Some(0.0));
    }

    #[test]
    fn what_cannot_be_measured_is_none() {
        let found = Calibration::of(&[1.0, 1.0], &[1.0, 2.0]);
        assert_eq!((found.slope, found.intercept), (None, None));
        assert!(near(found.bias, -0.5));
        let found = Calibration::of(&[f64::INFINITY, 1.0], &[1.0, 2.0]);
        assert_eq!((found.slope, found.bias), (None, None));
        assert!(near(found.optimism, 1.0));
    }
}
