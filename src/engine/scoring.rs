//! Forests of trees that score many mixtures.
//!
//! In: mixtures, one after another. Out: [`Scores`], near enough to tell which mixtures may be the
//! best; [`Forest::walk`](crate::regress::trees::Forest::walk) decides in f64.

use crate::error::Result;

/// What some forests make of some mixtures.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Of each forest, of each mixture.
    pub by_forest: Vec<Vec<f64>>,
    /// Of each forest, how far any of these may be from the walk in f64.
    pub slack: Vec<f64>,
}

/// Forests that an engine has taken up.
pub trait Scoring {
    /// Scores mixtures, which have as many shares as the forests have features; the same mixture
    /// has the same score in every call. `None` where this and the rest is left to the caller.
    ///
    /// # Errors
    /// As [`Engine::fit`](super::Engine::fit).
    ///
    /// # Panics
    /// If the shares are not those of whole mixtures.
    fn scores(&mut self, mixtures: &[f64]) -> Result<Option<Scores>>;

    /// The last scores were shown to be wrong.
    ///
    /// # Errors
    /// [`crate::error::Error::Device`] where no other engine may take its place.
    fn distrust(&mut self, why: &str) -> Result<()>;
}
