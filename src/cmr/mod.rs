//! The critical mixture ratio of continual pre-training (Gu et al. 2024, arXiv 2407.17467v2).
//!
//! In: [`Series`] of checkpoints, one for each model and ratio, or published coefficients of their
//! [`Curves`]. Out: an [`Answer`] for each model: where each ratio's general loss turns, the law of the
//! critical ratio in the tokens, the ratio at a budget, how sure it is and how it depends on the
//! tolerance and on lambda. Ratios are shares of DOMAIN data everywhere.

mod answer;
mod coefficients;
mod critical;
mod curves;
mod fit;
mod law;
mod resample;
mod series;
mod turn;

pub use answer::{Answer, AtBudget, Checked, Sensitivity, Subject, answer};
pub use coefficients::{COEFFICIENTS, read_coefficients};
pub use critical::{Binding, Verdict};
pub use curves::{Curves, Domain, General};
pub use fit::{Fitted, fit_series};
pub use law::{Pair, Ratios};
pub use resample::Spread;
pub use series::{Columns, Point, Series, read_series};
pub use turn::{Turn, turn};

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Tokens of continual pre-training, in the units of the curves.
    pub budgets: Vec<f64>,
    /// How much the general loss may rise above the base model's, nats (Eq. 1).
    pub epsilon: f64,
    /// The weight of the general loss (Eq. 3); infinite for the peak of the general loss.
    pub lambda: f64,
    /// Other tolerances, to show what hangs on the choice.
    pub epsilons: Vec<f64>,
    /// Other weights, to show what hangs on the choice.
    pub lambdas: Vec<f64>,
    /// Turning points further beyond the checkpoints than this factor are not used for the law.
    pub reach: f64,
    /// Resamples of the checkpoints' residuals, for intervals.
    pub resamples: usize,
    /// Seed of starts and resamples.
    pub seed: u64,
}
