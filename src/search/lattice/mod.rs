//! Every mixture of a lattice: shares that are whole numbers of steps.
//!
//! In: an [`Objective`], a [`Region`], a number of steps. Out: the best points, all points having
//! been looked at. Bounds are loop bounds: what is not allowed is never visited.

mod scan;
mod steps;
mod terms;
mod top;

use rayon::prelude::*;

use super::goal::{Objective, value};
use super::{Answer, Found, Region, not_finite};
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::lattice::{MOST_PREFIXES, Prefixes};
use crate::report::mixture::Certificate;
use scan::{Formula, Scanner, Tables};
use top::Top;

/// Prefixes of one task, and tasks between two looks at the watch.
const TASK: u64 = 1024;
const TASKS: u64 = 256;

/// Scans the lattice.
///
/// # Errors
/// [`Error::Usage`] for steps that leave no point, [`Error::Interrupted`] when told to stop,
/// [`Error::Input`] where no point has a finite objective.
pub(super) fn scan(
    objective: &Objective,
    region: &Region,
    steps: usize,
    most: usize,
    watch: &Watch,
) -> Result<Answer> {
    if region.low.len() == 1 {
        return single(objective);
    }
    let prefixes = steps::prefixes(region, steps);
    if prefixes.count() > MOST_PREFIXES {
        return Err(too_many(steps));
    }
    let tabled = if objective.rivals.len() > 1 {
        None
    } else {
        terms::terms(&objective.graph, objective.root, region.low.len(), steps)
    };
    let how = if tabled.is_some() { "tables" } else { "formula" };
    let scanner = match tabled {
        Some(terms) => Scanner::Tables(Tables::new(terms, region.low.len())),
        None => Scanner::Formula(Formula::new(&objective.graph, objective.root, steps)),
    };
    let (top, evaluated) = all(&prefixes, &scanner, most, watch)?;
    if evaluated == 0 {
        return Err(no_point(steps));
    }
    let found = rescored(objective, top, steps);
    if found.is_empty() {
        return Err(not_finite());
    }
    Ok(Answer {
        found,
        lower_bound: None,
        certificate: Certificate::Exhaustive,
        method: format!("lattice: all {evaluated} mixtures in steps of 1/{steps}, by {how}"),
        residual: None,
        evaluated,
    })
}

fn single(objective: &Objective) -> Result<Answer> {
    let value = value(&objective.graph, objective.root, &[1.0]);
    let found = vec![Found { mixture: vec![1.0], value }];
    let method = "lattice: the only mixture".into();
    let certificate = Certificate::Exhaustive;
    let answer =
        Answer { found, lower_bound: None, certificate, method, residual: None, evaluated: 1 };
    if value.is_finite() { Ok(answer) } else { Err(not_finite()) }
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

/// The best of all points, and how many there are.
fn all(prefixes: &Prefixes, scanner: &Scanner, most: usize, watch: &Watch) -> Result<(Top, u64)> {
    let count = prefixes.count();
    watch.expect(count);
    let mut top = Top::new(most);
    let mut evaluated = 0;
    let mut next = 0;
    while next < count {
        let ends = (next..count).step_by(TASK as usize).take(TASKS as usize);
        let threshold = top.threshold();
        let parts: Vec<(Top, u64)> = ends
            .collect::<Vec<u64>>()
            .into_par_iter()
            .map_init(
                || scanner.clone(),
                |scanner, first| {
                    let last = count.min(first + TASK);
                    task(prefixes, scanner, first..last, most, threshold)
                },
            )
            .collect();
        for (part, points) in parts {
            top.merge(part);
            evaluated += points;
        }
        let done = (TASK * TASKS).min(count - next);
        next += done;
        watch.advance(done);
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
    }
    Ok((top, evaluated))
}

/// The best points of some prefixes, of those not above the threshold.
fn task(
    prefixes: &Prefixes,
    scanner: &mut Scanner,
    ranks: std::ops::Range<u64>,
    most: usize,
    threshold: f64,
) -> (Top, u64) {
    let mut top = Top::new(most);
    let mut points = 0;
    let mut values = vec![0.0; prefixes.steps + 1];
    let mut walk = prefixes.unrank(ranks.start);
    for _ in ranks {
        for line in prefixes.lines(&walk).into_iter().flatten() {
            let prefix = &walk.prefix;
            let values = &mut values[..=line.to - line.from];
            points += values.len() as u64;
            let limit = threshold.min(top.threshold());
            if scanner.fill(prefix, line, values) <= limit {
                for (n, value) in (line.from..).zip(values.iter()) {
                    if *value <= threshold.min(top.threshold()) && value.is_finite() {
                        let point = [&prefix[..], &[n, line.left - n]].concat();
                        top.offer((*value, point));
                    }
                }
            }
        }
        prefixes.advance(&mut walk);
    }
    (top, points)
}

/// The points as mixtures with the objective of the formula itself, in its order.
#[allow(clippy::cast_precision_loss, reason = "steps are few")]
fn rescored(objective: &Objective, top: Top, steps: usize) -> Vec<Found> {
    let mut found: Vec<Found> = top
        .into_best()
        .into_iter()
        .map(|(_, point)| {
            let mixture: Vec<f64> = point.iter().map(|n| *n as f64 / steps as f64).collect();
            let value = value(&objective.graph, objective.root, &mixture);
            Found { mixture, value }
        })
        .collect();
    // Points of equal value stay in the order of the lattice.
    found.sort_by(|a, b| a.value.total_cmp(&b.value));
    found
}
