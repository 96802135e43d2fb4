//! The approach to the minimum of a Huber loss, before Newton's own steps.
//!
//! In: a point that may be far from the minimum. Out: one where the rows within delta are about the right
//! ones, in few passes over the law.

use super::Newton;
use super::kinks;
use crate::engine::cpu::linear::Linear;
use crate::engine::cpu::pass::{MOST_KEPT, Rows};
use crate::fit::jacobian::weighted;
use crate::problem::Loss;

/// Steps towards the minimum of a Huber loss by its model, before Newton's.
const APPROACHES: usize = 10;

/// A model that promises less than this share of the objective has done its work.
const CLOSE: f64 = 1e-4;

impl Newton<'_> {
    /// Steps to the minimum of the model that knows where a Huber loss bends, as long as they pay: Newton's own
    /// steps begin where the rows within delta are the right ones.
    pub(super) fn approach(&mut self) {
        let Loss::Huber { delta } = self.problem.forms.objective.loss else { return };
        let free = self.free();
        if free.is_empty() || self.problem.rows.len() > MOST_KEPT {
            return;
        }
        let (mut rows, mut linear) = (Rows::default(), Linear::default());
        for _ in 0..APPROACHES {
            let theta = self.theta(&self.q);
            let task = weighted(self.problem);
            let normal = task.normal_with_rows(&theta, self.scratch, &mut rows);
            let slope = |&j: &usize| (j, self.problem.space.axes[j].slope(theta[j]));
            let scales: Vec<(usize, f64)> = free.iter().map(slope).collect();
            linear.fill(&rows, self.problem.row_weights(), delta, &scales);
            let Some((step, promise)) = kinks::step(&mut linear) else { return };
            if promise <= CLOSE * normal.cost || !normal.is_finite() {
                return;
            }
            let lower = [1.0, 0.5, 0.25].into_iter().find_map(|share| {
                let scaled: Vec<f64> = step.iter().map(|d| share * d).collect();
                let (q, hit) = self.moved(&free, &scaled);
                let cost = if hit.is_empty() { self.cost(&q) } else { f64::INFINITY };
                (cost < normal.cost).then_some((q, cost))
            });
            let Some((q, cost)) = lower else { return };
            self.q = q;
            // A model that foresaw what came of its step would say little more from there.
            if (normal.cost - cost - promise).abs() <= CLOSE * cost {
                return;
            }
        }
    }
}
