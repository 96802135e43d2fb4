//! `mixlaw sweep` and `mixlaw merge`: what is interrupted ends with the same bytes, intervals hold what they
//! should, and what cannot be done is refused.

mod coverage;
mod known;
mod refusals;
mod resume;
mod shards;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::Random;
use support::program::Folder;

/// Runs of the law E + A/N^alpha + B/D^beta with half a percent of noise, and a second loss beside it.
fn runs(rows: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = String::from("N,D,loss,other_loss\n");
    for _ in 0..rows {
        let sizes = [1e8, 3e8, 1e9, 3e9];
        let n = sizes[(random.unit() * 4.0) as usize];
        let d = random.log_between(1e9, 1e11);
        let clean = 1.7 + 400.0 * f64::powf(n, -0.34) + 400.0 * f64::powf(d, -0.28);
        let mut noisy = |loss: f64| loss * (0.005 * random.normal()).exp();
        let (loss, other) = (noisy(clean), noisy(clean + 0.3));
        text += &format!("{n},{d},{loss},{other}\n");
    }
    text
}

/// A study of these runs; `sweep` is what stands in its part [sweep].
fn study(folder: &Folder, sweep: &str) -> PathBuf {
    folder.file("runs.csv", runs(40, 11));
    let text = format!(
        "name = \"made up\"\nseed = 5\n[runs]\ntables = [\"runs.csv\"]\ntarget = [\"loss\", \"other_loss\"]\n\
         [fit]\nlaws = [\"chinchilla\"]\nresidual = \"log\"\nstarts = 16\n[sweep]\n{sweep}\n"
    );
    folder.file("study.toml", text)
}

/// A file that a sweep wrote into `out`.
fn bytes(folder: &Folder, out: &str, name: &str) -> Vec<u8> {
    let path = folder.path().join(out).join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn document(folder: &Folder, out: &str) -> Value {
    serde_json::from_slice(&bytes(folder, out, "sweep.json")).expect("JSON")
}

/// Lines of draws.
fn lines(folder: &Folder, out: &str) -> Vec<Value> {
    let text = String::from_utf8(bytes(folder, out, "draws.jsonl")).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn at(value: &Value, pointer: &str) -> f64 {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number at {pointer}"))
}

/// What every sweep writes in the end, but for names of engines.
const WRITTEN: [&str; 4] = ["draws.jsonl", "fit.json", "sweep.json", "report.txt"];

/// Both folders hold the same.
#[track_caller]
fn same(folder: &Folder, a: &str, b: &str) {
    for name in WRITTEN {
        assert!(bytes(folder, a, name) == bytes(folder, b, name), "{name} differs in {a} and {b}");
    }
}

fn exists(path: &Path) -> bool {
    path.try_exists().expect("a readable folder")
}
