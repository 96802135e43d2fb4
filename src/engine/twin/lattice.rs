//! The twin of `lattice.wgsl`: what a block's bound may be.
//!
//! In: a [`Scan`], prefixes, what rounding may do. Out: how many points they have, and the range in
//! which a device's lower bound of their worth must be: not above the least in f64, and not below
//! what the same rounding once more would make of it.

use std::ops::Range;

use super::bounded::Bounded;
use crate::engine::cpu::Scanner;
use crate::lattice::Scan;
use crate::law::graph::{Graph, Id, Node};

/// What f32 may do to sums of tables: a share of the absolute values of their terms, and a number.
#[derive(Debug, Clone, Copy)]
pub struct Rounding {
    /// The share.
    pub share: f64,
    /// The number.
    pub slack: f64,
    /// Where no term is negative: the absolute values are the sum itself and this at most.
    pub lift: Option<f64>,
}

/// What a block must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// Its points.
    pub points: u64,
    /// The ends of its bound.
    pub bound: [f64; 2],
}

/// A block by tables with this rounding, or by the formula with the bound that its numbers carry.
pub fn lattice(scan: &Scan, ranks: Range<u64>, rounding: Option<Rounding>) -> Expected {
    let mut least = f64::INFINITY;
    let mut low = f64::INFINITY;
    let mut finite = 0;
    let Scan { prefixes, formula, .. } = scan;
    let formula = Scan { prefixes: prefixes.clone(), formula: formula.clone(), tables: None };
    let points = Scanner::new(&formula).run(ranks.clone(), f64::INFINITY, &mut |value, point| {
        least = least.min(value);
        finite += 1;
        if rounding.is_none() {
            low = low.min(carried(scan, point));
        }
        f64::INFINITY
    });
    if let Some(rounding) = rounding {
        let all = scan.tables.as_ref().map_or(0.0, |tables| tables.sizes.iter().sum());
        let sizes = rounding.lift.map_or(all, |lift| least.abs() + lift);
        low = least - 2.1 * rounding.share * sizes - 2.1 * rounding.slack;
    }
    // What is not finite the device may call as low as can be.
    let known = least.is_finite() && (rounding.is_some() || finite == points);
    let low = if known { low } else { f64::NEG_INFINITY };
    Expected { points, bound: [low, least] }
}

/// The least that a device may make of a point by its formula.
#[allow(clippy::cast_precision_loss, reason = "steps are few")]
fn carried(scan: &Scan, point: &[usize]) -> f64 {
    let share = |k: u32| Bounded::rounded(point[k as usize] as f64 / scan.prefixes.steps as f64);
    let worth = bounded(&scan.formula.graph, scan.formula.root, &share);
    let low =
        f64::from(worth.value) - 3.1 * f64::from(worth.error) - 1e-6 * f64::from(worth.value.abs());
    // What f32 cannot hold the device calls as low as can be.
    if low.is_finite() { low } else { f64::NEG_INFINITY }
}

/// A node with its bound.
fn bounded(graph: &Graph, root: Id, share: &dyn Fn(u32) -> Bounded) -> Bounded {
    let mut values = vec![Bounded::default(); root.index() + 1];
    for id in graph.needed(&[root]) {
        let get = |x: Id| values[x.index()];
        values[id.index()] = match graph.node(id) {
            Node::Const(bits) => Bounded::rounded(f64::from_bits(bits)),
            Node::Param(number) => share(number),
            Node::Column(_) => Bounded::exact(f32::NAN),
            Node::Unary(f, a) => get(a).apply(f),
            Node::Dyadic(f, a, b) => get(a).combine(f, get(b)),
            Node::PowI(a, n) => get(a).whole_power(n),
            Node::Select(c, a, b) => get(c).choose(get(a), get(b)),
        };
    }
    values[root.index()]
}
