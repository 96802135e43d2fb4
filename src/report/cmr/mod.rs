//! The JSON document `mixlaw.cmr/1`: critical mixture ratios of continual pre-training.
//!
//! In: answers and what was asked. Out: a structure that serde writes. Every share says whose it is, and
//! T is tokens everywhere: laws are fitted in units of tokens, which stand beside them.

mod text;
mod warnings;

use serde::Serialize;

pub use text::cmr_text;

use super::ordered;
use crate::cmr::{Answer, AtBudget, Binding, Checked, Curves, Question, Ratios, Turn, Verdict};
use crate::fit::{Estimate, Fit, State};

const SCHEMA: &str = "mixlaw.cmr/1";
/// What every share is of.
const SHARES: &str = "ratios are shares of DOMAIN data; the rest is general (replay) data";

/// The answer of `mixlaw cmr`.
#[derive(Debug, Clone, Serialize)]
pub struct CmrReport {
    /// `mixlaw.cmr/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// What ratios are shares of.
    pub shares: String,
    /// The files.
    pub source: String,
    /// Tokens in a unit of T, in which the laws are fitted.
    pub unit: f64,
    /// Tolerance of the general loss, nats.
    pub epsilon: f64,
    /// Weight of the general loss; `null` for infinite.
    pub lambda: Option<f64>,
    /// Turning points further beyond the checkpoints than this factor are not used.
    pub reach: f64,
    /// Seed of starts and resamples.
    pub seed: u64,
    /// The models.
    pub models: Vec<ModelReport>,
    /// What to know before training by it.
    pub warnings: Vec<String>,
}

/// One model.
#[derive(Debug, Clone, Serialize)]
pub struct ModelReport {
    /// Its name; empty where the table has one only.
    pub model: String,
    /// Tokens of its first and last checkpoint.
    pub observed: [f64; 2],
    /// Its ratios.
    pub ratios: Vec<RatioReport>,
    /// The law of the critical ratio.
    pub law: Option<LawReport>,
    /// How intervals were made, or why there are none.
    pub interval: String,
    /// Each budget.
    pub budgets: Vec<BudgetReport>,
}

/// One ratio.
#[derive(Debug, Clone, Serialize)]
pub struct RatioReport {
    /// Share of domain data.
    pub domain_share: f64,
    /// Share of general data.
    pub general_share: f64,
    /// Fit of the general loss, where there are checkpoints.
    pub general: Option<CurveReport>,
    /// Fit of the domain loss, where there are checkpoints.
    pub domain: Option<CurveReport>,
    /// Tokens at which the objective turns; `falls` from the start, `rises` at the end.
    pub turn: Option<Turn>,
}

/// The fit of one loss at one ratio.
#[derive(Debug, Clone, Serialize)]
pub struct CurveReport {
    /// How it ended.
    pub status: State,
    /// What that means.
    pub message: String,
    /// Checkpoints.
    pub rows: usize,
    /// R2 of the fit.
    pub r2: Option<f64>,
    /// Root of the mean squared residual, nats.
    pub rmse: Option<f64>,
    /// Parameters of `cmr-general` or `cmr-domain`, T in units.
    #[serde(with = "ordered")]
    pub parameters: Vec<(String, Estimate)>,
}

/// The law `R(T) = alpha T^s + beta`.
#[derive(Debug, Clone, Serialize)]
pub struct LawReport {
    /// How its fit ended.
    pub status: State,
    /// What that means.
    pub message: String,
    /// Parameters, T in units.
    #[serde(with = "ordered")]
    pub parameters: Vec<(String, Estimate)>,
    /// What it was fitted to: tokens and domain share.
    pub pairs: Vec<[f64; 2]>,
}

/// A budget.
#[derive(Debug, Clone, Serialize)]
pub struct BudgetReport {
    /// Tokens.
    pub tokens: f64,
    /// The critical ratio; `null` where fewer than three ratios turn within reach.
    pub critical: Option<Verdict>,
    /// Ends of the 95 % interval of its domain share.
    pub interval: Option<[f64; 2]>,
    /// The largest domain share tried that is feasible, and the smallest above it that is not.
    pub between: [Option<f64>; 2],
    /// Every ratio that was tried.
    pub tried: Vec<TriedReport>,
    /// The same for other tolerances and weights.
    pub sensitivity: Vec<SensitivityReport>,
}

/// A ratio at a budget.
#[derive(Debug, Clone, Serialize)]
pub struct TriedReport {
    /// Share of domain data.
    pub domain_share: f64,
    /// Change of the general loss, nats.
    pub general_change: f64,
    /// Change of the domain loss, nats.
    pub domain_change: f64,
    /// The general loss is within the tolerance (Eq. 1).
    pub tolerated: bool,
    /// The domain loss has fallen (Eq. 2).
    pub gains: bool,
    /// The objective has turned (Eq. 5).
    pub turned: bool,
    /// All three.
    pub feasible: bool,
}

