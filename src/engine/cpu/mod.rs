//! The CPU engine: f64, SIMD over the rows, all cores over starts and problems.
//!
//! In: problems and a plan. Out: ends. The result does not depend on the number of threads.

mod block;
mod lattice;
pub(crate) mod level;
mod levenberg;
pub(crate) mod linear;
mod math;
pub mod pass;
pub mod stream;
mod surface;

use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::{End, Engine, Watch, candidates, work};
use crate::error::{Error, Result};
use crate::plan::{Plan, draw};
use crate::problem::{Problem, Surface};
use levenberg::{Descent, Solver};
use pass::Scratch;

pub use lattice::Scanner;
pub use level::instruction_set;

/// The CPU engine; it runs in the rayon pool that calls it.
#[derive(Debug, Default)]
pub struct Cpu {
    watch: Arc<Watch>,
}

impl Cpu {
    /// An engine that counts its work for others to see.
    pub fn watched(watch: Arc<Watch>) -> Cpu {
        Cpu { watch }
    }
}

impl Cpu {
    /// About how many seconds the plan will take here, from a few passes over the first problem.
    pub fn seconds(&self, problems: &[Problem], plan: &Plan) -> f64 {
        const PASSES: usize = 4;
        let Some(first) = problems.iter().find(|problem| !problem.rows.is_empty()) else {
            return 0.0;
        };
        let mut scratch = Scratch::default();
        let start = draw(&first.space, plan.seed, 0);
        // Once to have the columns and the memory there.
        Solver::new(first, &mut scratch).begin(0, &start);
        let began = Instant::now();
        for _ in 0..PASSES {
            Solver::new(first, &mut scratch).begin(0, &start);
        }
        let rows: usize = problems.iter().map(|problem| problem.rows.len()).sum();
        let passes: f64 = plan.passes();
        let one = began.elapsed().as_secs_f64() / PASSES as f64 / first.rows.len() as f64;
        one * rows as f64 * passes / rayon::current_num_threads() as f64
    }
}

/// Runs the best ends of another engine on in f64, from where they stand, until they settle.
pub fn settle(problem: &Problem, ends: &mut [End], plan: &Plan) {
    let chosen: Vec<usize> = candidates(ends, f64::INFINITY).iter().map(|end| end.start).collect();
    let mut scratch = Scratch::default();
    let iterations = 2 * plan.rungs.last().map_or(0, |rung| rung.iterations);
    for end in ends.iter_mut().filter(|end| chosen.contains(&end.start)) {
        let mut solver = Solver::new(problem, &mut scratch);
        let mut descent = solver.resume(end);
        solver.run(&mut descent, iterations, plan.tolerance);
        let settled = descent.end(&problem.space);
        // f32 may have called an objective lower than it is.
        *end = End { iterations: end.iterations + settled.iterations, ..settled };
    }
}

impl Engine for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn describe(&self) -> String {
        format!("cpu, f64, {}, {} threads", instruction_set(), rayon::current_num_threads())
    }

    fn watch(&self) -> &Watch {
        &self.watch
    }

    fn evaluate(&self, surface: &Surface, sets: &[f64], points: &[f64]) -> Result<Vec<f64>> {
        Ok(surface::evaluate(surface, sets, points))
    }

    fn fit(&self, problems: &[Problem], plan: &Plan) -> Result<Vec<Vec<End>>> {
        self.watch.expect(work(problems.len(), plan));
        let race = |problem| race(problem, plan, &self.watch);
        problems.par_iter().map(race).collect::<Option<_>>().ok_or(Error::Interrupted)
    }
}

/// Runs the starts of one problem through the rungs; `None` when told to stop.
fn race(problem: &Problem, plan: &Plan, watch: &Watch) -> Option<Vec<End>> {
    let dense = problem.dense();
    let problem = dense.as_ref();
    let starts = if problem.space.is_point() { 1 } else { plan.starts };
    let begin = |scratch: &mut Scratch, index| {
        let start = draw(&problem.space, plan.seed, index);
        (!watch.stopped()).then(|| Solver::new(problem, scratch).begin(index, &start))
    };
    let drawn = (0..starts).into_par_iter().map_init(Scratch::default, begin);
    let mut field = drawn.collect::<Option<Vec<Descent>>>()?;
    for rung in &plan.rungs {
        field.par_iter_mut().for_each_init(Default::default, |scratch, descent| {
            if !watch.stopped() {
                Solver::new(problem, scratch).run(descent, rung.iterations, plan.tolerance);
                watch.advance(1);
            }
        });
        if watch.stopped() {
            return None;
        }
        if field.len() > rung.keep {
            field.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.start.cmp(&b.start)));
            field.truncate(rung.keep);
            field.sort_by_key(|descent| descent.start);
        }
    }
    Some(field.into_iter().map(|descent| descent.end(&problem.space)).collect())
}
