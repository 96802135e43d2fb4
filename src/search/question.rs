//! A search from the user's question to the document that answers it.
//!
//! In: a predictor and a [`Question`]. Out: a [`MixtureReport`].

use super::goal::value;
use super::{Answer, Found, Goal, Means, Objective, Options, Region, mixtures, search, valley};
use crate::error::Result;
use crate::predictor::{Function, Predictor, outside};
use crate::report::mixture::{Candidate, Certificate, MIXTURE_SCHEMA, MixtureReport, Valley};

/// What a user asks.
#[derive(Debug, Clone)]
pub struct Question {
    /// The fit document, for the report.
    pub source: String,
    /// Inputs held fixed, for the report.
    pub at: Vec<(String, f64)>,
    /// What is minimised.
    pub goal: Goal,
    /// What is allowed.
    pub region: Region,
    /// Shares in proportion to the supply.
    pub natural: Option<Vec<f64>>,
    /// How to search.
    pub options: Options,
    /// How far above the best an objective may be to count as nearly as good, as a fraction of
    /// what the best gains over the uniform mixture.
    pub tolerance: f64,
}

/// Mixtures from which the spread of the objective is taken.
const SPREAD: usize = 256;

/// Answers it.
///
/// # Errors
/// As [`search`] and [`Objective::new`].
pub fn answer<'a>(
    predictor: &Predictor,
    question: &Question,
    means: impl Into<Means<'a>>,
) -> Result<MixtureReport> {
    let mut objective = Objective::new(predictor, &question.goal)?;
    if let Some(pull) = &question.goal.pull {
        let unit = spread(&objective, &question.region, question.options.seed);
        objective.pull(pull, unit);
    }
    let answer = search(&objective, &question.region, question.options, means)?;
    Ok(report(predictor, question, &objective, &answer))
}

/// The standard deviation of the objective over the allowed mixtures: the unit of a pull, so that
/// its strength means the same for losses and for percentages.
fn spread(objective: &Objective, region: &Region, seed: u64) -> f64 {
    let values: Vec<f64> = mixtures(&region.low, &region.high, seed, SPREAD)
        .iter()
        .map(|mixture| value(&objective.graph, objective.root, mixture))
        .filter(|value| value.is_finite())
        .collect();
    #[allow(clippy::cast_precision_loss, reason = "at most 256")]
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}

fn report(
    predictor: &Predictor,
    question: &Question,
    objective: &Objective,
    answer: &Answer,
) -> MixtureReport {
    let best = &answer.found[0];
    let named = |shares: &[f64]| -> Vec<(String, f64)> {
        predictor.domains.iter().cloned().zip(shares.iter().copied()).collect()
    };
    let mut laws: Vec<String> = predictor.targets.iter().map(|target| target.law.clone()).collect();
    laws.dedup();
    let predicted = predictor
        .targets
        .iter()
        .map(|target| (target.name.clone(), value(&predictor.graph, target.root, &best.mixture)));
    let flat = flat(predictor, question, objective, answer);
    let reference = references(predictor, question, objective);
    let there = |(name, candidate): &(String, Candidate)| {
        let at = |root| value(&predictor.graph, root, &candidate.shares);
        let values = predictor.targets.iter().map(|target| Some(at(target.root)));
        (name.clone(), values.map(|value| value.filter(|value| value.is_finite())).collect())
    };
    MixtureReport {
        schema: MIXTURE_SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        source: question.source.clone(),
        laws,
        mixture: named(&best.mixture),
        goal: objective.words.clone(),
        at: question.at.clone(),
        objective: best.value,
        lower_bound: answer.lower_bound,
        gap: answer.lower_bound.map(|bound| best.value - bound),
        certificate: answer.certificate,
        method: answer.method.clone(),
        evaluated: answer.evaluated,
        kkt_residual: answer.residual,
        predicted: predicted.collect(),
        compared: reference.iter().map(there).collect(),
        reference,
        binding: binding(objective, &question.region, &best.mixture),
        warnings: warnings(predictor, question, best, flat.as_ref()),
        valley: flat,
        candidates: answer
            .found
            .iter()
            .map(|found| Candidate { shares: found.mixture.clone(), objective: Some(found.value) })
            .collect(),
    }
}

