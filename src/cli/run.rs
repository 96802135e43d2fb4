//! `mixlaw run`: all that a study file asks for.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::fit::{EngineArg, HowArgs, LossArg, ResidualArg, fit_and_report, outcome};
use super::{Outcome, print, write_json};
use crate::error::{Error, Result};
use crate::report::{fit_table, holdout_table};
use crate::runs::read;
use crate::store;
use crate::study::{Study, predict};

/// A study.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The study file (TOML)
    study: PathBuf,
    /// Where results go [default: what the study says, next to it]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Starts a fit [default: what the study says, or 64]
    #[arg(long, value_name = "N")]
    starts: Option<usize>,
    /// Seed [default: what the study says]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub(super) fn run(args: &RunArgs) -> Result<Outcome> {
    let study = Study::read(&args.study)?;
    let how = how(&study, args)?;
    let laws = how.laws()?;
    let options = how.options(study.holdout.as_deref())?;
    let runs = read(&study.tables, study.join.as_deref(), &study.roles)?;
    let folder = args.out.clone().unwrap_or(study.folder);
    std::fs::create_dir_all(&folder).map_err(|e| {
        Error::output(&folder, format!("cannot make the folder: {e}"), "choose another with --out")
    })?;
    let report = fit_and_report(&runs, &study.roles, &laws, &options)?;
    let mut text = format!("study {}\n{}", study.name, fit_table(&report));
    if let Some(table) = holdout_table(&report) {
        text += &format!("\n{table}");
    }
    let file = |name: &str| folder.join(name);
    write_json(&file("fit.json"), &report)?;
    if let Ok(predictions) = predict(&report, &runs) {
        write_json(&file("predictions.json"), &predictions)?;
    }
    store::write(&file("report.txt"), text.as_bytes())?;
    let names = ["fit.json", "predictions.json", "report.txt"];
    let paths: Vec<String> = names.iter().map(|n| file(n).display().to_string()).collect();
    print(&format!("{text}\nwritten: {}\n", paths.join(", ")))?;
    Ok(outcome(&report))
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
        engine: EngineArg::Auto,
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
