//! The health of a run table: what it holds, and what a fit may trip over.
//!
//! In: checked [`Runs`]. Out: [`Health`], plain data for the terminal and for JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{KEYS, RowCounts, Runs, Target, distinct, rank};

/// Inputs that tell runs with the same mixture apart: checkpoints of one run share them.
const SIZES: [&str; 2] = ["N", "model_size"];
/// How many rows a list in the report names.
const LISTED: usize = 20;
/// A value further from the median than this many median absolute deviations is an outlier.
const OUTLIER: f64 = 6.0;

/// What a table holds.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// The files.
    pub source: String,
    /// Where the rows went, and how many sums were renormalised.
    #[serde(flatten)]
    pub counts: RowCounts,
    /// How many groups the rows fall into.
    pub groups: usize,
    /// Distinct pairs of a mixture and the model size (the input `N`, else `model_size`, if there
    /// is one); none for a table without a mixture.
    pub runs: Option<usize>,
    /// The mixture; none for a table without one.
    pub mixture: Option<MixtureHealth>,
    /// Rows with the mixture and all inputs of an earlier row (run numbers aside).
    pub duplicates: Duplicates,
    /// The targets.
    pub targets: Vec<TargetHealth>,
    /// The columns that a law can read.
    pub inputs: Vec<InputHealth>,
    /// The columns that it cannot, with the reason.
    pub incomplete: BTreeMap<String, String>,
}

/// How the mixture varies.
#[derive(Debug, Clone, Serialize)]
pub struct MixtureHealth {
    /// Distinct mixtures.
    pub distinct: usize,
    /// Rank of the matrix of proportions.
    pub rank: usize,
    /// Directions that no run varies: effects along them cannot be fitted.
    pub unobserved_directions: usize,
    /// The domains.
    pub domains: Vec<DomainHealth>,
}

/// The proportions of a domain.
#[derive(Debug, Clone, Serialize)]
pub struct DomainHealth {
    /// The domain.
    pub name: String,
    /// Its smallest proportion.
    pub min: f64,
    /// Its largest proportion.
    pub max: f64,
    /// Its mean over the rows.
    pub mean: f64,
    /// Rows in which it is exactly zero.
    pub zero_rows: usize,
}

/// Rows that repeat an earlier row.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Duplicates {
    /// How many there are.
    pub count: usize,
    /// The first of them: the row, and the earlier row that it repeats.
    pub rows: Vec<(u32, u32)>,
}

/// The values of a target.
#[derive(Debug, Clone, Serialize)]
pub struct TargetHealth {
    /// The column.
    pub column: String,
    /// The domain that it is measured on, if that is in the mixture.
    pub own: Option<String>,
    /// Rows without a value.
    pub missing: usize,
    /// The smallest value; none if there is no value.
    pub min: Option<f64>,
    /// The middle value.
    pub median: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
    /// Rows further than 6 median absolute deviations from the median, over the whole column.
    pub outliers: usize,
    /// The first of them.
    pub outlier_rows: Vec<Outlier>,
}

/// A value far from the others.
#[derive(Debug, Clone, Serialize)]
pub struct Outlier {
    /// The data row in the file.
    pub row: u32,
    /// The value.
    pub value: f64,
}

/// The values of an input.
#[derive(Debug, Clone, Serialize)]
pub struct InputHealth {
    /// The column.
    pub name: String,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// Distinct values.
    pub distinct: usize,
}

/// Looks a table over.
pub fn health(runs: &Runs) -> Health {
    let mixture: Vec<&[f64]> = runs.mixture.iter().map(|column| column.as_slice()).collect();
    let first = distinct::first_equal(&mixture, runs.len());
    Health {
        source: runs.source.clone(),
        counts: runs.counts,
        groups: runs.groups.len(),
        runs: (!mixture.is_empty()).then(|| count_runs(runs, &mixture)),
        mixture: (!mixture.is_empty()).then(|| mixture_health(runs, &mixture, &first)),
        duplicates: duplicates(runs, mixture),
        targets: runs.targets.iter().map(|target| target_health(runs, target)).collect(),
        inputs: runs.inputs.iter().map(|(name, values)| input_health(name, values)).collect(),
        incomplete: runs.incomplete.clone(),
    }
}

