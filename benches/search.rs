//! How fast mixtures are searched: lattices, exact minima, dynamic programming, samples.
//!
//! `cargo bench --bench search [-- --json FILE --data FOLDER --only WORKLOAD --repeats N]`. The
//! workloads are in `README.md`. `--data` writes the coefficients that peers read. CPU seconds are
//! those of the searches alone: fits and documents are read before the clock runs.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use mixlaw::engine::Watch;
use mixlaw::engine::cpu::instruction_set;
use mixlaw::law::graph::{Graph, Unary};
use mixlaw::predictor::{Choice, Opaque, Predicted, Predictor};
use mixlaw::report::FitReport;
use mixlaw::search::{Answer, Goal, Method, Objective, Options, Region, Supply, Together, search};
use serde_json::{Value, json};
use support::{Arguments, Random, median, timed};

const SEED: u64 = 20_261_124;

const OPTIONS: Options = Options {
    method: Method::Auto,
    steps: 100,
    starts: 256,
    seed: 0,
    samples: 0,
    strength: None,
    average: None,
    rounds: 1,
    top: 10,
    gap: None,
    cells: 1,
};

/// `c + exp(sum t w)` a target, as the peers get it.
struct Exponentials {
    c: Vec<f64>,
    t: Vec<Vec<f64>>,
}

impl Exponentials {
    /// c from 1 to 3, t from -3 to 2.
    fn random(domains: usize, targets: usize) -> Exponentials {
        let mut random = Random(SEED);
        let c = (0..targets).map(|_| random.between(1.0, 3.0)).collect();
        let mut row = || (0..domains).map(|_| random.between(-3.0, 2.0)).collect();
        Exponentials { c, t: (0..targets).map(|_| row()).collect() }
    }

    /// The targets of a fit document, without some.
    fn fitted(fit: &FitReport, drop: &[String]) -> Exponentials {
        let mut all = Exponentials { c: Vec::new(), t: Vec::new() };
        for entry in fit.fits.iter().filter(|entry| !drop.contains(&entry.target)) {
            let of = |label: String| {
                let known = entry.parameters.iter().find(|(name, _)| *name == label);
                known.and_then(|(_, estimate)| estimate.value).expect("a value a parameter")
            };
            all.c.push(of("c".into()));
            all.t.push(fit.runs.domains.iter().map(|domain| of(format!("t[{domain}]"))).collect());
        }
        all
    }

    fn predictor(&self) -> Predictor {
        let mut graph = Graph::default();
        let targets = self.c.iter().zip(&self.t).map(|(c, t)| {
            let mut inside = graph.number(0.0);
            for (k, t) in (0..).zip(t) {
                let (share, t) = (graph.param(k), graph.number(*t));
                let term = graph.mul(t, share);
                inside = graph.add(inside, term);
            }
            let power = graph.unary(Unary::Exp, inside);
            let c = graph.number(*c);
            graph.add(c, power)
        });
        let roots: Vec<_> = targets.collect();
        predictor(graph, &roots, self.t[0].len())
    }

    fn json(&self) -> Value {
        json!({ "c": self.c, "t": self.t })
    }
}

fn predictor(graph: Graph, roots: &[mixlaw::law::graph::Id], domains: usize) -> Predictor {
    let target = |(k, root): (usize, &mixlaw::law::graph::Id)| Predicted {
        name: format!("loss{k}"),
        law: "made".into(),
        root: *root,
    };
    Predictor {
        domains: (0..domains).map(|k| format!("d{k}")).collect(),
        graph,
        opaque: Opaque::default(),
        targets: roots.iter().enumerate().map(target).collect(),
        observed: Vec::new(),
        notes: Vec::new(),
    }
}

/// The sum over domains of `q * w^-a`: BiMix at a fixed number of steps.
fn bimix(domains: usize) -> Predictor {
    let mut random = Random(SEED);
    let mut graph = Graph::default();
    let roots: Vec<_> = (0..domains as u32)
        .map(|k| {
            let share = graph.param(k);
            let exponent = graph.number(-random.between(0.02, 0.1));
            let power = graph.pow(share, exponent);
            let size = graph.number(random.between(1.0, 4.0));
            graph.mul(size, power)
        })
        .collect();
    predictor(graph, &roots, domains)
}

