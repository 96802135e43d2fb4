//! The GPU engine's answers are the CPU engine's: after the polish, the same objective and basin.
//!
//! The acceptance cases on real tables and the NIST problems run on the GPU as they are, with
//! MIXLAW_TEST_ENGINE=gpu (see `./test`).

use std::sync::Arc;

use mixlaw::engine::cpu::Cpu;
use mixlaw::engine::gpu::Gpu;
use mixlaw::engine::{Auto, Engine, Watch};
use mixlaw::fit::{Fit, fit};
use mixlaw::plan::Plan;
use mixlaw::problem::{Objective, Problem, Residual};

use crate::adapter;
use crate::planted::{model, problem, problems};
use crate::support::{Random, huber, law};

pub(crate) fn engine(only: bool) -> Option<Gpu> {
    let gpu = Gpu::on(&[adapter()?], None, only, Arc::new(Watch::new()));
    Some(gpu.unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) fn fits(engine: &dyn Engine, problems: &[Problem], plan: &Plan) -> Vec<Fit> {
    fit(engine, problems, plan).unwrap_or_else(|error| panic!("{error}"))
}

/// Fits are the same: objective to 1e-9, and parameters where they are determined.
pub(crate) fn assert_same(ours: &[Fit], theirs: &[Fit], what: &str) {
    assert_eq!(ours.len(), theirs.len());
    for (number, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let (x, y) = (a.objective.unwrap_or(f64::NAN), b.objective.unwrap_or(f64::NAN));
        assert!((x - y).abs() <= 1e-9 * y.abs(), "{what}: fit {number}: {x} is not {y}");
        assert_eq!(a.state, b.state, "{what}: fit {number}");
    }
}

/// Laws whose parameters the planted tables determine.
const DETERMINED: [(&str, usize); 12] = [
    ("bimix", 3),
    ("bimix-steps", 3),
    ("bimix-share", 3),
    ("cmr-ratio", 3),
    ("cmr-domain", 3),
    ("step", 3),
    ("size", 3),
    ("autoscale", 3),
    ("multimodal", 3),
    ("chinchilla", 0),
    ("mixing-exp", 4),
    ("mixing-exp", 10),
];

#[test]
fn planted_tables_are_fitted_as_on_the_cpu() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(11);
    for (name, domains) in DETERMINED {
        for objective in [Objective::default(), huber(Residual::Log, 1e-2)] {
            let problem = problem(&model(&law(name), domains), objective, 96, false, &mut random);
            let problems = [problem];
            let plan = Plan::new(1, 48);
            let ours = fits(&gpu, &problems, &plan);
            let what = format!("{name} {domains} {objective:?}");
            assert_same(&ours, &fits(&Cpu::default(), &problems, &plan), &what);
        }
    }
    assert!(gpu.notes().is_empty(), "{:?}", gpu.notes());
}

#[test]
fn a_law_of_65_parameters_is_fitted_as_on_the_cpu() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(64);
    let model = model(&law("mixing-exp"), 64);
    assert_eq!(model.parameters.len(), 65);
    let problems = [problem(&model, Objective::default(), 200, false, &mut random)];
    let plan = Plan::new(1, 4);
    assert_same(&fits(&gpu, &problems, &plan), &fits(&Cpu::default(), &problems, &plan), "65");
}

#[test]
fn auto_takes_the_gpu_for_much_work_only() {
    let Some(adapter) = adapter() else { return };
    let mut random = Random(2);
    let model = model(&law("chinchilla"), 0);
    let problems = [problem(&model, Objective::default(), 400, false, &mut random)];
    let auto = |gpu: bool| {
        let (adapter, watch) = (adapter.clone(), Arc::new(Watch::new()));
        let own = Arc::clone(&watch);
        let start =
            move || Gpu::on(std::slice::from_ref(&adapter), None, true, Arc::clone(&own)).ok();
        Auto::with(Box::new(move || if gpu { start() } else { None }), watch)
    };
    let (little, much) = (Plan::new(1, 8), Plan::new(1, 60_000));
    let with = auto(true);
    fits(&with, &problems, &little);
    assert_eq!(with.name(), "cpu");
    assert!(with.describe().contains("too little work"), "{}", with.describe());
    let ours = fits(&with, &problems, &much);
    assert_eq!(with.name(), "gpu");
    let without = auto(false);
    let theirs = fits(&without, &problems, &much);
    assert!(without.describe().contains("no GPU"), "{}", without.describe());
    assert_same(&ours, &theirs, "60000 starts");
}

