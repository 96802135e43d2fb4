//! Which ends of a problem's starts deserve more work.
//!
//! In: ends. Out: the best few that differ.

use super::{End, Stop};

/// Ends polished a fit at most; of a basin at most this many, since f32 or slow robust descents
/// leave their ends a little apart.
const POLISHED: usize = 8;

/// The ends to polish: the best, and then the best that differ visibly from those chosen. What is
/// more than `far` times above the best is left out.
pub fn candidates(ends: &[End], far: f64) -> Vec<&End> {
    let mut sorted: Vec<&End> = ends.iter().filter(|e| e.stop != Stop::NotFinite).collect();
    sorted.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.start.cmp(&b.start)));
    let mut chosen: Vec<&End> = Vec::new();
    for end in sorted {
        let worst = chosen.last().map_or(f64::NEG_INFINITY, |last| last.cost);
        if chosen.first().is_some_and(|best| end.cost > far * best.cost + f64::MIN_POSITIVE) {
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
