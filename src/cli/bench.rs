//! `mixlaw bench`: the same plans on the GPU, the CPU engine and other libraries, in one run.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::engine::{named, watched};
use super::{Outcome, check_output, print, write_json};
use crate::bench::{
    Agreement, Row, Workload, agreement, bootstrap, fits, grown, jax_sweep, lightgbm_sweep, scipy,
    scipy_sweep, surface, surface_agreement, trees_agreement, warm, workloads,
};
use crate::engine::cpu::Cpu;
use crate::engine::gpu::{Adapter, Gpu, PointCost, adapters, peak};
use crate::engine::{Engine, Watch};
use crate::error::{Error, Result};

/// What to run, and for how long.
#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// The GPU: a part of its name, or `none` [default: the first, software ones included]
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// The most starts of a workload; sizes grow by four from 1024 on
    #[arg(long, value_name = "N", default_value_t = 65_536)]
    most: usize,
    /// A workload grows no further after a step of so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    seconds: f64,
    /// Only workloads whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Starts or resamples that SciPy and JAX run, and LightGBM a tenth of; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 200)]
    scipy: usize,
    /// Bootstrap resamples of the chinchilla workload, 4,500 starts each; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 8)]
    resamples: usize,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Everything measured.
#[derive(Debug, Serialize)]
struct BenchReport {
    schema: &'static str,
    version: &'static str,
    engines: Vec<String>,
    /// Multiply-adds a second of the GPU, measured.
    gpu_multiply_adds: Option<f64>,
    rows: Vec<Row>,
    limits: Vec<LimitRow>,
    agreements: Vec<Agreement>,
    notes: Vec<String>,
}

/// How near a workload comes to the arithmetic limit of the GPU.
#[derive(Debug, Clone, Serialize)]
struct LimitRow {
    workload: String,
    cost: String,
    /// Passes over a row that the limit allows a second.
    point_passes_per_second: f64,
    /// The share of it that was reached.
    share: f64,
}

pub(super) fn run(args: &BenchArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    if args.seconds.is_nan() || args.seconds <= 0.0 || args.most == 0 || args.most > 1 << 24 {
        return Err(Error::usage(
            "--seconds must be above zero and --most between 1 and 16777216",
            "try --seconds 5 --most 65536",
        ));
    }
    let watch = Arc::new(Watch::new());
    let report = watched(&watch, || measure(args, &watch))?;
    print(&table(&report))?;
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    Ok(Outcome::Fine)
}

fn adapter(args: &BenchArgs) -> Result<Option<Adapter>> {
    match args.adapter.as_deref() {
        Some("none") => Ok(None),
        Some(name) => Ok(named(name)?.into_iter().next()),
        None => Ok(adapters().into_iter().next()),
    }
}

fn measure(args: &BenchArgs, watch: &Arc<Watch>) -> Result<BenchReport> {
    let mut report = BenchReport {
        schema: "mixlaw.bench/1",
        version: env!("CARGO_PKG_VERSION"),
        engines: Vec::new(),
        gpu_multiply_adds: None,
        rows: Vec::new(),
        limits: Vec::new(),
        agreements: Vec::new(),
        notes: Vec::new(),
    };
    let cpu = Cpu::watched(Arc::clone(watch));
    let adapter = adapter(args)?;
    let gpu = match &adapter {
        Some(adapter) => {
            let one = std::slice::from_ref(adapter);
            report.gpu_multiply_adds = peak(&mut adapter.open(None)?).ok();
            Some(Gpu::on(one, None, true, Arc::clone(watch))?)
        }
        None => {
            report.notes.push("no GPU adapter: the CPU engine alone".into());
            None
        }
    };
    let engines: Vec<&dyn Engine> =
        gpu.iter().map(|gpu| gpu as &dyn Engine).chain([&cpu as &dyn Engine]).collect();
    report.engines = engines.iter().map(|engine| engine.describe()).collect();
    let wanted = |name: &str| args.only.as_deref().is_none_or(|part| name.contains(part));
    for work in workloads().iter().filter(|work| wanted(&work.name)) {
        fit_steps(args, &engines, work, &mut report)?;
        if let Some(gpu) = &gpu {
            report.agreements.push(agreement(gpu, &cpu, work)?);
        }
    }
    if args.resamples > 0 && wanted("resamples") {
        sweeps(args, &engines, &cpu, &mut report)?;
    }
    if wanted("surface") {
        for engine in &engines {
            steps(args, 16, &mut report.rows, &mut |count| surface(*engine, count))?;
        }
        if let Some(gpu) = &gpu {
            report.agreements.push(surface_agreement(gpu, &cpu)?);
        }
    }
    Ok(report)
}

