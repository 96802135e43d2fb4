//! Which contender to use, and how sure that is.
//!
//! In: [`Scored`] predictions of one scheme. Out: a [`Winner`]: the one whose unseen predictions rank
//! the runs best on average over splits and targets, and in how many resamples of the splits it is.

use serde::{Deserialize, Serialize};

use super::Scored;
use super::judged::measured;
use crate::plan::mix;

/// Resamples of the splits.
const RESAMPLES: u64 = 2000;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Winner {
    /// The contender, by number.
    pub contender: usize,
    /// Its mean rank correlation over splits and targets.
    pub spearman: f64,
    /// The share of the resamples in which it is the best.
    pub sure: f64,
    /// Splits that were resampled.
    pub splits: usize,
}

/// The winner among `contenders`; `None` where none has a correlation in every split.
pub fn winner(scored: &[&Scored], contenders: usize, splits: usize, seed: u64) -> Option<Winner> {
    let table: Vec<Option<Vec<f64>>> = (0..contenders)
        .map(|number| {
            let of = |split: usize| {
                let one = scored.iter().find(|s| s.contender == number && s.split == split)?;
                ranking(one)
            };
            (0..splits).map(of).collect()
        })
        .collect();
    let best = |splits: &[usize]| {
        let mean = |values: &Vec<f64>| {
            splits.iter().map(|&split| values[split]).sum::<f64>() / splits.len() as f64
        };
        let means =
            table.iter().enumerate().filter_map(|(k, values)| Some((k, mean(values.as_ref()?))));
        // The first of equals.
        means.fold(None, |best: Option<(usize, f64)>, new| match best {
            Some(known) if known.1 >= new.1 => Some(known),
            _ => Some(new),
        })
    };
    let (contender, spearman) = best(&(0..splits).collect::<Vec<usize>>())?;
    let wins = (0..RESAMPLES).filter(|&sample| {
        let drawn = |place: usize| {
            let bits = mix(seed ^ mix(sample ^ mix(place as u64)));
            usize::try_from(bits % splits as u64).unwrap_or(0)
        };
        let drawn: Vec<usize> = (0..splits).map(drawn).collect();
        best(&drawn).is_some_and(|(k, _)| k == contender)
    });
    let sure = wins.count() as f64 / RESAMPLES as f64;
    Some(Winner { contender, spearman, sure, splits })
}

/// The mean rank correlation of a split over the targets; `None` where a target was not predicted.
fn ranking(scored: &Scored) -> Option<f64> {
    let each = scored.targets.iter().map(|target| {
        let judged = measured(target.as_ref().ok()?)?;
        // Constant predictions rank nothing.
        Some(judged.metrics.spearman.unwrap_or(0.0))
    });
    let all: Vec<f64> = each.collect::<Option<_>>()?;
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}
