//! Flags with which `mixlaw search` learns from run tables in place of reading a fit.
//!
//! In: arguments. Out: a predictor.

use std::path::PathBuf;

use clap::Args;

use super::forests::{are_models, searched};
use crate::engine::cpu::Cpu;
use crate::error::{Error, Result};
use crate::law::Changes;
use crate::plan::Plan;
use crate::predictor::Predictor;
use crate::problem::{Loss, Objective, Residual};
use crate::regress::configured;
use crate::runs::{MissingPolicy, RoleSpec, read, read_for_prediction};
use crate::study::compare::Settings;
use crate::study::{choose, learn, learn_as_published};

/// Starts of a law that is compared with others.
const STARTS: usize = 64;

/// A regressor, and the columns that it learns from.
#[derive(Debug, Args)]
pub(super) struct LearnArgs {
    /// Learn from run tables, in place of a fit: a regressor by name or with settings, such as
    /// trees:num_leaves=15 (see `mixlaw compare`), or `auto`
    /// for the one that predicts runs best that it has not seen
    #[arg(long, value_name = "NAME|auto", help_heading = "Learning")]
    pub(super) model: Option<String>,
    /// RegMix's own protocol: trees that stop on the runs of --test, the mean of the best 128 of 1e5
    /// mixtures around the prior. What is then measured on those runs flatters
    #[arg(long, requires_all = ["test", "model"], help_heading = "Learning")]
    pub(super) paper_recipe: bool,
    /// The runs on which --paper-recipe stops: one file, or several joined as the first: 'a.csv+b.csv'
    #[arg(long, value_name = "FILES", requires = "paper_recipe", help_heading = "Learning")]
    test: Option<String>,
    /// Key column to join several tables on
    #[arg(long, value_name = "COLUMN", requires = "model", help_heading = "Learning")]
    join: Option<String>,
    /// Columns of the mixture, such as 'weight_*'
    #[arg(long, value_name = "PATTERN", requires = "model", help_heading = "Learning")]
    mixture: Vec<String>,
    /// Columns of the targets, such as '*_loss'
    #[arg(long, value_name = "PATTERN", requires = "model", help_heading = "Learning")]
    target: Vec<String>,
    /// Use only the rows for which this is true
    #[arg(long = "where", value_name = "FORMULA", requires = "model", help_heading = "Learning")]
    filter: Option<String>,
    /// What to do about rows with an empty, NaN or infinite cell
    #[arg(long, value_name = "error|drop", default_value = "error", help_heading = "Learning")]
    missing: MissingPolicy,
}

impl LearnArgs {
    /// Whether only observed mixtures are predicted.
    pub(super) fn is_lookup(&self) -> bool {
        self.model.as_deref() == Some("lookup")
    }

    /// Whether what is learnt may be trees.
    pub(super) fn may_be_trees(&self) -> bool {
        self.model.as_ref().is_some_and(|model| model == "auto" || model.starts_with("trees"))
    }

    /// Reads the tables and learns, if a model is asked for; text models are what has been learnt.
    pub(super) fn predictor(&self, tables: &[PathBuf], seed: u64) -> Result<Option<Predictor>> {
        let Some(model) = &self.model else {
            if are_models(tables) {
                return searched(tables).map(Some);
            }
            let Some(extra) = tables.get(1) else { return Ok(None) };
            return Err(Error::usage(
                format!("{} is a second file, and a fit is one", extra.display()),
                "give --model NAME to learn from run tables",
            ));
        };
        let spec = RoleSpec {
            mixture: self.mixture.clone(),
            target: self.target.clone(),
            filter: self.filter.clone(),
            missing: self.missing,
            as_written: self.paper_recipe,
            ..RoleSpec::default()
        };
        let runs = read(tables, self.join.as_deref(), &spec)?;
        if runs.targets.is_empty() || runs.domains.is_empty() {
            return Err(Error::usage(
                "--model needs the columns of a mixture and of targets",
                "name them: --mixture 'weight_*' --target '*_loss'",
            ));
        }
        if let Some(files) = self.test.as_ref().filter(|_| self.paper_recipe) {
            if model != "trees" {
                let cause = format!("--paper-recipe is of trees, and --model is {model}");
                return Err(Error::usage(cause, "give --model trees, or leave one away"));
            }
            let paths: Vec<PathBuf> = files.split('+').map(PathBuf::from).collect();
            let test = read_for_prediction(&paths, self.join.as_deref(), &spec)?;
            return learn_as_published(&runs, &test.like(&runs)?).map(Some);
        }
        if model != "auto" {
            return learn(&runs, &*configured(model, &runs.domains)?, seed).map(Some);
        }
        let settings = Settings {
            objective: Objective { residual: Residual::Raw, loss: Loss::Squared },
            plan: Plan::new(seed, STARTS),
            changes: Changes::default(),
        };
        let (chosen, words) = choose(&Cpu::default(), &runs, &settings)?;
        let mut predictor = learn(&runs, &*chosen, seed)?;
        predictor.notes.push(words);
        Ok(Some(predictor))
    }
}
