//! Words as tokens, numbered in the order in which they first appear.
//!
//! In: text. Out: pieces of it, and numbers that are the same for the same words and for no others.
//! A word is a longest run of letters, digits and underscores (as Unicode has them); every other
//! character that is not white space is a token of its own. Nothing is folded: `The` is not `the`.

use std::collections::HashMap;

use foldhash::fast::FixedState;

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
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let blank = rest.find(|c: char| !c.is_whitespace())?;
        let rest = &rest[blank..];
        let long = length(rest);
        let end = if long > 0 { long } else { rest.chars().next().map_or(0, char::len_utf8) };
        self.at += blank + end;
        Some(&rest[..end])
    }
}

/// Bytes of the word that a text begins with.
fn length(text: &str) -> usize {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let ascii = text.bytes().take_while(plain).count();
    // Most words end here, and no character has to be put together.
    match text.as_bytes().get(ascii) {
        Some(byte) if !byte.is_ascii() => {
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            text.find(|c| !inside(c)).unwrap_or(text.len())
        }
        _ => ascii,
    }
}

/// Numbers of the words of one chunk.
#[derive(Debug, Default)]
pub(super) struct Local {
    /// The words by number.
    pub(super) words: Vec<String>,
}

/// Numbers words; the same word has the same number.
pub(super) struct Numbering<'a> {
    numbers: HashMap<&'a str, u32, FixedState>,
    pub(super) local: Local,
}

impl<'a> Numbering<'a> {
    pub(super) fn new() -> Numbering<'a> {
        Numbering { numbers: HashMap::default(), local: Local::default() }
    }

    #[allow(clippy::cast_possible_truncation, reason = "a chunk has fewer words than that")]
    pub(super) fn number(&mut self, word: &'a str) -> u32 {
        let next = self.local.words.len() as u32;
        let words = &mut self.local.words;
        *self.numbers.entry(word).or_insert_with(|| {
            words.push(word.to_string());
            next
        })
    }
}

/// Numbers of all words of a domain.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    numbers: HashMap<Box<str>, u32, FixedState>,
    bytes: usize,
}

/// Bytes that a word takes beside its letters: pointer, length, number, its place in the table and
/// what the allocator adds.
const EACH: usize = 64;

impl Vocabulary {
    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Bytes of memory, about.
    pub(super) fn memory(&self) -> usize {
        self.bytes
    }

    /// Takes up the words of a chunk; gives the number here for each number there. Chunks come in
    /// the order of the text, so that numbers do not depend on threads.
    pub(super) fn adopt(&mut self, local: Local) -> Vec<u32> {
        local.words.into_iter().map(|word| self.add(word.into_boxed_str())).collect()
    }

    /// The number of a word, a new one if need be.
    #[allow(clippy::cast_possible_truncation, reason = "memory ends before")]
    pub(super) fn add(&mut self, word: Box<str>) -> u32 {
        let (next, length) = (self.numbers.len() as u32, word.len());
        let number = *self.numbers.entry(word).or_insert(next);
        if number == next {
            self.bytes += EACH + length;
        }
        number
    }

    /// The words from a number on, in order of their numbers.
    pub(super) fn since(&self, first: usize) -> Vec<&str> {
        let late = self.numbers.iter().filter(|(_, number)| **number as usize >= first);
        let mut late: Vec<(u32, &str)> = late.map(|(word, number)| (*number, &**word)).collect();
        late.sort_unstable_by_key(|(number, _)| *number);
        late.into_iter().map(|(_, word)| word).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_and_signs_stand_alone() {
        let split = |text| words(text).collect::<Vec<_>>();
        assert_eq!(
            split("Don't_x 3.14\u{a0}été…"),
            ["Don", "'", "t_x", "3", ".", "14", "été", "…"]
        );
        assert_eq!(split("aé b"), ["aé", "b"]);
        assert_eq!(split("\t\n "), Vec::<&str>::new());
        assert_eq!(split("日本 語"), ["日本", "語"]);
    }

    #[test]
    fn numbers_are_in_order_of_appearance() {
        let mut all = Vocabulary::default();
        let mut chunk = |text: &'static str| {
            let mut numbering = Numbering::new();
            let ids: Vec<u32> = words(text).map(|word| numbering.number(word)).collect();
            let map = all.adopt(numbering.local);
            ids.into_iter().map(|id| map[id as usize]).collect::<Vec<_>>()
        };
        assert_eq!(chunk("a b a c"), [0, 1, 0, 2]);
        assert_eq!(chunk("c d a"), [2, 3, 0]);
        assert_eq!(all.since(2), ["c", "d"]);
    }
}
