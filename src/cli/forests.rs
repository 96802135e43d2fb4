//! Text models of LightGBM in place of a fit, for `mixlaw predict` and `mixlaw search`.
//!
//! In: models and a table. Out: a predictor, or predictions. Features are matched with columns by name.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::predict::PredictArgs;
use crate::error::{Error, Place, Result};
use crate::predictor::Predictor;
use crate::report::PredictReport;
use crate::runs::{RoleSpec, Runs, Table, read_table};
use crate::study::{TextModel, forests_predictor, is_feature, model_name, predict_forests};

/// Missing features that a message names.
const LISTED: usize = 5;

/// Whether a file is a text model, or should be by its name.
pub(super) fn is_model(path: &Path) -> bool {
    let mut first = [0; 4];
    let begins = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    let ending = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
    ending || (begins.is_ok() && &first == b"tree")
}

/// Whether all of some files are text models.
pub(super) fn are_models(paths: &[PathBuf]) -> bool {
    paths.iter().all(|path| is_model(path))
}

/// Text models, each a target of a search.
pub(super) fn searched(paths: &[PathBuf]) -> Result<Predictor> {
    forests_predictor(paths.iter().map(|path| TextModel::read(path)).collect::<Result<_>>()?)
}

/// What the models predict for the table that the arguments name.
pub(super) fn predicted(args: &PredictArgs, paths: &[PathBuf]) -> Result<PredictReport> {
    let models: Vec<TextModel> =
        paths.iter().map(|path| TextModel::read(path)).collect::<Result<_>>()?;
    let spec = RoleSpec {
        derive: args.derive.clone(),
        filter: args.filter.clone(),
        as_written: args.as_written,
        ..RoleSpec::default()
    };
    let table = read_table(&args.runs, args.join.as_deref(), &spec)?;
    let mixture = if args.mixture.is_empty() {
        features(&models, paths, &table)?
    } else {
        args.mixture.clone()
    };
    let target =
        if args.target.is_empty() { targets(&models, &table) } else { args.target.clone() };
    let runs = Runs::for_prediction(table, &RoleSpec { mixture, target, ..spec })?;
    predict_forests(&models, &runs)
}

/// The columns that are features of the models.
fn features(models: &[TextModel], paths: &[PathBuf], table: &Table) -> Result<Vec<String>> {
    let mut columns = Vec::new();
    for (model, path) in models.iter().zip(paths) {
        let find = |feature: &String| table.names().find(|column| is_feature(feature, column));
        let names = model.forest.names();
        let missing: Vec<&String> = names.iter().filter(|name| find(name).is_none()).collect();
        if !missing.is_empty() {
            return Err(without(model, path, &missing, table));
        }
        columns.extend(names.iter().filter_map(find).map(String::from));
    }
    columns.sort_unstable();
    columns.dedup();
    Ok(columns)
}

fn without(model: &TextModel, path: &Path, missing: &[&String], table: &Table) -> Error {
    let shown: Vec<String> = missing.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let more = if missing.len() > LISTED { ", ..." } else { "" };
    let cause = format!(
        "{} of the {} features of {} are no columns of the table: {}{more}",
        missing.len(),
        model.forest.names().len(),
        path.display(),
        shown.join(", ")
    );
    let remedy = if model.is_numbered() {
        "its features have numbers for names: give the columns in their order, --mixture PATTERN"
    } else {
        "give the table that has them, or rename its columns"
    };
    Error::input(Place::file(table.source()), cause, remedy)
}

/// The columns whose names are those of the models.
fn targets(models: &[TextModel], table: &Table) -> Vec<String> {
    let named = |column: &&str| models.iter().any(|model| model.name == model_name(column));
    table.names().filter(named).map(String::from).collect()
}
