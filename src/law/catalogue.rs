//! The built-in laws: the files of `catalogue/`, compiled in.
//!
//! In: a name. Out: the law, read by the same code as a user's law file.

use super::file::Law;
use crate::error::{Error, Place, Result};

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("catalogue/", $name, ".toml")))),*]
    };
}

/// Name and TOML text of every built-in law, in the order of `mixlaw laws`.
pub const FILES: &[(&str, &str)] = files![
    "bimix",
    "bimix-steps",
    "bimix-share",
    "mixing-exp",
    "mixing-m1",
    "mixing-m2",
    "mixing-m3",
    "mixing-implicit",
    "chinchilla",
    "additive",
    "additive-simple",
    "joint",
    "joint-full",
    "d-cpt",
    "cmr-ratio",
    "cmr-domain",
    "cmr-general",
    "cmr-critical",
    "cpt-dynamics",
    "autoscale",
    "transfer",
    "data-constrained",
    "step",
    "size",
    "mixed-modal",
    "multimodal",
    "multimodal-shared",
];

/// All built-in laws.
///
/// # Errors
/// None in a build that passes its tests: every file is read by one.
pub fn laws() -> Result<Vec<Law>> {
    FILES.iter().map(|(name, text)| Law::from_toml(text, &Place::file(name))).collect()
}

/// The built-in law called `name`.
///
/// # Errors
/// [`Error::Usage`] that lists the names there are.
pub fn law(name: &str) -> Result<Law> {
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((known, text)) => Law::from_toml(text, &Place::file(known)),
        None => {
            let names: Vec<&str> = FILES.iter().map(|(known, _)| *known).collect();
            Err(Error::usage(
                format!("there is no law called `{name}`"),
                format!("the laws are {}; or give a formula or --law-file", names.join(", ")),
            ))
        }
    }
}
