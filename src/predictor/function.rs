//! A smooth function of the mixture with its slopes and its curvature, in f64.
//!
//! In: a graph whose parameters are the shares, and a node. Out: values at single mixtures, and at
//! many.

use crate::law::derivative::{gradient, hessian};
use crate::law::graph::{Graph, Id, Node};

/// See the module.
#[derive(Debug, Clone)]
pub struct Function {
    domains: usize,
    graph: Graph,
    root: Id,
    slopes: Vec<Id>,
    /// The upper triangle, row by row.
    bends: Vec<Id>,
    value_order: Vec<Id>,
    slope_order: Vec<Id>,
    bend_order: Vec<Id>,
    /// The values of parameters after the shares.
    held: Vec<f64>,
}

impl Function {
    /// Derives slopes and curvature of `root` along `domains` shares.
    pub fn new(from: &Graph, root: Id, domains: usize) -> Function {
        let mut graph = Graph::default();
        let root = graph.import(from, root, &mut |_, _: Node| None);
        let slopes = gradient(&mut graph, root, domains);
        let bends = hessian(&mut graph, &slopes);
        let value_order = graph.needed(&[root]);
        let slope_order = graph.needed(&[&[root], &slopes[..]].concat());
        let bend_order = graph.needed(&bends);
        let held = Vec::new();
        Function { domains, graph, root, slopes, bends, value_order, slope_order, bend_order, held }
    }

    /// Gives values to parameters after the shares.
    pub fn hold(&mut self, held: Vec<f64>) {
        self.held = held;
    }

    /// Number of shares.
    pub fn domains(&self) -> usize {
        self.domains
    }

    /// The value at a mixture.
    pub fn value(&self, mixture: &[f64]) -> f64 {
        self.run(&self.value_order, mixture)[self.root.index()]
    }

    /// The value and the slopes.
    pub fn slopes(&self, mixture: &[f64]) -> (f64, Vec<f64>) {
        let values = self.run(&self.slope_order, mixture);
        let slopes = self.slopes.iter().map(|id| values[id.index()]).collect();
        (values[self.root.index()], slopes)
    }

    /// The whole matrix of second slopes, row-major.
    pub fn bends(&self, mixture: &[f64]) -> Vec<f64> {
        let values = self.run(&self.bend_order, mixture);
        let mut matrix = vec![0.0; self.domains * self.domains];
        let mut upper = self.bends.iter().map(|id| values[id.index()]);
        for i in 0..self.domains {
            for j in i..self.domains {
                let entry = upper.next().unwrap_or(0.0);
                matrix[i * self.domains + j] = entry;
                matrix[j * self.domains + i] = entry;
            }
        }
        matrix
    }

    fn run(&self, order: &[Id], mixture: &[f64]) -> Vec<f64> {
        // Slopes and curvature come after the value in the graph: no room for what is not needed.
        let room = order.last().map_or(0, |last| last.index() + 1);
        let mut values = vec![0.0; room];
        for &id in order {
            let share = |k: u32| match (k as usize).checked_sub(self.domains) {
                None => mixture.get(k as usize).copied().unwrap_or(f64::NAN),
                Some(place) => self.held.get(place).copied().unwrap_or(f64::NAN),
            };
            values[id.index()] = self.graph.evaluate(id, &values, |_| f64::NAN, share);
        }
        values
    }
}
