//! Which ratio is critical at a budget, by the paper's three conditions (Eq. 1, 2, 5).
//!
//! In: the curves of a model's ratios, what the law says, a tolerance. Out: a [`Verdict`].

use serde::{Deserialize, Serialize};

use super::curves::Curves;

/// What keeps the ratio from being larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// Above it the objective does not turn within the budget.
    Turn,
    /// Above it the general loss ends beyond the tolerance.
    Tolerance,
    /// Nothing: all data may be domain data.
    Nothing,
}

/// The critical ratio at a budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The largest share of domain data, 0 to 1.
    pub domain_share: f64,
    /// The rest: general data.
    pub general_share: f64,
    /// What limits it.
    pub binding: Binding,
    /// What the law of the turning points says, as it is: below 0 and above 1 it is clamped.
    pub by_turn: f64,
    /// The largest share whose general loss is tolerated; 1 where every measured one is.
    pub by_tolerance: f64,
}

impl Verdict {
    /// From what the law says at `t`, and a tolerance in nats.
    pub(super) fn new(by_turn: f64, curves: &[Curves], t: f64, epsilon: f64) -> Verdict {
        let by_tolerance = tolerated(curves, t, epsilon);
        let domain_share = by_turn.clamp(0.0, by_tolerance);
        let binding = match by_turn {
            turn if turn <= by_tolerance && turn < 1.0 => Binding::Turn,
            _ if by_tolerance < 1.0 => Binding::Tolerance,
            _ => Binding::Nothing,
        };
        let general_share = 1.0 - domain_share;
        Verdict { domain_share, general_share, binding, by_turn, by_tolerance }
    }

    /// Whether the law left 0 to 1.
    pub fn is_clamped(&self) -> bool {
        !(0.0..=1.0).contains(&self.by_turn)
    }
}

/// The largest share whose general loss after `t` is within the tolerance, going up from the smallest
/// measured one; between two measured ones by a straight line.
fn tolerated(curves: &[Curves], t: f64, epsilon: f64) -> f64 {
    let mut points: Vec<[f64; 2]> =
        curves.iter().map(|one| [one.ratio, one.general.at(t)]).collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    match points.iter().position(|[_, change]| *change > epsilon) {
        None => 1.0,
        Some(0) => 0.0,
        Some(k) => {
            let ([low, below], [high, above]) = (points[k - 1], points[k]);
            low + (high - low) * (epsilon - below) / (above - below)
        }
    }
}
