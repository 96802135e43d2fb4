//! One JSON object as a row of cells.
//!
//! In: the text of an object. Out: its values in written order under dotted keys.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that fits a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    /// `null`.
    Empty,
    /// A number.
    Number(f64),
    /// A string, a boolean, a list, or the digits of an integer.
    Text(String),
}

/// The values of an object, nested ones under keys joined by dots.
#[derive(Debug, Default)]
pub(super) struct Flat(pub(super) Vec<(String, Scalar)>);

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flat = Flat::default();
        deserializer.deserialize_map(Object { key: "", cells: &mut flat.0 })?;
        Ok(flat)
    }
}

/// Visits the value under `key`, a whole object at the top.
struct Object<'a> {
    key: &'a str,
    cells: &'a mut Vec<(String, Scalar)>,
}

impl Object<'_> {
    fn put(self, value: Scalar) {
        self.cells.push((self.key.to_string(), value));
    }
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let key = if self.key.is_empty() { key } else { format!("{}.{key}", self.key) };
            map.next_value_seed(Object { key: &key, cells: &mut *self.cells })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        self.put(Scalar::Text("[...]".to_string()));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Scalar::Empty);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(Scalar::Text(value.to_string()));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.put(Scalar::Number(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        // The text of an integer reads back as the nearest number, and keeps long keys exact.
        self.put(Scalar::Text(value.to_string()));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(Scalar::Text(value.to_string()));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.put(Scalar::Text(value.to_string()));
        Ok(())
    }
}

/// The line with bare `NaN`, `Infinity` and `-Infinity` put in quotes; nothing if there is none.
pub(super) fn quote_bare_numbers(line: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut quoted = Vec::with_capacity(line.len() + 16);
    let (mut at, mut inside, mut found) = (0, false, false);
    while at < line.len() {
        let word = WORDS.iter().find(|word| !inside && line[at..].starts_with(word));
        if let Some(word) = word {
            quoted.push(b'"');
            quoted.extend_from_slice(word);
            quoted.push(b'"');
            found = true;
            at += word.len();
            continue;
        }
        quoted.push(line[at]);
        if inside && line[at] == b'\\' && at + 1 < line.len() {
            at += 1;
            quoted.push(line[at]);
        } else if line[at] == b'"' {
            inside = !inside;
        }
        at += 1;
    }
    found.then_some(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> Vec<(String, Scalar)> {
        serde_json::from_str::<Flat>(text).expect("an object").0
    }

    #[test]
    fn nested_keys_are_joined_by_dots_in_written_order() {
        let cells = flat(r#"{"z":1.5,"config":{"mix":{"arxiv":0.5},"tags":[1,{"a":2}]},"a":null}"#);
        let keys: Vec<&str> = cells.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["z", "config.mix.arxiv", "config.tags", "a"]);
        assert_eq!(cells[2].1, Scalar::Text("[...]".into()));
        assert_eq!(cells[3].1, Scalar::Empty);
    }

    #[test]
    fn bare_numbers_are_quoted_outside_strings_only() {
        let line = br#"{"a \" NaN":NaN,"b":-Infinity}"#;
        let quoted = quote_bare_numbers(line).expect("there are two");
        assert_eq!(quoted, br#"{"a \" NaN":"NaN","b":"-Infinity"}"#);
        assert_eq!(quote_bare_numbers(br#"{"NaN":1}"#), None);
    }
}
