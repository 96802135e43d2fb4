//! The command line: one file a subcommand, no mathematics.
//!
//! In: arguments. Out: results on stdout, messages on stderr, and an exit code: 0 fine; 1 done, but
//! a fit did not end in a usable minimum; 2 usage or configuration; 3 input data; 4 device;
//! 5 output.

mod check;
mod fit;
mod laws;
mod predict;
mod roles;
mod run;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Result};

/// Fits data-mixing and scaling laws to tables of training runs.
#[derive(Debug, Parser)]
#[command(name = "mixlaw", version, max_term_width = 100)]
struct Cli {
    /// Threads to use [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Health of a run table: rows, domains, duplicates, rank, missing cells, ranges, outliers
    Check(check::CheckArgs),
    /// The catalogue of laws, or all about one
    Laws(laws::LawsArgs),
    /// Fit laws to every target of a run table
    Fit(fit::FitArgs),
    /// Predictions of fitted laws for the rows of a table
    Predict(predict::PredictArgs),
    /// All that a study file asks for: table, laws, objective, hold-out, outputs
    Run(run::RunArgs),
}

/// What a command came to.
enum Outcome {
    /// All is well.
    Fine,
    /// Done, but not every fit is usable.
    Wanting,
}

/// Runs the program and gives its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Wanting) => ExitCode::from(1),
        Err(error) => {
            // Nothing is left to do if stderr is closed.
            let _ = writeln!(std::io::stderr(), "mixlaw: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn start(cli: Cli) -> Result<Outcome> {
    if let Some(threads) = cli.threads {
        if threads == 0 || threads > 4096 {
            return Err(Error::usage(
                "--threads must be between 1 and 4096",
                "give a number of cores",
            ));
        }
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(|e| {
            Error::usage(format!("cannot start threads: {e}"), "use fewer --threads")
        })?;
    }
    match cli.command {
        Command::Check(args) => {
            print(&check::render(&args.health()?))?;
            Ok(Outcome::Fine)
        }
        Command::Laws(args) => laws::run(&args),
        Command::Fit(args) => fit::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Run(args) => run::run(&args),
    }
}

/// Prints results; a reader that went away is not an error.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::output("stdout", e.to_string(), "check where stdout goes"))
        }
        _ => Ok(()),
    }
}

/// Writes a document as JSON to a file, or to stdout for `-`.
fn write_json(path: &std::path::Path, document: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|e| Error::output(path, e.to_string(), "report this as a defect"))?;
    if path == std::path::Path::new("-") {
        return print(&(text + "\n"));
    }
    crate::store::write(path, (text + "\n").as_bytes())
}
