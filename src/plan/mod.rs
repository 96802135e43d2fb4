//! Plans: which starts are run, for how long, and how many go on. Plain data, no device.
//!
//! In: a seed and a number of starts. Out: a [`Plan`] that any engine can run with the same
//! starts, since start `i` of a problem depends only on the seed, `i` and the search space.

mod resample;
mod starts;

pub use resample::Resampler;
pub(crate) use starts::mix;
pub use starts::{coordinates, draw, share, shares};

/// What to run on every problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Seed of the start positions.
    pub seed: u64,
    /// Starts a problem.
    pub starts: usize,
    /// Successive halving: each rung runs its survivors and passes the best on to the next.
    pub rungs: Vec<Rung>,
    /// A start has settled when a step promises less than this share of the objective.
    pub tolerance: f64,
}

/// A stage of successive halving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Iterations that each start may take in this rung.
    pub iterations: u32,
    /// How many starts go on to the next rung; of the last rung, how many are reported.
    pub keep: usize,
}

/// Up to this many starts all are run to their ends.
const ALL_TO_THE_END: usize = 512;

/// Iterations in all for a start that goes to its end.
const ITERATIONS: u32 = 200;

impl Plan {
    /// The plan for a number of starts: few starts are all run to their ends; many are halved,
    /// first after 4 and then after 12 iterations, to a quarter each time, but never to fewer
    /// than 512.
    pub fn new(seed: u64, starts: usize) -> Plan {
        let starts = starts.max(1);
        let mut rungs = Vec::new();
        let mut left = starts;
        for iterations in [4, 8] {
            if left > ALL_TO_THE_END {
                left = (left / 4).max(ALL_TO_THE_END);
                rungs.push(Rung { iterations, keep: left });
            }
        }
        rungs.push(Rung { iterations: ITERATIONS, keep: left });
        Plan { seed, starts, rungs, tolerance: 1e-9 }
    }

    /// About how many passes over the rows all starts of one problem take: a start that goes to
    /// its end takes some twenty.
    pub fn passes(&self) -> f64 {
        let mut field = self.starts;
        let mut passes = 0.0;
        for rung in &self.rungs {
            passes += field as f64 * f64::from(rung.iterations.min(20));
            field = field.min(rung.keep);
        }
        passes
    }

    /// The same number of starts, all run to their ends.
    pub fn exhaustive(seed: u64, starts: usize) -> Plan {
        let rungs = vec![Rung { iterations: ITERATIONS, keep: starts.max(1) }];
        Plan { rungs, ..Plan::new(seed, starts) }
    }
}
