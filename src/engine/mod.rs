//! Engines: whatever runs a plan on problems.
//!
//! In: problems and a [`Plan`], both plain data. Out: where each start ended. Engines explore;
//! the numbers that are reported come from the polish in `fit`.

pub mod auto;
mod candidates;
pub mod cpu;
pub mod gpu;
mod scoring;
pub mod twin;
mod watch;

pub use auto::Auto;
pub use candidates::candidates;
pub use scoring::{Scores, Scoring};
pub use watch::Watch;

use crate::error::Result;
use crate::lattice::{Block, Scan};
use crate::plan::Plan;
use crate::problem::{Problem, Surface};
use crate::regress::trees::Forest;

/// Where a start ended.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// The start's number.
    pub start: usize,
    /// The parameters.
    pub theta: Vec<f64>,
    /// The minimised objective there (half a sum of squares, or a sum of Huber losses).
    pub cost: f64,
    /// Iterations taken.
    pub iterations: u32,
    /// Why it stopped.
    pub stop: Stop,
}

/// Why a start stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// No step promises a decrease worth having.
    Settled,
    /// The iterations ran out.
    Exhausted,
    /// No finite objective at the start.
    NotFinite,
}

/// Runs plans.
pub trait Engine: Send + Sync {
    /// `cpu` or `gpu`.
    fn name(&self) -> &'static str;

    /// What it runs on, for reports.
    fn describe(&self) -> String;

    /// Counts its work and may tell it to stop.
    fn watch(&self) -> &Watch;

    /// What happened to it that the user should know, such as a device that was lost.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Runs every start of every problem; gives the ends of the starts that survived all rungs,
    /// for each problem in the order of their starts.
    ///
    /// # Errors
    /// [`crate::error::Error::Device`] for a device that failed where no other may take its place,
    /// [`crate::error::Error::Interrupted`] where the watch was told to stop; a fit that does not
    /// work out is an end, not an error.
    fn fit(&self, problems: &[Problem], plan: &Plan) -> Result<Vec<Vec<End>>>;

    /// The loss surface: for each parameter set and each point the value and a slope a domain, set
    /// by set. `sets` holds the parameters of one set after the other, `points` the
    /// [`Surface::inputs`] of one point after the other.
    ///
    /// # Errors
    /// As [`Engine::fit`].
    fn evaluate(&self, surface: &Surface, sets: &[f64], points: &[f64]) -> Result<Vec<f64>>;

    /// Takes up a lattice; `None` where it is left to the caller's f64 arithmetic, which would take
    /// so many seconds.
    ///
    /// # Errors
    /// As [`Engine::fit`].
    fn sweep<'a>(
        &'a self,
        _scan: &'a Scan,
        _seconds: &dyn Fn() -> f64,
    ) -> Result<Option<Box<dyn Sweep + 'a>>> {
        Ok(None)
    }

    /// Takes up forests that ask about the same features; `None` where scoring is left to the
    /// caller's f64 arithmetic, which would take so many seconds.
    ///
    /// # Errors
    /// As [`Engine::fit`].
    fn scoring<'a>(
        &'a self,
        _forests: &'a [&'a Forest],
        _seconds: &dyn Fn() -> f64,
    ) -> Result<Option<Box<dyn Scoring + 'a>>> {
        Ok(None)
    }
}

/// A walk over the blocks of a lattice.
pub trait Sweep {
    /// The blocks from a prefix on, in order and without gaps, as far as the engine sees fit; `None`
    /// where the rest is left to the caller.
    ///
    /// # Errors
    /// As [`Engine::fit`].
    fn next(&mut self, from: u64) -> Result<Option<Vec<Block>>>;

    /// The last blocks were shown to be wrong.
    ///
    /// # Errors
    /// [`crate::error::Error::Device`] where no other engine may take its place.
    fn distrust(&mut self, why: &str) -> Result<()>;
}

/// Fits that a plan runs for some problems, each counted in every rung that it runs.
pub fn work(problems: usize, plan: &Plan) -> u64 {
    let mut field = plan.starts;
    let mut all = 0;
    for rung in &plan.rungs {
        all += field as u64;
        field = field.min(rung.keep);
    }
    all * problems as u64
}
