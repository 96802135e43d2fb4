//! MosaicML Streaming and llm-foundry: `streams`.
//!
//! In: a mixture. Out: YAML with a stream for every place, all by `proportion` or all by `repeat`,
//! as streaming refuses a mixture of the two; and back.

use super::Amount;
use super::found::{Found, Key, Reading};
use super::mix::{Entry, Mix, Spot};
use super::quote::{comments, plain, quoted};
use super::supply::times;
use super::tree::{Tree, twice};
use crate::error::{Error, Result};

pub(super) fn write(mix: &Mix<'_>) -> Result<String> {
    let mut names = Vec::new();
    let mut body = String::new();
    for entry in &mix.entries {
        let repeat = match mix.options.amount {
            Amount::Proportion => None,
            Amount::Repeat => Some(repeat(mix, entry)?),
        };
        for (at, spot) in entry.spots().enumerate() {
            let name = stream_name(entry, at);
            body += &stream(&name, &spot, repeat);
            names.push(name);
        }
    }
    // A domain that is left out is read back as 0, so that no stream may have its name.
    match twice(names.iter().chain(&mix.left).map(String::as_str)) {
        Some(name) => Err(Error::usage(
            format!("two domains would have a stream called `{name}`"),
            "rename one of them in the mixture document",
        )),
        None => Ok(comments(mix.provenance) + "streams:\n" + &body),
    }
}

/// How often the tokens of a domain are seen: the same in each of its places.
fn repeat(mix: &Mix<'_>, entry: &Entry) -> Result<f64> {
    match (mix.options.budget, &mix.options.tokens) {
        (Some(budget), Some(tokens)) => times(entry.share, &entry.domain, budget, tokens),
        _ => Err(Error::usage(
            "--as repeat needs the tokens of each domain and of the run",
            "give --tokens and --budget",
        )),
    }
}

fn stream_name(entry: &Entry, at: usize) -> String {
    match entry.paths.len() {
        1 => entry.domain.clone(),
        _ => format!("{}/{}", entry.domain, at + 1),
    }
}

fn stream(name: &str, spot: &Spot<'_>, repeat: Option<f64>) -> String {
    let place = if spot.path.contains("://") { "remote" } else { "local" };
    let amount = repeat.map_or_else(
        || format!("proportion: {}", spot.weight),
        |repeat| format!("repeat: {}", plain(repeat)),
    );
    format!("  {}:\n    {place}: {}\n    {amount}\n", quoted(name), quoted(spot.path))
}

/// Reads the streams of a file, or of the training set of a whole configuration.
pub(super) fn read(tree: &Tree) -> Reading {
    let all = tree.get("train_loader").unwrap_or(tree).all("streams");
    let streams: Vec<_> = all.into_iter().filter_map(Tree::map).collect();
    match streams[..] {
        [] => None,
        [streams] => Some(amounts(streams)),
        _ => Some(Err("there are several `streams`; give a file with one".into())),
    }
}

fn amounts(streams: &[(String, Tree)]) -> std::result::Result<Found, String> {
    let by_repeat = streams.iter().all(|(_, stream)| stream.get("repeat").is_some());
    let key = if by_repeat { "repeat" } else { "proportion" };
    let mut found = if by_repeat { Found::repeats() } else { Found::relative() };
    for (name, stream) in streams {
        let amount = stream.get(key).and_then(Tree::number);
        let amount = amount.ok_or_else(|| format!("the stream `{name}` has no {key}"))?;
        let path = stream.get("remote").or_else(|| stream.get("local")).and_then(Tree::text);
        found.add(Key::stream(name, path), amount);
    }
    Ok(found)
}
