//! The best of many, in memory for as many as are wanted.
//!
//! In: values with labels, in any order. Out: the `most` least, by value and then by label. What is
//! offered twice is there once, so that a part may be looked at again.

use std::cmp::Ordering;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Best<T> {
    most: usize,
    kept: Vec<(f64, T)>,
}

fn order<T: Ord>(a: &(f64, T), b: &(f64, T)) -> Ordering {
    a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
}

impl<T: Ord> Best<T> {
    pub(super) fn new(most: usize) -> Best<T> {
        Best { most, kept: Vec::new() }
    }

    /// A value above this is not among them.
    pub(super) fn threshold(&self) -> f64 {
        match self.kept.last() {
            Some(last) if self.kept.len() == self.most => last.0,
            _ => f64::INFINITY,
        }
    }

    pub(super) fn offer(&mut self, value: f64, label: T) {
        let scored = (value, label);
        let place = self.kept.partition_point(|known| order(known, &scored).is_lt());
        let known = self.kept.get(place).is_some_and(|known| order(known, &scored).is_eq());
        if place < self.most && !known {
            self.kept.insert(place, scored);
            self.kept.truncate(self.most);
        }
    }

    pub(super) fn merge(&mut self, other: Best<T>) {
        other.kept.into_iter().for_each(|(value, label)| self.offer(value, label));
    }

    /// Values and labels, best first.
    pub(super) fn kept(&self) -> &[(f64, T)] {
        &self.kept
    }

    /// Labels, best first.
    pub(super) fn into_labels(self) -> impl Iterator<Item = T> {
        self.kept.into_iter().map(|(_, label)| label)
    }
}
