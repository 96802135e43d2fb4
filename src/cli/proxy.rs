//! `mixlaw proxy`: entropies of the text of domains, and mixtures that need no training.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::engine::{bytes, watched};
use super::{Outcome, check_output, print, write_json};
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::proxy::{
    Correction, Domain, Embedding, Means, Measured, Normalise, Options, Pack, Tokens, domains,
    doremi, entropy_shares, measure, natural, temperature, unimax,
};
use crate::report::{PROXY_SCHEMA, ProxyReport, proxy_text};

/// Domains, tokens, vectors, mixtures.
#[derive(Debug, Args)]
pub(super) struct ProxyArgs {
    /// A domain and its files, folders or patterns, with commas between them; or a folder whose
    /// folders are the domains
    #[arg(required = true, num_args = 1.., value_name = "DOMAIN=PATHS")]
    domains: Vec<String>,
    /// What a token is: bytes, words, or (feature `tokenizers`) a Hugging Face tokenizer.json or the
    /// file of an encoding, e.g. cl100k_base.tiktoken
    #[arg(long, value_name = "NAME|FILE", default_value = "bytes", help_heading = "Text")]
    tokens: String,
    /// Tokens of a sequence
    #[arg(long, value_name = "N", default_value_t = 1024, help_heading = "Text")]
    sequence: usize,
    /// What a sequence is made of
    #[arg(long, value_enum, default_value = "domain", help_heading = "Text")]
    pack: Pack,
    /// Text files have a document a line
    #[arg(long, help_heading = "Text")]
    lines: bool,
    /// The field of JSON, or the column of Parquet, that holds the text; dots lead into objects
    #[arg(long, value_name = "NAME", default_value = "text", help_heading = "Text")]
    field: String,
    /// Documents that are longer are left out and counted
    #[arg(long, value_name = "SIZE", default_value = "64M", help_heading = "Text")]
    longest: String,
    /// What is done about the bias of a small sample
    #[arg(long, value_enum, default_value = "none", help_heading = "Entropies")]
    correction: Correction,
    /// Groups of documents that are left out in turn, for intervals (0: none)
    #[arg(long, value_name = "N", default_value_t = 20, help_heading = "Entropies")]
    groups: u32,
    /// Intervals from so many resamples of the groups, drawn with replacement, in place of leaving each out
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Entropies")]
    bootstrap: usize,
    /// Seed of the groups
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Entropies")]
    seed: u64,
    /// Numbers of a document's vector, for VNE (0: no VNE)
    #[arg(long, value_name = "N", default_value_t = 256, help_heading = "Entropies")]
    dimension: usize,
    /// Vectors of words of FastText, as text (.vec) or a model (.bin), in place of hashed pieces of text
    #[arg(long, value_name = "FILE", help_heading = "Entropies")]
    vectors: Option<PathBuf>,
    /// Vectors of the documents of a domain: a NumPy matrix, a row a document (repeat for all)
    #[arg(
        long,
        value_name = "DOMAIN=FILE",
        conflicts_with = "vectors",
        help_heading = "Entropies"
    )]
    embeddings: Vec<String>,
    /// The mixture that is chosen
    #[arg(long, value_enum, default_value = "ce", help_heading = "Mixture")]
    by: By,
    /// How entropies become shares
    #[arg(long, value_enum, default_value = "softmax", help_heading = "Mixture")]
    normalise: Normalise,
    /// Also the mixture of tokens^(1/T)
    #[arg(long, value_name = "T", help_heading = "Mixture")]
    temperature: Option<f64>,
    /// Also UniMax, for a run of so many tokens
    #[arg(long, value_name = "TOKENS", help_heading = "Mixture")]
    budget: Option<f64>,
    /// How often UniMax may see a token
    #[arg(long, value_name = "N", default_value_t = 4.0, help_heading = "Mixture")]
    epochs: f64,
    /// Memory for counts and words; what does not fit goes to disk
    #[arg(long, value_name = "SIZE", default_value = "1G", help_heading = "Work")]
    memory: String,
    /// The folder for what does not fit [default: the system's]
    #[arg(long, value_name = "FOLDER", help_heading = "Work")]
    spill: Option<PathBuf>,
    /// Keep how far it is in this file and a folder beside it; the same command goes on from there
    #[arg(long, value_name = "FILE", conflicts_with = "spill", help_heading = "Work")]
    checkpoint: Option<PathBuf>,
    /// Write everything as JSON (`-` for stdout, in place of the table)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the chosen mixture for `mixlaw export` and `mixlaw search --reference`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Conditional entropy of a token given the one before
    Ce,
    /// Entropy of tokens
    Se,
    /// Entropy of pairs
    Je,
    /// Von Neumann entropy of documents
    Vne,
    /// Numbers of tokens
    Natural,
    /// The same share for all
    Uniform,
    /// Numbers of tokens to the power 1/T (with --temperature)
    Temperature,
    /// Uniform, but no token too often (with --budget)
    Unimax,
    /// DoReMi's weights, where the names are those of The Pile or of SlimPajama
    Doremi,
}

