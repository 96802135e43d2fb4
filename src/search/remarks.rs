//! What there is to say of a mixture beside its shares.
//!
//! In: a mixture, and what it was searched in. Out: sentences: what holds it where it is, and what to
//! know before training on it.

use super::{Answer, Averaged, Objective, Region};
use crate::predictor::{Predictor, outside};
use crate::report::mixture::Valley;
use crate::report::number;

/// A range of shares that is wider than this is worth a warning.
const WIDE: f64 = 0.2;

/// Domains named of those whose shares differ most.
const NAMED: usize = 3;

/// A share farther than this from all that were observed is worth one.
const BEYOND: f64 = 1e-4;

/// The demands that the mixture meets with equality.
pub(super) fn binding(objective: &Objective, region: &Region, mixture: &[f64]) -> Vec<String> {
    let mut words = Vec::new();
    for (k, share) in mixture.iter().enumerate() {
        if (share - region.low[k]).abs() < 1e-9 {
            words.extend(region.binding(k, 0));
        }
        if (region.high[k] - share).abs() < 1e-9 {
            words.extend(region.binding(k, 1));
        }
    }
    let used = mixture.iter().filter(|share| **share > 0.0).count();
    if used == region.most && region.most < mixture.len() {
        words.extend(region.usage.most.iter().map(|(_, words)| words.clone()));
    }
    for (k, share) in mixture.iter().enumerate() {
        if *share > 0.0 && region.least[k] > region.low[k] && share - region.least[k] < 1e-9 {
            words.extend(region.used(k));
        }
    }
    for group in &region.groups {
        let sum = group.sum(mixture);
        let at = |end: &Option<f64>| end.is_some_and(|end| (sum - end).abs() < NEAR);
        if group.ends.iter().any(at) {
            words.push(group.words.clone());
        }
    }
    let point = objective.opaque.point(mixture);
    let at = |limit| objective.graph.value(limit, &point);
    let limits = objective.limits.iter().filter(|(limit, _)| at(*limit).abs() < NEAR);
    words.extend(limits.map(|(_, words)| words.clone()));
    words.dedup();
    words
}

/// A sum or a limit this close to its end is at it: the accuracy of the conic solver.
const NEAR: f64 = 1e-6;

/// What to know before training on the mixture.
pub(super) fn warnings(
    predictor: &Predictor,
    region: &Region,
    answer: &Answer,
    flat: Option<&Valley>,
) -> Vec<String> {
    let best = answer.chosen();
    let mut warnings = predictor.notes.clone();
    warnings.extend(unseen(predictor, &best.mixture));
    if let Some(k) = best.mixture.iter().position(|share| *share > 1.0 - 1e-9)
        && predictor.domains.len() > 1
    {
        warnings
            .push(format!("all weight is on {}: a vertex of the simplex", predictor.domains[k]));
    }
    if !region.holds(&best.mixture) {
        warnings.push("the mixture misses a bound by rounding".into());
    }
    warnings.extend(answer.averaged.as_ref().map(|mean| spread(&predictor.domains, mean, answer)));
    warnings.extend(flat.and_then(wide));
    warnings
}

/// How far the mixture is from the runs.
fn unseen(predictor: &Predictor, mixture: &[f64]) -> Vec<String> {
    if predictor.observed.is_empty() {
        let unknown = "the mixtures of the runs are not at hand: whether this one lies among them is not \
                       known (a fit of this version, or a table with --model, has them)";
        return vec![unknown.into()];
    }
    let mut warnings = Vec::new();
    if let Some(distance) = outside(&predictor.observed, mixture) {
        warnings.push(format!(
            "the mixture lies outside the hull of the observed mixtures, by at least {distance:.4}: \
             the prediction is an extrapolation"
        ));
    }
    let ranges = predictor.observed_ranges();
    let beyond = predictor.domains.iter().zip(mixture).zip(ranges).filter_map(
        |((name, share), [low, high])| {
            let out = *share < low - BEYOND || *share > high + BEYOND;
            out.then(|| format!("{name} {share:.3} (observed {low:.3} to {high:.3})"))
        },
    );
    let beyond: Vec<String> = beyond.collect();
    if !beyond.is_empty() {
        warnings.push(format!("shares that no run had: {}", beyond.join(", ")));
    }
    warnings
}

/// What a mean says of the minimum: the less, the farther apart the mixtures are that it is of.
fn spread(domains: &[String], mean: &Averaged, answer: &Answer) -> String {
    let mut wide: Vec<(&String, &[f64; 2])> = domains.iter().zip(&mean.ranges).collect();
    wide.sort_by(|(_, a), (_, b)| (b[1] - b[0]).total_cmp(&(a[1] - a[0])));
    let widest = wide.iter().take(NAMED);
    let words: Vec<String> =
        widest.map(|(name, [low, high])| format!("{name} {low:.3} to {high:.3}")).collect();
    format!(
        "the mixture is the mean of {} good ones, not the best, whose objective is {}: among them {}; \
         where an objective is so flat, a mean follows what was drawn (the prior, its strength and \
         how many) as much as the objective",
        mean.count,
        number(Some(answer.found[0].value)),
        words.join(", ")
    )
}

fn wide(flat: &Valley) -> Option<String> {
    let wide = flat.ranges.iter().filter(|(_, [low, high])| high - low > WIDE);
    let wide: Vec<String> =
        wide.map(|(name, [low, high])| format!("{name} {low:.3} to {high:.3}")).collect();
    let within = flat.tolerance;
    (!wide.is_empty())
        .then(|| format!("a flat valley: within {within:.3e} of the best, {}", wide.join(", ")))
}
