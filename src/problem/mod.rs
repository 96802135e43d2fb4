//! Problems: a law, an objective and rows of data as plain numeric arrays.
//!
//! In: a law written out for a table, and the table. Out: [`Problem`]s, one a target and group,
//! that a plan lists and an engine fits.

mod assemble;
mod forms;
mod objective;
mod ranges;
mod sample;
mod space;
mod surface;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

pub use assemble::{Assembled, assemble, assemble_with, columns};
pub use forms::Forms;
pub use objective::{Loss, Objective, Residual};
pub use sample::{Columns, Sample};
pub use space::{Axis, Scale, Space};
pub use surface::Surface;
pub(crate) use surface::as_columns;

/// One fit to be made: a law, the rows of one target and one group, and the space to search.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The law's programs.
    pub forms: Arc<Forms>,
    /// The rows of all groups of the target.
    pub sample: Arc<Sample>,
    /// The rows of this problem.
    pub rows: Range<usize>,
    /// Where to search.
    pub space: Arc<Space>,
    /// Weights of all rows of the sample, where they have any: those of the table, or of a
    /// resample or fold, which so shares its rows with the others.
    pub weights: Option<Arc<Vec<f64>>>,
}

impl Problem {
    /// A problem on some rows of a sample.
    pub fn new(
        forms: Arc<Forms>,
        sample: Arc<Sample>,
        rows: Range<usize>,
        weights: Option<Arc<Vec<f64>>>,
    ) -> Problem {
        let space = Arc::new(assemble::space(&forms, &sample, &rows));
        Problem { forms, sample, rows, space, weights }
    }

    /// The observations of this problem.
    pub fn target(&self) -> &[f64] {
        &self.sample.target()[self.rows.clone()]
    }

    /// Row weights of this problem, if rows have weights.
    pub fn row_weights(&self) -> Option<&[f64]> {
        self.weights.as_ref().map(|weights| &weights[self.rows.clone()])
    }

    /// Rows that count: those whose weight is not zero.
    pub fn used(&self) -> usize {
        match self.row_weights() {
            Some(weights) => weights.iter().filter(|weight| **weight != 0.0).count(),
            None => self.rows.len(),
        }
    }

    /// The same problem without the rows of weight zero, where they are many enough to be worth it: a
    /// resample leaves out more than a third of the rows.
    pub fn dense(&self) -> Cow<'_, Problem> {
        let Some(weights) = &self.weights else { return Cow::Borrowed(self) };
        let counts = |row: &usize| weights[*row] != 0.0;
        let kept: Vec<usize> = self.rows.clone().filter(counts).collect();
        if 8 * kept.len() > 7 * self.rows.len() || kept.is_empty() {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Problem {
            rows: 0..kept.len(),
            weights: Some(Arc::new(kept.iter().map(|&row| weights[row]).collect())),
            sample: Arc::new(self.sample.pick(kept)),
            ..self.clone()
        })
    }

    /// Predictions for the rows of this problem.
    pub fn predictions(&self, theta: &[f64]) -> Vec<f64> {
        let columns: Vec<&[f64]> = self.sample.columns.iter().map(|c| c.as_slice()).collect();
        self.forms.model.predict(theta, &columns, self.rows.clone())
    }

    /// The objective below which nothing but rounding is left: residuals of a few units in the
    /// last place of the observations.
    pub fn rounding_floor(&self) -> f64 {
        let weight = |i: usize| self.row_weights().map_or(1.0, |w| w[i]);
        let scale: f64 = match self.forms.objective.residual {
            Residual::Raw => self.target().iter().enumerate().map(|(i, y)| weight(i) * y * y).sum(),
            Residual::Log | Residual::Relative => (0..self.rows.len()).map(weight).sum(),
        };
        scale * 4.0 * f64::EPSILON * f64::EPSILON
    }
}