pub(super) fn run(args: &ProxyArgs) -> Result<Outcome> {
    for output in [&args.json, &args.out, &args.checkpoint] {
        check_output(output.as_deref())?;
    }
    args.check()?;
    let options = args.options()?;
    let domains = domains(&args.domains)?;
    let options = Options { embedding: args.embedding(&domains)?, ..options };
    args.check_by(&domains)?;
    let watch = Arc::new(Watch::new());
    let means = Means {
        watch: &watch,
        checkpoint: args.checkpoint.as_deref(),
        spill: args.spill.as_deref(),
    };
    let measured = watched(&watch, || measure(&domains, &options, means))?;
    let report = args.report(measured, &options)?;
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if let Some(path) = &args.out {
        write_json(path, &report.mixture_report())?;
    }
    let dash = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    if !dash(&args.json) && !dash(&args.out) {
        print(&proxy_text(&report))?;
    }
    Ok(if report.is_whole() { Outcome::Fine } else { Outcome::Wanting })
}

impl By {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }
}

impl ProxyArgs {
    fn check(&self) -> Result<()> {
        let positive = |flag: &str, value: Option<f64>| match value {
            Some(value) if value <= 0.0 || !value.is_finite() => {
                let cause = format!("{flag} {value} is not positive");
                Err(Error::usage(cause, "give a number above 0"))
            }
            _ => Ok(()),
        };
        positive("--temperature", self.temperature)?;
        positive("--budget", self.budget)?;
        positive("--epochs", Some(self.epochs))?;
        let needs = [
            (By::Temperature, self.temperature.is_some(), "--temperature"),
            (By::Unimax, self.budget.is_some(), "--budget"),
            (By::Vne, self.dimension > 0 || self.has_vectors(), "--dimension above 0"),
        ];
        match needs.iter().find(|(by, given, _)| *by == self.by && !given) {
            Some((by, _, flag)) => {
                let cause = format!("--by {} needs {flag}", by.name());
                Err(Error::usage(cause, "add it, or choose another mixture"))
            }
            None => Ok(()),
        }
    }

    fn has_vectors(&self) -> bool {
        self.vectors.is_some() || !self.embeddings.is_empty()
    }

    /// Refuses a mixture that these domains cannot have, before they are read.
    fn check_by(&self, domains: &[Domain]) -> Result<()> {
        let names: Vec<String> = domains.iter().map(|domain| domain.name.clone()).collect();
        if self.by == By::Doremi && doremi(&names).is_none() {
            let cause = "--by doremi knows the domains of The Pile and of SlimPajama only";
            return Err(Error::usage(
                cause,
                "name the domains as there, or choose another mixture",
            ));
        }
        Ok(())
    }

    fn options(&self) -> Result<Options> {
        let size = |flag, text| {
            let bytes = bytes(flag, text)?;
            usize::try_from(bytes).map_err(|_| Error::usage(format!("{flag} is too large"), "less"))
        };
        Ok(Options {
            tokens: Tokens::from(self.tokens.as_str()),
            sequence: self.sequence,
            pack: self.pack,
            correction: self.correction,
            groups: self.groups,
            bootstrap: self.bootstrap,
            seed: self.seed,
            embedding: Embedding::None,
            lines: self.lines,
            field: self.field.clone(),
            longest: size("--longest", &self.longest)?,
            memory: size("--memory", &self.memory)?,
        })
    }

    fn embedding(&self, domains: &[Domain]) -> Result<Embedding> {
        if let Some(path) = &self.vectors {
            return Ok(Embedding::Words(path.clone()));
        }
        if self.embeddings.is_empty() {
            return Ok(match self.dimension {
                0 => Embedding::None,
                dimension => Embedding::Hashed(dimension),
            });
        }
        let mut files = Vec::new();
        for word in &self.embeddings {
            let (name, file) = word.split_once('=').ok_or_else(|| {
                let cause = format!("--embeddings {word} is not a domain and a file");
                Error::usage(cause, "write --embeddings web=web.npy")
            })?;
            let known = domains.iter().any(|domain| domain.name == name);
            if !known || files.iter().any(|(before, _)| *before == name) {
                let why = if known { "twice" } else { "for a domain that is not there" };
                let cause = format!("--embeddings names `{name}` {why}");
                return Err(Error::usage(cause, "give one file for each domain"));
            }
            files.push((name, PathBuf::from(file)));
        }
        let of = |domain: &Domain| {
            let found = files.iter().find(|(name, _)| *name == domain.name);
            found.map(|(_, file)| file.clone()).ok_or_else(|| {
                let cause = format!("--embeddings has no vectors for `{}`", domain.name);
                Error::usage(cause, "give a file for every domain, or for none")
            })
        };
        domains.iter().map(of).collect::<Result<_>>().map(Embedding::Matrices)
    }

