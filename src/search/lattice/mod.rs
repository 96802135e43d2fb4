//! Every mixture of a lattice: shares that are whole numbers of steps.
//!
//! In: an [`Objective`], a [`Region`], a number of steps. Out: the best points, all points having
//! been looked at. Bounds are loop bounds: what is not allowed is never visited.

mod checkpoint;
mod steps;
mod sweep;
mod terms;

use super::best::Best;
use super::goal::Objective;
use super::{Answer, Found, Means, Options, Region, not_finite};
use crate::error::{Error, Result};
use crate::lattice::{Formula, MOST_PREFIXES, Scan, Tables, Terms};
use crate::report::mixture::Certificate;
use checkpoint::Checkpoint;
use sweep::State;

/// The points of a region in steps, and what they are worth.
///
/// # Errors
/// [`Error::Usage`] for steps that leave far too many points.
pub fn lay_out(objective: &Objective, region: &Region, steps: usize) -> Result<Scan> {
    let prefixes = steps::prefixes(region, steps);
    if prefixes.count() > MOST_PREFIXES {
        return Err(too_many(steps));
    }
    let formula = Formula::new(&objective.graph, objective.root, steps);
    Ok(Scan { prefixes, formula, tables: tables(objective, region.low.len(), steps) })
}

/// The objective by tables: the largest of its rivals, and the pull; or one sum.
fn tables(objective: &Objective, domains: usize, steps: usize) -> Option<Tables> {
    let table = |root| terms::terms(&objective.graph, root, domains, steps);
    if objective.rivals.len() < 2 {
        return Tables::new(&[table(objective.root)?], None, domains, steps);
    }
    let rivals: Option<Vec<Terms>> = objective.rivals.iter().map(|root| table(*root)).collect();
    let pull = match objective.pulled {
        Some(pull) => Some(table(pull)?),
        None => None,
    };
    Tables::new(&rivals?, pull.as_ref(), domains, steps)
}

/// Scans the lattice.
///
/// # Errors
/// [`Error::Usage`] for steps that leave no point, [`Error::Interrupted`] or [`Error::Paused`] when
/// told to stop, [`Error::Input`] where no point has a finite objective or the checkpoint is not of
/// this search, [`Error::Device`] for an engine that fails where no other may take its place.
pub(super) fn scan(
    objective: &Objective,
    region: &Region,
    options: Options,
    means: &Means,
) -> Result<Answer> {
    if region.low.len() == 1 {
        return single(objective);
    }
    let steps = options.steps;
    let scan = lay_out(objective, region, steps)?;
    let mut state = State { next: 0, points: 0, top: Best::new(options.top) };
    let mut checkpoint = match means.checkpoint {
        Some(path) => Some(Checkpoint::open(path, &scan, options.top, &mut state)?),
        None => None,
    };
    let helped = sweep::walk(&scan, &mut state, options.top, means, checkpoint.as_mut())?;
    if state.points == 0 {
        return Err(no_point(steps));
    }
    if state.top.kept().is_empty() {
        return Err(not_finite());
    }
    if let Some(checkpoint) = checkpoint {
        checkpoint.remove();
    }
    Ok(answer(&state, steps, &words(&scan, helped)))
}

fn words(scan: &Scan, helped: bool) -> String {
    let how = if scan.tables.is_some() { "tables" } else { "its formula" };
    let on = if helped { " on the GPU, the best in f64" } else { "" };
    format!("by {how}{on}")
}

#[allow(clippy::cast_precision_loss, reason = "steps are few")]
fn answer(state: &State, steps: usize, how: &str) -> Answer {
    let mixture = |point: &[usize]| point.iter().map(|n| *n as f64 / steps as f64).collect();
    let found =
        |(value, point): &(f64, Vec<usize>)| Found { mixture: mixture(point), value: *value };
    let method = format!("lattice: all {} mixtures in steps of 1/{steps}, {how}", state.points);
    let found = state.top.kept().iter().map(found).collect();
    Answer::new(found, Certificate::Exhaustive, method, state.points)
}

fn single(objective: &Objective) -> Result<Answer> {
    let value = objective.at(&[1.0]);
    let found = vec![Found { mixture: vec![1.0], value }];
    if !value.is_finite() {
        return Err(not_finite());
    }
    Ok(Answer::new(found, Certificate::Exhaustive, "lattice: the only mixture".into(), 1))
}

fn too_many(steps: usize) -> Error {
    Error::usage(
        format!("the lattice in steps of 1/{steps} has far too many points"),
        "use a larger --step, narrower bounds, or --method exact or descend",
    )
}

fn no_point(steps: usize) -> Error {
    Error::usage(
        format!("no mixture in steps of 1/{steps} meets the constraints"),
        "use a smaller --step, or loosen a constraint",
    )
}
