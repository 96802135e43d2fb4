//! Runs that are chosen for a law.
//!
//! In: arguments, a fit or the kind of a function. Out: a swarm and its report.

use clap::{Args, ValueEnum};

use super::{DesignArgs, Method, Setting};
use crate::cli::rules::{named, number, positive, weight};
use crate::cli::said_in;
use crate::design::{
    Cost, Criterion, DesignReport, Inputs, Means, Next, Over, Slopes, Swarm, Target, Trained,
    fitted, next, optimum,
};
use crate::error::{Error, Result};
use crate::law::graph::Graph;
use crate::predictor::{Choice, Predictor};
use crate::regress::Products;
use crate::report::FitReport;
use crate::search::{Goal, Objective, Together};

/// Candidates, where nothing is said.
const CANDIDATES: usize = 2_000;

/// Shares below this are few tokens for a proxy run: RegMix's least share.
const SMALL: f64 = 2e-4;

/// Which law, at which inputs, at which cost.
#[derive(Debug, Args)]
pub(super) struct ChoiceArgs {
    /// Without a fit: a function that is linear in its parameters
    #[arg(long, value_enum, help_heading = "Choice")]
    pub(super) model: Option<ModelArg>,
    /// The law, where targets were fitted with several
    #[arg(long, value_name = "NAME", help_heading = "Choice")]
    pub(super) law: Option<String>,
    /// The group, where the table was grouped
    #[arg(long, value_name = "KEY", help_heading = "Choice")]
    pub(super) group_key: Option<String>,
    /// A value, in the run that is predicted, for an input of the law other than the mixture (repeat)
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Choice")]
    pub(super) at: Vec<String>,
    /// Inputs that a new run may have, such as 'N=1e6,D=1e9' (repeat for a choice) [default: --at]
    #[arg(long, value_name = "NAME=VALUE,...", help_heading = "Choice")]
    pub(super) scale: Vec<String>,
    /// Cost of a run: a formula over its inputs and shares, such as '6*N*D' [default: 1]
    #[arg(long, value_name = "FORMULA", help_heading = "Choice")]
    pub(super) cost: Option<String>,
    /// The most that all runs may cost together
    #[arg(long, value_name = "COST", help_heading = "Choice")]
    pub(super) spend: Option<f64>,
    /// Which predictions are to be sure (i-optimal) [default: allowed]
    #[arg(long, value_enum, help_heading = "Choice")]
    pub(super) over: Option<OverArg>,
    /// Mixtures to choose from, beside corners and middles of the bounds [default: 2000]
    #[arg(long, value_name = "N", help_heading = "Choice")]
    pub(super) candidates: Option<usize>,
    /// How often one mixture may be trained [default: 1]
    #[arg(long, value_name = "N", help_heading = "Choice")]
    pub(super) replicates: Option<u32>,
    /// A target that counts (repeat) [default: all]
    #[arg(long, value_name = "TARGET", help_heading = "Choice")]
    pub(super) target: Vec<String>,
    /// Weight of a target, such as 2 or 7/52 [default: 1] (repeat)
    #[arg(long, value_name = "TARGET=WEIGHT", help_heading = "Choice")]
    pub(super) weight: Vec<String>,
    /// A target that is better the larger it is (repeat)
    #[arg(long, value_name = "TARGET", help_heading = "Choice")]
    pub(super) maximise: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ModelArg {
    /// Linear in the shares
    Linear,
    /// Linear in the shares and the products of every two
    Quadratic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OverArg {
    /// Those of all mixtures that are allowed, in the mean
    Allowed,
    /// That of the present optimum
    Optimum,
}

/// An objective that is nothing, to look for contradictions among constraints alone.
pub(super) fn no_objective() -> Objective {
    let mut graph = Graph::default();
    let root = graph.number(0.0);
    Objective::of(graph, root)
}

impl ChoiceArgs {
    pub(super) fn check(&self, fit: bool, optimal: bool) -> Result<()> {
        if optimal && !fit && self.model.is_none() {
            let cause = "the best runs are the best for a law";
            let remedy = "give a file of `mixlaw fit --json`, or --model linear or quadratic";
            return Err(Error::usage(cause, remedy));
        }
        if fit && self.model.is_some() {
            let cause = "--model says nothing beside a fit, which has its own law";
            return Err(Error::usage(cause, "leave one of them away"));
        }
        let of_a_fit = self.law.is_some() || self.group_key.is_some() || !self.target.is_empty();
        let of_a_fit = of_a_fit || !self.weight.is_empty() || !self.maximise.is_empty();
        if self.model.is_some() && (of_a_fit || !self.at.is_empty()) {
            let cause = "--law, --group-key, --at, --target, --weight and --maximise need a fit";
            return Err(Error::usage(cause, "leave them away beside --model"));
        }
        if self.candidates == Some(0) || self.replicates == Some(0) {
            let cause = "--candidates and --replicates must be at least 1";
            return Err(Error::usage(cause, "leave them out"));
        }
        self.spend.map_or(Ok(()), |spend| positive("--spend", spend))
    }

    fn at(&self) -> Result<Inputs> {
        self.at.iter().map(|rule| named("--at", rule, number)).collect()
    }

    /// The inputs of each scale: those of `--at`, as far as it does not say others.
    fn scales(&self, at: &Inputs, known: &[String]) -> Result<Vec<Inputs>> {
        let one = |rule: &String| {
            let mut inputs = at.clone();
            for part in rule.split(',') {
                let (name, value) = named("--scale", part, number)?;
                if !known.contains(&name) {
                    let cause = format!("--scale {rule}: neither law nor cost reads `{name}`");
                    return Err(Error::usage(cause, format!("they read {}", known.join(", "))));
                }
                match inputs.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, old)) => *old = value,
                    None => inputs.push((name, value)),
                }
            }
            Ok(inputs)
        };
        if self.scale.is_empty() {
            return Ok(vec![at.clone()]);
        }
        self.scale.iter().map(one).collect()
    }

    /// The mean of the targets that count.
    fn goal(&self, fit: &FitReport) -> Result<Goal> {
        let known = |name: &String| fit.fits.iter().any(|one| one.target == *name);
        let weights = self.weight.iter().map(|rule| named("--weight", rule, weight));
        let weights: Vec<(String, f64)> = weights.collect::<Result<_>>()?;
        let named = self.target.iter().map(|name| ("--target", name));
        let named = named.chain(weights.iter().map(|(name, _)| ("--weight", name)));
        let named = named.chain(self.maximise.iter().map(|name| ("--maximise", name)));
        if let Some((flag, name)) = named.into_iter().find(|(_, name)| !known(name)) {
            let mut targets: Vec<&str> = fit.fits.iter().map(|one| one.target.as_str()).collect();
            targets.dedup();
            let remedy = format!("its targets are {}", targets.join(", "));
            return Err(Error::usage(format!("{flag} {name}: the fit has no such target"), remedy));
        }
        let left = |name: &String| !self.target.is_empty() && !self.target.contains(name);
        let targets = fit.fits.iter().map(|one| one.target.clone());
        Ok(Goal {
            together: Together::Mean,
            weights,
            drop: targets.filter(left).collect(),
            maximise: self.maximise.clone(),
            regret: None,
            pull: None,
            limits: Vec::new(),
        })
    }
}

