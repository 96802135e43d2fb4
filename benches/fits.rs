//! How fast fits are: wall and CPU seconds of whole multi-start fits through the public API.
//!
//! `cargo bench --bench fits [-- --json FILE --data FOLDER --only WORKLOAD --repeats N]`. The
//! workloads are in `README.md`. CPU seconds are those of the calls alone: tables are made and the
//! pool of threads is started before the clock runs. `--data` writes the table of `law5` for peers.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

mod support;

use mixlaw::engine::cpu::{Cpu, instruction_set};
use mixlaw::engine::{End, Engine};
use mixlaw::fit::fit;
use mixlaw::plan::Plan;
use mixlaw::problem::{Loss, Objective, Problem, Residual};
use mixlaw::runs::{RoleSpec, Runs, read};
use serde_json::{Value, json};
use support::{Arguments, Random, list, median, problem, runs, timed, write_csv};

/// `E + A*N^-alpha + B*D^-beta`: planted E, A, alpha, B, beta, the constants that Hoffmann et al.
/// 2022 print.
const PLANTED: [f64; 5] = [1.69, 406.4, 0.34, 410.7, 0.28];
const SEED: u64 = 20_261_123;
const NOISE: f64 = 0.01;

/// N from 1e7 to 1e10 and D from 1e9 to 1e12, both log-uniform; log-normal noise of 1 %.
fn law5_columns(rows: usize) -> Vec<(String, Vec<f64>)> {
    let [e, a, alpha, b, beta] = PLANTED;
    let mut random = Random(SEED);
    let (mut sizes, mut tokens, mut losses) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let n = random.log_between(1e7, 1e10);
        let d = random.log_between(1e9, 1e12);
        let clean = e + a * n.powf(-alpha) + b * d.powf(-beta);
        sizes.push(n);
        tokens.push(d);
        losses.push(clean * (NOISE * random.normal()).exp());
    }
    vec![("N".into(), sizes), ("D".into(), tokens), ("loss".into(), losses)]
}

fn law5(rows: usize) -> Problem {
    let spec = RoleSpec { target: list(&["loss"]), ..RoleSpec::default() };
    let objective = Objective { residual: Residual::Log, loss: Loss::Squared };
    problem(&runs(law5_columns(rows), &spec), "chinchilla", objective)
}

/// `c + exp(sum t w)` over 17 domains: planted c = 2, t from -1.5 to 1, noise of 1 % on the loss.
fn mixing(domains: usize, rows: usize) -> Problem {
    let mut random = Random(SEED);
    let t: Vec<f64> = (0..domains).map(|_| random.between(-1.5, 1.0)).collect();
    let mut columns: Vec<(String, Vec<f64>)> =
        (0..domains).map(|j| (format!("w{j}"), Vec::new())).collect();
    let mut losses = Vec::new();
    for _ in 0..rows {
        let mixture = random.mixture(domains);
        let inside: f64 = mixture.iter().zip(&t).map(|(w, t)| w * t).sum();
        losses.push((2.0 + inside.exp()) * (NOISE * random.normal()).exp());
        mixture.iter().zip(&mut columns).for_each(|(w, (_, column))| column.push(*w));
    }
    columns.push(("loss".into(), losses));
    let spec = RoleSpec { mixture: list(&["w*"]), target: list(&["loss"]), ..RoleSpec::default() };
    problem(&runs(columns, &spec), "mixing-exp", Objective::default())
}

/// The 240 points that Besiroglu et al. 2024 keep: losses below the fifth largest.
fn chinchilla() -> Option<Problem> {
    let folder = std::path::PathBuf::from(std::env::var_os("MIXLAW_DATA")?);
    let path = folder.join("chinchilla_epoch/svg_extracted_data.csv");
    let table = |filter: Option<String>| -> Runs {
        let spec = RoleSpec {
            target: list(&["loss"]),
            derive: list(&["N = `Model Size`", "D = `Training FLOP` / (6 * N)"]),
            filter,
            ..RoleSpec::default()
        };
        read(std::slice::from_ref(&path), None, &spec).unwrap_or_else(|error| panic!("{error}"))
    };
    let mut losses = table(None).targets[0].values.to_vec();
    losses.sort_by(f64::total_cmp);
    let kept = table(Some(format!("loss < {:?}", losses[losses.len() - 5])));
    assert_eq!(kept.len(), 240);
    let objective = Objective { residual: Residual::Log, loss: Loss::Huber { delta: 1e-3 } };
    Some(problem(&kept, "chinchilla", objective))
}

