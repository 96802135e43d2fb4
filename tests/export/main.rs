//! Mixtures as files of trainers: what is written, that it reads back, and what is refused.

mod exact;
mod flags;
mod foreign;
mod golden;
mod refusals;
mod round_trip;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Every format, and the ending of its files.
const FORMATS: [(&str, &str); 12] = [
    ("megatron", "txt"),
    ("nemo", "json"),
    ("olmo-core", "yaml"),
    ("olmix", "yaml"),
    ("regmix", "yaml"),
    ("mosaicml", "yaml"),
    ("litdata", "py"),
    ("nanotron", "yaml"),
    ("hf", "py"),
    ("json", "json"),
    ("yaml", "yaml"),
    ("csv", "csv"),
];

/// Formats that say where data lie.
const WITH_PATHS: [&str; 7] =
    ["megatron", "nemo", "olmo-core", "mosaicml", "litdata", "nanotron", "hf"];

/// Formats that keep domains of share 0.
const ZEROS: [&str; 3] = ["json", "yaml", "csv"];

/// A folder to run in, removed at the end of the test.
struct Folder(tempfile::TempDir);

/// What the program did.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder with the mixture document `best.json`.
    fn with(shares: &[(&str, f64)]) -> Folder {
        let folder = Folder::new();
        folder.file("best.json", document(&mixture(shares)));
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a file in it");
        path
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
        command.args(arguments).current_dir(self.path()).env("COLUMNS", "100");
        let output = command.output().expect("the program starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(!stderr.contains("panicked"), "the program broke down:\n{stderr}");
        Ran { code: output.status.code(), stdout, stderr }
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
        let ran = self.export(format, &[&["--out", "out"], flags].concat());
        ran.ended(code).says(parts).says(&["mixlaw: ", "\n  remedy: "]);
        assert_eq!(ran.stdout, "");
        assert!(!self.path().join("out").exists(), "a file was left behind");
    }
}

impl Ran {
    #[track_caller]
    fn ended(&self, code: i32) -> &Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// All of this is on stderr.
    #[track_caller]
    fn says(&self, parts: &[&str]) -> &Ran {
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in:\n{}", self.stderr);
        }
        self
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
