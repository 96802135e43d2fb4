//! Local minima under any of the constraints.
//!
//! In: an [`Objective`], a [`Region`], a mixture to begin with. Out: a mixture nearby that meets the
//! constraints and whose objective is locally least. Groups and limits are augmented Lagrangian terms
//! (Nocedal and Wright 2006, section 17.3), the largest of several targets is a soft maximum that
//! hardens, and which domains are used is settled by the start.

use super::branch::supported;
use super::conic::{line, room};
use super::exact::{Optimum, minimise};
use super::goal::{MISSED, Objective};
use super::region::Region;
use crate::law::graph::{Dyadic, Graph, Id, Unary};
use crate::predictor::Function;

/// Rounds of new multipliers.
const ROUNDS: usize = 20;
/// How hard the maximum is at first and at last, over the spread of the slopes.
const SOFT: f64 = 10.0;
const HARD: f64 = 1e7;

/// Everything that is the same for all starts.
pub(super) struct Descent<'a> {
    objective: &'a Objective,
    region: &'a Region,
    function: Function,
    /// What may not be above zero.
    constraints: Vec<Id>,
    graph: Graph,
}

impl<'a> Descent<'a> {
    pub(super) fn new(objective: &'a Objective, region: &'a Region) -> Descent<'a> {
        let domains = region.low.len();
        let mut graph = objective.graph.clone();
        let mut constraints: Vec<Id> = objective.limits.iter().map(|(limit, _)| *limit).collect();
        for group in &region.groups {
            let ends = (0..2).filter_map(|end| room(group, end));
            constraints.extend(ends.map(|room| line(&mut graph, &room.times(-1.0))));
        }
        let root = merit(&mut graph, objective, &constraints, domains);
        let function = Function::new(&graph, root, domains);
        Descent { objective, region, function, constraints, graph }
    }

    /// The local minimum that a start leads to.
    pub(super) fn from(&self, start: &[f64]) -> Option<Optimum> {
        let region = self.region;
        let (low, high) = match region.is_choosy() {
            true => supported(region, [&region.low, &region.high], start)?,
            false => (region.low.clone(), region.high.clone()),
        };
        let optimum = if self.objective.is_plain() && region.groups.is_empty() {
            minimise(&self.function, &low, &high, Some(start))?
        } else {
            self.rounds([&low, &high], start)?
        };
        let met = region.holds(&optimum.mixture)
            && self.objective.is_within_limits(&optimum.mixture)
            && optimum.value.is_finite();
        met.then_some(optimum)
    }

    fn rounds(&self, [low, high]: [&[f64]; 2], start: &[f64]) -> Option<Optimum> {
        let at = |mixture: &[f64]| self.objective.at(mixture);
        let mut function = self.function.clone();
        let unit = self.unit(start);
        let (mut hardness, mut weight) = (SOFT / unit, 10.0 * unit);
        let mut multipliers = vec![0.0; self.constraints.len()];
        let (mut missed, mut evaluated) = (f64::INFINITY, 0);
        let mut mixture = start.to_vec();
        for _ in 0..ROUNDS {
            function.hold([&[hardness, weight], &multipliers[..]].concat());
            let optimum = minimise(&function, low, high, Some(&mixture))?;
            evaluated += optimum.evaluated;
            mixture = optimum.mixture;
            let before = std::mem::replace(&mut missed, 0.0);
            for (multiplier, constraint) in multipliers.iter_mut().zip(&self.constraints) {
                let excess = self.graph.value(*constraint, &mixture);
                *multiplier = (*multiplier + weight * excess).max(0.0);
                missed = excess.max(missed);
            }
            if missed < 0.01 * MISSED && hardness >= HARD / unit {
                break;
            }
            hardness = (10.0 * hardness).min(HARD / unit);
            if missed > 0.1 * before {
                weight = (10.0 * weight).min(HARD * unit);
            }
        }
        let value = at(&mixture);
        Some(Optimum {
            value,
            mixture,
            lower_bound: f64::NEG_INFINITY,
            residual: f64::NAN,
            evaluated,
        })
    }

    /// The scale of the objective's changes.
    fn unit(&self, start: &[f64]) -> f64 {
        let function =
            Function::new(&self.objective.graph, self.objective.root, self.region.low.len());
        let (_, slopes) = function.slopes(start);
        let ends = slopes.iter().filter(|slope| slope.is_finite());
        let ends = ends.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], slope| {
            [low.min(*slope), high.max(*slope)]
        });
        let spread = ends[1] - ends[0];
        if spread.is_finite() && spread > 0.0 { spread } else { 1.0 }
    }
}

/// The objective with soft maximum and penalties. After the shares its parameters are the hardness,
/// the weight of the penalties, and a multiplier a constraint.
fn merit(graph: &mut Graph, objective: &Objective, constraints: &[Id], domains: usize) -> Id {
    let number = |place: usize| u32::try_from(domains + place).unwrap_or(u32::MAX);
    let mut root = soft(graph, objective, number(0));
    let (weight, zero) = (graph.param(number(1)), graph.number(0.0));
    for (place, constraint) in constraints.iter().enumerate() {
        let multiplier = graph.param(number(2 + place));
        let shift = graph.div(multiplier, weight);
        let excess = graph.add(*constraint, shift);
        let excess = graph.dyadic(Dyadic::Max, excess, zero);
        let square = graph.powi(excess, 2);
        let half = graph.number(0.5);
        let half = graph.mul(half, weight);
        let penalty = graph.mul(half, square);
        root = graph.add(root, penalty);
    }
    root
}

/// `max + ln(sum of exp(hardness * (rival - max))) / hardness`
fn soft(graph: &mut Graph, objective: &Objective, hardness: u32) -> Id {
    let rivals = &objective.rivals;
    let most = rivals.iter().copied().reduce(|a, b| graph.dyadic(Dyadic::Max, a, b));
    let Some(most) = most.filter(|_| rivals.len() > 1) else { return objective.root };
    let (most, hardness) = (graph.unary(Unary::Detach, most), graph.param(hardness));
    let mut sum = graph.number(0.0);
    for rival in rivals {
        let short = graph.sub(*rival, most);
        let power = graph.mul(hardness, short);
        let term = graph.unary(Unary::Exp, power);
        sum = graph.add(sum, term);
    }
    let log = graph.unary(Unary::Ln, sum);
    let over = graph.div(log, hardness);
    let soft = graph.add(most, over);
    objective.pulled.map_or(soft, |pulled| graph.add(soft, pulled))
}
