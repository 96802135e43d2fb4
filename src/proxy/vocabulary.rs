//! Words and their numbers.
//!
//! In: words. Out: a number for each, in the order in which they came.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

/// Words by their numbers.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// A table of hashes, at most half full: numbers from 1 on, and 0 in places where there is none.
    places: Vec<u32>,
    /// By number: those of frequent words come early and lie close together.
    keys: Vec<u128>,
    /// All words end to end, and where each ends.
    text: String,
    ends: Vec<usize>,
}

/// Bytes that a word takes beside its letters: two to four places, a key and an end, in
/// lists that may have room for as many again.
const EACH: usize = 64;

impl Vocabulary {
    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory, about.
    pub(super) fn memory(&self) -> usize {
        self.text.len() + EACH * self.len()
    }

    /// The number of a word that is there.
    pub(super) fn find(&self, word: &Word<'_>) -> Option<u32> {
        let mut at = self.first(word.key)?;
        loop {
            let number = self.places[at].checked_sub(1)?;
            // Keys of long words may be those of others.
            let same = || word.text.len() <= SHORT || self.word(number as usize) == word.text;
            if self.keys[number as usize] == word.key && same() {
                return Some(number);
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }

    /// The number of a word, a new one if need be.
    #[allow(clippy::cast_possible_truncation, reason = "memory ends before")]
    pub(super) fn number(&mut self, word: &Word<'_>) -> u32 {
        self.find(word).unwrap_or_else(|| {
            self.keys.push(word.key);
            self.text.push_str(word.text);
            self.ends.push(self.text.len());
            if 2 * self.len() > self.places.len() {
                self.grow();
            } else {
                self.place(self.len() - 1);
            }
            self.len() as u32 - 1
        })
    }

    /// The words from a number on, in order of their numbers.
    pub(super) fn since(&self, first: usize) -> impl Iterator<Item = &str> {
        (first..self.len()).map(|number| self.word(number))
    }

    fn word(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start..self.ends[number]]
    }

    /// Where a key is looked for first, if there is any place.
    #[allow(clippy::cast_possible_truncation, reason = "the lower bits are enough")]
    fn first(&self, key: u128) -> Option<usize> {
        let last = self.places.len().checked_sub(1)?;
        Some(FixedState::default().hash_one(key) as usize & last)
    }

    fn grow(&mut self) {
        // The number of places is a power of two.
        self.places = vec![0; (2 * self.places.len()).max(16)];
        (0..self.len()).for_each(|number| self.place(number));
    }

    /// Puts a number into the table.
    #[allow(clippy::cast_possible_truncation, reason = "memory ends before")]
    fn place(&mut self, number: usize) {
        let Some(mut at) = self.first(self.keys[number]) else { return };
        while self.places[at] != 0 {
            at = (at + 1) & (self.places.len() - 1);
        }
        self.places[at] = number as u32 + 1;
    }
}

/// Bytes of words whose keys are those of no other word.
pub(super) const SHORT: usize = 15;

/// A word, and a number that nearly always tells it from others: its bytes and how many there are, or
/// a hash where they are too many.
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    key: u128,
}

impl<'a> Word<'a> {
    pub(super) fn new(text: &'a str) -> Word<'a> {
        let mut bytes = [0; 16];
        if let Some(short) = bytes[..SHORT].get_mut(..text.len()) {
            short.copy_from_slice(text.as_bytes());
            return Word::beginning(text, text.len(), u128::from_le_bytes(bytes));
        }
        let hash = FixedState::default().hash_one(text);
        Word { text, key: 0xFF << (8 * SHORT) | u128::from(hash) }
    }

    /// The first bytes of a text, at most [`SHORT`]; `ahead` has them and maybe more.
    pub(super) fn beginning(text: &'a str, length: usize, ahead: u128) -> Word<'a> {
        let letters = ahead & ((1 << (8 * length)) - 1);
        Word { text: &text[..length], key: (length as u128) << (8 * SHORT) | letters }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_short_words_are_told_apart() {
        let mut all = Vocabulary::default();
        let given = ["a", "a\0", "abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmnopq", "été"];
        for _ in 0..2 {
            let numbers: Vec<u32> = given.iter().map(|word| all.number(&Word::new(word))).collect();
            assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
        }
        assert_eq!(all.since(0).collect::<Vec<_>>(), given);
    }

    #[test]
    fn many_words_keep_their_numbers() {
        let mut all = Vocabulary::default();
        let word = |k: u32| format!("{k:x}_").repeat(1 + k as usize % 7);
        for _ in 0..2 {
            (0..5000).for_each(|k| assert_eq!(all.number(&Word::new(&word(k))), k));
        }
        assert_eq!(all.find(&Word::new("none")), None);
    }
}
