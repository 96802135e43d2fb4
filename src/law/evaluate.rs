//! Values of nodes, one at a time.
//!
//! In: a graph, and what its parameters and columns are. Out: numbers in f64. Programs compute many rows;
//! this is for single points.

use super::graph::{Graph, Id, Node, apply_dyadic, apply_unary};

impl Graph {
    /// The value of a node of a graph without columns, given its parameters; one that is not given is no
    /// number.
    pub fn value(&self, root: Id, parameters: &[f64]) -> f64 {
        let mut values = vec![0.0; root.index() + 1];
        for id in self.needed(&[root]) {
            let given = |k: u32| parameters.get(k as usize).copied().unwrap_or(f64::NAN);
            values[id.index()] = self.evaluate(id, &values, |_| f64::NAN, given);
        }
        values[root.index()]
    }

    /// The value of one node, given the values of its operands.
    pub(crate) fn evaluate(
        &self,
        id: Id,
        values: &[f64],
        column: impl Fn(u32) -> f64,
        param: impl Fn(u32) -> f64,
    ) -> f64 {
        let get = |x: Id| values[x.index()];
        match self.node(id) {
            Node::Const(bits) => f64::from_bits(bits),
            Node::Param(number) => param(number),
            Node::Column(number) => column(number),
            Node::Unary(f, a) => apply_unary(f, get(a)),
            Node::Dyadic(f, a, b) => apply_dyadic(f, get(a), get(b)),
            Node::PowI(a, n) => get(a).powi(n),
            Node::Select(c, a, b) => get(if get(c) != 0.0 { a } else { b }),
        }
    }
}
