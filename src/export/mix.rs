//! What every format writes from: checked domains with exact weights and their places.
//!
//! In: the shares of a mixture document and the options of an export. Out: a [`Mix`], or which
//! domain is wrong.

use std::path::Path;

use super::maps::{Location, list};
use super::tree::twice;
use super::weights::{Decimal, Part, weigh};
use super::{Format, Options};
use crate::error::{Error, Place, Result};

/// How far from 1 the shares of a document may sum.
const SLACK: f64 = 1e-6;

/// Shares below this may be what a solver leaves of 0; the default of digits would not show them.
const SMALL: f64 = 1e-6;

/// A key in YAML has at most 1,024 characters, and an escape takes six.
const LONGEST: usize = 160;

/// A domain to be written.
pub(super) struct Entry {
    pub(super) domain: String,
    /// Its share before it is rounded.
    pub(super) share: f64,
    pub(super) weight: Decimal,
    pub(super) paths: Vec<String>,
    /// The weight of each path, where paths have one.
    weights: Vec<Decimal>,
}

/// A place of a domain's data with its part of the weight.
pub(super) struct Spot<'a> {
    pub(super) domain: &'a str,
    pub(super) path: &'a str,
    pub(super) weight: Decimal,
}

/// What a writer needs.
pub(super) struct Mix<'a> {
    pub(super) entries: Vec<Entry>,
    /// Domains that are not written, as their share is 0.
    pub(super) left: Vec<String>,
    pub(super) options: &'a Options,
    /// Lines for a comment.
    pub(super) provenance: &'a [String],
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

/// Refuses a mixture that is none.
///
/// # Errors
/// [`Error::Input`] naming the file and the domain.
pub(super) fn check(shares: &[(String, f64)], file: &Path) -> Result<()> {
    let remedy = "give a mixture as `mixlaw search --json` wrote it";
    let wrong = |cause: String| Err(Error::input(Place::file(file), cause, remedy));
    if shares.is_empty() {
        return wrong("the mixture has no domains".into());
    }
    if let Some(name) = twice(shares.iter().map(|(name, _)| name.as_str())) {
        return wrong(format!("the domain `{name}` stands twice"));
    }
    if shares.iter().any(|(name, _)| name.is_empty()) {
        return wrong("a domain has no name".into());
    }
    if let Some((name, _)) = shares.iter().find(|(name, _)| name.chars().count() > LONGEST) {
        let start: String = name.chars().take(40).collect();
        return wrong(format!("the name `{start}...` has more than {LONGEST} characters"));
    }
    if let Some((name, share)) = shares.iter().find(|(_, share)| !share.is_finite() || *share < 0.0)
    {
        return wrong(format!("the share of `{name}` is {share}"));
    }
    let sum: f64 = shares.iter().map(|(_, share)| share).sum();
    if (sum - 1.0).abs() > SLACK {
        return wrong(format!("the shares sum to {sum}, not to 1"));
    }
    Ok(())
}

impl<'a> Mix<'a> {
    /// Weighs the shares and looks up the places that the format wants.
    pub(super) fn new(
        shares: &[(String, f64)],
        format: Format,
        options: &'a Options,
        provenance: &'a [String],
    ) -> Result<Mix<'a>> {
        let (kept, left): (Vec<_>, Vec<_>) =
            shares.iter().cloned().partition(|(_, share)| format.writes_zeros() || *share > 0.0);
        let left = left.into_iter().map(|(name, _)| name).collect();
        let mut mix = Mix { entries: Vec::new(), left, options, provenance, warnings: Vec::new() };
        mix.warn_of_small(&kept);
        let places = kept.iter().map(|(name, _)| options.places(name, format));
        let places: Vec<Vec<Location>> = places.collect::<Result<_>>()?;
        if format.wants_paths() && options.paths.is_none() {
            mix.warn("no --paths: the names of the domains stand where paths belong".into());
        }
        let part = |((name, share), places): (&(String, f64), &Vec<Location>)| Part {
            name: name.clone(),
            share: *share,
            split: format.split(places),
        };
        let parts: Vec<Part> = kept.iter().zip(&places).map(part).collect();
        let weighed = weigh(&parts, options.digits)?;
        for (((domain, share), places), weighed) in kept.into_iter().zip(places).zip(weighed) {
            let paths = places.into_iter().map(|place| place.path).collect();
            let (weight, weights) = (weighed.whole, weighed.places);
            mix.entries.push(Entry { domain, share, weight, paths, weights });
        }
        Ok(mix)
    }

    /// Trainers refuse a weight of zero, or never come to the end of such a domain; of a small one
    /// they may draw nothing, or wait for its end very long.
    fn warn_of_small(&mut self, kept: &[(String, f64)]) {
        if !self.left.is_empty() {
            self.warn(format!("left out, as their share is 0: {}", list(&self.left)));
        }
        let small = kept.iter().filter(|(_, share)| 0.0 < *share && *share < SMALL);
        let small: Vec<String> = small.map(|(name, _)| name.clone()).collect();
        if !small.is_empty() {
            self.warn(format!(
                "a share below {SMALL} may be rounding: {}; `mixlaw search --max NAME=0` has none",
                list(&small)
            ));
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Every place in order.
    pub(super) fn spots(&self) -> impl Iterator<Item = Spot<'_>> {
        self.entries.iter().flat_map(Entry::spots)
    }

    /// The shares as they were given.
    pub(super) fn shares(&self) -> impl Iterator<Item = (&str, f64)> {
        self.entries.iter().map(|entry| (entry.domain.as_str(), entry.share))
    }
}

impl Entry {
    /// Its places, in formats that give each a weight.
    pub(super) fn spots(&self) -> impl Iterator<Item = Spot<'_>> {
        let places = self.paths.iter().zip(&self.weights);
        places.map(|(path, &weight)| Spot { domain: &self.domain, path, weight })
    }
}

impl Format {
    /// How the weight of a domain is divided; OLMo-core has one for all paths of a source.
    fn split(self, places: &[Location]) -> Vec<f64> {
        let sizes = places.iter().filter(|_| self.wants_paths() && self != Format::OlmoCore);
        sizes.map(|place| place.tokens).collect()
    }
}
