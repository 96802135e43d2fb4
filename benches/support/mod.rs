//! What the benches share: CPU time, medians, random numbers, tables, arguments, JSON.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use mixlaw::law::{Changes, Model, catalogue};
use mixlaw::problem::{Objective, Problem, assemble};
use mixlaw::runs::{RoleSpec, Runs, Table};
use serde_json::Value;

/// CPU seconds of this process, user and system, all threads.
#[cfg(unix)]
pub(crate) fn cpu_seconds() -> f64 {
    unsafe extern "C" {
        safe fn clock() -> std::ffi::c_long;
    }
    // POSIX fixes CLOCKS_PER_SEC at a million.
    clock() as f64 / 1e6
}

/// Wall and CPU seconds of one call, and what it gave.
pub(crate) fn timed<T>(call: impl FnOnce() -> T) -> (f64, f64, T) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let value = call();
    (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu, value)
}

/// The middle one; the mean of the middle two of an even number.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { 0.5 * (sorted[middle - 1] + sorted[middle]) }
}

/// The same numbers on every run and machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    pub(crate) fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// Normal, mean 0 and standard deviation 1 (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Shares that sum to 1: uniform on the simplex.
    pub(crate) fn mixture(&mut self, domains: usize) -> Vec<f64> {
        let raw: Vec<f64> = (0..domains).map(|_| -self.unit().ln()).collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|x| x / sum).collect()
    }
}

pub(crate) fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// A checked table from columns in memory.
pub(crate) fn runs(columns: Vec<(String, Vec<f64>)>, spec: &RoleSpec) -> Runs {
    Table::from_columns("memory", columns)
        .and_then(|table| Runs::from_table(table, spec))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The only problem of a table with one target and one group.
pub(crate) fn problem(runs: &Runs, law: &str, objective: Objective) -> Problem {
    let law = Arc::new(catalogue::law(law).unwrap_or_else(|error| panic!("{error}")));
    let is_column = |name: &str| runs.inputs.contains_key(name);
    let model = Model::new(&law, &runs.domains, &is_column, &Changes::default())
        .unwrap_or_else(|error| panic!("{error}"));
    let keep = vec![true; runs.len()];
    let mut all =
        assemble(runs, Arc::new(model), objective, &keep).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(all.len(), 1, "one target, one group");
    all.remove(0).problem
}

/// The arguments of a bench: what stands after `--` on cargo's line.
#[derive(Default)]
pub(crate) struct Arguments {
    /// `--json FILE`.
    pub(crate) json: Option<PathBuf>,
    /// `--data FOLDER`.
    pub(crate) data: Option<PathBuf>,
    /// `--only NAME`, may be repeated; all where empty.
    pub(crate) only: Vec<String>,
    /// `--repeats N`.
    pub(crate) repeats: usize,
    /// `--rows N`.
    pub(crate) rows: Option<usize>,
}

impl Arguments {
    pub(crate) fn read(repeats: usize) -> Arguments {
        let mut found = Arguments { repeats, ..Arguments::default() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} wants a value"));
            match word.as_str() {
                // Cargo says so to every bench.
                "--bench" => {}
                "--json" => found.json = Some(value().into()),
                "--data" => found.data = Some(value().into()),
                "--only" => found.only.push(value()),
                "--repeats" => found.repeats = value().parse().expect("a number of repeats"),
                "--rows" => found.rows = Some(value().parse().expect("a number of rows")),
                other => panic!("no argument `{other}`: --json --data --only --repeats --rows"),
            }
        }
        found
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Writes the document where `--json` says.
    pub(crate) fn write(&self, document: &Value) {
        let Some(path) = &self.json else { return };
        let text = format!("{document:#}\n");
        std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

/// Writes a CSV of numbers that read back as the same bits.
pub(crate) fn write_csv(path: &Path, columns: &[(String, Vec<f64>)]) {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = names.join(",") + "\n";
    for row in 0..columns[0].1.len() {
        let cells: Vec<String> = columns.iter().map(|(_, v)| format!("{:?}", v[row])).collect();
        text += &(cells.join(",") + "\n");
    }
    std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
