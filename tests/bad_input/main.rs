//! Bad tables, formulas, flags and files, through the program itself: the exit code, what the
//! message says, and that nothing half-written stays behind.

mod files;
mod flags;
mod formulas;
mod fuzz;
mod outputs;
mod tables;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A small table that nothing is wrong with.
const FINE: &str = "\
weight_a,weight_b,N,a_loss,b_loss
0.25,0.75,100,3.5,2.5
0.5,0.5,100,3.25,2.75
0.1,0.9,200,3.3,3
0.2,0.8,400,3.1,3.1
1,0,200,3,3.2
";

/// Flags that take the table as it is, with a law that fits it.
const USUAL: [&str; 6] = ["--mixture", "weight_*", "--target", "*_loss", "--law", "c + k*w[a]"];

/// A folder to run in, removed at the end of the test.
struct Folder(tempfile::TempDir);

/// What the program did.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A folder with `runs.csv` in it.
    fn with(table: impl AsRef<[u8]>) -> Self {
        let folder = Folder::new();
        folder.file("runs.csv", table);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).expect("a file in it");
        path
    }

    /// Everything in the folder, hidden files too, in order.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
        command.args(arguments).current_dir(self.path()).env("COLUMNS", "100");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(&self.command(arguments).output().expect("the program starts"))
    }

    /// Runs the program and sees to it that no file appears, changes its name or goes.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        let before = self.names();
        self.run(arguments).refused(code, parts);
        assert_eq!(self.names(), before, "files were left behind by {arguments:?}");
    }

    /// As [`Folder::refuses`], for `fit runs.csv` with the usual flags and then these.
    #[track_caller]
    fn fit_refuses(&self, more: &[&str], code: i32, parts: &[&str]) {
        let arguments = [&["fit", "runs.csv"], &USUAL[..], &["--json", "out.json"], more].concat();
        self.refuses(&arguments, code, parts);
    }
}

impl Ran {
    fn new(output: &Output) -> Ran {
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
    fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The exit code is this, nothing is on stdout, and stderr has every part and a remedy.
    #[track_caller]
    fn refused(&self, code: i32, parts: &[&str]) {
        self.ended(code);
        assert_eq!(self.stdout, "", "results came before the error");
        for part in parts.iter().chain(&["mixlaw: ", "\n  remedy: "]) {
            assert!(self.stderr.contains(part), "no `{part}` in:\n{}", self.stderr);
        }
    }

    /// As [`Ran::refused`] for what the parser of flags refuses; it words its own remedies.
    #[track_caller]
    fn misused(&self, parts: &[&str]) {
        self.ended(2);
        for part in parts.iter().chain(&["error: ", "--help"]) {
            assert!(self.stderr.contains(part), "no `{part}` in:\n{}", self.stderr);
        }
    }
}

/// A table in which one text stands for another.
fn changed(from: &str, to: &str) -> String {
    assert!(FINE.contains(from), "`{from}` is not in the table");
    FINE.replacen(from, to, 1)
}
