//! The mixture to train on.
//!
//! In: an [`Objective`] and a [`Region`]. Out: an [`Answer`]: the best mixture, what is proved of
//! it, and by which method.

mod best;
mod bottomless;
mod branch;
mod cones;
mod conflict;
mod conic;
mod descend;
mod epigraph;
pub mod exact;
pub mod goal;
pub mod lattice;
mod means;
mod observed;
mod penalty;
mod question;
mod reference;
pub mod region;
mod remarks;
pub(crate) mod sample;
mod separable;
mod spacings;
mod spread;
mod supply;
pub mod valley;

pub(crate) use conflict::refuse as refuse_conflicts;
pub use goal::{Goal, Limit, Objective, Pull, Together};
pub use means::Means;
pub use question::{Question, answer};
pub use reference::{best_observed, uniform};
pub use region::{Demand, Group, Region, Usage};
pub use spacings::mixtures;
pub use spread::{check_level, spread};
pub use supply::Supply;

use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::predictor::{Curvature, Function, curvature};
use crate::report::mixture::Certificate;
use exact::Optimum;
use penalty::Descent;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Exact where the objective is shown to be convex, else branch and bound for few domains, else
    /// descents.
    Auto,
    /// The exact minimum of a convex objective.
    Exact,
    /// Every mixture in whole steps.
    Lattice,
    /// Descents from many starts.
    Descend,
    /// Branch and bound.
    Branch,
    /// The best of many mixtures drawn at random.
    Sample,
    /// The best of the mixtures that runs had.
    Observed,
}

/// Settings of a search.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The method.
    pub method: Method,
    /// Steps from 0 to 1 of a lattice.
    pub steps: usize,
    /// Starts of a descent.
    pub starts: usize,
    /// Seed of the starts and of a sample.
    pub seed: u64,
    /// Mixtures to draw.
    pub samples: u64,
    /// Draws from Dirichlet distributions around a mixture: the least and the greatest sum of their
    /// concentrations.
    pub strength: Option<[f64; 2]>,
    /// Which of the mixtures drawn are averaged, in place of taking the best.
    pub average: Option<Average>,
    /// Rounds of drawing, each around a centre that the one before moved; at least 1.
    pub rounds: usize,
    /// Mixtures to give.
    pub top: usize,
    /// The gap to which branch and bound works; `None` for a gap that suits the objective.
    pub gap: Option<f64>,
    /// The most cells of a branch and bound.
    pub cells: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            method: Method::Auto,
            steps: 20,
            starts: 256,
            seed: 0,
            samples: 1_000_000,
            strength: None,
            average: None,
            rounds: 1,
            top: 10,
            gap: None,
            cells: 200_000,
        }
    }
}

/// Which of the mixtures drawn make a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Average {
    /// So many of the best (RegMix: 128).
    Top(usize),
    /// All whose objective is above the least by no more than this (olmix: 0.001).
    Within(f64),
}

/// The gap of a branch and bound, in units of the objective.
const GAP: f64 = 1e-4;

/// With more domains than this, branch and bound is not begun unasked.
const MOST_BRANCHED: usize = 8;

/// What a search found.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The best mixtures, best first; at least one.
    pub found: Vec<Found>,
    /// No allowed mixture has an objective below this.
    pub lower_bound: Option<f64>,
    /// What proves that.
    pub certificate: Certificate,
    /// The method in words.
    pub method: String,
    /// The largest violation of the conditions of an optimum.
    pub residual: Option<f64>,
    /// Evaluations of the objective.
    pub evaluated: u64,
    /// The mean of good ones, where that is asked for in place of the best.
    pub averaged: Option<Averaged>,
}

/// A mean of good mixtures.
#[derive(Debug, Clone)]
pub struct Averaged {
    /// The mean, and its objective.
    pub of: Found,
    /// How many mixtures it is of.
    pub count: u64,
    /// Least and greatest share of each domain among them.
    pub ranges: Vec<[f64; 2]>,
    /// Which ones, for the method.
    pub words: String,
}

impl Answer {
    /// Mixtures with nothing proved beyond the certificate.
    fn new(found: Vec<Found>, certificate: Certificate, method: String, evaluated: u64) -> Answer {
        let (lower_bound, residual, averaged) = (None, None, None);
        Answer { found, lower_bound, certificate, method, residual, evaluated, averaged }
    }

