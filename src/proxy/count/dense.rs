//! Counts of pairs of bytes: a table with a place for each.
//!
//! In: bytes. Out: counts. Every thread has a table of its own, and they are added up at the end.

use std::sync::{Mutex, PoisonError};

use super::{Entry, PARTS, key, part};
use crate::proxy::sequence::{Rule, Start, Stream};

/// Pairs of bytes.
const PAIRS: usize = 1 << 16;

pub(super) struct Dense {
    groups: u32,
    /// Tables that nobody is using.
    idle: Mutex<Vec<Vec<u64>>>,
}

impl Dense {
    pub(super) fn new(groups: u32) -> Dense {
        Dense { groups, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn add(&self, stream: &Stream<'_, u8>, rule: Rule, start: Start) {
        let size = PAIRS * self.groups as usize;
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The lock must not be held while a table is made or used.
        let spare = idle().pop();
        let mut table = spare.unwrap_or_else(|| vec![0; size]);
        stream.pairs(rule, start, |group, a, b| {
            table[(group << 16 | a << 8 | b) as usize] += 1;
        });
        idle().push(table);
    }

    #[allow(clippy::cast_possible_truncation, reason = "numbers of bytes and groups")]
    pub(super) fn drain(&mut self) -> Vec<Vec<Entry>> {
        let tables = std::mem::take(self.idle.get_mut().unwrap_or_else(PoisonError::into_inner));
        let mut parts = vec![Vec::new(); PARTS];
        for pair in 0..PAIRS {
            for group in 0..self.groups {
                let at = (group as usize) << 16 | pair;
                let count: u64 = tables.iter().map(|table| table[at]).sum();
                if count > 0 {
                    let (first, second) = (pair as u32 >> 8, pair as u32 & 0xff);
                    parts[part(first)].push((key(first, second, group), count));
                }
            }
        }
        parts
    }
}
