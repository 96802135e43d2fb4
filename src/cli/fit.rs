//! `mixlaw fit`: laws to every target of a run table.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::engine::{EngineArgs, tell, watched};
use super::roles::RunsArgs;
use super::{Outcome, check_output, print, write_json};
use crate::engine::{Engine, Watch};
use crate::error::{Error, Result};
use crate::law::{Changes, Law, RowFormula, catalogue};
use crate::plan::Plan;
use crate::problem::{Loss, Objective, Residual};
use crate::report::{EngineInfo, FitReport, fit_table, holdout_table};
use crate::runs::{RoleSpec, Runs};
use crate::study::{self, Options, Warning, foresee};

/// A table, laws, and how to fit.
#[derive(Debug, Args)]
pub(super) struct FitArgs {
    #[command(flatten)]
    runs: RunsArgs,
    #[command(flatten)]
    how: HowArgs,
    /// Rows kept out of the fit and scored, such as 'N > 1e9'
    #[arg(long, value_name = "FORMULA", help_heading = "Rows")]
    holdout: Option<String>,
    /// Write the fits as JSON (`-` for stdout, in place of the table)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
}

/// Which laws, and how they are fitted.
#[derive(Debug, Clone, Args)]
pub(super) struct HowArgs {
    /// A law of the catalogue by name, or a formula such as 'E + A*N^-alpha'; may be repeated
    #[arg(long, value_name = "NAME|FORMULA", help_heading = "Laws")]
    pub(super) law: Vec<String>,
    /// A law file (see `mixlaw laws NAME --toml`); may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Laws")]
    pub(super) law_file: Vec<PathBuf>,
    /// Hold parameters at a value: 'alpha=0.3'
    #[arg(long, value_name = "PARAMETER=VALUE", help_heading = "Laws")]
    pub(super) fix: Vec<String>,
    /// Hold a parameter equal to another: 'alpha=beta'
    #[arg(long, value_name = "PARAMETER=OTHER", help_heading = "Laws")]
    pub(super) tie: Vec<String>,
    /// Bounds: 'E=0..3', either end may be left out
    #[arg(long, value_name = "PARAMETER=LOW..HIGH", help_heading = "Laws")]
    pub(super) bound: Vec<String>,
    /// Start range 'alpha=0.1..0.9', or one point to start from 'alpha=0.3'
    #[arg(long, value_name = "PARAMETER=LOW..HIGH", help_heading = "Laws")]
    pub(super) start: Vec<String>,
    /// Size of an index set: 'H=5'
    #[arg(long, value_name = "SET=SIZE", help_heading = "Laws")]
    pub(super) size: Vec<String>,
    /// How a prediction is held against an observation
    #[arg(long, value_enum, default_value = "raw", help_heading = "Objective")]
    pub(super) residual: ResidualArg,
    /// The loss on the residual
    #[arg(long, value_enum, default_value = "squared", help_heading = "Objective")]
    pub(super) loss: LossArg,
    /// The residual at which the Huber loss turns linear
    #[arg(long, value_name = "DELTA", default_value_t = 1e-3, help_heading = "Objective")]
    pub(super) delta: f64,
    /// How many starts each fit is searched from
    #[arg(long, value_name = "N", default_value_t = 64, help_heading = "Search")]
    pub(super) starts: usize,
    /// Seed of the starts
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Search")]
    pub(super) seed: u64,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ResidualArg {
    /// prediction - observation
    Raw,
    /// ln prediction - ln observation
    Log,
    /// (prediction - observation) / observation
    Relative,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LossArg {
    /// The square
    Squared,
    /// The square near zero, linear beyond --delta: outliers pull less
    Huber,
}

pub(super) fn run(args: &FitArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    let laws = args.how.laws()?;
    let options = args.how.options(args.holdout.as_deref())?;
    let runs = args.runs.read()?;
    let (engine, watch) = args.how.engine.open()?;
    let report =
        fit_and_report(&runs, &args.runs.spec(), &laws, &options, (engine.as_ref(), &watch))?;
    tell(engine.as_ref());
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if args.json.as_deref() != Some(std::path::Path::new("-")) {
        print(&fit_table(&report))?;
        if let Some(table) = holdout_table(&report) {
            print(&format!("\n{table}"))?;
        }
    }
    Ok(outcome(&report))
}

/// Says what the rows cannot determine, fits, and gathers the document.
pub(super) fn fit_and_report(
    runs: &Runs,
    roles: &RoleSpec,
    laws: &[Arc<Law>],
    options: &Options,
    (engine, watch): (&dyn Engine, &Arc<Watch>),
) -> Result<FitReport> {
    if runs.targets.is_empty() {
        return Err(Error::usage(
            "no column is a target",
            "say which columns are fitted: --target '*_loss'",
        ));
    }
    let warnings = foresee(runs, laws, options)?;
    warn(&warnings);
    let outcomes = watched(watch, || study::fit_table(engine, runs, laws, options))?;
    let info = EngineInfo::new(engine);
    let seed = options.plan.seed;
    let report = FitReport::new(runs, roles, &outcomes, options.objective, seed, info);
    Ok(report.warned(warnings))
}

/// Tells what is known before a fit.
pub(super) fn warn(warnings: &[Warning]) {
    let mut err = std::io::stderr().lock();
    for warning in warnings {
        // What cannot be told is no reason to fail.
        let _ = writeln!(err, "warning: {}", warning.text);
    }
}

/// Whether every fit is usable.
pub(super) fn outcome(report: &FitReport) -> Outcome {
    let usable = report.fits.iter().all(|fit| fit.status.is_usable());
    if usable { Outcome::Fine } else { Outcome::Wanting }
}

impl HowArgs {
    /// The laws asked for, in order.
    pub(super) fn laws(&self) -> Result<Vec<Arc<Law>>> {
        let named = self.law.iter().map(|text| named_law(text));
        let files = self.law_file.iter().map(|path| Law::read(path));
        let laws: Vec<Arc<Law>> =
            named.chain(files).map(|law| law.map(Arc::new)).collect::<Result<_>>()?;
        if laws.is_empty() {
            return Err(Error::usage(
                "no law is given",
                "name one: --law bimix (see `mixlaw laws`)",
            ));
        }
        Ok(laws)
    }

    /// Everything else.
    pub(super) fn options(&self, holdout: Option<&str>) -> Result<Options> {
        if !(self.delta > 0.0 && self.delta.is_finite()) {
            return Err(Error::usage("--delta must be above zero", "try --delta 0.001"));
        }
        if self.starts == 0 || self.starts > 1 << 24 {
            return Err(Error::usage("--starts must be between 1 and 16777216", "try --starts 64"));
        }
        let residual = match self.residual {
            ResidualArg::Raw => Residual::Raw,
            ResidualArg::Log => Residual::Log,
            ResidualArg::Relative => Residual::Relative,
        };
        let loss = match self.loss {
            LossArg::Squared => Loss::Squared,
            LossArg::Huber => Loss::Huber { delta: self.delta },
        };
        Ok(Options {
            objective: Objective { residual, loss },
            plan: Plan::new(self.seed, self.starts),
            changes: self.changes()?,
            holdout: holdout.map(RowFormula::parse).transpose()?,
        })
    }

    fn changes(&self) -> Result<Changes> {
        let pairs = |list: &[String], flag: &str| -> Result<Vec<(String, String)>> {
            list.iter()
                .map(|text| match text.split_once('=') {
                    Some((name, value)) => Ok((name.trim().into(), value.trim().into())),
                    None => Err(Error::usage(
                        format!("{flag} '{text}' has no `=`"),
                        format!("write {flag} 'NAME=...'"),
                    )),
                })
                .collect()
        };
        let ranges = |list: &[String], flag: &str, open: bool| -> Result<Vec<_>> {
            pairs(list, flag)?
                .into_iter()
                .map(|(name, text)| Ok((name, range(&text, flag, open)?)))
                .collect()
        };
        Ok(Changes {
            fix: pairs(&self.fix, "--fix")?
                .into_iter()
                .map(|(name, text)| Ok((name, finite(&text, "--fix")?)))
                .collect::<Result<_>>()?,
            tie: pairs(&self.tie, "--tie")?,
            bound: ranges(&self.bound, "--bound", true)?,
            start: ranges(&self.start, "--start", false)?,
            size: pairs(&self.size, "--size")?
                .into_iter()
                .map(|(name, text)| match text.parse() {
                    Ok(size) if (1..=4096).contains(&size) => Ok((name, size)),
                    _ => Err(Error::usage(
                        format!("--size {name}={text} is not a size"),
                        "give a whole number from 1 to 4096",
                    )),
                })
                .collect::<Result<_>>()?,
        })
    }
}

/// A catalogue name, or a formula.
fn named_law(text: &str) -> Result<Law> {
    let word = text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let known = catalogue::FILES.iter().any(|(name, _)| *name == text);
    // `c` alone is a formula too, but a misspelt name is likelier.
    if known || word { catalogue::law(text) } else { Law::from_formula(text) }
}

fn finite(text: &str, flag: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => {
            Err(Error::usage(format!("{flag}: `{text}` is not a number"), "write e.g. 0.3 or 1e-3"))
        }
    }
}

/// `low..high`; with `open` an end may be left out, without it one number is a range of one point.
fn range(text: &str, flag: &str, open: bool) -> Result<[f64; 2]> {
    let end = |text: &str, default: f64| match text.trim() {
        "" if open => Ok(default),
        text => finite(text, flag),
    };
    let [low, high] = match text.split_once("..") {
        Some((low, high)) => [end(low, f64::NEG_INFINITY)?, end(high, f64::INFINITY)?],
        None if !open => [finite(text, flag)?; 2],
        None => {
            let remedy = format!("write {flag} 'NAME=LOW..HIGH'");
            return Err(Error::usage(format!("{flag}: `{text}` is not a range"), remedy));
        }
    };
    if low > high || (open && low == high) {
        let remedy = "put the lower end first; to hold a parameter at a value use --fix";
        return Err(Error::usage(format!("{flag}: `{text}` is empty"), remedy));
    }
    Ok([low, high])
}
