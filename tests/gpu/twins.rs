//! Kernels against their twins: the same numbers, within what rounding allows.

use mixlaw::engine::gpu::{Kernel, Layer, Layout, measure};
use mixlaw::engine::twin::Look;
use mixlaw::plan::draw;
use mixlaw::problem::{Loss, Objective, Problem, Residual};

use crate::planted::{laws, model, problem};
use crate::support::Random;
use crate::{adapter, open};

const DELTA: f64 = 0.02;

/// Points where a problem is looked at: starts, as f32.
fn points(problem: &Problem, count: usize) -> Vec<Vec<f32>> {
    (0..count)
        .map(|start| problem.space.q(&draw(&problem.space, 5, start)))
        .map(|q| q.into_iter().map(|x| x as f32).collect())
        .collect()
}

/// The largest share of the allowed difference that was used, and how many numbers were compared.
fn compare(layer: &mut dyn Layer, problem: &Problem, layout: Layout, what: &str) -> (f64, usize) {
    let kernel = Kernel::with_layout(&problem.forms, layout).unwrap_or_else(|w| panic!("{w}"));
    let tile = match layout {
        Layout::Lane => 1,
        Layout::Group { tile } => tile,
    };
    let look = Look::new(problem, tile);
    let delta = match problem.forms.objective.loss {
        Loss::Squared => 1e37,
        Loss::Huber { delta } => delta as f32,
    };
    let points = points(problem, 4);
    let seen = measure(layer, &kernel, problem, &points, delta)
        .unwrap_or_else(|fault| panic!("{what}: {fault}"));
    let (mut worst, mut compared) = (0.0_f64, 0);
    for (q, seen) in points.iter().zip(&seen) {
        let twin = look.at(q, delta, false);
        if !twin.is_finite() {
            assert!(
                seen.iter().any(|x| !x.is_finite()),
                "{what}: finite on the device alone: {seen:?} {:?}",
                twin.numbers
            );
            continue;
        }
        for (place, (twin, seen)) in twin.numbers.iter().zip(seen).enumerate() {
            if !twin.error.is_finite() {
                continue;
            }
            let off = f64::from((twin.value - seen).abs());
            let allowed = 2.0 * f64::from(twin.error);
            assert!(
                off <= allowed,
                "{what}: {place}: {seen} is not {} within {allowed:e}",
                twin.value
            );
            worst = worst.max(off / allowed);
            compared += 1;
        }
    }
    (worst, compared)
}

#[test]
fn every_law_gives_its_twins_numbers() {
    let Some(adapter) = adapter() else { return };
    let mut layer = open(&adapter);
    let mut random = Random(7);
    let (mut compared, mut worst) = (0, 0.0_f64);
    for law in laws() {
        let model = model(&law, 3);
        for residual in [Residual::Raw, Residual::Log, Residual::Relative] {
            for loss in [Loss::Squared, Loss::Huber { delta: DELTA }] {
                let objective = Objective { residual, loss };
                let weighted = loss == Loss::Squared;
                let problem = problem(&model, objective, 37, weighted, &mut random);
                for layout in [Layout::Lane, Layout::Group { tile: 16 }] {
                    let what = format!("{} {objective:?} {layout:?}", law.name);
                    let (share, count) = compare(&mut *layer, &problem, layout, &what);
                    worst = worst.max(share);
                    compared += count;
                }
            }
        }
    }
    eprintln!("{compared} numbers, at most {worst:.3} of what rounding allows");
    assert!(compared > 10_000, "{compared}");
}
