//! Rows that lie beyond the runs of a fit, where conformal intervals promise nothing.
//!
//! In: a fit document and the rows to predict. Out: for each row why it could not stand among the runs.
//!
//! With many domains nearly every new mixture lies outside the hull of the runs, drawn in the same way or not.
//! So its distance is held against those of the runs themselves, each from the hull of the others: a mixture
//! that could stand among them is farther out than the part `level` of them with probability 1 - `level`.

use std::collections::HashMap;

use rayon::prelude::*;

use super::ends::nth;
use crate::predictor::outside_by;
use crate::report::{FitReport, number};
use crate::runs::Runs;

/// An input this much beyond the range of the runs, as a part of its end, is still within: rounding.
const ROUNDING: f64 = 1e-9;

/// Mixtures of the runs that are held against the others, times these: all of up to 512.
const MOST_PAIRS: usize = 1 << 18;

const UNKNOWN: &str = "not known to lie among the runs: the fit document does not hold";

/// Why the mixture of each row is not among those of the runs; `None` where it is.
pub(super) fn mixtures(fit: &FitReport, runs: &Runs, level: f64) -> Vec<Option<String>> {
    let domains = fit.runs.domains.len();
    if domains == 0 {
        return vec![None; runs.len()];
    }
    let observed = &fit.runs.mixtures;
    if observed.is_empty() || observed.iter().any(|mixture| mixture.len() != domains) {
        return vec![Some(format!("{UNKNOWN} their mixtures")); runs.len()];
    }
    let shares = |row: usize| runs.mixture.iter().map(|c| c[row]).collect::<Vec<f64>>();
    let bits = |row: usize| runs.mixture.iter().map(|c| c[row].to_bits()).collect::<Vec<u64>>();
    // Checkpoints have the mixture of their run: each is looked at once.
    let mut first: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut different = Vec::new();
    let place = |row: usize| {
        *first.entry(bits(row)).or_insert_with(|| {
            different.push(shares(row));
            different.len() - 1
        })
    };
    let places: Vec<usize> = (0..runs.len()).map(place).collect();
    let distance = |mixture: &Vec<f64>| outside_by(observed, None, mixture);
    let distances: Vec<f64> = different.par_iter().map(distance).collect();
    let usual = usual(observed, level);
    let why = |place: usize| beyond(distances[place], usual, level);
    places.into_iter().map(why).collect()
}

/// How far the part `level` of the mixtures lies outside the hull of the others at most; 0 where they are too
/// few to say.
fn usual(observed: &[Vec<f64>], level: f64) -> f64 {
    let step = observed.len().pow(2).div_ceil(MOST_PAIRS);
    let tried: Vec<usize> = (0..observed.len()).step_by(step.max(1)).collect();
    let distance = |place: &usize| outside_by(observed, Some(*place), &observed[*place]);
    let mut distances: Vec<f64> = tried.par_iter().map(distance).collect();
    distances.sort_by(f64::total_cmp);
    nth(distances.len(), level).map_or(0.0, |place| distances[place])
}

fn beyond(distance: f64, usual: f64, level: f64) -> Option<String> {
    let others = if usual > 0.0 {
        format!(
            ", and {} % of the runs no farther than {usual:.4} outside that of the others",
            (1e6 * level).round() / 1e4
        )
    } else {
        String::new()
    };
    let hull = "the mixture lies outside the hull of the runs' mixtures";
    (distance > usual).then(|| format!("{hull}, by at least {distance:.4}{others}"))
}

/// Why an input of a row is beyond those of the runs; `None` where none is. `inputs` are the law's.
pub(super) fn input(fit: &FitReport, runs: &Runs, inputs: &[String], row: usize) -> Option<String> {
    inputs.iter().find_map(|name| {
        let value = runs.inputs.get(name).map(|column| column[row])?;
        let range = fit.runs.ranges.iter().find(|(known, _)| known == name);
        let Some((_, [low, high])) = range else {
            return Some(format!("{UNKNOWN} the range of `{name}`"));
        };
        let [least, most] = [low - ROUNDING * low.abs(), high + ROUNDING * high.abs()];
        (value < least || value > most).then(|| {
            let [value, low, high] = [value, *low, *high].map(|x| number(Some(x)));
            format!("{name} = {value} lies beyond the runs ({low} to {high})")
        })
    })
}
