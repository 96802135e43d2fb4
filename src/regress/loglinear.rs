//! The law `c + exp(sum(j, t[j] * w[j]))` as a regressor.
//!
//! In: samples, an objective, a number of starts. Out: the law fitted by the same engine and polish
//! as `mixlaw fit` uses (Ye et al. 2024, arXiv 2403.16952, M4; the log-linear regressor of olmix).

use std::sync::Arc;

use super::terms::share;
use super::{Fitted, Regressor, Samples};
use crate::engine::cpu::Cpu;
use crate::error::{Error, Place, Result};
use crate::fit::{Fit, State, fit};
use crate::law::bind::Symbol;
use crate::law::catalogue;
use crate::law::graph::{Graph, Id, Node};
use crate::law::model::{Changes, Model};
use crate::plan::Plan;
use crate::problem::{Forms, Objective, Problem, Sample};

/// A regressor: the exponential mixing law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogLinear {
    /// What is minimised.
    pub objective: Objective,
    /// How many starts the fit is searched from.
    pub starts: usize,
}

impl Default for LogLinear {
    /// Squared residuals, from few starts: the law rarely has a second minimum.
    fn default() -> LogLinear {
        LogLinear { objective: Objective::default(), starts: 8 }
    }
}

impl Regressor for LogLinear {
    fn name(&self) -> String {
        "log-linear".into()
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        samples.check()?;
        let model = Arc::new(model(samples)?);
        let forms = Arc::new(Forms::new(Arc::clone(&model), self.objective));
        let columns = forms.symbols.iter().map(|symbol| Arc::new(column(samples, symbol)));
        let sample = Arc::new(Sample::new(columns.collect()));
        let problem = Problem::new(forms, sample, 0..samples.len(), None);
        let plan = Plan::new(seed, self.starts);
        match fit(&Cpu::default(), &[problem], &plan)?.pop() {
            Some(fit) if !fit.theta.is_empty() => Ok(Box::new(LawFit { model, fit })),
            ended => Err(without_answer(ended)),
        }
    }
}

/// Ranges of the observations by which a domain alone may be above all of them.
const BEYOND: f64 = 100.0;

/// The law for the domains, counted from 1. Runs that have little of a domain do not say how steep it
/// is, and its exponential may then be anything at a share that no run had. It is convex, so that a
/// bound at the vertices holds everywhere.
fn model(samples: &Samples) -> Result<Model> {
    let law = Arc::new(catalogue::law("mixing-exp")?);
    let names: Vec<String> = (1..=samples.domains).map(|k| k.to_string()).collect();
    let low = samples.target.iter().copied().fold(f64::INFINITY, f64::min);
    let high = samples.target.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let most = high.abs().max(low.abs()) + BEYOND * (high - low);
    let mut changes = Changes::default();
    if most > 0.0 {
        // The law's range of starts keeps its width below the bound.
        let start = law.parameters.iter().find(|(name, _)| name == "t").and_then(|(_, t)| t.start);
        let moved = start.map(|[low, high]| {
            let down = (high - most.ln()).max(0.0);
            ("t".into(), [low - down, high - down])
        });
        changes.bound.push(("t".into(), [f64::NEG_INFINITY, most.ln()]));
        changes.start.extend(moved);
    }
    Model::new(&law, &names, &|_| false, &changes)
}

/// What a symbol of the law stands for: it reads shares alone.
fn column(samples: &Samples, symbol: &Symbol) -> Vec<f64> {
    match symbol {
        Symbol::Share(domain) => samples.rows().map(|mixture| mixture[*domain]).collect(),
        _ => samples.target.clone(),
    }
}

fn without_answer(ended: Option<Fit>) -> Error {
    let cause = ended.map_or_else(String::new, |fit| fit.message);
    Error::input(Place::default(), cause, "take another regressor for this target")
}

/// The law at its fitted parameters.
#[derive(Debug)]
struct LawFit {
    model: Arc<Model>,
    fit: Fit,
}

impl Fitted for LawFit {
    fn predict(&self, mixtures: &[f64], into: &mut [f64]) {
        let (domains, count) = (self.model.domains.len(), into.len());
        let column = |symbol: &Symbol| -> Vec<f64> {
            let Symbol::Share(domain) = symbol else { return vec![f64::NAN; count] };
            mixtures.iter().skip(*domain).step_by(domains).copied().collect()
        };
        let columns: Vec<Vec<f64>> = self.model.symbols.iter().map(column).collect();
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        into.copy_from_slice(&self.model.predict(&self.fit.theta, &views, 0..count));
    }

    fn formula(&self, graph: &mut Graph) -> Option<Id> {
        let leaf = &mut |graph: &mut Graph, node: Node| match node {
            Node::Param(number) => {
                let value = self.fit.theta.get(number as usize)?;
                Some(graph.number(*value))
            }
            Node::Column(number) => match self.model.symbols.get(number as usize)? {
                Symbol::Share(domain) => Some(share(graph, *domain)),
                _ => None,
            },
            _ => None,
        };
        Some(graph.import(&self.model.graph, self.model.root, leaf))
    }

    fn notes(&self) -> Vec<String> {
        let state = self.fit.state;
        let told = state != State::Converged;
        told.then(|| format!("{}: {}", state.name(), self.fit.message)).into_iter().collect()
    }
}
