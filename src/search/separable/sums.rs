//! An objective as a rising or falling function of a sum of functions of one share each.
//!
//! In: a graph whose parameters are the shares, a node, the steps that each share may take. Out:
//! [`Sums`], whose costs order mixtures as the node does; nothing where the node is no such sum.
//! `c + k * exp(sum)` is ordered as its sum is, a product of positive factors as the sum of their
//! logarithms.

use std::f64::consts::LN_2;

use crate::law::graph::{Dyadic, Graph, Id, Node, Unary, apply_dyadic, apply_unary};

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// `costs[k][i]`: what share `k` adds in the `i`-th of its steps; infinite where the objective
    /// is then no number, whatever the other shares are.
    pub(super) costs: Vec<Vec<f64>>,
    /// The size of the numbers that are added: what rounding is measured by.
    pub(super) scale: f64,
}

/// Splits a node; `allowed[k]` lists the steps of share `k`, of `steps` from 0 to 1.
pub(super) fn sums(graph: &Graph, root: Id, allowed: &[Vec<usize>], steps: usize) -> Option<Sums> {
    let reader = Reader { graph, reads: reads(graph, root), allowed, steps };
    let ordered = reader.ordered(root)?;
    let sign = if ordered.rising { 1.0 } else { -1.0 };
    let cost = |x: f64| if x.is_finite() { sign * x } else { f64::INFINITY };
    let costs = ordered.sum.tables.iter().map(|table| table.iter().map(|x| cost(*x)).collect());
    Some(Sums { costs: costs.collect(), scale: ordered.scale })
}

/// Which shares a node depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    Nothing,
    One(usize),
    Several,
}

impl Reads {
    fn and(self, other: Reads) -> Reads {
        match (self, other) {
            (Reads::Nothing, one) | (one, Reads::Nothing) => one,
            (a, b) if a == b => a,
            _ => Reads::Several,
        }
    }
}

fn reads(graph: &Graph, root: Id) -> Vec<Reads> {
    let mut all = vec![Reads::Nothing; graph.len()];
    for id in graph.needed(&[root]) {
        all[id.index()] = match graph.node(id) {
            Node::Param(k) => Reads::One(k as usize),
            node => node.operands().fold(Reads::Nothing, |sum, x| sum.and(all[x.index()])),
        };
    }
    all
}

/// `constant + sum over k of tables[k]`.
#[derive(Debug, Clone)]
struct Sum {
    constant: f64,
    tables: Vec<Vec<f64>>,
}

impl Sum {
    /// Least and greatest value; infinite where a table is not finite everywhere.
    fn ends(&self) -> [f64; 2] {
        let end = |pick: fn(f64, f64) -> f64, none: f64| -> f64 {
            let of = |table: &Vec<f64>| match table.iter().all(|x| x.is_finite()) {
                true => table.iter().copied().fold(none, pick),
                false => f64::INFINITY,
            };
            self.constant + self.tables.iter().map(of).sum::<f64>()
        };
        [end(f64::min, f64::INFINITY), end(f64::max, f64::NEG_INFINITY)]
    }

    fn scale(&self) -> f64 {
        let finite = |table: &Vec<f64>| {
            table.iter().filter(|x| x.is_finite()).fold(0.0_f64, |most, x| most.max(x.abs()))
        };
        self.constant.abs() + self.tables.iter().map(finite).sum::<f64>()
    }
}

/// A node that rises or falls with a sum.
#[derive(Debug, Clone)]
struct Ordered {
    sum: Sum,
    rising: bool,
    /// The node's values where the sum is least and greatest.
    ends: [f64; 2],
    scale: f64,
}

impl Ordered {
    fn new(sum: Sum) -> Ordered {
        let (ends, scale) = (sum.ends(), sum.scale());
        Ordered { sum, rising: true, ends, scale }
    }

    /// A monotone function of it; `None` where that is not finite, so that order would be lost.
    fn through(self, rising: bool, function: impl Fn(f64) -> f64) -> Option<Ordered> {
        let ends = self.ends.map(function);
        let finite = self.ends.iter().chain(&ends).all(|end| end.is_finite());
        let scale = ends.iter().fold(self.scale, |most, end| most.max(end.abs()));
        finite.then_some(Ordered { rising: self.rising == rising, ends, scale, ..self })
    }

    fn positive(self) -> Option<Ordered> {
        self.ends.iter().all(|end| *end > 0.0).then_some(self)
    }
}

struct Reader<'a> {
    graph: &'a Graph,
    reads: Vec<Reads>,
    allowed: &'a [Vec<usize>],
    steps: usize,
}

