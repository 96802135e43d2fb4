//! What the ends of the starts say about the landscape: how many basins, how many starts in the
//! best.
//!
//! In: ends and the polished best objective. Out: [`Starts`], and which ends deserve a polish.

use serde::{Deserialize, Serialize};

use crate::engine::{End, Stop};

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

/// Ends polished a fit at most; of a basin at most this many, since f32 or slow robust descents
/// leave their ends a little apart.
const POLISHED: usize = 8;

/// The ends to polish: the best, and then the best that differ visibly from those chosen.
pub(super) fn candidates(ends: &[End]) -> Vec<&End> {
    let mut sorted: Vec<&End> = ends.iter().filter(|e| e.stop != Stop::NotFinite).collect();
    sorted.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.start.cmp(&b.start)));
    let mut chosen: Vec<&End> = Vec::new();
    for end in sorted {
        let worst = chosen.last().map_or(f64::NEG_INFINITY, |last| last.cost);
        // What is far above the best cannot end below it.
        if chosen.first().is_some_and(|best| end.cost > 4.0 * best.cost + f64::MIN_POSITIVE) {
            break;
        }
        if end.cost > worst * (1.0 + 1e-5) {
            chosen.push(end);
        }
        if chosen.len() == POLISHED {
            break;
        }
    }
    chosen
}

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
