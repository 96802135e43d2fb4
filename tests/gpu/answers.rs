//! The GPU engine's answers are the CPU engine's: after the polish, the same objective and basin.

use std::sync::Arc;

use mixlaw::engine::cpu::Cpu;
use mixlaw::engine::gpu::Gpu;
use mixlaw::engine::{Engine, Watch};
use mixlaw::fit::{Fit, State, fit};
use mixlaw::plan::Plan;
use mixlaw::problem::{Objective, Problem, Residual};

use crate::adapter;
use crate::planted::{laws, model, problem};
use crate::support::{Random, huber, law};

pub(crate) fn engine(only: bool) -> Option<Gpu> {
    let gpu = Gpu::on(&[adapter()?], None, only, Arc::new(Watch::new()));
    Some(gpu.unwrap_or_else(|error| panic!("{error}")))
}

fn both(gpu: &Gpu, problems: &[Problem], plan: &Plan) -> Vec<(Fit, Fit)> {
    let ours = fit(gpu, problems, plan).unwrap_or_else(|error| panic!("{error}"));
    let theirs = fit(&Cpu::default(), problems, plan).unwrap_or_else(|error| panic!("{error}"));
    ours.into_iter().zip(theirs).collect()
}

#[test]
fn small_laws_end_where_the_cpu_ends() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(11);
    for law in laws() {
        for objective in [Objective::default(), huber(Residual::Log, 1e-3)] {
            let began = std::time::Instant::now();
            let model = model(&law, 3);
            let problem = problem(&model, objective, 64, false, &mut random);
            let plan = Plan::new(1, 64);
            let (ours, theirs) = both(&gpu, &[problem], &plan).remove(0);
            let gap =
                ours.objective.unwrap_or(f64::NAN) / theirs.objective.unwrap_or(f64::NAN) - 1.0;
            eprintln!(
                "{:16} {:?} p {} gap {gap:+.1e} {:?} {:?}  {}/{} {}/{} {:?}",
                law.name,
                objective.residual,
                model.parameters.len(),
                ours.state,
                theirs.state,
                ours.starts.reached_best,
                ours.starts.finished,
                theirs.starts.reached_best,
                theirs.starts.finished,
                began.elapsed()
            );
        }
    }
    eprintln!("{:?}", gpu.notes());
}
