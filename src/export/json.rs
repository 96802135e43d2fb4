//! A JSON object of domains and weights.
//!
//! In: a mixture. Out: a weight a domain, zeros too; and back. JSON has no comments, so there is no
//! provenance.

use super::found::{Found, Key, Reading};
use super::mix::{Entry, Mix};
use super::quote::quoted;
use super::tree::Tree;
use crate::report::mixture::MIXTURE_SCHEMA;

pub(super) fn write(mix: &Mix<'_>) -> String {
    let line = |entry: &Entry| format!("  {}: {}", quoted(&entry.domain), entry.weight);
    let lines: Vec<String> = mix.entries.iter().map(line).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// Reads a map of nothing but numbers, in JSON or YAML, or the mixture of a mixture document.
pub(super) fn read(tree: &Tree) -> Reading {
    let entries = tree.map()?;
    if tree.get("schema").and_then(Tree::word) == Some(MIXTURE_SCHEMA) {
        return tree.get("mixture").and_then(read);
    }
    let numbers: Option<Vec<f64>> = entries.iter().map(|(_, value)| value.number()).collect();
    let mut found = Found::shares();
    for ((name, _), weight) in entries.iter().zip(numbers?) {
        found.add(Key::name(name), weight);
    }
    Some(Ok(found))
}
