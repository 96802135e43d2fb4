//! What is known of a cell: a bound on the objective of every allowed mixture in it, and mixtures to
//! try.
//!
//! In: an [`Objective`], a [`Region`], a [`Cell`]. Out: a [`Judged`] cell. Where the objective is
//! shown to be convex on the cell, its minimum there is found and proved; elsewhere linear functions
//! below the formulas give the bound, with multipliers for groups and limits.

use super::cell::Cell;
use super::shape::Shape;
use crate::predictor::{Enclosure, Function, Line, cheapest, curvature, enclose, middle};
use crate::search::conic::{self, room, within};
use crate::search::epigraph::Writer;
use crate::search::exact::{self, Optimum};
use crate::search::goal::MISSED;
use crate::search::{Found, Objective, Region};

/// Linear functions that are tried on a cell, and the part of what is missing that one must bring for
/// another to follow.
const SHARPENED: u32 = 8;
const WORTH: f64 = 0.05;
/// Thirds that are dropped in the search of a weight: to a hundredth.
const THIRDS: usize = 11;

/// What all cells share.
pub(super) struct Bounder<'a> {
    objective: &'a Objective,
    region: &'a Region,
    /// Where one smooth function is all there is.
    function: Option<Function>,
    /// Whether the objective and its limits are convex on the whole region.
    convex: bool,
    /// Where the formula does not show how it bends.
    shape: Option<Shape>,
}

/// A cell with its bound.
pub(super) struct Judged {
    pub(super) cell: Cell,
    /// Whether nothing better can be found in it.
    pub(super) closed: bool,
    /// Where the bound comes from: it tells where to cut.
    pub(super) relaxed: Vec<f64>,
    /// The best allowed mixture that was met.
    pub(super) met: Option<Found>,
    pub(super) evaluated: u64,
}

