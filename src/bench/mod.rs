//! Benches: the same plans on several engines, in one process, and what they come to.
//!
//! In: engines, sizes. Out: [`Row`]s with times, rates and agreement. Workloads are planted tables
//! made on the spot, the same on every machine.

mod peers;
mod trees;
mod workloads;

use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;

pub use peers::{jax_sweep, lightgbm_sweep, scipy, scipy_sweep};
pub use trees::{Grown, grown, trees_agreement};
pub use workloads::{Workload, workloads};
use workloads::{resampled, surface_work};

use crate::engine::cpu::pass::{Curvature, Scratch, Task};
use crate::engine::{End, Engine};
use crate::error::Result;
use crate::fit::{Refit, fit, refit};
use crate::plan::Plan;
use crate::problem::{Problem, Surface};

/// One workload of one size on one engine.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The workload.
    pub workload: String,
    /// `cpu`, `gpu`, or the library that did the same: `scipy`, `jax`, `lightgbm`.
    pub engine: String,
    /// Fits, forests, or pairs of a parameter set and a point.
    pub count: usize,
    /// Rows of a fit; 0 for surfaces.
    pub rows: usize,
    /// Wall seconds.
    pub seconds: f64,
    /// CPU seconds of all threads, drivers among them; `None` where the system does not tell.
    pub cpu_seconds: Option<f64>,
    /// Fits or pairs a second.
    pub per_second: f64,
    /// Passes over a row a second; `None` for surfaces and peers.
    pub point_passes_per_second: Option<f64>,
    /// Iterations of a fit, on average.
    pub mean_iterations: Option<f64>,
    /// Starts within 1 % of the best objective, as a share.
    pub reached_best: Option<f64>,
    /// Most memory that the process has held so far, in bytes.
    pub peak_memory: Option<u64>,
}

impl Row {
    /// What was done in which time, and nothing else known.
    fn new(workload: &str, engine: &str, count: usize, time: (f64, Option<f64>)) -> Row {
        let (seconds, cpu_seconds) = time;
        Row {
            workload: workload.into(),
            engine: engine.into(),
            count,
            rows: 0,
            seconds,
            cpu_seconds,
            per_second: count as f64 / seconds,
            point_passes_per_second: None,
            mean_iterations: None,
            reached_best: None,
            peak_memory: None,
        }
    }
}

/// How well two engines agree on a workload.
#[derive(Debug, Clone, Serialize)]
pub struct Agreement {
    /// The workload.
    pub workload: String,
    /// The two.
    pub engines: [String; 2],
    /// Relative difference of the objectives after the polish (fits), or the largest difference of
    /// values in units of the largest value (surfaces).
    pub difference: f64,
    /// How far above the polished objective the first engine's own ends in the best basin are, as
    /// a share of it and computed in f64: the middle one and the 99th of a hundred.
    pub gaps_before_polish: Option<[f64; 2]>,
}

/// CPU seconds of this process, user and system, all threads.
#[cfg(unix)]
fn cpu_seconds() -> Option<f64> {
    unsafe extern "C" {
        safe fn clock() -> std::ffi::c_long;
    }
    // POSIX fixes CLOCKS_PER_SEC at a million.
    Some(clock() as f64 / 1e6)
}

#[cfg(not(unix))]
fn cpu_seconds() -> Option<f64> {
    None
}

/// The most memory that this process has held.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibi: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibi << 10)
}

/// Times a call in wall and CPU seconds.
fn timed<T>(call: impl FnOnce() -> Result<T>) -> Result<(f64, Option<f64>, T)> {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let value = call()?;
    let spent = cpu_seconds().zip(cpu).map(|(after, before)| after - before);
    Ok((wall.elapsed().as_secs_f64(), spent, value))
}

/// Ends that are looked at of one workload: more would only fill memory.
const MOST_ENDS: usize = 1 << 16;

/// Runs `count` starts of a workload to their ends.
///
/// # Errors
/// Those of the engine.
pub fn fits(engine: &dyn Engine, work: &Workload, count: usize) -> Result<Row> {
    let mut plan = Plan::exhaustive(0, count);
    plan.rungs[0].keep = count.min(MOST_ENDS);
    let problems = std::slice::from_ref(&work.problem);
    let (seconds, cpu, ends) = timed(|| engine.fit(problems, &plan))?;
    let ends: Vec<End> = ends.into_iter().flatten().collect();
    let best = ends.iter().map(|end| end.cost).fold(f64::INFINITY, f64::min);
    let near = ends.iter().filter(|end| end.cost <= 1.01 * best).count();
    let iterations: u64 = ends.iter().map(|end| u64::from(end.iterations)).sum();
    let rows = work.problem.rows.len();
    // Besides its iterations a fit projects its start and looks where it stands.
    let mean = iterations as f64 / ends.len().max(1) as f64;
    let passes = (mean + 2.0) * count as f64 * rows as f64;
    Ok(Row {
        rows,
        point_passes_per_second: Some(passes / seconds),
        mean_iterations: Some(mean),
        reached_best: (ends.len() == count).then_some(near as f64 / count as f64),
        peak_memory: peak_memory(),
        ..Row::new(&work.name, engine.name(), count, (seconds, cpu))
    })
}

