//! Predictions of rows that a refit had not seen, beside those of rows that it had.
//!
//! In: a fit, and its refits with rows left out. Out: [`Backtests`]: the same measures in the sample and out of it.

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::gathered::{Gathered, Test};
use crate::fit::metrics;
use crate::report::draws::Change;

/// All tests of a fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Backtests {
    /// The fit on its own rows.
    pub in_sample: Measures,
    /// What was left out, and how well it was foretold.
    pub tests: Vec<Backtest>,
}

/// How good predictions are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Predictions that are finite numbers.
    pub rows: usize,
    /// Mean of |prediction - observation| / |observation|.
    pub mre: Option<f64>,
    /// Root of the mean squared difference.
    pub rmse: Option<f64>,
    /// 1 - residual over total sum of squares.
    pub r2: Option<f64>,
    /// Spearman's rank correlation.
    pub spearman: Option<f64>,
    /// Mean of prediction - observation.
    pub mean_error: Option<f64>,
}

/// Refits of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// `without-row`, `without-mixture`, `without-value` or `up-to`.
    pub kind: String,
    /// The column whose values are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The value that is left out, or the largest that is learnt from; none where all are put together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Refits that are minima, whose predictions are measured.
    pub refits: usize,
    /// Refits that are not, whose predictions are left out.
    pub without_minimum: usize,
    /// Predictions of minima that are not finite, and left out.
    pub not_finite: usize,
    /// The measures.
    #[serde(flatten)]
    pub measures: Measures,
    /// RMSE over that in the sample: how much the fit flatters itself.
    pub rmse_ratio: Option<f64>,
}

impl Measures {
    fn new(predicted: &[f64], observed: &[f64]) -> Measures {
        let all = metrics(predicted, observed);
        let count = observed.len();
        let sum: f64 = predicted.iter().zip(observed).map(|(p, y)| p - y).sum();
        Measures {
            rows: count,
            mre: all.mre,
            rmse: all.rmse,
            r2: all.r2,
            spearman: all.spearman,
            mean_error: (count > 0).then(|| sum / count as f64),
        }
    }
}

/// Measures all tests; none where no refit left anything out or the fit has no answer.
pub(super) fn backtests(case: &Case, gathered: &Gathered) -> Option<Backtests> {
    if gathered.tests.is_empty() || case.fit.objective.is_none() {
        return None;
    }
    let in_sample =
        Measures::new(&case.problem.predictions(&case.fit.theta), case.problem.target());
    fn pairs(test: &Test) -> impl Iterator<Item = (Kind, &Test)> {
        kinds(&test.change).into_iter().map(move |kind| (kind, test))
    }
    let mut lines: Vec<(Kind, &Test)> = gathered.tests.iter().flat_map(pairs).collect();
    lines.sort_by(|(a, _), (b, _)| a.order(b));
    let lines = lines.chunk_by(|(a, _), (b, _)| a == b);
    let tests = lines.map(|line| measure(line, &in_sample)).collect();
    Some(Backtests { in_sample, tests })
}

/// What a line of the table is about.
#[derive(Debug, Clone, PartialEq)]
struct Kind {
    rank: u8,
    column: Option<String>,
    value: Option<f64>,
}

impl Kind {
    fn order(&self, other: &Kind) -> std::cmp::Ordering {
        let value = |kind: &Kind| kind.value.unwrap_or(f64::INFINITY);
        let by_name = (self.rank, &self.column).cmp(&(other.rank, &other.column));
        by_name.then(value(self).total_cmp(&value(other)))
    }

    fn name(&self) -> &'static str {
        ["up-to", "without-value", "without-mixture", "without-row"][usize::from(self.rank)]
    }
}

/// The lines that a refit belongs to.
fn kinds(change: &Change) -> Vec<Kind> {
    let whole = |rank| vec![Kind { rank, column: None, value: None }];
    let of = |rank, column: &String, value| Kind { rank, column: Some(column.clone()), value };
    match change {
        Change::UpTo { column, value } => vec![of(0, column, Some(*value))],
        Change::WithoutValue { column, value } => {
            vec![of(1, column, Some(*value)), of(1, column, None)]
        }
        Change::WithoutMixture { .. } => whole(2),
        Change::WithoutRow { .. } => whole(3),
        Change::None | Change::Resample { .. } => Vec::new(),
    }
}

/// Measures the refits of one line together.
fn measure(line: &[(Kind, &Test)], in_sample: &Measures) -> Backtest {
    let kind = line[0].0.clone();
    let usable: Vec<&Test> = line.iter().map(|(_, test)| *test).filter(|t| t.usable).collect();
    let (mut predicted, mut observed, mut not_finite) = (Vec::new(), Vec::new(), 0);
    for test in &usable {
        for (prediction, observation) in test.held.predicted.iter().zip(&test.held.observed) {
            match prediction {
                Some(prediction) => {
                    predicted.push(*prediction);
                    observed.push(*observation);
                }
                None => not_finite += 1,
            }
        }
    }
    let measures = Measures::new(&predicted, &observed);
    let ratio = measures.rmse.zip(in_sample.rmse).map(|(out, within)| out / within);
    Backtest {
        kind: kind.name().into(),
        refits: usable.len(),
        without_minimum: line.len() - usable.len(),
        not_finite,
        measures,
        rmse_ratio: ratio.filter(|ratio| ratio.is_finite()),
        column: kind.column,
        value: kind.value,
    }
}
