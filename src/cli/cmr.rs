//! `mixlaw cmr`: the critical mixture ratio of continual pre-training.

use std::path::{Path, PathBuf};

use clap::{Args, Parser};

use super::engine::{EngineArgs, tell, watched};
use super::{Outcome, check_output, print, write_json};
use crate::cmr::{Columns, Question, Subject, answer, fit_series, read_coefficients, read_series};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::report::cmr::{CmrReport, cmr_text};
use crate::runs::{MissingPolicy, RoleSpec, read_table};
use crate::study::Study;

/// Tokens in the unit of the paper's T.
const UNIT: f64 = 2e8;

/// Checkpoints or curves, and what is asked.
#[derive(Debug, Args)]
pub(super) struct CmrArgs {
    /// Tables of checkpoints, a row a checkpoint: ratio, tokens and both losses; with --coefficients,
    /// a table of fitted curves
    #[arg(required = true, num_args = 1.., value_name = "RUNS")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    columns: ColumnArgs,
    /// Tokens of continual pre-training to find the critical ratio for, such as 20e9 (repeat)
    /// [default: the last checkpoint]
    #[arg(long, value_name = "TOKENS", help_heading = "Question")]
    budget: Vec<f64>,
    /// How much the general loss may end above the base model's, nats
    #[arg(long, value_name = "NATS", default_value_t = 0.05, help_heading = "Question")]
    epsilon: f64,
    /// Weight of the general loss; `inf` asks where the general loss itself has its peak
    #[arg(long, value_name = "WEIGHT", default_value = "inf", help_heading = "Question")]
    lambda: f64,
    /// Tolerances of the table of sensitivity (repeat) [default: 0.01, 0.02, 0.05, 0.1]
    #[arg(long, value_name = "NATS", help_heading = "Question")]
    epsilons: Vec<f64>,
    /// Weights of the table of sensitivity (repeat) [default: 100, 1000, 7000, inf]
    #[arg(long, value_name = "WEIGHT", help_heading = "Question")]
    lambdas: Vec<f64>,
    /// Turning points are used as far as this factor beyond the checkpoints
    #[arg(long, value_name = "FACTOR", default_value_t = 3.0, help_heading = "Question")]
    reach: f64,
    /// Resamples of the checkpoints' residuals, for intervals (0: none)
    #[arg(long, value_name = "N", default_value_t = 200, help_heading = "Question")]
    resamples: usize,
    /// Starts of each curve's fit
    #[arg(long, value_name = "N", default_value_t = 64, help_heading = "Search")]
    starts: usize,
    /// Seed of starts and resamples
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Search")]
    seed: u64,
    #[command(flatten)]
    engine: EngineArgs,
    /// Write everything as JSON (`-` for stdout, in place of the tables)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
}

