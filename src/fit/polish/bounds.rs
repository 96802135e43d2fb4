//! Parameters at bounds: which are held there, which no longer matter, and which are let go.
//!
//! In: a descent that has come to rest. Out: the same with parameters held where the objective presses them
//! against a bound, and only there.

use super::Newton;
use crate::fit::state::Bound;
use crate::problem::Scale;

/// How many parameters are followed to zero.
const FOLLOWED: usize = 3;

/// A parameter that is less than this share of its longest step away from a bound is as good as there.
const NEAR: f64 = 1e-3;

/// A parameter whose longest step changes the objective by less than this share is idle.
const IDLE: f64 = 1e-11;

impl Newton<'_> {
    /// Holds what has come to a bound or no longer matters. Each time one more parameter is held, so
    /// this ends.
    pub(super) fn settle(&mut self) {
        while self.collapse() || self.rest() {
            self.descend();
        }
    }

    /// Holds the coordinates that met a real bound; gives whether there were any.
    pub(super) fn hold(&mut self, hit: &[usize]) -> bool {
        let before = self.held.len();
        for &j in hit {
            let axis = &self.problem.space.axes[j];
            let theta = axis.theta(self.q[j]);
            let near = |bound: f64| {
                bound.is_finite() && (theta - bound).abs() <= 1e-12 * bound.abs().max(1e-300)
            };
            if near(axis.bounds[0]) {
                self.held.push((j, Bound::Lower));
            } else if near(axis.bounds[1]) {
                self.held.push((j, Bound::Upper));
            }
        }
        self.held.len() > before
    }

    /// A valley that leads to a bound is endless in the logarithm of the parameter that goes to
    /// zero, and setting that one to zero alone leaves the valley. Here the smallest positive
    /// parameters are set to zero in turn and the others follow; the first that ends in a minimum
    /// no higher than the present point is kept.
    pub(super) fn follow_to_zero(&mut self) {
        let size = |j: usize| {
            let axis = &self.problem.space.axes[j];
            axis.theta(self.q[j]) / axis.start[0]
        };
        let mut candidates: Vec<usize> = self.free();
        candidates.retain(|&j| {
            let axis = &self.problem.space.axes[j];
            axis.scale == Scale::Log && axis.bounds[0] <= 0.0 && size(j) < 1.0
        });
        candidates.sort_by(|&i, &j| size(i).total_cmp(&size(j)));
        let before = self.cost(&self.q.clone());
        for j in candidates.into_iter().take(FOLLOWED) {
            let saved = (self.q.clone(), self.held.clone(), self.promise);
            self.held.push((j, Bound::Lower));
            self.descend();
            if self.converged && self.cost(&self.q.clone()) <= before {
                return;
            }
            self.converged = false;
            (self.q, self.held, self.promise) = saved;
        }
    }

    /// Holds the parameters that no longer matter: a step as long as any worth trying changes the
    /// objective by less than rounding. That happens when a term vanishes (its exponent is then
    /// idle), or when a weight has run so far towards zero or infinity that it is there.
    fn rest(&mut self) -> bool {
        let free = self.free();
        let q = self.q.clone();
        let Some(point) = self.point(&q, &free) else { return false };
        let size = free.len();
        let before = self.held.len();
        for (k, &j) in free.iter().enumerate() {
            let reach = self.problem.space.axes[j].longest(q[j]);
            let first = (point.gradient[k] * reach).abs();
            let second = (point.hessian[k * size + k] * reach * reach).abs();
            if first.max(second) <= IDLE * point.cost {
                self.held.push((j, Bound::Idle));
            }
        }
        self.held.len() > before
    }

    /// A positive parameter never reaches zero by its logarithm, and near another bound a step that would
    /// cross it is cut off and helps no more. If setting a parameter to its bound does not raise the
    /// objective, it is held there; gives whether one was.
    fn collapse(&mut self) -> bool {
        let theta = self.theta(&self.q);
        let here = self.evaluate(&theta);
        let cost = here.cost;
        let ends = [(Bound::Lower, 1.0), (Bound::Upper, -1.0)];
        for j in self.free() {
            for (bound, inwards) in ends {
                let Some(value) = self.close(j, bound) else { continue };
                let mut at_bound = theta.clone();
                at_bound[j] = value;
                // Most parameters are far from zero: neither slopes nor all rows are needed to see that.
                if self.exceeds(&at_bound, cost * (1.0 + 1e-9) + 2.0 * self.floor) {
                    continue;
                }
                let normal = self.evaluate(&at_bound);
                if normal.cost == cost && normal.gradient[j] == 0.0 {
                    // No effect at all: idle, not at a bound.
                    continue;
                }
                let no_worse = normal.cost <= cost * (1.0 + 1e-10) + self.floor;
                // At the bound the objective must not fall into the allowed side. That is asked before
                // a short way to it, to which the others have not yet answered.
                let gradient = if value == 0.0 { &normal.gradient } else { &here.gradient };
                let size = self.problem.space.axes[j].start[1].max(1e-300);
                if no_worse && inwards * gradient[j] >= -1e-9 * cost / size {
                    self.held.push((j, bound));
                    return true;
                }
            }
        }
        false
    }

    /// The bound of a parameter, if it is worth trying: zero for the sake of a logarithm, and others where
    /// the parameter is as good as there.
    fn close(&self, j: usize, bound: Bound) -> Option<f64> {
        let axis = &self.problem.space.axes[j];
        let end = usize::from(bound == Bound::Upper);
        if axis.scale == Scale::Log && axis.bounds[end] <= 0.0 {
            return Some(0.0);
        }
        let q = self.q[j];
        let near = (q - axis.limits[end]).abs() <= NEAR * axis.longest(q);
        (near && axis.limits[end] == axis.q(axis.bounds[end])).then_some(axis.bounds[end])
    }

    /// Lets go of the parameters that the objective pulls away from their bounds; gives whether there were
    /// any. A positive parameter at zero stays: its logarithm knows no way back.
    pub(super) fn release(&mut self) -> bool {
        let mut inwards = self.pressed_inwards();
        inwards.retain(|&j| {
            let axis = &self.problem.space.axes[j];
            axis.scale == Scale::Linear || axis.bounds[0] > 0.0
        });
        self.held.retain(|(j, _)| !inwards.contains(j));
        !inwards.is_empty()
    }

    /// A parameter may be held only while the objective would fall beyond the bound: those of which
    /// that is not true, where the point is no minimum.
    pub(super) fn pressed_inwards(&mut self) -> Vec<usize> {
        if self.held.is_empty() {
            return Vec::new();
        }
        let theta = self.theta(&self.q);
        let normal = self.evaluate(&theta);
        let inwards = |&&(j, bound): &&(usize, Bound)| {
            let slope = match bound {
                Bound::Lower => normal.gradient[j],
                Bound::Upper => -normal.gradient[j],
                Bound::Idle => return false,
            };
            let unit = theta[j].abs().max(self.problem.space.axes[j].start[1].abs() * 1e-3);
            // A slope that is not finite at the bound (0^gamma) presses outwards or not at all.
            slope.is_finite() && slope * unit < -1e-7 * normal.cost - self.floor
        };
        self.held.iter().filter(inwards).map(|(j, _)| *j).collect()
    }
}
