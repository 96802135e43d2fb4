//! OLMo-core: a `SourceMixtureList`.
//!
//! In: a mixture. Out: YAML with name, ratio, paths and the greatest repetition of each source; and
//! back. Ratios must be above 0 and sum to 1, and OLMo-core stops where tokens are short, so that
//! supply is looked at where it is known.

use super::found::{Found, Key, Reading};
use super::mix::{Entry, Mix};
use super::quote::{comments, plain, quoted};
use super::supply;
use super::tree::Tree;
use crate::error::Result;

pub(super) fn write(mix: &mut Mix<'_>) -> Result<String> {
    supply::check(mix)?;
    let mut out = comments(mix.provenance) + "sources:\n";
    for entry in &mix.entries {
        out += &source(entry, mix.options.repeat);
    }
    Ok(out)
}

fn source(entry: &Entry, repeat: Option<f64>) -> String {
    let mut out = format!("  - source_name: {}\n", quoted(&entry.domain));
    out += &format!("    target_ratio: {}\n", entry.weight);
    if let Some(repeat) = repeat {
        out += &format!("    max_repetition_ratio: {}\n", plain(repeat));
    }
    out += "    paths:\n";
    for path in &entry.paths {
        out += &format!("      - {}\n", quoted(path));
    }
    out
}

pub(super) fn read(tree: &Tree) -> Reading {
    let sources = tree.get("sources")?.list()?;
    let found = sources.iter().try_fold(Found::shares(), |mut found, source| {
        let name = source.get("source_name").and_then(Tree::text);
        let name = name.ok_or("a source has no source_name")?;
        let ratio = source.get("target_ratio").and_then(Tree::number);
        let ratio = ratio.ok_or_else(|| format!("`{name}` has no target_ratio"))?;
        found.add(Key::name(name), ratio);
        Ok(found)
    });
    Some(found.and_then(Found::once))
}