    fn report(&self, domains: Vec<Measured>, options: &Options) -> Result<ProxyReport> {
        let mut warnings: Vec<String> =
            domains.iter().flat_map(|domain| domain.warnings.clone()).collect();
        let mixtures = self.mixtures(&domains, &mut warnings);
        let by = self.by.name();
        let chosen = mixtures.iter().find(|(name, _)| *name == by).ok_or_else(|| {
            let cause = format!("there is no mixture by {by}: not every domain has what it needs");
            Error::usage(cause, "choose another mixture with --by")
        })?;
        let shares = chosen.1.iter().copied();
        let mixture = domains.iter().map(|domain| domain.name.clone()).zip(shares).collect();
        Ok(ProxyReport {
            schema: PROXY_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            tokens: self.tokens.clone(),
            sequence: options.sequence,
            pack: options.pack,
            correction: options.correction,
            groups: options.groups,
            bootstrap: options.bootstrap,
            seed: options.seed,
            vectors: vectors(&options.embedding),
            normalise: self.normalise,
            goal: self.goal(),
            by,
            mixture,
            mixtures,
            domains,
            warnings,
        })
    }

    /// What the chosen mixture is, in words.
    fn goal(&self) -> String {
        let how = match self.normalise {
            Normalise::Softmax => "softmax of",
            Normalise::Share => "in proportion to",
        };
        match self.by {
            By::Ce => format!("{how} the conditional entropy"),
            By::Se => format!("{how} the entropy of tokens"),
            By::Je => format!("{how} the joint entropy"),
            By::Vne => format!("{how} the von Neumann entropy"),
            By::Natural => "in proportion to the tokens".into(),
            By::Uniform => "the same share for all".into(),
            By::Temperature => {
                format!("tokens to the power 1/{}", self.temperature.unwrap_or(1.0))
            }
            By::Unimax => format!(
                "UniMax, {} tokens, at most {} epochs",
                self.budget.unwrap_or_default(),
                self.epochs
            ),
            By::Doremi => "published weights of DoReMi".into(),
        }
    }

    /// All mixtures that there are.
    fn mixtures(
        &self,
        domains: &[Measured],
        warnings: &mut Vec<String>,
    ) -> Vec<(String, Vec<f64>)> {
        let by = |read: fn(&Measured) -> Option<f64>| {
            let entropies: Option<Vec<f64>> = domains.iter().map(read).collect();
            entropies.map(|entropies| entropy_shares(&entropies, self.normalise))
        };
        let tokens: Vec<f64> = domains.iter().map(|domain| domain.tokens as f64).collect();
        let names: Vec<String> = domains.iter().map(|domain| domain.name.clone()).collect();
        let known = doremi(&names);
        if let Some((corpus, _)) = &known {
            warnings.push(format!("doremi: weights published for {corpus}, raised to sum to 1"));
        }
        if self.budget.is_some_and(|budget| budget > self.epochs * tokens.iter().sum::<f64>()) {
            warnings.push(format!("unimax: the budget is more than {} epochs of all", self.epochs));
        }
        let all = [
            (By::Se, by(|domain| Some(domain.se.nats))),
            (By::Ce, by(|domain| Some(domain.ce.nats))),
            (By::Je, by(|domain| Some(domain.je.nats))),
            (By::Vne, by(|domain| domain.vne.map(|vne| vne.nats))),
            (By::Natural, Some(natural(&tokens))),
            (By::Uniform, Some(natural(&vec![1.0; tokens.len()]))),
            (By::Temperature, self.temperature.map(|t| temperature(&tokens, t))),
            (By::Unimax, self.budget.map(|budget| unimax(&tokens, budget, self.epochs))),
            (By::Doremi, known.map(|(_, weights)| weights)),
        ];
        all.into_iter().filter_map(|(by, shares)| Some((by.name(), shares?))).collect()
    }
}

/// How documents become vectors, in words.
fn vectors(embedding: &Embedding) -> String {
    match embedding {
        Embedding::None => "none".into(),
        Embedding::Hashed(dimension) => {
            format!("hashed words and three bytes in a row, {dimension} numbers")
        }
        Embedding::Words(path) => format!("sums of the word vectors of {}", path.display()),
        Embedding::Matrices(paths) => format!("given, for {} domains", paths.len()),
    }
}
