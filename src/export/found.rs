//! What a file of some format says, before it is known which domains are meant.
//!
//! In: names, paths and numbers as a reader finds them. Out: the domain that a key stands for.

use super::import::Known;
use super::tree::twice;

/// What a file says, or what is wrong with it; `None` where it is of another format.
pub(super) type Reading = Option<Result<Found, String>>;

/// What the numbers of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// They sum to 1.
    Shares,
    /// Their ratios count.
    Relative,
    /// How often a domain is seen; the same in all its places.
    Repeats,
}

/// Names and numbers of a file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) scale: Scale,
    pub(super) entries: Vec<(Key, f64)>,
}

/// What stands for a domain.
#[derive(Debug)]
pub(super) struct Key {
    /// It may be the domain under any of these names.
    pub(super) names: Vec<String>,
    /// Or the domain with this path.
    pub(super) path: Option<String>,
}

impl Key {
    pub(super) fn name(name: &str) -> Key {
        Key { names: vec![name.to_string()], path: None }
    }

    pub(super) fn path(path: &str) -> Key {
        Key { names: Vec::new(), path: Some(path.to_string()) }
    }

    /// A name that may have been given a prefix.
    pub(super) fn prefixed(name: &str, prefix: &str) -> Key {
        let bare = name.strip_prefix(prefix).map(ToString::to_string);
        Key { names: [name.to_string()].into_iter().chain(bare).collect(), path: None }
    }

    /// A name that may have been given `/1`, `/2` and so on, and a path beside it.
    pub(super) fn stream(name: &str, path: Option<&str>) -> Key {
        let counted = name.rsplit_once('/').filter(|(_, end)| end.parse::<u32>().is_ok());
        let bare = counted.map(|(start, _)| start.to_string());
        let names = [name.to_string()].into_iter().chain(bare).collect();
        Key { names, path: path.map(ToString::to_string) }
    }

    /// The place of the domain in the list. The map of paths knows best; without one the names of
    /// domains stand where paths belong.
    pub(super) fn domain(&self, domains: &[String], known: &Known<'_>) -> Option<usize> {
        let at = |name: &str| domains.iter().position(|domain| domain == name);
        let path = self.path.as_deref();
        let mapped = || at(known.paths?.domain(path?)?);
        let named = || self.names.iter().find_map(|name| at(name));
        mapped().or_else(named).or_else(|| at(path?))
    }
}

impl Found {
    pub(super) fn shares() -> Found {
        Found { scale: Scale::Shares, entries: Vec::new() }
    }

    pub(super) fn relative() -> Found {
        Found { scale: Scale::Relative, entries: Vec::new() }
    }

    pub(super) fn repeats() -> Found {
        Found { scale: Scale::Repeats, entries: Vec::new() }
    }

    /// Refuses a name that stands twice, in formats that name a domain once.
    pub(super) fn once(self) -> Result<Found, String> {
        let names = self.entries.iter().filter_map(|(key, _)| key.names.first());
        match twice(names.map(String::as_str)) {
            Some(name) => Err(format!("`{name}` stands twice")),
            None => Ok(self),
        }
    }

    pub(super) fn add(&mut self, key: Key, value: f64) {
        self.entries.push((key, value));
    }
}
