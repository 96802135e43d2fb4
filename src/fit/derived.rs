//! Quantities that a law file derives from its parameters, with standard errors.
//!
//! In: a model, its parameters and their covariance. Out: values with first-order (delta method)
//! standard errors from the symbolic gradient.

use super::Estimate;
use crate::law::bind::{Bound, Element, Meaning, Scope, bind};
use crate::law::derivative::gradient;
use crate::law::graph::{Graph, Id};
use crate::law::model::Model;
use crate::law::syntax::Formula;

/// The derived quantities of the model's law at `theta`; `covariance` is row-major over the free
/// parameters. A quantity whose formula names something unknown is left out: the catalogue's own
/// are all checked by a test.
pub fn derived(model: &Model, theta: &[f64], covariance: &[f64]) -> Vec<(String, Estimate)> {
    model
        .law
        .derived
        .iter()
        .flat_map(|(label, formula)| {
            elements(model, label).into_iter().map(move |(label, given)| (label, given, formula))
        })
        .filter_map(|(label, given, formula)| {
            Some((label, quantity(model, formula, &given, theta, covariance)?))
        })
        .collect()
}

/// The derived quantities of a law, ready to be computed for many parameter sets.
#[derive(Debug, Clone)]
pub struct Derived {
    quantities: Vec<(Graph, Id, Vec<usize>)>,
}

impl Derived {
    /// Those that [`derived`] gives, in its order.
    pub fn new(model: &Model) -> Derived {
        let free = vec![f64::NAN; model.parameters.len()];
        let known: Vec<String> =
            model.all_values(&free).into_iter().map(|(label, _)| label).collect();
        let one = |(given, formula): (Vec<(String, Element)>, &Formula)| {
            let bound = bound(model, formula, &given)?;
            let place = |name: &String| known.iter().position(|label| label == name);
            let places: Option<Vec<usize>> =
                bound.params.iter().map(|name| place(&name.label)).collect();
            Some((bound.graph.clone(), bound.root?, places?))
        };
        let formulas = model.law.derived.iter().flat_map(|(label, formula)| {
            elements(model, label).into_iter().map(move |(_, given)| (given, formula))
        });
        Derived { quantities: formulas.filter_map(one).collect() }
    }

    /// Their values, NaN where there is none; `all` has the values of [`Model::all_values`], in its order.
    pub fn values<'a>(&'a self, all: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.quantities.iter().map(|(graph, root, places)| {
            let values: Vec<f64> = places.iter().map(|&place| all[place]).collect();
            value(graph, *root, &values)
        })
    }
}

/// `s[h]` stands for one quantity for each element of its index set: labels, and the value of
/// the index for each.
fn elements(model: &Model, label: &str) -> Vec<(String, Vec<(String, Element)>)> {
    let Some((base, index)) = label.strip_suffix(']').and_then(|l| l.split_once('[')) else {
        return vec![(label.to_string(), Vec::new())];
    };
    let given = |element: Element, name: &str| {
        (format!("{base}[{name}]"), vec![(index.to_string(), element)])
    };
    // By convention the index of the set `H` is `h`; any other index runs over the domains.
    match model.sets.iter().find(|(set, _)| set.eq_ignore_ascii_case(index)) {
        Some((_, size)) => (1..=*size).map(|n| given(Element::Number(n), &n.to_string())).collect(),
        None => model
            .domains
            .iter()
            .enumerate()
            .map(|(d, name)| given(Element::Domain(d), name))
            .collect(),
    }
}

fn bound(model: &Model, formula: &Formula, given: &[(String, Element)]) -> Option<Bound> {
    let meaning = |_: &str| Meaning::Parameter;
    let scope = Scope { domains: &model.domains, sets: &model.sets, meaning: &meaning, given };
    bind(formula, &scope).ok()
}

fn quantity(
    model: &Model,
    formula: &Formula,
    given: &[(String, Element)],
    theta: &[f64],
    covariance: &[f64],
) -> Option<Estimate> {
    let bound = bound(model, formula, given)?;
    let known = model.all_values(theta);
    let values: Option<Vec<f64>> = bound
        .params
        .iter()
        .map(|name| known.iter().find(|(label, _)| *label == name.label).map(|(_, v)| *v))
        .collect();
    let values = values?;
    let mut graph = bound.graph.clone();
    let root = bound.root?;
    let slopes = gradient(&mut graph, root, bound.params.len());
    // Slopes over the free parameters; a fixed one has no variance, a tied one is its master.
    let mut along = vec![0.0; theta.len()];
    for (name, slope) in bound.params.iter().zip(&slopes) {
        let free = model.parameters.iter().position(|p| p.label == name.label);
        let tied = model.tied.iter().find(|(label, _)| *label == name.label).map(|(_, to)| *to);
        if let Some(j) = free.or(tied) {
            along[j] += value(&graph, *slope, &values);
        }
    }
    let count = theta.len();
    let variance: f64 =
        (0..covariance.len()).map(|e| along[e / count] * along[e % count] * covariance[e]).sum();
    let sure = !covariance.is_empty() && variance.is_finite() && variance > 0.0;
    Some(Estimate {
        value: Some(value(&graph, root, &values)).filter(|v| v.is_finite()),
        std_error: sure.then(|| variance.sqrt()),
        at_bound: None,
        held: false,
    })
}

fn value(graph: &Graph, root: Id, params: &[f64]) -> f64 {
    let mut values = vec![0.0; graph.len()];
    for id in graph.needed(&[root]) {
        values[id.index()] =
            graph.evaluate(id, &values, |_| f64::NAN, |param| params[param as usize]);
    }
    values[root.index()]
}