impl<'a> Bounder<'a> {
    pub(super) fn new(objective: &'a Objective, region: &'a Region, convex: bool) -> Bounder<'a> {
        let plain = objective.is_plain() && region.groups.is_empty();
        let function =
            plain.then(|| Function::new(&objective.graph, objective.root, region.low.len()));
        let shape = (plain && !convex)
            .then(|| Shape::new(&objective.graph, objective.root, region.low.len()));
        Bounder { objective, region, function, convex, shape }
    }

    /// Bounds a cell that is tightened; `None` where it is seen to hold nothing allowed.
    /// Near the best mixture so far a closer look is worth its time.
    pub(super) fn judge(&self, cell: Cell, cutoff: f64, best: Option<&Found>) -> Option<Judged> {
        let settled = cell.is_settled(self.region);
        let near = best.is_some_and(|best| cell.is_near(&best.mixture));
        if (self.convex || (settled && (self.is_convex_on(&cell) || near && self.bends_up(&cell))))
            && let Some(optimum) = self.minimise(&cell)
        {
            return Some(self.solved(cell, optimum));
        }
        self.enclosed(cell, cutoff)
    }

    fn is_convex_on(&self, cell: &Cell) -> bool {
        let limits = self.objective.limits.iter().map(|(limit, _)| *limit);
        let mut all = std::iter::once(self.objective.root).chain(limits);
        let graph = &self.objective.graph;
        all.all(|root| curvature(graph, root, &cell.low, &cell.high).is_convex())
    }

    /// Cuts a cell along the share in which the objective bends most.
    pub(super) fn halves(&self, judged: &Judged) -> [Cell; 2] {
        let (cell, centre) = (&judged.cell, &judged.relaxed);
        let at = |k: usize, share: f64| {
            let mut mixture = centre.clone();
            mixture[k] = share;
            self.objective.at(&mixture)
        };
        let bend = |k: usize| {
            let middle = 0.5 * (cell.low[k] + cell.high[k]);
            let bend = at(k, cell.low[k]) - 2.0 * at(k, middle) + at(k, cell.high[k]);
            // Where it is not finite nothing can be said before that end is cut off.
            if bend.is_finite() { bend.abs() } else { f64::INFINITY }
        };
        cell.halves(self.region, centre, bend)
    }

    fn bends_up(&self, cell: &Cell) -> bool {
        self.shape.as_ref().is_some_and(|shape| shape.is_convex(&cell.low, &cell.high))
    }

    fn minimise(&self, cell: &Cell) -> Option<Optimum> {
        match &self.function {
            Some(function) => exact::minimise(function, &cell.low, &cell.high, None),
            None => conic::minimise(self.objective, &self.within(cell)),
        }
    }

    fn within(&self, cell: &Cell) -> Region {
        Region { low: cell.low.clone(), high: cell.high.clone(), ..self.region.clone() }
    }

    fn solved(&self, mut cell: Cell, optimum: Optimum) -> Judged {
        cell.bound = cell.bound.max(optimum.lower_bound);
        let met = self.allowed(&optimum.mixture);
        let closed = met.is_some();
        let met = met.or_else(|| self.rounded(&cell, &optimum.mixture));
        let (relaxed, evaluated) = (optimum.mixture, optimum.evaluated);
        Judged { cell, closed, relaxed, met, evaluated }
    }

    /// The minimum over the domains that a mixture uses most.
    fn rounded(&self, cell: &Cell, mixture: &[f64]) -> Option<Found> {
        let (low, high) = supported(self.region, [&cell.low, &cell.high], mixture)?;
        let narrow = Cell { low, high, ..cell.clone() };
        self.allowed(&self.minimise(&narrow)?.mixture)
    }

    /// The mixture with its objective, if it is allowed.
    fn allowed(&self, mixture: &[f64]) -> Option<Found> {
        let met = self.region.holds(mixture) && self.objective.is_within_limits(mixture);
        let value = self.objective.at(mixture);
        (met && value.is_finite()).then(|| Found { mixture: mixture.to_vec(), value })
    }

    /// A bound from linear functions below the formulas.
    fn enclosed(&self, mut cell: Cell, cutoff: f64) -> Option<Judged> {
        let limits = self.objective.limits.iter().map(|(limit, _)| *limit);
        let roots: Vec<_> = std::iter::once(self.objective.root).chain(limits).collect();
        let centre = middle(&cell.low, &cell.high);
        let mut known = enclose(&self.objective.graph, &roots, [&cell.low, &cell.high], &centre);
        let (root, limits) = known.split_first_mut()?;
        if limits.iter().any(|limit| limit.low > MISSED) {
            return None;
        }
        cell.bound = cell.bound.max(root.low);
        let mut evaluated = 2;
        if cell.bound < cutoff {
            evaluated += self.sharpen(&mut cell, &mut root.lower, cutoff);
        }
        let mut relaxed = cheapest(&root.lower.slopes, &cell.low, &cell.high);
        if !(limits.is_empty() && self.region.groups.is_empty()) && cell.bound < cutoff {
            let tried = cell.multipliers.clone();
            self.weigh(&mut cell, root, limits, &tried);
            if cell.bound < cutoff
                && let Some((mixture, multipliers)) = self.linear(&cell, root, limits)
            {
                self.weigh(&mut cell, root, limits, &multipliers);
                (relaxed, cell.multipliers) = (mixture, multipliers);
            }
        }
        let tried = [centre, relaxed];
        let met = tried.iter().filter_map(|mixture| self.allowed(mixture));
        let met = met.min_by(|a, b| a.value.total_cmp(&b.value));
        // Cut where the formulas bend, not where the linear functions are least.
        let relaxed = tried.into_iter().next()?;
        Some(Judged { cell, closed: false, relaxed, met, evaluated })
    }

    /// Raises the least of a linear function below the objective: others that touch it elsewhere are
    /// below it too, and so are weighted means of them. Each next one touches on the way to where
    /// the mean is least (Frank and Wolfe's steps).
    fn sharpen(&self, cell: &mut Cell, line: &mut Line, cutoff: f64) -> u64 {
        let ends = [&cell.low[..], &cell.high];
        let least = |line: &Line| least(line, ends);
        let mut at = middle(&cell.low, &cell.high);
        for round in 1..=SHARPENED {
            let vertex = cheapest(&line.slopes, &cell.low, &cell.high);
            let step = 2.0 / f64::from(round + 2);
            at.iter_mut().zip(&vertex).for_each(|(x, v)| *x += step * (v - *x));
            let root = [self.objective.root];
            let Some(next) = enclose(&self.objective.graph, &root, ends, &at).pop() else { break };
            let before = cell.bound;
            *line = best_mean(line, &next.lower, &least);
            cell.bound = cell.bound.max(least(line));
            if cell.bound >= cutoff || cell.bound - before < WORTH * (cutoff - before) {
                return u64::from(round);
            }
        }
        u64::from(SHARPENED)
    }

    /// The bound by Lagrange: with multipliers that are not negative, no allowed mixture has an
    /// objective below the least of the weighted sum.
    fn weigh(&self, cell: &mut Cell, root: &Enclosure, limits: &[Enclosure], multipliers: &[f64]) {
        let mut sum = root.lower.clone();
        let lines = limits.iter().map(|limit| limit.lower.clone()).chain(self.group_lines());
        for (line, multiplier) in lines.zip(multipliers) {
            sum = sum.plus(multiplier.max(0.0), &line);
        }
        cell.bound = cell.bound.max(least(&sum, [&cell.low, &cell.high]));
    }

    /// What may not be above zero, for both ends of every group.
    fn group_lines(&self) -> impl Iterator<Item = Line> {
        let ends = |group| (0..2).filter_map(move |end| room(group, end));
        self.region.groups.iter().flat_map(ends).map(|room| {
            let mut line = Line::constant(self.region.low.len(), -room.constant);
            room.terms.iter().for_each(|(k, factor)| line.slopes[*k] = -factor);
            line
        })
    }

    /// The linear program over the cell: its mixture and its multipliers.
    fn linear(
        &self,
        cell: &Cell,
        root: &Enclosure,
        limits: &[Enclosure],
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        let mut writer = Writer::new(&self.objective.graph, cell.low.len());
        within(&mut writer, &self.within(cell));
        let lines = limits.iter().map(|limit| limit.lower.clone()).chain(self.group_lines());
        let rows: Vec<usize> =
            lines.map(|line| writer.program.positive(conic::affine(&line).times(-1.0))).collect();
        let solved = writer.program.minimise(&conic::affine(&root.lower))?;
        let mixture = conic::allowed(&solved.variables[..cell.low.len()], &self.within(cell))?;
        Some((mixture, rows.into_iter().map(|row| solved.multipliers[row]).collect()))
    }
}

