//! Whether a function is convex on a cell, shown from ranges of its second slopes.
//!
//! In: a formula, a box of shares. Out: yes, or not shown. Near a minimum most functions are convex,
//! though the rules for their formulas do not say so.

use crate::law::derivative::{gradient, hessian};
use crate::law::graph::{Graph, Id};
use crate::numeric::factor;
use crate::predictor::{enclose, middle as middle_of};

/// A function's second slopes: the upper triangle, row by row.
pub(super) struct Shape {
    graph: Graph,
    bends: Vec<Id>,
    domains: usize,
}

impl Shape {
    pub(super) fn new(graph: &Graph, root: Id, domains: usize) -> Shape {
        let mut graph = graph.clone();
        let slopes = gradient(&mut graph, root, domains);
        let bends = hessian(&mut graph, &slopes);
        Shape { graph, bends, domains }
    }

    /// Whether every matrix within the ranges is positive definite along the simplex. With any
    /// positive `d`, a symmetric matrix of entries of sizes at most `R` is nowhere below
    /// `-diag(sum_j R_ij d_j / d_i)`; what is left is factored.
    pub(super) fn is_convex(&self, low: &[f64], high: &[f64]) -> bool {
        let count = self.domains;
        let ranges = enclose(&self.graph, &self.bends, [low, high], &middle_of(low, high));
        if ranges.iter().any(|range| !(range.low.is_finite() && range.high.is_finite())) {
            return false;
        }
        let (mut middle, mut radius) = (vec![0.0; count * count], vec![0.0; count * count]);
        let mut upper = ranges.iter();
        for i in 0..count {
            for (j, range) in (i..count).zip(&mut upper) {
                for place in [i * count + j, j * count + i] {
                    middle[place] = 0.5 * (range.low + range.high);
                    radius[place] = 0.5 * (range.high - range.low);
                }
            }
        }
        let largest = (0..count).map(|i| middle[i * (count + 1)].abs()).fold(0.0, f64::max);
        let scale: Vec<f64> = (0..count)
            .map(|i| middle[i * (count + 1)].abs().max(1e-6 * largest).sqrt().recip())
            .collect();
        for i in 0..count {
            let off = (0..count).map(|j| radius[i * count + j] * scale[j] / scale[i]);
            middle[i * (count + 1)] -= off.sum::<f64>();
        }
        // A multiple of the matrix of ones does not count along the simplex.
        middle.iter_mut().for_each(|entry| *entry += 1e3 * largest);
        factor(&mut middle, count, 1e-9 * largest)
    }
}
