//! The best points seen so far.
//!
//! In: values and points. Out: the `most` least, by value and then by the order of the points. A
//! point that is offered twice is there once, so that a part of a lattice may be looked at again.

use std::cmp::Ordering;

/// A point of the lattice and its value.
pub(super) type Scored = (f64, Vec<usize>);

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Top {
    most: usize,
    best: Vec<Scored>,
}

fn order(a: (f64, &[usize]), b: (f64, &[usize])) -> Ordering {
    a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1))
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

    pub(super) fn offer(&mut self, value: f64, point: &[usize]) {
        let new = (value, point);
        let place = self.best.partition_point(|(v, p)| order((*v, p), new).is_lt());
        let known = self.best.get(place).is_some_and(|(v, p)| order((*v, p), new).is_eq());
        if place < self.most && !known {
            self.best.insert(place, (value, point.to_vec()));
            self.best.truncate(self.most);
        }
    }

    pub(super) fn merge(&mut self, other: &Top) {
        other.best.iter().for_each(|(value, point)| self.offer(*value, point));
    }

    pub(super) fn best(&self) -> &[Scored] {
        &self.best
    }
}
