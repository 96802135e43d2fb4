//! A table of a million runs over 64 domains through the whole program: wall, CPU, peak memory.
//!
//! `cargo bench --bench large [-- --rows N --json FILE]`. Writes a CSV (about 1.2 GB at a million
//! rows) into the temporary folder, fits `mixing-exp` to it with 4 starts by the command line, and
//! removes it. Memory is the high-water mark of the program's resident set, Linux only.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

#[path = "support/process.rs"]
mod process;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use process::{Ended, watched};

const DOMAINS: usize = 64;
const MOST_MEMORY: f64 = 2e9;

/// Removes the table however the bench ends.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

/// `2 + exp(sum t w)`, t evenly from -1.5 to 1, mixtures uniform on the simplex, noise of 1 %.
fn write_table(path: &Path, rows: usize) -> std::io::Result<()> {
    let mut random = Random(20_261_123);
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let names: Vec<String> = (0..DOMAINS).map(|j| format!("w{j}")).collect();
    writeln!(file, "{},loss", names.join(","))?;
    for _ in 0..rows {
        let raw: Vec<f64> = (0..DOMAINS).map(|_| -random.unit().ln()).collect();
        let sum: f64 = raw.iter().sum();
        let mut inside = 0.0;
        for (j, x) in raw.iter().enumerate() {
            let share = x / sum;
            inside += share * (2.5 * j as f64 / (DOMAINS - 1) as f64 - 1.5);
            write!(file, "{share},")?;
        }
        let normal =
            (-2.0 * random.unit().ln()).sqrt() * (std::f64::consts::TAU * random.unit()).cos();
        writeln!(file, "{}", (2.0 + inside.exp()) * (0.01 * normal).exp())?;
    }
    file.flush()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |flag: &str| {
        let at = arguments.iter().position(|word| word == flag)?;
        arguments.get(at + 1).cloned()
    };
    let rows: usize = value("--rows").map_or(Ok(1_000_000), |text| text.parse())?;
    let name = format!("mixlaw-large-{}.csv", std::process::id());
    let table = Temporary(std::env::temp_dir().join(name));
    write_table(&table.0, rows)?;
    let bytes = std::fs::metadata(&table.0)?.len();
    println!("{rows} rows, {DOMAINS} domains, {:.2} GB of CSV", bytes as f64 / 1e9);

    let Ended { status, stdout, wall, cpu, peak: most } =
        watched(Command::new(env!("CARGO_BIN_EXE_mixlaw")).arg("fit").arg(&table.0).args([
            "--mixture",
            "w*",
            "--target",
            "loss",
            "--law",
            "mixing-exp",
            "--starts",
            "4",
        ]))?;
    println!("{}", stdout.lines().take(12).collect::<Vec<_>>().join("\n"));
    let number = |x: Option<f64>| x.map_or("null".to_owned(), |x| x.to_string());
    println!("wall {wall:.1} s, cpu {} s, peak {} bytes", number(cpu), number(most));
    if let Some(path) = value("--json") {
        let text = format!(
            "{{\"name\": \"large\", \"rows\": {rows}, \"domains\": {DOMAINS}, \"csv_bytes\": {bytes}, \
             \"wall_s\": {wall}, \"cpu_s\": {}, \"peak_bytes\": {}}}\n",
            number(cpu),
            number(most)
        );
        std::fs::write(path, text)?;
    }
    if !status.success() {
        return Err(format!("the fit ended with {status}").into());
    }
    if most.is_some_and(|bytes| bytes > MOST_MEMORY) {
        return Err("more than 2 GB of memory".into());
    }
    Ok(())
}
