//! Descents from many starts: local minima, with no proof that the best of them is the least.
//!
//! In: an [`Objective`], a [`Region`]. Out: the different minima, best first.

use rayon::prelude::*;

use super::exact::Optimum;
use super::penalty::Descent;
use super::{Answer, Found, Objective, Options, Region, mixtures, not_finite};
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::report::mixture::Certificate;

/// Minima closer than this in every share are one.
const SAME: f64 = 1e-6;

/// Runs from spread-out starts.
pub(super) fn descend(
    objective: &Objective,
    region: &Region,
    options: Options,
    watch: &Watch,
) -> Result<Answer> {
    let (ends, evaluated) = minima(&Descent::new(objective, region), region, options, watch)?;
    let residual = ends.first().ok_or_else(not_finite)?.residual;
    let found = ends.into_iter().take(options.top.max(1));
    let found = found.map(|end| Found { mixture: end.mixture, value: end.value }).collect();
    let method = format!("descend: {} starts, local minima", options.starts);
    let residual = Some(residual).filter(|residual| residual.is_finite());
    Ok(Answer { residual, ..Answer::new(found, Certificate::None, method, evaluated) })
}

/// The different minima, best first, and how many evaluations they took.
pub(super) fn minima(
    descent: &Descent,
    region: &Region,
    options: Options,
    watch: &Watch,
) -> Result<(Vec<Optimum>, u64)> {
    let starts = mixtures(&region.low, &region.high, options.seed, options.starts);
    watch.expect(starts.len() as u64);
    let one = |start: &Vec<f64>| {
        let end = if watch.stopped() { None } else { descent.from(start) };
        watch.advance(1);
        end
    };
    let mut ends: Vec<Optimum> =
        starts.par_iter().map(one).collect::<Vec<_>>().into_iter().flatten().collect();
    if watch.stopped() {
        return Err(Error::Interrupted);
    }
    let evaluated = ends.iter().map(|end| end.evaluated).sum();
    // The sort keeps the order of the starts among equals.
    ends.sort_by(|a, b| a.value.total_cmp(&b.value));
    let mut different: Vec<Optimum> = Vec::new();
    for end in ends {
        let near = |known: &Optimum| {
            known.mixture.iter().zip(&end.mixture).all(|(a, b)| (a - b).abs() < SAME)
        };
        if !different.iter().any(near) {
            different.push(end);
        }
    }
    Ok((different, evaluated))
}
