//! What is known of a cell: a bound on the objective of every allowed mixture in it, and mixtures to
//! try.
//!
//! In: an [`Objective`], a [`Region`], a [`Cell`]. Out: a [`Judged`] cell. Where the objective is
//! shown to be convex on the cell, its minimum there is found and proved; elsewhere linear functions
//! below the formulas give the bound, with multipliers for groups and limits.

use super::cell::Cell;
use crate::predictor::{Enclosure, Function, Line, cheapest, curvature, enclose, middle};
use crate::search::conic::{self, room, within};
use crate::search::epigraph::Writer;
use crate::search::exact::{self, Optimum};
use crate::search::goal::{MISSED, value};
use crate::search::{Found, Objective, Region};

/// What all cells share.
pub(super) struct Bounder<'a> {
    objective: &'a Objective,
    region: &'a Region,
    /// Where one smooth function is all there is.
    function: Option<Function>,
    /// Whether the objective and its limits are convex on the whole region.
    convex: bool,
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
        Bounder { objective, region, function, convex }
    }

    /// Bounds a cell that is tightened; `None` where it is seen to hold nothing allowed.
    pub(super) fn judge(&self, cell: Cell, cutoff: f64) -> Option<Judged> {
        let settled = cell.is_settled(self.region);
        if (self.convex || (settled && self.is_convex_on(&cell)))
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
        let value = value(&self.objective.graph, self.objective.root, mixture);
        (met && value.is_finite()).then(|| Found { mixture: mixture.to_vec(), value })
    }

    /// A bound from linear functions below the formulas.
    fn enclosed(&self, mut cell: Cell, cutoff: f64) -> Option<Judged> {
        let limits = self.objective.limits.iter().map(|(limit, _)| *limit);
        let roots: Vec<_> = std::iter::once(self.objective.root).chain(limits).collect();
        let known = enclose(&self.objective.graph, &roots, &cell.low, &cell.high);
        let (root, limits) = known.split_first()?;
        if limits.iter().any(|limit| limit.low > MISSED) {
            return None;
        }
        cell.bound = cell.bound.max(root.low);
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
        let tried = [middle(&cell.low, &cell.high), relaxed.clone()];
        let met = tried.iter().filter_map(|mixture| self.allowed(mixture));
        let met = met.min_by(|a, b| a.value.total_cmp(&b.value));
        // Cut where the formulas bend, not where the linear functions are least.
        let relaxed = tried.into_iter().next()?;
        Some(Judged { cell, closed: false, relaxed, met, evaluated: 2 })
    }

    /// The bound by Lagrange: with multipliers that are not negative, no allowed mixture has an
    /// objective below the least of the weighted sum.
    fn weigh(&self, cell: &mut Cell, root: &Enclosure, limits: &[Enclosure], multipliers: &[f64]) {
        let mut sum = root.lower.clone();
        let lines = limits.iter().map(|limit| limit.lower.clone()).chain(self.group_lines());
        for (line, multiplier) in lines.zip(multipliers) {
            sum = sum.plus(multiplier.max(0.0), &line);
        }
        let least = sum.at(&cheapest(&sum.slopes, &cell.low, &cell.high));
        let sizes = sum.slopes.iter().map(|s| s.abs()).sum::<f64>() + sum.constant.abs();
        let bound = least - 64.0 * f64::EPSILON * sizes;
        if bound > cell.bound {
            cell.bound = bound;
        }
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
