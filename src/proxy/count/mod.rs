//! Exact counts of pairs of neighbours, in bounded memory.
//!
//! In: chunks of tokens. Out: for each pair and each group of documents how often it is there, in
//! order of pairs. What does not fit into memory is written to disk as sorted runs, which are
//! merged at the end: the counts are the same as in memory, and come in the same order.

mod dense;
mod merge;
mod radix;
mod run;
mod shards;

use std::path::Path;

pub(super) use merge::Merged;
pub(super) use run::Runs;

use super::sequence::{Rule, Start, Stream};
use super::tokens::Ids;
use crate::error::{Error, Result};
use dense::Dense;
use shards::Shards;

/// A pair in a group, and how often it is there.
pub(super) type Entry = (u64, u64);

/// Parts that pairs are sorted into by their first token. All pairs with the same first token are
/// in one part, so parts can be worked on apart from each other.
pub(super) const PARTS: usize = 256;

/// Most groups, and tokens.
pub(super) const GROUPS: u32 = 1 << GROUP_BITS;
const GROUP_BITS: u32 = 6;
const TOKEN_BITS: u32 = 29;
/// The largest number of a token.
pub(super) const TOKENS: u32 = (1 << TOKEN_BITS) - 1;

/// A pair and its group as one number; numbers in order are pairs in order.
fn key(first: u32, second: u32, group: u32) -> u64 {
    let pair = u64::from(first) << TOKEN_BITS | u64::from(second);
    pair << GROUP_BITS | u64::from(group)
}

/// First token, second token and group of a key.
#[allow(clippy::cast_possible_truncation, reason = "these are the bits that were put there")]
pub(super) fn unkey(key: u64) -> (u32, u32, u32) {
    let (pair, group) = (key >> GROUP_BITS, key & u64::from(GROUPS - 1));
    ((pair >> TOKEN_BITS) as u32, (pair & ((1 << TOKEN_BITS) - 1)) as u32, group as u32)
}

/// The part that a first token is in. Within a part the lowest bits of first tokens agree, which
/// leaves less to sort.
fn part(first: u32) -> usize {
    first as usize % PARTS
}

/// The counts of a domain.
pub(super) struct Counts {
    memory: Memory,
    runs: Runs,
}

enum Memory {
    Dense(Dense),
    Shards(Shards),
}

impl Counts {
    /// No counts yet, or those of runs that are there.
    pub(super) fn new(bytes: bool, groups: u32, runs: Runs) -> Counts {
        let memory =
            if bytes { Memory::Dense(Dense::new(groups)) } else { Memory::Shards(Shards::new()) };
        Counts { memory, runs }
    }

    /// Counts a chunk; any number of threads may do so at a time.
    pub(super) fn add(&self, ids: &Ids, documents: &[(usize, u32)], rule: Rule, start: Start) {
        match (&self.memory, ids) {
            (Memory::Dense(dense), Ids::Bytes(tokens)) => {
                dense.add(&Stream { tokens, documents }, rule, start);
            }
            (Memory::Shards(shards), Ids::Words(tokens, _) | Ids::Numbers(tokens)) => {
                shards.add(&Stream { tokens, documents }, rule, start);
            }
            // Bytes are counted densely and nothing else is: `new` is told which.
            _ => {}
        }
    }

    /// Keeps counts within so much memory, if need be on disk. A table of bytes never grows.
    ///
    /// # Errors
    /// [`Error::Output`] naming the file.
    pub(super) fn bound(&mut self, most: usize) -> Result<()> {
        let Memory::Shards(shards) = &mut self.memory else { return Ok(()) };
        if shards.memory() <= most {
            return Ok(());
        }
        shards.settle();
        // What is nearly full would be full again soon.
        if shards.memory() <= most / 2 { Ok(()) } else { self.spill() }
    }

    /// Writes all that is in memory to disk. A table of bytes is small and stays small, but what
    /// shall be there on another day must be written too.
    ///
    /// # Errors
    /// [`Error::Output`] naming the file.
    pub(super) fn spill(&mut self) -> Result<()> {
        let parts = self.drain();
        if parts.iter().all(Vec::is_empty) {
            return Ok(());
        }
        self.runs.write(parts)
    }

    /// The runs on disk.
    pub(super) fn runs(&mut self) -> &mut Runs {
        &mut self.runs
    }

    /// Everything, part by part: what is in memory beside what is on disk.
    pub(super) fn finish(mut self) -> (Vec<Vec<Entry>>, Runs) {
        (self.drain(), self.runs)
    }

    /// The parts, each sorted; nothing is left in memory.
    fn drain(&mut self) -> Vec<Vec<Entry>> {
        match &mut self.memory {
            Memory::Dense(dense) => dense.drain(),
            Memory::Shards(shards) => shards.drain(),
        }
    }
}

/// An error with a file of counts.
fn failed(path: &Path, error: &std::io::Error) -> Error {
    let cause = format!("cannot keep counts on disk: {error}");
    Error::output(path, cause, "make room there, name another folder (--spill), or raise --memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::sequence::Pack;
    use crate::proxy::words::Fresh;

    fn counts(folder: &Path, spill: bool) -> Vec<Entry> {
        let runs = Runs::new(folder, Vec::new(), false);
        let mut counts = Counts::new(false, 3, runs);
        for chunk in 0..100_u32 {
            let tokens: Vec<u32> = (0..50).map(|k| k * k * chunk % 97).collect();
            let ids = Ids::Words(tokens, Fresh::default());
            let rule = Rule { length: 20, pack: Pack::Document };
            counts.add(&ids, &[(20, 0), (50, chunk % 3)], rule, Start::default());
            if spill {
                counts.spill().expect("room on the disk");
            }
        }
        let (memory, runs) = counts.finish();
        assert_eq!(runs.names().is_empty(), !spill);
        let parts = memory.into_iter().enumerate();
        let merged =
            parts.flat_map(|(part, memory)| Merged::new(&runs, part, memory).expect("runs"));
        merged.map(|entry| entry.expect("an entry")).collect()
    }

    /// A hundred runs: they are joined twice on the way.
    #[test]
    fn runs_on_disk_are_the_same_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let spilt = counts(folder.path(), true);
        assert_eq!(spilt, counts(folder.path(), false));
        assert!(spilt.iter().map(|(_, count)| count).sum::<u64>() > 4000);
        let files = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert!(files <= 33, "{files} runs are left");
    }

    #[test]
    fn keys_are_in_the_order_of_pairs() {
        let largest = TOKENS;
        for (first, second, group) in [(0, 0, 0), (1, 2, 3), (largest, largest, 63), (7, 0, 1)] {
            assert_eq!(unkey(key(first, second, group)), (first, second, group));
        }
        assert!(key(1, 0, 0) > key(0, largest, 63) && key(1, 1, 0) > key(1, 0, 63));
    }
}
