//! Backward tables of least sums: what the rest of a chain of choices costs at best.
//!
//! In: items in order, each with its choices. Out: for each item on, each number of steps left and
//! each number of domains that may still be used, the least cost and the number of ways.

use rayon::prelude::*;

use crate::engine::Watch;
use crate::error::{Error, Result};

/// One way to settle an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    pub(super) steps: usize,
    /// Domains with a share; 0 where they are not counted.
    pub(super) uses: usize,
    /// Infinite where the objective is no number.
    pub(super) cost: f64,
    /// In how many ways.
    pub(super) ways: f64,
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    /// Choices in the order of their steps.
    pub(super) items: Vec<Vec<Choice>>,
    /// Domains that may be used.
    limit: usize,
    /// `rest[j]`: from item `j` on, by steps left and then by uses left.
    rest: Vec<Vec<f64>>,
    ways: Vec<f64>,
}

impl Chain {
    /// Makes the tables. With `exact`, all uses must be used up.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when told to stop.
    pub(super) fn new(
        items: Vec<Vec<Choice>>,
        steps: usize,
        limit: usize,
        exact: bool,
        watch: &Watch,
    ) -> Result<Chain> {
        let width = limit + 1;
        let mut last = (vec![f64::INFINITY; (steps + 1) * width], vec![0.0; (steps + 1) * width]);
        for uses in 0..if exact { 1 } else { width } {
            (last.0[uses], last.1[uses]) = (0.0, 1.0);
        }
        let mut ways = last.1;
        let mut rest = vec![last.0];
        for item in items.iter().rev() {
            let after = (&rest[rest.len() - 1], &ways);
            let state = |state: usize| best(item, state / width, state % width, width, after);
            let (costs, counts) = (0..(steps + 1) * width).into_par_iter().map(state).unzip();
            rest.push(costs);
            ways = counts;
            if watch.stopped() {
                return Err(Error::Interrupted);
            }
        }
        rest.reverse();
        Ok(Chain { items, limit, rest, ways })
    }

    /// The least cost of the items from `item` on; infinite where there is no way.
    pub(super) fn rest(&self, item: usize, steps: usize, uses: usize) -> f64 {
        self.rest[item][steps * (self.limit + 1) + uses]
    }

    /// The ways to settle all items.
    pub(super) fn ways(&self, steps: usize, uses: usize) -> f64 {
        self.ways[steps * (self.limit + 1) + uses]
    }
}

/// Sums run from the last item to the first, so that a least cost is the cost of a way to the bit.
fn best(
    item: &[Choice],
    left: usize,
    uses: usize,
    width: usize,
    (rest, ways): (&Vec<f64>, &Vec<f64>),
) -> (f64, f64) {
    let possible = item.iter().take_while(|choice| choice.steps <= left);
    let possible = possible.filter(|choice| choice.uses <= uses);
    possible.fold((f64::INFINITY, 0.0), |(least, count), choice| {
        let place = (left - choice.steps) * width + uses - choice.uses;
        let cost = choice.cost + rest[place];
        (if cost < least { cost } else { least }, choice.ways.mul_add(ways[place], count))
    })
}
