//! Boosted trees as models that outlive the command: grown for every target of a table, and predicting
//! the rows of another.
//!
//! In: runs, and for predictions text models of LightGBM. Out: a [`Forest`] a target, whose features are
//! the columns of the mixture; a [`PredictReport`].

use std::path::Path;

use rayon::prelude::*;

use super::compare::{PAPER_ROUNDS, samples};
use super::predict::{About, add};
use crate::error::{Error, Place, Result};
use crate::predictor::Predictor;
use crate::regress::Fitted;
use crate::regress::trees::{Forest, Trees};
use crate::report::PredictReport;
use crate::runs::{Runs, Target};

/// What helps where nothing can be learnt.
const REMEDY: &str = "give more runs, or leave the target out: --target '!NAME'";

/// A text model under the name of its file, without the ending.
#[derive(Debug, Clone)]
pub struct Model {
    /// The name: that of its target as [`model_name`] writes it.
    pub name: String,
    /// The trees.
    pub forest: Forest,
}

impl Model {
    /// Reads a text model of LightGBM.
    ///
    /// # Errors
    /// Those of [`Forest::read`].
    pub fn read(path: &Path) -> Result<Model> {
        let name = path.file_stem().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Ok(Model { name, forest: Forest::read(path)? })
    }

    /// Whether its features have no names but LightGBM's numbers.
    pub fn is_numbered(&self) -> bool {
        let mut names = self.forest.names().iter().enumerate();
        names.all(|(number, name)| *name == format!("Column_{number}"))
    }
}

/// The name of a target as that of a file: letters, digits, dots, dashes and underscores.
pub fn model_name(target: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = target.chars().map(safe).collect();
    // A name that begins with a dot is hidden.
    if name.starts_with('.') { format!("_{name}") } else { name }
}

/// Whether a feature is this column: text models have no blanks in names.
pub fn is_feature(feature: &str, column: &str) -> bool {
    let letters = column.chars().map(|c| if c.is_whitespace() { '_' } else { c });
    letters.eq(feature.chars())
}

/// Grows RegMix's trees for every target, in order. They stop on mixtures kept back, or, as in RegMix's
/// paper, on the runs of `watched`, which has the same domains and targets.
///
/// # Errors
/// [`Error::Input`] that names a target that cannot be learnt, and why.
pub fn grow(runs: &Runs, watched: Option<&Runs>, seed: u64) -> Result<Vec<Forest>> {
    let every = |table: &Runs, target: &Target| samples(table, target, &vec![true; table.len()]);
    let one = |(number, target): (usize, &Target)| {
        let own = every(runs, target);
        let forest = match watched {
            Some(table) => {
                Trees::regmix().fit_with(&own, &every(table, &table.targets[number]), PAPER_ROUNDS)
            }
            None => Trees::regmix().train(&own, seed),
        };
        let place = || Place::file(&runs.source).column(&target.column);
        let wrong = |why: Error| match why {
            Error::Input { cause, .. } => Error::input(place(), cause, REMEDY),
            other => other,
        };
        Ok(forest.map_err(wrong)?.named(runs.mixture_columns.clone()))
    };
    // All of them, so that of several errors the first target's is given, whichever thread was first.
    let grown: Vec<Result<Forest>> = runs.targets.par_iter().enumerate().map(one).collect();
    grown.into_iter().collect()
}

/// A predictor of which each model is a target, for a search.
///
/// # Errors
/// [`Error::Input`] for models of different features.
pub fn forests_predictor(models: Vec<Model>) -> Result<Predictor> {
    let domains = models.first().map_or(&[][..], |model| model.forest.names()).to_vec();
    let mut predictor = Predictor { domains, ..Predictor::default() };
    for Model { name, forest } in models {
        if forest.names() != predictor.domains {
            let cause =
                format!("{name} has other features than the first model, or in another order");
            return Err(Error::input(Place::default(), cause, "search with models of one table"));
        }
        predictor.add_function(name, "trees".into(), Box::new(forest));
    }
    Ok(predictor)
}

/// Predicts the rows of a table with models, and scores those whose target the table has.
///
/// # Errors
/// [`Error::Input`] for features that are no columns of the mixture, or columns that are no features.
pub fn predict_forests(models: &[Model], runs: &Runs) -> Result<PredictReport> {
    let mut report = PredictReport::new(&runs.source);
    for model in models {
        let order = order(model, runs)?;
        let row = |row: usize| order.iter().map(move |&column| runs.mixture[column][row]);
        let mixtures: Vec<f64> = (0..runs.len()).flat_map(row).collect();
        let mut predicted = vec![0.0; runs.len()];
        model.forest.predict(&mixtures, &mut predicted);
        let named = runs.targets.iter().find(|target| model_name(&target.column) == model.name);
        let only = (models.len() == 1 && runs.targets.len() == 1).then(|| &runs.targets[0]);
        let target = named.or(only);
        let about = About {
            law: "trees",
            target: target.map_or(&model.name, |target| &target.column),
            group: "",
            rows: 0..runs.len(),
        };
        let observed = target.map_or(&[][..], |target| &target.values);
        add(&mut report, runs, &about, &predicted, observed);
    }
    Ok(report)
}

/// For each feature the column of the mixture.
fn order(model: &Model, runs: &Runs) -> Result<Vec<usize>> {
    let names = model.forest.names();
    let columns = &runs.mixture_columns;
    let wrong = |cause: String, remedy: &str| {
        Err(Error::input(Place::file(&runs.source), cause, remedy.to_string()))
    };
    if model.is_numbered() && columns.len() == names.len() {
        return Ok((0..names.len()).collect());
    }
    let place = |name: &String| columns.iter().position(|column| is_feature(name, column));
    if let Some(missing) = names.iter().find(|name| place(name).is_none()) {
        let cause = format!("{}: the feature `{missing}` is no column of the mixture", model.name);
        return wrong(cause, "name the columns of all features: --mixture PATTERN");
    }
    let idle = |column: &&String| names.iter().all(|name| !is_feature(name, column));
    if let Some(extra) = columns.iter().find(idle) {
        let cause = format!("{}: the model knows nothing about the column `{extra}`", model.name);
        return wrong(cause, "leave it out: --mixture '!NAME'");
    }
    Ok(names.iter().filter_map(place).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe() {
        assert_eq!(model_name("metric/the_pile_arxiv"), "metric_the_pile_arxiv");
        assert_eq!(model_name("../x y:z"), "_.._x_y_z");
        assert_eq!(model_name("loss-1.5é"), "loss-1.5é");
    }

    #[test]
    fn blanks_of_columns_are_underscores_of_features() {
        assert!(is_feature("a_b", "a b") && is_feature("a_b", "a_b"));
        assert!(!is_feature("a b", "a b") && !is_feature("a_b", "a_bc"));
    }
}
