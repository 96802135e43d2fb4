//! Mixtures to compare with.
//!
//! In: a predictor and what is minimised. Out: the mixture of equal shares, and the best of the
//! mixtures of the runs.

use super::Objective;
use crate::predictor::Predictor;

/// The same share for every domain.
pub fn uniform(domains: usize) -> Vec<f64> {
    #[allow(clippy::cast_precision_loss, reason = "few domains")]
    let share = 1.0 / domains as f64;
    vec![share; domains]
}

/// Of the mixtures of the runs the one with the least objective by the fit; the first of equals,
/// and none where the document has no mixtures or no objective is finite.
pub fn best_observed(predictor: &Predictor, objective: &Objective) -> Option<Vec<f64>> {
    let at = |mixture: &[f64]| objective.at(mixture);
    let valued = predictor.observed.iter().map(|mixture| (at(mixture), mixture));
    let finite = valued.filter(|(value, _)| value.is_finite());
    finite.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, mixture)| mixture.clone())
}
