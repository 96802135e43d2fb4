//! Products put in order: what depends on parameters alone becomes one factor.
//!
//! In: a complete graph. Out: the same values, with each product that is computed for every row
//! written as scalar * data * rest, so that constants, signs and parameters are multiplied once a
//! parameter set and not once a row, and `-log2 N` is no other column than `log2 N`.

use std::collections::HashMap;

use super::graph::{Dyadic, Graph, Id, Node, Unary};

/// Reorders the products below `roots`.
pub(crate) fn ordered(graph: &Graph, roots: &[Id]) -> (Graph, Vec<Id>) {
    let order = graph.needed(roots);
    let mut uses = vec![0_usize; graph.len()];
    for &id in &order {
        graph.node(id).operands().for_each(|operand| uses[operand.index()] += 1);
    }
    roots.iter().for_each(|id| uses[id.index()] += 1);
    let mut rebuilt = Rebuilt { from: graph, uses, graph: Graph::default(), map: HashMap::new() };
    for id in order {
        let copy = rebuilt.copy(id);
        rebuilt.map.insert(id, copy);
    }
    let roots = roots.iter().map(|root| rebuilt.map[root]).collect();
    (rebuilt.graph, roots)
}

struct Rebuilt<'a> {
    from: &'a Graph,
    uses: Vec<usize>,
    graph: Graph,
    map: HashMap<Id, Id>,
}

/// The factors of a product.
#[derive(Default)]
struct Factors {
    negative: bool,
    scalars: Vec<Id>,
    data: Vec<Id>,
    rest: Vec<Id>,
}

impl Rebuilt<'_> {
    fn copy(&mut self, id: Id) -> Id {
        let get = |x: Id| self.map[&x];
        match self.from.node(id) {
            Node::Dyadic(Dyadic::Mul, ..) | Node::Unary(Unary::Neg, _) if self.from.per_row(id) => {
                let mut factors = Factors::default();
                self.gather(id, true, &mut factors);
                self.product(factors)
            }
            Node::Const(bits) => self.graph.number(f64::from_bits(bits)),
            Node::Param(number) => self.graph.param(number),
            Node::Column(number) => self.graph.column(number),
            Node::Unary(Unary::Neg, a) => {
                let a = get(a);
                self.graph.neg(a)
            }
            Node::Unary(f, a) => {
                let a = get(a);
                self.graph.unary(f, a)
            }
            Node::Dyadic(f, a, b) => {
                let (a, b) = (get(a), get(b));
                self.graph.dyadic(f, a, b)
            }
            Node::PowI(a, n) => {
                let a = get(a);
                self.graph.powi(a, n)
            }
            Node::Select(c, a, b) => {
                let (c, a, b) = (get(c), get(a), get(b));
                self.graph.select(c, a, b)
            }
        }
    }

    /// Opens products that nobody else reads: others are computed anyway.
    fn gather(&self, id: Id, top: bool, factors: &mut Factors) {
        let own = top || self.uses[id.index()] == 1 || !self.from.per_row(id);
        match self.from.node(id) {
            Node::Dyadic(Dyadic::Mul, a, b) if own => {
                self.gather(a, false, factors);
                self.gather(b, false, factors);
            }
            Node::Unary(Unary::Neg, a) if own => {
                factors.negative ^= true;
                self.gather(a, false, factors);
            }
            _ => {
                let depends = self.from.depends(id);
                let list = match (depends.data, depends.params) {
                    (false, _) => &mut factors.scalars,
                    (true, false) => &mut factors.data,
                    (true, true) => &mut factors.rest,
                };
                list.push(self.map[&id]);
            }
        }
    }

    fn product(&mut self, mut factors: Factors) -> Id {
        if factors.negative {
            let sign = self.graph.number(-1.0);
            factors.scalars.push(sign);
        }
        // A fixed order, so that equal products are one node.
        for list in [&mut factors.scalars, &mut factors.data, &mut factors.rest] {
            list.sort_unstable();
        }
        let mut multiply = |list: &[Id]| {
            let mut factors = list.iter().copied();
            let first = factors.next()?;
            Some(factors.fold(first, |product, factor| self.graph.mul(product, factor)))
        };
        // Data times data would be one more column to load: each is multiplied in on its own.
        let row = multiply(&[factors.rest, factors.data].concat());
        let scalar = multiply(&factors.scalars);
        match (scalar, row) {
            (Some(scalar), Some(row)) => self.graph.mul(scalar, row),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.graph.number(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_and_signs_leave_the_rows() {
        let mut graph = Graph::default();
        let (p, x) = (graph.param(0), graph.column(0));
        let log = graph.unary(Unary::Log2, x);
        let minus = graph.unary(Unary::Neg, log);
        let inner = graph.mul(p, log);
        let power = graph.unary(Unary::Exp2, inner);
        let two = graph.number(0.7);
        let a = graph.mul(power, two);
        let b = graph.mul(a, minus);
        let root = graph.mul(b, p);
        let (ordered, roots) = ordered(&graph, &[root]);
        let value = |graph: &Graph, root: Id| {
            let mut values = vec![0.0; graph.len()];
            for id in graph.needed(&[root]) {
                values[id.index()] = graph.evaluate(id, &values, |_| 8.0, |_| 0.25);
            }
            values[root.index()]
        };
        let (before, after) = (value(&graph, root), value(&ordered, roots[0]));
        assert!((before - after).abs() <= 1e-15 * before.abs(), "{before} {after}");
        // The only thing that is data alone is the logarithm.
        let alone = |id: &Id| {
            let depends = ordered.depends(*id);
            depends.data && !depends.params && !matches!(ordered.node(*id), Node::Column(_))
        };
        assert_eq!(ordered.needed(&roots).iter().filter(|id| alone(id)).count(), 1);
    }
}
