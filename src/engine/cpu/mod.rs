//! The CPU engine: f64, SIMD over the rows, all cores over starts and problems.
//!
//! In: problems and a plan. Out: ends. The result does not depend on the number of threads.

mod block;
mod levenberg;
mod math;
pub mod pass;

use rayon::prelude::*;

use super::{End, Engine};
use crate::error::Result;
use crate::plan::{Plan, draw};
use crate::problem::Problem;
use levenberg::{Descent, Solver};

pub use pass::instruction_set;

/// The CPU engine; it runs in the rayon pool that calls it.
#[derive(Debug, Default)]
pub struct Cpu;

impl Engine for Cpu {
    fn describe(&self) -> String {
        format!("cpu, f64, {}, {} threads", instruction_set(), rayon::current_num_threads())
    }

    fn fit(&self, problems: &[Problem], plan: &Plan) -> Result<Vec<Vec<End>>> {
        Ok(problems.par_iter().map(|problem| race(problem, plan)).collect())
    }
}

/// Runs the starts of one problem through the rungs.
fn race(problem: &Problem, plan: &Plan) -> Vec<End> {
    let point = problem.space.axes.iter().all(|axis| axis.start[0] == axis.start[1]);
    let starts = if point { 1 } else { plan.starts };
    let mut field: Vec<Descent> = (0..starts)
        .into_par_iter()
        .map_init(Default::default, |scratch, index| {
            let start = draw(&problem.space, plan.seed, index);
            Solver::new(problem, scratch).begin(index, &start)
        })
        .collect();
    for rung in &plan.rungs {
        field.par_iter_mut().for_each_init(Default::default, |scratch, descent| {
            Solver::new(problem, scratch).run(descent, rung.iterations, plan.tolerance);
        });
        if field.len() > rung.keep {
            field.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.start.cmp(&b.start)));
            field.truncate(rung.keep);
            field.sort_by_key(|descent| descent.start);
        }
    }
    field.into_iter().map(|descent| descent.end(&problem.space)).collect()
}
