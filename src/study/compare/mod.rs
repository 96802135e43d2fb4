//! Laws and regressors side by side, on rows that they have not seen.
//!
//! In: a table, [`Contender`]s and [`Scheme`]s of splits. Out: [`Scored`] predictions: each contender
//! learns from the rows of a split's one side and is held against those of the other.

mod auto;
mod calibration;
mod contender;
mod judged;
mod learnt;
mod near;
mod notes;
mod paper;
mod series;
mod splits;
mod winner;

use std::time::Instant;

pub use calibration::Calibration;
pub use contender::{Contender, Kind, Settings};
pub use judged::{Judged, judge, mean};
pub use notes::notes;
pub use paper::{PAPER_LEAKS, PAPER_ROUNDS};
pub use series::{Series, from_chosen, from_mixtures, last};
pub use splits::{Scheme, Split, by_value, folds, upwards};
pub use winner::{Winner, winner};

pub(super) use contender::samples;
use contender::{Lesson, Task};
use learnt::Learnt;

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
    /// The name of the contender that was chosen, where the contender is a choice among others.
    pub chosen: Option<String>,
    /// For each target predictions and observations; `Err` says why there are none.
    pub targets: Vec<std::result::Result<Pairs, String>>,
}

/// Predictions and what was observed.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// The rows, by their number in the table of the test.
    pub rows: Vec<usize>,
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
    held(engine, runs, contenders, schemes, settings)
}

/// The same, for rows that are known to be one group.
fn held(
    engine: &dyn Engine,
    runs: &Runs,
    contenders: &[Contender],
    schemes: &[Scheme],
    settings: &Settings,
) -> Result<Vec<Scored>> {
    let mut scored = Vec::new();
    for (number, contender) in contenders.iter().enumerate() {
        for (place, scheme) in schemes.iter().enumerate() {
            let task = |split| Task { engine, runs, scheme, split, settings };
            let tasks: Vec<Task> = scheme.splits.iter().map(task).collect();
            let mut at = 0;
            for batch in tasks.chunks(contender.batch(runs)) {
                for one in learnt(contender, batch)? {
                    scored.push(Scored { contender: number, scheme: place, split: at, ..one });
                    at += 1;
                }
                engine.watch().advance(batch.len() as u64);
                if engine.watch().stopped() {
                    return Err(Error::Interrupted);
                }
            }
        }
    }
    Ok(scored)
}

/// One contender in some splits; who and where is left for the caller to say.
fn learnt(contender: &Contender, tasks: &[Task]) -> Result<Vec<Scored>> {
    let began = Instant::now();
    let lessons = contender.learn(tasks)?;
    let seconds = began.elapsed().as_secs_f64() / tasks.len() as f64;
    let one = |(task, lesson): (&Task, Lesson)| {
        let all = lesson.targets.iter().enumerate();
        let targets =
            all.map(|(target, learnt)| seen(*task, target, learnt)).collect::<Result<_>>()?;
        Ok(Scored { contender: 0, scheme: 0, split: 0, seconds, chosen: lesson.chosen, targets })
    };
    tasks.iter().zip(lessons).map(one).collect()
}

/// Predictions for the rows of a split that have an observation.
fn seen(task: Task, target: usize, learnt: &Learnt) -> Result<std::result::Result<Pairs, String>> {
    let table = task.scheme.table.as_deref().unwrap_or(task.runs);
    let Some(about) = table.targets.get(target) else {
        return Ok(Err("the test table does not have it".into()));
    };
    let has = |&row: &usize| !about.values[row].is_nan();
    let rows: Vec<usize> = task.split.test.iter().copied().filter(has).collect();
    let predicted = match learnt.predict(table, about, &rows)? {
        Ok(predicted) => predicted,
        Err(why) => return Ok(Err(why)),
    };
    let observed = rows.iter().map(|&row| about.values[row]).collect();
    Ok(Ok(Pairs { rows, predicted, observed }))
}
