//! A chunk of raw records made ready to be counted.
//!
//! In: a chunk. Out: tokens, groups and vectors of its documents, and what was wrong with them. This
//! is done for many chunks at a time; nothing here depends on another chunk.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::embed::Embedder;
use super::gram::Vectors;
use super::jackknife::group;
use super::pick::pick;
use super::source::{Chunk, Row, Trouble};
use super::tokens::{Cutter, Ids};
use super::vocabulary::Vocabulary;

/// How documents are made ready.
pub(super) struct Kitchen<'a> {
    pub(super) cutter: &'a Cutter,
    /// Words that have numbers.
    pub(super) known: &'a Vocabulary,
    pub(super) embedder: Option<&'a Embedder>,
    pub(super) field: &'a str,
    pub(super) seed: u64,
    pub(super) groups: u32,
}

/// What was met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Met {
    pub(super) documents: u64,
    /// Documents without a character.
    pub(super) empty: u64,
    /// Documents with bytes that are no UTF-8, replaced by U+FFFD.
    pub(super) repaired: u64,
    pub(super) bytes: u64,
    pub(super) tokens: u64,
}

/// See the module.
pub(super) struct Ready {
    pub(super) ids: Ids,
    /// Where each document ends, in tokens, and its group.
    pub(super) documents: Vec<(usize, u32)>,
    pub(super) vectors: Vectors,
    pub(super) met: Met,
    pub(super) troubles: Vec<Trouble>,
    pub(super) last: Row,
    /// Records, with and without text.
    pub(super) records: u64,
}

impl Kitchen<'_> {
    /// `before`: records of the domain that came before the chunk.
    pub(super) fn prepare(&self, chunk: Chunk, before: u64) -> Ready {
        let mut table = Table {
            kitchen: self,
            text: String::with_capacity(chunk.bytes.len()),
            ends: Vec::new(),
            groups: Vec::new(),
            met: Met::default(),
            troubles: chunk.troubles,
        };
        let mut start = 0;
        for (number, record) in (before..).zip(&chunk.records) {
            let bytes = &chunk.bytes[start..record.end];
            start = record.end;
            table.take(bytes, record.place, record.json, number);
        }
        let (ids, ends) = self.cutter.cut(&table.text, &table.ends, self.known);
        let mut met = table.met;
        met.tokens = ends.last().copied().unwrap_or(0) as u64;
        Ready {
            vectors: self.vectors(&table.text, &table.ends, &table.groups),
            ids,
            documents: ends.into_iter().zip(table.groups).collect(),
            met,
            troubles: table.troubles,
            last: chunk.last,
            records: chunk.records.len() as u64,
        }
    }

    fn vectors(&self, text: &str, ends: &[usize], groups: &[u32]) -> Vectors {
        let mut vectors = Vectors::default();
        let Some(embedder) = self.embedder else { return vectors };
        let mut start = 0;
        for (&end, &group) in ends.iter().zip(groups) {
            if embedder.append(&text[start..end], &mut vectors.values) {
                vectors.groups.push(group);
            }
            start = end;
        }
        vectors
    }
}

/// The documents of a chunk so far.
struct Table<'a> {
    kitchen: &'a Kitchen<'a>,
    text: String,
    ends: Vec<usize>,
    groups: Vec<u32>,
    met: Met,
    troubles: Vec<Trouble>,
}

impl Table<'_> {
    fn take(&mut self, bytes: &[u8], place: Row, json: bool, number: u64) {
        let bytes = match place.row {
            1 => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            _ => bytes,
        };
        // Nearly all text is fine, and this check is the faster one.
        let fine = std::str::from_utf8(bytes).map(Cow::Borrowed);
        let line = fine.unwrap_or_else(|_| String::from_utf8_lossy(bytes));
        let repaired = matches!(line, Cow::Owned(_));
        let start = self.text.len();
        if json {
            match pick(&line, self.kitchen.field) {
                Ok(text) => self.text.push_str(&text),
                Err(cause) => return self.troubles.push(Trouble::NoText(place, cause)),
            }
        } else {
            self.text.push_str(&line);
        }
        self.met.documents += 1;
        self.met.repaired += u64::from(repaired);
        self.met.empty += u64::from(self.text.len() == start);
        self.met.bytes += (self.text.len() - start) as u64;
        self.ends.push(self.text.len());
        self.groups.push(group(self.kitchen.seed, number, self.kitchen.groups));
    }
}
