//! Whether neighbours along a run have residuals of one sign.
//!
//! In: residuals, and the rows' mixtures and inputs. Out: an [`Along`]: the correlation of neighbours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::Case;
use crate::fit::distribution::normal_two_sided;
use crate::law::bind::Symbol;

/// With fewer pairs the correlation is far from normal.
const FEW: usize = 8;

/// Correlation of the residuals of neighbours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Along {
    /// The input that orders the rows of a run: of those that the law reads, the one with the most values. Rows are of one
    /// run where mixture and all other inputs are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Pairs of neighbours.
    pub pairs: usize,
    /// `sum r_t r_(t+1)` over the root of the product of both sums of squares.
    pub correlation: Option<f64>,
    /// The correlation times the root of the number of pairs: nearly normal for independent residuals.
    pub z: Option<f64>,
    /// The probability of one at least as far from zero.
    pub p_value: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Along {
    pub(super) fn cannot(why: impl Into<String>) -> Along {
        Along { why: Some(why.into()), ..Along::default() }
    }
}

/// Measures it. `series` is the mixture of each row of the table, by number.
pub(super) fn along(case: &Case, series: &[usize], residuals: &[f64], weights: &[f64]) -> Along {
    let inputs = inputs(case);
    let Some(longest) = longest(&inputs) else {
        return Along::cannot("the law reads no input that could order the rows of a run");
    };
    let column = Some(inputs[longest].0.to_string());
    let runs = runs(case, series, &inputs, longest, weights);
    let order = inputs[longest].1;
    let mut sums = [0.0; 3];
    let mut pairs = 0;
    for run in runs {
        for pair in run.windows(2).filter(|pair| order[pair[0]] < order[pair[1]]) {
            let [a, b] = [residuals[pair[0]], residuals[pair[1]]];
            sums[0] += a * b;
            sums[1] += a * a;
            sums[2] += b * b;
            pairs += 1;
        }
    }
    if pairs < FEW || sums[1] * sums[2] == 0.0 {
        let why = format!("there are {pairs} pairs of neighbours along runs");
        return Along { column, pairs, ..Along::cannot(why) };
    }
    let correlation = sums[0] / (sums[1] * sums[2]).sqrt();
    let z = correlation * f64::from(u32::try_from(pairs).unwrap_or(u32::MAX)).sqrt();
    let (correlation, p_value) = (Some(correlation), Some(normal_two_sided(z)));
    Along { column, pairs, correlation, z: Some(z), p_value, why: None }
}

/// The law's inputs that are no shares, over the rows of the problem.
fn inputs<'a>(case: &Case<'a>) -> Vec<(&'a str, &'a [f64])> {
    let problem = case.problem;
    let all = problem.forms.model.symbols.iter().zip(&problem.sample.columns);
    let input = |(symbol, column): (&'a Symbol, &'a std::sync::Arc<Vec<f64>>)| match symbol {
        Symbol::Input(name) => Some((name.as_str(), &column[problem.rows.clone()])),
        _ => None,
    };
    all.filter_map(input).collect()
}

/// The input with the most values, of equals the first; none where no input has two.
fn longest(inputs: &[(&str, &[f64])]) -> Option<usize> {
    let count = |column: &[f64]| {
        let mut bits: Vec<u64> = column.iter().map(|x| x.to_bits()).collect();
        bits.sort_unstable();
        bits.dedup();
        bits.len()
    };
    let counts: Vec<usize> = inputs.iter().map(|(_, column)| count(column)).collect();
    let most = counts.iter().max().copied().filter(|most| *most > 1)?;
    counts.iter().position(|count| *count == most)
}

/// The rows of each run, in order.
fn runs(
    case: &Case,
    series: &[usize],
    inputs: &[(&str, &[f64])],
    longest: usize,
    weights: &[f64],
) -> Vec<Vec<usize>> {
    let mut runs: BTreeMap<(usize, Vec<u64>), Vec<usize>> = BTreeMap::new();
    for row in (0..case.rows.len()).filter(|&row| weights[row] > 0.0) {
        let others = inputs.iter().enumerate().filter(|(k, _)| *k != longest);
        let others = others.map(|(_, (_, column))| column[row].to_bits()).collect();
        let mixture = series.get(case.rows[row]).copied().unwrap_or(0);
        runs.entry((mixture, others)).or_default().push(row);
    }
    let order = inputs[longest].1;
    let mut runs: Vec<Vec<usize>> = runs.into_values().collect();
    runs.iter_mut().for_each(|run| run.sort_by(|&a, &b| order[a].total_cmp(&order[b])));
    runs
}
