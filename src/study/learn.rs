//! A predictor learnt from runs by a regressor, for the search.
//!
//! In: a table and a regressor, or several among which a cross-validation chooses. Out: a
//! [`Predictor`] whose targets are what the regressor learnt.

use rayon::prelude::*;

use super::compare::{Contender, Kind, PAPER_LEAKS, Settings, compare, folds, samples, winner};
use super::forests::grow;
use crate::engine::Engine;
use crate::error::{Error, Place, Result};
use crate::predictor::Predictor;
use crate::regress::{Fitted, RECIPES, Regressor, regressor};
use crate::report::MOST_MIXTURES;
use crate::runs::{Runs, Target};

/// Folds of the choice.
const FOLDS: usize = 5;

/// Learns every target of a table.
///
/// # Errors
/// [`Error::Input`] for a target that cannot be learnt.
pub fn learn(runs: &Runs, regressor: &dyn Regressor, seed: u64) -> Result<Predictor> {
    let all = vec![true; runs.len()];
    let one = |target: &Target| regressor.fit(&samples(runs, target, &all), seed);
    let fitted: Vec<Result<Box<dyn Fitted>>> = runs.targets.par_iter().map(one).collect();
    let mut predictor = blank(runs);
    for (target, function) in runs.targets.iter().zip(fitted) {
        let place = || Place::file(&runs.source).column(&target.column);
        let wrong = |why: Error| {
            Error::input(place(), why.to_string(), "leave the target out: --target '!NAME'")
        };
        let function = function.map_err(wrong)?;
        let notes = function.notes().into_iter();
        predictor.notes.extend(notes.map(|note| format!("{}: {note}", target.column)));
        predictor.add_function(target.column.clone(), regressor.name(), function);
    }
    Ok(predictor)
}

/// Learns every target by trees as RegMix did: stopped when the error on `test`, which has the same
/// domains and targets, no longer falls. Both tables have their shares as written.
///
/// # Errors
/// [`Error::Input`] for a target that cannot be learnt, or that the test runs do not have.
pub fn learn_as_published(runs: &Runs, test: &Runs) -> Result<Predictor> {
    let mut predictor = blank(runs);
    for (target, forest) in runs.targets.iter().zip(grow(runs, Some(test), 0)?) {
        predictor.add_function(target.column.clone(), "trees".into(), Box::new(forest));
    }
    predictor.notes.push(PAPER_LEAKS.into());
    for mixture in &mut predictor.observed {
        let sum: f64 = mixture.iter().sum();
        mixture.iter_mut().for_each(|share| *share /= sum);
    }
    Ok(predictor)
}

/// A predictor that has seen the runs and has learnt nothing of them.
fn blank(runs: &Runs) -> Predictor {
    Predictor {
        domains: runs.domains.clone(),
        observed: runs.distinct_mixtures(MOST_MIXTURES),
        ..Predictor::default()
    }
}

/// The regressor that ranks unseen runs best, and what was found out.
///
/// # Errors
/// [`Error::Usage`] for too few runs; [`Error::Input`] where none predicts every target.
pub fn choose(
    engine: &dyn Engine,
    runs: &Runs,
    settings: &Settings,
) -> Result<(Box<dyn Regressor>, String)> {
    let mut contenders = Vec::new();
    for recipe in RECIPES.iter().filter(|recipe| !recipe.costly && recipe.predicts) {
        let kind = Kind::Regressor(regressor(recipe.name)?);
        contenders.push(Contender { name: recipe.name.into(), kind });
    }
    let seed = settings.plan.seed;
    let schemes = [folds(runs, FOLDS, 1, seed)?];
    let scored = compare(engine, runs, &contenders, &schemes, settings)?;
    let best = winner(&scored.iter().collect::<Vec<_>>(), contenders.len(), FOLDS, seed);
    let best = best.ok_or_else(|| {
        let cause = "no regressor predicts every target of unseen runs";
        Error::input(Place::file(&runs.source), cause, "see why with `mixlaw compare`")
    })?;
    let name = &contenders[best.contender].name;
    let words = format!(
        "{name} was chosen: of {} regressors its mean rank correlation on unseen runs is highest, \
         {:.4} ({:.0} % of resamples of the folds agree)",
        contenders.len(),
        best.spearman,
        100.0 * best.sure
    );
    Ok((regressor(name)?, words))
}