/// What the columns are.
#[derive(Debug, Args)]
struct ColumnArgs {
    /// Share of domain data
    #[arg(long, value_name = "COLUMN", default_value = "ratio", help_heading = "Columns")]
    ratio: String,
    /// The ratio is the share of GENERAL data
    #[arg(long, help_heading = "Columns")]
    general_share: bool,
    /// The ratio is in percent
    #[arg(long, help_heading = "Columns")]
    percent: bool,
    /// Tokens of continual pre-training
    #[arg(long, value_name = "COLUMN", default_value = "tokens", help_heading = "Columns")]
    tokens: String,
    /// Loss on general text
    #[arg(long, value_name = "COLUMN", default_value = "general_loss", help_heading = "Columns")]
    general: String,
    /// Loss on text of the domain
    #[arg(long, value_name = "COLUMN", default_value = "domain_loss", help_heading = "Columns")]
    domain: String,
    /// General loss of the base model; without such a column, the row at zero tokens
    #[arg(
        long,
        value_name = "COLUMN",
        default_value = "base_general_loss",
        help_heading = "Columns"
    )]
    base_general: String,
    /// Domain loss of the base model
    #[arg(
        long,
        value_name = "COLUMN",
        default_value = "base_domain_loss",
        help_heading = "Columns"
    )]
    base_domain: String,
    /// The model, where there are several; each is answered on its own
    #[arg(long, value_name = "COLUMN", default_value = "model", help_heading = "Columns")]
    model: String,
    /// The table has fitted curves, a row a model and ratio: changes of the losses,
    /// alpha2*T^s2 + alpha3*T^s3 + beta2 (general) and alpha1*T^s1 + beta1 (domain)
    #[arg(long, help_heading = "Columns")]
    coefficients: bool,
    /// Tokens of the last checkpoint that --coefficients were fitted to [default: the first --budget]
    #[arg(long, value_name = "TOKENS", requires = "coefficients", help_heading = "Columns")]
    observed: Option<f64>,
    /// Tokens in one unit of T, in which laws are fitted and curves are given
    #[arg(long, value_name = "TOKENS", default_value_t = UNIT, help_heading = "Columns")]
    unit: f64,
    /// A column made from others, such as 'base_general_loss = 2.31' (repeat)
    #[arg(long, value_name = "NAME = FORMULA", help_heading = "Columns")]
    derive: Vec<String>,
    /// Use only the rows for which this is true, such as 'ratio < 1'
    #[arg(long = "where", value_name = "FORMULA", help_heading = "Rows")]
    filter: Option<String>,
    /// What to do about rows with an empty, NaN or infinite cell: error or drop
    #[arg(long, value_name = "error|drop", default_value = "error", help_heading = "Rows")]
    missing: MissingPolicy,
}

pub(super) fn run(args: &CmrArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    args.check()?;
    let report = args.answered(&args.engine)?;
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&cmr_text(&report))?;
    }
    Ok(if report.is_whole() { Outcome::Fine } else { Outcome::Wanting })
}

/// A line of flags.
#[derive(Debug, Parser)]
#[command(name = "[cmr]")]
struct Line {
    #[command(flatten)]
    args: CmrArgs,
}

impl CmrArgs {
    /// What the part `[cmr]` of a study stands for; `seed` and `starts` go before those of the study.
    pub(super) fn of_study(
        study: &Study,
        flags: &[String],
        seed: Option<u64>,
        starts: Option<usize>,
    ) -> Result<CmrArgs> {
        let tables = study.tables.iter().map(|path| path.clone().into_os_string());
        let flags = flags.iter().map(Into::into);
        let line = ["[cmr]".into()].into_iter().chain(tables).chain(flags);
        let Line { mut args } = Line::try_parse_from(line).map_err(|error| {
            let all = error.to_string();
            let cause = all.lines().next().unwrap_or_default().trim_start_matches("error: ");
            let remedy = "the keys of [cmr] are the flags of `mixlaw cmr`: see its --help";
            Error::usage(format!("[cmr]: {cause}"), remedy)
        })?;
        args.seed = seed.unwrap_or(study.seed);
        args.starts = starts.unwrap_or(args.starts);
        args.check()?;
        Ok(args)
    }

    /// The answer, on the engine that is asked for.
    pub(super) fn answered(&self, engine: &EngineArgs) -> Result<CmrReport> {
        let (engine, watch) = engine.open()?;
        let report = watched(&watch, || self.report(&*engine))?;
        tell(&*engine);
        Ok(report)
    }

