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
    match tree.get("schema").and_then(Tree::word) {
        Some(MIXTURE_SCHEMA) => {
            let mixture = tree.get("mixture").and_then(numbers);
            Some(mixture.ok_or_else(|| "its `mixture` is not a map of numbers".to_string()))
        }
        Some(other) if other.starts_with("mixlaw.") => {
            Some(Err(format!("its schema is `{other}`, not `{MIXTURE_SCHEMA}`")))
        }
        _ => numbers(tree).map(Ok),
    }
}

fn numbers(tree: &Tree) -> Option<Found> {
    let mut found = Found::shares();
    for (name, value) in tree.map()? {
        found.add(Key::name(name), value.number()?);
    }
    Some(found)
}
