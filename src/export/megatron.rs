//! Megatron-LM: the file of `--data-args-path`.
//!
//! In: a mixture. Out: a line of weight and prefix for every place; and back. Megatron splits the
//! file at white space, knows no quotes and refuses a weight of 0.

use super::found::{Found, Key};
use super::mix::Mix;
use super::tree::finite;
use crate::error::{Error, Result};

pub(super) fn write(mix: &Mix<'_>) -> Result<String> {
    let mut out = String::new();
    for spot in mix.spots() {
        if spot.path.is_empty() || spot.path.chars().any(splits) {
            return Err(Error::usage(
                format!("the prefix `{}` of `{}` has white space in it", spot.path, spot.domain),
                "give a prefix without any in --paths: Megatron would split it",
            ));
        }
        out += &format!("{} {}\n", spot.weight, spot.path);
    }
    Ok(out)
}

/// What Python's `split` splits at: white space and the separators of ASCII.
fn splits(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Reads weights and prefixes in turn.
pub(super) fn read(text: &str) -> std::result::Result<Found, String> {
    let tokens: Vec<&str> = text.split(splits).filter(|token| !token.is_empty()).collect();
    pairs(&tokens)
}

/// Weights and prefixes in turn, as NeMo has them too.
pub(super) fn pairs(tokens: &[&str]) -> std::result::Result<Found, String> {
    let wrong = "these are not weights and prefixes in turn";
    let mut found = Found::relative();
    for pair in tokens.chunks(2) {
        let [weight, path] = pair else { return Err(format!("{wrong}: their number is odd")) };
        let weight = finite(weight).ok_or_else(|| format!("{wrong}: `{weight}` is no weight"))?;
        found.add(Key::path(path), weight);
    }
    Ok(found)
}
