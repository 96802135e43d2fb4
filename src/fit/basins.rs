//! What the ends of the starts say about the landscape: how many basins, how many starts in the
//! best.
//!
//! In: ends and the polished best objective. Out: [`Starts`].

use serde::{Deserialize, Serialize};

use crate::engine::End;

/// How the starts fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starts {
    /// Starts drawn.
    pub total: usize,
    /// Starts that were run to their ends (successive halving drops the others).
    pub finished: usize,
    /// Finished starts whose objective is within 1 % of the best.
    pub reached_best: usize,
    /// Groups of finished starts whose objectives differ by more than 1 %.
    pub basins: usize,
}

/// Two ends are in one basin when their objectives differ by less than this share.
const SAME: f64 = 0.01;

/// Counts basins among the ends; `best` is the polished objective, `floor` its rounding.
pub(super) fn starts(ends: &[End], total: usize, best: f64, floor: f64) -> Starts {
    let mut costs: Vec<f64> = ends.iter().map(|e| e.cost).filter(|c| c.is_finite()).collect();
    costs.sort_by(f64::total_cmp);
    let same = |low: f64, cost: f64| cost <= low * (1.0 + SAME) + 1e6 * floor;
    let mut basins = 0;
    let mut low = f64::NEG_INFINITY;
    for &cost in &costs {
        if low == f64::NEG_INFINITY || !same(low, cost) {
            basins += 1;
            low = cost.max(best);
        }
    }
    Starts {
        total,
        finished: ends.len(),
        reached_best: costs.iter().filter(|cost| same(best, **cost)).count(),
        basins,
    }
}
