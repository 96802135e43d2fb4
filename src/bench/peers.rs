//! The same fits by SciPy, where Python and SciPy are there.
//!
//! In: a workload's rows. Out: a [`Row`], or why there is none.

use std::io::Write;
use std::process::Command;

use super::{Row, Workload};
use crate::law::bind::Symbol;

const SCRIPT: &str = include_str!("../../benches/peers/scipy_fits.py");

/// Fits the `chinchilla` workload with `scipy.optimize.least_squares(method="lm")`, analytic
/// Jacobian, from so many starts, on one core.
///
/// # Errors
/// A sentence on what is missing.
pub fn scipy(work: &Workload, starts: usize) -> Result<Row, String> {
    let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
    let (script, table) = (folder.path().join("fits.py"), folder.path().join("law5.csv"));
    let result = folder.path().join("result.json");
    std::fs::write(&script, SCRIPT).map_err(|e| e.to_string())?;
    write_table(&table, work).map_err(|e| e.to_string())?;
    let output = Command::new("python3")
        .args(["-W", "ignore"])
        .arg(&script)
        .arg("--law5")
        .arg(&table)
        .args(["--repeats", "1", "--starts", &starts.to_string(), "--json"])
        .arg(&result)
        .output()
        .map_err(|e| format!("python3 does not start: {e}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(text.lines().last().unwrap_or("python3 failed").to_string());
    }
    let text = std::fs::read_to_string(&result).map_err(|e| e.to_string())?;
    let document: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let wanted = "law5 lm, tolerances 1e-6";
    let found = document["workloads"].as_array().into_iter().flatten();
    let mut found = found.filter(|entry| entry["name"] == wanted);
    let entry = found.next().ok_or("the script gave no result")?;
    let rate = entry["fits_per_cpu_s"].as_f64().ok_or("the script gave no rate")?;
    Ok(Row {
        workload: work.name.clone(),
        engine: "scipy".into(),
        count: starts,
        rows: work.problem.rows.len(),
        seconds: starts as f64 / rate,
        cpu_seconds: Some(starts as f64 / rate),
        per_second: rate,
        point_passes_per_second: None,
        mean_iterations: None,
        reached_best: None,
        peak_memory: None,
    })
}

fn write_table(path: &std::path::Path, work: &Workload) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let sample = &work.problem.sample;
    let names = work.problem.forms.symbols.iter().map(|symbol| match symbol {
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
