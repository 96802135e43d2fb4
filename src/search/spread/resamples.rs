//! The resamples of a file of draws, each with its refits of all targets.
//!
//! In: draws in the order of a sweep, in which all lines of one resample of a law stand together. Out: one
//! [`Joint`] after another; the refits of one number are of the same resampled runs.

use crate::error::{Error, Place, Result};
use crate::predictor::Recipe;
use crate::report::draws::{Change, Draw, Draws};

/// The refits of one resample.
#[derive(Debug)]
pub(super) struct Joint {
    /// Its number.
    pub(super) number: u64,
    /// For each part of the recipe its parameters, in the model's order, or why there are none.
    pub(super) thetas: Vec<std::result::Result<Vec<f64>, String>>,
}

/// Visits the resamples of the recipe's law and group. `needed` says which of its parts must be there.
///
/// # Errors
/// As [`Draws::each`]; [`Error::Input`] for a file without such resamples, and for one of other targets or
/// domains than the recipe's.
pub(super) fn each(
    draws: &Draws,
    recipe: &Recipe,
    needed: &[bool],
    mut visit: impl FnMut(Joint) -> Result<()>,
) -> Result<()> {
    let mut reader = Reader { recipe, seen: vec![false; needed.len()], others: Vec::new() };
    let mut current: Option<Joint> = None;
    let mut line = 0;
    draws.each(|draw| {
        line += 1;
        let Some((number, part)) = reader.part(&draw, draws, line)? else { return Ok(()) };
        if current.as_ref().is_some_and(|joint| joint.number != number)
            && let Some(done) = current.take()
        {
            visit(done)?;
        }
        let joint = current.get_or_insert_with(|| reader.empty(number));
        joint.thetas[part] = reader.theta(&draw, part, draws, line)?;
        Ok(())
    })?;
    reader.check(draws, needed)?;
    current.map_or(Ok(()), visit)
}

struct Reader<'a> {
    recipe: &'a Recipe,
    /// Which parts were met.
    seen: Vec<bool>,
    /// Laws and groups of resamples that are not the recipe's.
    others: Vec<String>,
}

impl Reader<'_> {
    /// The resample and the part that a draw is of; none where it is of another law, group or kind.
    fn part(&mut self, draw: &Draw, draws: &Draws, line: usize) -> Result<Option<(u64, usize)>> {
        let Change::Resample { number } = draw.change else { return Ok(None) };
        let recipe = self.recipe;
        if draw.law != recipe.law || draw.group != recipe.group || !draw.subset.is_empty() {
            self.note(draw);
            return Ok(None);
        }
        if recipe.without.contains(&draw.target) {
            return Ok(None);
        }
        match recipe.parts.iter().position(|part| part.target == draw.target) {
            Some(part) => {
                self.seen[part] = true;
                Ok(Some((number, part)))
            }
            None => Err(Error::input(
                Place::file(draws.path()).row(line),
                format!("this draw is of `{}`, which is no target of the fit", draw.target),
                "give the draws of the sweep that wrote this fit",
            )),
        }
    }

    fn note(&mut self, draw: &Draw) {
        const MOST: usize = 8;
        let parts = [("law", &draw.law), ("group", &draw.group), ("subset", &draw.subset)];
        let named = parts.iter().filter(|(_, name)| !name.is_empty());
        let words: Vec<String> = named.map(|(what, name)| format!("{what} `{name}`")).collect();
        let words = words.join(" of ");
        if self.others.len() < MOST && !self.others.contains(&words) {
            self.others.push(words);
        }
    }

    fn empty(&self, number: u64) -> Joint {
        let missing = |part: &crate::predictor::Part| Err(format!("no refit of {}", part.target));
        Joint { number, thetas: self.recipe.parts.iter().map(missing).collect() }
    }

    fn theta(
        &self,
        draw: &Draw,
        part: usize,
        draws: &Draws,
        line: usize,
    ) -> Result<std::result::Result<Vec<f64>, String>> {
        if !draw.status.is_usable() || draw.parameters.is_empty() {
            return Ok(Err(format!("{} is {}", draw.target, draw.status.name())));
        }
        let place = || Place::file(draws.path()).row(line);
        draw.theta(&self.recipe.parts[part].model, place).map(Ok)
    }

    fn check(&self, draws: &Draws, needed: &[bool]) -> Result<()> {
        let recipe = self.recipe;
        let group = match recipe.group.as_str() {
            "" => String::new(),
            group => format!(" and group `{group}`"),
        };
        let missing = (0..needed.len()).find(|&part| needed[part] && !self.seen[part]);
        let what = match missing {
            None => return Ok(()),
            Some(_) if !self.seen.contains(&true) => format!("law `{}`{group}", recipe.law),
            Some(part) => {
                format!("target `{}` by law `{}`{group}", recipe.parts[part].target, recipe.law)
            }
        };
        let others = match self.others.is_empty() {
            true => String::new(),
            false => format!("; there are some of {}", self.others.join(", ")),
        };
        Err(Error::input(
            Place::file(draws.path()),
            format!("there are no resamples of {what} of all rows{others}"),
            "give the draws of a sweep with resamples of this fit, or choose --law and --group-key",
        ))
    }
}
