//! Rows that lie beyond the runs of a fit, where conformal intervals promise nothing.
//!
//! In: a fit document and the rows to predict. Out: for each row why it is not one of them.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::predictor::outside;
use crate::report::{FitReport, number};
use crate::runs::Runs;

/// An input this much beyond the range of the runs, as a part of its end, is still within: rounding.
const ROUNDING: f64 = 1e-9;

const UNKNOWN: &str = "not known to lie among the runs: the fit document does not hold";

/// Why the mixture of each row is not among those of the runs; `None` where it is.
pub(super) fn mixtures(fit: &FitReport, runs: &Runs) -> Vec<Option<String>> {
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
    let distance = |mixture: &Vec<f64>| outside(observed, mixture);
    let distances: Vec<Option<f64>> = different.par_iter().map(distance).collect();
    places.into_iter().map(|place| distances[place].map(beyond)).collect()
}

fn beyond(distance: f64) -> String {
    format!("the mixture lies outside the hull of the runs' mixtures, by at least {distance:.4}")
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