/// What many starts came to.
fn shares(ends: &[End], starts: usize) -> Value {
    let best = ends.iter().map(|end| end.cost).fold(f64::INFINITY, f64::min);
    let near = ends.iter().filter(|end| end.cost <= 1.01 * best).count();
    let iterations: u64 = ends.iter().map(|end| u64::from(end.iterations)).sum();
    let mut sorted: Vec<u32> = ends.iter().map(|end| end.iterations).collect();
    sorted.sort_unstable();
    json!({
        "best": best,
        "near_best_of_all": near as f64 / starts as f64,
        "near_best_of_ends": near as f64 / ends.len() as f64,
        "ends": ends.len(),
        "mean_iterations_of_ends": iterations as f64 / ends.len() as f64,
        "median_iterations_of_ends": sorted[sorted.len() / 2],
        "most_iterations": sorted[sorted.len() - 1],
    })
}

/// Times a call several times; gives the JSON of it and the last result.
fn measure<T>(name: &str, fits: usize, repeats: usize, call: impl Fn() -> T) -> (Value, T) {
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..repeats {
        let (wall, cpu, value) = timed(&call);
        walls.push(wall);
        cpus.push(cpu);
        last = Some(value);
    }
    let (wall, cpu) = (median(&walls), median(&cpus));
    println!(
        "{name:<34} {fits:>7} fits  wall {wall:8.4} s  cpu {cpu:8.4} s  {:>9.0} fits/s  {:>9.0} fits/cpu-s",
        fits as f64 / wall,
        fits as f64 / cpu
    );
    let document = json!({
        "name": name, "fits": fits, "wall_s": wall, "cpu_s": cpu,
        "fits_per_s": fits as f64 / wall, "fits_per_cpu_s": fits as f64 / cpu,
        "walls": walls, "cpus": cpus,
    });
    (document, last.expect("at least one repeat"))
}

/// Times a race of starts through the engine.
fn race(name: &str, problem: &Problem, plan: &Plan, repeats: usize) -> Value {
    let problems = std::slice::from_ref(problem);
    let (mut document, ends) = measure(name, plan.starts, repeats, || {
        Cpu::default().fit(problems, plan).unwrap_or_else(|error| panic!("{error}"))
    });
    let ends = shares(&ends[0], plan.starts);
    println!("{:<34} {ends}", "");
    document["rows"] = json!(problem.rows.len());
    document["parameters"] = json!(problem.space.len());
    document["ends"] = ends;
    document
}

fn main() {
    let arguments = Arguments::read(5);
    let repeats = arguments.repeats;
    println!("{}", Cpu::default().describe());
    if let Some(folder) = &arguments.data {
        write_csv(&folder.join("law5.csv"), &law5_columns(256));
    }
    let mut documents = Vec::new();
    let five = law5(256);
    // The pool and the columns are there before the clock runs.
    let _ = Cpu::default().fit(std::slice::from_ref(&five), &Plan::exhaustive(1, 64));
    if arguments.wants("law5") {
        for (name, plan) in [
            ("law5 exhaustive", Plan::exhaustive(0, 16_384)),
            ("law5 exhaustive 1e-6", Plan { tolerance: 1e-6, ..Plan::exhaustive(0, 16_384) }),
            ("law5 halving", Plan::new(0, 16_384)),
        ] {
            documents.push(race(name, &five, &plan, repeats));
        }
    }
    if arguments.wants("chinchilla") {
        match chinchilla() {
            None => println!("chinchilla: skipped, MIXLAW_DATA is not set"),
            Some(problem) => {
                let problems = std::slice::from_ref(&problem);
                for (name, plan) in [
                    ("chinchilla 4500 halving", Plan::new(0, 4500)),
                    ("chinchilla 4500 exhaustive", Plan::exhaustive(0, 4500)),
                ] {
                    let (mut document, fits) = measure(name, plan.starts, repeats, || {
                        fit(&Cpu::default(), problems, &plan)
                            .unwrap_or_else(|error| panic!("{error}"))
                    });
                    let end = json!({
                        "objective": fits[0].objective, "state": fits[0].state,
                        "theta": fits[0].theta,
                    });
                    println!("{:<34} {end}", "");
                    document["fit"] = end;
                    documents.push(document);
                }
            }
        }
    }
    if arguments.wants("starts") {
        for starts in [1024, 2048, 4096, 8192, 16_384] {
            let name = format!("starts {starts}");
            documents.push(race(&name, &five, &Plan::exhaustive(0, starts), repeats));
        }
    }
    if arguments.wants("rows") {
        for rows in [256, 1024, 4096, 16_384, 65_536] {
            let (name, problem) = (format!("rows {rows}"), law5(rows));
            problem.sample.normal(&problem.forms);
            problem.sample.projector(&problem.forms);
            documents.push(race(&name, &problem, &Plan::exhaustive(0, 128), repeats));
        }
    }
    if arguments.wants("mixing") {
        let problem = mixing(17, 512);
        problem.sample.normal(&problem.forms);
        documents.push(race("mixing-exp 17", &problem, &Plan::exhaustive(0, 1024), repeats));
    }
    arguments.write(&json!({
        "engine": Cpu::default().describe(), "instruction_set": instruction_set(),
        "planted": PLANTED, "seed": SEED, "noise": NOISE, "repeats": repeats,
        "workloads": documents,
    }));
}
