//! A table of a million runs over 64 domains through the whole program: wall, CPU, peak memory.
//!
//! `cargo bench --bench large [-- --rows N --json FILE]`. Writes a CSV (about 1.2 GB at a million
//! rows) into the temporary folder, fits `mixing-exp` to it with 4 starts by the command line, and
//! removes it. Memory is the high-water mark of the program's resident set, Linux only.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

/// CPU seconds of all children that have ended.
fn children_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: cutime and cstime are fields 16 and 17, in hundredths.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(13)?.parse::<f64>().ok()? + fields.get(14)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// The resident set's high-water mark in bytes.
fn peak(process: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0)
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

    let before = children_seconds();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_mixlaw"))
        .arg("fit")
        .arg(&table.0)
        .args(["--mixture", "w*", "--target", "loss", "--law", "mixing-exp", "--starts", "4"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut most = None;
    let trace = std::env::var_os("LARGE_TRACE").is_some();
    let status = loop {
        most = peak(child.id()).or(most);
        if trace {
            println!(
                "{:8.2} s  {:8.1} MB",
                begun.elapsed().as_secs_f64(),
                most.unwrap_or(0.0) / 1e6
            );
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(if trace { 500 } else { 10 }));
    };
    let wall = begun.elapsed().as_secs_f64();
    let cpu = children_seconds().zip(before).map(|(after, before)| after - before);
    let mut report = String::new();
    if let Some(mut out) = child.stdout.take() {
        std::io::Read::read_to_string(&mut out, &mut report)?;
    }
    println!("{}", report.lines().take(12).collect::<Vec<_>>().join("\n"));
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
