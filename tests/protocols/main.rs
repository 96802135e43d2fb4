//! `mixlaw run` through the BiMix paper's procedure: ends of runs, other mixtures, the best mixture; and
//! what is said before a fit of what its rows cannot determine.

mod diagnosis;
mod planted;
mod real;
mod refusals;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use serde_json::Value;
use support::program::{Folder, Ran};

/// A study of this repository, run into a folder of its own.
fn study(path: &Path, folder: &Folder) -> Ran {
    let file = path.to_str().expect("a path in UTF-8");
    folder.run(&["run", file, "--out", "out"])
}

/// A document that a run wrote.
fn document(folder: &Folder, name: &str) -> Value {
    let path = folder.path().join("out").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn at(value: &Value, pointer: &str) -> f64 {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number at {pointer}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Checkpoints at these steps of mixtures of two domains, whose first shares these are, by BiMix laws
/// with 0.2 % of noise.
fn checkpoints(shares: &[f64], steps: &[f64]) -> String {
    let mut random = support::Random(5);
    let mut text = String::from("w_a,w_b,s,a_loss,b_loss\n");
    for share in shares {
        for step in steps {
            let over_time = 2.0 / step + 1.5;
            let mut loss = |share: f64, alpha: f64| {
                share.powf(-alpha) * over_time * (1.0 + 0.002 * random.normal())
            };
            let (a, b) = (loss(*share, 0.1), loss(1.0 - share, 0.05));
            text += &format!("{share},{},{step},{a},{b}\n", 1.0 - share);
        }
    }
    text
}

const STEPS: [f64; 8] = [1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 16.0, 20.0];

/// A study of `runs.csv` that `checkpoints` made, with more parts.
fn small(law: &str, more: &str) -> String {
    format!(
        "name = 'small'\n[runs]\ntables = ['runs.csv']\nmixture = 'w_*'\ntarget = '*_loss'\n\
         [fit]\nlaws = ['{law}']\n{more}"
    )
}
