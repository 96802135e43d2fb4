//! Counts of pairs of numbers: sorted lists, one for each part.
//!
//! In: numbers. Out: counts. A thread deals the pairs of a chunk out to parts, and then holds one part
//! after the other. A part gathers keys until they are twice as many as its counts, then sorts
//! them and adds them up: each key is moved a few times only, mostly within caches, where a table of
//! hashes would wait for memory at every key.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::radix::sort;
use super::{Entry, PARTS, key, part};
use crate::proxy::sequence::{Rule, Start, Stream};

/// Keys that a part gathers at least before it counts them: 16 MiB in all parts.
const GATHERED: usize = 1 << 13;

pub(super) struct Shards {
    parts: Vec<Mutex<Part>>,
    /// Where the next thread begins, so that not all wait for the first.
    turn: AtomicUsize,
}

impl Shards {
    pub(super) fn new() -> Shards {
        let parts = (0..PARTS).map(|_| Mutex::new(Part::default())).collect();
        Shards { parts, turn: AtomicUsize::new(0) }
    }

    pub(super) fn add(&self, stream: &Stream<'_, u32>, rule: Rule, start: Start) {
        let room = 2 * stream.tokens.len() / PARTS;
        let mut dealt: Vec<Vec<u64>> = (0..PARTS).map(|_| Vec::with_capacity(room)).collect();
        stream.pairs(rule, start, |group, a, b| dealt[part(a)].push(key(a, b, group)));
        let turn = self.turn.fetch_add(PARTS / 8 + 1, Ordering::Relaxed);
        let mut spare = Vec::new();
        for at in (0..PARTS).map(|at| (at + turn) % PARTS) {
            let mut part = self.parts[at].lock().unwrap_or_else(PoisonError::into_inner);
            part.take(&dealt[at], &mut spare);
        }
    }

    pub(super) fn memory(&self) -> usize {
        let one = |part: &Mutex<Part>| part.lock().unwrap_or_else(PoisonError::into_inner).memory();
        self.parts.iter().map(one).sum()
    }

    /// Counts what is gathered, which takes less memory afterwards.
    pub(super) fn settle(&mut self) {
        self.parts.par_iter_mut().for_each(|part| {
            let part = part.get_mut().unwrap_or_else(PoisonError::into_inner);
            part.settle(&mut Vec::new());
            part.keys = Vec::new();
        });
    }

    pub(super) fn drain(&mut self) -> Vec<Vec<Entry>> {
        self.settle();
        let one = |part: &mut Mutex<Part>| {
            std::mem::take(&mut part.get_mut().unwrap_or_else(PoisonError::into_inner).counts)
        };
        self.parts.iter_mut().map(one).collect()
    }
}

/// The pairs of some first tokens.
#[derive(Debug, Default)]
struct Part {
    /// In order.
    counts: Vec<Entry>,
    /// Not yet counted.
    keys: Vec<u64>,
}

impl Part {
    fn take(&mut self, keys: &[u64], spare: &mut Vec<u64>) {
        self.keys.extend_from_slice(keys);
        if self.keys.len() >= (2 * self.counts.len()).max(GATHERED) {
            self.settle(spare);
        }
    }

    fn settle(&mut self, spare: &mut Vec<u64>) {
        sort(&mut self.keys, spare);
        self.counts = joined(&self.counts, &self.keys);
        self.keys.clear();
    }

    fn memory(&self) -> usize {
        self.counts.capacity() * size_of::<Entry>() + self.keys.capacity() * size_of::<u64>()
    }
}

/// Counts with sorted keys added.
fn joined(counts: &[Entry], keys: &[u64]) -> Vec<Entry> {
    let same = |a: &u64, b: &u64| a == b;
    let mut all = Vec::with_capacity(counts.len() + keys.chunk_by(same).count());
    let mut old = counts.iter().copied().peekable();
    for run in keys.chunk_by(same) {
        let key = run[0];
        while let Some(entry) = old.next_if(|entry| entry.0 < key) {
            all.push(entry);
        }
        let before = old.next_if(|entry| entry.0 == key).map_or(0, |entry| entry.1);
        all.push((key, before + run.len() as u64));
    }
    all.extend(old);
    all.shrink_to_fit();
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::mix;

    #[test]
    fn keys_in_any_order_are_counted() {
        let (mut part, mut known) = (Part::default(), BTreeMap::<u64, u64>::new());
        for turn in 0..40_u64 {
            let keys: Vec<u64> =
                (0..5000).map(|k| mix(turn << 32 | k) % (3 + turn * 400)).collect();
            keys.iter().for_each(|key| *known.entry(*key).or_default() += 1);
            part.take(&keys, &mut Vec::new());
        }
        assert!(!part.counts.is_empty() && !part.keys.is_empty());
        part.settle(&mut Vec::new());
        assert_eq!(part.counts, known.into_iter().collect::<Vec<_>>());
    }
}
