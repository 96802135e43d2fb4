//! Bad tables, formulas, flags and files, through the program itself: the exit code, what the
//! message says, and that nothing half-written stays behind.

mod files;
mod flags;
mod formulas;
mod fuzz;
mod models;
mod outputs;
#[path = "../support/program.rs"]
mod program;
mod swarms;
mod tables;

use program::{Folder, Ran};

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

impl Folder {
    /// A folder with `runs.csv` in it.
    fn with(table: impl AsRef<[u8]>) -> Self {
        let folder = Folder::new();
        folder.file("runs.csv", table);
        folder
    }

    #[track_caller]
    fn refuses(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        self.run_refused(arguments, code, parts);
    }

    /// The same for `fit runs.csv` with the usual flags and then these.
    #[track_caller]
    fn fit_refuses(&self, more: &[&str], code: i32, parts: &[&str]) {
        let arguments = [&["fit", "runs.csv"], &USUAL[..], &["--json", "out.json"], more].concat();
        self.refuses(&arguments, code, parts);
    }
}

/// A table in which one text stands for another.
fn changed(from: &str, to: &str) -> String {
    assert!(FINE.contains(from), "`{from}` is not in the table");
    FINE.replacen(from, to, 1)
}
