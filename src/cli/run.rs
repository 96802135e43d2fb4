//! `mixlaw run`: all that a study file asks for.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::cmr::CmrArgs;
use super::engine::{EngineArgs, tell, watched};
use super::fit::{HowArgs, LossArg, ResidualArg, fit_and_report, outcome};
use super::protocols::{optima, places, protocols};
use super::{Outcome, print, said_in, write_file, write_json};
use crate::error::{Error, Result};
use crate::report::cmr::cmr_text;
use crate::report::protocol::{ProtocolReport, protocol_text};
use crate::report::{FitReport, fit_table, holdout_table};
use crate::runs::{Runs, read};
use crate::study::compare::Series;
use crate::study::{Study, predict};

/// A study.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The study file (TOML)
    study: PathBuf,
    /// Where results go [default: what the study says, next to it]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// How many starts each fit is searched from [default: what the study says, or 64]
    #[arg(long, value_name = "N")]
    starts: Option<usize>,
    /// Seed [default: what the study says]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(super) fn run(args: &RunArgs) -> Result<Outcome> {
    let study = Study::read(&args.study)?;
    if let Some(flags) = &study.cmr {
        return continual(&study, flags, args);
    }
    if study.sweep.is_some() {
        // What cannot be told is no reason to fail.
        let _ = writeln!(std::io::stderr(), "note: the part [sweep] is for `mixlaw sweep`");
    }
    let how = how(&study, &args.study, args.starts, args.seed, &args.engine)?;
    let here = |error| said_in(&args.study, error);
    let laws = how.laws().map_err(here)?;
    let options = how.options(study.holdout.as_deref()).map_err(here)?;
    if let Some(part) = &study.sections.optimisation {
        places(part).map_err(here)?;
    }
    let runs = read(&study.tables, study.join.as_deref(), &study.roles)?;
    let series = Series::new(&runs);
    let protocols = protocols(&study, &how, &runs, &series).map_err(here)?;
    let folder = folder(&study, args.out.as_deref())?;
    let (engine, watch) = args.engine.open()?;
    let engine = engine.as_ref();
    let fit = fit_and_report(&runs, &study.roles, &laws, &options, (engine, &watch))?;
    let mut beside = ProtocolReport::new(&study.name, &runs, &series, &fit);
    for protocol in &protocols {
        let entry = watched(&watch, || protocol.run(engine, &runs, &series))?;
        beside.protocols.push(entry);
    }
    if let Some(part) = &study.sections.optimisation {
        beside.optima = optima(part, &fit, &folder.join(FIT), how.seed)?;
    }
    tell(engine);
    let text = text(&study, &fit, &beside);
    let written = write_all(&folder, &runs, (&fit, &beside), &text)?;
    print(&format!("{text}\nwritten: {}\n", written.join(", ")))?;
    Ok(if beside.is_whole() { outcome(&fit) } else { Outcome::Wanting })
}

/// A study of continual pre-training.
fn continual(study: &Study, flags: &[String], args: &RunArgs) -> Result<Outcome> {
    let given = CmrArgs::of_study(study, flags, args.seed, args.starts);
    let asked = given.map_err(|error| said_in(&args.study, error))?;
    let folder = folder(study, args.out.as_deref())?;
    let report = asked.answered(&args.engine)?;
    let text = format!("study {}\n{}", study.name, cmr_text(&report));
    let [document, table] = ["cmr.json", "report.txt"].map(|name| folder.join(name));
    write_json(&document, &report)?;
    write_file(&table, text.as_bytes())?;
    print(&format!("{text}\nwritten: {}, {}\n", document.display(), table.display()))?;
    Ok(if report.is_whole() { Outcome::Fine } else { Outcome::Wanting })
}

/// The folder of the results, made if it is not there.
pub(super) fn folder(study: &Study, out: Option<&Path>) -> Result<PathBuf> {
    let folder = out.map_or_else(|| study.folder.clone(), Path::to_path_buf);
    std::fs::create_dir_all(&folder).map_err(|e| {
        Error::output(&folder, format!("cannot make the folder: {e}"), "choose another with --out")
    })?;
    Ok(folder)
}

/// All that is printed but the names of files.
fn text(study: &Study, fit: &FitReport, beside: &ProtocolReport) -> String {
    let mut text = format!("study {}\n{}", study.name, fit_table(fit));
    for table in [holdout_table(fit), protocol_text(beside)].into_iter().flatten() {
        text += &format!("\n{table}");
    }
    text
}

const FIT: &str = "fit.json";

/// Writes the study's files and names them.
fn write_all(
    folder: &Path,
    runs: &Runs,
    (fit, beside): (&FitReport, &ProtocolReport),
    text: &str,
) -> Result<Vec<String>> {
    let names = [FIT, "predictions.json", "protocols.json", "report.txt"];
    let [file, predictions, protocols, table] = names.map(|name| folder.join(name));
    write_json(&file, fit)?;
    let mut written = vec![file];
    let found = predict(fit, runs).ok();
    written.extend(write_or_remove(predictions, found.as_ref())?);
    written.extend(write_or_remove(protocols, Some(beside).filter(|one| !one.is_empty()))?);
    write_file(&table, text.as_bytes())?;
    written.push(table);
    Ok(written.iter().map(|path| path.display().to_string()).collect())
}

/// Writes a document where there is one: that of an earlier run would else pass for one of this.
fn write_or_remove<T: Serialize>(path: PathBuf, document: Option<&T>) -> Result<Option<PathBuf>> {
    match document {
        Some(document) => write_json(&path, document).map(|()| Some(path)),
        None => {
            // That there is none to remove is no error.
            let _ = std::fs::remove_file(&path);
            Ok(None)
        }
    }
}

/// The flags that the study's `[fit]` part stands for.
pub(super) fn how(
    study: &Study,
    file: &Path,
    starts: Option<usize>,
    seed: Option<u64>,
    engine: &EngineArgs,
) -> Result<HowArgs> {
    let fit = study.fit.clone();
    Ok(HowArgs {
        law: fit.laws,
        law_file: fit.law_files,
        fix: fit.fix,
        tie: fit.tie,
        bound: fit.bound,
        start: fit.start,
        size: fit.size,
        residual: choice::<ResidualArg>(fit.residual.as_deref().unwrap_or("raw"), file)?,
        loss: choice::<LossArg>(fit.loss.as_deref().unwrap_or("squared"), file)?,
        delta: fit.delta.unwrap_or(1e-3),
        starts: starts.or(fit.starts).unwrap_or(64),
        seed: seed.unwrap_or(study.seed),
        engine: engine.clone(),
    })
}

fn choice<T: ValueEnum>(text: &str, study: &Path) -> Result<T> {
    T::from_str(text, false).map_err(|_| {
        let known: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|v| v.to_possible_value().map(|p| p.get_name().to_string()))
            .collect();
        Error::Usage {
            place: crate::error::Place::file(study),
            cause: format!("[fit] does not know `{text}`"),
            remedy: format!("write one of {}", known.join(", ")),
        }
    })
}
