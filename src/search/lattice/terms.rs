//! A formula as a sum of products of functions of one share each, where it is one.
//!
//! In: a graph whose parameters are the shares, and a node. Out: [`Terms`] with one table a factor:
//! then a lattice is scanned without any transcendental function. `exp(t[a] w[a] + t[b] w[b])` is
//! `exp(t[a] w[a]) * exp(t[b] w[b])`; a sum of functions of one share each is a sum already.

use std::collections::BTreeMap;

pub(super) use crate::lattice::{Product, Terms};
use crate::law::graph::{Dyadic, Graph, Id, Node, Unary};

/// More products than this are no gain.
const MOST_TERMS: usize = 4096;

/// A product before it is tabled: a factor, and nodes that depend on one share each.
type Symbolic = (f64, Vec<Id>);

/// Tables a node over shares `0, 1/steps, ... 1`; `None` where it is no such sum.
pub(super) fn terms(graph: &Graph, root: Id, domains: usize, steps: usize) -> Option<Terms> {
    let mut splitter = Splitter { graph: graph.clone() };
    let sum = splitter.split(root)?;
    let mut terms = Terms { constant: 0.0, products: Vec::new() };
    // Products that depend on one share alone are one table a share.
    let mut single: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (factor, nodes) in sum {
        let mut tables: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for node in nodes {
            let share = splitter.only_share(node)?;
            let table = splitter.table(node, share, domains, steps);
            let entry = tables.entry(share).or_insert_with(|| vec![1.0; steps + 1]);
            entry.iter_mut().zip(&table).for_each(|(x, y)| *x *= y);
        }
        match tables.len() {
            0 => terms.constant += factor,
            1 => {
                for (share, table) in tables {
                    let entry = single.entry(share).or_insert_with(|| vec![0.0; steps + 1]);
                    entry.iter_mut().zip(&table).for_each(|(x, y)| *x += factor * y);
                }
            }
            _ => terms.products.push(Product { factor, tables }),
        }
    }
    let single = single.into_iter();
    terms.products.extend(
        single.map(|(share, table)| Product { factor: 1.0, tables: [(share, table)].into() }),
    );
    Some(terms)
}

struct Splitter {
    graph: Graph,
}

impl Splitter {
    fn shares(&self, id: Id) -> Vec<usize> {
        let below = self.graph.needed(&[id]).into_iter();
        below
            .filter_map(|id| match self.graph.node(id) {
                Node::Param(k) => Some(k as usize),
                _ => None,
            })
            .collect()
    }

    fn only_share(&self, id: Id) -> Option<usize> {
        match self.shares(id).as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "steps are few")]
    fn table(&self, id: Id, share: usize, domains: usize, steps: usize) -> Vec<f64> {
        let mut mixture = vec![f64::NAN; domains];
        (0..=steps)
            .map(|n| {
                mixture[share] = n as f64 / steps as f64;
                self.graph.value(id, &mixture)
            })
            .collect()
    }

    fn split(&mut self, id: Id) -> Option<Vec<Symbolic>> {
        match self.shares(id).len() {
            0 => return Some(vec![(self.graph.value(id, &[]), Vec::new())]),
            1 => return Some(vec![(1.0, vec![id])]),
            _ => {}
        }
        match self.graph.node(id) {
            Node::Unary(Unary::Neg, a) => Some(scaled(self.split(a)?, -1.0)),
            Node::Unary(function @ (Unary::Exp | Unary::Exp2), a) => self.exponential(function, a),
            Node::Unary(Unary::Sqrt, a) => self.power(a, 0.5),
            Node::PowI(a, n) => self.power(a, f64::from(n)),
            Node::Dyadic(Dyadic::Pow, a, b) => self.power(a, self.graph.constant(b)?),
            Node::Dyadic(Dyadic::Add, a, b) => Some([self.split(a)?, self.split(b)?].concat()),
            Node::Dyadic(Dyadic::Sub, a, b) => {
                Some([self.split(a)?, scaled(self.split(b)?, -1.0)].concat())
            }
            Node::Dyadic(Dyadic::Mul, a, b) => {
                let (a, b) = (self.split(a)?, self.split(b)?);
                multiplied(&a, &b)
            }
            Node::Dyadic(Dyadic::Div, a, b) => {
                let (a, b) = (self.split(a)?, self.power(b, -1.0)?);
                multiplied(&a, &b)
            }
            _ => None,
        }
        .filter(|sum| sum.len() <= MOST_TERMS)
    }

    /// The exponential of a sum is a product of exponentials.
    fn exponential(&mut self, function: Unary, a: Id) -> Option<Vec<Symbolic>> {
        let mut factor = 1.0;
        let mut nodes = Vec::new();
        for (times, parts) in self.split(a)? {
            match parts.as_slice() {
                [] => factor *= crate::law::graph::apply_unary(function, times),
                [one] => {
                    let times = self.graph.number(times);
                    let power = self.graph.mul(times, *one);
                    nodes.push(self.graph.unary(function, power));
                }
                _ => return None,
            }
        }
        Some(vec![(factor, nodes)])
    }

    /// A power of a single product is a product of powers.
    fn power(&mut self, a: Id, p: f64) -> Option<Vec<Symbolic>> {
        let sum = self.split(a)?;
        let [(factor, nodes)] = sum.as_slice() else { return None };
        if nodes.is_empty() || (*factor <= 0.0 && p.fract() != 0.0) {
            return None;
        }
        let exponent = self.graph.number(p);
        let nodes = nodes.iter().map(|node| self.graph.pow(*node, exponent)).collect();
        Some(vec![(factor.powf(p), nodes)])
    }
}

fn scaled(sum: Vec<Symbolic>, factor: f64) -> Vec<Symbolic> {
    sum.into_iter().map(|(times, nodes)| (factor * times, nodes)).collect()
}

fn multiplied(a: &[Symbolic], b: &[Symbolic]) -> Option<Vec<Symbolic>> {
    (a.len() * b.len() <= MOST_TERMS).then_some(())?;
    let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x, y)));
    Some(pairs.map(|(x, y)| (x.0 * y.0, [&x.1[..], &y.1[..]].concat())).collect())
}
