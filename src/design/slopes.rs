//! What a run tells of a law's parameters: the slopes of its prediction along them.
//!
//! In: a fitted law, or a function that is linear in its parameters. Out: the row of the Jacobian
//! that a run at a mixture and other inputs adds, in units of the fit's residual.

use crate::error::Result;
use crate::law::bind::Symbol;
use crate::law::derivative::gradient;
use crate::law::graph::{Graph, Id};
use crate::law::model::Model;
use crate::problem::{Objective, Residual};
use crate::regress::terms::{Products, Term};
use crate::report::FitEntry;

/// See the module.
#[derive(Debug)]
pub struct Slopes(Kind);

#[derive(Debug)]
enum Kind {
    Law(Box<LawSlopes>),
    Terms(Vec<Term>),
}

/// A law at its fitted parameters.
#[derive(Debug)]
struct LawSlopes {
    graph: Graph,
    root: Id,
    slopes: Vec<Id>,
    order: Vec<Id>,
    theta: Vec<f64>,
    symbols: Vec<Symbol>,
    own: Option<usize>,
    residual: Residual,
}

/// A value and its slopes along the parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The prediction.
    pub value: f64,
    /// Its slopes.
    pub slopes: Vec<f64>,
}

impl Slopes {
    /// Those of a law as it was fitted, along the parameters that the fit left free; `None` for a
    /// fit without an answer. `source` is named in errors.
    ///
    /// # Errors
    /// As [`FitEntry::theta`].
    pub fn of_fit(
        model: &Model,
        entry: &FitEntry,
        residual: Residual,
        source: &str,
    ) -> Result<Option<Slopes>> {
        let Some(theta) = entry.theta(model, source)? else { return Ok(None) };
        let mut graph = model.graph.clone();
        let all = gradient(&mut graph, model.root, theta.len());
        let is_free = |label: &str| {
            let known = entry.parameters.iter().find(|(name, _)| name == label);
            known.is_none_or(|(_, estimate)| !estimate.held && estimate.at_bound.is_none())
        };
        let labels = model.parameters.iter().map(|parameter| parameter.label.as_str());
        let free = labels.zip(all).filter(|(label, _)| is_free(label));
        let slopes: Vec<Id> = free.map(|(_, slope)| slope).collect();
        let order = graph.needed(&[&slopes[..], &[model.root]].concat());
        let own = entry.own.as_ref().and_then(|own| model.domains.iter().position(|d| d == own));
        let symbols = model.symbols.clone();
        let root = model.root;
        let law = LawSlopes { graph, root, slopes, order, theta, symbols, own, residual };
        Ok(Some(Slopes(Kind::Law(Box::new(law)))))
    }

    /// Those of a linear function of the shares, and of these products of them: they do not depend on
    /// parameters.
    ///
    /// # Errors
    /// As for a pair of domains that there is not.
    pub fn of_terms(products: &Products, domains: usize) -> Result<Slopes> {
        products.terms(domains).map(|terms| Slopes(Kind::Terms(terms)))
    }

    /// How many parameters there are.
    pub fn parameters(&self) -> usize {
        match &self.0 {
            Kind::Law(law) => law.slopes.len(),
            Kind::Terms(terms) => terms.len(),
        }
    }

    /// Value and slopes at a mixture and other inputs, by name.
    pub fn at(&self, mixture: &[f64], inputs: &[(String, f64)]) -> Row {
        match &self.0 {
            Kind::Law(law) => law.at(mixture, inputs),
            Kind::Terms(terms) => {
                let slopes = terms.iter().map(|term| term.at(mixture)).collect();
                Row { value: f64::NAN, slopes }
            }
        }
    }

    /// The slopes of a run's residual: divided by the prediction for residuals of logarithms and
    /// for relative ones. `None` where one is not finite.
    pub fn told(&self, mixture: &[f64], inputs: &[(String, f64)]) -> Option<Vec<f64>> {
        let Row { value, mut slopes } = self.at(mixture, inputs);
        if let Kind::Law(law) = &self.0
            && law.residual != Residual::Raw
        {
            slopes.iter_mut().for_each(|slope| *slope /= value);
        }
        slopes.iter().all(|slope| slope.is_finite()).then_some(slopes)
    }
}

impl LawSlopes {
    fn at(&self, mixture: &[f64], inputs: &[(String, f64)]) -> Row {
        let mut values = vec![0.0; self.graph.len()];
        let column = |number: u32| match &self.symbols[number as usize] {
            Symbol::Share(domain) => mixture[*domain],
            Symbol::OwnShare => self.own.map_or(f64::NAN, |own| mixture[own]),
            Symbol::Input(name) => {
                inputs.iter().find(|(known, _)| known == name).map_or(f64::NAN, |(_, x)| *x)
            }
            Symbol::Target => f64::NAN,
        };
        for &id in &self.order {
            let theta = |number: u32| self.theta[number as usize];
            values[id.index()] = self.graph.evaluate(id, &values, column, theta);
        }
        let slopes = self.slopes.iter().map(|id| values[id.index()]).collect();
        Row { value: values[self.root.index()], slopes }
    }
}

/// The variance of a run's residual by a fit: `None` where the rows leave none to spare, or where
/// the document does not say it (Huber losses of other residuals than plain ones).
pub(super) fn variance(entry: &FitEntry, objective: Option<Objective>, free: usize) -> Option<f64> {
    use crate::problem::Loss;
    #[allow(clippy::cast_precision_loss, reason = "counts of rows")]
    let (rows, spare) = (entry.rows as f64, entry.rows as f64 - free as f64);
    let sum = match objective?.loss {
        Loss::Squared => entry.objective?,
        Loss::Huber { .. } if objective?.residual == Residual::Raw => {
            entry.metrics?.rmse?.powi(2) * rows
        }
        Loss::Huber { .. } => return None,
    };
    (spare > 0.0 && sum > 0.0).then(|| sum / spare)
}
