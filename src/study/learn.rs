//! A predictor learnt from runs by a regressor, for the search.
//!
//! In: a table and a regressor, or several among which a cross-validation chooses. Out: a
//! [`Predictor`] whose targets are the regressor's formulas.

use rayon::prelude::*;

use super::compare::{Contender, Kind, Settings, compare, folds, samples, winner};
use crate::engine::Engine;
use crate::error::{Error, Place, Result};
use crate::law::graph::Graph;
use crate::predictor::{Predicted, Predictor};
use crate::regress::{Fitted, RECIPES, Regressor, regressor};
use crate::report::MOST_MIXTURES;
use crate::runs::{Runs, Target};

/// Folds of the choice.
const FOLDS: usize = 5;

/// Learns every target of a table.
///
/// # Errors
/// [`Error::Input`] for a target that cannot be learnt; [`Error::Usage`] for a regressor without a
/// formula.
pub fn learn(runs: &Runs, regressor: &dyn Regressor, seed: u64) -> Result<Predictor> {
    let mut predictor = Predictor {
        domains: runs.domains.clone(),
        graph: Graph::default(),
        targets: Vec::new(),
        observed: runs.distinct_mixtures(MOST_MIXTURES),
        notes: Vec::new(),
    };
    let all = vec![true; runs.len()];
    let one = |target: &Target| regressor.fit(&samples(runs, target, &all), seed);
    let fitted: Vec<Result<Box<dyn Fitted>>> = runs.targets.par_iter().map(one).collect();
    for (target, function) in runs.targets.iter().zip(fitted) {
        let place = || Place::file(&runs.source).column(&target.column);
        let wrong = |why: Error| {
            Error::input(place(), why.to_string(), "leave the target out: --target '!NAME'")
        };
        let function = function.map_err(wrong)?;
        let Some(root) = function.formula(&mut predictor.graph) else {
            return Err(Error::usage(
                format!("{} has no formula that a search could use", regressor.name()),
                "choose another --model",
            ));
        };
        let (name, law) = (target.column.clone(), regressor.name());
        predictor.notes.extend(function.notes().into_iter().map(|note| format!("{name}: {note}")));
        predictor.targets.push(Predicted { name, law, root });
    }
    Ok(predictor)
}

/// The regressor with a formula that ranks unseen runs best, and what was found out.
///
/// # Errors
/// [`Error::Usage`] for too few runs; [`Error::Input`] where none predicts every target.
pub fn choose(
    engine: &dyn Engine,
    runs: &Runs,
    settings: &Settings,
) -> Result<(Box<dyn Regressor>, String)> {
    let mut contenders = Vec::new();
    for recipe in RECIPES.iter().filter(|recipe| !recipe.costly) {
        let one = regressor(recipe.name)?;
        if one.has_formula() {
            contenders.push(Contender { name: recipe.name.into(), kind: Kind::Regressor(one) });
        }
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
