//! `mixlaw run`: all that a study file asks for.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::engine::EngineArgs;
use super::fit::{HowArgs, LossArg, ResidualArg, fit_and_report, outcome};
use super::{Outcome, print, said_in, write_file, write_json};
use crate::error::{Error, Result};
use crate::report::{FitReport, fit_table, holdout_table};
use crate::runs::{Runs, read};
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
    let how = how(&study, args)?;
    let laws = how.laws().map_err(|error| said_in(&args.study, error))?;
    let options =
        how.options(study.holdout.as_deref()).map_err(|error| said_in(&args.study, error))?;
    let runs = read(&study.tables, study.join.as_deref(), &study.roles)?;
    let folder = args.out.clone().unwrap_or(study.folder);
    std::fs::create_dir_all(&folder).map_err(|e| {
        Error::output(&folder, format!("cannot make the folder: {e}"), "choose another with --out")
    })?;
    let report = fit_and_report(&runs, &study.roles, &laws, &options, &args.engine)?;
    let mut text = format!("study {}\n{}", study.name, fit_table(&report));
    if let Some(table) = holdout_table(&report) {
        text += &format!("\n{table}");
    }
    let written = write_all(&folder, &report, &runs, &text)?;
    print(&format!("{text}\nwritten: {}\n", written.join(", ")))?;
    Ok(outcome(&report))
}

/// Writes the study's files and names them.
fn write_all(folder: &Path, report: &FitReport, runs: &Runs, text: &str) -> Result<Vec<String>> {
    let (fit, predictions) = (folder.join("fit.json"), folder.join("predictions.json"));
    let table = folder.join("report.txt");
    write_json(&fit, report)?;
    let mut written = vec![fit];
    match predict(report, runs) {
        Ok(found) => {
            write_json(&predictions, &found)?;
            written.push(predictions);
        }
        // No fit has an answer. Those of an earlier run would pass for predictions of this one;
        // that there are none to remove is no error.
        Err(_) => drop(std::fs::remove_file(&predictions)),
    }
    write_file(&table, text.as_bytes())?;
    written.push(table);
    Ok(written.iter().map(|path| path.display().to_string()).collect())
}

/// The flags that the study's `[fit]` part stands for.
fn how(study: &Study, args: &RunArgs) -> Result<HowArgs> {
    let fit = study.fit.clone();
    Ok(HowArgs {
        law: fit.laws,
        law_file: fit.law_files,
        fix: fit.fix,
        tie: fit.tie,
        bound: fit.bound,
        start: fit.start,
        size: fit.size,
        residual: choice::<ResidualArg>(fit.residual.as_deref().unwrap_or("raw"), &args.study)?,
        loss: choice::<LossArg>(fit.loss.as_deref().unwrap_or("squared"), &args.study)?,
        delta: fit.delta.unwrap_or(1e-3),
        starts: args.starts.or(fit.starts).unwrap_or(64),
        seed: args.seed.unwrap_or(study.seed),
        engine: args.engine.clone(),
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
