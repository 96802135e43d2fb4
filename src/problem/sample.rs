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
    /// Where the rows were picked from, if they were.
    picked: Option<Picked>,
    normal: OnceLock<Columns>,
    projector: OnceLock<Columns>,
    newton: OnceLock<Columns>,
    value: OnceLock<Columns>,
    surface: OnceLock<Columns>,
}

/// Some rows of another sample.
#[derive(Debug)]
struct Picked {
    from: Arc<Sample>,
    rows: Vec<usize>,
}

impl Picked {
    fn columns(&self, of: &Columns) -> Columns {
        let column = |of: &Arc<Vec<f64>>| self.rows.iter().map(|&row| of[row]).collect();
        of.iter().map(|of| Arc::new(column(of))).collect()
    }
}

impl Sample {
    /// A sample of given columns.
    pub fn new(columns: Columns) -> Sample {
        Sample {
            columns,
            picked: None,
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
        self.normal.get_or_init(|| self.made(&forms.normal, |from| from.normal(forms)))
    }

    /// The columns of [`Forms::projector`], or of `normal` where that serves.
    pub fn projector(&self, forms: &Forms) -> &Columns {
        match &forms.projector {
            Some(program) => {
                self.projector.get_or_init(|| self.made(program, |from| from.projector(forms)))
            }
            None => self.normal(forms),
        }
    }

    /// The columns of [`Forms::newton`].
    pub fn newton(&self, forms: &Forms) -> &Columns {
        self.newton.get_or_init(|| self.made(forms.newton(), |from| from.newton(forms)))
    }

    /// The columns of [`Forms::value`].
    pub fn value(&self, forms: &Forms) -> &Columns {
        self.value.get_or_init(|| self.made(&forms.value, |from| from.value(forms)))
    }

    /// The columns of [`Forms::surface`].
    pub fn surface(&self, forms: &Forms) -> &Columns {
        self.surface.get_or_init(|| self.made(forms.surface(), |from| from.surface(forms)))
    }

    /// Some of the rows; what has been computed of them is not computed anew.
    pub(super) fn pick(self: &Arc<Sample>, rows: Vec<usize>) -> Sample {
        let picked = Picked { from: Arc::clone(self), rows };
        Sample {
            columns: picked.columns(&self.columns),
            picked: Some(picked),
            ..Sample::new(Vec::new())
        }
    }

    /// The columns of a program, which are picked where all rows have them.
    fn made(&self, program: &Program, of: impl Fn(&Sample) -> &Columns) -> Columns {
        match &self.picked {
            Some(picked) => picked.columns(of(&picked.from)),
            None => self.features(program, None),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::workloads;

    #[test]
    fn what_is_picked_is_what_the_picked_rows_give() {
        let rows = [5, 3, 200, 5];
        let pick = |column: &Arc<Vec<f64>>| Arc::new(rows.iter().map(|&row| column[row]).collect());
        for work in workloads() {
            let (forms, all) = (&work.problem.forms, &work.problem.sample);
            let picked = all.pick(rows.to_vec());
            let fresh = Sample::new(all.columns.iter().map(pick).collect());
            assert_eq!(picked.target(), fresh.target());
            let columns: [fn(&Sample, &Forms) -> Columns; 5] = [
                |sample, forms| sample.normal(forms).clone(),
                |sample, forms| sample.projector(forms).clone(),
                |sample, forms| sample.newton(forms).clone(),
                |sample, forms| sample.value(forms).clone(),
                |sample, forms| sample.surface(forms).clone(),
            ];
            for columns in columns {
                assert!(!columns(&fresh, forms).is_empty());
                assert_eq!(columns(&picked, forms), columns(&fresh, forms), "{}", work.name);
            }
        }
    }
}
