//! Regressors: functions of the mixture that are learnt from runs without a law.
//!
//! In: [`Samples`], the mixtures of some runs and one target. Out: a [`Fitted`] function, which
//! predicts the target of any mixture and, where it has one, gives its formula to the search.

mod check;
mod gaussian;
mod linear;
mod loglinear;
mod lookup;
mod recipe;
mod settings;
mod squares;
pub(crate) mod terms;
pub mod trees;

pub use gaussian::{Gaussian, GaussianFit};
pub use linear::{Linear, Strength};
pub use loglinear::LogLinear;
pub use lookup::Lookup;
pub use recipe::{RECIPES, Recipe, regressor};
pub use settings::configured;
pub use terms::{Products, Term};

use crate::error::Result;
use crate::law::graph::{Graph, Id};

/// The mixtures of some runs and what was measured of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Domains of a mixture.
    pub domains: usize,
    /// One mixture after another.
    pub mixtures: Vec<f64>,
    /// The target of each.
    pub target: Vec<f64>,
}

impl Samples {
    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// The mixtures one by one.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.mixtures.chunks_exact(self.domains.max(1))
    }

    /// Some of the runs, by number.
    #[must_use]
    pub fn some(&self, runs: &[usize]) -> Samples {
        let row = |&run: &usize| &self.mixtures[run * self.domains..][..self.domains];
        Samples {
            domains: self.domains,
            mixtures: runs.iter().flat_map(row).copied().collect(),
            target: runs.iter().map(|&run| self.target[run]).collect(),
        }
    }
}

/// A way to learn a target from runs.
pub trait Regressor: Send + Sync {
    /// A short name, such as `ridge`.
    fn name(&self) -> String;

    /// Learns from the samples and nothing else: every choice, such as when to stop, is made within
    /// them. The same seed gives the same function.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] for samples that it cannot learn from, saying why.
    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>>;
}

/// A function of the mixture.
pub trait Fitted: Send + Sync {
    /// Predicts the target of each of the mixtures, which stand one after another.
    fn predict(&self, mixtures: &[f64], into: &mut [f64]);

    /// The same function as a node of a graph whose parameters are the shares; `None` where it is no
    /// formula.
    fn formula(&self, graph: &mut Graph) -> Option<Id>;

    /// The trees that it is, where it is one: a device may score them.
    fn forest(&self) -> Option<&trees::Forest> {
        None
    }

    /// What the user should know about it, such as directions that the runs do not determine.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
