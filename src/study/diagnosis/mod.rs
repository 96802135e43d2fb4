//! What chosen runs can and cannot say of a law's parameters, told before the fit.
//!
//! In: a table, a law and the rows that its fits may see. Out: [`Warning`]s: parameters that these rows
//! cannot determine, those that they determine badly, and rows where the law is infinite. Slopes are the
//! law's own, at a few of its starts, so this holds for any law.

mod sight;
mod words;

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::law::Law;
use crate::law::model::{Changes, Model};
use crate::plan::mix;
use crate::problem::{Forms, Loss, Objective, Problem, Residual, Sample, assemble_with};
use crate::runs::Runs;
use sight::{Sight, look};
use words::{infinite, loose, undetermined};

/// Fits that are looked at; of more, some that are evenly spread.
const MOST_FITS: usize = 256;

/// Rows of a fit that are looked at; of more, some that are drawn at random.
const MOST_ROWS: usize = 2048;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The rows leave these parameters free.
    Undetermined,
    /// A little noise in the loss moves these parameters far.
    BadlyDetermined,
    /// The law is not finite in some rows, whatever its parameters.
    Infinite,
}

/// What to know before a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// What is wrong.
    pub trouble: Trouble,
    /// The law.
    pub law: String,
    /// The targets that it is so for.
    pub targets: Vec<String>,
    /// The parameters that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// The whole of it in words, with what to do.
    pub text: String,
}

/// Rows that a fit may see, and their name where the table is fitted in parts.
#[derive(Debug, Clone)]
pub struct Part {
    /// A group or a split; empty for the whole table.
    pub name: String,
    /// One flag a row.
    pub keep: Vec<bool>,
}

impl Part {
    /// The parts that fits of a table's groups see; of many groups some.
    pub fn of_groups(runs: &Runs, keep: &[bool]) -> Vec<Part> {
        let part = |group: &crate::runs::Group| {
            let inside = |row: usize| keep[row] && group.rows.contains(&row);
            Part { name: group.key.clone(), keep: (0..runs.len()).map(inside).collect() }
        };
        spread(&runs.groups, most_parts(runs)).into_iter().map(part).collect()
    }
}

/// Rows of a table, times parts, that are held at a time.
const MOST_HELD: usize = 1 << 22;

/// Parts of a table that can be looked at.
pub fn most_parts(runs: &Runs) -> usize {
    let held = MOST_HELD / runs.len().max(1);
    (MOST_FITS / runs.targets.len().max(1)).min(held).max(1)
}

/// At most so many of a list, evenly spread.
pub fn spread<T>(list: &[T], most: usize) -> Vec<&T> {
    let count = list.len().min(most);
    (0..count).map(|k| &list[k * list.len() / count]).collect()
}

/// A fit that was looked at.
struct Seen<'a> {
    part: &'a Part,
    /// The first target of those whose fits see the same rows and columns, and all of these.
    target: usize,
    alike: Vec<usize>,
    problem: Problem,
    sight: Sight,
}

/// Looks at the fits of a law to every target in some parts of a table.
///
/// # Errors
/// As [`assemble_with`] and [`Model::new`].
pub fn diagnose(
    runs: &Runs,
    law: &Arc<Law>,
    changes: &Changes,
    parts: &[Part],
) -> Result<Vec<Warning>> {
    let runs = &runs.ungrouped();
    let is_column =
        |name: &str| runs.inputs.contains_key(name) || runs.incomplete.contains_key(name);
    let model = Arc::new(Model::new(law, &runs.domains, &is_column, changes)?);
    let raw = Objective { residual: Residual::Raw, loss: Loss::Squared };
    let forms = Arc::new(Forms::new(model, raw));
    let mut fits = Vec::new();
    for part in parts {
        fits.extend(fits_of(runs, &forms, part)?);
    }
    let few = spread(&fits, MOST_FITS);
    let seen: Vec<Seen> = few
        .into_par_iter()
        .map(|(part, alike, problem)| Seen {
            part,
            target: alike[0],
            alike: alike.clone(),
            problem: problem.clone(),
            sight: look(problem),
        })
        .collect();
    let all = [undetermined(runs, &seen), loose(runs, &seen), infinite(runs, &seen)];
    Ok(all.into_iter().flatten().collect())
}

type FitOf<'a> = (&'a Part, Vec<usize>, Problem);

/// The fits of one part; targets that see the same columns count once.
fn fits_of<'a>(runs: &Runs, forms: &Arc<Forms>, part: &'a Part) -> Result<Vec<FitOf<'a>>> {
    let mut fits: Vec<FitOf> = Vec::new();
    for one in assemble_with(runs, forms, &part.keep)? {
        let same = |fit: &&mut FitOf| see_alike(&fit.2, &one.problem);
        match fits.iter_mut().find(same) {
            Some(fit) => fit.1.push(one.target),
            None if one.problem.rows.is_empty() => {}
            None => fits.push((part, vec![one.target], one.problem)),
        }
    }
    for (_, _, problem) in &mut fits {
        *problem = sampled(problem);
    }
    Ok(fits)
}

/// Whether two problems have the same rows and columns, but for the target.
fn see_alike(a: &Problem, b: &Problem) -> bool {
    let inputs = a.sample.columns.len().saturating_sub(1);
    let mut both = a.sample.columns.iter().zip(&b.sample.columns).take(inputs);
    a.rows == b.rows && both.all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
}

/// The same problem on at most [`MOST_ROWS`] rows. They are drawn, not counted off: a table may repeat
/// itself after any number of rows.
fn sampled(problem: &Problem) -> Problem {
    if problem.rows.len() <= MOST_ROWS {
        return problem.clone();
    }
    let mut order: Vec<usize> = problem.rows.clone().collect();
    order.sort_by_key(|&row| mix(row as u64));
    order.truncate(MOST_ROWS);
    order.sort_unstable();
    let pick = |column: &Arc<Vec<f64>>| Arc::new(order.iter().map(|&row| column[row]).collect());
    let sample = Sample::new(problem.sample.columns.iter().map(pick).collect());
    Problem::new(Arc::clone(&problem.forms), Arc::new(sample), 0..order.len(), None)
}