    /// The mixture that is asked for: the mean, or the best.
    pub fn chosen(&self) -> &Found {
        self.averaged.as_ref().map_or(&self.found[0], |averaged| &averaged.of)
    }
}

/// A mixture and its objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// A share a domain.
    pub mixture: Vec<f64>,
    /// The objective.
    pub value: f64,
}

/// Searches for the mixture with the least objective.
///
/// # Errors
/// [`Error::Usage`] for demands that contradict each other, and for a method that cannot do what is
/// asked; [`Error::Input`] where the objective is not finite anywhere; [`Error::Interrupted`];
/// [`Error::Device`] for an engine that fails where no other may take its place.
pub fn search<'a>(
    objective: &Objective,
    region: &Region,
    options: Options,
    means: impl Into<Means<'a>>,
) -> Result<Answer> {
    let means = means.into();
    let watch = means.watch;
    conflict::refuse(objective, region)?;
    if !objective.is_formula() {
        return without_formula(objective, region, options, &means);
    }
    let bend = |root| curvature(&objective.graph, root, &region.low, &region.high);
    let convex = is_convex(objective, region);
    match options.method {
        Method::Lattice if !objective.limits.is_empty() => Err(not_limited()),
        Method::Lattice => on_a_lattice(objective, region, options, &means),
        Method::Sample => sample::sample(objective, region, options, &means),
        Method::Observed => observed::observed(objective, region, options, means.observed),
        Method::Descend => descend::descend(objective, region, options, watch),
        Method::Branch => branched(objective, region, convex, options, watch),
        Method::Exact if convex => {
            exactly(objective, region, options, watch)?.ok_or_else(|| not_exact(objective, region))
        }
        Method::Exact => Err(not_convex(bend(objective.root))),
        Method::Auto => {
            if convex && let Some(answer) = exactly(objective, region, options, watch)? {
                return Ok(answer);
            }
            if region.low.len() <= MOST_BRANCHED {
                return branched(objective, region, convex, options, watch);
            }
            descend::descend(objective, region, options, watch)
        }
    }
}

/// Whether the objective and all limits are shown to be convex.
fn is_convex(objective: &Objective, region: &Region) -> bool {
    let bend = |root| curvature(&objective.graph, root, &region.low, &region.high);
    let limits = objective.limits.iter().all(|(limit, _)| bend(*limit).is_convex());
    bend(objective.root).is_convex() && limits
}

/// What has no slopes and no bounds is drawn: in rounds, since many domains leave an even sample far from
/// every end.
fn without_formula(
    objective: &Objective,
    region: &Region,
    options: Options,
    means: &Means,
) -> Result<Answer> {
    match options.method {
        Method::Auto if !region.is_choosy() => {
            sample::sample(objective, region, options.in_rounds(), means)
        }
        Method::Auto | Method::Sample => sample::sample(objective, region, options, means),
        Method::Observed => observed::observed(objective, region, options, means.observed),
        _ => Err(Error::usage(
            "what was learnt is no formula (trees, for example), and only a sample needs none",
            "use --method sample, or another --model",
        )),
    }
}

/// By dynamic programming where that applies and the user does not ask for a scan: on a device, or one
/// that can be interrupted.
fn on_a_lattice(
    objective: &Objective,
    region: &Region,
    options: Options,
    means: &Means,
) -> Result<Answer> {
    let asked =
        means.checkpoint.is_some() || means.engine.is_some_and(|engine| engine.name() == "gpu");
    if !asked
        && let Some(answer) =
            separable::solve(objective, region, options.steps, options.top, means.watch)?
    {
        return Ok(answer);
    }
    lattice::scan(objective, region, options, means)
}

/// The exact minimum of a convex objective; `None` where the formula is finite nowhere or cannot be
/// written as cones, which groups, limits and the worst case need.
fn exactly(
    objective: &Objective,
    region: &Region,
    options: Options,
    watch: &Watch,
) -> Result<Option<Answer>> {
    if region.is_choosy() {
        let answer = branched(objective, region, true, options, watch)?;
        return Ok(Some(answer).filter(|answer| answer.certificate != Certificate::None));
    }
    if objective.is_plain() && region.groups.is_empty() {
        let function = Function::new(&objective.graph, objective.root, region.low.len());
        let optimum = exact::minimise(&function, &region.low, &region.high, None);
        let method = "exact: interior point and Newton on a convex objective";
        return Ok(optimum.map(|optimum| certified(optimum, method)));
    }
    let optimum = conic::minimise(objective, region);
    Ok(optimum.map(|optimum| certified(optimum, "exact: cones on a convex objective")))
}

