//! One field of a JSON object, without building the rest.
//!
//! In: a line, and the name of a field; dots lead into objects, unless a key has them itself. Out: the
//! text of the field, or why there is none.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The text of the field, the last one where it stands twice.
pub(super) fn pick(line: &str, field: &str) -> Result<String, String> {
    let mut reader = serde_json::Deserializer::from_str(line);
    let found = Pick(field).deserialize(&mut reader).and_then(|found| {
        reader.end()?;
        Ok(found)
    });
    match found {
        Ok(Found::Text(text)) => Ok(text),
        Ok(Found::Other) => Err(format!("the field `{field}` is not text")),
        Ok(Found::Missing) => Err(format!("there is no field `{field}`")),
        Err(e) => Err(format!("this is not a JSON object: {e}")),
    }
}

enum Found {
    Text(String),
    Other,
    Missing,
}

impl From<Value> for Found {
    fn from(value: Value) -> Found {
        match value {
            Value::String(text) => Found::Text(text),
            _ => Found::Other,
        }
    }
}

struct Pick<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let (mut itself, mut inner) = (Found::Missing, Found::Missing);
        while let Some(key) = map.next_key_seed(Towards(self.0))? {
            match key {
                Key::Wanted => itself = map.next_value::<Value>()?.into(),
                Key::Above(rest) => {
                    let found = within(map.next_value()?, rest);
                    inner = found.map_or(inner, Found::from);
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(if matches!(itself, Found::Missing) { inner } else { itself })
    }
}

/// What dots lead to.
fn within(value: Value, field: &str) -> Option<Value> {
    let Value::Object(mut map) = value else { return None };
    map.remove(field).or_else(|| {
        let mut dots = field.match_indices('.').map(|(dot, _)| dot);
        let key = dots.find(|dot| map.contains_key(&field[..*dot]))?;
        within(map.remove(&field[..key])?, &field[key + 1..])
    })
}

/// What a key is for a field.
enum Key<'a> {
    /// It is the field.
    Wanted,
    /// The field may be in its value, under this name.
    Above(&'a str),
    Other,
}

/// Tells keys apart.
struct Towards<'a>(&'a str);

impl<'de, 'a> DeserializeSeed<'de> for Towards<'a> {
    type Value = Key<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key<'a>, D::Error> {
        let key = std::borrow::Cow::<str>::deserialize(deserializer).map_err(D::Error::custom)?;
        Ok(match self.0.strip_prefix(&*key) {
            Some("") => Key::Wanted,
            Some(rest) => rest.strip_prefix('.').map_or(Key::Other, Key::Above),
            None => Key::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_lead_into_objects() {
        let line =
            r#"{"text": "a", "meta": {"text": "b", "deep": {"text": "c", "n": 1}}, "x": "d"}"#;
        for (field, text) in
            [("text", "a"), ("meta.text", "b"), ("meta.deep.text", "c"), ("x", "d")]
        {
            assert_eq!(pick(line, field).as_deref(), Ok(text));
        }
        let no = |field: &str, said: &str| {
            assert_eq!(pick(line, field), Err(said.to_string()), "{field}");
        };
        no("meta.none", "there is no field `meta.none`");
        no("text.text", "there is no field `text.text`");
        no("meta", "the field `meta` is not text");
        no("meta.deep.n", "the field `meta.deep.n` is not text");
        no("met.text", "there is no field `met.text`");
    }

    #[test]
    fn a_key_with_dots_comes_first() {
        let line = r#"{"a.b": "itself", "a": {"b": "inner", "b.c": "half", "b": {"c": "whole"}}}"#;
        assert_eq!(pick(line, "a.b").as_deref(), Ok("itself"));
        assert_eq!(pick(line, "a.b.c").as_deref(), Ok("half"));
    }
}
