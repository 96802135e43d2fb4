//! What a contender has learnt of one target.
//!
//! In: some rows of a table. Out: predictions for them, or why there are none.

use std::sync::Arc;

use super::contender::mixtures;
use crate::error::Result;
use crate::law::model::Model;
use crate::problem::columns;
use crate::regress::Fitted;
use crate::runs::{Runs, Target};

/// What was learnt of a target.
pub(super) enum Learnt {
    Law { model: Arc<Model>, theta: Vec<f64> },
    Function(Box<dyn Fitted>),
    Nothing(String),
}

impl Learnt {
    /// Predicts a target in some rows of a table; `Err` inside says why it cannot.
    pub(super) fn predict(
        &self,
        runs: &Runs,
        about: &Target,
        rows: &[usize],
    ) -> Result<std::result::Result<Vec<f64>, String>> {
        Ok(match self {
            Learnt::Law { model, theta } => {
                let columns = columns(runs, &model.symbols, about, Some(rows))?;
                let views: Vec<&[f64]> = columns.iter().map(|column| column.as_slice()).collect();
                Ok(model.predict(theta, &views, 0..rows.len()))
            }
            Learnt::Function(function) => {
                let mut predicted = vec![0.0; rows.len()];
                function.predict(&mixtures(runs, rows), &mut predicted);
                Ok(predicted)
            }
            Learnt::Nothing(why) => Err(why.clone()),
        })
    }
}