/// The critical ratio for another choice.
#[derive(Debug, Clone, Serialize)]
pub struct SensitivityReport {
    /// Tolerance, nats.
    pub epsilon: f64,
    /// Weight of the general loss; `null` for infinite.
    pub lambda: Option<f64>,
    /// Share of domain data.
    pub domain_share: Option<f64>,
    /// What limits it.
    pub binding: Option<Binding>,
}

impl CmrReport {
    /// Gathers answers.
    pub fn new(source: String, unit: f64, question: &Question, answers: &[Answer]) -> CmrReport {
        CmrReport {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            shares: SHARES.into(),
            source,
            unit,
            epsilon: question.epsilon,
            lambda: finite(question.lambda),
            reach: question.reach,
            seed: question.seed,
            models: answers.iter().map(|answer| ModelReport::new(answer, unit, question)).collect(),
            warnings: warnings::warnings(answers, unit, question),
        }
    }

    /// Whether every model has a critical ratio at every budget.
    pub fn is_whole(&self) -> bool {
        let whole = |model: &ModelReport| model.budgets.iter().all(|b| b.critical.is_some());
        self.models.iter().all(whole)
    }
}

impl ModelReport {
    fn new(answer: &Answer, unit: f64, question: &Question) -> ModelReport {
        ModelReport {
            model: answer.subject.model.clone(),
            observed: answer.subject.observed.map(|t| t * unit),
            ratios: ratios(answer, unit, question.lambda),
            law: answer.law.as_ref().map(|law| LawReport::new(law, unit)),
            interval: answer.spread.how.clone(),
            budgets: answer.budgets.iter().map(|at| BudgetReport::new(at, unit)).collect(),
        }
    }
}

/// With checkpoints, all ratios; else those of the curves.
fn ratios(answer: &Answer, unit: f64, lambda: f64) -> Vec<RatioReport> {
    let subject = &answer.subject;
    let fitted = subject.series.iter().zip(&subject.fitted);
    let with = fitted.map(|(series, fit)| RatioReport {
        general: Some(CurveReport::new(&fit.general)),
        domain: Some(CurveReport::new(&fit.domain)),
        ..RatioReport::new(series.ratio, fit.curves.as_ref(), unit, lambda)
    });
    let published = subject.curves.iter().filter(|_| subject.series.is_empty());
    let without = published.map(|one| RatioReport::new(one.ratio, Some(one), unit, lambda));
    with.chain(without).collect()
}

impl RatioReport {
    fn new(ratio: f64, curves: Option<&Curves>, unit: f64, lambda: f64) -> RatioReport {
        let tokens = |turn| match turn {
            Turn::At(t) => Turn::At(t * unit),
            other => other,
        };
        RatioReport {
            domain_share: ratio,
            general_share: 1.0 - ratio,
            general: None,
            domain: None,
            turn: curves.map(|curves| tokens(crate::cmr::turn(curves, lambda))),
        }
    }
}

impl CurveReport {
    fn new(fit: &Fit) -> CurveReport {
        CurveReport {
            status: fit.state,
            message: fit.message.clone(),
            rows: fit.rows,
            r2: fit.metrics.and_then(|metrics| metrics.r2),
            rmse: fit.metrics.and_then(|metrics| metrics.rmse),
            parameters: fit.parameters.clone(),
        }
    }
}

impl LawReport {
    fn new(law: &Ratios, unit: f64) -> LawReport {
        LawReport {
            status: law.state,
            message: law.message.clone(),
            parameters: law.parameters.clone(),
            pairs: law.pairs.iter().map(|pair| [pair.t * unit, pair.ratio]).collect(),
        }
    }
}

impl BudgetReport {
    fn new(at: &AtBudget, unit: f64) -> BudgetReport {
        let sensitivity = at.sensitivity.iter().map(|one| SensitivityReport {
            epsilon: one.epsilon,
            lambda: finite(one.lambda),
            domain_share: one.verdict.map(|verdict| verdict.domain_share),
            binding: one.verdict.map(|verdict| verdict.binding),
        });
        BudgetReport {
            tokens: at.t * unit,
            critical: at.verdict,
            interval: at.interval,
            between: at.bracket(),
            tried: at.checked.iter().map(TriedReport::new).collect(),
            sensitivity: sensitivity.collect(),
        }
    }
}

impl TriedReport {
    fn new(one: &Checked) -> TriedReport {
        let [tolerated, gains, turned] = one.holds;
        TriedReport {
            domain_share: one.ratio,
            general_change: one.general,
            domain_change: one.domain,
            tolerated,
            gains,
            turned,
            feasible: tolerated && gains && turned,
        }
    }
}

/// JSON has no infinity.
fn finite(lambda: f64) -> Option<f64> {
    Some(lambda).filter(|lambda| lambda.is_finite())
}
