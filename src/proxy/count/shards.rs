//! Counts of pairs of numbers: a hash table for each part.
//!
//! In: numbers. Out: counts. A thread sorts the pairs of a chunk into parts, and then holds one part
//! after the other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::FixedState;

use super::{Entry, PARTS, key, part};
use crate::proxy::sequence::{Rule, Start, Stream};

type Table = HashMap<u64, u64, FixedState>;

/// Bytes that a place of a table takes: key, count and a byte of the hash, at the load that tables
/// have when they are full.
const EACH: usize = 20;

pub(super) struct Shards {
    tables: Vec<Mutex<Table>>,
    /// Where the next thread begins, so that not all wait for the first.
    turn: AtomicUsize,
}

impl Shards {
    pub(super) fn new() -> Shards {
        let tables = (0..PARTS).map(|_| Mutex::new(Table::default())).collect();
        Shards { tables, turn: AtomicUsize::new(0) }
    }

    pub(super) fn add(&self, stream: &Stream<'_, u32>, rule: Rule, start: Start) {
        let mut sorted = vec![Vec::new(); PARTS];
        stream.pairs(rule, start, |group, a, b| sorted[part(a)].push(key(a, b, group)));
        let turn = self.turn.fetch_add(PARTS / 8 + 1, Ordering::Relaxed);
        for at in (0..PARTS).map(|at| (at + turn) % PARTS) {
            let mut table = self.tables[at].lock().unwrap_or_else(PoisonError::into_inner);
            for &key in &sorted[at] {
                *table.entry(key).or_insert(0) += 1;
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        let one = |table: &Mutex<Table>| {
            table.lock().unwrap_or_else(PoisonError::into_inner).capacity() * EACH
        };
        self.tables.iter().map(one).sum()
    }

    pub(super) fn drain(&mut self) -> Vec<Vec<Entry>> {
        let one = |table: &mut Mutex<Table>| {
            let table = table.get_mut().unwrap_or_else(PoisonError::into_inner);
            let mut entries: Vec<Entry> = std::mem::take(table).into_iter().collect();
            entries.sort_unstable();
            entries
        };
        self.tables.iter_mut().map(one).collect()
    }
}