/// Targets, trained runs, the optimum, warnings.
struct Made {
    targets: Vec<Target>,
    trained: Vec<Trained>,
    optimum: Option<Vec<f64>>,
    warnings: Vec<String>,
    inputs: Vec<String>,
}

impl DesignArgs {
    /// Chooses a swarm.
    pub(super) fn choose(&self, setting: &Setting<'_>) -> Result<(Swarm, DesignReport)> {
        let at = self.choice.at()?;
        let made = match &setting.known.fit {
            Some(fit) => self.of_fit(fit, &at, setting)?,
            None => self.of_model(setting)?,
        };
        let cost = self.choice.cost.as_deref().map(Cost::parse).transpose()?;
        let read = cost.iter().flat_map(|cost| cost.names().iter().cloned());
        let known: Vec<String> = made.inputs.iter().cloned().chain(read).collect();
        let scales = self.choice.scales(&at, &known)?;
        let optimal = self.method == Method::DOptimal;
        let question = Next {
            criterion: if optimal { Criterion::Determinant } else { Criterion::Variance },
            over: match self.choice.over {
                Some(OverArg::Optimum) => Over::Optimum,
                _ => Over::Allowed,
            },
            targets: made.targets,
            trained: made.trained,
            at,
            scales,
            cost,
            means: Means {
                runs: self.runs.unwrap_or(10_000),
                spend: self.choice.spend.unwrap_or(f64::INFINITY),
                most: self.choice.replicates.unwrap_or(1),
            },
            candidates: self.choice.candidates.unwrap_or(CANDIDATES),
            optimum: made.optimum,
            seed: self.seed,
        };
        self.answer(&question, setting, made.warnings)
    }

