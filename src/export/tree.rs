//! Configuration files as a tree: JSON, TOML and YAML look the same from here on.
//!
//! In: text, or what serde reads. Out: lists, maps in their own order without repeated keys, and
//! scalars as they were written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A configuration file, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// A number, a word or a text.
    Scalar {
        /// As written, without quotes.
        text: String,
        /// Whether it is text by its quotes, not by its looks.
        quoted: bool,
    },
    /// A list.
    List(Vec<Tree>),
    /// A map.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    fn bare(text: impl ToString) -> Tree {
        Tree::Scalar { text: text.to_string(), quoted: false }
    }

    /// The value of a key, where this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Tree> {
        self.map()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries, where this is a map.
    pub(super) fn map(&self) -> Option<&[(String, Tree)]> {
        match self {
            Tree::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, where this is a list.
    pub(super) fn list(&self) -> Option<&[Tree]> {
        match self {
            Tree::List(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a scalar, whether quoted or not.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Tree::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that is not a number.
    pub(super) fn word(&self) -> Option<&str> {
        self.text().filter(|_| self.number().is_none())
    }

    /// A finite number, where this is one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Tree::Scalar { text, quoted: false } => finite(text),
            _ => None,
        }
    }

    /// Every value of this key, at any depth.
    pub(super) fn all<'a>(&'a self, key: &str) -> Vec<&'a Tree> {
        match self {
            Tree::Scalar { .. } => Vec::new(),
            Tree::List(items) => items.iter().flat_map(|item| item.all(key)).collect(),
            Tree::Map(entries) => {
                let below = |(name, value): &'a (String, Tree)| {
                    let found = if name == key { vec![value] } else { value.all(key) };
                    found.into_iter()
                };
                entries.iter().flat_map(below).collect()
            }
        }
    }
}

/// A finite number, with or without an exponent.
pub(super) fn finite(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}

/// The first name that stands twice.
pub(super) fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("numbers, texts, lists and maps")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::bare(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::bare(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::bare(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::bare(value))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::bare("null"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Scalar { text: value.to_string(), quoted: true })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries: Vec<(String, Tree)> = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        match twice(entries.iter().map(|(key, _)| key.as_str())) {
            Some(key) => Err(A::Error::custom(format!("the key `{key}` stands twice"))),
            None => Ok(Tree::Map(entries)),
        }
    }
}
