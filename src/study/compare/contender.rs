//! What is compared: laws and regressors, learnt from some rows of a table.
//!
//! In: a table and which rows may be seen. Out: something that predicts every target, or why not.

use std::sync::Arc;

use rayon::prelude::*;

use crate::engine::Engine;
use crate::error::Result;
use crate::fit::fit;
use crate::law::Law;
use crate::law::model::{Changes, Model};
use crate::plan::Plan;
use crate::problem::{Objective, assemble, columns};
use crate::regress::{Fitted, Regressor, Samples};
use crate::runs::{Runs, Target};

/// A law or a regressor under its name.
#[allow(missing_debug_implementations, reason = "a regressor has none")]
pub struct Contender {
    /// What reports call it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// What a contender is.
#[allow(missing_debug_implementations, reason = "a regressor has none")]
pub enum Kind {
    /// A law, fitted by the law engine.
    Law(Arc<Law>),
    /// A function of the mixture alone.
    Regressor(Box<dyn Regressor>),
}

/// How laws are fitted, and the seed of all.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What laws minimise.
    pub objective: Objective,
    /// Starts and rungs of laws.
    pub plan: Plan,
    /// What is fixed, tied, bounded or started elsewhere in laws.
    pub changes: Changes,
}

/// What was learnt of a target.
pub(super) enum Learnt {
    Law { model: Arc<Model>, theta: Vec<f64> },
    Function(Box<dyn Fitted>),
    Nothing(String),
}

impl Contender {
    /// Learns every target from the rows that `keep` names.
    pub(super) fn learn(
        &self,
        engine: &dyn Engine,
        runs: &Runs,
        keep: &[bool],
        settings: &Settings,
    ) -> Result<Vec<Learnt>> {
        match &self.kind {
            Kind::Law(law) => by_law(law, engine, runs, keep, settings),
            Kind::Regressor(regressor) => {
                let one = |target: &Target| {
                    let samples = samples(runs, target, keep);
                    match regressor.fit(&samples, settings.plan.seed) {
                        Ok(function) => Learnt::Function(function),
                        Err(why) => Learnt::Nothing(why.to_string()),
                    }
                };
                Ok(runs.targets.par_iter().map(one).collect())
            }
        }
    }
}

fn by_law(
    law: &Arc<Law>,
    engine: &dyn Engine,
    runs: &Runs,
    keep: &[bool],
    settings: &Settings,
) -> Result<Vec<Learnt>> {
    let is_column =
        |name: &str| runs.inputs.contains_key(name) || runs.incomplete.contains_key(name);
    let model = Arc::new(Model::new(law, &runs.domains, &is_column, &settings.changes)?);
    let assembled = assemble(runs, Arc::clone(&model), settings.objective, keep)?;
    let problems: Vec<_> = assembled.into_iter().map(|one| one.problem).collect();
    let fits = fit(engine, &problems, &settings.plan)?;
    let learnt = fits.into_iter().map(|fit| match fit.objective {
        Some(_) => Learnt::Law { model: Arc::clone(&model), theta: fit.theta },
        None => Learnt::Nothing(fit.message),
    });
    Ok(learnt.collect())
}

/// The mixtures of the rows that may be seen and have an observation.
pub(in crate::study) fn samples(runs: &Runs, target: &Target, keep: &[bool]) -> Samples {
    let seen = |&row: &usize| keep[row] && !target.values[row].is_nan();
    let rows: Vec<usize> = (0..runs.len()).filter(seen).collect();
    Samples {
        domains: runs.domains.len(),
        mixtures: mixtures(runs, &rows),
        target: rows.iter().map(|&row| target.values[row]).collect(),
    }
}

fn mixtures(runs: &Runs, rows: &[usize]) -> Vec<f64> {
    let row = |&row: &usize| runs.mixture.iter().map(move |column| column[row]);
    rows.iter().flat_map(row).collect()
}

impl Learnt {
    /// Predicts a target in some rows of a table; `Err` inside says why it cannot.
    pub(super) fn predict(
        &self,
        runs: &Runs,
        about: &Target,
        rows: &[usize],
    ) -> Result<std::result::Result<Vec<f64>, String>> {
        Ok(match self {
            Learnt::Law { model, theta } => {
                let columns = columns(runs, &model.symbols, about, Some(rows))?;
                let views: Vec<&[f64]> = columns.iter().map(|column| column.as_slice()).collect();
                Ok(model.predict(theta, &views, 0..rows.len()))
            }
            Learnt::Function(function) => {
                let mut predicted = vec![0.0; rows.len()];
                function.predict(&mixtures(runs, rows), &mut predicted);
                Ok(predicted)
            }
            Learnt::Nothing(why) => Err(why.clone()),
        })
    }
}
