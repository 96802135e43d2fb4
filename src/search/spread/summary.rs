//! Means, percentiles and probabilities over the resamples.
//!
//! In: what every resample said. Out: a [`Spread`].

use super::Gathered;
use super::one::{Drawn, Setting};
use crate::numeric::quantile;
use crate::report::draws::Draws;
use crate::report::spread::{Against, Range, Regret, ShareSpread, Spread};

/// A share this close to a bound is at it.
const AT: f64 = 1e-9;

pub(super) fn summarise(setting: &Setting, all: Gathered, draws: &Draws, level: f64) -> Spread {
    let drawn = &all.drawn;
    let limited = !setting.question.goal.limits.is_empty();
    let domains = setting.recipe.domains.iter().enumerate();
    let best: Vec<f64> = drawn.iter().map(|one| one.best).collect();
    let references = setting.references.iter().enumerate();
    Spread {
        draws: draws.path().display().to_string(),
        level,
        resamples: all.resamples,
        used: drawn.len(),
        certified: drawn.iter().filter(|one| one.certified).count(),
        method: method(setting),
        shares: domains.map(|(k, name)| (name.clone(), share(setting, drawn, k, level))).collect(),
        objective: range(best, level),
        regret: regret(drawn.iter().map(|one| one.best - one.least).collect(), level),
        within_limits: limited.then(|| part(drawn, |one| one.within)),
        against: references
            .map(|(i, (name, _))| (name.clone(), against(setting, drawn, i, level)))
            .collect(),
        left_out: all.left,
    }
}

fn method(setting: &Setting) -> String {
    let descents =
        "convex objectives exactly, others by descents from few starts and the fit's own minima";
    match setting.may_descend() {
        true => descents.into(),
        false => "each resample searched by the method that was asked for".into(),
    }
}

fn share(setting: &Setting, drawn: &[Drawn], k: usize, level: f64) -> ShareSpread {
    let region = &setting.question.region;
    let [low, high] = [region.low[k], region.high[k]];
    let Range { mean, interval } = range(drawn.iter().map(|one| one.mixture[k]).collect(), level);
    let zero = |one: &Drawn| one.mixture[k] <= AT;
    let ends = |one: &Drawn| one.mixture[k] <= low + AT || one.mixture[k] >= high - AT;
    let at_bound = part(drawn, |one| !zero(one) && ends(one));
    ShareSpread { mean, interval, zero: part(drawn, zero), at_bound }
}

fn against(setting: &Setting, drawn: &[Drawn], reference: usize, level: f64) -> Against {
    let there = |one: &Drawn| one.references[reference];
    let finite = drawn.iter().all(|one| there(one).is_finite());
    let above = |from: fn(&Drawn) -> f64| drawn.iter().map(|one| there(one) - from(one)).collect();
    let allowed = setting.question.region.holds(&setting.references[reference].1);
    Against {
        allowed,
        better: part(drawn, |one| one.best < there(one)),
        gain: finite.then(|| range(above(|one| one.best), level)),
        regret: finite.then(|| regret(above(|one| one.least), level)),
    }
}

fn part(drawn: &[Drawn], is_so: impl Fn(&Drawn) -> bool) -> f64 {
    drawn.iter().filter(|one| is_so(one)).count() as f64 / drawn.len() as f64
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn range(mut values: Vec<f64>, level: f64) -> Range {
    let mean = mean(&values);
    values.sort_by(f64::total_cmp);
    let ends = [0.5 * (1.0 - level), 0.5 * (1.0 + level)];
    Range { mean, interval: ends.map(|rank| quantile(&values, rank)) }
}

fn regret(mut values: Vec<f64>, level: f64) -> Regret {
    let mean = mean(&values);
    values.sort_by(f64::total_cmp);
    Regret { mean, quantile: quantile(&values, level) }
}
