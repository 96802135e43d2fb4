//! The mixture that `mixlaw search` compares with.
//!
//! In: a name that is known, or the file of a mixture in any format that `mixlaw export` writes.
//! Out: its name in reports, and its shares.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::said_in;
use crate::error::{Error, Place, Result};
use crate::export::{Known, Paths, import};
use crate::predictor::Predictor;
use crate::search::{Goal, Objective, Supply, best_observed, uniform};

const UNIFORM: &str = "uniform";
const NATURAL: &str = "natural";
const OBSERVED: &str = "best-observed";

/// What the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// The same share for every domain.
    Uniform,
    /// Shares in proportion to the supply.
    Natural,
    /// The best of the mixtures of the runs, by the fit.
    BestObserved,
    /// The mixture of a file.
    File(PathBuf),
}

/// What a reference is found in.
pub(super) struct Sources<'a> {
    /// The fit document.
    pub(super) fit: &'a Path,
    pub(super) predictor: &'a Predictor,
    /// What is minimised, without what needs a reference.
    pub(super) goal: &'a Goal,
    pub(super) supply: Option<&'a Supply>,
    /// The file that says where the data of each domain lie.
    pub(super) paths: Option<&'a Path>,
}

impl FromStr for Reference {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Reference, Infallible> {
        Ok(match text {
            UNIFORM => Reference::Uniform,
            NATURAL => Reference::Natural,
            OBSERVED => Reference::BestObserved,
            file => Reference::File(file.into()),
        })
    }
}

impl Reference {
    /// Its name and its shares.
    pub(super) fn find(&self, sources: &Sources<'_>) -> Result<(String, Vec<f64>)> {
        let (name, shares) = match self {
            Reference::Uniform => (UNIFORM, uniform(sources.predictor.domains.len())),
            Reference::Natural => (NATURAL, natural(sources)?),
            Reference::BestObserved => (OBSERVED, observed(sources)?),
            Reference::File(file) => return Ok((name(file), read(file, sources)?)),
        };
        Ok((name.to_string(), shares))
    }
}

fn natural(sources: &Sources<'_>) -> Result<Vec<f64>> {
    sources.supply.and_then(Supply::natural).ok_or_else(|| {
        let cause = "the natural mixture needs the tokens of every domain";
        Error::usage(cause, "give them: --supply FILE")
    })
}

fn observed(sources: &Sources<'_>) -> Result<Vec<f64>> {
    let objective = Objective::new(sources.predictor, sources.goal);
    let objective = objective.map_err(|error| said_in(sources.fit, error))?;
    best_observed(sources.predictor, &objective).ok_or_else(|| {
        let cause = match sources.predictor.observed.is_empty() {
            true => "the fit document does not hold the mixtures of the runs",
            false => "the objective is not finite at any mixture of the runs",
        };
        let remedy = "fit again with this version, or name another mixture";
        Error::input(Place::file(sources.fit), cause, remedy)
    })
}

fn read(file: &Path, sources: &Sources<'_>) -> Result<Vec<f64>> {
    if !file.exists() {
        let remedy = "give uniform, natural, best-observed or the file of a mixture";
        return Err(Error::input(Place::file(file), "there is no such reference", remedy));
    }
    let domains = &sources.predictor.domains;
    let paths = sources.paths.map(|map| Paths::read(map, domains)).transpose()?;
    let tokens = sources.supply.map_or(&[][..], Supply::tokens);
    import(file, domains, &Known { paths: paths.as_ref(), tokens })
}

/// The name of the file, without its ending and its folders as long as no other mixture is called
/// so.
fn name(file: &Path) -> String {
    let names = [file.file_stem(), file.file_name(), Some(file.as_os_str())];
    let names = names.into_iter().flatten().map(|name| name.to_string_lossy().into_owned());
    let free = |name: &String| ![UNIFORM, NATURAL, OBSERVED].contains(&name.as_str());
    names.into_iter().find(free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_not_called_as_another_mixture_is() {
        assert_eq!(name(Path::new("a/old.v1.yaml")), "old.v1");
        assert_eq!(name(Path::new("a/natural.json")), "natural.json");
        assert_eq!(name(Path::new("./uniform")), "./uniform");
    }
}