/// Resamples, warm and searched, and what peers make of them.
fn sweeps(
    args: &BenchArgs,
    engines: &[&dyn Engine],
    cpu: &Cpu,
    report: &mut BenchReport,
) -> Result<()> {
    for engine in engines {
        report.rows.extend(bootstrap(*engine, args.resamples)?);
    }
    if args.scipy > 0 {
        // A warm refit takes far less than a search: as many as take about as long.
        let count = 500 * args.resamples;
        report.rows.extend(warm(cpu, count)?);
        match scipy_sweep(args.scipy) {
            Ok(rows) => report.rows.extend(rows),
            Err(why) => report.notes.push(format!("no SciPy: {why}")),
        }
        match jax_sweep(args.scipy) {
            Ok(row) => report.rows.push(row),
            Err(why) => report.notes.push(format!("no JAX with optimistix: {why}")),
        }
        forests(args.scipy.div_ceil(10), report)?;
    }
    Ok(())
}

/// Boosted trees on resamples, ours and LightGBM's from the same draws.
fn forests(resamples: usize, report: &mut BenchReport) -> Result<()> {
    let Some((row, ours)) = grown(resamples)? else { return Ok(()) };
    report.rows.push(row);
    match lightgbm_sweep(resamples) {
        Ok((row, theirs)) => {
            report.agreements.push(trees_agreement(&row.engine, &ours, &theirs));
            report.rows.push(row);
        }
        Err(why) => report.notes.push(format!("no LightGBM: {why}")),
    }
    Ok(())
}

/// One workload on all engines, in growing steps, and what SciPy makes of it.
fn fit_steps(
    args: &BenchArgs,
    engines: &[&dyn Engine],
    work: &Workload,
    report: &mut BenchReport,
) -> Result<()> {
    for engine in engines {
        // Once, so that kernels are compiled and threads are there.
        fits(*engine, work, 64)?;
        steps(args, 1, &mut report.rows, &mut |count| fits(*engine, work, count))?;
    }
    if let Some(peak) = report.gpu_multiply_adds {
        report.limits.extend(limit(work, peak, &report.rows));
    }
    if args.scipy > 0 && work.name.starts_with("chinchilla") {
        match scipy(work, args.scipy) {
            Ok(row) => report.rows.push(row),
            Err(why) => report.notes.push(format!("no SciPy: {why}")),
        }
    }
    Ok(())
}

/// Sizes from 1024 (times `unit`) on, by fours, until a step is long.
fn steps(
    args: &BenchArgs,
    unit: usize,
    rows: &mut Vec<Row>,
    step: &mut dyn FnMut(usize) -> Result<Row>,
) -> Result<()> {
    let mut count = 1024.min(args.most);
    loop {
        let row = step(unit * count)?;
        let seconds = row.seconds;
        rows.push(row);
        if count >= args.most || seconds > args.seconds {
            return Ok(());
        }
        count = (4 * count).min(args.most);
    }
}

fn limit(work: &Workload, peak: f64, rows: &[Row]) -> Option<LimitRow> {
    let cost = PointCost::of(&work.problem.forms);
    let best = rows
        .iter()
        .filter(|row| row.workload == work.name && row.engine == "gpu")
        .filter_map(|row| row.point_passes_per_second)
        .fold(0.0, f64::max);
    let most = peak / cost.slots();
    (best > 0.0).then(|| LimitRow {
        workload: work.name.clone(),
        cost: format!(
            "{} arithmetic, {} special, {} loads",
            cost.arithmetic, cost.special, cost.loads
        ),
        point_passes_per_second: most,
        share: best / most,
    })
}

