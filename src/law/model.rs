//! A law written out for a table: its graph, its scalar parameters and what they may be.
//!
//! In: a [`Law`], the table's domains, which names are columns, and what the user fixes, ties or
//! bounds. Out: a [`Model`] that problems are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bind::{Bound, Meaning, Scope, Symbol, bind};
use super::derivative::gradient;
use super::file::{Law, ParameterSpec};
use super::graph::{Graph, Id, Node};
use crate::error::{Error, Result};

/// A scalar parameter that is searched for.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Name with its index: `t[arxiv]`.
    pub label: String,
    /// Searched on a logarithmic scale.
    pub positive: bool,
    /// Range of starts; `None` where the data must tell.
    pub start: Option<[f64; 2]>,
    /// Hard bounds.
    pub bounds: [f64; 2],
}

/// What a user changes about a law's parameters, by label or base name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Parameters held at a value.
    pub fix: Vec<(String, f64)>,
    /// Parameters held equal to another.
    pub tie: Vec<(String, String)>,
    /// New bounds.
    pub bound: Vec<(String, [f64; 2])>,
    /// New start ranges; a range of one point starts there.
    pub start: Vec<(String, [f64; 2])>,
    /// New sizes of index sets.
    pub size: Vec<(String, usize)>,
}

/// A law written out for one table.
#[derive(Debug, Clone)]
pub struct Model {
    /// The law.
    pub law: Arc<Law>,
    /// The mixture's domains.
    pub domains: Vec<String>,
    /// The written-out formula; parameters are those of `parameters`, in order.
    pub graph: Graph,
    /// The prediction.
    pub root: Id,
    /// Free parameters.
    pub parameters: Vec<Parameter>,
    /// Parameters that the user holds at a value.
    pub fixed: Vec<(String, f64)>,
    /// Parameters that the user holds equal to a free one, by its number.
    pub tied: Vec<(String, usize)>,
    /// The columns that the graph reads.
    pub symbols: Vec<Symbol>,
    /// Numbers of parameters in which the prediction is linear, all of them together.
    pub linear: Vec<usize>,
    /// Index sets and their sizes after the user's changes.
    pub sets: BTreeMap<String, usize>,
}

impl Model {
    /// Writes a law out.
    ///
    /// # Errors
    /// [`Error::Formula`] for names that mean nothing here, [`Error::Usage`] for changes that name
    /// no parameter or contradict each other.
    pub fn new(
        law: &Arc<Law>,
        domains: &[String],
        is_column: &dyn Fn(&str) -> bool,
        changes: &Changes,
    ) -> Result<Model> {
        let mut sets = law.sets.clone();
        for (name, size) in &changes.size {
            sets.insert(name.clone(), *size);
        }
        let meaning = |name: &str| meaning(law, is_column, name);
        let scope = Scope { domains, sets: &sets, meaning: &meaning, given: &[] };
        let bound = bind(&law.formula, &scope)?;
        let mut model = Model {
            law: Arc::clone(law),
            domains: domains.to_vec(),
            graph: Graph::default(),
            root: Graph::default().number(0.0),
            parameters: Vec::new(),
            fixed: Vec::new(),
            tied: Vec::new(),
            symbols: bound.symbols.clone(),
            linear: Vec::new(),
            sets: sets.clone(),
        };
        model.substitute(&bound, changes)?;
        model.linear = linear(&mut model.graph, model.root, model.parameters.len());
        Ok(model)
    }

