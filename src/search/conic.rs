//! The exact minimum of a convex objective under any of the constraints, by cones, with a proof of
//! our own.
//!
//! In: an [`Objective`] and a [`Region`]. Out: the mixture that the conic solver gives, made to
//! meet the bounds, and a lower bound in f64: for multipliers that are not negative, the least of the
//! Lagrangian over the box is not above the objective of any allowed mixture. That least is found
//! and proved by the exact method for boxes.

use super::cones::{Affine, Solved};
use super::epigraph::Writer;
use super::exact::{self, Optimum};
use super::goal::Objective;
use super::region::{Group, Region};
use crate::law::graph::{Graph, Id};
use crate::predictor::{Function, Line};

/// A share this close to its bound is put on it.
const CLOSE: f64 = 1e-8;

/// Rows whose multipliers make the proof.
struct Rows {
    rivals: Vec<usize>,
    limits: Vec<usize>,
    groups: Vec<[Option<usize>; 2]>,
}

/// Minimises; `None` where the formula cannot be written as cones or the solver comes to nothing.
pub(super) fn minimise(objective: &Objective, region: &Region) -> Option<Optimum> {
    let mut writer = Writer::new(&objective.graph, region.low.len());
    within(&mut writer, region);
    let groups = region.groups.iter().map(|group| sums(&mut writer, group)).collect();
    let mut cost = match objective.pulled {
        Some(pulled) if objective.rivals.len() > 1 => writer.above(pulled)?,
        _ => Affine::default(),
    };
    let mut rivals = Vec::new();
    if objective.rivals.len() > 1 {
        let worst = Affine::variable(writer.program.variable());
        for rival in &objective.rivals {
            let loss = writer.above(*rival)?;
            rivals.push(writer.program.positive(worst.clone().plus(-1.0, &loss)));
        }
        cost = cost.plus(1.0, &worst);
    } else {
        cost = cost.plus(1.0, &writer.above(objective.root)?);
    }
    let mut limits = Vec::new();
    for (limit, _) in &objective.limits {
        let excess = writer.above(*limit)?;
        limits.push(writer.program.positive(excess.times(-1.0)));
    }
    let solved = writer.program.minimise(&cost)?;
    let mixture = allowed(&solved.variables[..region.low.len()], region)?;
    let rows = Rows { rivals, limits, groups };
    Some(prove(objective, region, mixture, &rows, &solved))
}

/// The simplex and the bounds.
pub(super) fn within(writer: &mut Writer, region: &Region) {
    let mut sum = Affine::constant(-1.0);
    for (k, (low, high)) in region.low.iter().zip(&region.high).enumerate() {
        let share = Affine::variable(k);
        sum = sum.plus(1.0, &share);
        if high > low {
            writer.program.positive(share.clone().plus(-1.0, &Affine::constant(*low)));
            writer.program.positive(Affine::constant(*high).plus(-1.0, &share));
        } else {
            writer.program.zero(share.plus(-1.0, &Affine::constant(*low)));
        }
    }
    writer.program.zero(sum);
}

/// The expression that a group keeps from being negative, at one end.
pub(super) fn room(group: &Group, end: usize) -> Option<Affine> {
    let at = group.ends[end]?;
    let sign = if end == 0 { 1.0 } else { -1.0 };
    let start = Affine::constant(-sign * at);
    Some(group.domains.iter().fold(start, |sum, k| sum.plus(sign, &Affine::variable(*k))))
}

fn sums(writer: &mut Writer, group: &Group) -> [Option<usize>; 2] {
    let mut row = |end| room(group, end).map(|room| writer.program.positive(room));
    [row(0), row(1)]
}

/// The solver's mixture, on the bounds that it all but touches, its shares summing to 1.
pub(super) fn allowed(found: &[f64], region: &Region) -> Option<Vec<f64>> {
    let mut mixture: Vec<f64> = found
        .iter()
        .zip(region.low.iter().zip(&region.high))
        .map(|(x, (low, high))| match x {
            x if x - low < CLOSE => *low,
            x if high - x < CLOSE => *high,
            x => *x,
        })
        .collect();
    // What is lacking goes to the share with the most room.
    let lacking = 1.0 - mixture.iter().sum::<f64>();
    let room = |k: usize| {
        if lacking > 0.0 { region.high[k] - mixture[k] } else { mixture[k] - region.low[k] }
    };
    let widest = (0..mixture.len()).max_by(|&a, &b| room(a).total_cmp(&room(b)))?;
    mixture[widest] = (mixture[widest] + lacking).clamp(region.low[widest], region.high[widest]);
    Some(mixture)
}

fn prove(
    objective: &Objective,
    region: &Region,
    mixture: Vec<f64>,
    rows: &Rows,
    solved: &Solved,
) -> Optimum {
    let multiplier = |row: usize| solved.multipliers[row].max(0.0);
    let mut graph = objective.graph.clone();
    let mut lagrangian = objective.root;
    if !rows.rivals.is_empty() {
        let weights: Vec<f64> = rows.rivals.iter().map(|row| multiplier(*row)).collect();
        let all: f64 = weights.iter().sum();
        lagrangian = objective.pulled.unwrap_or_else(|| graph.number(0.0));
        for (rival, weight) in objective.rivals.iter().zip(&weights) {
            lagrangian = with(&mut graph, lagrangian, weight / all, *rival);
        }
    }
    for ((limit, _), row) in objective.limits.iter().zip(&rows.limits) {
        lagrangian = with(&mut graph, lagrangian, multiplier(*row), *limit);
    }
    for (group, rows) in region.groups.iter().zip(&rows.groups) {
        for (end, row) in rows.iter().enumerate() {
            let (Some(row), Some(room)) = (row, room(group, end)) else { continue };
            let short = line(&mut graph, &room.times(-1.0));
            lagrangian = with(&mut graph, lagrangian, multiplier(*row), short);
        }
    }
    let value = objective.at(&mixture);
    let function = Function::new(&graph, lagrangian, mixture.len());
    // Its minimum over the box, which is proved from below in its turn.
    let least = exact::minimise(&function, &region.low, &region.high, Some(&mixture));
    let proved = least.as_ref().map_or(f64::NEG_INFINITY, |least| least.lower_bound);
    let evaluated = u64::from(solved.iterations) + least.map_or(0, |least| least.evaluated);
    Optimum { mixture, value, lower_bound: proved.min(value), residual: f64::NAN, evaluated }
}

/// A linear function of the shares as an affine expression.
pub(super) fn affine(line: &Line) -> Affine {
    Affine { terms: line.slopes.iter().copied().enumerate().collect(), constant: line.constant }
}

/// An affine expression in shares as a node.
pub(super) fn line(graph: &mut Graph, line: &Affine) -> Id {
    let mut sum = graph.number(line.constant);
    for (k, factor) in &line.terms {
        let share = graph.param(u32::try_from(*k).unwrap_or(u32::MAX));
        sum = with(graph, sum, *factor, share);
    }
    sum
}

fn with(graph: &mut Graph, sum: Id, factor: f64, term: Id) -> Id {
    let factor = graph.number(factor);
    let term = graph.mul(factor, term);
    graph.add(sum, term)
}