fn table(report: &BenchReport) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for engine in &report.engines {
        let _ = writeln!(text, "engine: {engine}");
    }
    if let Some(peak) = report.gpu_multiply_adds {
        let _ = writeln!(text, "gpu: {:.3e} multiply-adds a second, measured", peak);
    }
    let head = ["workload", "engine", "count", "seconds", "a second", "a CPU s"];
    let rest = ["point-passes", "iter.", "best", "MiB"];
    text += "\n";
    text += &line(head.into_iter().chain(rest).map(String::from).collect());
    for row in &report.rows {
        text += &line(cells(row));
    }
    for (a, b, ratio) in ratios(&report.rows) {
        let _ = writeln!(text, "{a}: {ratio:.2} times {b}");
    }
    for limit in &report.limits {
        let _ = writeln!(
            text,
            "{}: a row takes {}; {:.1} % of the GPU's limit of {:.3e} point-passes a second",
            limit.workload,
            limit.cost,
            100.0 * limit.share,
            limit.point_passes_per_second
        );
    }
    report.agreements.iter().for_each(|agreement| text += &agreed(agreement));
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// One line of the table.
fn line(cells: Vec<String>) -> String {
    const WIDTHS: [usize; 10] = [38, 8, 9, 9, 11, 11, 12, 6, 6, 7];
    let padded = cells.iter().zip(WIDTHS).enumerate().map(|(column, (cell, width))| match column {
        0 | 1 => format!("{cell:<width$}"),
        _ => format!("{cell:>width$}"),
    });
    padded.collect::<Vec<_>>().join(" ") + "\n"
}

fn cells(row: &Row) -> Vec<String> {
    let some = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    vec![
        row.workload.clone(),
        row.engine.clone(),
        row.count.to_string(),
        format!("{:.4}", row.seconds),
        rate(row.per_second),
        some(row.cpu_seconds.map(|seconds| rate(row.count as f64 / seconds))),
        some(row.point_passes_per_second.map(|p| format!("{p:.3e}"))),
        some(row.mean_iterations.map(|i| format!("{i:.1}"))),
        some(row.reached_best.map(|b| format!("{:.0} %", 100.0 * b))),
        some(row.peak_memory.map(|m| (m >> 20).to_string())),
    ]
}

/// A rate, with decimals where there are few digits before them.
fn rate(per_second: f64) -> String {
    let decimals = if per_second < 100.0 { 2 } else { 0 };
    format!("{per_second:.decimals$}")
}

fn agreed(agreement: &Agreement) -> String {
    let [one, other] = &agreement.engines;
    let Agreement { workload, difference, .. } = agreement;
    let mut text = format!("{workload}: {one} and {other} differ by {difference:.1e} in the end\n");
    if let Some([middle, most]) = agreement.gaps_before_polish {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  before the polish the GPU's ends are above by {middle:.1e} (median), {most:.1e} (99 %)"
        );
    }
    text
}

/// For each workload its best rate on each engine over that of the next.
fn ratios(rows: &[Row]) -> Vec<(String, String, f64)> {
    let mut best: Vec<(&str, &str, f64)> = Vec::new();
    for row in rows {
        let known =
            |entry: &&mut (&str, &str, f64)| entry.0 == row.workload && entry.1 == row.engine;
        match best.iter_mut().find(known) {
            Some(entry) => entry.2 = entry.2.max(row.per_second),
            None => best.push((&row.workload, &row.engine, row.per_second)),
        }
    }
    best.sort_by_key(|entry| entry.0);
    let pairs = best.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    pairs
        .map(|pair| {
            let [a, b] = [pair[0], pair[1]];
            (format!("{}, {}", a.0, a.1), b.1.to_string(), a.2 / b.2)
        })
        .collect()
}
