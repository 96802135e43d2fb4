//! Gradients and Hessians of every catalogue law against central differences at random points,
//! by the graph itself and by the programs that the engine runs.

mod support;

use std::sync::Arc;

use mixlaw::engine::cpu::pass::{Curvature, Scratch, Task};
use mixlaw::law::catalogue::laws;
use mixlaw::law::model::{Changes, Model};
use mixlaw::problem::{Forms, Loss, Objective, Residual, Sample};
use support::Random;
use support::planted::{columns, theta};

const ROWS: usize = 13;

/// Step of the difference quotients, as a share of the parameter.
const STEP: f64 = 3e-4;

/// f(theta + h e_j) by Richardson-extrapolated central differences.
fn difference(f: impl Fn(&[f64]) -> f64, theta: &[f64], j: usize) -> f64 {
    let step = STEP * theta[j].abs().max(1e-3);
    let central = |h: f64| {
        let (mut up, mut down) = (theta.to_vec(), theta.to_vec());
        up[j] += h;
        down[j] -= h;
        (f(&up) - f(&down)) / (up[j] - down[j])
    };
    (4.0 * central(step / 2.0) - central(step)) / 3.0
}

fn upper(count: usize, i: usize, j: usize) -> usize {
    i * (2 * count - i + 1) / 2 + (j - i)
}

#[test]
fn every_law_has_the_derivatives_of_its_formula() {
    let mut random = Random(42);
    let domains: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
    let mut checked = 0;
    for law in laws().expect("the catalogue is readable") {
        let law = Arc::new(law);
        let model = Arc::new(
            Model::new(&law, &domains, &|_| false, &Changes::default())
                .unwrap_or_else(|e| panic!("{}: {e}", law.name)),
        );
        for residual in [Residual::Raw, Residual::Log, Residual::Relative] {
            for loss in [Loss::Squared, Loss::Huber { delta: 0.05 }] {
                let objective = Objective { residual, loss };
                let forms = Forms::new(Arc::clone(&model), objective);
                let mut tries = 0;
                let mut done = 0;
                while done < 3 {
                    tries += 1;
                    assert!(tries < 2000, "{}: no usable random point", law.name);
                    let theta = theta(&model, &mut random);
                    let sample = Sample::new(columns(&model, &theta, ROWS, &mut random, &|r| {
                        r.between(0.8, 1.25)
                    }));
                    let positive = sample.target().iter().all(|y| *y > 0.0 && y.is_finite());
                    if !positive || near_kink(&forms, &sample, &theta) {
                        continue;
                    }
                    compare(&forms, &sample, &theta, &format!("{} {objective:?}", law.name));
                    done += 1;
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 26 * 6 * 3);
}

/// Whether a difference quotient would straddle the kink of the Huber loss.
fn near_kink(forms: &Forms, sample: &Sample, theta: &[f64]) -> bool {
    let Loss::Huber { delta } = forms.objective.loss else { return false };
    let views: Vec<&[f64]> = sample.columns.iter().map(|c| c.as_slice()).collect();
    let far = |theta: &[f64]| -> Vec<bool> {
        let predicted = forms.model.predict(theta, &views, 0..ROWS);
        let residuals =
            predicted.iter().zip(sample.target()).map(|(f, y)| match forms.objective.residual {
                Residual::Raw => f - y,
                Residual::Log => (f / y).ln(),
                Residual::Relative => f / y - 1.0,
            });
        residuals.map(|r| r.abs() > delta).collect()
    };
    let here = far(theta);
    (0..theta.len()).any(|j| {
        [-1.0, 1.0].iter().any(|sign| {
            let mut moved = theta.to_vec();
            moved[j] += sign * STEP * theta[j].abs().max(1e-3);
            far(&moved) != here
        })
    })
}

/// Objective, gradient and Hessian of the compiled programs against differences of the objective
/// computed from `Model::predict` alone.
fn compare(forms: &Forms, sample: &Sample, theta: &[f64], what: &str) {
    let rows = 0..ROWS;
    let views: Vec<&[f64]> = sample.columns.iter().map(|c| c.as_slice()).collect();
    let objective = |theta: &[f64]| -> f64 {
        let predicted = forms.model.predict(theta, &views, 0..ROWS);
        predicted.iter().zip(sample.target()).map(|(f, y)| loss(forms.objective, *f, *y)).sum()
    };
    let mut scratch = Scratch::default();
    let mut task = |newton: bool, theta: &[f64]| {
        let (program, columns) = if newton {
            (forms.newton(), sample.newton(forms))
        } else {
            (&forms.normal, sample.normal(forms))
        };
        let loss = forms.objective.loss;
        let kind = Curvature::Exact;
        let task = Task { program, columns, rows: &rows, weights: None, loss, kind };
        task.normal(theta, &mut scratch)
    };
    let exact = task(true, theta);
    let plain = task(false, theta);
    assert!((exact.cost - objective(theta)).abs() <= 1e-12 * exact.cost, "{what}: objective");
    let count = theta.len();
    // A derivative is compared on the scale of the largest term of its row in scaled parameters.
    let scale = |j: usize| theta[j].abs().max(1e-3);
    let largest = (0..count).map(|j| exact.gradient[j].abs() * scale(j)).fold(1e-12, f64::max);
    for j in 0..count {
        let slope = difference(objective, theta, j);
        let error = (slope - exact.gradient[j]).abs() * scale(j);
        assert!(
            error <= 1e-6 * largest + 1e-9 * exact.cost,
            "{what}: slope {j}: {slope} is not {}",
            exact.gradient[j]
        );
        let error = (plain.gradient[j] - exact.gradient[j]).abs() * scale(j);
        assert!(error <= 1e-11 * largest, "{what}: slope {j} differs between programs");
    }
    let mut gradients = |j: usize, theta: &[f64]| task(true, theta).gradient[j];
    let bend = |i: usize, j: usize| exact.curvature[upper(count, i.min(j), i.max(j))];
    let largest = (0..count)
        .flat_map(|i| (0..count).map(move |j| (i, j)))
        .map(|(i, j)| bend(i, j).abs() * scale(i) * scale(j))
        .fold(1e-12, f64::max);
    for i in 0..count {
        for j in 0..count {
            let step = 1e-4 * scale(j);
            let (mut up, mut down) = (theta.to_vec(), theta.to_vec());
            up[j] += step;
            down[j] -= step;
            let slope = (gradients(i, &up) - gradients(i, &down)) / (up[j] - down[j]);
            let error = (slope - bend(i, j)).abs() * scale(i) * scale(j);
            assert!(error <= 2e-4 * largest, "{what}: bend {i} {j}: {slope} is not {}", bend(i, j));
        }
    }
}

fn loss(objective: Objective, f: f64, y: f64) -> f64 {
    let r = match objective.residual {
        Residual::Raw => f - y,
        Residual::Log => f.ln() - y.ln(),
        Residual::Relative => (f - y) / y,
    };
    match objective.loss {
        Loss::Squared => 0.5 * r * r,
        Loss::Huber { delta } if r.abs() <= delta => 0.5 * r * r,
        Loss::Huber { delta } => delta * (r.abs() - 0.5 * delta),
    }
}
