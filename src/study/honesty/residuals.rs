//! Whether residuals look like the noise that standard errors suppose.
//!
//! In: a fit and its view from the minimum. Out: [`Residuals`]: shape, equal variance, independence along runs, and
//! the rows that stand out. A test that cannot be done says why.

use serde::{Deserialize, Serialize};

use super::along::{Along, along};
use super::case::Case;
use crate::fit::Local;
use crate::fit::distribution::chi_square_above;
use crate::law::bind::Symbol;
use crate::problem::Loss;
use crate::runs::Runs;

/// Rows that are listed, of those that stand out.
const LISTED: usize = 5;

/// With fewer rows the tests' distributions are far from their limits.
const FEW: usize = 8;

/// What residuals look like; all but the share beyond delta on the objective's scale times the root of a row's weight.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Residuals {
    /// Rows with any weight.
    pub rows: usize,
    /// Mean; prediction less observation.
    pub mean: Option<f64>,
    /// Standard deviation, with n - k in the denominator.
    pub deviation: Option<f64>,
    /// Skewness, `m3 / m2^1.5`.
    pub skewness: Option<f64>,
    /// Excess kurtosis, `m4 / m2^2 - 3`.
    pub excess_kurtosis: Option<f64>,
    /// Jarque and Bera (1987): chi-square of 2 degrees for normal residuals.
    pub jarque_bera: Test,
    /// Breusch and Pagan in the studentised form of Koenker (1981): n R2 of the squared residuals on one regressor each,
    /// chi-square of 1 degree where the variance does not depend on it.
    pub breusch_pagan: Vec<Against>,
    /// Correlation of neighbours along runs.
    pub along_runs: Along,
    /// Share of rows whose residual is beyond Huber's delta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond_delta: Option<f64>,
    /// Mean leverage: parameters over rows.
    pub mean_leverage: Option<f64>,
    /// The rows of greatest leverage.
    pub leverages: Vec<RowValue>,
    /// The rows of greatest residual in units of its own standard deviation, `r / (s sqrt(1 - h))`.
    pub standardised: Vec<RowValue>,
}

/// A test.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The statistic.
    pub statistic: Option<f64>,
    /// The probability of one at least as large, if all is as supposed.
    pub p_value: Option<f64>,
    /// Why it cannot be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A test against one regressor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// `prediction`, or an input.
    pub regressor: String,
    /// The test.
    #[serde(flatten)]
    pub test: Test,
}

/// A number of a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RowValue {
    /// The row's number in the table.
    pub row: u64,
    /// The number.
    pub value: f64,
}

impl Test {
    fn cannot(why: impl Into<String>) -> Test {
        Test { why: Some(why.into()), ..Test::default() }
    }

    fn chi_square(statistic: f64, freedom: f64) -> Test {
        let p_value = Some(chi_square_above(statistic, freedom));
        Test { statistic: Some(statistic), p_value, why: None }
    }
}

/// Looks at the residuals of a fit. `series` is the mixture of each row of the table, by number.
pub(super) fn residuals(runs: &Runs, case: &Case, local: &Local, series: &[usize]) -> Residuals {
    let all = local.weighted_residuals();
    let there: Vec<usize> = (0..all.len()).filter(|&row| local.weights[row] > 0.0).collect();
    let own: Vec<f64> = there.iter().map(|&row| all[row]).collect();
    let spare = own.len() as f64 - case.determined() as f64;
    let variance = own.iter().map(|r| r * r).sum::<f64>() / spare;
    let moments = Moments::new(&own);
    let floor = case.problem.rounding_floor();
    let noise = own.iter().map(|r| r * r).sum::<f64>() > floor;
    let mut list = Residuals {
        rows: own.len(),
        mean: moments.as_ref().map(|m| m.mean),
        deviation: (spare > 0.0).then(|| variance.sqrt()),
        beyond_delta: beyond_delta(case, local, &there),
        mean_leverage: (!own.is_empty()).then(|| case.determined() as f64 / own.len() as f64),
        leverages: largest(runs, case, &there, |row| local.leverages[row]),
        ..Residuals::default()
    };
    let why = if !noise { Some("the residuals are zero but for rounding") } else { few(own.len()) };
    list.along_runs = match why {
        Some(why) => Along::cannot(why),
        None => along(case, series, &all, &local.weights),
    };
    if let Some(why) = why {
        list.jarque_bera = Test::cannot(why);
        return list;
    }
    list.skewness = moments.as_ref().map(|m| m.skewness);
    list.excess_kurtosis = moments.as_ref().map(|m| m.kurtosis);
    list.jarque_bera =
        moments.map_or(Test::cannot("all residuals are the same"), |m| m.jarque_bera(own.len()));
    list.breusch_pagan = breusch_pagan(case, &there, &own);
    if spare > 0.0 {
        let unit = |row: usize| (variance * (1.0 - local.leverages[row]).max(0.0)).sqrt();
        let known: Vec<usize> = there.into_iter().filter(|&row| unit(row) > 0.0).collect();
        list.standardised = largest(runs, case, &known, |row| all[row] / unit(row));
    }
    list
}

