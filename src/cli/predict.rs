//! `mixlaw predict`: fitted laws, or boosted trees, on the rows of a table.

use std::path::{Path, PathBuf};

use clap::Args;

use super::forests;
use super::spread::SpreadArgs;
use super::{Outcome, check_output, print, said_in, write_json};
use crate::error::{Error, Result};
use crate::report::{FitReport, PredictReport, predict_text};
use crate::runs::{RoleSpec, read_for_prediction};
use crate::study::{predict, predict_with};

/// A fit or models, a table to predict, and roles where they differ from those of the fit.
#[derive(Debug, Args)]
pub(super) struct PredictArgs {
    /// What `mixlaw fit --json` wrote, or text models of LightGBM, such as those that `mixlaw learn`
    /// wrote: one a target, whose features are columns of the mixture
    #[arg(required = true, num_args = 1.., value_name = "FIT|MODEL")]
    fit: Vec<PathBuf>,
    /// The table: mixtures and inputs, and targets where they are known
    #[arg(long, required = true, num_args = 1.., value_name = "RUNS")]
    pub(super) runs: Vec<PathBuf>,
    /// Key column to join several tables on
    #[arg(long, value_name = "COLUMN")]
    pub(super) join: Option<String>,
    /// Columns of the mixture [default: as in the fit, or the features of the models]
    #[arg(long, value_name = "PATTERN")]
    pub(super) mixture: Vec<String>,
    /// Columns of the targets [default: as in the fit; a model's is that with the name of its file]
    #[arg(long, value_name = "PATTERN")]
    pub(super) target: Vec<String>,
    /// Derived columns [default: as in the fit]
    #[arg(long, value_name = "NAME = FORMULA")]
    pub(super) derive: Vec<String>,
    /// Use only the rows for which this is true (the fit's own filter is not repeated)
    #[arg(long = "where", value_name = "FORMULA")]
    pub(super) filter: Option<String>,
    /// Take shares as they are written, also where rounding moved their sums from 1
    #[arg(long)]
    pub(super) as_written: bool,
    #[command(flatten)]
    spread: SpreadArgs,
    /// Write predictions and scores as JSON (`-` for stdout, in place of the table)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &PredictArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    let report = match &args.fit[..] {
        [fit] if !forests::is_model(fit) => fitted(args, fit)?,
        _ if args.spread.asks() => return Err(not_of_trees()),
        models => forests::predicted(args, models)?,
    };
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&predict_text(&report))?;
    }
    Ok(Outcome::Fine)
}

/// The predictions of a fit.
fn fitted(args: &PredictArgs, path: &Path) -> Result<PredictReport> {
    let draws = args.spread.open()?;
    let fit = FitReport::read(path)?;
    let mut runs = read_for_prediction(&args.runs, args.join.as_deref(), &args.roles(&fit))?;
    if !fit.runs.domains.is_empty() {
        runs = runs.with_domains(&fit.runs.domains)?;
    }
    let report = match draws {
        Some((draws, level)) => predict_with(&fit, &runs, &draws, level),
        None => predict(&fit, &runs),
    };
    report.map_err(|error| said_in(path, error))
}

fn not_of_trees() -> Error {
    let cause = "--draws says nothing of trees: a sweep refits laws";
    Error::usage(cause, "leave --draws away, or give a fit of laws")
}

impl PredictArgs {
    fn roles(&self, fit: &FitReport) -> RoleSpec {
        let mut roles = fit.runs.roles.clone();
        roles.filter = self.filter.clone();
        roles.weight = None;
        roles.as_written |= self.as_written;
        for (given, role) in [
            (&self.mixture, &mut roles.mixture),
            (&self.target, &mut roles.target),
            (&self.derive, &mut roles.derive),
        ] {
            if !given.is_empty() {
                role.clone_from(given);
            }
        }
        roles
    }
}
