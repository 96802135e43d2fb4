//! `mixlaw export`: a mixture as a trainer wants it.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, check_output, print, write_file};
use crate::error::{Error, Result};
use crate::export::{Amount, Counts, Format, MOST_DIGITS, Options, Paths, export};
use crate::report::mixture::MixtureReport;

/// A mixture, a format, and what the format wants to know.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// What `mixlaw search --json` wrote
    mixture: PathBuf,
    /// What to write it for
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// Where to write [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Digits after the point [default: 6, or as many as the smallest share needs]
    #[arg(long, value_name = "N")]
    digits: Option<u32>,
    /// Where the data of each domain lie: JSON or TOML, a path or a list of paths a domain
    #[arg(long, value_name = "MAP")]
    paths: Option<PathBuf>,
    /// Tokens of each domain: JSON or TOML (olmo-core, olmix, mosaicml)
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Tokens that the run will see (olmo-core, olmix, mosaicml)
    #[arg(long, value_name = "N")]
    budget: Option<f64>,
    /// How often a token may be seen (olmo-core, olmix)
    #[arg(long, value_name = "N")]
    repeat: Option<f64>,
    /// What a stream is told (mosaicml); repeat needs --tokens and --budget [default: proportion]
    #[arg(long = "as", value_enum, value_name = "AMOUNT")]
    amount: Option<Amount>,
    /// Mean tokens of a document of each domain: JSON or TOML (hf)
    #[arg(long, value_name = "FILE")]
    tokens_per_document: Option<PathBuf>,
    /// Seed of the order (hf) [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A validation set (regmix); may be given several times
    #[arg(long, value_name = "NAME")]
    valid: Vec<String>,
    /// The model (regmix) [default: tinyllama_1_1b]
    #[arg(long, value_name = "NAME")]
    model_name: Option<String>,
}

pub(super) fn run(args: &ExportArgs) -> Result<Outcome> {
    args.check()?;
    let out = args.out.as_deref();
    check_output(out)?;
    let report = MixtureReport::read(&args.mixture)?;
    let options = args.options(&report)?;
    let written = export(&report, &args.mixture, args.to, &options)?;
    for warning in report.warnings.iter().chain(&written.warnings) {
        // What cannot be told is no reason to fail.
        let _ = writeln!(std::io::stderr(), "warning: {warning}");
    }
    match out.filter(|path| *path != Path::new("-")) {
        Some(path) => write_file(path, written.text.as_bytes())?,
        None => print(&written.text)?,
    }
    Ok(Outcome::Fine)
}

impl ExportArgs {
    fn options(&self, report: &MixtureReport) -> Result<Options> {
        let domains: Vec<String> = report.mixture.iter().map(|(name, _)| name.clone()).collect();
        let paths = self.paths.as_deref().map(|path| Paths::read(path, &domains));
        let counts = |path: &Option<PathBuf>| {
            path.as_deref().map(|path| Counts::read(path, &domains)).transpose()
        };
        Ok(Options {
            digits: self.digits,
            paths: paths.transpose()?,
            tokens: counts(&self.tokens)?,
            budget: self.budget,
            repeat: self.repeat,
            amount: self.amount.unwrap_or_default(),
            tokens_per_document: counts(&self.tokens_per_document)?,
            seed: self.seed.unwrap_or(0),
            valid: self.valid.clone(),
            model_name: self.model_name.clone(),
        })
    }

    /// Refuses what cannot be meant, before anything is read.
    fn check(&self) -> Result<()> {
        if let Some(flag) = self.idle() {
            let cause = format!("{flag} says nothing to --to {}", self.to.name());
            return Err(Error::usage(cause, format!("leave {flag} out, or choose another format")));
        }
        if self.digits.is_some_and(|digits| digits == 0 || digits > MOST_DIGITS) {
            let cause = format!("--digits must be between 1 and {MOST_DIGITS}");
            return Err(Error::usage(cause, "leave it out to have as many as are needed"));
        }
        if self.budget.is_some_and(|budget| !budget.is_finite() || budget <= 0.0) {
            return Err(Error::usage("--budget must be above zero", "give a number of tokens"));
        }
        if self.repeat.is_some_and(|times| !times.is_finite() || times < 1.0) {
            return Err(Error::usage("--repeat must be at least 1", "1 lets no token come again"));
        }
        if self.tokens.is_some() != self.budget.is_some() {
            let remedy = "give the tokens there are and the tokens of the run";
            return Err(Error::usage("--tokens and --budget need each other", remedy));
        }
        if self.amount == Some(Amount::Repeat) && self.tokens.is_none() {
            let remedy = "a stream is repeated share * budget / tokens times";
            return Err(Error::usage("--as repeat needs --tokens and --budget", remedy));
        }
        Ok(())
    }

    /// A flag that the format has no use for.
    fn idle(&self) -> Option<&'static str> {
        use Format::{Hf, Mosaicml, Olmix, OlmoCore, Regmix};
        let repeated = self.to == Mosaicml && self.amount == Some(Amount::Repeat);
        let supply = matches!(self.to, OlmoCore | Olmix) || repeated;
        let uses = [
            ("--paths", self.paths.is_some(), self.to.wants_paths()),
            ("--as", self.amount.is_some(), self.to == Mosaicml),
            ("--tokens", self.tokens.is_some(), supply),
            ("--budget", self.budget.is_some(), supply),
            ("--repeat", self.repeat.is_some(), matches!(self.to, OlmoCore | Olmix)),
            ("--tokens-per-document", self.tokens_per_document.is_some(), self.to == Hf),
            ("--seed", self.seed.is_some(), self.to == Hf),
            ("--valid", !self.valid.is_empty(), self.to == Regmix),
            ("--model-name", self.model_name.is_some(), self.to == Regmix),
        ];
        uses.into_iter().find(|(_, given, used)| *given && !used).map(|(flag, ..)| flag)
    }
}