fn few(rows: usize) -> Option<&'static str> {
    (rows < FEW).then_some("fewer than 8 rows")
}

/// Mean, skewness and excess kurtosis.
struct Moments {
    mean: f64,
    skewness: f64,
    kurtosis: f64,
}

impl Moments {
    /// None where the variance is zero.
    fn new(values: &[f64]) -> Option<Moments> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let moment = |k: i32| values.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
        let variance = moment(2);
        (variance > 0.0).then(|| Moments {
            mean,
            skewness: moment(3) / variance.powf(1.5),
            kurtosis: moment(4) / (variance * variance) - 3.0,
        })
    }

    fn jarque_bera(&self, rows: usize) -> Test {
        let shape = self.skewness.powi(2) + self.kurtosis.powi(2) / 4.0;
        Test::chi_square(rows as f64 / 6.0 * shape, 2.0)
    }
}

/// Tests the squared residuals against the prediction and every column that the law reads.
fn breusch_pagan(case: &Case, there: &[usize], residuals: &[f64]) -> Vec<Against> {
    let problem = case.problem;
    let predictions = problem.predictions(&case.fit.theta);
    let squares: Vec<f64> = residuals.iter().map(|r| r * r).collect();
    let against = |regressor: String, column: &[f64]| {
        let picked: Vec<f64> = there.iter().map(|&row| column[row]).collect();
        Against { regressor, test: koenker(&squares, &picked) }
    };
    let mut tests = vec![against("prediction".into(), &predictions)];
    let inputs = problem.forms.model.symbols.iter().zip(&problem.sample.columns);
    for (symbol, column) in inputs {
        tests.push(against(name(case, symbol), &column[problem.rows.clone()]));
    }
    tests
}

/// What a column is called in formulas.
fn name(case: &Case, symbol: &Symbol) -> String {
    match symbol {
        Symbol::Share(domain) => format!("w[{}]", case.problem.forms.model.domains[*domain]),
        Symbol::OwnShare => "r".into(),
        Symbol::Input(name) => name.clone(),
        Symbol::Target => "observation".into(),
    }
}

/// `n R2` of a straight line through squared residuals.
fn koenker(squares: &[f64], regressor: &[f64]) -> Test {
    let n = squares.len() as f64;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
    let (my, mx) = (mean(squares), mean(regressor));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (y, x) in squares.iter().zip(regressor) {
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
        xy += (x - mx) * (y - my);
    }
    let size = regressor.iter().map(|x| x * x).sum::<f64>();
    if !(xx > 1e-20 * size && xx.is_finite()) {
        return Test::cannot("it is the same in all rows");
    }
    if yy == 0.0 {
        return Test::cannot("all squared residuals are the same");
    }
    Test::chi_square(n * xy * xy / (xx * yy), 1.0)
}

fn beyond_delta(case: &Case, local: &Local, there: &[usize]) -> Option<f64> {
    let Loss::Huber { delta } = case.problem.forms.objective.loss else { return None };
    let beyond = there.iter().filter(|&&row| local.residuals[row].abs() > delta).count();
    (!there.is_empty()).then(|| beyond as f64 / there.len() as f64)
}

/// The rows whose numbers are the greatest in size.
fn largest(
    runs: &Runs,
    case: &Case,
    rows: &[usize],
    value: impl Fn(usize) -> f64,
) -> Vec<RowValue> {
    let mut order = rows.to_vec();
    order.sort_by(|&a, &b| value(b).abs().total_cmp(&value(a).abs()).then(a.cmp(&b)));
    let listed = order.into_iter().take(LISTED);
    listed.map(|row| RowValue { row: case.number(runs, row), value: value(row) }).collect()
}
