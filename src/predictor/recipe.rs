//! Laws written out once, for as many predictors as there are sets of parameters.
//!
//! In: a fit document, and a value for every input other than the mixture. Out: a [`Recipe`], which makes a
//! [`Predictor`] of the document's parameters, or of those of a refit.

use std::sync::Arc;

use super::{Choice, Predicted, Predictor};
use crate::error::{Error, Place, Result};
use crate::law::bind::Symbol;
use crate::law::graph::{Graph, Id, Node};
use crate::law::model::Model;
use crate::report::{FitEntry, FitReport};

/// See the module.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The domains, in the order of the fit.
    pub domains: Vec<String>,
    /// The law.
    pub law: String,
    /// The group's key; empty without groups.
    pub group: String,
    /// What can be predicted, in the order of [`Predictor::targets`].
    pub parts: Vec<Part>,
    /// Targets whose fits have no parameters.
    pub without: Vec<String>,
    observed: Vec<Vec<f64>>,
    notes: Vec<String>,
}

/// A target with the law that was fitted to it.
#[derive(Debug, Clone)]
pub struct Part {
    /// The target's column.
    pub target: String,
    /// The law, written out for the domains; all its parameters are free.
    pub model: Arc<Model>,
    /// The parameters of the fit, in the model's order.
    pub theta: Vec<f64>,
    /// What stands in the place of each of the model's columns.
    leaves: Vec<Leaf>,
}

impl Recipe {
    /// Writes the laws of a document's fits out.
    ///
    /// # Errors
    /// [`Error::Usage`] for a choice that is missing or names nothing; [`Error::Input`] for a
    /// document whose fits cannot be used.
    pub fn new(fit: &FitReport, choice: &Choice) -> Result<Recipe> {
        check_domains(fit)?;
        let (group, law) = choice.names(fit)?;
        check_inputs(fit, &law, &choice.at)?;
        let domains = fit.runs.domains.clone();
        let mut observed = fit.runs.mixtures.clone();
        observed.retain(|mixture| mixture.len() == domains.len());
        let (parts, without, notes) = (Vec::new(), Vec::new(), Vec::new());
        let mut recipe = Recipe { domains, law, group, parts, without, observed, notes };
        for entry in &fit.laws {
            let model = Arc::new(entry.model(&fit.runs.domains)?);
            for one in fit.fits.iter().filter(|one| one.law == entry.name) {
                if one.law == recipe.law && one.group == recipe.group {
                    recipe.add(&model, one, &fit.runs.source, &choice.at)?;
                }
            }
        }
        if recipe.parts.is_empty() {
            let cause = "none of the fits has parameters that can be used";
            return Err(Error::input(Place::default(), cause, "see why in the fit's messages"));
        }
        Ok(recipe)
    }

    fn add(
        &mut self,
        model: &Arc<Model>,
        entry: &FitEntry,
        source: &str,
        at: &[(String, f64)],
    ) -> Result<()> {
        let Some(theta) = entry.theta(model, source)? else {
            self.notes.push(format!("{} is left out: {}", entry.target, entry.message));
            self.without.push(entry.target.clone());
            return Ok(());
        };
        if !entry.status.is_usable() {
            let state = entry.status.name();
            self.notes.push(format!("the fit of {} is {state}: {}", entry.target, entry.message));
        }
        let own = entry.own.as_ref().and_then(|own| self.domains.iter().position(|d| d == own));
        let leaves = model.symbols.iter().map(|symbol| input(symbol, own, at, entry));
        let leaves = leaves.collect::<Result<_>>()?;
        let (target, model) = (entry.target.clone(), Arc::clone(model));
        self.parts.push(Part { target, model, theta, leaves });
        Ok(())
    }

    /// The predictor of the document's own parameters.
    pub fn predictor(&self) -> Predictor {
        let theta = |part: usize| self.parts[part].theta.as_slice();
        Predictor { observed: self.observed.clone(), notes: self.notes.clone(), ..self.with(theta) }
    }

    /// The predictor of other parameters: `theta` gives those of a part, in its model's order. It does
    /// not have the mixtures of the runs.
    pub fn with<'a>(&'a self, theta: impl Fn(usize) -> &'a [f64]) -> Predictor {
        let mut predictor = Predictor { domains: self.domains.clone(), ..Predictor::default() };
        for (number, part) in self.parts.iter().enumerate() {
            let root = part.import(&mut predictor.graph, theta(number));
            let (name, law) = (part.target.clone(), self.law.clone());
            predictor.targets.push(Predicted { name, law, root });
        }
        predictor
    }
}

impl Part {
    /// The prediction as a node of a graph whose parameters are the shares.
    fn import(&self, into: &mut Graph, theta: &[f64]) -> Id {
        into.import(&self.model.graph, self.model.root, &mut |graph, node| match node {
            Node::Param(number) => theta.get(number as usize).map(|value| graph.number(*value)),
            Node::Column(number) => match *self.leaves.get(number as usize)? {
                Leaf::Share(domain) => Some(graph.param(domain)),
                Leaf::Value(value) => Some(graph.number(value)),
            },
            _ => None,
        })
    }
}

/// What stands in the place of a column.
#[derive(Debug, Clone, Copy)]
enum Leaf {
    Share(u32),
    Value(f64),
}

fn input(
    symbol: &Symbol,
    own: Option<usize>,
    at: &[(String, f64)],
    entry: &FitEntry,
) -> Result<Leaf> {
    let share = |domain: usize| Leaf::Share(u32::try_from(domain).unwrap_or(u32::MAX));
    match symbol {
        Symbol::Share(domain) => Ok(share(*domain)),
        Symbol::OwnShare => own.map(share).ok_or_else(|| {
            let cause =
                format!("law {} reads `r`, and {} has no own domain", entry.law, entry.target);
            Error::input(Place::default(), cause, "fit again with --own TARGET=DOMAIN")
        }),
        Symbol::Input(name) => match at.iter().find(|(known, _)| known == name) {
            Some((_, value)) => Ok(Leaf::Value(*value)),
            None => Err(Error::usage(
                format!("law {} reads `{name}`, which has no value", entry.law),
                format!("give it for the run to come: --at {name}=VALUE"),
            )),
        },
        Symbol::Target => Ok(Leaf::Value(f64::NAN)),
    }
}

fn check_domains(fit: &FitReport) -> Result<()> {
    let domains = &fit.runs.domains;
    if domains.is_empty() {
        let cause = "the fit has no mixture to search";
        return Err(Error::input(Place::default(), cause, "fit again with --mixture 'PATTERN'"));
    }
    let twice = (1..domains.len()).find(|&i| domains[..i].contains(&domains[i]));
    if let Some(i) = twice {
        let cause = format!("two domains are called `{}`", domains[i]);
        return Err(Error::input(Place::default(), cause, "rename one and fit again"));
    }
    Ok(())
}

/// Every `--at` must be an input of the law.
fn check_inputs(fit: &FitReport, law: &str, at: &[(String, f64)]) -> Result<()> {
    let inputs = fit.laws.iter().filter(|entry| entry.name == law).flat_map(|entry| &entry.inputs);
    let inputs: Vec<&str> = inputs.map(String::as_str).collect();
    match at.iter().find(|(name, _)| !inputs.contains(&name.as_str())) {
        Some((name, _)) if inputs.is_empty() => Err(Error::usage(
            format!("--at {name}: law {law} reads the mixture alone"),
            "leave it away",
        )),
        Some((name, _)) => Err(Error::usage(
            format!("--at {name}: law {law} has no such input"),
            format!("its inputs are {}", inputs.join(", ")),
        )),
        None => Ok(()),
    }
}
