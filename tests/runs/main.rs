//! Tables of runs, read through the library from files in a temporary folder.

mod bad_cells;
mod bad_files;
mod bad_mixtures;
mod bad_roles;
mod formats;
mod good;
#[cfg(feature = "parquet")]
mod parquet;
mod public;

use std::path::PathBuf;

use mixlaw::error::Error;
use mixlaw::runs::{RoleSpec, Runs, read};

/// A folder with files in it, removed at the end of the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("a file in it");
        path
    }
}

/// The roles `weight_*` and `*_loss`.
fn usual() -> RoleSpec {
    RoleSpec { mixture: list(&["weight_*"]), target: list(&["*_loss"]), ..RoleSpec::default() }
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_string()).collect()
}

/// Reads one CSV file called `runs.csv`.
fn read_text(text: impl AsRef<[u8]>, spec: &RoleSpec) -> Result<Runs, Error> {
    let folder = Folder::new();
    read(&[folder.file("runs.csv", text)], None, spec)
}

/// The error must have this exit code, and its message every one of these parts.
#[track_caller]
fn refused(result: Result<Runs, Error>, code: u8, parts: &[&str]) {
    let error = match result {
        Ok(_) => panic!("the table was accepted"),
        Err(error) => error,
    };
    let message = error.to_string();
    assert_eq!(error.exit_code(), code, "{message}");
    for part in parts.iter().chain(&["remedy: "]) {
        assert!(message.contains(part), "no `{part}` in: {message}");
    }
}

/// A small table that nothing is wrong with.
const FINE: &str = "\
weight_a,weight_b,N,arxiv_loss,b_loss
0.25,0.75,100,3.5,2.5
0.5,0.5,100,3.25,2.75
1,0,200,3,3
";
