//! Symbolic derivatives: the gradient of a node with respect to parameters, as nodes.
//!
//! In: a graph, a root and the parameters. Out: one node a parameter. Derivatives are built in the
//! same graph, so they share every subexpression with the value; the Hessian is the gradient of
//! each entry of the gradient.

use super::graph::{Dyadic, Graph, Id, Node, Unary};

/// d(root)/d(parameter) for parameters `0..count`, by one reverse sweep.
pub fn gradient(graph: &mut Graph, root: Id, count: usize) -> Vec<Id> {
    let zero = graph.number(0.0);
    let mut sweep = Sweep { adjoints: vec![None; root.index() + 1] };
    sweep.adjoints[root.index()] = Some(graph.number(1.0));
    let mut result = vec![zero; count];
    for id in graph.needed(&[root]).into_iter().rev() {
        let Some(adjoint) = sweep.adjoints[id.index()] else { continue };
        match graph.node(id) {
            Node::Param(number) => {
                if let Some(slot) = result.get_mut(number as usize) {
                    *slot = adjoint;
                }
            }
            node => sweep.push(graph, id, node, adjoint),
        }
    }
    result
}

/// One node's slope along one of its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The node.
    pub into: Id,
    /// The operand, which depends on parameters.
    pub from: Id,
    /// d(node)/d(operand).
    pub slope: Id,
}

/// The slopes of all nodes that `roots` need along their operands, operands first: forward
/// derivatives along any parameters are sums over these.
pub fn edges(graph: &mut Graph, roots: &[Id]) -> Vec<Edge> {
    let one = graph.number(1.0);
    let mut all = Vec::new();
    let mut sweep = Sweep { adjoints: vec![None; graph.len()] };
    for into in graph.needed(roots) {
        let node = graph.node(into);
        sweep.push(graph, into, node, one);
        for from in node.operands() {
            let slope = sweep.adjoints[from.index()].take();
            all.extend(slope.map(|slope| Edge { into, from, slope }));
        }
    }
    all
}

/// The upper triangle of the Hessian, row by row: entries (i, j) with i <= j.
pub fn hessian(graph: &mut Graph, gradient_nodes: &[Id]) -> Vec<Id> {
    let count = gradient_nodes.len();
    let mut upper = Vec::with_capacity(count * (count + 1) / 2);
    for (i, &entry) in gradient_nodes.iter().enumerate() {
        let row = gradient(graph, entry, count);
        upper.extend_from_slice(&row[i..]);
    }
    upper
}

/// The adjoints gathered so far: d(root)/d(node).
struct Sweep {
    adjoints: Vec<Option<Id>>,
}

impl Sweep {
    /// Hands the adjoint of `id` down to its operands.
    fn push(&mut self, g: &mut Graph, id: Id, node: Node, adjoint: Id) {
        match node {
            Node::Const(_) | Node::Param(_) | Node::Column(_) => {}
            Node::Unary(function, a) => {
                if g.depends(a).params
                    && let Some(slope) = slope(g, function, a, id)
                {
                    let share = g.mul(adjoint, slope);
                    self.give(g, a, share);
                }
            }
            Node::PowI(a, n) => {
                let power = g.powi(a, n - 1);
                let factor = g.number(f64::from(n));
                let slope = g.mul(factor, power);
                let share = g.mul(adjoint, slope);
                self.give(g, a, share);
            }
            Node::Dyadic(function, a, b) => self.push_dyadic(g, id, function, (a, b), adjoint),
            Node::Select(c, a, b) => {
                let zero = g.number(0.0);
                let to_a = g.select(c, adjoint, zero);
                let to_b = g.select(c, zero, adjoint);
                self.give(g, a, to_a);
                self.give(g, b, to_b);
            }
        }
    }

    fn push_dyadic(&mut self, g: &mut Graph, id: Id, f: Dyadic, (a, b): (Id, Id), adjoint: Id) {
        let (to_a, to_b) = match f {
            Dyadic::Add => (adjoint, adjoint),
            Dyadic::Sub => (adjoint, g.neg(adjoint)),
            Dyadic::Mul => (g.mul(adjoint, b), g.mul(adjoint, a)),
            Dyadic::Div => {
                let to_a = g.div(adjoint, b);
                let product = g.mul(to_a, id);
                (to_a, g.neg(product))
            }
            Dyadic::Pow => self.power(g, id, (a, b), adjoint),
            Dyadic::Min | Dyadic::Max => {
                let zero = g.number(0.0);
                let (low, high) = if f == Dyadic::Min { (a, b) } else { (b, a) };
                let first = g.dyadic(Dyadic::Less, low, high);
                (g.select(first, adjoint, zero), g.select(first, zero, adjoint))
            }
            // Comparisons are flat wherever they have a slope at all.
            Dyadic::Less | Dyadic::LessEq | Dyadic::Equal => return,
        };
        self.give(g, a, to_a);
        self.give(g, b, to_b);
    }

    fn power(&mut self, g: &mut Graph, id: Id, (a, b): (Id, Id), adjoint: Id) -> (Id, Id) {
        let zero = g.number(0.0);
        let to_a = if g.depends(a).params {
            // A constant exponent keeps the slope finite at a = 0; else the power is reused.
            let quotient = match g.constant(b) {
                Some(exponent) => {
                    let less = g.number(exponent - 1.0);
                    g.pow(a, less)
                }
                None => g.div(id, a),
            };
            let slope = g.mul(b, quotient);
            g.mul(adjoint, slope)
        } else {
            zero
        };
        let to_b = if g.depends(b).params {
            let log = g.unary(Unary::LnOrZero, a);
            let scaled = g.mul(adjoint, id);
            g.mul(scaled, log)
        } else {
            zero
        };
        (to_a, to_b)
    }

    fn give(&mut self, g: &mut Graph, to: Id, share: Id) {
        if !g.depends(to).params || g.constant(share) == Some(0.0) {
            return;
        }
        let slot = &mut self.adjoints[to.index()];
        *slot = Some(match *slot {
            Some(sum) => g.add(sum, share),
            None => share,
        });
    }
}

/// d f(a)/d a, given the node `id` of f(a); `None` where it is zero everywhere.
fn slope(g: &mut Graph, function: Unary, a: Id, id: Id) -> Option<Id> {
    let one = g.number(1.0);
    Some(match function {
        Unary::Neg => g.number(-1.0),
        Unary::Exp => id,
        Unary::Exp2 => {
            let ln2 = g.number(std::f64::consts::LN_2);
            g.mul(ln2, id)
        }
        Unary::Ln | Unary::LnOrZero => g.powi(a, -1),
        Unary::Log2 | Unary::Log2OrHuge => {
            let inverse = g.powi(a, -1);
            let factor = g.number(std::f64::consts::LOG2_E);
            g.mul(factor, inverse)
        }
        Unary::Sqrt => {
            let half = g.number(0.5);
            g.div(half, id)
        }
        Unary::Abs => g.unary(Unary::Sign, a),
        Unary::Tanh => {
            let square = g.powi(id, 2);
            g.sub(one, square)
        }
        Unary::Sigmoid => {
            let rest = g.sub(one, id);
            g.mul(id, rest)
        }
        Unary::Sin => g.unary(Unary::Cos, a),
        Unary::Cos => {
            let sine = g.unary(Unary::Sin, a);
            g.neg(sine)
        }
        Unary::Atan => {
            let square = g.powi(a, 2);
            let sum = g.add(one, square);
            g.powi(sum, -1)
        }
        Unary::Sign | Unary::Detach => return None,
    })
}
