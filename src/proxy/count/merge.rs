//! Sorted counts from several places as one sorted list.
//!
//! In: a part of every run, and of what is in memory. Out: its entries in order, each key once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use super::{Entry, Runs};
use crate::error::Result;

type Source<'a> = Box<dyn Iterator<Item = io::Result<Entry>> + Send + 'a>;

/// See the module.
pub(in crate::proxy) struct Merged<'a> {
    sources: Vec<Source<'a>>,
    /// The next entry of each source: key, source, count.
    heads: BinaryHeap<Reverse<(u64, usize, u64)>>,
    /// What went wrong before the first entry.
    failed: Option<io::Error>,
}

impl Merged<'_> {
    /// The entries of a part.
    ///
    /// # Errors
    /// [`crate::error::Error::Output`] where a run cannot be opened.
    pub(in crate::proxy) fn new(
        runs: &Runs,
        part: usize,
        memory: Vec<Entry>,
    ) -> Result<Merged<'static>> {
        let mut sources: Vec<Source<'static>> = vec![Box::new(memory.into_iter().map(Ok))];
        for run in runs.open(part)? {
            sources.push(Box::new(run));
        }
        let mut merged = Merged { sources, heads: BinaryHeap::new(), failed: None };
        for source in 0..merged.sources.len() {
            if let Err(error) = merged.pull(source) {
                merged.failed = Some(error);
            }
        }
        Ok(merged)
    }

    fn pull(&mut self, source: usize) -> io::Result<()> {
        if let Some(entry) = self.sources[source].next() {
            let (key, count) = entry?;
            self.heads.push(Reverse((key, source, count)));
        }
        Ok(())
    }

    fn take(&mut self) -> io::Result<Option<Entry>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some(Reverse((key, source, mut sum))) = self.heads.pop() else { return Ok(None) };
        self.pull(source)?;
        while let Some(&Reverse((same, source, count))) = self.heads.peek()
            && same == key
        {
            self.heads.pop();
            sum += count;
            self.pull(source)?;
        }
        Ok(Some((key, sum)))
    }
}

impl Iterator for Merged<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<io::Result<Entry>> {
        self.take().transpose()
    }
}
