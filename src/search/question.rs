//! A search from the user's question to the document that answers it.
//!
//! In: a predictor and a [`Question`]. Out: a [`MixtureReport`].

use super::bottomless;
use super::{Answer, Goal, Means, Objective, Options, Region, mixtures, remarks, search, valley};
use super::{best_observed, uniform};
use crate::error::Result;
use crate::predictor::{Predictor, middle};
use crate::report::mixture::{Candidate, Certificate, MIXTURE_SCHEMA, Mean, MixtureReport, Valley};

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
    /// The mixture around which a sample is drawn, and its name.
    pub prior: (String, Vec<f64>),
    /// Shares in proportion to the supply.
    pub natural: Option<Vec<f64>>,
    /// The mixture that the user compares with, and its name.
    pub reference: (String, Vec<f64>),
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
/// As [`search`] and [`Objective::new`]; [`crate::error::Error::Input`] where the objective falls
/// without bound.
pub fn answer<'a>(
    predictor: &Predictor,
    question: &Question,
    means: impl Into<Means<'a>>,
) -> Result<MixtureReport> {
    let objective = posed(predictor, question, unit(predictor, question)?)?;
    let (name, shares) = &question.prior;
    let observed = predictor.observed.as_slice();
    let means = Means { prior: Some((name, shares)), observed, ..means.into() };
    bottomless::refuse(&objective, &question.region, None)?;
    let answer = search(&objective, &question.region, question.options, means)?;
    bottomless::refuse(&objective, &question.region, Some(&answer.chosen().mixture))?;
    Ok(report(predictor, question, &objective, &answer))
}

/// What is minimised, with a pull of this unit.
pub(super) fn posed(predictor: &Predictor, question: &Question, unit: f64) -> Result<Objective> {
    let mut objective = Objective::new(predictor, &question.goal)?;
    if let Some(pull) = &question.goal.pull {
        objective.pull(pull, unit);
    }
    Ok(objective)
}

/// The unit of the pull; 0 where there is none.
pub(super) fn unit(predictor: &Predictor, question: &Question) -> Result<f64> {
    if question.goal.pull.is_none() {
        return Ok(0.0);
    }
    let objective = Objective::new(predictor, &question.goal)?;
    Ok(spread(&objective, &question.region, question.options.seed))
}

/// The standard deviation of the objective over the allowed mixtures: the unit of a pull, so that
/// its strength means the same for losses and for percentages.
fn spread(objective: &Objective, region: &Region, seed: u64) -> f64 {
    let values: Vec<f64> = mixtures(&region.low, &region.high, seed, SPREAD)
        .iter()
        .map(|mixture| objective.at(mixture))
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
    let best = answer.chosen();
    let named = |shares: &[f64]| -> Vec<(String, f64)> {
        predictor.domains.iter().cloned().zip(shares.iter().copied()).collect()
    };
    let mut laws: Vec<String> = predictor.targets.iter().map(|target| target.law.clone()).collect();
    laws.dedup();
    let names = predictor.targets.iter().map(|target| target.name.clone());
    let predicted = names.zip(predictor.values(&best.mixture));
    let flat = flat(predictor, question, objective, answer);
    let reference = references(predictor, question, objective);
    let there = |(name, candidate): &(String, Candidate)| {
        let values = predictor.values(&candidate.shares).into_iter();
        (name.clone(), values.map(|value| Some(value).filter(|value| value.is_finite())).collect())
    };
    MixtureReport {
        schema: MIXTURE_SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        source: question.source.clone(),
        laws,
        mixture: named(&best.mixture),
        goal: objective.words.clone(),
        at: question.at.clone(),
        objective: Some(best.value),
        lower_bound: answer.lower_bound,
        gap: answer.lower_bound.map(|bound| best.value - bound),
        certificate: answer.certificate,
        method: answer.method.clone(),
        evaluated: answer.evaluated,
        kkt_residual: answer.residual,
        predicted: predicted.collect(),
        compared: reference.iter().map(there).collect(),
        reference,
        binding: remarks::binding(objective, &question.region, &best.mixture),
        warnings: remarks::warnings(predictor, &question.region, answer, flat.as_ref()),
        valley: flat,
        averaged: averaged(predictor, answer),
        spread: None,
        candidates: answer
            .found
            .iter()
            .map(|found| Candidate { shares: found.mixture.clone(), objective: Some(found.value) })
            .collect(),
    }
}

fn averaged(predictor: &Predictor, answer: &Answer) -> Option<Mean> {
    let averaged = answer.averaged.as_ref()?;
    Some(Mean {
        of: averaged.count,
        best: answer.found[0].value,
        ranges: predictor.domains.iter().cloned().zip(averaged.ranges.iter().copied()).collect(),
    })
}

/// Uniform, natural, the best of the mixtures of the runs, and the one that the user names. Where
/// it has the name of another it is that one, as it was chosen.
fn references(
    predictor: &Predictor,
    question: &Question,
    objective: &Objective,
) -> Vec<(String, Candidate)> {
    let usual = [
        ("uniform", Some(uniform(predictor.domains.len()))),
        ("natural", question.natural.clone()),
        ("best-observed", best_observed(predictor, objective)),
    ];
    let usual = usual.into_iter().filter_map(|(name, shares)| Some((name.to_string(), shares?)));
    let mut all: Vec<(String, Vec<f64>)> = usual.collect();
    match all.iter_mut().find(|(name, _)| *name == question.reference.0) {
        Some(same) => same.clone_from(&question.reference),
        None => all.push(question.reference.clone()),
    }
    let valued = |(name, shares): (String, Vec<f64>)| {
        let there = objective.at(&shares);
        (name, Candidate { shares, objective: Some(there).filter(|value| value.is_finite()) })
    };
    all.into_iter().map(valued).collect()
}

/// The valley around the best mixture: proved where it is a certified minimum, else what of it is met.
fn flat(
    predictor: &Predictor,
    question: &Question,
    objective: &Objective,
    answer: &Answer,
) -> Option<Valley> {
    let best = Some(answer.chosen()).filter(|_| question.tolerance > 0.0)?;
    let centre = middle(&question.region.low, &question.region.high);
    let tolerance = question.tolerance * (objective.at(&centre) - best.value).abs();
    if !(tolerance.is_finite() && tolerance > 0.0) {
        return None;
    }
    let plain = objective.is_plain() && question.region.groups.is_empty();
    let proved = plain && answer.certificate == Certificate::Convex;
    let around = if proved { valley::proved } else { valley::met };
    let ranges = around(objective, &question.region, best, tolerance);
    let ranges = predictor.domains.iter().cloned().zip(ranges).collect();
    Some(Valley { tolerance, proved, ranges })
}
