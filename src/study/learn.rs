//! A predictor learnt from runs by a regressor, for the search.
//!
//! In: a table and a regressor, or several among which a cross-validation chooses. Out: a
//! [`Predictor`] whose targets are what the regressor learnt.

use rayon::prelude::*;

use super::compare::{Contender, Kind, Settings, compare, folds, samples, winner};
use crate::engine::Engine;
use crate::error::{Error, Place, Result};
use crate::law::graph::Graph;
use crate::predictor::{Opaque, Predictor};
use crate::regress::trees::Trees;
use crate::regress::{Fitted, RECIPES, Regressor, Samples, regressor};
use crate::report::MOST_MIXTURES;
use crate::runs::{Runs, Target};

/// Rounds without improvement after which the paper stops.
const PATIENCE: usize = 3;

/// Folds of the choice.
const FOLDS: usize = 5;

/// What is said of trees that the paper's protocol stopped.
pub const LEAK: &str = "RegMix's own protocol: the test runs chose the number of trees, so that what is \
                        measured on them flatters";

/// Learns every target of a table.
///
/// # Errors
/// [`Error::Input`] for a target that cannot be learnt.
pub fn learn(runs: &Runs, regressor: &dyn Regressor, seed: u64) -> Result<Predictor> {
    let one = |_, samples: &Samples| regressor.fit(samples, seed);
    learnt(runs, &regressor.name(), one)
}

/// Learns every target by trees as RegMix did: stopped when the error on `test`, which has the same
/// domains and targets, no longer falls. Both tables have their shares as printed.
///
/// # Errors
/// [`Error::Input`] for a target that cannot be learnt, or that the test runs do not have.
pub fn learn_as_published(runs: &Runs, test: &Runs) -> Result<Predictor> {
    let all = vec![true; test.len()];
    let one = |number: usize, seen: &Samples| -> Result<Box<dyn Fitted>> {
        let watched = samples(test, &test.targets[number], &all);
        Ok(Box::new(Trees::regmix().fit_with(seen, &watched, PATIENCE)?))
    };
    let mut predictor = learnt(runs, "trees", one)?;
    predictor.notes.push(LEAK.into());
    for mixture in &mut predictor.observed {
        let sum: f64 = mixture.iter().sum();
        mixture.iter_mut().for_each(|share| *share /= sum);
    }
    Ok(predictor)
}

/// Learns every target from its number and its samples.
fn learnt(
    runs: &Runs,
    law: &str,
    learn: impl Fn(usize, &Samples) -> Result<Box<dyn Fitted>> + Sync,
) -> Result<Predictor> {
    let mut predictor = Predictor {
        domains: runs.domains.clone(),
        graph: Graph::default(),
        opaque: Opaque::default(),
        targets: Vec::new(),
        observed: runs.distinct_mixtures(MOST_MIXTURES),
        notes: Vec::new(),
    };
    let all = vec![true; runs.len()];
    let one = |(number, target): (usize, &Target)| learn(number, &samples(runs, target, &all));
    let fitted: Vec<Result<Box<dyn Fitted>>> =
        runs.targets.par_iter().enumerate().map(one).collect();
    for (target, function) in runs.targets.iter().zip(fitted) {
        let place = || Place::file(&runs.source).column(&target.column);
        let wrong = |why: Error| {
            Error::input(place(), why.to_string(), "leave the target out: --target '!NAME'")
        };
        let function = function.map_err(wrong)?;
        let notes = function.notes().into_iter();
        predictor.notes.extend(notes.map(|note| format!("{}: {note}", target.column)));
        predictor.add_function(target.column.clone(), law.to_string(), function);
    }
    Ok(predictor)
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