fn mean(predictor: &Predictor, drop: &[String]) -> Objective {
    let goal = Goal {
        together: Together::Mean,
        weights: Vec::new(),
        drop: drop.to_vec(),
        maximise: Vec::new(),
        regret: None,
        pull: None,
        limits: Vec::new(),
    };
    Objective::new(predictor, &goal).unwrap_or_else(|error| panic!("{error}"))
}

fn anywhere(predictor: &Predictor) -> Region {
    Region::new(&predictor.domains, &[], &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Times a search several times; `points` are what its rate counts.
fn measure(
    name: &str,
    points: Option<u64>,
    repeats: usize,
    call: impl Fn() -> Answer,
) -> (Value, Answer) {
    let runs: Vec<(f64, f64, Answer)> = (0..repeats.max(1)).map(|_| timed(&call)).collect();
    let of =
        |pick: fn(&(f64, f64, Answer)) -> f64| median(&runs.iter().map(pick).collect::<Vec<_>>());
    let (wall, cpu) = (of(|run| run.0), of(|run| run.1));
    let answer = runs[0].2.clone();
    let rate = |seconds: f64| points.map(|points| points as f64 / seconds);
    let words = rate(wall).zip(rate(cpu)).map_or(String::new(), |(wall, cpu)| {
        format!("{:>8.2} M/s {:>8.2} M/cpu-s", wall / 1e6, cpu / 1e6)
    });
    println!("{name:<36} wall {wall:9.5} s  cpu {cpu:9.5} s  {words}");
    let document = json!({
        "name": name, "points": points, "wall_s": wall, "cpu_s": cpu,
        "points_per_s": rate(wall), "points_per_cpu_s": rate(cpu),
        "objective": answer.found[0].value, "mixture": answer.found[0].mixture,
        "method": answer.method, "lower_bound": answer.lower_bound,
    });
    (document, answer)
}

fn run(objective: &Objective, region: &Region, options: Options) -> Answer {
    search(objective, region, options, &Watch::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn lattices(repeats: usize, problems: &mut Vec<Value>) -> Vec<Value> {
    let one = |(domains, steps): (usize, usize)| {
        let made = Exponentials::random(domains, 4);
        let predictor = made.predictor();
        let (objective, region) = (mean(&predictor, &[]), anywhere(&predictor));
        let name = format!("lattice {domains} domains 1/{steps}");
        let options = Options { method: Method::Lattice, steps, ..OPTIONS };
        let scan = || run(&objective, &region, options);
        let points = scan().evaluated;
        let mut problem = made.json();
        problem["name"] = name.clone().into();
        problem["steps"] = steps.into();
        problems.push(problem);
        measure(&name, Some(points), repeats, scan).0
    };
    [(5, 100), (5, 200), (7, 40)].map(one).to_vec()
}

fn separable(repeats: usize) -> Vec<Value> {
    let one = |(domains, steps, top): (usize, usize, usize)| {
        let predictor = bimix(domains);
        let (objective, region) = (mean(&predictor, &[]), anywhere(&predictor));
        let options = Options { method: Method::Lattice, steps, top, ..OPTIONS };
        let name = format!("separable {domains} domains 1/{steps} top {top}");
        measure(&name, None, repeats, || run(&objective, &region, options)).0
    };
    [(20, 1000, 10), (20, 1000, 100), (64, 1000, 10)].map(one).to_vec()
}

fn samples(repeats: usize) -> Vec<Value> {
    const SAMPLES: u64 = 5_000_000;
    let one = |(domains, strength): (usize, Option<[f64; 2]>)| {
        let predictor = Exponentials::random(domains, 4).predictor();
        let (objective, region) = (mean(&predictor, &[]), anywhere(&predictor));
        let options = Options { method: Method::Sample, samples: SAMPLES, strength, ..OPTIONS };
        let how = if strength.is_some() { "dirichlet" } else { "sobol" };
        let name = format!("sample {how} {domains} domains");
        measure(&name, Some(SAMPLES), repeats, || run(&objective, &region, options)).0
    };
    [(5, None), (17, None), (5, Some([5.0; 2])), (17, Some([1.0; 2]))].map(one).to_vec()
}

/// A table that is fitted by the program.
struct Fitted {
    name: &'static str,
    files: [&'static str; 2],
    flags: &'static [&'static str],
    settings: Option<&'static str>,
}

const FITTED: [Fitted; 2] = [
    Fitted {
        name: "regmix",
        files: ["regmix/train_mixture_1m.csv", "regmix/train_pile_loss_1m.csv"],
        flags: &[
            "--join",
            "index",
            "--mixture",
            "train_the_pile_*",
            "--target",
            "metric/the_pile_*",
        ],
        settings: None,
    },
    Fitted {
        name: "olmix",
        files: ["olmix/dclm_ratios.csv", "olmix/dclm_metrics.csv"],
        flags: &["--mixture", "@dclm_ratios:*", "--target", "@dclm_metrics:*"],
        settings: Some("olmix/dclm_fit_config.json"),
    },
];

/// Fits a table through the program, where it is there.
fn fit(data: &Path, folder: &Path, fitted: &Fitted) -> FitReport {
    let document = folder.join(format!("{}.json", fitted.name));
    let status = Command::new(env!("CARGO_BIN_EXE_mixlaw"))
        .arg("fit")
        .args(fitted.files.map(|file| data.join(file)))
        .args(fitted.flags)
        .args(["--law", "mixing-exp", "--json"])
        .arg(&document)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(status.code(), Some(0 | 1)), "{}: {status}", fitted.name);
    FitReport::read(&document).unwrap_or_else(|error| panic!("{error}"))
}

/// What olmix's settings say: the metrics to drop, and the caps of a run on a trillion tokens.
fn settings(fit: &FitReport, path: &Path, folder: &Path) -> (Vec<String>, Region) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let settings: Value = serde_json::from_str(&text).expect("json");
    let known: Vec<&str> = fit.fits.iter().map(|entry| entry.target.as_str()).collect();
    let drop = settings["filtering"]["drop_metrics"].as_array().expect("a list").iter();
    let drop = drop.filter_map(Value::as_str).filter(|name| known.contains(name));
    let supply = folder.join("supply.json");
    std::fs::write(&supply, settings["priors"]["token_counts"].to_string()).expect("a file");
    let domains = &fit.runs.domains;
    let supply = Supply::read(&supply, domains).unwrap_or_else(|error| panic!("{error}"));
    let number = |name: &str| settings["constraints"][name].as_f64().expect("a number");
    let demands = supply.demands(domains, number("target_tokens"), number("repetition_factor"));
    let region = Region::new(domains, &demands, &[]).unwrap_or_else(|error| panic!("{error}"));
    (drop.map(ToString::to_string).collect(), region)
}

fn exact(repeats: usize, problems: &mut Vec<Value>) -> Vec<Value> {
    let Some(data) = std::env::var_os("MIXLAW_DATA").map(PathBuf::from) else {
        println!("exact: skipped, MIXLAW_DATA is not set");
        return Vec::new();
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let one = |fitted: &Fitted| {
        let fit = fit(&data, folder.path(), fitted);
        let predictor =
            Predictor::new(&fit, &Choice::default()).unwrap_or_else(|error| panic!("{error}"));
        let (drop, region) = match fitted.settings {
            Some(path) => settings(&fit, &data.join(path), folder.path()),
            None => (Vec::new(), anywhere(&predictor)),
        };
        let mut problem = Exponentials::fitted(&fit, &drop).json();
        let targets = problem["c"].as_array().map_or(0, Vec::len);
        let name = format!("exact {} {targets} x {}", fitted.name, predictor.domains.len());
        problem["name"] = name.clone().into();
        problem["high"] = json!(region.high);
        problems.push(problem);
        let options = Options { method: Method::Exact, ..OPTIONS };
        measure(&name, None, repeats, || run(&mean(&predictor, &drop), &region, options)).0
    };
    FITTED.iter().map(one).collect()
}

fn main() {
    let arguments = Arguments::read(5);
    let repeats = arguments.repeats;
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    println!("{}, {} threads", instruction_set(), rayon::current_num_threads());
    if arguments.wants("lattice") {
        documents.extend(lattices(repeats, &mut problems));
    }
    if arguments.wants("exact") {
        documents.extend(exact(repeats, &mut problems));
    }
    if arguments.wants("separable") {
        documents.extend(separable(repeats));
    }
    if arguments.wants("sample") {
        documents.extend(samples(repeats));
    }
    if let Some(folder) = &arguments.data {
        let text = format!("{:#}\n", Value::from(problems));
        std::fs::write(folder.join("problems.json"), text).expect("a file of problems");
    }
    arguments.write(&json!({
        "instruction_set": instruction_set(), "threads": rayon::current_num_threads(),
        "seed": SEED, "repeats": repeats, "workloads": documents,
    }));
}
