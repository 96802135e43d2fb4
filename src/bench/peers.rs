//! The same fits by SciPy, JAX and LightGBM, where Python and they are there.
//!
//! In: a workload's rows. Out: a [`Row`], or why there is none.

use std::io::Write;
use std::process::Command;

use serde::Deserialize;

use super::trees::{Grown, TREES, drawn};
use super::workloads::resampled;
use super::{Row, SEARCHED, WARM, Workload};
use crate::law::bind::Symbol;
use crate::problem::Problem;

const SCRIPT: &str = include_str!("../../benches/peers/scipy_fits.py");
const SWEEP: &str = include_str!("../../benches/peers/scipy_sweep.py");
const JAX: &str = include_str!("../../benches/peers/jax_sweep.py");
const LIGHTGBM: &str = include_str!("../../benches/peers/lightgbm_sweep.py");

/// A folder with the scripts and a table, and what one of them is given.
struct Peer {
    folder: tempfile::TempDir,
    script: &'static str,
}

impl Peer {
    fn new(script: &'static str, problem: &Problem) -> Result<Peer, String> {
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        let scripts = [
            ("scipy_fits.py", SCRIPT),
            ("scipy_sweep.py", SWEEP),
            ("jax_sweep.py", JAX),
            ("lightgbm_sweep.py", LIGHTGBM),
        ];
        for (name, text) in scripts {
            std::fs::write(folder.path().join(name), text).map_err(|e| e.to_string())?;
        }
        let peer = Peer { folder, script };
        write_table(&peer.table(), problem).map_err(|e| e.to_string())?;
        Ok(peer)
    }

    fn table(&self) -> std::path::PathBuf {
        self.folder.path().join("table.csv")
    }

    /// Runs the script with these arguments and reads the JSON that it writes.
    fn run(&self, arguments: &[&str]) -> Result<serde_json::Value, String> {
        let result = self.folder.path().join("result.json");
        let output = Command::new("python3")
            .args(["-W", "ignore"])
            .arg(self.folder.path().join(self.script))
            .args(arguments)
            .arg("--json")
            .arg(&result)
            .output()
            .map_err(|e| format!("python3 does not start: {e}"))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(text.lines().last().unwrap_or("python3 failed").to_string());
        }
        let text = std::fs::read_to_string(&result).map_err(|e| e.to_string())?;
        serde_json::from_str(&text).map_err(|e| e.to_string())
    }
}

/// What a peer did on one core.
fn row(workload: &str, engine: &str, problem: &Problem, count: usize, seconds: f64) -> Row {
    let row = Row::new(workload, engine, count, (seconds, Some(seconds)));
    Row { rows: problem.rows.len(), ..row }
}

/// Fits the `chinchilla` workload with `scipy.optimize.least_squares(method="lm")`, analytic
/// Jacobian, from so many starts, on one core.
///
/// # Errors
/// A sentence on what is missing.
pub fn scipy(work: &Workload, starts: usize) -> Result<Row, String> {
    let peer = Peer::new("scipy_fits.py", &work.problem)?;
    let (table, count) = (peer.table(), starts.to_string());
    let table = table.to_string_lossy();
    let document = peer.run(&["--law5", &table, "--repeats", "1", "--starts", &count])?;
    let wanted = "law5 lm, tolerances 1e-6";
    let found = document["workloads"].as_array().into_iter().flatten();
    let mut found = found.filter(|entry| entry["name"] == wanted);
    let entry = found.next().ok_or("the script gave no result")?;
    let rate = entry["fits_per_cpu_s"].as_f64().ok_or("the script gave no rate")?;
    Ok(row(&work.name, "scipy", &work.problem, starts, starts as f64 / rate))
}

/// Starts of the grid that SciPy runs, evenly spread over it.
const GRID: usize = 60;

/// Bootstraps the `chinchilla` workload with L-BFGS-B and an analytic gradient on one core: so many resamples
/// from one start, and the first from a part of the grid of 4,500 starts.
///
/// # Errors
/// A sentence on what is missing.
pub fn scipy_sweep(resamples: usize) -> Result<[Row; 2], String> {
    let work = resampled(1).ok_or("there is no such workload")?;
    let peer = Peer::new("scipy_sweep.py", &work.full)?;
    let (table, count, grid) = (peer.table(), resamples.to_string(), GRID.to_string());
    let table = table.to_string_lossy();
    let document = peer.run(&[&table, "--resamples", &count, "--starts", &grid])?;
    let number = |pointer: &str| {
        let value = document.pointer(pointer).and_then(serde_json::Value::as_f64);
        value.ok_or("the script gave no figure")
    };
    Ok([
        row(WARM, "scipy", &work.full, resamples, number("/cpu_s")?),
        row(SEARCHED, "scipy", &work.full, GRID, number("/searched/cpu_s")?),
    ])
}

/// The same resamples as one batch with JAX and optimistix, compiled; where they are installed.
///
/// # Errors
/// A sentence on what is missing.
pub fn jax_sweep(resamples: usize) -> Result<Row, String> {
    let work = resampled(1).ok_or("there is no such workload")?;
    let peer = Peer::new("jax_sweep.py", &work.full)?;
    let (table, count) = (peer.table(), resamples.to_string());
    let document = peer.run(&[&table.to_string_lossy(), "--resamples", &count])?;
    let seconds = document["cpu_s"].as_f64().ok_or("the script gave no figure")?;
    let mut row = row(WARM, "jax", &work.full, resamples, seconds);
    row.reached_best = document["usable"].as_f64();
    Ok(row)
}

/// Grows the forests of [`grown`](super::grown) with LightGBM from the same draws, where it is installed, and tells the trees of
/// each forest and what the last one predicts of the table.
///
/// # Errors
/// A sentence on what is missing.
pub fn lightgbm_sweep(resamples: usize) -> Result<(Row, Grown), String> {
    let work = drawn(resamples).ok_or("there is no such workload")?;
    let peer = Peer::new("lightgbm_sweep.py", &work.table)?;
    let (table, draws) = (peer.table(), peer.folder.path().join("draws.csv"));
    let line = |rows: &Vec<usize>| rows.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    let text = work.draws.iter().map(|rows| line(rows) + "\n").collect::<String>();
    std::fs::write(&draws, text).map_err(|e| e.to_string())?;
    let document = peer.run(&[&table.to_string_lossy(), &draws.to_string_lossy()])?;
    let seconds = document["cpu_s"].as_f64().ok_or("the script gave no figure")?;
    let grown = Grown::deserialize(&document).map_err(|e| format!("the script's answer: {e}"))?;
    Ok((row(TREES, "lightgbm", &work.table, resamples, seconds), grown))
}

fn write_table(path: &std::path::Path, problem: &Problem) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let sample = &problem.sample;
    let names = problem.forms.symbols.iter().map(|symbol| match symbol {
        Symbol::Input(name) => name.clone(),
        Symbol::Target => "loss".into(),
        Symbol::Share(domain) => format!("w{domain}"),
        Symbol::OwnShare => "r".into(),
    });
    writeln!(file, "{}", names.collect::<Vec<_>>().join(","))?;
    for row in 0..sample.target().len() {
        let cells = sample.columns.iter().map(|column| format!("{:e}", column[row]));
        writeln!(file, "{}", cells.collect::<Vec<_>>().join(","))?;
    }
    file.flush()
}
