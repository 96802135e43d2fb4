//! Start ranges for parameters that no law file speaks about: read off the formula and the data.
//!
//! In: a model, a parameter and the data columns. Out: a range in which a start is sensible. The
//! rule is dimensional: a parameter that multiplies a column in an exponent is of the order of one
//! over that column, one that is added to a column is of the column's own order.

use crate::law::graph::{Dyadic, Graph, Id, Node, Unary};
use crate::law::model::Model;

/// The range for parameter `number`; `range` gives the smallest and the largest value of a node
/// that depends on data alone.
pub(super) fn guess(
    model: &Model,
    number: usize,
    range: &dyn Fn(&Graph, Id) -> [f64; 2],
) -> [f64; 2] {
    let graph = &model.graph;
    let order = graph.needed(&[model.root]);
    let is_param = |id: Id| matches!(graph.node(id), Node::Param(n) if n as usize == number);
    let is_negated = |id: Id| matches!(graph.node(id), Node::Unary(Unary::Neg, a) if is_param(a));
    let fallback = if model.parameters[number].positive { [1e-3, 1e3] } else { [-2.0, 2.0] };
    let found = order.iter().find_map(|&id| {
        let Node::Dyadic(function, a, b) = graph.node(id) else { return None };
        let (negative, other) = match (a, b) {
            _ if is_param(a) => (false, b),
            _ if is_param(b) => (false, a),
            _ if is_negated(a) => (true, b),
            _ if is_negated(b) => (true, a),
            _ => return None,
        };
        let exponent = function == Dyadic::Pow && other == a;
        if exponent {
            return Some(if negative { [0.0, 1.5] } else { [-1.5, 1.5] });
        }
        if graph.depends(other).params || !graph.depends(other).data {
            return None;
        }
        let [low, high] = range(graph, other);
        let most = low.abs().max(high.abs());
        match function {
            Dyadic::Mul if negative && low >= 0.0 => Some([0.0, 4.0 / most]),
            Dyadic::Mul => Some([-4.0 / most, 4.0 / most]),
            Dyadic::Div if other == b => Some([-4.0 * most, 4.0 * most]),
            Dyadic::Div => Some([0.1 * most, 2.0 * most]),
            Dyadic::Add => Some([-high, -low]),
            Dyadic::Sub => Some([low, high]),
            _ => None,
        }
    });
    let usable = |[low, high]: &[f64; 2]| low.is_finite() && high.is_finite() && low < high;
    let [low, high] = found.filter(usable).unwrap_or(fallback);
    if model.parameters[number].positive {
        let high = if high > 0.0 { high } else { fallback[1] };
        return [low.max(1e-3 * high), high];
    }
    [low, high]
}
