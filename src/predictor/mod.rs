//! What a search needs from anything fitted: targets as functions of the mixture alone.
//!
//! In: a fit document, and a value for every other input. Out: a [`Predictor`]: one graph in which
//! parameter `k` is the share of domain `k`, one node a target, and the mixtures of the runs. What is no
//! formula comes in as parameters after the shares.

mod curvature;
mod enclosure;
mod function;
mod hull;
mod opaque;
mod recipe;
mod simplex;

pub use curvature::{Curvature, curvature};
pub use enclosure::{Enclosure, Line, enclose};
pub use function::Function;
pub use hull::{outside, outside_by};
pub use opaque::Opaque;
pub use recipe::{Part, Recipe};
pub use simplex::{cheapest, drawn_in, middle};

use crate::error::{Error, Place, Result};
use crate::law::graph::{Graph, Id, Node};
use crate::problem::Surface;
use crate::regress::Fitted;
use crate::report::FitReport;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Predictor {
    /// The domains, in the order of the fit.
    pub domains: Vec<String>,
    /// Shares are its parameters, and after them the values of `opaque`; it has no columns.
    pub graph: Graph,
    /// Functions without a formula.
    pub opaque: Opaque,
    /// What can be predicted.
    pub targets: Vec<Predicted>,
    /// The different mixtures of the runs; empty where the document does not have them.
    pub observed: Vec<Vec<f64>>,
    /// What the user should know about the fits.
    pub notes: Vec<String>,
}

/// A target as a function of the mixture.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// The target's column.
    pub name: String,
    /// The law that was fitted to it.
    pub law: String,
    /// Its value.
    pub root: Id,
}

/// Which fits of a document to take, and at which inputs.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The law, where targets were fitted with several.
    pub law: Option<String>,
    /// The group, where the table was grouped.
    pub group: Option<String>,
    /// Inputs other than the mixture: name and value.
    pub at: Vec<(String, f64)>,
}

impl Choice {
    /// The group and the law that it means in a document.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is missing or names nothing.
    pub(crate) fn names(&self, fit: &FitReport) -> Result<(String, String)> {
        let group = group(fit, self.group.as_deref())?;
        let law = law(fit, self.law.as_deref(), &group)?;
        Ok((group, law))
    }
}

impl Predictor {
    /// Makes a predictor of the fits of a document.
    ///
    /// # Errors
    /// [`Error::Usage`] for a choice that is missing or names nothing; [`Error::Input`] for a
    /// document whose fits cannot be used.
    pub fn new(fit: &FitReport, choice: &Choice) -> Result<Predictor> {
        Recipe::new(fit, choice).map(|recipe| recipe.predictor())
    }

    /// Adds a target: as its formula, or where it has none as a function that is only evaluated.
    pub fn add_function(&mut self, name: String, law: String, function: Box<dyn Fitted>) {
        let root = match function.formula(&mut self.graph) {
            Some(root) => root,
            None => {
                let place = self.domains.len() + self.opaque.push(function);
                self.graph.param(u32::try_from(place).unwrap_or(u32::MAX))
            }
        };
        self.targets.push(Predicted { name, law, root });
    }

    /// The number of a target's function, where it has no formula.
    pub fn function_of(&self, target: &Predicted) -> Option<usize> {
        match self.graph.node(target.root) {
            Node::Param(number) => (number as usize).checked_sub(self.domains.len()),
            _ => None,
        }
    }

    /// A target's value and slopes at many mixtures at once, for any engine.
    pub fn surface(&self, target: &Predicted) -> Surface {
        Surface::of_shares(&self.graph, target.root, self.domains.len())
    }

    /// The targets' values at a mixture, in their order.
    pub fn values(&self, mixture: &[f64]) -> Vec<f64> {
        let point = self.opaque.point(mixture);
        self.targets.iter().map(|target| self.graph.value(target.root, &point)).collect()
    }

    /// The least and the greatest share that each domain had in the runs.
    pub fn observed_ranges(&self) -> Vec<[f64; 2]> {
        let range = |k: usize| {
            self.observed.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], mixture| {
                [low.min(mixture[k]), high.max(mixture[k])]
            })
        };
        (0..self.domains.len()).map(range).collect()
    }

    /// A target by its name.
    pub fn target(&self, name: &str) -> Option<&Predicted> {
        self.targets.iter().find(|target| target.name == name)
    }
}

/// The group that was chosen, or the only one.
fn group(fit: &FitReport, wanted: Option<&str>) -> Result<String> {
    only("group", "--group-key", wanted, fit.fits.iter().map(|entry| entry.group.as_str()))
}

/// The law that was chosen, or the only one.
fn law(fit: &FitReport, wanted: Option<&str>, group: &str) -> Result<String> {
    let within = fit.fits.iter().filter(|entry| entry.group == group);
    only("law", "--law", wanted, within.map(|entry| entry.law.as_str()))
}

fn only<'a>(
    what: &str,
    flag: &str,
    wanted: Option<&str>,
    all: impl Iterator<Item = &'a str>,
) -> Result<String> {
    let mut known: Vec<&str> = Vec::new();
    for name in all {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    let listed = known.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let listed = listed.join(", ");
    match (wanted, known.as_slice()) {
        (Some(name), _) if known.contains(&name) => Ok(name.to_string()),
        (Some(name), _) => Err(Error::usage(
            format!("{flag} {name}: the document has no such {what}"),
            format!("choose one of {listed}"),
        )),
        (None, [one]) => Ok((*one).to_string()),
        (None, []) => {
            let cause = "the document has no fits";
            Err(Error::input(Place::default(), cause, "give a file that `mixlaw fit` wrote"))
        }
        (None, _) => Err(Error::usage(
            format!("the document has fits of more than one {what}"),
            format!("choose with {flag}: {listed}"),
        )),
    }
}