    fn check(&self) -> Result<()> {
        let above = |flag: &str, value: f64| match value > 0.0 {
            true => Ok(()),
            false => Err(Error::usage(
                format!("{flag} {value} is not above zero"),
                format!("give {flag} a number above zero"),
            )),
        };
        let finite = |flag: &str, value: f64| match value.is_finite() {
            true => above(flag, value),
            false => Err(Error::usage(
                format!("{flag} {value} is not a number to work with"),
                format!("give {flag} a number above zero"),
            )),
        };
        finite("--unit", self.columns.unit)?;
        finite("--epsilon", self.epsilon)?;
        above("--lambda", self.lambda)?;
        self.columns.observed.iter().try_for_each(|tokens| finite("--observed", *tokens))?;
        self.budget.iter().try_for_each(|budget| finite("--budget", *budget))?;
        self.epsilons.iter().try_for_each(|epsilon| finite("--epsilons", *epsilon))?;
        self.lambdas.iter().try_for_each(|lambda| above("--lambdas", *lambda))?;
        if !(self.reach >= 1.0 && self.reach.is_finite()) {
            let cause = format!("--reach {} is less than 1", self.reach);
            return Err(Error::usage(cause, "1 uses turning points within the checkpoints alone"));
        }
        if !(1..=1 << 20).contains(&self.starts) || self.resamples > 100_000 {
            let cause = "--starts goes from 1 to 1048576, --resamples to 100000";
            return Err(Error::usage(cause, "leave them away"));
        }
        Ok(())
    }

    fn report(&self, engine: &dyn Engine) -> Result<CmrReport> {
        let spec = self.columns.spec();
        let table = read_table(&self.runs, None, &spec)?;
        let source = table.source();
        let columns = &self.columns;
        let subjects = if columns.coefficients {
            let last = self.last()? / columns.unit;
            let names = [columns.ratio.as_str(), columns.model.as_str()];
            // Nothing is known of the first checkpoint: a hundredth leaves out turns that are none.
            read_coefficients(table, names, columns.filter.as_deref(), [last / 100.0, last])?
        } else {
            let series = read_series(table, &columns.columns(), &spec)?;
            let fitted = fit_series(engine, &series, &Plan::new(self.seed, self.starts))?;
            Subject::by_model(series, fitted)
        };
        let question = self.question(&subjects);
        let answers = answer(engine, subjects, &question)?;
        Ok(CmrReport::new(source, columns.unit, &question, &answers))
    }

    /// Tokens of the last checkpoint of fitted curves, which do not say so themselves.
    fn last(&self) -> Result<f64> {
        self.columns.observed.or(self.budget.first().copied()).ok_or_else(|| {
            let remedy = "say how many tokens: --budget 20e9";
            Error::usage("fitted curves do not say how long training is", remedy)
        })
    }

    fn question(&self, subjects: &[Subject]) -> Question {
        let or = |given: &[f64], usual: &[f64]| match given {
            [] => usual.to_vec(),
            given => given.to_vec(),
        };
        let last = subjects.iter().map(|subject| subject.observed[1]).fold(0.0, f64::max);
        let given: Vec<f64> = self.budget.iter().map(|tokens| tokens / self.columns.unit).collect();
        Question {
            budgets: or(&given, &[last]),
            epsilon: self.epsilon,
            lambda: self.lambda,
            epsilons: or(&self.epsilons, &[0.01, 0.02, 0.05, 0.1]),
            lambdas: or(&self.lambdas, &[100.0, 1000.0, 7000.0, f64::INFINITY]),
            reach: self.reach,
            resamples: self.resamples,
            seed: self.seed,
        }
    }
}

impl ColumnArgs {
    fn spec(&self) -> RoleSpec {
        RoleSpec {
            by: vec![self.model.clone(), self.ratio.clone()],
            derive: self.derive.clone(),
            filter: self.filter.clone(),
            missing: self.missing,
            ..RoleSpec::default()
        }
    }

    fn columns(&self) -> Columns {
        Columns {
            ratio: self.ratio.clone(),
            tokens: self.tokens.clone(),
            unit: self.unit,
            general: self.general.clone(),
            domain: self.domain.clone(),
            base: [self.base_general.clone(), self.base_domain.clone()],
            model: self.model.clone(),
            general_share: self.general_share,
            percent: self.percent,
        }
    }
}