fn count_runs(runs: &Runs, mixture: &[&[f64]]) -> usize {
    let mut columns = mixture.to_vec();
    let size = SIZES.iter().find_map(|&name| runs.inputs.get(name));
    columns.extend(size.map(|column| column.as_slice()));
    distinct::count(&distinct::first_equal(&columns, runs.len()))
}

fn mixture_health(runs: &Runs, mixture: &[&[f64]], first: &[u32]) -> MixtureHealth {
    let distinct_rows = (0..runs.len()).filter(|&row| first[row] as usize == row);
    let rank = rank::rank(mixture, distinct_rows);
    let domains = runs.domains.iter().zip(mixture);
    MixtureHealth {
        distinct: distinct::count(first),
        rank,
        unobserved_directions: mixture.len() - rank,
        domains: domains.map(|(name, shares)| domain_health(name, shares)).collect(),
    }
}

fn domain_health(name: &str, shares: &[f64]) -> DomainHealth {
    let (min, max) = range(shares);
    DomainHealth {
        name: name.to_string(),
        min,
        max,
        mean: shares.iter().sum::<f64>() / shares.len() as f64,
        zero_rows: shares.iter().filter(|&&share| share == 0.0).count(),
    }
}

fn duplicates<'a>(runs: &'a Runs, mut columns: Vec<&'a [f64]>) -> Duplicates {
    let inputs = runs.inputs.iter().filter(|(name, _)| !KEYS.contains(&name.as_str()));
    columns.extend(inputs.map(|(_, values)| values.as_slice()));
    if columns.is_empty() {
        return Duplicates::default();
    }
    let first = distinct::first_equal(&columns, runs.len());
    let repeated = (0..runs.len()).filter(|&row| first[row] as usize != row);
    let number = |row: usize| runs.row_numbers[row];
    Duplicates {
        count: runs.len() - distinct::count(&first),
        rows: repeated.take(LISTED).map(|row| (number(row), number(first[row] as usize))).collect(),
    }
}

fn target_health(runs: &Runs, target: &Target) -> TargetHealth {
    let mut sorted: Vec<f64> = target.values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = median(&sorted);
    let far = |value: f64, limit: f64| middle.is_some_and(|middle| (value - middle).abs() > limit);
    let mut distances: Vec<f64> =
        sorted.iter().map(|x| (x - middle.unwrap_or(0.0)).abs()).collect();
    distances.sort_unstable_by(f64::total_cmp);
    // Where most values are equal the deviation is zero, and says nothing about the rest.
    let limit =
        median(&distances).filter(|&mad| mad > 0.0).map_or(f64::INFINITY, |mad| OUTLIER * mad);
    let outliers = (0..runs.len()).filter(|&row| far(target.values[row], limit));
    TargetHealth {
        column: target.column.clone(),
        own: target.own.map(|domain| runs.domains[domain].clone()),
        missing: runs.len() - sorted.len(),
        min: sorted.first().copied(),
        median: middle,
        max: sorted.last().copied(),
        outliers: outliers.clone().count(),
        outlier_rows: outliers
            .take(LISTED)
            .map(|row| Outlier { row: target_row(runs, target, row), value: target.values[row] })
            .collect(),
    }
}

fn target_row(runs: &Runs, target: &Target, row: usize) -> u32 {
    let place = runs.place(row, &target.column);
    place.row.and_then(|row| u32::try_from(row).ok()).unwrap_or(runs.row_numbers[row])
}

fn median(sorted: &[f64]) -> Option<f64> {
    let (low, high) =
        (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    // Halved before the sum, which could overflow.
    Some(low / 2.0 + high / 2.0)
}

fn input_health(name: &str, values: &[f64]) -> InputHealth {
    let (min, max) = range(values);
    let distinct = distinct::count(&distinct::first_equal(&[values], values.len()));
    InputHealth { name: name.to_string(), min, max, distinct }
}

fn range(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), &x| (min.min(x), max.max(x)))
}
