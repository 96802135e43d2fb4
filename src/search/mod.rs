//! The mixture to train on.
//!
//! In: an [`Objective`] and a [`Region`]. Out: an [`Answer`]: the best mixture, what is proved of
//! it, and by which method.

mod cones;
mod conflict;
mod conic;
mod descend;
mod epigraph;
pub mod exact;
pub mod goal;
pub mod lattice;
mod means;
mod question;
pub mod region;
mod spacings;
mod supply;
mod valley;

pub use goal::{Goal, Limit, Objective, Pull, Together};
pub use means::Means;
pub use question::{Question, answer};
pub use region::{Demand, Group, Region, Usage};
pub use spacings::mixtures;
pub use supply::Supply;
pub use valley::valley;

use crate::error::{Error, Result};
use crate::predictor::{Curvature, Function, curvature};
use crate::report::mixture::Certificate;
use exact::Optimum;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Exact where the objective is shown to be convex, else descents.
    Auto,
    /// The exact minimum of a convex objective.
    Exact,
    /// Every mixture in whole steps.
    Lattice,
    /// Descents from many starts.
    Descend,
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
    /// Seed of the starts.
    pub seed: u64,
    /// Mixtures to give.
    pub top: usize,
}

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
/// [`Error::Usage`] for the exact method on an objective that is not shown to be convex;
/// [`Error::Input`] where the objective is not finite anywhere.
pub fn search<'a>(
    objective: &Objective,
    region: &Region,
    options: Options,
    means: impl Into<Means<'a>>,
) -> Result<Answer> {
    conflict::refuse(objective, region)?;
    if options.method == Method::Lattice {
        if !objective.limits.is_empty() {
            return Err(not_plain());
        }
        return lattice::scan(objective, region, options, &means.into());
    }
    let bend = |root| curvature(&objective.graph, root, &region.low, &region.high);
    let limits = objective.limits.iter().all(|(limit, _)| bend(*limit).is_convex());
    let convex = bend(objective.root).is_convex() && limits;
    let plain = objective.is_plain() && region.groups.is_empty();
    match (options.method, convex) {
        (Method::Auto | Method::Exact, true) if plain => {
            let function = Function::new(&objective.graph, objective.root, region.low.len());
            let optimum = exact::minimise(&function, &region.low, &region.high, None);
            let method = "exact: interior point and Newton on a convex objective";
            Ok(certified(optimum.ok_or_else(not_finite)?, method))
        }
        (Method::Auto | Method::Exact, true) => {
            let optimum = conic::minimise(objective, region).ok_or_else(not_conic)?;
            Ok(certified(optimum, "exact: cones on a convex objective"))
        }
        (Method::Exact, false) => Err(not_convex(bend(objective.root))),
        (Method::Auto | Method::Descend, _) if plain => {
            let function = Function::new(&objective.graph, objective.root, region.low.len());
            descend::descend(&function, region, options)
        }
        _ => Err(not_plain()),
    }
}

fn certified(optimum: Optimum, method: &str) -> Answer {
    Answer {
        found: vec![Found { mixture: optimum.mixture, value: optimum.value }],
        lower_bound: Some(optimum.lower_bound),
        certificate: Certificate::Convex,
        method: method.into(),
        residual: Some(optimum.residual).filter(|residual| residual.is_finite()),
        evaluated: optimum.evaluated,
    }
}

fn not_conic() -> Error {
    Error::usage(
        "the exact method cannot write this law as cones, which groups, limits and the worst case \
         need",
        "use bounds on single shares and a mean or a sum",
    )
}

fn not_plain() -> Error {
    Error::usage(
        "groups and the worst case need --method exact or lattice, and limits the exact one; the \
         exact method needs an objective that is shown to be convex",
        "choose another --method, or use bounds on single shares and a mean or a sum",
    )
}

fn not_convex(bend: Curvature) -> Error {
    let shape = if bend == Curvature::Concave { "concave" } else { "not shown to be convex" };
    Error::usage(
        format!("--method exact: the objective is {shape}, so no exact minimum can be certified"),
        "use --method descend, or leave --method away",
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
