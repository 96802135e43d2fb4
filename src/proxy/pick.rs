//! One field of a JSON object, without building the rest.
//!
//! In: the bytes of a line. Out: the text of the field, or why there is none.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

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
        let mut found = Found::Missing;
        while let Some(mine) = map.next_key_seed(Is(self.0))? {
            if mine {
                found = match map.next_value::<serde_json::Value>()? {
                    serde_json::Value::String(text) => Found::Text(text),
                    _ => Found::Other,
                };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a key is the one that is wanted.
struct Is<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let key = std::borrow::Cow::<str>::deserialize(deserializer).map_err(D::Error::custom)?;
        Ok(key == self.0)
    }
}
