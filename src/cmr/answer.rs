//! The whole chain for every model: turning points, the law, the critical ratio, what hangs on what.
//!
//! In: [`Curves`] of the models' ratios, checkpoints where there are any, and a [`Question`]. Out: an
//! [`Answer`] a model.

use super::critical::Verdict;
use super::curves::Curves;
use super::fit::Fitted;
use super::law::{Pair, Ratios, fit_ratios};
use super::resample::{Spread, spread};
use super::series::Series;
use super::turn::{Turn, turn};
use super::{Question, series};
use crate::engine::Engine;
use crate::error::Result;
use crate::plan::Plan;

/// Starts of the law of the critical ratio, which has one parameter that is not linear.
const STARTS: usize = 32;

/// A model: its ratios, and what is known about each.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// The model's name.
    pub model: String,
    /// Curves of the ratios that have any.
    pub curves: Vec<Curves>,
    /// The checkpoints, and the fits to them: one of each a ratio; empty for published curves.
    pub series: Vec<Series>,
    /// See `series`.
    pub fitted: Vec<Fitted>,
    /// First and last T of the checkpoints, or what is known of those of published curves.
    pub observed: [f64; 2],
}

/// One ratio at one budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Checked {
    /// Share of domain data.
    pub ratio: f64,
    /// Where the objective turns.
    pub turn: Turn,
    /// Change of the general loss, nats.
    pub general: f64,
    /// Change of the domain loss, nats.
    pub domain: f64,
    /// The general loss is within the tolerance (Eq. 1), the domain loss falls (Eq. 2), and the
    /// objective has turned (Eq. 5).
    pub holds: [bool; 3],
}

/// What is known at one budget.
#[derive(Debug, Clone, PartialEq)]
pub struct AtBudget {
    /// Units of tokens.
    pub t: f64,
    /// Every ratio.
    pub checked: Vec<Checked>,
    /// The critical ratio; `None` where fewer than three ratios turn within reach.
    pub verdict: Option<Verdict>,
    /// Ends of the 95 % interval of the critical ratio.
    pub interval: Option<[f64; 2]>,
    /// The verdicts for all tolerances and weights.
    pub sensitivity: Vec<Sensitivity>,
}

/// The critical ratio for another choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensitivity {
    /// Tolerance, nats.
    pub epsilon: f64,
    /// Weight of the general loss.
    pub lambda: f64,
    /// The critical ratio; `None` where there is no law.
    pub verdict: Option<Verdict>,
}

/// What is known of one model.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The model and its curves.
    pub subject: Subject,
    /// The law of the critical ratio.
    pub law: Option<Ratios>,
    /// Each budget.
    pub budgets: Vec<AtBudget>,
    /// How intervals were made.
    pub spread: Spread,
}

impl AtBudget {
    /// The largest feasible ratio that was tried, and the smallest above it that is not.
    pub fn bracket(&self) -> [Option<f64>; 2] {
        let fits = |one: &&Checked| one.holds == [true; 3];
        let best = self.checked.iter().filter(fits).map(|one| one.ratio).reduce(f64::max);
        let above = |one: &&Checked| !fits(one) && best.is_none_or(|best| one.ratio > best);
        [best, self.checked.iter().filter(above).map(|one| one.ratio).reduce(f64::min)]
    }
}

/// Answers the question for every model.
///
/// # Errors
/// Those of the engine.
pub fn answer(
    engine: &dyn Engine,
    subjects: Vec<Subject>,
    question: &Question,
) -> Result<Vec<Answer>> {
    let laws = laws(engine, &subjects, question, question.lambda)?;
    let others: Vec<Vec<Option<Ratios>>> = question
        .lambdas
        .iter()
        .map(|lambda| self::laws(engine, &subjects, question, *lambda))
        .collect::<Result<_>>()?;
    let mut answers = Vec::new();
    for (k, (subject, law)) in subjects.into_iter().zip(laws).enumerate() {
        let spread = spread(engine, &subject, law.as_ref(), question)?;
        let others: Vec<Option<&Ratios>> = others.iter().map(|laws| laws[k].as_ref()).collect();
        let at = |place| at_budget(&subject, law.as_ref(), &others, &spread, question, place);
        let budgets = (0..question.budgets.len()).map(at).collect();
        answers.push(Answer { law, budgets, spread, subject });
    }
    Ok(answers)
}

fn laws(
    engine: &dyn Engine,
    subjects: &[Subject],
    question: &Question,
    lambda: f64,
) -> Result<Vec<Option<Ratios>>> {
    let sets: Vec<Vec<Pair>> = subjects
        .iter()
        .map(|subject| pairs(&subject.curves, subject.reach(question.reach), lambda))
        .collect();
    fit_ratios(engine, &sets, &question.budgets, &Plan::new(question.seed, STARTS))
}

impl Subject {
    /// Puts the series of a model together, with the fits to them.
    pub fn by_model(series: Vec<Series>, fitted: Vec<Fitted>) -> Vec<Subject> {
        let mut subjects: Vec<Subject> = Vec::new();
        for (one, fit) in series.into_iter().zip(fitted) {
            if subjects.last().is_none_or(|subject| subject.model != one.model) {
                let observed = [f64::INFINITY, 0.0];
                subjects.push(Subject { model: one.model.clone(), observed, ..Subject::default() });
            }
            let Some(subject) = subjects.last_mut() else { continue };
            subject.observed = series::observed(&one, subject.observed);
            subject.curves.extend(fit.curves);
            subject.series.push(one);
            subject.fitted.push(fit);
        }
        subjects
    }

    /// The range in which turning points are taken at their word.
    pub(super) fn reach(&self, factor: f64) -> [f64; 2] {
        let [first, last] = self.observed;
        [first / factor, last * factor]
    }
}

/// The ratios that turn within reach.
pub(super) fn pairs(curves: &[Curves], reach: [f64; 2], lambda: f64) -> Vec<Pair> {
    let pair = |one: &Curves| match turn(one, lambda) {
        Turn::At(t) if (reach[0]..=reach[1]).contains(&t) => Some(Pair { t, ratio: one.ratio }),
        _ => None,
    };
    curves.iter().filter_map(pair).collect()
}

fn at_budget(
    subject: &Subject,
    law: Option<&Ratios>,
    others: &[Option<&Ratios>],
    spread: &Spread,
    question: &Question,
    place: usize,
) -> AtBudget {
    let t = question.budgets[place];
    let verdict = |law: Option<&Ratios>, epsilon: f64| {
        Some(Verdict::new(law?.at[place].0, &subject.curves, t, epsilon))
    };
    let row = |epsilon: &f64| -> Vec<Sensitivity> {
        let cells = question.lambdas.iter().zip(others);
        let cell = |(lambda, law): (&f64, &Option<&Ratios>)| Sensitivity {
            epsilon: *epsilon,
            lambda: *lambda,
            verdict: verdict(*law, *epsilon),
        };
        cells.map(cell).collect()
    };
    AtBudget {
        t,
        checked: subject.curves.iter().map(|one| checked(one, t, question)).collect(),
        verdict: verdict(law, question.epsilon),
        interval: spread.intervals.get(place).copied().flatten(),
        sensitivity: question.epsilons.iter().flat_map(row).collect(),
    }
}

fn checked(curves: &Curves, t: f64, question: &Question) -> Checked {
    let (general, domain) = (curves.general.at(t), curves.domain.at(t));
    let turn = turn(curves, question.lambda);
    let holds = [general <= question.epsilon, domain < 0.0, turn.is_by(t)];
    Checked { ratio: curves.ratio, turn, general, domain, holds }
}
