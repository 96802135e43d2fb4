//! Tokens by the `.tiktoken` file of an encoding.
//!
//! In: the file, a token in base 64 and its rank a line, under the name of its encoding, which says how
//! text is split before bytes are merged. Out: ranks, without special tokens.

use std::path::Path;

use fancy_regex::Regex;

use super::merge::{Ranks, merge};
use super::{Tokenizer, failed};
use crate::error::Result;

/// How text is split: encodings by their names, and the alternatives in their order.
const ENCODINGS: [(&[&str], &[&str]); 3] = [
    (
        &["r50k_base", "p50k_base", "gpt2"],
        &[
            r"'(?:[sdmt]|ll|ve|re)",
            r" ?\p{L}+",
            r" ?\p{N}+",
            r" ?[^\s\p{L}\p{N}]+",
            r"\s+(?!\S)",
            r"\s+",
        ],
    ),
    (
        &["cl100k_base"],
        &[
            r"(?i:'[sdmt]|'ll|'ve|'re)",
            r"[^\r\n\p{L}\p{N}]?\p{L}+",
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        ],
    ),
    (
        &["o200k_base"],
        &[
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        ],
    ),
];

/// An encoding.
pub(super) struct Tiktoken {
    ranks: Ranks,
    split: Regex,
}

impl Tiktoken {
    pub(super) fn open(path: &Path) -> Result<Tiktoken> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let split = split(&name).map_err(|cause| failed(path, &cause))?;
        let text = std::fs::read_to_string(path).map_err(|e| failed(path, &e))?;
        let ranks = ranks(&text).map_err(|cause| failed(path, &cause))?;
        Ok(Tiktoken { ranks, split })
    }
}

impl Tokenizer for Tiktoken {
    fn cut(&self, text: &str, ids: &mut Vec<u32>) {
        let (start, mut at) = (ids.len(), 0);
        while let Ok(Some(piece)) = self.split.find_from_pos(text, at) {
            merge(&self.ranks, piece.as_str().as_bytes(), ids);
            at = piece.end();
        }
        // Every character is in a piece, unless the expression gave up.
        if at < text.len() {
            ids.truncate(start);
        }
    }
}

/// The expression of an encoding.
fn split(name: &str) -> std::result::Result<Regex, String> {
    let of = |(names, _): &&(&[&str], &[&str])| names.contains(&name);
    let Some((_, pieces)) = ENCODINGS.iter().find(of) else {
        let known: Vec<&str> =
            ENCODINGS.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        let known = known.join(", ");
        return Err(format!("its name must be that of its encoding, with .tiktoken: {known}"));
    };
    Regex::new(&pieces.join("|")).map_err(|e| e.to_string())
}

/// The tokens of a file.
fn ranks(text: &str) -> std::result::Result<Ranks, String> {
    let mut ranks = Ranks::default();
    for (row, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
        let parts = line
            .split_once(' ')
            .and_then(|(token, rank)| Some((bytes(token)?, rank.parse().ok()?)));
        let Some((token, rank)) = parts else {
            return Err(format!("row {row} is not a token in base 64 and its rank"));
        };
        ranks.insert(token.into_boxed_slice(), rank);
    }
    match (0..=u8::MAX).find(|byte| !ranks.contains_key(&[*byte][..])) {
        Some(byte) => Err(format!("there is no token for the byte {byte}")),
        None => Ok(ranks),
    }
}

/// Base 64 (RFC 4648) with or without its end.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    };
    let digits: Vec<u8> = text.trim_end_matches('=').bytes().map(digit).collect::<Option<_>>()?;
    let mut bytes = Vec::new();
    for four in digits.chunks(4) {
        let all = four.iter().fold(0_u32, |all, digit| all << 6 | u32::from(*digit));
        let all = all << (6 * (4 - four.len()));
        bytes.extend(&all.to_be_bytes()[1..four.len()]);
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces<'a>(name: &str, text: &'a str) -> Vec<&'a str> {
        let split = split(name).expect("an encoding");
        split.find_iter(text).map(|piece| piece.expect("a piece").as_str()).collect()
    }

    /// By hand, from the alternatives in their order.
    #[test]
    fn text_is_split_as_encodings_say() {
        let text = "I'Ll pay  $12345 it's\n\n  OK";
        assert_eq!(
            pieces("gpt2", text),
            ["I", "'", "Ll", " pay", " ", " $", "12345", " it", "'s", "\n\n ", " OK"]
        );
        assert_eq!(
            pieces("cl100k_base", text),
            ["I", "'Ll", " pay", " ", " $", "123", "45", " it", "'s", "\n\n", " ", " OK"]
        );
        assert_eq!(
            pieces("o200k_base", "I'Ll fooBar //\n/x  "),
            ["I'Ll", " foo", "Bar", " //\n/", "x", "  "]
        );
    }

    #[test]
    fn no_character_is_lost() {
        let text = "été 日本語 1/2 ½ \u{a0}\t\r\n x'RE 'D'' \u{301}e…\u{1f600}\0 end \n ";
        for name in ["r50k_base", "cl100k_base", "o200k_base"] {
            assert_eq!(pieces(name, text).concat(), text, "{name}");
        }
    }

    #[test]
    fn base_64_is_read() {
        // The examples of RFC 4648, section 10.
        for (text, word) in [("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")] {
            assert_eq!(bytes(text).as_deref(), Some(word.as_bytes()));
        }
        assert_eq!(bytes("/+8="), Some(vec![255, 239]));
        assert_eq!((bytes("Z*=="), bytes("="), bytes("")), (None, None, None));
    }
}
