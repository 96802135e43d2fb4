//! Studies: laws fitted to every target and group of a table, and scored on rows held out.
//!
//! In: checked runs, laws, and [`Options`]. Out: an [`Outcome`] for each law, target and group, in
//! that order.

pub mod certainty;
pub mod compare;
pub mod diagnosis;
mod file;
mod forests;
mod holdout;
pub mod honesty;
mod intervals;
mod learn;
mod predict;
mod sections;
pub mod sweep;

use std::sync::Arc;

pub use diagnosis::{Trouble, Warning, diagnose};
pub use file::{FitSection, Study};
pub use forests::{
    Model as TextModel, forests_predictor, grow, is_feature, model_name, predict_forests,
};
pub use holdout::{Score, keep_rows};
pub use intervals::predict_with;
pub use learn::{choose, learn, learn_as_published};
pub use predict::predict;
pub use sections::{ExtrapolationSection, GeneralisationSection, OptimisationSection, Sections};

use crate::engine::Engine;
use crate::error::Result;
use crate::fit::{Fit, fit, metrics};
use crate::law::model::{Changes, Model};
use crate::law::{Law, RowFormula};
use crate::plan::Plan;
use crate::problem::{Assembled, Objective, assemble, columns};
use crate::runs::Runs;
use diagnosis::Part;

/// How to fit.
#[derive(Debug, Clone)]
pub struct Options {
    /// What to minimise.
    pub objective: Objective,
    /// Starts and their rungs.
    pub plan: Plan,
    /// What the user fixes, ties, bounds or starts elsewhere.
    pub changes: Changes,
    /// Rows where this is not zero are kept out of the fit and scored.
    pub holdout: Option<RowFormula>,
}

/// One law fitted to one target in one group.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The law, written out.
    pub model: Arc<Model>,
    /// Which target of the table.
    pub target: usize,
    /// Which group of the table.
    pub group: usize,
    /// The fit.
    pub fit: Fit,
    /// Scores on the rows held out, if there are any with an observation.
    pub holdout: Option<Score>,
}

/// What can be said before the fits of what they will not determine.
///
/// # Errors
/// Formulas that mean nothing for this table, columns that are missing.
pub fn foresee(runs: &Runs, laws: &[Arc<Law>], options: &Options) -> Result<Vec<Warning>> {
    let parts = Part::of_groups(runs, &keep_rows(runs, options.holdout.as_ref())?);
    let mut warnings = Vec::new();
    for law in laws {
        warnings.extend(diagnose(runs, law, &options.changes, &parts)?);
    }
    Ok(warnings)
}

/// Fits all laws to all targets and groups of a table, in one batch a law.
///
/// # Errors
/// Formulas that mean nothing for this table, columns that are missing, a device that fails.
pub fn fit_table(
    engine: &dyn Engine,
    runs: &Runs,
    laws: &[Arc<Law>],
    options: &Options,
) -> Result<Vec<Outcome>> {
    let keep = keep_rows(runs, options.holdout.as_ref())?;
    let mut outcomes = Vec::new();
    for law in laws {
        let is_column =
            |name: &str| runs.inputs.contains_key(name) || runs.incomplete.contains_key(name);
        let model = Arc::new(Model::new(law, &runs.domains, &is_column, &options.changes)?);
        let assembled = assemble(runs, Arc::clone(&model), options.objective, &keep)?;
        let problems: Vec<_> = assembled.iter().map(|a| a.problem.clone()).collect();
        let fits = fit(engine, &problems, &options.plan)?;
        for (Assembled { target, group, .. }, fit) in assembled.into_iter().zip(fits) {
            let holdout = score(runs, &model, target, group, &fit, &keep)?;
            outcomes.push(Outcome { model: Arc::clone(&model), target, group, fit, holdout });
        }
    }
    Ok(outcomes)
}

/// Measures a fit on the rows of its group that were held out.
fn score(
    runs: &Runs,
    model: &Model,
    target: usize,
    group: usize,
    fit: &Fit,
    keep: &[bool],
) -> Result<Option<Score>> {
    let observed = &runs.targets[target].values;
    let rows: Vec<usize> = runs.groups[group]
        .rows
        .clone()
        .filter(|&row| !keep[row] && !observed[row].is_nan())
        .collect();
    if rows.is_empty() || fit.objective.is_none() {
        return Ok(None);
    }
    let columns = columns(runs, &model.symbols, &runs.targets[target], Some(&rows))?;
    let views: Vec<&[f64]> = columns.iter().map(|c| c.as_slice()).collect();
    let predicted = model.predict(&fit.theta, &views, 0..rows.len());
    let observed: Vec<f64> = rows.iter().map(|&row| observed[row]).collect();
    Ok(Some(Score { rows: rows.len(), metrics: metrics(&predicted, &observed) }))
}
