//! Stands in for tokenizers in builds without them.
//!
//! In: a `tokenizer.json`. Out: an error that says which build reads it.

use std::path::Path;

use crate::error::{Error, Result};

/// Never made.
pub(super) enum Hugging {}

impl Hugging {
    pub(super) fn open(path: &Path) -> Result<Hugging> {
        let cause = format!("this build has no tokenizers for {}", path.display());
        let remedy = "install with `cargo install mixlaw --features tokenizers`, or give --tokens \
                      bytes or words";
        Err(Error::usage(cause, remedy))
    }

    pub(super) fn cut(&self, _text: &str, _ids: &mut Vec<u32>) {
        match *self {}
    }
}
