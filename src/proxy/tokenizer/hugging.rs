//! Tokens by a Hugging Face `tokenizer.json`.
//!
//! In: the file, as `tokenizers` and `transformers` write it. Out: token ids, without special tokens.

use std::path::Path;

use super::{Tokenizer, failed};
use crate::error::Result;

/// A tokenizer.
pub(super) struct Hugging {
    tokenizer: Box<tokenizers::Tokenizer>,
}

impl Hugging {
    pub(super) fn open(path: &Path) -> Result<Hugging> {
        let bytes = std::fs::read(path).map_err(|e| failed(path, &e))?;
        let tokenizer = tokenizers::Tokenizer::from_bytes(&bytes);
        let mut tokenizer = tokenizer.map_err(|e| failed(path, &e))?;
        // A file may ask to be cut or filled up to the length of its model; counts want all.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| failed(path, &e))?;
        Ok(Hugging { tokenizer: Box::new(tokenizer) })
    }
}

impl Tokenizer for Hugging {
    fn cut(&self, text: &str, ids: &mut Vec<u32>) {
        if let Ok(encoding) = self.tokenizer.encode_fast(text, false) {
            ids.extend_from_slice(encoding.get_ids());
        }
    }
}
