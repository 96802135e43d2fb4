//! Descents from many starts: local minima, with no proof that the best of them is the least.
//!
//! In: a smooth function, a region. Out: the different minima, best first.

use rayon::prelude::*;

use super::exact::{Optimum, minimise};
use super::{Answer, Found, Options, Region, mixtures, not_finite};
use crate::error::Result;
use crate::predictor::Function;
use crate::report::mixture::Certificate;

/// Minima closer than this in every share are one.
const SAME: f64 = 1e-6;

/// Runs the interior-point path from spread-out starts.
pub(super) fn descend(function: &Function, region: &Region, options: Options) -> Result<Answer> {
    let starts = mixtures(&region.low, &region.high, options.seed, options.starts);
    let ends = starts
        .par_iter()
        .map(|start| minimise(function, &region.low, &region.high, Some(start)))
        .collect::<Vec<Option<Optimum>>>();
    let mut ends: Vec<Optimum> = ends.into_iter().flatten().collect();
    let evaluated = ends.iter().map(|end| end.evaluated).sum();
    // The sort keeps the order of the starts among equals.
    ends.sort_by(|a, b| a.value.total_cmp(&b.value));
    let residual = ends.first().ok_or_else(not_finite)?.residual;
    let mut found: Vec<Found> = Vec::new();
    for end in ends {
        let near = |known: &Found| {
            known.mixture.iter().zip(&end.mixture).all(|(a, b)| (a - b).abs() < SAME)
        };
        if found.len() < options.top.max(1) && !found.iter().any(near) {
            found.push(Found { mixture: end.mixture, value: end.value });
        }
    }
    Ok(Answer {
        found,
        lower_bound: None,
        certificate: Certificate::None,
        method: format!("descend: {} starts, local minima", options.starts),
        residual: Some(residual),
        evaluated,
    })
}
