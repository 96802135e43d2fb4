//! Stands in for tokenizers in builds without them.
//!
//! In: the file of a tokenizer. Out: an error that says which build reads it.

use std::path::Path;

use super::Tokenizer;
use crate::error::{Error, Result};

/// Refuses the file.
pub(in crate::proxy) fn open(path: &Path) -> Result<Box<dyn Tokenizer>> {
    let cause = format!("this build has no tokenizers for {}", path.display());
    let remedy = "install with `cargo install mixlaw --features tokenizers`, or give --tokens \
                  bytes or words";
    Err(Error::usage(cause, remedy))
}
