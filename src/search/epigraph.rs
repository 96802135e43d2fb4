//! A convex formula as cones: the smallest affine bounds on each of its nodes.
//!
//! In: a graph whose parameters are the shares, and the shares' variables in a conic program. Out:
//! for a convex node an expression that the program keeps above it, for a concave node one below.

use std::collections::HashMap;

use super::cones::{Affine, Program};
use crate::law::graph::{Dyadic, Graph, Id, Node, Unary};

const LN_2: f64 = std::f64::consts::LN_2;

/// Which side of a node is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Above,
    Below,
}

impl Side {
    fn turned(self, factor: f64) -> Side {
        match (self, factor >= 0.0) {
            (side, true) => side,
            (Side::Above, false) => Side::Below,
            (Side::Below, false) => Side::Above,
        }
    }
}

/// Writes nodes of one graph into a program. Shares are its first variables.
pub(super) struct Writer<'a> {
    graph: &'a Graph,
    pub(super) program: Program,
    known: HashMap<(Id, Side), Option<Affine>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(graph: &'a Graph, domains: usize) -> Writer<'a> {
        let mut program = Program::default();
        (0..domains).for_each(|_| {
            program.variable();
        });
        Writer { graph, program, known: HashMap::new() }
    }

    /// An expression that is at least the node, and as small as it where minimised; `None` for
    /// nodes that the rules do not cover.
    pub(super) fn above(&mut self, id: Id) -> Option<Affine> {
        self.bound(id, Side::Above)
    }

    fn bound(&mut self, id: Id, side: Side) -> Option<Affine> {
        if let Some(known) = self.known.get(&(id, side)) {
            return known.clone();
        }
        let made = self.make(id, side);
        self.known.insert((id, side), made.clone());
        made
    }

    fn make(&mut self, id: Id, side: Side) -> Option<Affine> {
        match self.graph.node(id) {
            Node::Const(bits) => Some(Affine::constant(f64::from_bits(bits))),
            Node::Param(k) => Some(Affine::variable(k as usize)),
            Node::Unary(Unary::Neg, a) => self.scaled(-1.0, a, side),
            Node::Unary(function, a) => self.unary(function, a, side),
            Node::PowI(a, n) => self.power(a, f64::from(n), side),
            Node::Dyadic(Dyadic::Pow, a, b) => self.power(a, self.graph.constant(b)?, side),
            Node::Dyadic(function, a, b) => self.dyadic(function, a, b, side),
            Node::Column(_) | Node::Select(..) => None,
        }
    }

    fn scaled(&mut self, factor: f64, a: Id, side: Side) -> Option<Affine> {
        Some(self.bound(a, side.turned(factor))?.times(factor))
    }

    fn fresh(&mut self) -> Affine {
        Affine::variable(self.program.variable())
    }

    fn unary(&mut self, function: Unary, a: Id, side: Side) -> Option<Affine> {
        let one = Affine::constant(1.0);
        match (function, side) {
            (Unary::Exp | Unary::Exp2, Side::Above) => {
                let factor = if function == Unary::Exp { 1.0 } else { LN_2 };
                let power = self.bound(a, Side::Above)?.times(factor);
                let result = self.fresh();
                self.program.exponential([power, one, result.clone()]);
                Some(result)
            }
            (Unary::Ln | Unary::LnOrZero | Unary::Log2 | Unary::Log2OrHuge, Side::Below) => {
                let inner = self.bound(a, Side::Below)?;
                let result = self.fresh();
                self.program.exponential([result.clone(), one, inner]);
                let natural = matches!(function, Unary::Ln | Unary::LnOrZero);
                Some(result.times(if natural { 1.0 } else { 1.0 / LN_2 }))
            }
            (Unary::Sqrt, _) => self.power(a, 0.5, side),
            (Unary::Abs, Side::Above) => {
                let (high, low) = (self.bound(a, Side::Above)?, self.bound(a, Side::Below)?);
                let result = self.fresh();
                self.program.positive(result.clone().plus(-1.0, &high));
                self.program.positive(result.clone().plus(1.0, &low));
                Some(result)
            }
            _ => None,
        }
    }

    /// Powers of what is not negative.
    fn power(&mut self, a: Id, p: f64, side: Side) -> Option<Affine> {
        let one = Affine::constant(1.0);
        let result = |writer: &mut Self| writer.fresh();
        match side {
            Side::Above if p < 0.0 => {
                let inner = self.bound(a, Side::Below)?;
                let result = result(self);
                self.program.power(1.0 / (1.0 - p), [result.clone(), inner, one]);
                Some(result)
            }
            Side::Above if p > 1.0 => {
                let inner = self.bound(a, Side::Above)?;
                let result = result(self);
                self.program.power(1.0 / p, [result.clone(), one, inner]);
                Some(result)
            }
            Side::Below if p > 0.0 && p < 1.0 => {
                let inner = self.bound(a, Side::Below)?;
                let result = result(self);
                self.program.power(p, [inner, one, result.clone()]);
                Some(result)
            }
            _ => None,
        }
    }

    fn dyadic(&mut self, function: Dyadic, a: Id, b: Id, side: Side) -> Option<Affine> {
        match function {
            Dyadic::Add => {
                let a = self.bound(a, side)?;
                Some(a.plus(1.0, &self.bound(b, side)?))
            }
            Dyadic::Sub => {
                let a = self.bound(a, side)?;
                Some(a.plus(-1.0, &self.bound(b, side.turned(-1.0))?))
            }
            Dyadic::Mul => match (self.graph.constant(a), self.graph.constant(b)) {
                (Some(factor), _) => self.scaled(factor, b, side),
                (_, Some(factor)) => self.scaled(factor, a, side),
                _ => self.entropy(a, b, side),
            },
            Dyadic::Div => match (self.graph.constant(a), self.graph.constant(b)) {
                (_, Some(divisor)) => self.scaled(1.0 / divisor, a, side),
                (Some(factor), _) => {
                    let inverse = self.power(b, -1.0, side.turned(factor))?;
                    Some(inverse.times(factor))
                }
                _ => None,
            },
            Dyadic::Max if side == Side::Above => self.extreme(a, b, side, 1.0),
            Dyadic::Min if side == Side::Below => self.extreme(a, b, side, -1.0),
            _ => None,
        }
    }

    fn extreme(&mut self, a: Id, b: Id, side: Side, sign: f64) -> Option<Affine> {
        let both = [self.bound(a, side)?, self.bound(b, side)?];
        let result = self.fresh();
        for one in both {
            self.program.positive(result.times(sign).plus(-sign, &one));
        }
        Some(result)
    }

    /// `x ln x`, from above.
    fn entropy(&mut self, a: Id, b: Id, side: Side) -> Option<Affine> {
        let of = |log: Id, x: Id| match self.graph.node(log) {
            Node::Unary(Unary::Ln | Unary::LnOrZero, inner) if inner == x => Some(x),
            _ => None,
        };
        let x = of(a, b).or_else(|| of(b, a)).filter(|_| side == Side::Above)?;
        let inner = self.bound(x, Side::Above)?;
        let result = self.fresh();
        self.program.exponential([result.times(-1.0), inner, Affine::constant(1.0)]);
        Some(result)
    }
}
