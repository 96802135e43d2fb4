//! Trees by the protocol of RegMix's paper: the runs of the test choose how many there are.
//!
//! In: a split and a target. Out: the trees. What is then measured on those runs flatters, and reports
//! say so.

use super::contender::{Task, samples};
use crate::error::{Error, Place, Result};
use crate::regress::Fitted;
use crate::regress::trees::Trees;
use crate::runs::Target;

/// Trees in vain after which boosting stops.
pub const PAPER_ROUNDS: usize = 3;

/// What a report says of it.
pub const PAPER_LEAKS: &str = "the runs of the test chose the number of trees, as in RegMix's paper: \
                               what is measured on them flatters";

/// Grows the trees of a target, which has the same number in the table of the test.
pub(super) fn trees(task: Task, number: usize, target: &Target) -> Result<Box<dyn Fitted>> {
    let Task { runs, scheme, split, .. } = task;
    let own = scheme.table.as_deref();
    let (table, rows) = match scheme.stops.as_deref() {
        Some(table) => (table, (0..table.len()).collect()),
        None => (own.unwrap_or(runs), split.test.clone()),
    };
    let mut watch = vec![false; table.len()];
    rows.into_iter().for_each(|row: usize| watch[row] = true);
    let watched = table.targets.get(number).map(|there| samples(table, there, &watch));
    let Some(watched) = watched.filter(|samples| !samples.is_empty()) else {
        let cause = format!("no run of the test has `{}` to stop the trees on", target.column);
        return Err(Error::input(Place::default(), cause, "leave --paper-recipe away"));
    };
    Ok(Box::new(Trees::regmix().fit_with(&task.samples(target), &watched, PAPER_ROUNDS)?))
}
