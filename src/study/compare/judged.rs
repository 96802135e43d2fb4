//! How good unseen predictions are.
//!
//! In: [`Scored`] predictions. Out: [`Judged`] measures for each contender, scheme and target, and
//! for the mean of all targets.

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::{Pairs, Scored};
use crate::fit::{Metrics, metrics};

/// Runs among which the best is sought for the second regret.
const FEW: usize = 5;

/// Measures of predictions for rows that were not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Rows that are scored together; of the first round, where rounds have others.
    pub rows: usize,
    /// Errors and correlations.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// What the row with the least prediction has more than the best row.
    pub regret: Option<f64>,
    /// The same for the best of the five rows with the least predictions.
    pub regret_of_5: Option<f64>,
    /// How far predictions can be taken at their word.
    #[serde(flatten)]
    pub calibration: Calibration,
}

/// Judges what one contender said of one target in one scheme: rounds apart, their mean is given.
/// `None` where nothing could be predicted.
pub fn judge(scored: &[&Scored], rounds: &[usize], target: Option<usize>) -> Option<Judged> {
    let last = rounds.iter().max()?;
    let each = (0..=*last).filter_map(|round| {
        let of = scored.iter().zip(rounds).filter(|(_, other)| **other == round);
        let mut all = Pairs::default();
        for (one, _) in of {
            let pairs = pairs(one, target)?;
            all.rows.extend(pairs.rows);
            all.predicted.extend(pairs.predicted);
            all.observed.extend(pairs.observed);
        }
        measured(&all)
    });
    mean(&each.collect::<Vec<Judged>>())
}

/// The pairs of a target, or those of the mean of all where every one was predicted.
fn pairs(scored: &Scored, target: Option<usize>) -> Option<Pairs> {
    if let Some(target) = target {
        return scored.targets[target].as_ref().ok().cloned();
    }
    let all: Vec<&Pairs> = scored.targets.iter().map(|t| t.as_ref().ok()).collect::<Option<_>>()?;
    let rows = all.first()?.observed.len();
    if all.iter().any(|pairs| pairs.observed.len() != rows) {
        return None;
    }
    let mean = |of: &dyn Fn(&Pairs) -> &Vec<f64>| -> Vec<f64> {
        let row = |row: usize| all.iter().map(|pairs| of(pairs)[row]).sum::<f64>();
        (0..rows).map(|place| row(place) / all.len() as f64).collect()
    };
    Some(Pairs {
        rows: all.first()?.rows.clone(),
        predicted: mean(&|p| &p.predicted),
        observed: mean(&|p| &p.observed),
    })
}

/// Measures of some pairs; `None` where a prediction is not a number or there are none.
pub(super) fn measured(pairs: &Pairs) -> Option<Judged> {
    let Pairs { predicted, observed, .. } = pairs;
    if observed.is_empty() || predicted.iter().any(|p| p.is_nan()) {
        return None;
    }
    let order = ascending(predicted);
    let best = observed.iter().copied().fold(f64::INFINITY, f64::min);
    let regret = |few: usize| {
        let chosen = order.iter().take(few).map(|&row| observed[row]);
        Some(chosen.fold(f64::INFINITY, f64::min) - best)
    };
    Some(Judged {
        rows: observed.len(),
        metrics: metrics(predicted, observed),
        regret: regret(1),
        regret_of_5: regret(FEW),
        calibration: Calibration::of(predicted, observed),
    })
}

/// The rows, the one with the least value first.
pub(super) fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    order
}

/// The mean of each measure over those that have it.
pub fn mean(all: &[Judged]) -> Option<Judged> {
    let of = |measure: &dyn Fn(&Judged) -> Option<f64>| {
        let values: Vec<f64> = all.iter().filter_map(measure).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let first = all.first()?;
    Some(Judged {
        rows: first.rows,
        metrics: Metrics {
            mre: of(&|j| j.metrics.mre),
            mae: of(&|j| j.metrics.mae),
            rmse: of(&|j| j.metrics.rmse),
            r2: of(&|j| j.metrics.r2),
            r2_log: of(&|j| j.metrics.r2_log),
            spearman: of(&|j| j.metrics.spearman),
        },
        regret: of(&|j| j.regret),
        regret_of_5: of(&|j| j.regret_of_5),
        calibration: Calibration::mean(|measure| of(&|j| measure(&j.calibration))),
    })
}