    /// Writes out a law whose inputs are known by name and whose every other name is a parameter:
    /// the form in which fit documents keep laws.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub fn bare(
        law: &Arc<Law>,
        domains: &[String],
        is_input: &dyn Fn(&str) -> bool,
        changes: &Changes,
    ) -> Result<Model> {
        let open = Arc::new(Law { inputs: Vec::new(), parameters: Vec::new(), ..(**law).clone() });
        Model::new(&open, domains, is_input, changes)
    }

    /// Sorts parameters into free, fixed and tied, and rebuilds the graph over the free ones.
    fn substitute(&mut self, bound: &Bound, changes: &Changes) -> Result<()> {
        check_names(bound, changes)?;
        let find = |list: &[(String, f64)], label: &str, base: &str| {
            list.iter().rev().find(|(n, _)| n == label || n == base).map(|(_, v)| *v)
        };
        let mut roles = Vec::new();
        for name in &bound.params {
            let tie = changes.tie.iter().find(|(n, _)| *n == name.label);
            roles.push(match (find(&changes.fix, &name.label, &name.base), tie) {
                (Some(value), _) => {
                    self.fixed.push((name.label.clone(), value));
                    Role::Fixed(value)
                }
                (None, Some((_, to))) => Role::Tied(to.clone()),
                (None, None) => {
                    self.parameters.push(self.parameter(&name.label, &name.base, changes)?);
                    Role::Free(self.parameters.len() - 1)
                }
            });
        }
        let free = |label: &str| self.parameters.iter().position(|p| p.label == label);
        let mut places = Vec::new();
        for (role, name) in roles.into_iter().zip(&bound.params) {
            places.push(match role {
                Role::Free(number) => Ok(number),
                Role::Fixed(value) => Err(value),
                Role::Tied(to) => match free(&to) {
                    Some(number) => {
                        self.tied.push((name.label.clone(), number));
                        Ok(number)
                    }
                    None => {
                        return Err(Error::usage(
                            format!("`{}` is tied to `{to}`, which is not free", name.label),
                            "tie to a parameter that is neither fixed nor tied itself",
                        ));
                    }
                },
            });
        }
        let Some(root) = bound.root else { return Ok(()) };
        self.root = self.graph.import(&bound.graph, root, &mut |graph, node| match node {
            Node::Param(number) => Some(match places[number as usize] {
                #[allow(clippy::cast_possible_truncation, reason = "counted in u32 by the binder")]
                Ok(free) => graph.param(free as u32),
                Err(value) => graph.number(value),
            }),
            _ => None,
        });
        Ok(())
    }

    fn parameter(&self, label: &str, base: &str, changes: &Changes) -> Result<Parameter> {
        let unknown = ParameterSpec {
            meaning: String::new(),
            unit: String::new(),
            positive: false,
            start: None,
            bounds: [f64::NEG_INFINITY, f64::INFINITY],
        };
        let spec = self.law.parameter(base).unwrap_or(&unknown);
        let named = |list: &[(String, [f64; 2])]| {
            list.iter().rev().find(|(n, _)| n == label || n == base).map(|(_, range)| *range)
        };
        let bounds = named(&changes.bound).unwrap_or(spec.bounds);
        let mut start = named(&changes.start).or(spec.start);
        if named(&changes.start).is_none() {
            // Narrower bounds narrow the range of starts with them.
            start = start.map(|[low, high]| {
                [low.clamp(bounds[0], bounds[1]), high.clamp(bounds[0], bounds[1])]
            });
        }
        let positive = spec.positive && bounds[0] >= 0.0;
        if let Some([low, high]) = start
            && (low < bounds[0] || high > bounds[1] || (positive && low < 0.0))
        {
            return Err(Error::usage(
                format!("the start of `{label}` lies outside its bounds"),
                format!("choose a start between {} and {}", bounds[0], bounds[1]),
            ));
        }
        Ok(Parameter { label: label.to_string(), positive, start, bounds })
    }

    /// The value of every parameter of the law, free or not, in a fixed order: label and value.
    pub fn all_values(&self, theta: &[f64]) -> Vec<(String, f64)> {
        let free = self.parameters.iter().zip(theta).map(|(p, v)| (p.label.clone(), *v));
        let tied = self.tied.iter().map(|(label, to)| (label.clone(), theta[*to]));
        free.chain(self.fixed.iter().cloned()).chain(tied).collect()
    }

    /// Predictions for rows of data: `columns[i]` holds the i-th of [`Model::symbols`].
    pub fn predict(
        &self,
        theta: &[f64],
        columns: &[&[f64]],
        rows: std::ops::Range<usize>,
    ) -> Vec<f64> {
        let order = self.graph.needed(&[self.root]);
        let mut values = vec![0.0; self.graph.len()];
        rows.map(|row| {
            for &id in &order {
                values[id.index()] = self.graph.evaluate(
                    id,
                    &values,
                    |column| columns[column as usize][row],
                    |param| theta[param as usize],
                );
            }
            values[self.root.index()]
        })
        .collect()
    }
}

enum Role {
    Free(usize),
    Fixed(f64),
    Tied(String),
}

/// What a bare name means in a law.
fn meaning(law: &Law, is_column: &dyn Fn(&str) -> bool, name: &str) -> Meaning {
    if law.parameter(name).is_some() {
        return Meaning::Parameter;
    }
    if law.inputs.iter().any(|(input, _)| input == name) {
        return Meaning::Input;
    }
    // `N`, `D` and `s` are inputs by convention, whether or not the table has them yet.
    let conventional = matches!(name, "N" | "D" | "s");
    if name == "w" || name == "r" || name == "pi" {
        Meaning::Unknown
    } else if is_column(name) || conventional {
        Meaning::Input
    } else if law.declares_inputs() {
        Meaning::Unknown
    } else {
        Meaning::Parameter
    }
}

/// Every change must name a parameter.
fn check_names(bound: &Bound, changes: &Changes) -> Result<()> {
    let labels: BTreeSet<&str> =
        bound.params.iter().flat_map(|p| [p.label.as_str(), p.base.as_str()]).collect();
    let names = changes.fix.iter().map(|(n, _)| n);
    let names = names.chain(changes.tie.iter().map(|(n, _)| n));
    let names = names.chain(changes.bound.iter().chain(&changes.start).map(|(n, _)| n));
    let names = names.chain(changes.tie.iter().map(|(_, to)| to));
    for name in names {
        if !labels.contains(name.as_str()) {
            let known: Vec<&str> = labels.iter().copied().take(40).collect();
            return Err(Error::usage(
                format!("the law has no parameter `{name}`"),
                format!("its parameters are {}", known.join(", ")),
            ));
        }
    }
    Ok(())
}

/// A largest set (found greedily) of parameters in which `root` is jointly linear: no entry of the
/// gradient over the set depends on a member of the set.
fn linear(graph: &mut Graph, root: Id, count: usize) -> Vec<usize> {
    let slopes = gradient(graph, root, count);
    let depends: Vec<BTreeSet<usize>> =
        slopes.iter().map(|slope| parameters_below(graph, *slope)).collect();
    let clash = |i: usize, j: usize| depends[i].contains(&j) || depends[j].contains(&i);
    let mut candidates: Vec<usize> = (0..count).filter(|&i| !clash(i, i)).collect();
    let degree = |i: usize, among: &[usize]| among.iter().filter(|&&j| clash(i, j)).count();
    // The parameter that clashes most is dropped until none clash; of equals, the earlier one.
    while let Some(&worst) = candidates
        .iter()
        .rev()
        .max_by_key(|&&i| degree(i, &candidates))
        .filter(|&&i| degree(i, &candidates) > 0)
    {
        candidates.retain(|&i| i != worst);
    }
    candidates
}

fn parameters_below(graph: &Graph, id: Id) -> BTreeSet<usize> {
    graph
        .needed(&[id])
        .into_iter()
        .filter_map(|id| match graph.node(id) {
            Node::Param(number) => Some(number as usize),
            _ => None,
        })
        .collect()
}
