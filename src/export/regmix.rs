//! RegMix and TinyLlama: the YAML of `--data_yaml_file`.
//!
//! In: a mixture. Out: `train` with the prefix `train_`, `valid` and `model_name`; and back. The
//! loader takes every file whose name begins with a key, so that a key must not begin another.

use super::found::{Found, Key, Reading};
use super::mix::Mix;
use super::quote::{comments, quoted};
use super::tree::{Tree, twice};
use crate::error::{Error, Result};

const PREFIX: &str = "train_";

/// The model of the paper's larger runs.
const MODEL: &str = "tinyllama_1_1b";

pub(super) fn write(mix: &mut Mix<'_>) -> Result<String> {
    let keys: Vec<String> = mix.entries.iter().map(|e| prefixed(&e.domain, PREFIX)).collect();
    // A domain that is left out is read back as 0, so that no key may stand for it.
    let left: Vec<String> = mix.left.iter().map(|name| prefixed(name, PREFIX)).collect();
    if let Some(key) = twice(keys.iter().chain(&left).map(String::as_str)) {
        let cause = format!("two domains would both be called `{key}`");
        return Err(Error::usage(cause, "rename one of them in the mixture document"));
    }
    warn_of_prefixes(mix, &keys);
    let mut out = comments(mix.provenance) + "train:\n";
    for (key, entry) in keys.iter().zip(&mix.entries) {
        out += &format!("  {}: {}\n", quoted(key), entry.weight);
    }
    out += &valid(&mix.options.valid)?;
    let model = mix.options.model_name.as_deref().unwrap_or(MODEL);
    if mix.options.valid.is_empty() {
        mix.warn("no --valid: the file names no validation set".into());
    }
    Ok(out + &format!("model_name: {}\n", quoted(model)))
}

fn valid(names: &[String]) -> Result<String> {
    let keys: Vec<String> = names.iter().map(|name| prefixed(name, "valid_")).collect();
    if let Some(key) = twice(keys.iter().map(String::as_str)) {
        return Err(Error::usage(format!("--valid: `{key}` stands twice"), "name it once"));
    }
    let lines: String = keys.iter().map(|key| format!("  {}: 1.0\n", quoted(key))).collect();
    // The loader reads `valid` whether or not there is one.
    Ok(if lines.is_empty() { "valid: {}\n".into() } else { format!("valid:\n{lines}") })
}

/// Tables of RegMix have the prefix in their domains already.
fn prefixed(name: &str, prefix: &str) -> String {
    if name.starts_with(prefix) { name.to_string() } else { format!("{prefix}{name}") }
}

fn warn_of_prefixes(mix: &mut Mix<'_>, keys: &[String]) {
    for key in keys {
        if let Some(other) = keys.iter().find(|other| *other != key && other.starts_with(key)) {
            mix.warn(format!("`{key}` begins `{other}`: the loader would count its files twice"));
        }
    }
}

pub(super) fn read(tree: &Tree) -> Reading {
    let train = tree.get("train")?.map()?;
    Some(train.iter().try_fold(Found::relative(), |mut found, (key, value)| {
        let weight = value.number().ok_or_else(|| format!("the weight of `{key}` is no number"))?;
        found.add(Key::prefixed(key, PREFIX), weight);
        Ok(found)
    }))
}
