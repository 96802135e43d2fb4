//! `mixlaw search`: the best mixture by a fit, and what is known of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::constraints::ConstraintArgs;
use super::draws::DrawArgs;
use super::engine::{EngineArg, EngineArgs, tell, watched};
use super::forests::are_models;
use super::learnt::LearnArgs;
use super::reference::{Reference, Sources};
use super::rules::{named, number, positive, weight};
use super::spread::SpreadArgs;
use super::{Outcome, check_output, print, said_in, write_json};
use crate::engine::{Engine, Watch};
use crate::error::{Error, Result};
use crate::predictor::{Choice, Predictor, Recipe};
use crate::report::{FitReport, mixture_text};
use crate::search::{
    Goal, Limit, Means, Method, Options, Pull, Question, Supply, Together, answer, spread, uniform,
};

/// A fit, a goal, constraints, a method.
#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// What `mixlaw fit --json` wrote, or text models of LightGBM, or with --model run tables
    #[arg(required = true, num_args = 1.., value_name = "FIT")]
    fit: Vec<PathBuf>,
    #[command(flatten)]
    learn: LearnArgs,
    /// A value for an input of the law other than the mixture (repeat)
    #[arg(long, value_name = "NAME=VALUE")]
    at: Vec<String>,
    /// The law, where targets were fitted with several
    #[arg(long, value_name = "NAME")]
    law: Option<String>,
    /// The group, where the table was grouped
    #[arg(long, value_name = "KEY")]
    group_key: Option<String>,
    /// How targets are brought together
    #[arg(long, value_enum, default_value = "mean", help_heading = "Goal")]
    goal: GoalArg,
    /// Weight of a target, such as 2 or 7/52 [default: 1] (repeat)
    #[arg(long, value_name = "TARGET=WEIGHT", help_heading = "Goal")]
    weight: Vec<String>,
    /// Leave a target out (repeat)
    #[arg(long, value_name = "TARGET", help_heading = "Goal")]
    drop: Vec<String>,
    /// A target that is better the larger it is (repeat)
    #[arg(long, value_name = "TARGET", help_heading = "Goal")]
    maximise: Vec<String>,
    /// Pull towards the prior: strength in units of the objective's spread, for each nat of
    /// divergence
    #[arg(long, value_name = "STRENGTH", help_heading = "Goal")]
    pull: Option<f64>,
    /// The mixture for --pull and --strength, named as for --reference [default: natural where the
    /// supply has all domains, else uniform]
    #[arg(long, value_name = "MIXTURE", help_heading = "Goal")]
    prior: Option<Reference>,
    #[command(flatten)]
    allowed: ConstraintArgs,
    /// No target may be worse than at the reference by more than this percentage of its value
    #[arg(
        long,
        value_name = "PERCENT",
        allow_negative_numbers = true,
        help_heading = "Constraints"
    )]
    no_worse: Option<f64>,
    /// The same for one target (repeat)
    #[arg(long, value_name = "TARGET=PERCENT", help_heading = "Constraints")]
    limit: Vec<String>,
    /// The mixture for --regret, --no-worse and --limit, shown beside the best: uniform, natural
    /// (with --supply), best-observed, or a file that `mixlaw export` or `mixlaw search` wrote
    #[arg(long, value_name = "NAME|FILE", default_value = "uniform", help_heading = "Goal")]
    reference: Reference,
    /// Where the data of each domain lie, for a reference file that names paths: JSON or TOML
    #[arg(long, value_name = "MAP", help_heading = "Goal")]
    paths: Option<PathBuf>,
    /// Subtract from each target its value at the reference
    #[arg(long, help_heading = "Goal")]
    regret: bool,
    /// The method
    #[arg(long, value_enum, default_value = "auto", help_heading = "Search")]
    method: MethodArg,
    /// Step of the lattice: 1 over a whole number
    #[arg(long, value_name = "STEP", default_value_t = 0.05, help_heading = "Search")]
    step: f64,
    /// Keep how far the lattice is in this file; the same command goes on from there
    #[arg(long, value_name = "FILE", help_heading = "Search")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
    /// Starts of the descents
    #[arg(long, value_name = "N", default_value_t = 256, help_heading = "Search")]
    starts: usize,
    /// Seed of the starts and of a sample
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Search")]
    seed: u64,
    #[command(flatten)]
    draws: DrawArgs,
    #[command(flatten)]
    spread: SpreadArgs,
    /// The most candidates to give
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Search")]
    top: usize,
    /// The gap at which branch and bound may stop [default: 1e-4, or 1e-8 where all is convex]
    #[arg(long, value_name = "GAP", help_heading = "Search")]
    gap: Option<f64>,
    /// The most cells that branch and bound may look at
    #[arg(long, value_name = "N", default_value_t = 200_000, help_heading = "Search")]
    cells: usize,
    /// What counts as nearly as good: a fraction of the best mixture's gain over the middle of what
    /// is allowed (0: do not look)
    #[arg(long, value_name = "FRACTION", default_value_t = 0.05)]
    tolerance: f64,
    /// Write the mixture as JSON (`-` for stdout, in place of the table)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum GoalArg {
    /// Their weighted mean
    Mean,
    /// Their weighted sum
    Sum,
    /// The largest of them
    Worst,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MethodArg {
    /// Exact where the objective is shown to be convex, else branch and bound for up to 8 domains,
    /// else descents; a sample where a flag asks for one, or what was learnt is no formula
    Auto,
    /// The exact minimum of a convex objective, with a proof
    Exact,
    /// Every mixture in whole steps
    Lattice,
    /// Local minima from many starts
    Descend,
    /// Branch and bound: a proof without convexity, for few domains
    #[value(name = "bnb", alias = "branch")]
    Branch,
    /// The best of many mixtures drawn at random
    Sample,
    /// The best of the mixtures that runs had
    Observed,
}

