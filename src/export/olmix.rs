//! olmix: the `mix` of a launch configuration.
//!
//! In: a mixture whose domains are named `source:topic:quality`. Out: a YAML tree in which the
//! weights of every level sum to 1 and a leaf's share is the product of the weights above it; and
//! back, from the tree, from its flat form, or from the list that a fit of olmix writes.

use super::found::{Found, Key, Reading};
use super::mix::Mix;
use super::quote::{comments, plain, quoted};
use super::supply;
use super::tree::Tree;
use super::weights::{Part, weigh};
use crate::error::{Error, Result};

/// A level of the tree: a name, the share below it, and what is below it.
struct Node {
    name: String,
    share: f64,
    below: Vec<Node>,
}

pub(super) fn write(mix: &mut Mix<'_>) -> Result<String> {
    supply::check(mix)?;
    let mut top = Vec::new();
    for (domain, share) in mix.shares() {
        let path: Vec<&str> = domain.split(':').collect();
        if path[1..].iter().any(|name| own(name)) {
            return Err(clash(domain, "`weight` and `repetition_factor` are keys of olmix"));
        }
        plant(&mut top, &path, share)
            .map_err(|()| clash(domain, "it is also a source of others"))?;
    }
    let repeat = plain(mix.options.repeat.unwrap_or(1.0));
    let mut out = comments(mix.provenance) + "mix:\n";
    level(&top, 1, mix.options.digits, &repeat, &mut out)?;
    Ok(out)
}

/// Keys that are not names of topics.
fn own(name: &str) -> bool {
    name == "weight" || name == "repetition_factor"
}

fn clash(domain: &str, why: &str) -> Error {
    let cause = format!("the domain `{domain}` has no place in the tree of olmix: {why}");
    Error::usage(cause, "rename the domain in the mixture document")
}

/// Puts a share at the end of a path; a leaf cannot have anything below it.
fn plant(level: &mut Vec<Node>, path: &[&str], share: f64) -> std::result::Result<(), ()> {
    let Some((name, rest)) = path.split_first() else { return Ok(()) };
    let known = level.iter().position(|node| node.name == *name);
    let at = known.unwrap_or(level.len());
    if known.is_none() {
        level.push(Node { name: (*name).to_string(), share: 0.0, below: Vec::new() });
    } else if rest.is_empty() || level[at].below.is_empty() {
        return Err(());
    }
    level[at].share += share;
    plant(&mut level[at].below, rest, share)
}

fn level(
    nodes: &[Node],
    depth: usize,
    digits: Option<u32>,
    repeat: &str,
    out: &mut String,
) -> Result<()> {
    let part = |node: &Node| Part { name: node.name.clone(), share: node.share, split: Vec::new() };
    let weights = weigh(&nodes.iter().map(part).collect::<Vec<_>>(), digits)?;
    let indent = "  ".repeat(depth);
    for (node, weight) in nodes.iter().zip(weights) {
        *out += &format!("{indent}{}:\n{indent}  weight: {}\n", quoted(&node.name), weight.whole);
        if node.below.is_empty() {
            *out += &format!("{indent}  repetition_factor: {repeat}\n");
        } else {
            level(&node.below, depth + 1, digits, repeat, out)?;
        }
    }
    Ok(())
}

pub(super) fn read(tree: &Tree) -> Reading {
    if let Some(list) = tree.list() {
        return fitted(list);
    }
    let mix = tree.get("mix")?.map()?;
    let mut found = Found::shares();
    let read = mix.iter().try_for_each(|(name, node)| flatten(name, node, 1.0, &mut found));
    Some(read.and_then(|()| found.once()))
}

/// A list of `{domain, weight}`.
fn fitted(list: &[Tree]) -> Reading {
    list.first()?.get("domain")?;
    let found = list.iter().try_fold(Found::shares(), |mut found, item| {
        let name = item.get("domain").and_then(Tree::text).ok_or("an item has no domain")?;
        let weight = item.get("weight").and_then(Tree::number);
        found.add(Key::name(name), weight.ok_or_else(|| format!("`{name}` has no weight"))?);
        Ok(found)
    });
    Some(found.and_then(Found::once))
}

fn flatten(
    name: &str,
    node: &Tree,
    above: f64,
    found: &mut Found,
) -> std::result::Result<(), String> {
    let entries = node.map().ok_or_else(|| format!("`{name}` is not a map"))?;
    let weight = node.get("weight").map_or(Some(1.0), Tree::number);
    let weight = above * weight.ok_or_else(|| format!("the weight of `{name}` is no number"))?;
    let mut below = entries.iter().filter(|(key, _)| !own(key)).peekable();
    if below.peek().is_none() {
        found.add(Key::name(name), weight);
    }
    below.try_for_each(|(key, value)| flatten(&format!("{name}:{key}"), value, weight, found))
}
