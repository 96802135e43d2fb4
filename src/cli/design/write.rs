//! What `mixlaw design` writes: a table, a file a run, a document, a summary.
//!
//! In: a swarm and its report. Out: files, stdout, stderr.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::check_folder;
use crate::cli::{check_output, print, write_file, write_json};
use crate::design::{DesignReport, Swarm, design_text, name, table};
use crate::error::{Error, Result};
use crate::export::{Format, Options, Paths, export_shares};

/// Where to.
#[derive(Debug, Args)]
pub(super) struct WriteArgs {
    /// The table of runs, or with --to the folder of files [default: the table on stdout]
    #[arg(short, long, value_name = "FILE|FOLDER", help_heading = "Output")]
    out: Option<PathBuf>,
    /// What stands before the name of each domain in the table, such as weight_
    #[arg(long, value_name = "TEXT", default_value = "", help_heading = "Output")]
    prefix: String,
    /// A file a run, as a trainer wants it (see `mixlaw export`)
    #[arg(long, value_enum, value_name = "FORMAT", requires = "out", help_heading = "Output")]
    to: Option<Format>,
    /// Where the data of each domain lie, for the formats that say so: JSON or TOML
    #[arg(long, value_name = "MAP", requires = "to", help_heading = "Output")]
    paths: Option<PathBuf>,
    /// Write the swarm as JSON (`-` for stdout, in place of the table and the summary)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) json: Option<PathBuf>,
}

impl WriteArgs {
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn check(&self) -> Result<()> {
        check_output(self.json.as_deref())?;
        if let (Some(format), Some(_)) = (self.to, &self.paths)
            && !format.wants_paths()
        {
            let cause = format!("--paths says nothing to --to {}", format.name());
            return Err(Error::usage(cause, "leave --paths out, or choose another format"));
        }
        match (&self.out, self.to) {
            (Some(folder), Some(_)) => check_folder(folder),
            (out, _) => check_output(out.as_deref()),
        }
    }

    /// Writes everything that was asked for.
    pub(super) fn write(&self, swarm: &Swarm, report: &DesignReport) -> Result<()> {
        let stdout = Path::new("-");
        let to_stdout = self.json.as_deref() == Some(stdout);
        let out = self.out.as_deref().filter(|out| *out != stdout);
        match (self.to, out) {
            (Some(format), Some(folder)) => self.export(swarm, report, format, folder)?,
            (_, Some(file)) => write_file(file, table(swarm, &self.prefix)?.as_bytes())?,
            (_, None) if to_stdout => {}
            (_, None) => print(&table(swarm, &self.prefix)?)?,
        }
        if let Some(path) = &self.json {
            write_json(path, report)?;
        }
        let summary = design_text(report);
        match out.is_some() && !to_stdout {
            true => print(&summary),
            false => {
                // What cannot be told is no reason to fail.
                let _ = std::io::stderr().write_all(summary.as_bytes());
                Ok(())
            }
        }
    }

    fn export(
        &self,
        swarm: &Swarm,
        report: &DesignReport,
        format: Format,
        folder: &Path,
    ) -> Result<()> {
        let paths =
            self.paths.as_deref().map(|map| Paths::read(map, &swarm.domains)).transpose()?;
        let options = Options { paths, ..Options::default() };
        let mut warned: Vec<String> = Vec::new();
        let mut files = Vec::new();
        for run in &report.runs {
            let shares: Vec<(String, f64)> =
                swarm.domains.iter().cloned().zip(run.shares.iter().copied()).collect();
            let written = export_shares(&shares, &provenance(report, run.run), format, &options)?;
            let told = written.warnings.into_iter().filter(|w| !w.starts_with("left out"));
            let new: Vec<String> = told.filter(|warning| !warned.contains(warning)).collect();
            warned.extend(new);
            let name = format!("{}.{}", name(run.run, report.runs.len()), format.ending());
            files.push((folder.join(name), written.text));
        }
        std::fs::create_dir_all(folder).map_err(|e| {
            Error::output(folder, format!("cannot make the folder: {e}"), "choose another one")
        })?;
        for warning in warned {
            // What cannot be told is no reason to fail.
            let _ = writeln!(std::io::stderr(), "warning: {warning}");
        }
        files.into_iter().try_for_each(|(path, text)| write_file(&path, text.as_bytes()))
    }
}

/// What stands at the head of a run's file.
fn provenance(report: &DesignReport, run: usize) -> Vec<String> {
    let inputs = report.runs.get(run - 1).into_iter().flat_map(|run| &run.inputs);
    let inputs: String = inputs.map(|(name, value)| format!(", {name}={value}")).collect();
    vec![
        format!("Written by mixlaw {}: run {run} of {}{inputs}", report.version, report.runs.len()),
        format!("Design: {}", report.method),
    ]
}
