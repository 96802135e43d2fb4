//! Tables that are long, and devices that cut loops off.

use mixlaw::engine::Engine;
use mixlaw::engine::cpu::Cpu;
use mixlaw::plan::Plan;
use mixlaw::problem::{Objective, Residual};

use crate::answers::{assert_same, engine, fits};
use crate::planted::{model, problem};
use crate::support::{Random, huber, law};

/// Software Vulkan ends every loop of a thread after 65,535 trips in all, without a word. Here a
/// fit makes over a million; cut off, it would not end where the CPU ends.
#[test]
fn fits_with_more_trips_than_a_software_device_makes() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(3);
    for (name, domains, rows, starts) in
        [("chinchilla", 0, 12_000, 8), ("bimix", 3, 4_999, 24), ("mixing-exp", 10, 9_001, 3)]
    {
        let model = model(&law(name), domains);
        let objective = huber(Residual::Log, 1e-2);
        let problems = [problem(&model, objective, rows, false, &mut random)];
        let plan = Plan::exhaustive(1, starts);
        let ours = fits(&gpu, &problems, &plan);
        let ends = gpu.fit(&problems, &plan).unwrap_or_else(|error| panic!("{error}"));
        let iterations: u32 = ends[0].iter().map(|end| end.iterations).sum();
        assert!(iterations as usize * rows > 3 * 65_535, "{name}: too little work to tell");
        assert_same(&ours, &fits(&Cpu::default(), &problems, &plan), name);
    }
}

#[test]
fn a_table_too_long_for_the_device_goes_to_the_cpu() {
    let Some(gpu) = engine(false) else { return };
    let mut random = Random(13);
    let model = model(&law("step"), 0);
    let problems = [problem(&model, Objective::default(), 200_000, false, &mut random)];
    let plan = Plan::new(1, 4);
    assert_same(&fits(&gpu, &problems, &plan), &fits(&Cpu::default(), &problems, &plan), "long");
    // A real device may take it; one that cuts loops off may not, and says so.
    if adapter_is_software() {
        let notes = gpu.notes();
        assert!(notes.iter().any(|note| note.contains("rows are too many")), "{notes:?}");
    }
}

fn adapter_is_software() -> bool {
    crate::adapter().is_some_and(|adapter| adapter.is_software())
}
