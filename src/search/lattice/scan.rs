//! The values of the points of a line of the lattice.
//!
//! In: [`Terms`], or any formula. Out: one value a point, in f64, in the same order of operations
//! whoever asks.

use super::terms::Terms;
use crate::engine::cpu::pass::Level;
use crate::lattice::Line;
use crate::law::graph::{Graph, Id};

/// What gives values; each thread has its own.
#[derive(Debug, Clone)]
pub(super) enum Scanner {
    Tables(Tables),
    Formula(Formula),
}

/// Terms, laid out for lines.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    constant: f64,
    products: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    factor: f64,
    /// A table for each share of the prefix that it depends on.
    heads: Vec<(usize, Vec<f64>)>,
    /// The table of the last share but one, if it depends on that.
    along: Option<Vec<f64>>,
    /// The table of the last share, backwards: as one rises the other falls.
    against: Option<Vec<f64>>,
}

impl Tables {
    pub(super) fn new(terms: Terms, domains: usize) -> Tables {
        let row = |mut product: super::terms::Product| {
            let against = product.tables.remove(&(domains - 1)).map(|mut table| {
                table.reverse();
                table
            });
            let along = product.tables.remove(&(domains - 2));
            let heads = product.tables.into_iter().collect();
            Row { factor: product.factor, heads, along, against }
        };
        Tables { constant: terms.constant, products: terms.products.into_iter().map(row).collect() }
    }

    #[inline(always)]
    fn fill(&self, prefix: &[usize], line: Line, values: &mut [f64]) {
        values.fill(self.constant);
        for row in &self.products {
            let head = row.heads.iter().map(|(k, table)| table[prefix[*k]]);
            let head = head.fold(row.factor, |product, x| product * x);
            let along = row.along.as_ref().map(|table| &table[line.from..=line.to]);
            let against = row.against.as_ref().map(|table| {
                let first = table.len() - 1 - line.left + line.from;
                &table[first..=first + line.to - line.from]
            });
            match (along, against) {
                (None, None) => values.iter_mut().for_each(|value| *value += head),
                (Some(x), None) | (None, Some(x)) => {
                    values.iter_mut().zip(x).for_each(|(value, x)| *value += head * x);
                }
                (Some(x), Some(y)) => {
                    let pairs = x.iter().zip(y);
                    values.iter_mut().zip(pairs).for_each(|(value, (x, y))| *value += head * x * y);
                }
            }
        }
    }
}

/// Any formula, point by point.
#[derive(Debug, Clone)]
pub(super) struct Formula {
    graph: Graph,
    root: Id,
    order: Vec<Id>,
    values: Vec<f64>,
    steps: usize,
}

impl Formula {
    pub(super) fn new(graph: &Graph, root: Id, steps: usize) -> Formula {
        let (order, values) = (graph.needed(&[root]), vec![0.0; graph.len()]);
        Formula { graph: graph.clone(), root, order, values, steps }
    }

    #[allow(clippy::cast_precision_loss, reason = "steps are few")]
    fn fill(&mut self, prefix: &[usize], line: Line, values: &mut [f64]) {
        let mut point: Vec<usize> = [prefix, &[0, 0]].concat();
        let last = point.len() - 1;
        for (value, n) in values.iter_mut().zip(line.from..) {
            (point[last - 1], point[last]) = (n, line.left - n);
            for &id in &self.order {
                let share = |k: u32| point[k as usize] as f64 / self.steps as f64;
                self.values[id.index()] =
                    self.graph.evaluate(id, &self.values, |_| f64::NAN, share);
            }
            *value = self.values[self.root.index()];
        }
    }
}

impl Scanner {
    /// Fills `values`, one a point of the line, and gives the least of them; infinity where none
    /// is a number.
    pub(super) fn fill(&mut self, prefix: &[usize], line: Line, values: &mut [f64]) -> f64 {
        match self {
            Scanner::Formula(formula) => {
                formula.fill(prefix, line, values);
                least(values)
            }
            Scanner::Tables(tables) => match Level::get() {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `Level::get` has seen that this processor has the features.
                Level::Avx512 => unsafe { fill_avx512(tables, prefix, line, values) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: as above.
                Level::Avx2 => unsafe { fill_avx2(tables, prefix, line, values) },
                Level::Portable => {
                    tables.fill(prefix, line, values);
                    least(values)
                }
            },
        }
    }
}

#[inline(always)]
fn least(values: &[f64]) -> f64 {
    values.iter().fold(f64::INFINITY, |least, x| if *x < least { *x } else { least })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn fill_avx512(tables: &Tables, prefix: &[usize], line: Line, values: &mut [f64]) -> f64 {
    tables.fill(prefix, line, values);
    least(values)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn fill_avx2(tables: &Tables, prefix: &[usize], line: Line, values: &mut [f64]) -> f64 {
    tables.fill(prefix, line, values);
    least(values)
}
