//! The refits of some changes: warm starts, searches from all starts where they are needed, and the better of
//! both.
//!
//! In: jobs. Out: what was [`Found`], in the order of the jobs, whatever runs them.

use rayon::prelude::*;

use super::part::Job;
use crate::engine::Engine;
use crate::engine::cpu::pass::Scratch;
use crate::error::{Error, Result};
use crate::fit::{Fit, Refit, fit, refit};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::report::draws::Audit;

/// How a refit is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It is the full fit itself.
    Known,
    /// From the full fit; from all starts where that fails.
    Warm,
    /// From all starts.
    Searched,
    /// Both, and the better one counts.
    Audited,
}

/// A refit, and how it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) refit: Refit,
    /// Starts that were searched from.
    pub(super) starts: usize,
    pub(super) audit: Option<Audit>,
}

/// Makes refits.
///
/// # Errors
/// [`Error::Interrupted`]; those of the engine.
pub(super) fn found(
    engine: &dyn Engine,
    jobs: &[(Job<'_>, Way)],
    plan: &Plan,
) -> Result<Vec<Found>> {
    let watch = engine.watch();
    let warm: Vec<Option<Refit>> = jobs
        .par_iter()
        .map_init(Scratch::default, |scratch, (job, way)| {
            let from = &job.slot.fit.theta;
            if *way == Way::Known {
                return Some(refitted(&job.slot.fit));
            }
            let begins = *way != Way::Searched && !watch.stopped();
            let refit = begins.then(|| refit(&job.problem, from, scratch));
            watch.advance(u64::from(refit.is_some()));
            refit
        })
        .collect();
    if watch.stopped() {
        return Err(Error::Interrupted);
    }
    let wanted = |((_, way), warm): &(&(Job, Way), &Option<Refit>)| {
        let usable = warm.as_ref().is_some_and(|refit| refit.state.is_usable());
        *way != Way::Known && (*way != Way::Warm || !usable)
    };
    let chosen: Vec<bool> = jobs.iter().zip(&warm).map(|pair| wanted(&pair)).collect();
    let problems: Vec<Problem> = jobs
        .iter()
        .zip(&chosen)
        .filter(|(_, chosen)| **chosen)
        .map(|((job, _), _)| job.problem.clone())
        .collect();
    let mut searched = fit(engine, &problems, plan)?.into_iter();
    let one = |((&(_, way), warm), chosen): ((&(Job, Way), _), _)| match (warm, chosen) {
        (Some(refit), false) => {
            let starts = if way == Way::Known { plan.starts } else { 1 };
            Found { refit, starts, audit: None }
        }
        (warm, _) => {
            let searched = searched.next().map(|fit| refitted(&fit));
            better(way, warm, searched, plan.starts)
        }
    };
    Ok(jobs.iter().zip(warm).zip(chosen).map(one).collect())
}

/// The better of a warm start and a search.
fn better(way: Way, warm: Option<Refit>, searched: Option<Refit>, starts: usize) -> Found {
    let objective = |refit: &Option<Refit>| {
        refit.as_ref().filter(|refit| refit.state.is_usable()).and_then(|refit| refit.objective)
    };
    let (ours, theirs) = (objective(&warm), objective(&searched));
    let audit = (way == Way::Audited).then_some(Audit { warm: ours, searched: theirs });
    let warmer = ours.is_some_and(|ours| theirs.is_none_or(|theirs| ours < theirs));
    let refit = if warmer { warm } else { searched.or(warm) };
    let refit = refit.unwrap_or_else(Refit::without_start);
    Found { refit, starts, audit }
}

fn refitted(fit: &Fit) -> Refit {
    Refit { state: fit.state, theta: fit.theta.clone(), objective: fit.objective }
}