pub(super) fn run(args: &SearchArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    args.check()?;
    let at = args.at.iter().map(|rule| named("--at", rule, number)).collect::<Result<Vec<_>>>()?;
    let draws = args.spread.open()?;
    let learnt = args.learn.predictor(&args.fit, args.seed)?;
    let recipe = if learnt.is_none() { Some(args.recipe(at.clone())?) } else { None };
    let predictor = learnt.or_else(|| recipe.as_ref().map(Recipe::predictor)).unwrap_or_default();
    let question = args.question(&predictor, at)?;
    let watch = Arc::new(Watch::new());
    let engine = args.engine(&watch)?;
    let (engine, checkpoint) = (engine.as_deref(), args.checkpoint.as_deref());
    let means = Means { engine, checkpoint, ..Means::from(&*watch) };
    let report = watched(&watch, || {
        let mut report = answer(&predictor, &question, means)?;
        if let (Some(recipe), Some((draws, level))) = (&recipe, &draws) {
            report.spread = Some(spread(recipe, &question, &report, draws, *level, &watch)?);
        }
        Ok(report)
    });
    engine.inspect(|engine| tell(*engine));
    let report = report.map_err(|error| said_in(&args.fit[0], error))?;
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&mixture_text(&report))?;
    }
    Ok(Outcome::Fine)
}

impl SearchArgs {
    /// The laws of a fit document.
    fn recipe(&self, at: Vec<(String, f64)>) -> Result<Recipe> {
        let file = &self.fit[0];
        let fit = FitReport::read(file)?;
        let choice = Choice { law: self.law.clone(), group: self.group_key.clone(), at };
        Recipe::new(&fit, &choice).map_err(|error| said_in(file, error))
    }

    fn check(&self) -> Result<()> {
        let of_a_fit = !self.at.is_empty() || self.law.is_some() || self.group_key.is_some();
        if (self.learn.model.is_some() || are_models(&self.fit)) && of_a_fit {
            let cause = "--at, --law and --group-key say nothing with --model, or of trees";
            return Err(Error::usage(
                cause,
                "leave them away: a regressor reads the mixture alone",
            ));
        }
        if self.spread.asks() && (self.learn.model.is_some() || are_models(&self.fit)) {
            let cause = "--draws says nothing with --model, or of trees: a sweep refits laws";
            return Err(Error::usage(cause, "leave --draws away, or search a fit of laws"));
        }
        self.allowed.check()?;
        self.pull.map_or(Ok(()), |pull| positive("--pull", pull))?;
        self.gap.map_or(Ok(()), |gap| positive("--gap", gap))?;
        self.draws.check()?;
        if self.draws.asks() && !matches!(self.method, MethodArg::Sample | MethodArg::Auto) {
            let cause = "--strength, --average, --within and --rounds are for --method sample";
            return Err(Error::usage(cause, "leave them away, or --method"));
        }
        if !(0.0..=1.0).contains(&self.tolerance) {
            return Err(Error::usage(
                "--tolerance must be between 0 and 1",
                "give a fraction such as 0.05",
            ));
        }
        let is_file = |mixture: &Reference| matches!(mixture, Reference::File(_));
        let files = std::iter::once(&self.reference).chain(&self.prior).any(is_file);
        if self.paths.is_some() && !files {
            let cause = "--paths says nothing without the file of a --reference or --prior";
            return Err(Error::usage(cause, "leave --paths out, or give a file"));
        }
        if self.starts == 0 || self.top == 0 || self.cells == 0 {
            let cause = "--starts, --top and --cells must be at least 1";
            return Err(Error::usage(cause, "leave them away"));
        }
        Ok(())
    }

