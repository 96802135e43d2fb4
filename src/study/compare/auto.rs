//! The contender that a cross-validation chooses, without a look at the rows of the test.
//!
//! In: contenders and a split. Out: what the chosen one learns from all rows that may be seen. What it
//! is then worth on the rows of the test is what an honest choice is worth.

use super::contender::{Contender, Lesson, Task};
use super::learnt::Learnt;
use super::splits::folds_within;
use super::{Scored, held, winner};
use crate::error::{Error, Result};

/// Folds of the choice, where there are as many mixtures.
const FOLDS: usize = 5;

/// Chooses, and learns with the one chosen.
pub(super) fn learn(contenders: &[Contender], task: Task) -> Result<Lesson> {
    let best = match choose(contenders, task) {
        Ok(best) => best,
        Err(Error::Usage { cause, .. }) => return Ok(nothing(task, &cause)),
        Err(other) => return Err(other),
    };
    let Some(best) = best else {
        return Ok(nothing(task, "none of the others predicts every target of unseen runs"));
    };
    let lesson = contenders[best].learn(&[task])?.pop();
    let lesson = lesson.unwrap_or_else(|| nothing(task, "it learnt nothing"));
    Ok(Lesson { chosen: Some(contenders[best].name.clone()), ..lesson })
}

fn choose(contenders: &[Contender], task: Task) -> Result<Option<usize>> {
    let seed = task.settings.plan.seed;
    let scheme = folds_within(task.runs, &task.split.keep, FOLDS, seed)?;
    let splits = scheme.splits.len();
    let scored = held(task.engine, task.runs, contenders, &[scheme], task.settings)?;
    let winner = winner(&scored.iter().collect::<Vec<&Scored>>(), contenders.len(), splits, seed);
    Ok(winner.map(|winner| winner.contender))
}

fn nothing(task: Task, why: &str) -> Lesson {
    let one = |_| Learnt::Nothing(format!("nothing could be chosen: {why}"));
    Lesson { targets: task.runs.targets.iter().map(one).collect(), chosen: None }
}
