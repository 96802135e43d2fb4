//! What the whole program costs: wall, CPU, peak memory. Linux only; elsewhere CPU and memory are unknown.

use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How a process ended, and what it took.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    /// Seconds.
    pub(crate) wall: f64,
    /// Seconds, user and system, of all threads.
    pub(crate) cpu: Option<f64>,
    /// The resident set's high-water mark in bytes.
    pub(crate) peak: Option<f64>,
}

/// Runs a program that writes little to its end.
pub(crate) fn watched(command: &mut Command) -> std::io::Result<Ended> {
    let (before, begun) = (children_seconds(), Instant::now());
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut most = None;
    let status = loop {
        most = peak(child.id()).or(most);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let wall = begun.elapsed().as_secs_f64();
    let cpu = children_seconds().zip(before).map(|(after, before)| after - before);
    let mut stdout = String::new();
    if let Some(mut out) = child.stdout.take() {
        std::io::Read::read_to_string(&mut out, &mut stdout)?;
    }
    Ok(Ended { status, stdout, wall, cpu, peak: most })
}

/// CPU seconds of all children that have ended.
fn children_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: cutime and cstime are fields 16 and 17, in hundredths.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(13)?.parse::<f64>().ok()? + fields.get(14)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

fn peak(process: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0)
}