/// Runs the `chinchilla` workload on so many bootstrap resamples of its rows, each from 4,500 starts
/// with successive halving, and keeps the best 8 ends of each.
///
/// # Errors
/// Those of the engine.
pub fn bootstrap(engine: &dyn Engine, resamples: usize) -> Result<Option<Row>> {
    const STARTS: usize = 4500;
    let Some(work) = resampled(resamples) else { return Ok(None) };
    let mut plan = Plan::new(0, STARTS);
    if let Some(last) = plan.rungs.last_mut() {
        last.keep = 8;
    }
    let (seconds, cpu, _) = timed(|| engine.fit(&work.problems, &plan))?;
    let count = resamples * STARTS;
    Ok(Some(Row {
        rows: work.full.rows.len(),
        peak_memory: peak_memory(),
        ..Row::new(SEARCHED, engine.name(), count, (seconds, cpu))
    }))
}

/// Refits the `chinchilla` workload on so many bootstrap resamples, each from the full fit alone.
///
/// # Errors
/// Those of the engine, which makes the full fit; refits are polished on the CPU.
pub fn warm(engine: &dyn Engine, resamples: usize) -> Result<Option<Row>> {
    let Some(work) = resampled(resamples) else { return Ok(None) };
    let plan = Plan::new(0, 64);
    let full = fit(engine, std::slice::from_ref(&work.full), &plan)?;
    let Some(full) = full.first().filter(|fit| fit.objective.is_some()) else { return Ok(None) };
    let (seconds, cpu, found) = timed(|| Ok(refits(&work.problems, &full.theta)))?;
    let usable = found.iter().filter(|refit| refit.state.is_usable()).count();
    Ok(Some(Row {
        rows: work.full.rows.len(),
        reached_best: Some(usable as f64 / resamples as f64),
        peak_memory: peak_memory(),
        ..Row::new(WARM, "cpu", resamples, (seconds, cpu))
    }))
}

fn refits(problems: &[Problem], from: &[f64]) -> Vec<Refit> {
    let one = |scratch: &mut Scratch, problem: &Problem| refit(problem, from, scratch);
    problems.par_iter().map_init(Scratch::default, one).collect()
}

/// The warm workload; ratios are of rows of one name.
pub const WARM: &str = "chinchilla, resamples, one warm start";

/// The searched workload.
pub const SEARCHED: &str = "chinchilla, resamples x 4500 starts";

/// Values and slopes of a surface at some points.
///
/// # Errors
/// Those of the engine.
pub fn surface(engine: &dyn Engine, points: usize) -> Result<Row> {
    let (surface, theta, numbers) = surface_work(points);
    let (seconds, cpu, _) = timed(|| engine.evaluate(&surface, &theta, &numbers))?;
    let name = format!("surface, {} domains", surface.domains);
    let row = Row::new(&name, engine.name(), points, (seconds, cpu));
    Ok(Row { peak_memory: peak_memory(), ..row })
}

/// How far apart two engines end on a workload.
///
/// # Errors
/// Those of the engines.
pub fn agreement(one: &dyn Engine, other: &dyn Engine, work: &Workload) -> Result<Agreement> {
    let plan = Plan::exhaustive(0, 512);
    let problems: &[Problem] = std::slice::from_ref(&work.problem);
    let objective = |engine: &dyn Engine| -> Result<f64> {
        let fits = fit(engine, problems, &plan)?;
        Ok(fits.first().and_then(|fit| fit.objective).unwrap_or(f64::NAN))
    };
    let (ours, theirs) = (objective(one)?, objective(other)?);
    let ends: Vec<End> = one.fit(problems, &plan)?.into_iter().flatten().collect();
    Ok(Agreement {
        workload: work.name.clone(),
        engines: [one, other].map(|engine| engine.name().into()),
        difference: (ours - theirs).abs() / theirs.abs(),
        gaps_before_polish: gaps(&work.problem, &ends, ours),
    })
}

/// See [`Agreement::gaps_before_polish`].
fn gaps(problem: &Problem, ends: &[End], polished: f64) -> Option<[f64; 2]> {
    let mut scratch = Scratch::default();
    let forms = &problem.forms;
    let task = Task {
        program: &forms.normal,
        columns: problem.sample.normal(forms),
        rows: &problem.rows,
        weights: problem.weights.as_ref().map(|w| w.as_slice()),
        loss: forms.objective.loss,
        kind: Curvature::Exact,
    };
    let mut gaps: Vec<f64> = ends
        .iter()
        .map(|end| forms.objective.reported(task.normal(&end.theta, &mut scratch).cost))
        .map(|objective| objective / polished - 1.0)
        .filter(|gap| *gap < 0.01)
        .collect();
    gaps.sort_by(f64::total_cmp);
    let last = gaps.len().checked_sub(1)?;
    Some([gaps[last / 2], gaps[last * 99 / 100]])
}

/// The same for a surface.
///
/// # Errors
/// Those of the engines.
pub fn surface_agreement(one: &dyn Engine, other: &dyn Engine) -> Result<Agreement> {
    let (surface, theta, points): (Arc<Surface>, _, _) = surface_work(4096);
    let ours = one.evaluate(&surface, &theta, &points)?;
    let theirs = other.evaluate(&surface, &theta, &points)?;
    let largest = theirs.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let difference = ours.iter().zip(&theirs).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
    Ok(Agreement {
        workload: format!("surface, {} domains", surface.domains),
        engines: [one, other].map(|engine| engine.name().into()),
        difference: difference / largest,
        gaps_before_polish: None,
    })
}
