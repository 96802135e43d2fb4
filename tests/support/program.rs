//! The program in a folder of its own: what it is given, what it does, what it leaves behind.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder to run in, removed at the end of the test.
pub(crate) struct Folder(tempfile::TempDir);

/// What the program did.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).expect("a file in it");
        path
    }

    /// Everything in the folder, hidden files too, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
        command.args(arguments).current_dir(self.path()).env("COLUMNS", "100");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(&self.command(arguments).output().expect("the program starts"))
    }

    /// Runs the program and sees to it that no file appears, changes its name or goes.
    #[track_caller]
    pub(crate) fn run_refused(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        let before = self.names();
        self.run(arguments).refused(code, parts);
        assert_eq!(self.names(), before, "files were left behind by {arguments:?}");
    }
}

impl Ran {
    pub(crate) fn new(output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ran = Ran {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        let quiet = !ran.stderr.contains("panicked") && !ran.stderr.contains("overflowed");
        assert!(quiet, "the program broke down:\n{}", ran.stderr);
        ran
    }

    #[track_caller]
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// All of this is on stderr.
    #[track_caller]
    pub(crate) fn says(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in:\n{}", self.stderr);
        }
        self
    }

    /// The exit code is this, nothing is on stdout, and stderr has every part and a remedy.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, parts: &[&str]) {
        self.ended(code).says(parts).says(&["mixlaw: ", "\n  remedy: "]);
        assert_eq!(self.stdout, "", "results came before the error");
    }

    /// As [`Ran::refused`] for what the parser of flags refuses; it words its own remedies.
    #[track_caller]
    pub(crate) fn misused(&self, parts: &[&str]) {
        self.ended(2).says(parts).says(&["error: ", "--help"]);
    }
}
