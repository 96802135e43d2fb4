//! Bytes merged into tokens by rank.
//!
//! In: a piece of text, and the ranks of tokens. Out: the tokens that it ends as, when of all
//! neighbours that make a token those with the lowest rank are joined first, the leftmost of equals
//! (byte-pair encoding: Sennrich et al. 2016, arXiv 1508.07909).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use foldhash::fast::FixedState;

/// Ranks by the bytes of tokens.
pub(super) type Ranks = HashMap<Box<[u8]>, u32, FixedState>;

/// Appends the tokens of a piece. Every byte must have a rank.
pub(super) fn merge(ranks: &Ranks, piece: &[u8], ids: &mut Vec<u32>) {
    if let Some(&rank) = ranks.get(piece) {
        return ids.push(rank);
    }
    let mut parts = Parts::new(ranks, piece);
    (1..piece.len()).for_each(|middle| parts.propose(middle - 1, middle, middle + 1));
    while let Some(Reverse((_, start, middle, end))) = parts.heap.pop() {
        parts.join(start, middle, end);
    }
    let mut start = 0;
    while start < piece.len() {
        let end = parts.ends[start];
        ids.extend(ranks.get(&piece[start..end]));
        start = end;
    }
}

/// A piece in parts.
struct Parts<'a> {
    ranks: &'a Ranks,
    piece: &'a [u8],
    /// Where the part that starts at a byte ends, and where the part before it starts; 0 where none starts.
    ends: Vec<usize>,
    before: Vec<usize>,
    /// Neighbours that make a token: its rank, and where both begin and end. Some are gone already.
    heap: BinaryHeap<Reverse<(u32, usize, usize, usize)>>,
}

impl<'a> Parts<'a> {
    fn new(ranks: &'a Ranks, piece: &'a [u8]) -> Parts<'a> {
        let ends = (1..=piece.len()).collect();
        let before = (0..piece.len()).map(|start| start.saturating_sub(1)).collect();
        Parts { ranks, piece, ends, before, heap: BinaryHeap::new() }
    }

    fn propose(&mut self, start: usize, middle: usize, end: usize) {
        if let Some(&rank) = self.ranks.get(&self.piece[start..end]) {
            self.heap.push(Reverse((rank, start, middle, end)));
        }
    }

    /// Makes two parts one, if both are still there.
    fn join(&mut self, start: usize, middle: usize, end: usize) {
        if self.ends[start] != middle || self.ends[middle] != end {
            return;
        }
        self.ends[start] = end;
        self.ends[middle] = 0;
        if end < self.piece.len() {
            self.before[end] = start;
            self.propose(start, end, self.ends[end]);
        }
        if start > 0 {
            self.propose(self.before[start], start, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::mix;

    fn ranks(words: &[&str]) -> Ranks {
        let bytes = (0..=u8::MAX).map(|byte| vec![byte].into_boxed_slice());
        let words = words.iter().map(|word| word.as_bytes().into());
        (0..).zip(bytes.chain(words)).map(|(rank, word)| (word, rank)).collect()
    }

    fn merged(ranks: &Ranks, piece: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        merge(ranks, piece.as_bytes(), &mut ids);
        ids
    }

    #[test]
    fn the_lowest_rank_is_merged_first_and_the_leftmost_of_equals() {
        let ranks = ranks(&["bc", "ab", "aa", "abc", "bcd"]);
        assert_eq!(merged(&ranks, "abc"), [259]);
        // bc comes before ab, and abc is no neighbour of d that makes a token.
        assert_eq!(merged(&ranks, "xabcd"), [120, 259, 100]);
        assert_eq!(merged(&ranks, "abd"), [257, 100]);
        assert_eq!(merged(&ranks, "aaa"), [258, 97]);
        assert_eq!(merged(&ranks, "aaaa"), [258, 258]);
        assert_eq!(merged(&ranks, ""), Vec::<u32>::new());
    }

    /// The rule as it is worded: look at all neighbours, join one pair, begin anew.
    fn slowly(ranks: &Ranks, piece: &[u8]) -> Vec<u32> {
        let mut parts: Vec<Vec<u8>> = piece.iter().map(|byte| vec![*byte]).collect();
        loop {
            let rank = |at: usize| ranks.get(&*parts[at..at + 2].concat()).map(|rank| (*rank, at));
            let Some((_, at)) = (1..parts.len()).filter_map(|end| rank(end - 1)).min() else {
                break;
            };
            let second = parts.remove(at + 1);
            parts[at].extend(second);
        }
        parts.iter().map(|part| ranks[&**part]).collect()
    }

    #[test]
    fn it_is_the_rule_and_loses_no_byte() {
        let ranks = ranks(&["ab", "ba", "aa", "abab", "bb", "aab", "baa", "bbb", "aaaa", "abb"]);
        let words: HashMap<u32, &[u8]> =
            ranks.iter().map(|(word, rank)| (*rank, &**word)).collect();
        for seed in 0..300 {
            let length = 2 + mix(seed) as usize % 40;
            let letter = |at: usize| b'a' + (mix(seed << 8 | at as u64) % 2) as u8;
            let piece: Vec<u8> = (0..length).map(letter).collect();
            let mut ids = Vec::new();
            merge(&ranks, &piece, &mut ids);
            let known = if ranks.contains_key(&*piece) {
                vec![ranks[&*piece]]
            } else {
                slowly(&ranks, &piece)
            };
            assert_eq!(ids, known);
            let bytes: Vec<u8> = ids.iter().flat_map(|id| words[id].to_vec()).collect();
            assert_eq!(bytes, piece);
        }
    }
}
