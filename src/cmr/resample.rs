//! How sure the critical ratio is.
//!
//! In: a model's checkpoints with their fits, or a law alone. Out: a [`Spread`].
//!
//! With checkpoints the whole chain is repeated on resamples: every curve plus residuals drawn from its own
//! fits, refitted, turned, the law fitted again. That covers the noise of the checkpoints and
//! the choice of pairs within reach, not a wrong form of the laws, and it takes the errors of checkpoints of
//! a run as independent. Published curves have no checkpoints: the interval is then that of the law's own
//! residuals.

use super::Question;
use super::answer::{Subject, pairs};
use super::critical::Verdict;
use super::curves::Curves;
use super::fit::{Fitted, LossOf, fit_law};
use super::law::{Pair, Ratios, fit_ratios};
use super::series::Series;
use crate::engine::Engine;
use crate::error::Result;
use crate::numeric::quantile;
use crate::plan::{Plan, mix};
use crate::runs::cells::MISSING;

/// Starts of a resample's fits; the first is the middle of the ranges as everywhere.
const STARTS: usize = 16;

/// An interval is given when at least this share of the resamples has a critical ratio.
const ENOUGH: f64 = 0.9;

/// Intervals, and where they are from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    /// Ends of the 95 % interval at each budget.
    pub intervals: Vec<Option<[f64; 2]>>,
    /// In words: how they were made, or why there are none.
    pub how: String,
}

/// Intervals of a model's critical ratio at every budget.
pub(super) fn spread(
    engine: &dyn Engine,
    subject: &Subject,
    law: Option<&Ratios>,
    question: &Question,
) -> Result<Spread> {
    let Some(law) = law else { return Ok(Spread::default()) };
    if subject.series.is_empty() {
        return Ok(by_law(subject, law, question));
    }
    if question.resamples == 0 {
        return Ok(Spread { how: "no resamples were asked for".into(), ..Spread::default() });
    }
    let laws = resampled(engine, subject, question)?;
    let count = laws.iter().flatten().count();
    let how = format!("{count} of {} resamples of the residuals", laws.len());
    if (count as f64) < ENOUGH * laws.len() as f64 {
        let how = format!("only {how} have a critical ratio: too few for an interval");
        return Ok(Spread { how, ..Spread::default() });
    }
    let interval = |place: usize| {
        let shares = laws.iter().flatten().map(|(law, curves)| {
            let t = question.budgets[place];
            Verdict::new(law.at[place].0, curves, t, question.epsilon).domain_share
        });
        percentiles(shares.collect())
    };
    let intervals = (0..question.budgets.len()).map(|place| Some(interval(place))).collect();
    Ok(Spread { intervals, how })
}

/// Student's interval of the law's residuals, clamped as the ratio itself is.
fn by_law(subject: &Subject, law: &Ratios, question: &Question) -> Spread {
    let share = |by_turn: f64, t: f64| {
        Verdict::new(by_turn, &subject.curves, t, question.epsilon).domain_share
    };
    let interval = |(&(value, half), &t): (&(f64, Option<f64>), &f64)| {
        half.map(|half| [share(value - half, t), share(value + half, t)])
    };
    let intervals: Vec<_> = law.at.iter().zip(&question.budgets).map(interval).collect();
    let how = format!(
        "the law's own residuals on {} turning points (Student): nothing is known of the noise of the \
         curves",
        law.pairs.len()
    );
    Spread { intervals, how }
}

/// What a resample gives.
type Resample = (Ratios, Vec<Curves>);

/// The law and the curves of every resample; `None` where too few ratios turn within reach.
fn resampled(
    engine: &dyn Engine,
    subject: &Subject,
    question: &Question,
) -> Result<Vec<Option<Resample>>> {
    let plan = Plan::new(question.seed, STARTS);
    let draws = || (0..question.resamples as u64).map(|draw| mix(question.seed ^ mix(draw)));
    let refitted = |loss: LossOf| {
        let targets = draws().map(|seed| noisy(subject, loss, seed)).collect();
        fit_law(engine, loss.law(), &subject.series, targets, &plan)
    };
    let mut both = refitted(LossOf::General)?.into_iter().zip(refitted(LossOf::Domain)?);
    let mut curves = Vec::new();
    for _ in draws() {
        let fits = subject.series.iter().zip(&mut both);
        let refitted = fits.map(|(one, (general, domain))| Fitted::new(one.ratio, general, domain));
        curves.push(refitted.filter_map(|fitted| fitted.curves).collect::<Vec<Curves>>());
    }
    let reach = subject.reach(question.reach);
    let sets: Vec<Vec<Pair>> =
        curves.iter().map(|one| pairs(one, reach, question.lambda)).collect();
    let laws = fit_ratios(engine, &sets, &question.budgets, &plan)?;
    Ok(laws.into_iter().zip(curves).map(|(law, curves)| Some((law?, curves))).collect())
}

/// A resample of one loss: a value a checkpoint of all series. A series without curves stays as it is, and
/// both losses of a checkpoint get the residuals of one other checkpoint.
fn noisy(subject: &Subject, loss: LossOf, seed: u64) -> Vec<f64> {
    let all = subject.series.iter().zip(&subject.fitted).enumerate();
    let one = |(number, (series, fit)): (usize, (&Series, &Fitted))| -> Vec<f64> {
        let values: Vec<f64> = series.points.iter().map(|point| loss.of(point)).collect();
        let Some(curves) = &fit.curves else { return values };
        let fitted: Vec<f64> = series.points.iter().map(|point| loss.at(curves, point.t)).collect();
        let left: Vec<f64> =
            values.iter().zip(&fitted).map(|(y, f)| y - f).filter(|r| !r.is_nan()).collect();
        let widened = widened(left.len(), loss.fit(fit).theta.len());
        let drawn = |place: usize| {
            let bits = mix(seed ^ mix((number as u64) << 32 | place as u64));
            left[usize::try_from(bits % left.len() as u64).unwrap_or(0)]
        };
        let places = values.iter().zip(&fitted).enumerate();
        let value = |(place, (y, f)): (usize, (&f64, &f64))| match y.is_nan() {
            true => MISSING,
            false => f + widened * drawn(place),
        };
        places.map(value).collect()
    };
    all.flat_map(one).collect()
}

/// Residuals of a fit are smaller than the errors, as the parameters follow them.
fn widened(points: usize, parameters: usize) -> f64 {
    let spare = points.saturating_sub(parameters).max(1);
    (points as f64 / spare as f64).sqrt()
}

/// The 2.5 % and 97.5 % points.
fn percentiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|rank| quantile(&values, rank))
}
