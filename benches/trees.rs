//! How fast boosted trees grow, score and are searched: RegMix's 13 targets, a million mixtures.
//!
//! `cargo bench --bench trees [-- --json FILE --data FOLDER --only PART --repeats N]`, where a part is
//! grow, score, simulate or gpu. Wants `MIXLAW_DATA`, the folder of public tables. `--data` writes the model of Pile-CC, and mixtures with
//! what it predicts of them, for LightGBM to read.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mixlaw::engine::cpu::instruction_set;
use mixlaw::engine::gpu::{Gpu, adapters};
use mixlaw::engine::{Engine, Watch};
use mixlaw::predictor::Predictor;
use mixlaw::regress::trees::{Forest, Trees};
use mixlaw::regress::{Fitted, Samples};
use mixlaw::runs::{RoleSpec, Runs, read};
use mixlaw::search::{Average, Goal, Method, Objective, Options, Region, Together, search};
use serde_json::json;
use support::{Arguments, Random, list, median, timed, write_csv};

const MIXTURES: usize = 1_000_000;
/// Mixtures that go through the trees of all targets, on the first adapter and on the CPU.
const BATCH: usize = 65_536;
/// Mixtures that `--data` writes.
const SHOWN: usize = 2000;

fn main() {
    let arguments = Arguments::read(5);
    let Some(folder) = std::env::var_os("MIXLAW_DATA").map(PathBuf::from) else {
        println!("skipped: MIXLAW_DATA is not set");
        return;
    };
    let [train, test] = ["train", "test"].map(|part| runs(&folder, part));
    let targets: Vec<[Samples; 2]> = (0..train.targets.len())
        .map(|target| [&train, &test].map(|r| samples(r, target)))
        .collect();
    let cc = train.targets.iter().position(|target| target.domain == "pile_cc");
    let cc = forest(&targets[cc.expect("Pile-CC")]);
    let mut numbers = json!({"instruction_set": instruction_set()});
    if arguments.wants("grow") {
        numbers["grow"] = measured(arguments.repeats, "13 targets grown", || {
            targets.iter().map(|target| forest(target).trees().len()).sum()
        });
    }
    if arguments.wants("score") {
        let mixtures = mixtures(MIXTURES);
        numbers["score"] = measured(arguments.repeats, "1e6 mixtures scored", || {
            predictions(&cc, &mixtures).len()
        });
    }
    if arguments.wants("simulate") {
        numbers["simulate"] =
            measured(arguments.repeats, "1e6 mixtures simulated", || simulated(&cc));
    }
    if arguments.wants("gpu") {
        let forests: Vec<Forest> = targets.iter().map(forest).collect();
        numbers["gpu"] = beside(arguments.repeats, &forests.iter().collect::<Vec<_>>());
    }
    if let Some(folder) = &arguments.data {
        write(folder, &cc);
    }
    arguments.write(&numbers);
}

/// The 1M runs of a part.
fn runs(folder: &Path, part: &str) -> Runs {
    let files =
        ["mixture", "pile_loss"].map(|kind| folder.join(format!("regmix/{part}_{kind}_1m.csv")));
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

/// The paper's recipe: stopped on the second samples.
fn forest([train, test]: &[Samples; 2]) -> Forest {
    Trees::regmix().fit_with(train, test, 3).unwrap_or_else(|error| panic!("{error}"))
}

fn mixtures(count: usize) -> Vec<f64> {
    let mut random = Random(20_261_124);
    (0..count).flat_map(|_| random.mixture(17)).collect()
}

fn predictions(forest: &Forest, mixtures: &[f64]) -> Vec<f64> {
    let mut predicted = vec![0.0; mixtures.len() / forest.names().len()];
    forest.predict(mixtures, &mut predicted);
    predicted
}

/// RegMix's simulation with ten times its mixtures: drawn, scored, the mean of the best 128.
fn simulated(forest: &Forest) -> usize {
    let domains: Vec<String> = (0..17).map(|k| format!("d{k}")).collect();
    let region = Region::new(&domains, &[], &[]).unwrap_or_else(|error| panic!("{error}"));
    let mut predictor = Predictor { domains, ..Predictor::default() };
    predictor.add_function("loss".into(), "trees".into(), Box::new(forest.clone()));
    let goal = Goal {
        together: Together::Mean,
        weights: Vec::new(),
        drop: Vec::new(),
        maximise: Vec::new(),
        regret: None,
        pull: None,
        limits: Vec::new(),
    };
    let objective = Objective::new(&predictor, &goal).unwrap_or_else(|error| panic!("{error}"));
    let options = Options {
        method: Method::Sample,
        samples: MIXTURES as u64,
        strength: Some([1.0; 2]),
        average: Some(Average::Top(128)),
        ..Options::default()
    };
    let answer = search(&objective, &region, options, &Watch::new());
    answer.unwrap_or_else(|error| panic!("{error}")).found.len()
}

/// All forests on the first adapter, software ones included, and on the CPU.
fn beside(repeats: usize, forests: &[&Forest]) -> serde_json::Value {
    let Some(adapter) = adapters().into_iter().next() else {
        println!("gpu: skipped: there is no adapter");
        return json!(null);
    };
    let name = adapter.describe();
    println!("gpu: {name}");
    let gpu = Gpu::on(&[adapter], None, true, Arc::new(Watch::new()))
        .unwrap_or_else(|error| panic!("{error}"));
    let scoring = gpu.scoring(forests, &|| 0.0).unwrap_or_else(|error| panic!("{error}"));
    let scoring = std::cell::RefCell::new(scoring.expect("a device"));
    let mixtures = mixtures(BATCH);
    let on_gpu = || {
        let scores = scoring.borrow_mut().scores(&mixtures);
        scores.unwrap_or_else(|error| panic!("{error}")).expect("scores").by_forest.len()
    };
    let on_cpu = || forests.iter().filter(|f| !predictions(f, &mixtures).is_empty()).count();
    json!({
        "adapter": name,
        "gpu": measured(repeats, "65,536 mixtures, all targets, gpu", on_gpu),
        "cpu": measured(repeats, "65,536 mixtures, all targets, cpu", on_cpu),
    })
}

/// Calls several times, once before the clock runs.
fn measured(repeats: usize, what: &str, call: impl Fn() -> usize) -> serde_json::Value {
    let count = call();
    let times: Vec<(f64, f64)> = (0..repeats)
        .map(|_| {
            let (wall, cpu, _) = timed(&call);
            (wall, cpu)
        })
        .collect();
    let [wall, cpu]: [Vec<f64>; 2] =
        [times.iter().map(|time| time.0).collect(), times.iter().map(|time| time.1).collect()];
    println!("{what} ({count}): {:.3} CPU s, {:.3} s", median(&cpu), median(&wall));
    json!({"count": count, "cpu_s": median(&cpu), "wall_s": median(&wall)})
}

fn write(folder: &Path, forest: &Forest) {
    let mixtures = mixtures(SHOWN);
    let mut columns: Vec<(String, Vec<f64>)> = forest
        .names()
        .iter()
        .enumerate()
        .map(|(k, name)| (name.clone(), mixtures.iter().skip(k).step_by(17).copied().collect()))
        .collect();
    columns.push(("predicted".into(), predictions(forest, &mixtures)));
    write_csv(&folder.join("mixtures.csv"), &columns);
    let path = folder.join("pile_cc.txt");
    std::fs::write(&path, forest.text()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
