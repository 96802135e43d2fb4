//! NeMo: weights and prefixes in turn, in one list of strings.
//!
//! In: a mixture. Out: a JSON list; and back, from the list or from the `train` list of a map by
//! split. JSON has no comments, so there is no provenance.

use super::found::{Found, Reading};
use super::megatron::pairs;
use super::mix::{Mix, Spot};
use super::quote::quoted;
use super::tree::Tree;

pub(super) fn write(mix: &Mix<'_>) -> String {
    let pair =
        |spot: Spot<'_>| format!("  {}, {}", quoted(&spot.weight.to_string()), quoted(spot.path));
    let pairs: Vec<String> = mix.spots().map(pair).collect();
    format!("[\n{}\n]\n", pairs.join(",\n"))
}

pub(super) fn read(tree: &Tree) -> Reading {
    let list = tree.list().or_else(|| tree.get("train")?.list())?;
    let tokens: Option<Vec<&str>> = list.iter().map(Tree::text).collect();
    Some(tokens.filter(|all| !all.is_empty()).map_or_else(
        || Err("the list does not hold weights and prefixes in turn".to_string()),
        |tokens| -> Result<Found, String> { pairs(&tokens) },
    ))
}
