//! Mixtures as files of trainers: what is written, that it reads back, and what is refused.

mod exact;
mod flags;
mod foreign;
#[path = "../support/formats.rs"]
mod formats;
mod golden;
#[path = "../support/program.rs"]
mod program;
mod refusals;
mod round_trip;

use formats::FORMATS;
use program::{Folder, Ran};

/// Formats that say where data lie.
const WITH_PATHS: [&str; 7] =
    ["megatron", "nemo", "olmo-core", "mosaicml", "litdata", "nanotron", "hf"];

/// Formats that keep domains of share 0.
const ZEROS: [&str; 3] = ["json", "yaml", "csv"];

impl Folder {
    /// A folder with the mixture document `best.json`.
    fn with(shares: &[(&str, f64)]) -> Folder {
        let folder = Folder::new();
        folder.file("best.json", document(&mixture(shares)));
        folder
    }

    /// `export best.json --to FORMAT` with these flags.
    fn export(&self, format: &str, flags: &[&str]) -> Ran {
        self.run(&[&["export", "best.json", "--to", format], flags].concat())
    }

    /// What `export` writes.
    #[track_caller]
    fn exported(&self, format: &str, flags: &[&str]) -> String {
        self.export(format, flags).ended(0).stdout.clone()
    }

    /// `export` ends with this code, writes nothing and says all of this.
    #[track_caller]
    fn refuses(&self, format: &str, flags: &[&str], code: i32, parts: &[&str]) {
        let export = ["export", "best.json", "--to", format, "--out", "out"];
        self.run_refused(&[&export[..], flags].concat(), code, parts);
    }
}

/// The object of a mixture.
fn mixture(shares: &[(&str, f64)]) -> String {
    let line =
        |(name, share): &(&str, f64)| format!("{}: {share:?}", serde_json::Value::from(*name));
    format!("{{{}}}", shares.iter().map(line).collect::<Vec<_>>().join(", "))
}

/// A mixture document with this object in it.
fn document(mixture: &str) -> String {
    format!(
        r#"{{"schema": "mixlaw.mixture/1", "version": "0.0.9", "source": "fit.json",
        "laws": ["mixing-exp"], "mixture": {mixture}, "goal": "mean loss of 5 targets",
        "at": {{"N": 1e9}},
        "objective": 2.3125, "lower_bound": 2.312, "gap": 0.0005, "certificate": "convex",
        "method": "mirror descent", "evaluated": 1000, "predicted": {{}}, "reference": {{}},
        "binding": [], "candidates": [], "warnings": ["arxiv is beyond its runs"]}}"#
    )
}

fn names(shares: &[(&str, f64)]) -> Vec<String> {
    shares.iter().map(|(name, _)| (*name).to_string()).collect()
}
