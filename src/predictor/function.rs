//! A smooth function of the mixture with its slopes and its curvature, in f64.
//!
//! In: a graph whose parameters are the shares, and a node. Out: values at single mixtures, and at
//! many.

use crate::law::derivative::{Edge, edges, gradient};
use crate::law::graph::{Graph, Id, Node};

/// Shares along which curvature is taken at once.
const LANES: usize = 8;

/// See the module.
#[derive(Debug, Clone)]
pub struct Function {
    domains: usize,
    graph: Graph,
    root: Id,
    slopes: Vec<Id>,
    /// The slopes' own slopes, a step at a time: curvature is carried along them. Its formula would
    /// be as long as all targets times the square of the domains.
    edges: Vec<Edge>,
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
        let edges = edges(&mut graph, &slopes);
        let value_order = graph.needed(&[root]);
        let slope_order = graph.needed(&[&slopes[..], &[root]].concat());
        let steps: Vec<Id> = edges.iter().map(|edge| edge.slope).collect();
        let bend_order = graph.needed(&steps);
        let held = Vec::new();
        Function { domains, graph, root, slopes, edges, value_order, slope_order, bend_order, held }
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
        let mut tangents = vec![[0.0; LANES]; self.graph.len()];
        for first in (0..self.domains).step_by(LANES) {
            self.carry(&values, first, &mut tangents);
            for (i, slope) in self.slopes.iter().enumerate() {
                for (j, bend) in (first..self.domains).zip(tangents[slope.index()]) {
                    // Both halves are the lower one, so that the matrix is symmetric to the bit.
                    if j <= i {
                        matrix[i * self.domains + j] = bend;
                        matrix[j * self.domains + i] = bend;
                    }
                }
            }
        }
        matrix
    }

    /// The slopes of all nodes along the shares from `first` on.
    fn carry(&self, values: &[f64], first: usize, tangents: &mut [[f64; LANES]]) {
        tangents.fill([0.0; LANES]);
        for &id in &self.slope_order {
            if let Node::Param(k) = self.graph.node(id)
                && let Some(lane) = (k as usize).checked_sub(first).filter(|lane| *lane < LANES)
            {
                tangents[id.index()][lane] = 1.0;
            }
        }
        for edge in &self.edges {
            let (slope, from) = (values[edge.slope.index()], tangents[edge.from.index()]);
            for (sum, x) in tangents[edge.into.index()].iter_mut().zip(from) {
                // An infinite slope along what does not change is no change.
                *sum += if x == 0.0 { 0.0 } else { slope * x };
            }
        }
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
