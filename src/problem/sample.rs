//! The rows that fits of one law to one target see, as columns that programs read.
//!
//! In: one column a symbol. Out: feature columns of each program, computed once on first use;
//! a feature that is a table column is shared, not copied.

use std::sync::{Arc, OnceLock};

use super::forms::Forms;
use crate::law::graph::{Graph, Id, Node};
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
    value: OnceLock<Columns>,
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
            value: OnceLock::new(),
            surface: OnceLock::new(),
        }
    }

    /// The observations.
    pub fn target(&self) -> &[f64] {
        self.columns.last().map_or(&[], |column| column.as_slice())
    }

    /// The columns of [`Forms::normal`].
    pub fn normal(&self, forms: &Forms) -> &Columns {
        self.normal.get_or_init(|| self.features(&forms.normal, None))
    }

    /// The columns of [`Forms::projector`], or of `normal` where that serves.
    pub fn projector(&self, forms: &Forms) -> &Columns {
        match &forms.projector {
            Some(program) => self.projector.get_or_init(|| self.features(program, None)),
            None => self.normal(forms),
        }
    }

    /// The columns of [`Forms::newton`].
    pub fn newton(&self, forms: &Forms) -> &Columns {
        self.newton.get_or_init(|| self.features(forms.newton(), None))
    }

    /// The columns of [`Forms::value`].
    pub fn value(&self, forms: &Forms) -> &Columns {
        self.value.get_or_init(|| self.features(&forms.value, None))
    }

    /// The columns of [`Forms::surface`].
    pub fn surface(&self, forms: &Forms) -> &Columns {
        self.surface.get_or_init(|| self.features(forms.surface(), None))
    }

    /// Some of the rows, with what is computed of them: nothing is computed anew.
    pub(super) fn gather(&self, forms: &Forms, rows: &[usize]) -> Sample {
        let pick = |columns: &Columns| -> Columns {
            let column =
                |from: &Arc<Vec<f64>>| Arc::new(rows.iter().map(|&row| from[row]).collect());
            columns.iter().map(column).collect()
        };
        Sample {
            columns: pick(&self.columns),
            normal: pick(self.normal(forms)).into(),
            projector: match &forms.projector {
                Some(_) => pick(self.projector(forms)).into(),
                None => OnceLock::new(),
            },
            newton: pick(self.newton(forms)).into(),
            value: pick(self.value(forms)).into(),
            surface: OnceLock::new(),
        }
    }

    /// The same rows with other observations; what does not depend on these is shared.
    pub fn with_target(&self, forms: &Forms, target: Vec<f64>) -> Sample {
        let mut columns = self.columns.clone();
        if let Some(last) = columns.last_mut() {
            *last = Arc::new(target);
        }
        let other = Sample::new(columns);
        let kept = |program: &Program, known: &Columns| other.features(program, Some(known)).into();
        Sample {
            normal: kept(&forms.normal, self.normal(forms)),
            newton: kept(forms.newton(), self.newton(forms)),
            value: kept(&forms.value, self.value(forms)),
            ..other
        }
    }

    /// The columns of a program; those that do not depend on the observations may be `known`.
    fn features(&self, program: &Program, known: Option<&Columns>) -> Columns {
        let target = self.columns.len() - 1;
        let of_target = |graph: &Graph, id: Id| {
            let nodes = graph.needed(&[id]).into_iter().map(|id| graph.node(id));
            nodes.into_iter().any(|node| matches!(node, Node::Column(c) if c as usize == target))
        };
        program.features(
            |column| Arc::clone(&self.columns[column as usize]),
            |place, graph, id| match known {
                Some(known) if !of_target(graph, id) => Arc::clone(&known[place]),
                _ => Arc::new(self.compute(graph, id)),
            },
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