    fn question(&self, predictor: &Predictor, at: Vec<(String, f64)>) -> Result<Question> {
        let domains = &predictor.domains;
        let supply = self.allowed.supply(domains)?;
        let natural = supply.as_ref().and_then(Supply::natural);
        let weights = self.weight.iter().map(|rule| named("--weight", rule, weight));
        let plain = self.plain(weights.collect::<Result<_>>()?);
        let sources = Sources {
            fit: &self.fit[0],
            predictor,
            goal: &plain,
            supply: supply.as_ref(),
            paths: self.paths.as_deref(),
        };
        let reference = self.reference.find(&sources)?;
        let prior = self.prior(&sources)?;
        let goal = self.goal(plain, &prior, &reference.1)?;
        let method = match self.method {
            MethodArg::Auto if self.draws.asks() || self.learn.paper_recipe => Method::Sample,
            MethodArg::Auto if self.learn.is_lookup() => Method::Observed,
            MethodArg::Auto => Method::Auto,
            MethodArg::Observed => Method::Observed,
            MethodArg::Exact => Method::Exact,
            MethodArg::Lattice => Method::Lattice,
            MethodArg::Descend => Method::Descend,
            MethodArg::Branch => Method::Branch,
            MethodArg::Sample => Method::Sample,
        };
        Ok(Question {
            source: self
                .fit
                .iter()
                .map(|file| file.display().to_string())
                .collect::<Vec<_>>()
                .join(" + "),
            at,
            goal,
            region: self.allowed.region(domains, supply.as_ref())?,
            natural,
            prior,
            reference,
            options: self.draws.options(
                Options {
                    method,
                    steps: self.steps()?,
                    starts: self.starts,
                    seed: self.seed,
                    top: self.top,
                    gap: self.gap,
                    cells: self.cells,
                    ..Options::default()
                },
                self.learn.paper_recipe,
            ),
            tolerance: self.tolerance,
        })
    }

    /// What runs a lattice or scores trees; other methods take what is here.
    fn engine(&self, watch: &Arc<Watch>) -> Result<Option<Box<dyn Engine>>> {
        let lattice = matches!(self.method, MethodArg::Lattice);
        if self.checkpoint.is_some() && !lattice {
            let cause = "--checkpoint is for --method lattice";
            return Err(Error::usage(cause, "add --method lattice, or leave it away"));
        }
        let trees = self.learn.may_be_trees() || are_models(&self.fit);
        let drawn = self.draws.asks() || trees;
        let sample = match self.method {
            MethodArg::Sample => true,
            MethodArg::Auto => drawn,
            _ => false,
        };
        if lattice || sample {
            return self.engine.open_with(watch).map(Some);
        }
        if self.engine.engine == EngineArg::Gpu || self.engine.adapter.is_some() {
            let cause = "--engine gpu and --adapter are for lattices, and for samples of trees";
            return Err(Error::usage(cause, "add --method lattice, or leave them away"));
        }
        Ok(None)
    }

    /// How many steps there are from 0 to 1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
    fn steps(&self) -> Result<usize> {
        let steps = (1.0 / self.step).round();
        let whole = (steps * self.step - 1.0).abs() < 1e-9 && (1.0..=10_000.0).contains(&steps);
        if !whole {
            let cause = format!("--step {} is not 1 over a whole number up to 10000", self.step);
            return Err(Error::usage(cause, "give for example --step 0.05"));
        }
        Ok(steps as usize)
    }

    /// The goal without what needs a reference, and without a pull.
    fn plain(&self, weights: Vec<(String, f64)>) -> Goal {
        Goal {
            together: match self.goal {
                GoalArg::Mean => Together::Mean,
                GoalArg::Sum => Together::Sum,
                GoalArg::Worst => Together::Worst,
            },
            weights,
            drop: self.drop.clone(),
            maximise: self.maximise.clone(),
            limits: Vec::new(),
            regret: None,
            pull: None,
        }
    }

    /// The prior that is asked for; else the natural mixture where it has all domains, else the
    /// uniform one.
    fn prior(&self, sources: &Sources<'_>) -> Result<(String, Vec<f64>)> {
        if let Some(prior) = &self.prior {
            return prior.find(sources);
        }
        let all = |shares: &Vec<f64>| shares.iter().all(|share| *share > 0.0);
        match sources.supply.and_then(Supply::natural).filter(all) {
            Some(natural) => Ok(("natural".into(), natural)),
            None => Ok(("uniform".into(), uniform(sources.predictor.domains.len()))),
        }
    }

    fn goal(
        &self,
        plain: Goal,
        (name, prior): &(String, Vec<f64>),
        reference: &[f64],
    ) -> Result<Goal> {
        if self.pull.is_some() && prior.contains(&0.0) {
            let cause = format!("--pull cannot pull towards {name}: it has shares of zero");
            return Err(Error::usage(cause, "give a --prior with a share for every domain"));
        }
        let towards = prior.clone();
        let all = self.no_worse.map(|slack| (String::new(), slack));
        let single = self.limit.iter().map(|rule| named("--limit", rule, number));
        let limits = all.map(Ok).into_iter().chain(single).map(|limit| {
            let (target, percent) = limit?;
            Ok(Limit { target, slack: percent / 100.0, reference: reference.to_vec() })
        });
        Ok(Goal {
            limits: limits.collect::<Result<_>>()?,
            regret: self.regret.then(|| reference.to_vec()),
            pull: self.pull.map(|strength| Pull { strength, towards }),
            ..plain
        })
    }
}
