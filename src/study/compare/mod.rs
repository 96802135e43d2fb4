//! Laws and regressors side by side, on rows that they have not seen.
//!
//! In: a table, [`Contender`]s and [`Scheme`]s of splits. Out: [`Scored`] predictions: each contender
//! learns from the rows of a split's one side and is held against those of the other.

mod contender;
mod judged;
mod splits;
mod winner;

use std::time::Instant;

pub use contender::{Contender, Kind, Settings};
pub use judged::{Judged, judge, mean};
pub use splits::{Scheme, Split, by_value, folds};
pub use winner::{Winner, winner};

use contender::Learnt;
pub(super) use contender::samples;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::runs::Runs;

/// Predictions of one contender for the rows that one split keeps from it.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The contender, by number.
    pub contender: usize,
    /// The scheme, by number.
    pub scheme: usize,
    /// The split of the scheme, by number.
    pub split: usize,
    /// Seconds that learning took, for all targets.
    pub seconds: f64,
    /// For each target predictions and observations; `Err` says why there are none.
    pub targets: Vec<std::result::Result<Pairs, String>>,
}

/// Predictions and what was observed.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// One a row.
    pub predicted: Vec<f64>,
    /// One a row.
    pub observed: Vec<f64>,
}

/// Runs all contenders through all splits.
///
/// # Errors
/// [`Error::Usage`] for a grouped table; what a law or a device says.
pub fn compare(
    engine: &dyn Engine,
    runs: &Runs,
    contenders: &[Contender],
    schemes: &[Scheme],
    settings: &Settings,
) -> Result<Vec<Scored>> {
    if runs.groups.len() != 1 {
        let remedy = "leave --by away, or use --where to choose one group";
        return Err(Error::usage("a comparison is of one group of rows", remedy));
    }
    let mut scored = Vec::new();
    for (number, contender) in contenders.iter().enumerate() {
        for (scheme, all) in schemes.iter().enumerate() {
            for (place, split) in all.splits.iter().enumerate() {
                let began = Instant::now();
                let learnt = contender.learn(engine, runs, &split.keep, settings)?;
                let seconds = began.elapsed().as_secs_f64();
                let targets = learnt
                    .iter()
                    .enumerate()
                    .map(|(target, learnt)| seen(runs, all, split, target, learnt))
                    .collect::<Result<_>>()?;
                scored.push(Scored { contender: number, scheme, split: place, seconds, targets });
                engine.watch().advance(1);
                if engine.watch().stopped() {
                    return Err(Error::Interrupted);
                }
            }
        }
    }
    Ok(scored)
}

/// Predictions for the rows of a split that have an observation.
fn seen(
    runs: &Runs,
    scheme: &Scheme,
    split: &Split,
    target: usize,
    learnt: &Learnt,
) -> Result<std::result::Result<Pairs, String>> {
    let table = scheme.table.as_ref().unwrap_or(runs);
    let Some(about) = table.targets.get(target) else {
        return Ok(Err("the test table does not have it".into()));
    };
    let observed: Vec<usize> =
        split.test.iter().copied().filter(|&row| !about.values[row].is_nan()).collect();
    let predicted = match learnt.predict(table, about, &observed)? {
        Ok(predicted) => predicted,
        Err(why) => return Ok(Err(why)),
    };
    let observed = observed.into_iter().map(|row| about.values[row]).collect();
    Ok(Ok(Pairs { predicted, observed }))
}
