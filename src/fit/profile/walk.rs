//! Refits along one parameter.
//!
//! In: a problem, its fit, a parameter and values of it. Out: [`Found`] points: what the others make of each value,
//! and its likelihood ratio.

use super::ProfilePoint;
use crate::engine::cpu::pass::Scratch;
use crate::fit::distribution::{normal_quantile, student_quantile};
use crate::fit::polish::polish_pinned;
use crate::fit::{Bound, Fit, Likelihood};
use crate::problem::{Loss, Problem};

/// A pinned refit; `x` is the parameter, or its logarithm.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) x: f64,
    theta: Vec<f64>,
    objective: Option<f64>,
    /// The likelihood ratio over its critical value; none where there is no minimum.
    pub(super) ratio: Option<f64>,
}

/// See the module.
pub(super) struct Walk<'a> {
    problem: &'a Problem,
    fit: &'a Fit,
    scratch: &'a mut Scratch,
    parameter: usize,
    by_logarithm: bool,
    likelihood: Likelihood,
    /// Rows less parameters.
    spare: f64,
    least: f64,
    critical: f64,
    lowest: f64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        problem: &'a Problem,
        fit: &'a Fit,
        parameter: usize,
        level: f64,
        scratch: &'a mut Scratch,
    ) -> Result<Walk<'a>, String> {
        let Some(least) = fit.objective.filter(|_| fit.state.is_usable()) else {
            return Err(format!(
                "the fit ended {}: there is no minimum to start from",
                fit.state.name()
            ));
        };
        let held = |(_, e): &&(String, crate::fit::Estimate)| e.at_bound.is_some();
        let open = fit.theta.len() - fit.parameters[..fit.theta.len()].iter().filter(held).count();
        let loss = problem.forms.objective.loss;
        let likelihood = Likelihood::new(loss, problem.row_weights(), problem.rows.len());
        let spare = likelihood.rows() as f64 - open as f64;
        if spare < 1.0 {
            return Err("there are no more rows than parameters".into());
        }
        if least <= problem.rounding_floor() {
            return Err("the residuals are zero but for rounding".into());
        }
        if fit.parameters[parameter].1.at_bound == Some(Bound::Idle) {
            return Err("the parameter no longer matters".into());
        }
        let positive = problem.forms.model.parameters[parameter].positive;
        let critical = match loss {
            Loss::Squared => student_quantile(level, spare),
            Loss::Huber { .. } => normal_quantile(0.5 + 0.5 * level),
        };
        Ok(Walk {
            by_logarithm: positive && fit.theta[parameter] > 0.0,
            critical: critical * critical,
            lowest: least,
            problem,
            fit,
            scratch,
            parameter,
            likelihood,
            spare,
            least,
        })
    }

    /// The fit itself.
    pub(super) fn start(&self) -> Found {
        let value = self.fit.theta[self.parameter];
        let x = if self.by_logarithm { value.ln() } else { value };
        Found { x, theta: self.fit.theta.clone(), objective: self.fit.objective, ratio: Some(0.0) }
    }

    /// The parameter at `x`, never beyond its bounds by rounding.
    pub(super) fn value(&self, x: f64) -> f64 {
        let estimate = self.fit.theta[self.parameter];
        let [low, high] = self.bounds();
        match self.by_logarithm {
            true if x == estimate.ln() => estimate,
            true => x.exp().clamp(low, high),
            false => x.clamp(low, high),
        }
    }

    pub(super) fn bounds(&self) -> [f64; 2] {
        self.problem.space.axes[self.parameter].bounds
    }

    /// Where the walk must end: the bounds, or as far as a search may go.
    pub(super) fn limits(&self) -> [f64; 2] {
        let x = self.start().x;
        match self.by_logarithm {
            true => [self.bounds()[0].ln().max(x - 40.0), self.bounds()[1].ln().min(x + 40.0)],
            false => self.bounds(),
        }
    }

    /// A first step: a standard error, or a tenth where there is none.
    pub(super) fn step(&self) -> f64 {
        let value = self.fit.theta[self.parameter].abs();
        let axis = &self.problem.space.axes[self.parameter];
        let size =
            if value > 0.0 { value } else { (axis.start[1] - axis.start[0]).abs().max(1e-3) };
        let error = self.fit.parameters[self.parameter].1.std_error.filter(|e| *e > 0.0);
        let step = error.unwrap_or(0.1 * size);
        if self.by_logarithm { (step / value).min(1.0) } else { step }
    }

    /// The best with the parameter at `x`, from a point that is close.
    pub(super) fn at(&mut self, x: f64, from: &Found) -> Found {
        self.pinned(x, self.value(x), from)
    }

    /// The best with the parameter at zero, which its logarithm does not reach.
    pub(super) fn at_zero(&mut self, from: &Found) -> Found {
        self.pinned(f64::NEG_INFINITY, 0.0, from)
    }

    fn pinned(&mut self, x: f64, value: f64, from: &Found) -> Found {
        let (problem, pin) = (self.problem, (self.parameter, value));
        let polished = polish_pinned(problem, &from.theta, pin, self.scratch);
        let away = |j: usize| {
            let held = polished.held.iter().any(|(held, _)| *held == j);
            j != self.parameter && !held && problem.space.axes[j].ran_away(polished.theta[j])
        };
        let usable =
            polished.converged && polished.cost.is_finite() && !(0..polished.theta.len()).any(away);
        let objective = usable.then(|| problem.forms.objective.reported(polished.cost));
        self.lowest = self.lowest.min(objective.unwrap_or(f64::INFINITY));
        let ratio = objective.and_then(|objective| self.ratio(objective));
        Found { x, theta: polished.theta, objective, ratio }
    }

    /// Squared losses: `(Q/Qmin - 1) (n - k)` against the point of F(1, n - k), which is exact for normal errors
    /// and a law that is linear in its parameters, however few the rows. Huber losses: twice the logarithm of the
    /// likelihood ratio against chi-square.
    fn ratio(&self, objective: f64) -> Option<f64> {
        let ratio = match self.problem.forms.objective.loss {
            Loss::Squared => (objective / self.least - 1.0) * self.spare,
            Loss::Huber { .. } => {
                let minus_twice = |objective| self.likelihood.minus_twice(objective);
                minus_twice(objective)? - minus_twice(self.least)?
            }
        };
        Some(ratio.max(0.0) / self.critical)
    }

    /// An objective that is lower than the fit's by more than rounding.
    pub(super) fn lower(&self) -> Option<f64> {
        let slack = 1e-8 * self.least + self.problem.rounding_floor();
        (self.lowest < self.least - slack).then_some(self.lowest)
    }

    pub(super) fn point(&self, found: &Found) -> ProfilePoint {
        let (value, objective) = (self.value(found.x), found.objective);
        ProfilePoint { value, objective, ratio: found.ratio }
    }

    /// Whether the walk is along the parameter's logarithm.
    pub(super) fn by_logarithm(&self) -> bool {
        self.by_logarithm
    }
}
