//! What a token is.
//!
//! In: `bytes`, `words` or the file of a tokenizer. Out: numbers for the text of
//! a document.

use std::path::PathBuf;

use super::tokenizer::{self, Tokenizer};
use super::vocabulary::Vocabulary;
use super::words::{Fresh, Numbering};
use crate::error::Result;

/// What the user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tokens {
    /// The bytes of the text.
    Bytes,
    /// Runs of letters and digits, and single signs.
    Words,
    /// As a `tokenizer.json` or a `.tiktoken` file says.
    File(PathBuf),
}

impl From<&str> for Tokens {
    fn from(text: &str) -> Tokens {
        match text {
            "bytes" => Tokens::Bytes,
            "words" => Tokens::Words,
            file => Tokens::File(file.into()),
        }
    }
}

/// What cuts text.
pub(super) enum Cutter {
    Bytes,
    Words,
    File(Box<dyn Tokenizer>),
}

/// The tokens of documents end to end.
pub(super) enum Ids {
    Bytes(Vec<u8>),
    /// Numbers of words, and those words that are new in the chunk.
    Words(Vec<u32>, Fresh),
    Numbers(Vec<u32>),
}

impl Cutter {
    /// Opens what is asked for.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] where the tokenizer cannot be read,
    /// [`crate::error::Error::Usage`] in a build without tokenizers.
    pub(super) fn open(tokens: &Tokens) -> Result<Cutter> {
        Ok(match tokens {
            Tokens::Bytes => Cutter::Bytes,
            Tokens::Words => Cutter::Words,
            Tokens::File(path) => Cutter::File(tokenizer::open(path)?),
        })
    }

    /// Cuts documents; gives where each ends, in tokens. `known`: the words that have numbers.
    pub(super) fn cut(&self, text: &str, ends: &[usize], known: &Vocabulary) -> (Ids, Vec<usize>) {
        let documents =
            (0..ends.len()).map(|k| &text[if k == 0 { 0 } else { ends[k - 1] }..ends[k]]);
        let mut after = Vec::with_capacity(ends.len());
        let ids = match self {
            Cutter::Bytes => {
                after.extend_from_slice(ends);
                Ids::Bytes(text.as_bytes().to_vec())
            }
            Cutter::Words => {
                let mut numbering = Numbering::new(known);
                let mut ids = Vec::with_capacity(text.len() / 4);
                for document in documents {
                    numbering.cut(document, &mut ids);
                    after.push(ids.len());
                }
                Ids::Words(ids, numbering.end())
            }
            Cutter::File(tokenizer) => {
                let mut ids = Vec::new();
                for document in documents {
                    tokenizer.cut(document, &mut ids);
                    after.push(ids.len());
                }
                Ids::Numbers(ids)
            }
        };
        (ids, after)
    }
}