/// Branch and bound, from local minima on where the objective is not convex.
fn branched(
    objective: &Objective,
    region: &Region,
    convex: bool,
    options: Options,
    watch: &Watch,
) -> Result<Answer> {
    let descent = Descent::new(objective, region);
    let few = if convex { Options { starts: 1, ..options } } else { options };
    let (minima, mut evaluated) = descend::minima(&descent, region, few, watch)?;
    let found = minima.into_iter().map(|end| Found { mixture: end.mixture, value: end.value });
    let mut found: Vec<Found> = found.collect();
    if found.is_empty() && !is_finite_somewhere(objective, region, options) {
        return Err(not_finite());
    }
    let gap = options.gap.unwrap_or(if convex { 1e-8 } else { GAP });
    let until = branch::Until { gap, cells: options.cells };
    let improve = |met: &Found| {
        let end = descent.from(&met.mixture)?;
        Some(Found { mixture: end.mixture, value: end.value })
    };
    let start = found.first().cloned();
    let proof = branch::prove((objective, region), convex, start, &improve, until, watch)?;
    evaluated += proof.evaluated;
    let best = proof.best.ok_or_else(not_met)?;
    let done = best.value - proof.lower_bound <= gap;
    let cells = proof.cells;
    let method = match (done, convex) {
        (true, true) => {
            format!("exact: branch and bound, {cells} cells with a convex minimum each")
        }
        (true, false) => format!("branch and bound: {cells} cells bounded by linear functions"),
        (false, _) if !proof.lower_bound.is_finite() => format!(
            "branch and bound: {cells} cells, and nothing that bounds the objective from below"
        ),
        (false, _) => format!("branch and bound: {cells} cells, stopped before the gap was closed"),
    };
    found.retain(|other| *other != best);
    found.insert(0, best);
    found.truncate(options.top.max(1));
    let certificate = if done { Certificate::BranchAndBound } else { Certificate::None };
    let lower_bound = Some(proof.lower_bound).filter(|bound| bound.is_finite());
    Ok(Answer { lower_bound, ..Answer::new(found, certificate, method, evaluated) })
}

fn is_finite_somewhere(objective: &Objective, region: &Region, options: Options) -> bool {
    let tried = mixtures(&region.low, &region.high, options.seed, options.starts);
    tried.iter().any(|mixture| objective.at(mixture).is_finite())
}

fn certified(optimum: Optimum, method: &str) -> Answer {
    let found = vec![Found { mixture: optimum.mixture, value: optimum.value }];
    Answer {
        lower_bound: Some(optimum.lower_bound),
        residual: Some(optimum.residual).filter(|residual| residual.is_finite()),
        ..Answer::new(found, Certificate::Convex, method.into(), optimum.evaluated)
    }
}

fn not_exact(objective: &Objective, region: &Region) -> Error {
    if objective.is_plain() && region.groups.is_empty() && !region.is_choosy() {
        return not_finite();
    }
    Error::usage(
        "the exact method cannot write this law as cones, which groups, limits and the worst case \
         need, or has come to no end within --cells",
        "use --method bnb or descend, or bounds on single shares and a mean or a sum",
    )
}

fn not_limited() -> Error {
    Error::usage(
        "lattices know no limits on single targets",
        "use --method exact, bnb, descend or sample, or leave --limit and --no-worse away",
    )
}

fn not_met() -> Error {
    Error::usage(
        "no mixture was found that meets all constraints with a finite objective, and none is \
         proved not to be there",
        "loosen a constraint, or raise --starts and --cells",
    )
}

fn not_convex(bend: Curvature) -> Error {
    let shape = if bend == Curvature::Concave { "concave" } else { "not shown to be convex" };
    Error::usage(
        format!("--method exact: the objective is {shape}, so no exact minimum can be certified"),
        "use --method bnb or descend, or leave --method away",
    )
}

fn not_finite() -> Error {
    let cause = "the objective is not finite at any mixture that was tried";
    Error::input(
        crate::error::Place::default(),
        cause,
        "check the fit's parameters with `mixlaw predict`, and keep shares above zero: --min DOMAIN=0.001",
    )
}
