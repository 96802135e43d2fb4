//! The files of every format as shares again, for mixtures to compare with.
//!
//! In: a file of any format that `export` writes, or a mixture document. Out: a share for every
//! domain of a fit; a domain that the file does not name has none.

use std::path::Path;

use super::found::{Found, Key, Scale};
use super::maps::{Paths, list, text_of};
use super::tree::Tree;
use super::{csv, hf, json, litdata, megatron, mosaicml, nanotron, nemo, olmix, olmo_core, regmix};
use super::{snippet, yaml_tree};
use crate::error::{Error, Place, Result};

/// How far from 1 weights may sum in formats that promise it. Products of rounded weights, as
/// olmix has them, differ by more than the weights themselves.
const SLACK: f64 = 1e-4;

/// What the user knows beside the file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Where the data lie, for files that name paths and not domains.
    pub paths: Option<&'a Paths>,
    /// Tokens of each of the domains, in their order and where they are known, for files that say
    /// how often a domain is seen.
    pub tokens: &'a [Option<f64>],
}

/// The shares of `domains`, in their order, that a file gives them. Its format is told by its
/// ending and its contents.
///
/// # Errors
/// [`Error::Input`] naming the file where it is of no known format, names what is no domain, or
/// has weights that are no mixture.
pub fn import(path: &Path, domains: &[String], known: &Known<'_>) -> Result<Vec<f64>> {
    let text = text_of(path).map_err(|why| wrong(path, why, "check the path"))?;
    let remedy = "give a mixture as `mixlaw export` writes it, in any of its formats";
    let found = read(path, &text).map_err(|why| wrong(path, why, remedy))?;
    let amounts = amounts(path, &found, domains, known)?;
    let sum: f64 = amounts.iter().sum();
    if sum <= 0.0 || !sum.is_finite() || found.scale == Scale::Shares && (sum - 1.0).abs() > SLACK {
        let remedy = "give weights that sum to 1";
        return Err(wrong(path, format!("the weights sum to {sum}"), remedy));
    }
    Ok(amounts.into_iter().map(|amount| amount / sum).collect())
}

fn wrong(path: &Path, cause: String, remedy: impl Into<String>) -> Error {
    Error::input(Place::file(path), cause, remedy)
}

/// What the file says, by its ending or else by how it begins.
fn read(path: &Path, text: &str) -> std::result::Result<Found, String> {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
    if text.trim().is_empty() {
        return Err("the file is empty".into());
    }
    if let Some(tree) = snippet::parse(text) {
        return known_form(&tree?);
    }
    let first = text.trim_start();
    match end.as_str() {
        "json" => json_form(text),
        "yaml" | "yml" => known_form(&yaml_tree::parse(text)?),
        "csv" => csv::read(text),
        "py" => Err("there is no literal of `MIXTURE` in it".into()),
        _ if first.starts_with(['{', '[']) => json_form(text),
        _ if first.starts_with(csv::HEADER) => csv::read(text),
        // A YAML file of a mixture has keys, and its first word is no weight.
        _ => megatron::read(text).or_else(|why| match yaml_tree::parse(text) {
            Ok(tree @ Tree::Map(_)) => known_form(&tree),
            _ => Err(why),
        }),
    }
}

fn json_form(text: &str) -> std::result::Result<Found, String> {
    let tree: Tree = serde_json::from_str(text).map_err(|e| format!("this is not JSON: {e}"))?;
    known_form(&tree)
}

/// The first format that knows the tree as its own.
fn known_form(tree: &Tree) -> std::result::Result<Found, String> {
    let readers = [
        json::read,
        olmo_core::read,
        olmix::read,
        regmix::read,
        hf::read,
        litdata::read,
        mosaicml::read,
        nanotron::read,
        nemo::read,
    ];
    let found = readers.iter().find_map(|read| read(tree));
    found.unwrap_or_else(|| Err("the file is of no format that is known".into()))
}

/// What each domain has of the whole.
fn amounts(path: &Path, found: &Found, domains: &[String], known: &Known<'_>) -> Result<Vec<f64>> {
    let values = values(path, found, domains, known)?;
    if found.scale != Scale::Repeats {
        return Ok(values);
    }
    let tokens = known.tokens.iter().copied().chain(std::iter::repeat(None));
    let seen = domains.iter().zip(values).zip(tokens);
    seen.map(|((domain, times), tokens)| repeated(path, domain, times, tokens)).collect()
}

/// The number of each domain: the sum of those of its places, but how often it is seen is the same
/// for all of them.
fn values(path: &Path, found: &Found, domains: &[String], known: &Known<'_>) -> Result<Vec<f64>> {
    let mut values = vec![None; domains.len()];
    for (key, value) in &found.entries {
        let at = key.domain(domains, known).ok_or_else(|| stranger(path, key, domains))?;
        if *value < 0.0 {
            let cause = format!("the weight of `{}` is {value}", domains[at]);
            return Err(wrong(path, cause, "give none below 0"));
        }
        values[at] = Some(match (found.scale, values[at]) {
            (Scale::Repeats, Some(before)) if before != *value => {
                let cause = format!("`{}` is repeated {before} and {value} times", domains[at]);
                return Err(wrong(path, cause, "repeat all places of a domain equally often"));
            }
            (Scale::Repeats, _) | (_, None) => *value,
            (_, Some(before)) => before + value,
        });
    }
    Ok(values.into_iter().map(Option::unwrap_or_default).collect())
}

/// The tokens that are seen of a domain.
fn repeated(path: &Path, domain: &str, times: f64, tokens: Option<f64>) -> Result<f64> {
    match tokens {
        _ if times == 0.0 => Ok(0.0),
        Some(tokens) => Ok(times * tokens),
        None => Err(wrong(
            path,
            format!("`{domain}` is repeated, but its number of tokens is not known"),
            "give the tokens of each domain (--supply), or a file with proportions",
        )),
    }
}

fn stranger(path: &Path, key: &Key, domains: &[String]) -> Error {
    let names = format!("the domains are {}", list(domains));
    match (key.names.first(), &key.path) {
        (None, Some(place)) => wrong(
            path,
            format!("no domain is known to have the path `{place}`"),
            format!("give the map of paths that it was written with (--paths); {names}"),
        ),
        (name, _) => {
            let name = name.map_or("", String::as_str);
            wrong(path, format!("there is no domain `{name}`"), names)
        }
    }
}
