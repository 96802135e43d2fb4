//! Mixtures as trainers want them, and back.
//!
//! In: a mixture document and what the user knows about its domains. Out: the text of one file for
//! one trainer, with weights that are decimals and sum to exactly 1, and what to beware of; from
//! such a file, a share for every domain.

mod found;
mod header;
mod import;
mod maps;
mod mix;
mod quote;
mod supply;
mod tree;
mod weights;
mod yaml_tree;

mod csv;
mod hf;
mod json;
mod litdata;
mod megatron;
mod mosaicml;
mod nanotron;
mod nemo;
mod olmix;
mod olmo_core;
mod regmix;
mod snippet;
mod yaml;

use std::path::Path;

use clap::ValueEnum;

pub use import::{Known, import};
pub use maps::{Counts, Location, Paths};
pub(crate) use weights::apportion;
pub use weights::{DIGITS, MOST_DIGITS};

use crate::error::Result;
use crate::report::mixture::MixtureReport;
use mix::Mix;

/// What a file is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Megatron-LM: a file for --data-args-path
    Megatron,
    /// NeMo: a JSON list of weights and prefixes in turn
    Nemo,
    /// OLMo-core: a SourceMixtureList in YAML
    OlmoCore,
    /// olmix: the mix of a launch configuration in YAML
    Olmix,
    /// RegMix and TinyLlama: YAML with train, valid and model_name
    Regmix,
    /// MosaicML Streaming and llm-foundry: streams in YAML
    Mosaicml,
    /// LitData and LitGPT: a Python snippet
    Litdata,
    /// nanotron: dataset_folder and dataset_weights in YAML
    Nanotron,
    /// Hugging Face datasets: a Python snippet for interleave_datasets
    Hf,
    /// A JSON object of domains and weights
    Json,
    /// A YAML map of domains and weights
    Yaml,
    /// A table of domains and weights
    Csv,
}

impl Format {
    /// Whether the file says where the data lie.
    pub fn wants_paths(self) -> bool {
        use Format::{Hf, Litdata, Megatron, Mosaicml, Nanotron, Nemo, OlmoCore};
        matches!(self, Megatron | Nemo | OlmoCore | Mosaicml | Litdata | Nanotron | Hf)
    }

    /// Whether a domain of weight 0 may stand in the file.
    pub fn writes_zeros(self) -> bool {
        matches!(self, Format::Json | Format::Yaml | Format::Csv)
    }

    /// How the name of such a file ends, by custom.
    pub fn ending(self) -> &'static str {
        use Format::{Csv, Hf, Json, Litdata, Megatron, Nemo};
        match self {
            Megatron => "txt",
            Nemo | Json => "json",
            Litdata | Hf => "py",
            Csv => "csv",
            _ => "yaml",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }
}

/// How MosaicML is told about a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Amount {
    /// Its part of the samples.
    #[default]
    Proportion,
    /// How often it is seen.
    Repeat,
}

/// What the user says about an export.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Digits after the point; as many as are needed, and [`DIGITS`] at least, where unset.
    pub digits: Option<u32>,
    /// Where the data lie.
    pub paths: Option<Paths>,
    /// Tokens a domain.
    pub tokens: Option<Counts>,
    /// Tokens of the run.
    pub budget: Option<f64>,
    /// How often a token may be seen.
    pub repeat: Option<f64>,
    /// What MosaicML is told.
    pub amount: Amount,
    /// Mean tokens of a document, a domain.
    pub tokens_per_document: Option<Counts>,
    /// Seed of `interleave_datasets`.
    pub seed: u64,
    /// Validation sets of RegMix.
    pub valid: Vec<String>,
    /// Model of RegMix.
    pub model_name: Option<String>,
}

impl Options {
    /// The places of a domain; its name stands in without a map.
    fn places(&self, domain: &str, format: Format) -> Result<Vec<Location>> {
        let stand_in = || vec![Location { path: domain.to_string(), tokens: 1.0 }];
        let Some(paths) = self.paths.as_ref().filter(|_| format.wants_paths()) else {
            return Ok(stand_in());
        };
        paths.of(domain).map(<[Location]>::to_vec)
    }
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its text.
    pub text: String,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// The mixture of the document at `file` as a file for a trainer.
///
/// # Errors
/// [`crate::error::Error::Input`] where the mixture is none or a map lacks a domain,
/// [`crate::error::Error::Usage`] where an option is wanting or the format has no way to say it.
pub fn export(
    report: &MixtureReport,
    file: &Path,
    format: Format,
    options: &Options,
) -> Result<Written> {
    mix::check(&report.mixture, file)?;
    export_shares(&report.mixture, &header::provenance(report, file), format, options)
}

/// Shares that sum to 1 as a file for a trainer; `provenance` stands at its head as comments, where
/// the format has any.
///
/// # Errors
/// As [`export`].
pub fn export_shares(
    shares: &[(String, f64)],
    provenance: &[String],
    format: Format,
    options: &Options,
) -> Result<Written> {
    let mut mix = Mix::new(shares, format, options, provenance)?;
    let text = match format {
        Format::Megatron => megatron::write(&mix),
        Format::Nemo => Ok(nemo::write(&mix)),
        Format::OlmoCore => olmo_core::write(&mut mix),
        Format::Olmix => olmix::write(&mut mix),
        Format::Regmix => regmix::write(&mut mix),
        Format::Mosaicml => mosaicml::write(&mix),
        Format::Litdata => Ok(litdata::write(&mix)),
        Format::Nanotron => Ok(nanotron::write(&mix)),
        Format::Hf => hf::write(&mut mix),
        Format::Json => Ok(json::write(&mix)),
        Format::Yaml => Ok(yaml::write(&mix)),
        Format::Csv => csv::write(&mut mix),
    }?;
    Ok(Written { text, warnings: mix.warnings })
}
