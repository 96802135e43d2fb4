//! A YAML map of domains and weights.
//!
//! In: a mixture. Out: a weight a domain, zeros too. It is read back as the JSON object is.

use super::mix::Mix;
use super::quote::{comments, quoted};

pub(super) fn write(mix: &Mix<'_>) -> String {
    let mut out = comments(mix.provenance);
    for entry in &mix.entries {
        out += &format!("{}: {}\n", quoted(&entry.domain), entry.weight);
    }
    out
}