/// The least of a linear function over a box, less what rounding may do.
fn least(line: &Line, [low, high]: [&[f64]; 2]) -> f64 {
    let sizes = line.slopes.iter().map(|s| s.abs()).sum::<f64>() + line.constant.abs();
    let least = line.at(&cheapest(&line.slopes, low, high)) - 64.0 * f64::EPSILON * sizes;
    if least.is_nan() { f64::NEG_INFINITY } else { least }
}

/// The weighted mean of two linear functions whose least is greatest.
fn best_mean(one: &Line, other: &Line, least: &dyn Fn(&Line) -> f64) -> Line {
    let mean = |part: f64| {
        let start = Line::constant(one.slopes.len(), 0.0);
        start.plus(1.0 - part, one).plus(part, other)
    };
    // The least is concave in the weight: thirds that cannot hold its peak are dropped.
    let (mut from, mut to) = (0.0, 1.0);
    for _ in 0..THIRDS {
        let (first, second) = (from + (to - from) / 3.0, to - (to - from) / 3.0);
        if least(&mean(first)) < least(&mean(second)) { from = first } else { to = second }
    }
    let all = [one.clone(), other.clone(), mean(0.5 * (from + to))];
    let best = all.into_iter().max_by(|a, b| least(a).total_cmp(&least(b)));
    best.unwrap_or_else(|| one.clone())
}

/// Bounds that leave only the domains that a mixture uses most, as many as are allowed; `None` where
/// no such mixture sums to 1.
pub(in crate::search) fn supported(
    region: &Region,
    [low, high]: [&[f64]; 2],
    mixture: &[f64],
) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut order: Vec<usize> = (0..low.len()).filter(|&k| high[k] > 0.0).collect();
    // What must be there comes first, then the largest shares.
    let weight = |k: usize| if low[k] > 0.0 { f64::INFINITY } else { mixture[k] };
    order.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)));
    let (mut low, mut high) = (low.to_vec(), high.to_vec());
    let (mut taken, mut room) = (0.0, 0.0);
    let mut count = 0;
    for k in order {
        let least = low[k].max(region.least[k]);
        // A share nearer to zero than to its least is left away, if the others can do without.
        let wanted = low[k] > 0.0 || mixture[k] >= 0.5 * least || room < 1.0;
        if count < region.most && least <= high[k] && taken + least <= 1.0 && wanted {
            (low[k], count) = (least, count + 1);
            (taken, room) = (taken + least, room + high[k]);
        } else {
            (low[k], high[k]) = (0.0, 0.0);
        }
    }
    (taken <= 1.0 && room >= 1.0).then_some((low, high))
}
