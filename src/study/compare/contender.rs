//! What is compared: laws and regressors, learnt from some rows of a table.
//!
//! In: a [`Task`], which says what rows may be seen. Out: a [`Lesson`], something that predicts every
//! target, or why not.

use std::sync::Arc;

use rayon::prelude::*;

use super::learnt::Learnt;
use super::{Scheme, Split, auto, paper};
use crate::engine::Engine;
use crate::error::Result;
use crate::fit::fit;
use crate::law::Law;
use crate::law::model::{Changes, Model};
use crate::plan::Plan;
use crate::problem::{Forms, Objective, assemble_with};
use crate::regress::{Fitted, Regressor, Samples};
use crate::runs::{Runs, Target};

/// Rows of a table, times splits, that are held at a time.
const MOST_ROWS: usize = 1 << 22;

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
    /// Trees by the protocol of RegMix's paper, which chooses their number on the runs of the test:
    /// what is then measured on these flatters.
    PaperTrees,
    /// The one of these that a cross-validation among the rows learnt from chooses.
    Auto(Vec<Contender>),
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

/// One split of a table, and with what it is learnt.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) engine: &'a dyn Engine,
    pub(super) runs: &'a Runs,
    pub(super) scheme: &'a Scheme,
    pub(super) split: &'a Split,
    pub(super) settings: &'a Settings,
}

/// What a contender has learnt.
pub(super) struct Lesson {
    /// One a target.
    pub(super) targets: Vec<Learnt>,
    /// The contender that was chosen for it, where there was a choice.
    pub(super) chosen: Option<String>,
}

impl Contender {
    /// Whether it sees the runs of the test, so that what is measured on them flatters.
    pub fn leaks(&self) -> bool {
        matches!(self.kind, Kind::PaperTrees)
    }

    /// Whether it chooses among others.
    pub fn chooses(&self) -> bool {
        matches!(self.kind, Kind::Auto(_))
    }

    /// Whether it can be advised: it neither leaks nor chooses.
    pub fn is_plain(&self) -> bool {
        !self.leaks() && !self.chooses()
    }

    /// How many splits of a table are learnt at a time: of laws many, as one batch of fits.
    pub(super) fn batch(&self, runs: &Runs) -> usize {
        match self.kind {
            Kind::Law(_) => (MOST_ROWS / runs.len().max(1)).max(1),
            _ => 1,
        }
    }

    /// Learns every target in each of some splits of one table, from the rows that the split keeps.
    pub(super) fn learn(&self, tasks: &[Task]) -> Result<Vec<Lesson>> {
        match &self.kind {
            Kind::Law(law) => by_law(law, tasks),
            Kind::Regressor(regressor) => {
                Ok(tasks.iter().map(|task| regressed(regressor.as_ref(), *task)).collect())
            }
            Kind::PaperTrees => Ok(tasks.iter().map(|task| by_the_paper(*task)).collect()),
            Kind::Auto(contenders) => {
                tasks.iter().map(|task| auto::learn(contenders, *task)).collect()
            }
        }
    }
}

impl Task<'_> {
    /// The runs of a target that may be learnt from.
    pub(super) fn samples(&self, target: &Target) -> Samples {
        samples(self.runs, target, &self.split.keep)
    }
}

fn regressed(regressor: &dyn Regressor, task: Task) -> Lesson {
    let seed = task.settings.plan.seed;
    each(task.runs, |_, target| regressor.fit(&task.samples(target), seed))
}

fn by_the_paper(task: Task) -> Lesson {
    each(task.runs, |number, target| paper::trees(task, number, target))
}

/// Learns the targets side by side.
fn each(runs: &Runs, learn: impl Fn(usize, &Target) -> Result<Box<dyn Fitted>> + Sync) -> Lesson {
    let one = |(number, target)| match learn(number, target) {
        Ok(function) => Learnt::Function(function),
        Err(why) => Learnt::Nothing(why.to_string()),
    };
    Lesson { targets: runs.targets.par_iter().enumerate().map(one).collect(), chosen: None }
}

/// All targets of all splits, as one batch.
fn by_law(law: &Arc<Law>, tasks: &[Task]) -> Result<Vec<Lesson>> {
    let Some(&Task { engine, runs, settings, .. }) = tasks.first() else { return Ok(Vec::new()) };
    let is_column =
        |name: &str| runs.inputs.contains_key(name) || runs.incomplete.contains_key(name);
    let model = Arc::new(Model::new(law, &runs.domains, &is_column, &settings.changes)?);
    let forms = Arc::new(Forms::new(Arc::clone(&model), settings.objective));
    let mut problems = Vec::new();
    for task in tasks {
        let assembled = assemble_with(runs, &forms, &task.split.keep)?;
        problems.extend(assembled.into_iter().map(|one| one.problem));
    }
    let mut learnt =
        fit(engine, &problems, &settings.plan)?.into_iter().map(|fit| match fit.objective {
            Some(_) => Learnt::Law { model: Arc::clone(&model), theta: fit.theta },
            None => Learnt::Nothing(fit.message),
        });
    let mut lesson = || learnt.by_ref().take(runs.targets.len()).collect();
    Ok(tasks.iter().map(|_| Lesson { targets: lesson(), chosen: None }).collect())
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

/// The mixtures of some rows, one after another.
pub(super) fn mixtures(runs: &Runs, rows: &[usize]) -> Vec<f64> {
    let row = |&row: &usize| runs.mixture.iter().map(move |column| column[row]);
    rows.iter().flat_map(row).collect()
}
