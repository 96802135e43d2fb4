//! What a token is.
//!
//! In: `bytes`, `words` or the path of a Hugging Face `tokenizer.json`. Out: numbers for the text of
//! a document.

use std::path::PathBuf;

#[cfg(feature = "tokenizers")]
use super::hugging::Hugging;
#[cfg(not(feature = "tokenizers"))]
use super::hugging_off::Hugging;
use super::words::{Local, Numbering, words};
use crate::error::Result;

/// What the user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tokens {
    /// The bytes of the text.
    Bytes,
    /// Runs of letters and digits, and single signs.
    Words,
    /// As a `tokenizer.json` says.
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
    Hugging(Hugging),
}

/// The tokens of documents end to end.
pub(super) enum Ids {
    Bytes(Vec<u8>),
    /// Numbers of the chunk's own words, until they are made those of the domain.
    Words(Vec<u32>, Local),
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
            Tokens::File(path) => Cutter::Hugging(Hugging::open(path)?),
        })
    }

    /// Cuts documents; gives where each ends, in tokens.
    pub(super) fn cut(&self, text: &str, ends: &[usize]) -> (Ids, Vec<usize>) {
        let documents =
            (0..ends.len()).map(|k| &text[if k == 0 { 0 } else { ends[k - 1] }..ends[k]]);
        let mut after = Vec::with_capacity(ends.len());
        let ids = match self {
            Cutter::Bytes => {
                after.extend_from_slice(ends);
                Ids::Bytes(text.as_bytes().to_vec())
            }
            Cutter::Words => {
                let (mut ids, mut numbering) = (Vec::new(), Numbering::new());
                for document in documents {
                    ids.extend(words(document).map(|word| numbering.number(word)));
                    after.push(ids.len());
                }
                Ids::Words(ids, numbering.local)
            }
            Cutter::Hugging(hugging) => {
                let mut ids = Vec::new();
                for document in documents {
                    hugging.cut(document, &mut ids);
                    after.push(ids.len());
                }
                Ids::Numbers(ids)
            }
        };
        (ids, after)
    }
}
