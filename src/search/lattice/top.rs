//! The best points seen so far.
//!
//! In: values and points. Out: the `most` least, by value and then by the order of the points.

use std::cmp::Ordering;

/// A point of the lattice and its value.
pub(super) type Scored = (f64, Vec<usize>);

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Top {
    most: usize,
    best: Vec<Scored>,
}

fn order(a: &Scored, b: &Scored) -> Ordering {
    a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
}

impl Top {
    pub(super) fn new(most: usize) -> Top {
        Top { most, best: Vec::new() }
    }

    /// A value above this is not among them.
    pub(super) fn threshold(&self) -> f64 {
        match self.best.last() {
            Some(last) if self.best.len() == self.most => last.0,
            _ => f64::INFINITY,
        }
    }

    pub(super) fn offer(&mut self, scored: Scored) {
        let place = self.best.partition_point(|known| order(known, &scored).is_lt());
        if place < self.most {
            self.best.insert(place, scored);
            self.best.truncate(self.most);
        }
    }

    pub(super) fn merge(&mut self, other: Top) {
        other.best.into_iter().for_each(|scored| self.offer(scored));
    }

    pub(super) fn into_best(self) -> Vec<Scored> {
        self.best
    }
}
