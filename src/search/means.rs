//! What a search may use.
//!
//! In: a watch, and where they are wanted an engine, a checkpoint and a prior mixture. Out: one value to hand on.

use std::path::Path;

use crate::engine::{Engine, Watch};

/// See the module.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "an engine has none")]
pub struct Means<'a> {
    /// Counts the work and may tell it to stop.
    pub watch: &'a Watch,
    /// What may take a lattice off this processor.
    pub engine: Option<&'a dyn Engine>,
    /// Where a lattice keeps how far it is.
    pub checkpoint: Option<&'a Path>,
    /// The mixture that a sample is drawn around, with its name; the uniform one without.
    pub prior: Option<(&'a str, &'a [f64])>,
    /// The mixtures that runs had.
    pub observed: &'a [Vec<f64>],
}

impl<'a> From<&'a Watch> for Means<'a> {
    fn from(watch: &'a Watch) -> Means<'a> {
        Means { watch, engine: None, checkpoint: None, prior: None, observed: &[] }
    }
}
