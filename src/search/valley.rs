//! How flat it is around the best mixture.
//!
//! In: a convex function, its minimum, a tolerance. Out: for each domain the least and the greatest
//! share of all mixtures whose objective is within the tolerance.

use rayon::prelude::*;

use super::exact::minimise;
use super::{Found, Region};
use crate::predictor::Function;

/// Halvings of the range of a share: to a thousandth of it.
const HALVINGS: usize = 10;

/// The ranges. The objective's minimum over all mixtures with a given share is convex in that
/// share, so each end is found by halving; ends are given as far out as the objective allows, to a
/// thousandth.
pub fn valley(function: &Function, region: &Region, best: &Found, tolerance: f64) -> Vec<[f64; 2]> {
    let allowed = best.value + tolerance;
    let end = |k: usize, bound: f64| {
        let (mut inside, mut outside) = (best.mixture[k], bound);
        if least(function, region, k, outside).is_some_and(|value| value <= allowed) {
            return outside;
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (inside + outside);
            match least(function, region, k, middle) {
                Some(value) if value <= allowed => inside = middle,
                _ => outside = middle,
            }
        }
        inside
    };
    let ends: Vec<(usize, f64)> =
        (0..region.low.len()).flat_map(|k| [(k, region.low[k]), (k, region.high[k])]).collect();
    let ends: Vec<f64> = ends.into_par_iter().map(|(k, bound)| end(k, bound)).collect();
    ends.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// The least objective of the mixtures that have a given share of one domain.
fn least(function: &Function, region: &Region, domain: usize, share: f64) -> Option<f64> {
    let (mut low, mut high) = (region.low.clone(), region.high.clone());
    (low[domain], high[domain]) = (share, share);
    let possible = low.iter().sum::<f64>() <= 1.0 && high.iter().sum::<f64>() >= 1.0;
    let optimum = possible.then(|| minimise(function, &low, &high, None)).flatten()?;
    Some(optimum.value)
}
