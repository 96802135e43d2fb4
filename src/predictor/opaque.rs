//! Functions of the mixture that are no formulas, such as trees.
//!
//! In: what a regressor learnt. Out: its values, which stand in a predictor's graph as parameters after
//! the shares: an objective made of them is a formula again.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::regress::Fitted;

/// See the module.
#[derive(Clone, Default)]
pub struct Opaque(Vec<Arc<dyn Fitted>>);

impl Opaque {
    /// Adds a function; gives its number.
    pub fn push(&mut self, function: Box<dyn Fitted>) -> usize {
        self.0.push(function.into());
        self.0.len() - 1
    }

    /// The functions, by number.
    pub fn functions(&self) -> &[Arc<dyn Fitted>] {
        &self.0
    }

    /// The parameters of a graph at a mixture: the shares, and after them the functions' values.
    pub fn point<'a>(&self, mixture: &'a [f64]) -> Cow<'a, [f64]> {
        if self.0.is_empty() {
            return Cow::Borrowed(mixture);
        }
        let mut point = mixture.to_vec();
        for function in &self.0 {
            let mut value = [0.0];
            function.predict(mixture, &mut value);
            point.extend(value);
        }
        Cow::Owned(point)
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opaque({} functions)", self.0.len())
    }
}
