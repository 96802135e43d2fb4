//! The worth of a lattice's points by the formula itself, which decides.
//!
//! In: a graph whose parameters are the shares, and a node. Out: its value at points of the lattice.

use crate::law::graph::{Graph, Id, Node};

/// See the module.
#[derive(Debug, Clone)]
pub struct Formula {
    /// Shares are its parameters.
    pub graph: Graph,
    /// What a point is worth.
    pub root: Id,
    order: Vec<Id>,
    values: Vec<f64>,
    steps: usize,
}

impl Formula {
    /// A node over shares of so many steps.
    pub fn new(graph: &Graph, root: Id, steps: usize) -> Formula {
        let mut own = Graph::default();
        let root = own.import(graph, root, &mut |_, _| None);
        let (order, values) = (own.needed(&[root]), vec![0.0; own.len()]);
        Formula { graph: own, root, order, values, steps }
    }

    /// Its operations, operands first.
    pub fn nodes(&self) -> impl Iterator<Item = (Id, Node)> {
        self.order.iter().map(|&id| (id, self.graph.node(id)))
    }

    /// The value at a point.
    #[allow(clippy::cast_precision_loss, reason = "steps are few")]
    pub fn at(&mut self, point: &[usize]) -> f64 {
        for &id in &self.order {
            let share = |k: u32| point[k as usize] as f64 / self.steps as f64;
            self.values[id.index()] = self.graph.evaluate(id, &self.values, |_| f64::NAN, share);
        }
        self.values[self.root.index()]
    }
}
