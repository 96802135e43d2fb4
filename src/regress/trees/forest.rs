//! Trees whose values are summed.
//!
//! In: trees, made by [`super::Trees`] or read from a file. Out: predictions.

use std::path::Path;

use rayon::prelude::*;

use super::score::Scorer;
use super::text;
use super::tree::Tree;
use crate::error::Result;
use crate::law::graph::{Graph, Id};
use crate::regress::Fitted;

/// Rows that one thread scores at a time.
const ROWS: usize = 256;

/// A sum of trees; what it predicts of a row is the sum of the trees' values, first to last.
#[derive(Debug, Clone)]
pub struct Forest {
    names: Vec<String>,
    trees: Vec<Tree>,
    scorer: Option<Scorer>,
}

impl Forest {
    /// The sum of the trees, whose nodes ask about features below `names.len()`.
    pub(super) fn new(names: Vec<String>, trees: Vec<Tree>) -> Forest {
        let scorer = Scorer::new(names.len(), &trees);
        Forest { names, trees, scorer }
    }

    /// Reads a text model of LightGBM: a regression with one output on numeric features.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] for a file that cannot be read or is anything else, with the
    /// line.
    pub fn read(path: &Path) -> Result<Forest> {
        text::read(path)
    }

    /// The forest as a text model of LightGBM.
    pub fn text(&self) -> String {
        text::written(self)
    }

    /// The same forest with other names of its features: as many as it has, in their order.
    ///
    /// # Panics
    /// If there are more or fewer.
    #[must_use]
    pub fn named(self, names: Vec<String>) -> Forest {
        assert_eq!(names.len(), self.names.len(), "a name for each feature");
        Forest { names, ..self }
    }

    /// The names of the features, in their order in a row.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The trees.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The prediction of one row, tree by tree and node by node.
    pub fn walk(&self, row: &[f64]) -> f64 {
        self.trees.iter().fold(0.0, |sum, tree| sum + tree.value(row))
    }
}

impl Fitted for Forest {
    /// Equal, bit by bit, to [`Forest::walk`] of each mixture; runs in the rayon pool that calls it.
    ///
    /// # Panics
    /// If the mixtures have not as many shares as the forest has features.
    fn predict(&self, mixtures: &[f64], into: &mut [f64]) {
        let features = self.names.len();
        assert_eq!(mixtures.len(), into.len() * features, "a share for each feature");
        let parts = into.par_chunks_mut(ROWS).zip(mixtures.par_chunks(ROWS * features));
        parts.for_each(|(into, rows)| match &self.scorer {
            Some(scorer) => scorer.score(rows, into),
            None => {
                let rows = rows.chunks_exact(features);
                into.iter_mut().zip(rows).for_each(|(sum, row)| *sum = self.walk(row));
            }
        });
    }

    fn formula(&self, _: &mut Graph) -> Option<Id> {
        None
    }

    fn forest(&self) -> Option<&Forest> {
        Some(self)
    }
}
