//! Tokens by a Hugging Face `tokenizer.json`.
//!
//! In: the file, as `tokenizers` and `transformers` write it. Out: token ids, without special tokens.

use std::path::Path;

use tokenizers::Tokenizer;

use crate::error::{Error, Place, Result};

/// A tokenizer.
pub(super) struct Hugging {
    tokenizer: Box<Tokenizer>,
}

impl Hugging {
    pub(super) fn open(path: &Path) -> Result<Hugging> {
        let failed = |cause: String| {
            let cause = format!("cannot read the tokenizer: {cause}");
            let remedy = "give bytes, words, or the tokenizer.json of a model";
            Error::input(Place::file(path), cause, remedy)
        };
        let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
        let mut tokenizer = Tokenizer::from_bytes(&bytes).map_err(|e| failed(e.to_string()))?;
        // A file may ask to be cut or filled up to the length of its model; counts want all.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| failed(e.to_string()))?;
        Ok(Hugging { tokenizer: Box::new(tokenizer) })
    }

    /// Appends the tokens of a document. One that the tokenizer cannot take has none.
    pub(super) fn cut(&self, text: &str, ids: &mut Vec<u32>) {
        if let Ok(encoding) = self.tokenizer.encode_fast(text, false) {
            ids.extend_from_slice(encoding.get_ids());
        }
    }
}