impl Reader<'_> {
    fn ordered(&self, id: Id) -> Option<Ordered> {
        if let Some(sum) = self.collected(id, Self::add) {
            return Some(Ordered::new(sum));
        }
        if let Some(sum) = self.collected(id, Self::add_log) {
            return Ordered::new(sum).through(true, f64::exp);
        }
        match self.graph.node(id) {
            Node::Unary(Unary::Neg, a) => self.ordered(a)?.through(false, |x| -x),
            Node::Unary(function, a) if is_rising(function) => {
                self.ordered(a)?.through(true, |x| apply_unary(function, x))
            }
            Node::PowI(a, n) => self.ordered(a)?.positive()?.through(n > 0, |x| x.powi(n)),
            Node::Dyadic(function, a, b) => match (self.number(a), self.number(b)) {
                (Some(x), _) => self.after(function, x, b),
                (_, Some(y)) => self.before(function, a, y),
                _ => None,
            },
            _ => None,
        }
    }

    /// `function(number, node)`.
    fn after(&self, function: Dyadic, number: f64, node: Id) -> Option<Ordered> {
        let inner = self.ordered(node)?;
        let rising = match function {
            Dyadic::Add => true,
            Dyadic::Sub => false,
            Dyadic::Mul if number != 0.0 => number > 0.0,
            Dyadic::Div if number != 0.0 => {
                let inner = inner.positive()?;
                return inner.through(number < 0.0, |x| number / x);
            }
            Dyadic::Pow if number > 0.0 && number != 1.0 => number > 1.0,
            _ => return None,
        };
        inner.through(rising, |x| apply_dyadic(function, number, x))
    }

    /// `function(node, number)`.
    fn before(&self, function: Dyadic, node: Id, number: f64) -> Option<Ordered> {
        let inner = self.ordered(node)?;
        let (inner, rising) = match function {
            Dyadic::Add | Dyadic::Sub => (inner, true),
            Dyadic::Mul | Dyadic::Div if number != 0.0 => (inner, number > 0.0),
            Dyadic::Pow if number != 0.0 => (inner.positive()?, number > 0.0),
            _ => return None,
        };
        inner.through(rising, |x| apply_dyadic(function, x, number))
    }

    fn number(&self, id: Id) -> Option<f64> {
        (self.reads[id.index()] == Reads::Nothing).then(|| self.graph.value(id, &[]))
    }

    fn collected(&self, id: Id, add: fn(&Self, Id, f64, &mut Sum) -> Option<()>) -> Option<Sum> {
        let tables = self.allowed.iter().map(|steps| vec![0.0; steps.len()]).collect();
        let mut sum = Sum { constant: 0.0, tables };
        add(self, id, 1.0, &mut sum)?;
        Some(sum)
    }

    /// Adds `factor * node`.
    fn add(&self, id: Id, factor: f64, sum: &mut Sum) -> Option<()> {
        match self.reads[id.index()] {
            Reads::Nothing => sum.constant += factor * self.graph.value(id, &[]),
            Reads::One(k) => self.tabled(id, k, &mut sum.tables[k], |x| Some(factor * x))?,
            Reads::Several => match self.graph.node(id) {
                Node::Unary(Unary::Neg, a) => self.add(a, -factor, sum)?,
                Node::Unary(Unary::Ln, a) => self.add_log(a, factor, sum)?,
                Node::Unary(Unary::Log2, a) => self.add_log(a, factor / LN_2, sum)?,
                Node::Dyadic(Dyadic::Add, a, b) => {
                    self.add(a, factor, sum)?;
                    self.add(b, factor, sum)?;
                }
                Node::Dyadic(Dyadic::Sub, a, b) => {
                    self.add(a, factor, sum)?;
                    self.add(b, -factor, sum)?;
                }
                Node::Dyadic(Dyadic::Mul, a, b) => match (self.number(a), self.number(b)) {
                    (Some(x), _) => self.add(b, factor * x, sum)?,
                    (_, Some(y)) => self.add(a, factor * y, sum)?,
                    _ => return None,
                },
                Node::Dyadic(Dyadic::Div, a, b) => self.add(a, factor / self.number(b)?, sum)?,
                _ => return None,
            },
        }
        Some(())
    }

    /// Adds `factor * ln(node)`, where the node is a product of positive factors.
    fn add_log(&self, id: Id, factor: f64, sum: &mut Sum) -> Option<()> {
        let log = |x: f64| (x > 0.0 && x.is_finite()).then(|| factor * x.ln());
        match self.reads[id.index()] {
            Reads::Nothing => sum.constant += log(self.graph.value(id, &[]))?,
            Reads::One(k) => self.tabled(id, k, &mut sum.tables[k], log)?,
            Reads::Several => match self.graph.node(id) {
                Node::Unary(Unary::Exp, a) => self.add(a, factor, sum)?,
                Node::Unary(Unary::Exp2, a) => self.add(a, factor * LN_2, sum)?,
                Node::Unary(Unary::Sqrt, a) => self.add_log(a, 0.5 * factor, sum)?,
                Node::PowI(a, n) => self.add_log(a, factor * f64::from(n), sum)?,
                Node::Dyadic(Dyadic::Pow, a, b) => {
                    self.add_log(a, factor * self.number(b)?, sum)?;
                }
                Node::Dyadic(Dyadic::Mul, a, b) => {
                    self.add_log(a, factor, sum)?;
                    self.add_log(b, factor, sum)?;
                }
                Node::Dyadic(Dyadic::Div, a, b) => {
                    self.add_log(a, factor, sum)?;
                    self.add_log(b, -factor, sum)?;
                }
                _ => return None,
            },
        }
        Some(())
    }

    /// Adds a function of a node that reads share `k` alone to its table.
    #[allow(clippy::cast_precision_loss, reason = "steps are few")]
    fn tabled(
        &self,
        id: Id,
        k: usize,
        table: &mut [f64],
        function: impl Fn(f64) -> Option<f64>,
    ) -> Option<()> {
        let mut mixture = vec![f64::NAN; self.allowed.len()];
        for (entry, n) in table.iter_mut().zip(&self.allowed[k]) {
            mixture[k] = *n as f64 / self.steps as f64;
            *entry += function(self.graph.value(id, &mixture))?;
        }
        Some(())
    }
}

/// Functions that rise wherever they are finite.
fn is_rising(function: Unary) -> bool {
    use Unary::{Atan, Exp, Exp2, Ln, Log2, Sigmoid, Sqrt, Tanh};
    matches!(function, Exp | Exp2 | Ln | Log2 | Sqrt | Tanh | Sigmoid | Atan)
}
