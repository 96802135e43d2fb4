//! Sequences as a trainer packs them, and the pairs of neighbours in them.
//!
//! In: tokens of documents in order. Out: every pair of neighbours within a sequence, with the group
//! of the document that the first of them is of.
//!
//! BiMix (Ge et al. 2024, arXiv 2405.14908, App. A) joins all documents of a domain, cuts the
//! result into sequences of 1,024 tokens and counts neighbours within these.

use serde::{Deserialize, Serialize};

/// What a sequence is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Pack {
    /// The documents of the domain, joined in order as in the paper
    Domain,
    /// One document, or a part of it
    Document,
}

/// How tokens are cut into sequences.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Tokens of a sequence.
    pub(super) length: usize,
    pub(super) pack: Pack,
}

/// How far the sequence is that goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    /// Tokens that it has.
    pub(super) position: usize,
    /// The last of them, and its group.
    pub(super) last: (u32, u32),
}

/// The tokens of a chunk.
pub(super) struct Stream<'a, T> {
    pub(super) tokens: &'a [T],
    /// Where each document ends, and its group.
    pub(super) documents: &'a [(usize, u32)],
}

impl<T: Copy + Into<u32>> Stream<'_, T> {
    /// Gives each pair as group, first and second.
    pub(super) fn pairs(&self, rule: Rule, start: Start, mut each: impl FnMut(u32, u32, u32)) {
        let (mut position, mut last) = (start.position, start.last);
        let mut from = 0;
        for &(end, group) in self.documents {
            let mut rest = &self.tokens[from..end];
            from = end;
            if rule.pack == Pack::Document {
                position = 0;
            }
            while let [first, ..] = *rest {
                let (piece, after) = rest.split_at(rest.len().min(rule.length - position));
                if position > 0 {
                    each(last.1, last.0, first.into());
                }
                piece.windows(2).for_each(|pair| each(group, pair[0].into(), pair[1].into()));
                position = (position + piece.len()) % rule.length;
                last = (piece[piece.len() - 1].into(), group);
                rest = after;
            }
        }
    }

    /// How far the sequence is after this chunk.
    pub(super) fn after(&self, rule: Rule, start: Start) -> Start {
        let Some(last) = self.tokens.last() else { return start };
        let of = |&(end, _): &(usize, u32)| end >= self.tokens.len();
        let group = self.documents.iter().find(|document| of(document)).map_or(0, |d| d.1);
        let position = (start.position + self.tokens.len()) % rule.length;
        Start { position, last: ((*last).into(), group) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(documents: &[(usize, u32)], pack: Pack, start: Start) -> Vec<(u32, u32, u32)> {
        let tokens = [1_u32, 2, 3, 4, 5, 6, 7];
        let stream = Stream { tokens: &tokens[..], documents };
        let mut found = Vec::new();
        stream.pairs(Rule { length: 4, pack }, start, |g, a, b| found.push((g, a, b)));
        found
    }

    #[test]
    fn sequences_are_cut_and_documents_joined() {
        let none = Start::default();
        let joined = pairs(&[(2, 0), (7, 1)], Pack::Domain, none);
        assert_eq!(joined, [(0, 1, 2), (0, 2, 3), (1, 3, 4), (1, 5, 6), (1, 6, 7)]);
        let apart = pairs(&[(2, 0), (7, 1)], Pack::Document, none);
        assert_eq!(apart, [(0, 1, 2), (1, 3, 4), (1, 4, 5), (1, 5, 6)]);
        let on = Start { position: 3, last: (9, 5) };
        let joined = pairs(&[(7, 1)], Pack::Domain, on);
        assert_eq!(joined, [(5, 9, 1), (1, 2, 3), (1, 3, 4), (1, 4, 5), (1, 6, 7)]);
    }
}