/// Uniform, natural, and of the mixtures of the runs the one with the least objective by the fit.
fn references(
    predictor: &Predictor,
    question: &Question,
    objective: &Objective,
) -> Vec<(String, Candidate)> {
    let at = |shares: &[f64]| value(&objective.graph, objective.root, shares);
    #[allow(clippy::cast_precision_loss, reason = "few domains")]
    let uniform = vec![1.0 / predictor.domains.len() as f64; predictor.domains.len()];
    let observed = predictor.observed.iter().filter(|mixture| at(mixture).is_finite());
    let observed = observed.min_by(|a, b| at(a).total_cmp(&at(b))).cloned();
    [("uniform", Some(uniform)), ("natural", question.natural.clone()), ("best-observed", observed)]
        .into_iter()
        .filter_map(|(name, shares)| {
            let shares = shares?;
            let objective = Some(at(&shares)).filter(|value| value.is_finite());
            Some((name.to_string(), Candidate { shares, objective }))
        })
        .collect()
}

/// The demands that the mixture meets with equality.
fn binding(objective: &Objective, region: &Region, mixture: &[f64]) -> Vec<String> {
    let mut words = Vec::new();
    for (k, share) in mixture.iter().enumerate() {
        if (share - region.low[k]).abs() < 1e-9 {
            words.extend(region.binding(k, 0));
        }
        if (region.high[k] - share).abs() < 1e-9 {
            words.extend(region.binding(k, 1));
        }
    }
    for group in &region.groups {
        let sum = group.sum(mixture);
        let at = |end: &Option<f64>| end.is_some_and(|end| (sum - end).abs() < NEAR);
        if group.ends.iter().any(at) {
            words.push(group.words.clone());
        }
    }
    words.extend(
        objective
            .limits
            .iter()
            .filter(|(limit, _)| value(&objective.graph, *limit, mixture).abs() < NEAR)
            .map(|(_, words)| words.clone()),
    );
    words.dedup();
    words
}

/// A sum or a limit this close to its end is at it: the accuracy of the conic solver.
const NEAR: f64 = 1e-6;

/// The valley around a certified minimum.
fn flat(
    predictor: &Predictor,
    question: &Question,
    objective: &Objective,
    answer: &Answer,
) -> Option<Valley> {
    let plain = objective.is_plain() && question.region.groups.is_empty();
    let wanted = plain && answer.certificate == Certificate::Convex && question.tolerance > 0.0;
    let best = answer.found.first().filter(|_| wanted)?;
    let function = Function::new(&objective.graph, objective.root, predictor.domains.len());
    let centre = super::region::middle(&question.region.low, &question.region.high);
    let tolerance = question.tolerance * (function.value(&centre) - best.value).abs();
    if !(tolerance.is_finite() && tolerance > 0.0) {
        return None;
    }
    let ranges = valley(&function, &question.region, best, tolerance);
    Some(Valley { tolerance, ranges: predictor.domains.iter().cloned().zip(ranges).collect() })
}

/// What to know before training on the mixture.
fn warnings(
    predictor: &Predictor,
    question: &Question,
    best: &Found,
    flat: Option<&Valley>,
) -> Vec<String> {
    let mut warnings = predictor.notes.clone();
    if predictor.observed.is_empty() {
        warnings.push(
            "the fit document does not hold the mixtures of the runs: whether this one lies among \
             them is not known (fit again with this version)"
                .into(),
        );
    } else if let Some(distance) = outside(&predictor.observed, &best.mixture) {
        warnings.push(format!(
            "the mixture lies outside the hull of the observed mixtures, by at least {distance:.4}: \
             the prediction is an extrapolation"
        ));
    }
    if let Some(k) = best.mixture.iter().position(|share| *share > 1.0 - 1e-9)
        && predictor.domains.len() > 1
    {
        warnings
            .push(format!("all weight is on {}: a vertex of the simplex", predictor.domains[k]));
    }
    if !question.region.holds(&best.mixture) {
        warnings.push("the mixture misses a bound by rounding".into());
    }
    if let Some(flat) = flat {
        let wide: Vec<String> = flat
            .ranges
            .iter()
            .filter(|(_, [low, high])| high - low > WIDE)
            .map(|(name, [low, high])| format!("{name} {low:.3} to {high:.3}"))
            .collect();
        if !wide.is_empty() {
            warnings.push(format!(
                "a flat valley: within {:.3e} of the best, {}",
                flat.tolerance,
                wide.join(", ")
            ));
        }
    }
    warnings
}

/// A range of shares that is wider than this is worth a warning.
const WIDE: f64 = 0.2;
