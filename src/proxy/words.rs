//! Words as tokens, numbered in the order in which they first appear.
//!
//! In: text. Out: pieces of it, and numbers that are the same for the same words and for no others.
//! A word is a longest run of letters, digits and underscores (as Unicode has them); every other
//! character that is not white space is a token of its own. Nothing is folded: `The` is not `the`.

use super::vocabulary::{SHORT, Vocabulary, Word};

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// See [`words`].
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        loop {
            let first = *self.text.as_bytes().get(self.at)?;
            if matches!(first, b'\t'..=b'\r' | b' ') {
                self.at += 1;
                continue;
            }
            let rest = &self.text[self.at..];
            let ahead = ahead(rest);
            let count = letters(ahead);
            if (1..=SHORT).contains(&count) && !wide(ahead, count) {
                self.at += count;
                return Some(Word::beginning(rest, count, ahead));
            }
            let length = length(rest);
            self.at += length;
            if !rest.starts_with(char::is_whitespace) {
                return Some(Word::new(&rest[..length]));
            }
        }
    }
}

/// The first 16 bytes of a text as a number, with zeros after its end.
fn ahead(text: &str) -> u128 {
    let bytes = text.as_bytes();
    let whole = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut some = [0; 16];
        some[..bytes.len()].copy_from_slice(bytes);
        some
    });
    u128::from_le_bytes(whole)
}

/// A bit for each byte, the highest of it.
const HIGH: u128 = each(0x80);

const fn each(byte: u8) -> u128 {
    u128::from_le_bytes([byte; 16])
}

/// How many bytes at the beginning are ASCII letters, digits or underscores, all 16 looked at in one go:
/// words end at odd places, and a loop over bytes would be left where no processor foresees it.
fn letters(bytes: u128) -> usize {
    let from = |bytes: u128, first: u8| ((bytes | HIGH) - each(first)) & HIGH;
    let between = |bytes, first, last| from(bytes, first) & !from(bytes, last + 1);
    // Capitals fall on small letters, and nothing else does.
    let alphabetic = between(bytes | each(0x20), b'a', b'z');
    let others = between(bytes, b'0', b'9') | between(bytes, b'_', b'_');
    let inside = (alphabetic | others) & !bytes;
    (!inside & HIGH).trailing_zeros() as usize / 8
}

/// Whether a byte begins a character that is not ASCII.
fn wide(bytes: u128, at: usize) -> bool {
    bytes >> (8 * at) & 0x80 != 0
}

/// Bytes of the word that a text begins with, or of its first character if that is in no word.
fn length(text: &str) -> usize {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    match text.find(|c| !inside(c)).unwrap_or(text.len()) {
        0 => text.chars().next().map_or(0, char::len_utf8),
        long => long,
    }
}

/// The words of a chunk: those that were known before keep their numbers, and new ones are numbered
/// from there on until the domain takes them up.
pub(super) struct Numbering<'a> {
    known: &'a Vocabulary,
    fresh: Vocabulary,
}

impl<'a> Numbering<'a> {
    pub(super) fn new(known: &'a Vocabulary) -> Numbering<'a> {
        Numbering { known, fresh: Vocabulary::default() }
    }

    /// Appends the numbers of the words of a text.
    #[allow(clippy::cast_possible_truncation, reason = "memory ends before")]
    pub(super) fn cut(&mut self, text: &str, ids: &mut Vec<u32>) {
        let known = self.known.len() as u32;
        for word in words(text) {
            ids.push(self.known.find(&word).unwrap_or_else(|| known + self.fresh.number(&word)));
        }
    }

    pub(super) fn end(self) -> Fresh {
        Fresh { known: self.known.len(), words: self.fresh }
    }
}

/// The new words of a chunk.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// The number of the first.
    known: usize,
    words: Vocabulary,
}

impl Fresh {
    /// Makes these words those of the domain; gives their numbers there. Chunks come in the order of
    /// the text, so that numbers do not depend on threads.
    pub(super) fn join(&self, all: &mut Vocabulary) -> Renamed {
        let numbers = self.words.since(0).map(|word| all.number(&Word::new(word))).collect();
        Renamed { known: self.known, numbers }
    }
}

/// What the numbers of new words have become.
#[derive(Debug, Default)]
pub(super) struct Renamed {
    known: usize,
    numbers: Vec<u32>,
}

impl Renamed {
    pub(super) fn apply(&self, ids: &mut [u32]) {
        if self.numbers.is_empty() {
            return;
        }
        for id in ids {
            if let Some(new) = (*id as usize).checked_sub(self.known) {
                *id = self.numbers[new];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_and_signs_stand_alone() {
        let split = |text| words(text).map(|word| word.text).collect::<Vec<_>>();
        assert_eq!(
            split("Don't_x 3.14\u{a0}été…"),
            ["Don", "'", "t_x", "3", ".", "14", "été", "…"]
        );
        assert_eq!(split("aé b\u{2003}…é"), ["aé", "b", "…", "é"]);
        assert_eq!(split("\t\n \u{b}\u{c}\u{85}"), Vec::<&str>::new());
        assert_eq!(split("日本 語\u{1}"), ["日本", "語", "\u{1}"]);
        let long = "abcdefghijklmno abcdefghijklmnop abcdefghijklmnoé a234567890_bcdefghijé.";
        let known = [
            "abcdefghijklmno",
            "abcdefghijklmnop",
            "abcdefghijklmnoé",
            "a234567890_bcdefghijé",
            ".",
        ];
        assert_eq!(split(long), known);
    }

    #[test]
    fn every_byte_is_inside_or_not() {
        for byte in 0..=u8::MAX {
            let plain = byte.is_ascii_alphanumeric() || byte == b'_';
            for at in 0..16 {
                let mut bytes = [b'x'; 16];
                bytes[at] = byte;
                let known = if plain { 16 } else { at };
                assert_eq!(letters(u128::from_le_bytes(bytes)), known, "{byte} {at}");
            }
        }
    }

    #[test]
    fn numbers_are_in_order_of_appearance() {
        let mut all = Vocabulary::default();
        let mut chunk = |text: &str| {
            let mut numbering = Numbering::new(&all);
            let mut ids = Vec::new();
            numbering.cut(text, &mut ids);
            let fresh = numbering.end();
            fresh.join(&mut all).apply(&mut ids);
            ids
        };
        assert_eq!(chunk("a b a c"), [0, 1, 0, 2]);
        assert_eq!(chunk("d c e a d"), [3, 2, 4, 0, 3]);
        assert_eq!(all.since(2).collect::<Vec<_>>(), ["c", "d", "e"]);
    }

    #[test]
    fn new_words_of_two_chunks_at_a_time_are_the_same_words() {
        let mut all = Vocabulary::default();
        let chunk = |text: &str| {
            let mut numbering = Numbering::new(&all);
            let mut ids = Vec::new();
            numbering.cut(text, &mut ids);
            (ids, numbering.end())
        };
        let chunks = [chunk("x y"), chunk("y z x")];
        let joined = chunks.map(|(mut ids, fresh)| {
            fresh.join(&mut all).apply(&mut ids);
            ids
        });
        assert_eq!(joined, [vec![0, 1], vec![1, 2, 0]]);
    }
}
