//! The mixture that a swarm is drawn around.
//!
//! In: a name that is known, or a file of tokens or shares. Out: a positive number for every domain.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::Setting;
use super::draws::DrawArgs;
use crate::error::{Error, Place, Result};
use crate::export::{Counts, Known, import};
use crate::search::{Supply, uniform};

/// What the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Prior {
    /// The same share for every domain.
    Uniform,
    /// Shares in proportion to the supply.
    Natural,
    /// A file.
    File(PathBuf),
}

impl FromStr for Prior {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Prior, Infallible> {
        Ok(match text {
            "uniform" => Prior::Uniform,
            "natural" => Prior::Natural,
            file => Prior::File(file.into()),
        })
    }
}

impl DrawArgs {
    /// The prior's name, and a positive number a domain.
    pub(super) fn around(&self, setting: &Setting<'_>) -> Result<(String, Vec<f64>)> {
        let domains = &setting.known.domains;
        let natural = || setting.supply.and_then(Supply::natural);
        let (name, prior, place) = match &self.prior {
            None => match natural().filter(|all| all.iter().all(|share| *share > 0.0)) {
                Some(natural) => ("natural".into(), natural, Place::default()),
                None => ("uniform".into(), uniform(domains.len()), Place::default()),
            },
            Some(Prior::Uniform) => ("uniform".into(), uniform(domains.len()), Place::default()),
            Some(Prior::Natural) => {
                let natural = natural().ok_or_else(no_natural)?;
                ("natural".into(), natural, Place::default())
            }
            Some(Prior::File(file)) => {
                let shown = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                (shown, read(file, domains)?, Place::file(file))
            }
        };
        match prior.iter().position(|share| !(*share > 0.0 && share.is_finite())) {
            Some(k) => Err(Error::input(
                place,
                format!("the prior of `{}` is {}: it would never be drawn", domains[k], prior[k]),
                "give it a number above zero, or leave the domain out of the design",
            )),
            None => Ok((name, prior)),
        }
    }
}

fn no_natural() -> Error {
    let cause = "the natural mixture needs the tokens of every domain";
    Error::usage(cause, "give them: --supply FILE")
}

/// A map of numbers, or the mixture of a trainer's file.
fn read(file: &Path, domains: &[String]) -> Result<Vec<f64>> {
    let counts = Counts::read(file, domains);
    let counted = counts.and_then(|counts| {
        domains.iter().map(|domain| counts.of(domain)).collect::<Result<Vec<f64>>>()
    });
    let map = file.extension().is_some_and(|end| end == "json" || end == "toml");
    match counted {
        Ok(counts) => Ok(counts),
        // A map says best itself what is wrong with it.
        Err(error) => match import(file, domains, &Known::default()) {
            Ok(shares) => Ok(shares),
            Err(other) => Err(if map { error } else { other }),
        },
    }
}
