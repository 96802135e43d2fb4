//! Tokens by the file of a tokenizer.
//!
//! In: a Hugging Face `tokenizer.json`, or the `.tiktoken` file of an encoding. Out: what cuts text as
//! the file says; in builds without the feature `tokenizers` an error that says which build does.

#[cfg(feature = "tokenizers")]
mod hugging;
#[cfg(feature = "tokenizers")]
mod merge;
#[cfg(not(feature = "tokenizers"))]
mod off;
#[cfg(feature = "tokenizers")]
mod tiktoken;

#[cfg(not(feature = "tokenizers"))]
pub(super) use off::open;

/// What cuts text by a file.
pub(super) trait Tokenizer: Send + Sync {
    /// Appends the tokens of a document. One that cannot be cut has none.
    fn cut(&self, text: &str, ids: &mut Vec<u32>);
}

/// Opens the file of a tokenizer; its ending says which kind it is.
///
/// # Errors
/// [`crate::error::Error::Input`] for a file that is none.
#[cfg(feature = "tokenizers")]
pub(super) fn open(path: &std::path::Path) -> crate::error::Result<Box<dyn Tokenizer>> {
    Ok(match path.extension() {
        Some(end) if end == "tiktoken" => Box::new(tiktoken::Tiktoken::open(path)?),
        _ => Box::new(hugging::Hugging::open(path)?),
    })
}

/// An error with the file of a tokenizer.
#[cfg(feature = "tokenizers")]
fn failed(path: &std::path::Path, cause: &dyn std::fmt::Display) -> crate::error::Error {
    let cause = format!("cannot read the tokenizer: {cause}");
    let remedy =
        "give bytes, words, the tokenizer.json of a model, or the .tiktoken file of an encoding";
    crate::error::Error::input(crate::error::Place::file(path), cause, remedy)
}
