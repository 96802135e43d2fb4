//! Rows that the answer hangs on.
//!
//! In: a fit and its refits without one row each. Out: an [`Influence`]: how far each parameter moves, in standard
//! errors, and a distance like Cook's (Belsley, Kuh and Welsch 1980; Cook 1977).

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::gathered::{Gathered, WithoutRow};
use crate::numeric::{factor, solve_factored};

/// A row is marked when a parameter moves by more than this many standard errors without it.
pub const MARKED: f64 = 1.0;

/// Rows listed at most.
const LISTED: usize = 10;

/// What rows do to a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Influence {
    /// Refits without one row that are minima.
    pub refits: usize,
    /// Refits that are not, and tell nothing.
    pub without_minimum: usize,
    /// Rows are marked beyond this shift, in standard errors.
    pub cut: f64,
    /// Rows that are marked.
    pub marked: usize,
    /// The usual cut of regression, `2/sqrt(n)`.
    pub usual_cut: f64,
    /// Rows that move some parameter beyond the usual cut.
    pub beyond_usual_cut: usize,
    /// The rows that move a parameter the furthest, at most ten.
    pub rows: Vec<InfluentialRow>,
    /// For each parameter the row that moves it the furthest.
    pub parameters: Vec<Shift>,
}

/// A row that the answer hangs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InfluentialRow {
    /// Its number in the table.
    pub row: u64,
    /// The parameter that it moves the furthest.
    pub parameter: String,
    /// The estimate less the one without the row, in standard errors of the fit (DFBETAS, with the full fit's
    /// variance).
    pub shift: f64,
    /// `d' C^-1 d / p` with the shifts d of the p parameters that have standard errors and their covariance C; `null`
    /// where C has no inverse.
    pub distance: Option<f64>,
    /// Whether it is beyond the cut.
    pub marked: bool,
}

/// How far a parameter moves at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Its label.
    pub parameter: String,
    /// The row.
    pub row: u64,
    /// The shift, as in [`InfluentialRow::shift`].
    pub shift: f64,
}

/// Measures the influence of rows. `Err` says why it cannot be measured.
pub(super) fn influence(case: &Case, gathered: &Gathered) -> Result<Influence, String> {
    if gathered.without_row.is_empty() {
        return Err("no refit leaves out one row at a time".into());
    }
    let known: Vec<usize> =
        (0..case.fit.theta.len()).filter(|&j| case.error(j).is_some()).collect();
    if known.is_empty() {
        return Err("no parameter has a standard error to measure by".into());
    }
    let metric = Metric::new(case, &known);
    let mut rows: Vec<(InfluentialRow, Vec<f64>)> =
        gathered.without_row.iter().filter_map(|one| row(case, &known, &metric, one)).collect();
    let parameters = known.iter().enumerate().filter_map(|(k, &j)| furthest(case, j, k, &rows));
    let parameters = parameters.collect();
    rows.sort_by(|(a, _), (b, _)| b.shift.abs().total_cmp(&a.shift.abs()).then(a.row.cmp(&b.row)));
    let usual = 2.0 / (case.problem.rows.len() as f64).sqrt();
    let beyond = |cut: f64| rows.iter().filter(|(row, _)| row.shift.abs() > cut).count();
    Ok(Influence {
        refits: rows.len(),
        without_minimum: gathered.without_row.len() - rows.len(),
        cut: MARKED,
        marked: beyond(MARKED),
        usual_cut: usual,
        beyond_usual_cut: beyond(usual),
        rows: rows.into_iter().take(LISTED).map(|(row, _)| row).collect(),
        parameters,
    })
}

/// The row, and the shift of every known parameter.
fn row(
    case: &Case,
    known: &[usize],
    metric: &Metric,
    one: &WithoutRow,
) -> Option<(InfluentialRow, Vec<f64>)> {
    let theta = one.theta.as_ref()?;
    let shift = |&j: &usize| Some((case.fit.theta[j] - theta[j]) / case.error(j)?);
    let shifts: Vec<f64> = known.iter().map(shift).collect::<Option<_>>()?;
    let largest = (0..shifts.len())
        .max_by(|&a, &b| shifts[a].abs().total_cmp(&shifts[b].abs()).then(b.cmp(&a)))?;
    let row = InfluentialRow {
        row: one.row,
        parameter: case.label(known[largest]),
        shift: shifts[largest],
        distance: metric.distance(&shifts),
        marked: shifts[largest].abs() > MARKED,
    };
    Some((row, shifts))
}

fn furthest(
    case: &Case,
    parameter: usize,
    k: usize,
    rows: &[(InfluentialRow, Vec<f64>)],
) -> Option<Shift> {
    let (row, shifts) = rows
        .iter()
        .max_by(|(a, x), (b, y)| x[k].abs().total_cmp(&y[k].abs()).then(b.row.cmp(&a.row)))?;
    Some(Shift { parameter: case.label(parameter), row: row.row, shift: shifts[k] })
}

/// The factored correlations of the known parameters: their units are standard errors.
struct Metric(Option<Vec<f64>>);

impl Metric {
    fn new(case: &Case, known: &[usize]) -> Metric {
        let (size, all) = (known.len(), case.fit.theta.len());
        let unit = |k: usize| case.error(known[k]).unwrap_or(f64::NAN);
        let entry = |e: usize| {
            let (a, b) = (e / size, e % size);
            case.fit.covariance[known[a] * all + known[b]] / unit(a) / unit(b)
        };
        let mut matrix: Vec<f64> = (0..size * size).map(entry).collect();
        Metric(factor(&mut matrix, size, 1e-14).then_some(matrix))
    }

    fn distance(&self, shifts: &[f64]) -> Option<f64> {
        let mut solved = shifts.to_vec();
        solve_factored(self.0.as_ref()?, &mut solved);
        let square: f64 = shifts.iter().zip(&solved).map(|(a, b)| a * b).sum();
        Some(square / shifts.len() as f64)
    }
}
