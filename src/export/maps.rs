//! What the user knows about the domains: where their data lie, how many tokens they have, how
//! long their documents are.
//!
//! In: JSON or TOML files that map a domain to a path, to a list of paths or to a number. Out:
//! checked maps; every error names the file and the domain.

use std::path::{Path, PathBuf};

use super::tree::{Tree, twice};
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
pub struct Paths(Map<Vec<Location>>);

/// A number a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts(Map<f64>);

/// What a file says of some domains.
#[derive(Debug, Clone, PartialEq)]
struct Map<T> {
    file: PathBuf,
    entries: Vec<(String, T)>,
}

impl Paths {
    /// Reads a map of a domain to a path, or to a list of paths, or of `{path, tokens}`.
    ///
    /// # Errors
    /// [`Error::Input`] naming the file and the domain.
    pub fn read(path: &Path, domains: &[String]) -> Result<Paths> {
        let remedy = "map each domain to a path or a list of paths, in JSON or TOML";
        let map = Map::read(path, domains, remedy, locations)?;
        let places = map.entries.iter().flat_map(|(_, places)| places);
        match twice(places.map(|place| place.path.as_str())) {
            Some(same) => Err(wrong(path, format!("the path `{same}` stands twice"), remedy)),
            None => Ok(Paths(map)),
        }
    }

    /// The places of a domain.
    ///
    /// # Errors
    /// [`Error::Input`] where the file has none.
    pub fn of(&self, domain: &str) -> Result<&[Location]> {
        self.0.of(domain, "path").map(Vec::as_slice)
    }

    /// The domain of a place.
    pub fn domain(&self, path: &str) -> Option<&str> {
        let here = |places: &[Location]| places.iter().any(|place| place.path == path);
        self.0.entries.iter().find(|(_, places)| here(places)).map(|(domain, _)| domain.as_str())
    }
}

impl Counts {
    /// Reads a map of a domain to a positive number.
    ///
    /// # Errors
    /// [`Error::Input`] naming the file and the domain.
    pub fn read(path: &Path, domains: &[String]) -> Result<Counts> {
        let remedy = "map each domain to a number above zero, in JSON or TOML";
        let number = |value: &Tree| positive(value).ok_or("this is not a number above zero".into());
        Map::read(path, domains, remedy, number).map(Counts)
    }

    /// Reads a map of a domain to a positive number or 0.
    ///
    /// # Errors
    /// [`Error::Input`] naming the file and the domain.
    pub fn read_with_zeros(path: &Path, domains: &[String]) -> Result<Counts> {
        let remedy = "map each domain to a number of at least zero, in JSON or TOML";
        let number = |value: &Tree| {
            let number = value.number().filter(|&number| number >= 0.0);
            number.ok_or("this is not a number of at least zero".into())
        };
        Map::read(path, domains, remedy, number).map(Counts)
    }

    /// The domains that a map of numbers names, in its order.
    ///
    /// # Errors
    /// [`Error::Input`] naming the file, where it is no map.
    pub fn names(path: &Path) -> Result<Vec<String>> {
        let remedy = "map each domain to a number, in JSON or TOML";
        let names = tree(path, remedy)?.into_iter().map(|(name, _)| name);
        Ok(names.collect())
    }

    /// The numbers of all these domains; `None` where the file does not say.
    pub fn all(&self, domains: &[String]) -> Vec<Option<f64>> {
        domains.iter().map(|domain| self.0.find(domain).copied()).collect()
    }

    /// The number of a domain.
    ///
    /// # Errors
    /// [`Error::Input`] where the file has none.
    pub fn of(&self, domain: &str) -> Result<f64> {
        self.0.of(domain, "number").copied()
    }
}

impl<T> Map<T> {
    fn read(
        path: &Path,
        domains: &[String],
        remedy: &str,
        value: impl Fn(&Tree) -> std::result::Result<T, String>,
    ) -> Result<Map<T>> {
        let one = |(domain, tree): (String, Tree)| match value(&tree) {
            Ok(value) => Ok((domain, value)),
            Err(why) => Err(wrong(path, format!("`{domain}`: {why}"), remedy)),
        };
        let entries =
            entries(path, domains, remedy)?.into_iter().map(one).collect::<Result<_>>()?;
        Ok(Map { file: path.to_path_buf(), entries })
    }

    fn find(&self, domain: &str) -> Option<&T> {
        self.entries.iter().find(|(name, _)| name == domain).map(|(_, value)| value)
    }

    fn of(&self, domain: &str, what: &str) -> Result<&T> {
        self.find(domain).ok_or_else(|| {
            wrong(&self.file, format!("there is no {what} for `{domain}`"), "add one to the file")
        })
    }
}

/// Reads a map, and refuses names that are no domains.
fn entries(path: &Path, domains: &[String], remedy: &str) -> Result<Vec<(String, Tree)>> {
    let entries = tree(path, remedy)?;
    match entries.iter().find(|(name, _)| !domains.contains(name)) {
        Some((name, _)) => Err(wrong(
            path,
            format!("there is no domain `{name}`"),
            format!("the domains are {}", list(domains)),
        )),
        None => Ok(entries),
    }
}

/// Reads JSON, or TOML where the name ends so.
fn tree(path: &Path, remedy: &str) -> Result<Vec<(String, Tree)>> {
    let bad = |cause: String| wrong(path, cause, remedy);
    let text = text_of(path).map_err(bad)?;
    let toml = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    let tree: std::result::Result<Tree, String> = if toml {
        toml::from_str(&text).map_err(|e| format!("this is not TOML: {}", e.message()))
    } else {
        serde_json::from_str(&text).map_err(|e| format!("this is not JSON: {e}"))
    };
    match tree.map_err(bad)? {
        Tree::Map(entries) => Ok(entries),
        _ => Err(bad("this is not a map of domains".into())),
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

/// A number above zero that others can be divided by.
fn positive(value: &Tree) -> Option<f64> {
    value.number().filter(|&number| number >= f64::MIN_POSITIVE)
}

fn wrong(path: &Path, cause: String, remedy: impl Into<String>) -> Error {
    Error::input(Place::file(path), cause, remedy)
}

/// Names for a message; a long list is cut.
pub(super) fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 20 { ", ..." } else { "" };
    shown.join(", ") + more
}
