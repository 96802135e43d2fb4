//! The command line: one file a subcommand, no mathematics.
//!
//! In: arguments. Out: results on stdout, messages on stderr, and an exit code: 0 fine; 1 done, but
//! a fit did not end in a usable minimum, or not all text could be counted; 2 usage or configuration; 3 input data; 4 device;
//! 5 output; 130 interrupted.

mod bench;
mod check;
mod cmr;
mod compare;
mod constraints;
mod contenders;
mod design;
mod devices;
mod draws;
mod engine;
mod export;
mod fit;
mod forests;
mod laws;
mod learn;
mod learnt;
mod multimodal;
mod predict;
mod protocols;
mod proxy;
mod reference;
mod roles;
mod rules;
mod run;
mod search;
mod splits;
mod spread;
mod sweep;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Place, Result};

/// What follows the list of commands in the help.
const AFTER: &str = "\
Examples:
  mixlaw check runs.csv --mixture 'weight_*' --target '*_loss'
  mixlaw fit runs.csv --mixture 'weight_*' --target '*_loss' --law mixing-exp --json fit.json
  mixlaw predict fit.json --runs candidates.csv
  mixlaw search fit.json --max web=0.5 --json best.json
  mixlaw design fit.json --method d-optimal --runs 16 --out next.csv

Exit codes:
  0 fine; 1 done, but a fit did not end in a usable minimum, or not all text could be counted;
  2 flags, study, law file or formula; 3 run table, fit document or text; 4 device; 5 output; 130 interrupted";

/// Fits data-mixing and scaling laws to tables of training runs
#[derive(Debug, Parser)]
#[command(name = "mixlaw", version, max_term_width = 100, after_help = AFTER)]
struct Cli {
    /// Threads to use [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    threads: Option<usize>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "one value, built once")]
enum Command {
    /// Health of a run table: rows, domains, duplicates, rank, missing cells, ranges, outliers
    Check(check::CheckArgs),
    /// The catalogue of laws, or all about one
    Laws(laws::LawsArgs),
    /// Fit laws to every target of a run table
    Fit(fit::FitArgs),
    /// Boosted trees of every target of a run table, as text models of LightGBM
    Learn(learn::LearnArgs),
    /// Predictions of fitted laws, or of boosted trees, for the rows of a table
    Predict(predict::PredictArgs),
    /// Laws and regressors side by side, on rows that they have not seen
    Compare(compare::CompareArgs),
    /// The best mixture by a fit, under constraints, with a proof where there can be one
    Search(search::SearchArgs),
    /// Which proxy runs to train first, or next
    Design(design::DesignArgs),
    /// A mixture as a trainer wants it: Megatron, NeMo, OLMo-core, MosaicML, Hugging Face and more
    Export(export::ExportArgs),
    /// Mixtures without training: entropies of the text of each domain, with intervals
    Proxy(proxy::ProxyArgs),
    /// Critical mixture ratio: how much domain data continual pre-training bears
    Cmr(cmr::CmrArgs),
    /// The multimodal scaling hypothesis as a calculator: tokens, scores, data against parameters
    Multimodal(multimodal::MultimodalArgs),
    /// The GPU adapters of this host, their limits and whether they compute right
    Devices(devices::DevicesArgs),
    /// Time the same fits on the GPU, the CPU and SciPy, and compare their answers
    Bench(bench::BenchArgs),
    /// All that a study file asks for: table, laws, objective, hold-out, outputs
    Run(run::RunArgs),
    /// Refits by the thousand: intervals for every parameter, rows and scales left out, resumable
    Sweep(sweep::SweepArgs),
    /// Put the shards of a sweep together
    Merge(sweep::MergeArgs),
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
        Command::Check(args) => check::run(&args),
        Command::Laws(args) => laws::run(&args),
        Command::Fit(args) => fit::run(&args),
        Command::Learn(args) => learn::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Design(args) => design::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Proxy(args) => proxy::run(&args),
        Command::Cmr(args) => cmr::run(&args),
        Command::Multimodal(args) => multimodal::run(&args),
        Command::Devices(args) => devices::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Merge(args) => sweep::merge(&args),
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
fn write_json(path: &Path, document: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|e| Error::output(path, e.to_string(), "report this as a defect"))?;
    if path == Path::new("-") {
        return print(&(text + "\n"));
    }
    write_file(path, (text + "\n").as_bytes())
}

/// Writes a file whole or not at all. A device or a pipe is written to as it is, and a link is
/// followed: the finished file would else take its place.
fn write_file(path: &Path, contents: &[u8]) -> Result<()> {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let special = std::fs::metadata(&real).is_ok_and(|about| !about.is_file() && !about.is_dir());
    if !special {
        return crate::store::write(if path.is_symlink() { &real } else { path }, contents);
    }
    let file = std::fs::OpenOptions::new().write(true).open(&real);
    file.and_then(|mut file| file.write_all(contents))
        .map_err(|e| Error::output(path, format!("cannot write: {e}"), "choose another file"))
}

/// Refuses an output that cannot be written before hours go into what it should hold.
fn check_output(path: Option<&Path>) -> Result<()> {
    let Some(path) = path.filter(|path| *path != Path::new("-")) else { return Ok(()) };
    if path.is_dir() {
        return Err(Error::output(path, "this is a folder", "name a file"));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let cause = format!("cannot write: there is no folder {}", folder.display());
            Err(Error::output(path, cause, "make the folder, or choose another file"))
        }
        _ => Ok(()),
    }
}

/// An error in what a file says: the file is named unless another place is.
fn said_in(file: &Path, mut error: Error) -> Error {
    if let Error::Usage { place, .. } | Error::Formula { place, .. } | Error::Input { place, .. } =
        &mut error
        && *place == Place::default()
    {
        *place = Place::file(file);
    }
    error
}
