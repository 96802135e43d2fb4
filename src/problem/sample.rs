//! The rows that fits of one law to one target see, as columns that programs read.
//!
//! In: one column a symbol. Out: feature columns of each program, computed once on first use;
//! a feature that is a table column is shared, not copied.

use std::sync::{Arc, OnceLock};

use super::forms::Forms;
use crate::law::graph::{Graph, Id};
use crate::law::program::Program;

/// Feature columns, all of the same length.
pub type Columns = Vec<Arc<Vec<f64>>>;

/// Rows for the fits of one law to one target, groups one after another.
#[derive(Debug)]
pub struct Sample {
    /// One column for each of the symbols of the [`Forms`], the target last.
    pub columns: Columns,
    normal: OnceLock<Columns>,
    projector: OnceLock<Columns>,
    newton: OnceLock<Columns>,
    surface: OnceLock<Columns>,
}

impl Sample {
    /// A sample of given columns.
    pub fn new(columns: Columns) -> Sample {
        Sample {
            columns,
            normal: OnceLock::new(),
            projector: OnceLock::new(),
            newton: OnceLock::new(),
            surface: OnceLock::new(),
        }
    }

    /// The observations.
    pub fn target(&self) -> &[f64] {
        self.columns.last().map_or(&[], |column| column.as_slice())
    }

    /// The columns of [`Forms::normal`].
    pub fn normal(&self, forms: &Forms) -> &Columns {
        self.normal.get_or_init(|| self.features(&forms.normal))
    }

    /// The columns of [`Forms::projector`], or of `normal` where that serves.
    pub fn projector(&self, forms: &Forms) -> &Columns {
        match &forms.projector {
            Some(program) => self.projector.get_or_init(|| self.features(program)),
            None => self.normal(forms),
        }
    }

    /// The columns of [`Forms::newton`].
    pub fn newton(&self, forms: &Forms) -> &Columns {
        self.newton.get_or_init(|| self.features(forms.newton()))
    }

    /// The columns of [`Forms::surface`].
    pub fn surface(&self, forms: &Forms) -> &Columns {
        self.surface.get_or_init(|| self.features(forms.surface()))
    }

    fn features(&self, program: &Program) -> Columns {
        program.features(
            |column| Arc::clone(&self.columns[column as usize]),
            |graph, id| Arc::new(self.compute(graph, id)),
        )
    }

    fn compute(&self, graph: &Graph, id: Id) -> Vec<f64> {
        let order = graph.needed(&[id]);
        let mut values = vec![0.0; graph.len()];
        (0..self.target().len())
            .map(|row| {
                for &step in &order {
                    values[step.index()] = graph.evaluate(
                        step,
                        &values,
                        |column| self.columns[column as usize][row],
                        |_| f64::NAN,
                    );
                }
                values[id.index()]
            })
            .collect()
    }
}
