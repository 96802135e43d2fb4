//! `mixlaw multimodal`: the multimodal scaling hypothesis as a calculator.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, check_output, print, write_json};
use crate::error::{Error, Result};
use crate::multimodal::{Modality, Setup};
use crate::report::{MultimodalReport, multimodal_text};

/// Modalities, a model, and what to trade.
#[derive(Debug, Args)]
pub(super) struct MultimodalArgs {
    /// A modality: raw size, and how much raw input goes into a token, in one unit, such as
    /// text=6e12/4.5 (bytes) or image=3e14/768 (pixels); without `/` the size is in tokens
    #[arg(required = true, num_args = 1.., value_name = "NAME=SIZE/COMPRESSION")]
    modalities: Vec<String>,
    /// Model parameters, such as 7e9
    #[arg(long, value_name = "P")]
    parameters: f64,
    /// Trade so many times as much data, and parameters divided by so much (repeat)
    #[arg(long, value_name = "FACTOR", default_value = "2")]
    factor: Vec<f64>,
    /// Write everything as JSON (`-` for stdout, in place of the tables)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &MultimodalArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    let report = MultimodalReport::new(&args.setup()?, &args.factor);
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&multimodal_text(&report))?;
    }
    Ok(Outcome::Fine)
}

impl MultimodalArgs {
    fn setup(&self) -> Result<Setup> {
        let modalities: Vec<Modality> =
            self.modalities.iter().map(|text| Modality::parse(text)).collect::<Result<_>>()?;
        for (number, one) in modalities.iter().enumerate() {
            if modalities[..number].iter().any(|other| other.name == one.name) {
                let cause = format!("two modalities are called `{}`", one.name);
                return Err(Error::usage(cause, "give each a name of its own"));
            }
        }
        let above = |flag: &str, value: f64| match value > 0.0 && value.is_finite() {
            true => Ok(()),
            false => {
                let cause = format!("{flag} {value} is not a number above zero");
                Err(Error::usage(cause, format!("write e.g. {flag} 7e9")))
            }
        };
        above("--parameters", self.parameters)?;
        self.factor.iter().try_for_each(|factor| above("--factor", *factor))?;
        Ok(Setup { modalities, parameters: self.parameters })
    }
}
