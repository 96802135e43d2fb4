//! What the user knows about the domains: where their data lie, how many tokens they have, how
//! long their documents are.
//!
//! In: JSON or TOML files that map a domain to a path, to a list of paths or to a number. Out:
//! checked maps; every error names the file and the domain.

use std::path::Path;

use super::tree::Tree;
use crate::error::{Error, Place, Result};

/// Larger files are no maps and no configurations.
pub(super) const LARGEST: u64 = 16 << 20;

/// One place of a domain's data.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    /// Path, prefix or URL, as the trainer wants it.
    pub path: String,
    /// Tokens there; equal for all places of a domain where the map does not say.
    pub tokens: f64,
}

/// Places a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths(Vec<(String, Vec<Location>)>);

/// A positive number a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts(Vec<(String, f64)>);

impl Paths {
    /// Reads a map of a domain to a path, or to a list of paths, or of `{path, tokens}`.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the file and the domain.
    pub fn read(path: &Path, domains: &[String]) -> Result<Paths> {
        let remedy = "map each domain to a path or a list of paths, in JSON or TOML";
        let wrong = |cause: String| usage(path, cause, remedy);
        let mut paths = Vec::new();
        for (domain, value) in entries(path, domains, remedy)? {
            let places = locations(&value).map_err(|why| wrong(format!("`{domain}`: {why}")))?;
            paths.push((domain, places));
        }
        let all = || paths.iter().flat_map(|(_, places)| places).map(|place| place.path.as_str());
        match super::tree::twice(all()) {
            Some(same) => Err(wrong(format!("the path `{same}` stands twice"))),
            None => Ok(Paths(paths)),
        }
    }

    /// The places of a domain.
    pub fn of(&self, domain: &str) -> Option<&[Location]> {
        find(&self.0, domain).map(Vec::as_slice)
    }

    /// The domain of a place.
    pub fn domain(&self, path: &str) -> Option<&str> {
        let here = |places: &[Location]| places.iter().any(|place| place.path == path);
        self.0.iter().find(|(_, places)| here(places)).map(|(domain, _)| domain.as_str())
    }
}

impl Counts {
    /// Reads a map of a domain to a positive number.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the file and the domain.
    pub fn read(path: &Path, domains: &[String]) -> Result<Counts> {
        let remedy = "map each domain to a number above zero, in JSON or TOML";
        let mut counts = Vec::new();
        for (domain, value) in entries(path, domains, remedy)? {
            let Some(count) = positive(&value) else {
                return Err(usage(path, format!("`{domain}` is not a number above zero"), remedy));
            };
            counts.push((domain, count));
        }
        Ok(Counts(counts))
    }

    /// The number of a domain.
    pub fn of(&self, domain: &str) -> Option<f64> {
        find(&self.0, domain).copied()
    }
}

/// Reads JSON, or TOML where the name ends so.
fn entries(path: &Path, domains: &[String], remedy: &str) -> Result<Vec<(String, Tree)>> {
    let wrong = |cause: String| usage(path, cause, remedy);
    let text = text_of(path).map_err(wrong)?;
    let toml = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    let tree: std::result::Result<Tree, String> = if toml {
        toml::from_str(&text).map_err(|e| format!("this is not TOML: {}", e.message()))
    } else {
        serde_json::from_str(&text).map_err(|e| format!("this is not JSON: {e}"))
    };
    let Tree::Map(entries) = tree.map_err(wrong)? else {
        return Err(wrong("this is not a map of domains".into()));
    };
    match entries.iter().find(|(name, _)| !domains.contains(name)) {
        Some((name, _)) => Err(usage(
            path,
            format!("the mixture has no domain `{name}`"),
            format!("its domains are {}", list(domains)),
        )),
        None => Ok(entries),
    }
}

/// The whole text of a file of reasonable size.
pub(super) fn text_of(path: &Path) -> std::result::Result<String, String> {
    let about = std::fs::metadata(path).map_err(|e| format!("cannot read the file: {e}"))?;
    if about.is_dir() {
        return Err("this is a folder".into());
    }
    if about.len() > LARGEST {
        return Err(format!("the file has more than {} MiB", LARGEST >> 20));
    }
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read the file: {e}"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_string())
}

fn locations(value: &Tree) -> std::result::Result<Vec<Location>, String> {
    let items = match value {
        Tree::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    if items.is_empty() {
        return Err("there is no path".into());
    }
    let counted = items.iter().filter(|item| item.get("tokens").is_some()).count();
    if counted != 0 && counted != items.len() {
        return Err("some of its paths have tokens and some have none".into());
    }
    items.iter().map(location).collect()
}

fn location(item: &Tree) -> std::result::Result<Location, String> {
    let path = item.get("path").unwrap_or(item);
    let Tree::Scalar { text, quoted: true } = path else {
        return Err("a path is not a text".into());
    };
    if text.is_empty() {
        return Err("a path is empty".into());
    }
    let keys = item.map().unwrap_or_default();
    if let Some((key, _)) = keys.iter().find(|(key, _)| key != "path" && key != "tokens") {
        return Err(format!("a path has `path` and `tokens`, not `{key}`"));
    }
    let tokens = item.get("tokens").map_or(Some(1.0), positive);
    let tokens = tokens.ok_or_else(|| format!("the tokens of `{text}` are not above zero"))?;
    Ok(Location { path: text.clone(), tokens })
}

fn positive(value: &Tree) -> Option<f64> {
    value.number().filter(|&number| number > 0.0)
}

fn find<'a, T>(list: &'a [(String, T)], domain: &str) -> Option<&'a T> {
    list.iter().find(|(name, _)| name == domain).map(|(_, value)| value)
}

fn usage(path: &Path, cause: impl Into<String>, remedy: impl Into<String>) -> Error {
    Error::Usage { place: Place::file(path), cause: cause.into(), remedy: remedy.into() }
}

/// Names for a message; a long list is cut.
pub(super) fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 20 { ", ..." } else { "" };
    shown.join(", ") + more
}