#[test]
fn many_starts_are_halved_and_many_problems_are_batched() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(5);
    let model = model(&law("bimix"), 3);
    let one = problem(&model, Objective::default(), 60, false, &mut random);
    let plan = Plan::new(2, 3000);
    let problems = [one.clone()];
    assert_same(&fits(&gpu, &problems, &plan), &fits(&Cpu::default(), &problems, &plan), "3000");
    // Rows in groups of 12, each a problem of its own over the same sample.
    let groups: Vec<Problem> = (0..5)
        .map(|g| {
            let (forms, sample) = (Arc::clone(&one.forms), Arc::clone(&one.sample));
            Problem::new(forms, sample, 12 * g..12 * (g + 1), None)
        })
        .collect();
    let plan = Plan::new(2, 32);
    assert_same(&fits(&gpu, &groups, &plan), &fits(&Cpu::default(), &groups, &plan), "groups");
}

#[test]
fn resamples_share_their_rows_and_weigh_them() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(17);
    let model = model(&law("chinchilla"), 0);
    let one = problem(&model, huber(Residual::Log, 1e-2), 70, false, &mut random);
    let resamples: Vec<Problem> = (0..6)
        .map(|_| {
            let mut weights = vec![0.0; 70];
            (0..70).for_each(|_| weights[(random.unit() * 70.0) as usize] += 1.0);
            Problem { weights: Some(Arc::new(weights)), ..one.clone() }
        })
        .collect();
    let plan = Plan::new(4, 32);
    let ours = fits(&gpu, &resamples, &plan);
    assert_same(&ours, &fits(&Cpu::default(), &resamples, &plan), "resamples");
    // A weight of 2 is a row written twice.
    let doubled = &resamples[0];
    let weights = doubled.weights.as_ref().map_or(&[][..], |w| w.as_slice());
    let rows: Vec<usize> = (0..70).flat_map(|row| vec![row; weights[row] as usize]).collect();
    let columns = doubled.sample.columns.iter();
    let columns = columns.map(|c| Arc::new(rows.iter().map(|&r| c[r]).collect())).collect();
    let sample = Arc::new(mixlaw::problem::Sample::new(columns));
    let written = Problem::new(Arc::clone(&one.forms), sample, 0..rows.len(), None);
    let twice = fits(&gpu, &[written], &plan);
    let (x, y) = (twice[0].objective.unwrap_or(0.0), ours[0].objective.unwrap_or(1.0));
    assert!((x - y).abs() <= 1e-9 * y, "{x} is not {y}");
}

#[test]
fn the_same_seed_gives_the_same_numbers_however_the_work_is_cut() {
    let Some(adapter) = adapter() else { return };
    let mut random = Random(29);
    let model = model(&law("bimix"), 3);
    let problems = problems(&model, Objective::default(), 20, 300, &mut random);
    let plan = Plan::exhaustive(9, 24);
    let run = |memory: Option<u64>, twice: bool| {
        let adapters =
            if twice { vec![adapter.clone(), adapter.clone()] } else { vec![adapter.clone()] };
        let gpu = Gpu::on(&adapters, memory, true, Arc::new(Watch::new()));
        let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
        gpu.fit(&problems, &plan).unwrap_or_else(|error| panic!("{error}"))
    };
    let whole = run(None, false);
    // A small budget makes many chunks; two devices share them out.
    assert_eq!(whole, run(Some(1 << 20), false));
    assert_eq!(whole, run(None, true));
}