    fn answer(
        &self,
        question: &Next,
        setting: &Setting<'_>,
        mut warnings: Vec<String>,
    ) -> Result<(Swarm, DesignReport)> {
        let (grid, domains) = (setting.grid()?, &setting.known.domains);
        let allowed = setting.allowed(grid);
        let found = next(domains, question, &allowed, setting.reduced, setting.watch)?;
        if let Some(wanted) = self.runs.filter(|wanted| *wanted > found.rows.len()) {
            let why = if self.choice.spend.is_some() { "--spend pays for" } else { "there are" };
            warnings.push(format!("{why} {} of {wanted} runs", found.rows.len()));
        }
        let small = found.rows.iter().map(|row| grid.shares(row));
        let small = small.filter(|shares| shares.iter().any(|x| *x > 0.0 && *x < SMALL)).count();
        if small > 0 {
            warnings.push(format!(
                "{small} runs have a share between 0 and {SMALL}, where the law is steep: fewer tokens \
                 than tell anything? --min DOMAIN=SHARE or --least SHARE keeps from them"
            ));
        }
        let scaled = !self.choice.scale.is_empty();
        let inputs = found.scales.iter().filter(|_| scaled);
        let swarm = Swarm {
            grid,
            domains: domains.clone(),
            inputs: inputs.map(|&scale| question.scales[scale].clone()).collect(),
            costs: self.choice.cost.as_ref().map(|_| found.costs),
            rows: found.rows,
        };
        let mut report = swarm.report(&setting.known.existing());
        report.method = self.words(question);
        report.draws = found.counts;
        report.gain = Some(found.gain);
        report.warnings = warnings;
        Ok((swarm, report))
    }

    fn words(&self, question: &Next) -> String {
        let law = match (self.choice.model, &self.fit) {
            (Some(ModelArg::Linear), _) => "a linear function".to_string(),
            (Some(ModelArg::Quadratic), _) => "a quadratic function".to_string(),
            (None, file) => file.as_ref().map_or_else(String::new, |f| f.display().to_string()),
        };
        format!(
            "{} for {law}: targets: {}, runs so far: {}, greedy and exchange, seed {}",
            self.method.name(),
            question.targets.len(),
            question.trained.len(),
            self.seed
        )
    }

    fn of_fit(&self, fit: &FitReport, at: &Inputs, setting: &Setting<'_>) -> Result<Made> {
        let file = self.fit.as_deref().unwrap_or(std::path::Path::new(""));
        let law = self.choice.law.clone();
        let choice = Choice { law, group: self.choice.group_key.clone(), at: at.clone() };
        let goal = self.choice.goal(fit)?;
        let predictor = Predictor::new(fit, &choice).map_err(|error| said_in(file, error))?;
        let known = fitted(fit, &choice, &goal, setting.known.runs.as_ref());
        let mut known = known.map_err(|error| said_in(file, error))?;
        known.warnings.extend(predictor.notes.iter().cloned());
        let best = optimum(&predictor, &goal, setting.region, self.seed, setting.watch);
        let optimum = match best {
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().next().unwrap_or_default();
                known.warnings.push(format!("the present optimum is not known: {why}"));
                None
            }
            Ok(mixture) => Some(mixture),
        };
        let names = predictor.targets.first().map(|target| target.law.clone());
        let laws = fit.laws.iter().filter(|law| Some(&law.name) == names.as_ref());
        let inputs = laws.flat_map(|law| law.inputs.iter().cloned()).collect();
        let (targets, trained, warnings) = (known.targets, known.trained, known.warnings);
        Ok(Made { targets, trained, optimum, warnings, inputs })
    }

    fn of_model(&self, setting: &Setting<'_>) -> Result<Made> {
        let products = match self.choice.model {
            Some(ModelArg::Quadratic) => Products::All,
            _ => Products::None,
        };
        let slopes = Slopes::of_terms(&products, setting.known.domains.len())?;
        let one = |mixture: Vec<f64>| Trained { mixture, inputs: Vec::new(), weight: 1.0 };
        Ok(Made {
            targets: vec![Target { name: "target".into(), slopes, weight: 1.0, variance: None }],
            trained: setting.known.existing().into_iter().map(one).collect(),
            optimum: None,
            warnings: Vec::new(),
            inputs: Vec::new(),
        })
    }
}
