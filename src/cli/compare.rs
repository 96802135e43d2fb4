//! `mixlaw compare`: laws and regressors side by side, out of sample.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::engine::{tell, watched};
use super::fit::HowArgs;
use super::roles::RunsArgs;
use super::{Outcome, check_output, print, write_json};
use crate::error::{Error, Result};
use crate::law::RowFormula;
use crate::regress::{RECIPES, regressor};
use crate::report::compare::{CompareReport, compare_text};
use crate::runs::{Runs, Target, read_for_prediction};
use crate::study::compare::{Contender, Kind, Scheme, Settings, by_value, compare, folds};
use crate::study::keep_rows;

/// A table, contenders, and what is kept from them.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    #[command(flatten)]
    runs: RunsArgs,
    /// A regressor by name, such as ols, log-linear or gp [default: all but the slow ones, where no --law is given]
    /// (repeat)
    #[arg(long, value_name = "NAME", help_heading = "Contenders")]
    model: Vec<String>,
    #[command(flatten)]
    how: HowArgs,
    /// Folds of a cross-validation; rows of one mixture are never on both sides. 0 for none
    /// [default: 5, or 0 where another split is asked for]
    #[arg(long, value_name = "K", help_heading = "Splits")]
    folds: Option<usize>,
    /// How often the folds are drawn anew
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Splits")]
    rounds: usize,
    /// Keep each value of this column for the test in turn, such as each model size (repeat)
    #[arg(long, value_name = "COLUMN", help_heading = "Splits")]
    leave_out: Vec<String>,
    /// Keep the rows for which this is true for the test, such as 'N > 1e9' (repeat)
    #[arg(long, value_name = "FORMULA", help_heading = "Splits")]
    holdout: Vec<String>,
    /// Another table for the test: one file, or several joined as the first: 'a.csv+b.csv' (repeat)
    #[arg(long, value_name = "FILES", help_heading = "Splits")]
    test: Vec<String>,
    /// Write all measures as JSON (`-` for stdout, in place of the tables)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &CompareArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    let contenders = args.contenders()?;
    let options = args.how.options(None)?;
    let runs = args.runs.read()?;
    if runs.targets.is_empty() || runs.domains.is_empty() {
        return Err(Error::usage(
            "a comparison needs the columns of a mixture and of targets",
            "name them: --mixture 'weight_*' --target '*_loss'",
        ));
    }
    let seed = options.plan.seed;
    let schemes = args.schemes(&runs, seed)?;
    let settings =
        Settings { objective: options.objective, plan: options.plan, changes: options.changes };
    let (engine, watch) = args.how.engine.open()?;
    let scored = watched(&watch, || compare(&*engine, &runs, &contenders, &schemes, &settings))?;
    tell(&*engine);
    let targets: Vec<String> = runs.targets.iter().map(|target| target.column.clone()).collect();
    let report = CompareReport::new(&runs.source, seed, &targets, &contenders, &schemes, &scored);
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&compare_text(&report))?;
    }
    let whole = |scheme: &crate::report::compare::SchemeReport| {
        scheme.results.iter().all(|result| result.mean.is_some())
    };
    Ok(if report.schemes.iter().all(whole) { Outcome::Fine } else { Outcome::Wanting })
}

impl CompareArgs {
    fn contenders(&self) -> Result<Vec<Contender>> {
        let no_law = self.how.law.is_empty() && self.how.law_file.is_empty();
        let usual = RECIPES.iter().filter(|recipe| !recipe.costly);
        let all = || usual.map(|recipe| recipe.name.to_string()).collect();
        let names: Vec<String> =
            if self.model.is_empty() && no_law { all() } else { self.model.clone() };
        let mut contenders = Vec::new();
        for name in names {
            let kind = Kind::Regressor(regressor(&name)?);
            contenders.push(Contender { name, kind });
        }
        if !no_law {
            let laws = self.how.laws()?.into_iter();
            contenders.extend(laws.map(|law| Contender {
                name: law.name.clone(),
                kind: Kind::Law(Arc::clone(&law)),
            }));
        }
        Ok(contenders)
    }

    fn schemes(&self, runs: &Runs, seed: u64) -> Result<Vec<Scheme>> {
        let mut schemes = Vec::new();
        let others = self.leave_out.len() + self.holdout.len() + self.test.len();
        let count = self.folds.unwrap_or(if others == 0 { 5 } else { 0 });
        if count > 0 {
            if self.rounds == 0 {
                return Err(Error::usage("--rounds must be at least 1", "leave it away"));
            }
            schemes.push(folds(runs, count, self.rounds, seed)?);
        }
        for column in &self.leave_out {
            schemes.push(by_value(runs, column)?);
        }
        for formula in &self.holdout {
            let keep = keep_rows(runs, Some(&RowFormula::parse(formula)?))?;
            schemes.push(Scheme::held(format!("held out: {formula}"), keep));
        }
        for files in &self.test {
            schemes.push(Scheme::other(format!("test: {files}"), runs, self.table(files, runs)?));
        }
        if schemes.is_empty() {
            let remedy = "leave --folds away, or give --leave-out, --holdout or --test";
            return Err(Error::usage("nothing is kept for a test", remedy));
        }
        Ok(schemes)
    }

    /// A test table with the domains and targets of the first one, in its order.
    fn table(&self, files: &str, runs: &Runs) -> Result<Runs> {
        let paths: Vec<PathBuf> = files.split('+').map(PathBuf::from).collect();
        let spec = self.runs.spec();
        let table = read_for_prediction(&paths, self.runs.join.as_deref(), &spec)?;
        let mut table = table.with_domains(&runs.domains)?;
        let missing = Arc::new(vec![f64::NAN; table.len()]);
        let same = |target: &Target| {
            let there = table.targets.iter().find(|other| other.column == target.column);
            let values = there.map_or_else(|| Arc::clone(&missing), |t| Arc::clone(&t.values));
            Target { values, ..target.clone() }
        };
        table.targets = runs.targets.iter().map(same).collect();
        Ok(table)
    }
}
