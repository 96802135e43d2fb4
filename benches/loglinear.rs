//! How fast the log-linear law of RegMix's 13 targets is fitted, and how well.
//!
//! `cargo bench --bench loglinear [-- --json FILE --data FOLDER --repeats N]`. Wants `MIXLAW_DATA`, the
//! folder of public tables. `--data` writes mixtures and losses for the peers in `benches/peers`.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

mod support;

use std::path::{Path, PathBuf};

use mixlaw::engine::cpu::instruction_set;
use mixlaw::problem::{Loss, Objective, Residual};
use mixlaw::regress::{LogLinear, Regressor, Samples};
use mixlaw::runs::{RoleSpec, Runs, read};
use serde_json::json;
use support::{Arguments, list, median, timed, write_csv};

/// Where the loss turns linear, as in olmix.
const DELTA: f64 = 0.02;

fn main() {
    let arguments = Arguments::read(5);
    let Some(folder) = std::env::var_os("MIXLAW_DATA").map(PathBuf::from) else {
        println!("skipped: MIXLAW_DATA is not set");
        return;
    };
    let runs = runs(&folder);
    if let Some(folder) = &arguments.data {
        write(folder, &runs);
    }
    let targets: Vec<Samples> = (0..runs.targets.len()).map(|k| samples(&runs, k)).collect();
    let mut all = Vec::new();
    for starts in [8, 64] {
        let regressor = LogLinear { objective: huber(), starts };
        let (seconds, objectives) = fitted(&regressor, &targets, arguments.repeats);
        let each = seconds / targets.len() as f64;
        let sum: f64 = objectives.iter().sum();
        println!("{starts} starts: {each:.5} CPU s a target, objectives sum to {sum:.6}");
        all.push(json!({"starts": starts, "cpu_s_a_target": each, "objectives": objectives}));
    }
    arguments.write(&json!({"instruction_set": instruction_set(), "fits": all}));
}

fn huber() -> Objective {
    Objective { residual: Residual::Raw, loss: Loss::Huber { delta: DELTA } }
}

fn runs(folder: &Path) -> Runs {
    let files =
        ["mixture", "pile_loss"].map(|kind| folder.join(format!("regmix/train_{kind}_1m.csv")));
    let spec = RoleSpec {
        mixture: list(&["train_the_pile_*"]),
        target: list(&["metric/the_pile_*_val_loss"]),
        ..RoleSpec::default()
    };
    read(&files, None, &spec).unwrap_or_else(|error| panic!("{error}"))
}

fn samples(runs: &Runs, target: usize) -> Samples {
    let row = |row: usize| runs.mixture.iter().map(move |shares| shares[row]);
    Samples {
        domains: runs.domains.len(),
        mixtures: (0..runs.len()).flat_map(row).collect(),
        target: runs.targets[target].values.to_vec(),
    }
}

/// Median CPU seconds of all targets together, and the objective that each reached.
fn fitted(regressor: &LogLinear, targets: &[Samples], repeats: usize) -> (f64, Vec<f64>) {
    let once = || -> Vec<f64> { targets.iter().map(|samples| fit(regressor, samples)).collect() };
    let objectives = once();
    let times: Vec<f64> = (0..repeats).map(|_| timed(once).1).collect();
    (median(&times), objectives)
}

/// The sum of the Huber losses of a fit.
fn fit(regressor: &LogLinear, samples: &Samples) -> f64 {
    let fitted = regressor.fit(samples, 0).unwrap_or_else(|error| panic!("{error}"));
    let mut predicted = vec![0.0; samples.len()];
    fitted.predict(&samples.mixtures, &mut predicted);
    let loss = |off: f64| if off <= DELTA { off * off / 2.0 } else { DELTA * (off - DELTA / 2.0) };
    predicted.iter().zip(&samples.target).map(|(p, y)| loss((p - y).abs())).sum()
}

fn write(folder: &Path, runs: &Runs) {
    let columns = |names: &[String], values: Vec<&[f64]>| -> Vec<(String, Vec<f64>)> {
        names.iter().cloned().zip(values.into_iter().map(<[f64]>::to_vec)).collect()
    };
    let mixture = runs.mixture.iter().map(|column| column.as_slice()).collect();
    write_csv(&folder.join("mixtures.csv"), &columns(&runs.domains, mixture));
    let names: Vec<String> = runs.targets.iter().map(|target| target.column.clone()).collect();
    let losses = runs.targets.iter().map(|target| target.values.as_slice()).collect();
    write_csv(&folder.join("losses.csv"), &columns(&names, losses));
}
