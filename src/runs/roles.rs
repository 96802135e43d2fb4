//! What the user says about the columns of a table.
//!
//! In: flags or the `[runs]` part of a study file. Out: plain data, which fits carry along so that
//! a prediction reads its tables in the same way.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// The roles of columns. Patterns know `*` (any text) and `?` (any one character); `@FILE:PATTERN`
/// looks only at columns that stand in this file alone, FILE being its name with or without ending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleSpec {
    /// Patterns of the mixture's columns; `!PATTERN` leaves columns out. Empty: no mixture.
    #[serde(deserialize_with = "one_or_many")]
    pub mixture: Vec<String>,
    /// Patterns of the losses or metrics to fit; `!PATTERN` leaves columns out.
    #[serde(deserialize_with = "one_or_many")]
    pub target: Vec<String>,
    /// `TARGET=DOMAIN`: the domain that a target is measured on, where names do not tell.
    /// `TARGET=` says that it is none of them.
    #[serde(deserialize_with = "one_or_many")]
    pub own: Vec<String>,
    /// Patterns of columns that the laws read: empty cells in them are treated by `missing`.
    #[serde(deserialize_with = "one_or_many")]
    pub input: Vec<String>,
    /// `NAME = FORMULA`: derived columns, in order.
    #[serde(deserialize_with = "one_or_many")]
    pub derive: Vec<String>,
    /// A formula that is true for the rows to use.
    #[serde(rename = "where")]
    pub filter: Option<String>,
    /// The columns whose every value, or combination of values, is fitted on its own.
    #[serde(deserialize_with = "one_or_many")]
    pub by: Vec<String>,
    /// The column of row weights.
    pub weight: Option<String>,
    /// The mixture is written in percent.
    pub percent: bool,
    /// Shares stay as written: rows that rounding moved from 1 are not divided by their sums.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub as_written: bool,
    /// What to do about rows with empty or non-finite cells.
    pub missing: MissingPolicy,
}

/// What to do about cells that a role needs and that are empty, NaN or infinite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingPolicy {
    /// Refuse the table.
    #[default]
    Error,
    /// Leave the row out and count it; for a target, leave it out of that target's fit only.
    Drop,
}

impl FromStr for MissingPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => Ok(MissingPolicy::Error),
            "drop" => Ok(MissingPolicy::Drop),
            _ => Err("it is `error` or `drop`".to_string()),
        }
    }
}

/// Study files may write one pattern without brackets; fits of earlier versions have `null` for none.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
        None(()),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(item) => vec![item],
        OneOrMany::Many(items) => items,
        OneOrMany::None(()) => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_study_file_may_write_one_pattern_or_a_list() {
        let text = "mixture = 'w_*'\ntarget = ['a', 'b']\nwhere = 'a < 3'\nmissing = 'drop'";
        let spec: RoleSpec = toml::from_str(text).expect("it reads");
        assert_eq!(spec.mixture, ["w_*"]);
        assert_eq!(spec.target, ["a", "b"]);
        assert_eq!(spec.filter.as_deref(), Some("a < 3"));
        assert_eq!(spec.missing, MissingPolicy::Drop);
        let json = serde_json::to_string(&spec).expect("it writes");
        assert_eq!(serde_json::from_str::<RoleSpec>(&json).expect("it reads back"), spec);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<RoleSpec>("mixtures = 'w_*'").is_err());
    }
}
