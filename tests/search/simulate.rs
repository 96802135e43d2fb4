//! Samples of what is no formula, means of good mixtures, and rounds that close in.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use mixlaw::engine::{End, Engine, Scores, Scoring, Watch};
use mixlaw::error::Result;
use mixlaw::law::graph::{Graph, Id};
use mixlaw::plan::Plan;
use mixlaw::predictor::Predictor;
use mixlaw::problem::{Problem, Surface};
use mixlaw::regress::trees::{Forest, Trees};
use mixlaw::regress::{Fitted, Samples};
use mixlaw::search::{
    Answer, Average, Demand, Found, Limit, Means, Method, Objective, Options, Region, Together,
    search,
};
use serde_json::Value;

use crate::exact::{OPTIONS, goal};
use crate::flags::share;
use crate::names;
use crate::support::program::Folder;
use crate::support::{Random, public};

const SAMPLE: Options = Options { method: Method::Sample, top: 300, ..OPTIONS };

/// The squared distance from a mixture, as a function or as a formula.
struct Bowl {
    least: Vec<f64>,
    is_formula: bool,
}

impl Fitted for Bowl {
    fn predict(&self, mixtures: &[f64], into: &mut [f64]) {
        for (mixture, value) in mixtures.chunks_exact(self.least.len()).zip(into) {
            *value = mixture.iter().zip(&self.least).map(|(x, y)| (x - y) * (x - y)).sum();
        }
    }

    fn formula(&self, graph: &mut Graph) -> Option<Id> {
        let squares = (0..).zip(&self.least).map(|(k, least)| {
            let (share, least) = (graph.param(k), graph.number(*least));
            let away = graph.sub(share, least);
            graph.mul(away, away)
        });
        let squares: Vec<Id> = squares.collect();
        let sum = squares.into_iter().reduce(|a, b| graph.add(a, b));
        sum.filter(|_| self.is_formula)
    }
}

/// A predictor of two bowls.
fn bowls(leasts: [&[f64]; 2], are_formulas: bool) -> Predictor {
    let domains = ["a", "b", "c", "d"];
    let mut predictor = Predictor { domains: names(&domains), ..Predictor::default() };
    for (name, least) in ["one", "two"].into_iter().zip(leasts) {
        let bowl = Bowl { least: least.to_vec(), is_formula: are_formulas };
        predictor.add_function(name.into(), "bowl".into(), Box::new(bowl));
    }
    predictor
}

const ONE: [f64; 4] = [0.1, 0.2, 0.3, 0.4];
const TWO: [f64; 4] = [0.4, 0.3, 0.2, 0.1];

fn draw(predictor: &Predictor, together: Together, region: &Region, options: Options) -> Answer {
    let objective = Objective::new(predictor, &goal(together)).expect("a goal");
    search(&objective, region, options, &Watch::new()).expect("an answer")
}

fn anywhere() -> Region {
    Region::new(&names(&["a", "b", "c", "d"]), &[], &[]).expect("a region")
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}

#[test]
fn a_function_is_searched_as_its_formula_is() {
    let [function, formula] = [false, true].map(|is| bowls([&ONE, &TWO], is));
    for together in [Together::Mean, Together::Worst] {
        let [a, b] = [&function, &formula].map(|predictor| {
            draw(predictor, together, &anywhere(), Options { samples: 30_000, ..SAMPLE })
        });
        for (a, b) in a.found.iter().zip(&b.found) {
            assert_eq!(a.mixture, b.mixture);
            assert!((a.value - b.value).abs() < 1e-15);
        }
        assert_eq!(a.found.len(), 300);
    }
    let values = function.values(&ONE);
    assert!(values[0] == 0.0 && (values[1] - 0.2).abs() < 1e-15, "{values:?}");
}

#[test]
fn limits_are_kept_by_samples() {
    for are_formulas in [false, true] {
        let predictor = bowls([&ONE, &TWO], are_formulas);
        let limit = Limit { target: "two".into(), slack: 0.0, reference: vec![0.25; 4] };
        let goal = mixlaw::search::Goal {
            limits: vec![limit],
            drop: Vec::new(),
            weights: vec![("two".into(), 0.0)],
            ..goal(Together::Mean)
        };
        let objective = Objective::new(&predictor, &goal).expect("a goal");
        let options = Options { samples: 30_000, ..SAMPLE };
        let answer = search(&objective, &anywhere(), options, &Watch::new()).expect("an answer");
        let most = predictor.values(&[0.25; 4])[1];
        let two = |found: &Found| predictor.values(&found.mixture)[1];
        assert!(answer.found.iter().all(|found| two(found) <= most + 1e-8));
        // It is the limit that holds the mixture: the bowl alone is least elsewhere.
        assert!(two(&answer.found[0]) > 0.9 * most, "{}", two(&answer.found[0]));
        assert!(apart(&answer.found[0].mixture, &ONE) > 0.05);
    }
}

#[test]
fn a_mean_is_of_the_best_or_of_the_nearly_best() {
    let predictor = bowls([&ONE, &TWO], false);
    let options = Options { samples: 40_000, strength: Some([1.0, 20.0]), ..SAMPLE };
    let plain = draw(&predictor, Together::Mean, &anywhere(), options);
    let near = plain.found[200].value - plain.found[0].value;
    for (average, count) in [(Average::Top(201), 201), (Average::Within(near), 201)] {
        let options = Options { average: Some(average), top: 10, ..options };
        let answer = draw(&predictor, Together::Mean, &anywhere(), options);
        assert_eq!(answer.found, plain.found[..10]);
        let mean = answer.averaged.as_ref().expect("a mean");
        assert_eq!(mean.count, count);
        for k in 0..4 {
            let shares = || plain.found[..201].iter().map(|found| found.mixture[k]);
            let expected = shares().sum::<f64>() / 201.0;
            assert!((mean.of.mixture[k] - expected).abs() < 1e-12);
            let ends = [shares().fold(1.0, f64::min), shares().fold(0.0, f64::max)];
            assert_eq!(mean.ranges[k], ends);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        let alone = pool.install(|| draw(&predictor, Together::Mean, &anywhere(), options));
        assert_eq!(alone.chosen(), answer.chosen());
    }
}

/// The bowl's least mixture is far from the prior: one round hardly comes near, ten of as many in all do.
#[test]
fn rounds_close_in() {
    let corner = [0.97, 0.01, 0.01, 0.01];
    let predictor = bowls([&corner, &corner], false);
    let near = |rounds: usize, samples: u64| {
        let average = Some(Average::Within(1e-3));
        let options =
            Options { rounds, samples, strength: Some([2.0, 200.0]), average, seed: 3, ..SAMPLE };
        let answer = draw(&predictor, Together::Mean, &anywhere(), options);
        assert_eq!(answer.evaluated, 20_000);
        apart(&answer.chosen().mixture, &corner)
    };
    let (one, ten) = (near(1, 20_000), near(10, 2_000));
    assert!(ten < 0.5 * one, "{one} {ten}");
    assert!(ten < 0.03, "{ten}");
}

#[test]
fn rounds_keep_bounds() {
    let predictor = bowls([&[0.97, 0.01, 0.01, 0.01], &TWO], false);
    let demand = Demand { domain: 0, ends: [None, Some(0.3)], words: String::new() };
    let region = Region::new(&names(&["a", "b", "c", "d"]), &[demand], &[]).expect("a region");
    let options = Options { rounds: 4, samples: 5_000, average: Some(Average::Top(20)), ..SAMPLE };
    let answer = draw(&predictor, Together::Mean, &region, options);
    assert!(region.holds(&answer.chosen().mixture));
    assert!(answer.found.iter().all(|found| region.holds(&found.mixture)));
    assert!(answer.evaluated < 20_000, "{}", answer.method);
    assert!(answer.method.contains("4 rounds"), "{}", answer.method);
}

/// An engine that scores trees, and is off by so much.
struct Scorer {
    off: f64,
    watch: Watch,
    distrusted: AtomicBool,
}

impl Engine for Scorer {
    fn name(&self) -> &'static str {
        "made"
    }

    fn describe(&self) -> String {
        "a made scorer".into()
    }

    fn watch(&self) -> &Watch {
        &self.watch
    }

    fn fit(&self, _: &[Problem], _: &Plan) -> Result<Vec<Vec<End>>> {
        unreachable!("nothing is fitted")
    }

    fn evaluate(&self, _: &Surface, _: &[f64], _: &[f64]) -> Result<Vec<f64>> {
        unreachable!("no surface is evaluated")
    }

    fn scoring<'a>(
        &'a self,
        forests: &'a [&'a Forest],
        _: &dyn Fn() -> f64,
    ) -> Result<Option<Box<dyn Scoring + 'a>>> {
        Ok(Some(Box::new(Session { engine: self, forests })))
    }
}

struct Session<'a> {
    engine: &'a Scorer,
    forests: &'a [&'a Forest],
}

impl Scoring for Session<'_> {
    fn scores(&mut self, mixtures: &[f64]) -> Result<Option<Scores>> {
        if self.engine.distrusted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        // Within its slack in either direction, unless it is off by more.
        let one = |forest: &&Forest| {
            let rows = mixtures.chunks_exact(forest.names().len()).enumerate();
            let sign = |place: usize| if place.is_multiple_of(2) { 1.0 } else { -1.0 };
            rows.map(|(place, row)| forest.walk(row) + self.engine.off * sign(place)).collect()
        };
        let by_forest = self.forests.iter().map(one).collect();
        Ok(Some(Scores { by_forest, slack: vec![0.01; self.forests.len()] }))
    }

    fn distrust(&mut self, _: &str) -> Result<()> {
        self.engine.distrusted.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// What a device says within its slack changes nothing, and what it says beyond is found out.
#[test]
fn a_device_only_says_where_to_look() {
    let mut random = Random(9);
    let rows: Vec<Vec<f64>> = (0..200).map(|_| random.mixture(4)).collect();
    let loss = |row: &Vec<f64>| (row[0] - 0.4).abs() + row[1];
    let samples =
        Samples { domains: 4, target: rows.iter().map(loss).collect(), mixtures: rows.concat() };
    let forest = Trees { iterations: 60, ..Trees::default() }.train(&samples, 0).expect("trees");
    let mut predictor = Predictor { domains: names(&["a", "b", "c", "d"]), ..Predictor::default() };
    predictor.add_function("loss".into(), "trees".into(), Box::new(forest));
    let options = Options { samples: 20_000, ..SAMPLE };
    let plain = draw(&predictor, Together::Mean, &anywhere(), options);
    let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
    for (off, found_out) in [(0.0099, false), (0.02, true)] {
        let engine = Scorer { off, watch: Watch::new(), distrusted: AtomicBool::new(false) };
        let watch = Watch::new();
        let means = Means { engine: Some(&engine), ..Means::from(&watch) };
        let answer = search(&objective, &anywhere(), options, means).expect("an answer");
        assert_eq!(answer.found, plain.found);
        assert_eq!(engine.distrusted.load(Ordering::Relaxed), found_out);
        assert_eq!(answer.method.contains("a made scorer"), !found_out, "{}", answer.method);
    }
}

/// A table of runs whose loss has a kink, so that trees suit it.
fn runs(folder: &Folder) {
    let mut random = Random(5);
    let mut table = String::from("w_a,w_b,w_c,loss\n");
    for _ in 0..200 {
        let raw = [random.unit(), random.unit(), random.unit()];
        let sum: f64 = raw.iter().sum();
        let [a, b, c] = raw.map(|x| x / sum);
        table += &format!("{a},{b},{c},{}\n", 2.0 + (a - 0.5).abs() + 0.3 * b);
    }
    folder.file("runs.csv", table);
}

const TREES: [&str; 6] = ["runs.csv", "--mixture", "w_*", "--target", "loss", "--model"];

fn learnt(folder: &Folder, model: &str, flags: &[&str]) -> Value {
    let all = [&["search"], &TREES[..], &[model, "--json", "-"], flags].concat();
    serde_json::from_str(&folder.run(&all).ended(0).stdout).expect("json on stdout")
}

#[test]
fn trees_are_searched_through_the_program() {
    let folder = Folder::new();
    runs(&folder);
    let answer = learnt(&folder, "trees", &["--samples", "2e4"]);
    assert!((share(&answer, "a") - 0.5).abs() < 0.1, "{answer}");
    assert_eq!(answer["certificate"], "none");
    assert_eq!(answer["averaged"]["of"], 128);
    let said = answer["warnings"].to_string();
    assert!(said.contains("the mean of 128 good ones"), "{said}");
    let best = learnt(&folder, "trees", &["--method", "sample", "--samples", "2e4"]);
    assert_eq!(best["averaged"], Value::Null);
    let seen = learnt(&folder, "lookup", &[]);
    assert!(seen["method"].to_string().contains("200 of 200 observed"), "{seen}");
    assert!((share(&seen, "a") - 0.5).abs() < 0.1, "{seen}");
    let capped = learnt(&folder, "lookup", &["--max", "a=0.3"]);
    assert!(share(&capped, "a") <= 0.3);
}

/// A model of LightGBM's is searched as the trees that were learnt for the search.
#[test]
fn models_of_files_are_searched() {
    let folder = Folder::new();
    runs(&folder);
    folder.run(&[&["learn"], &TREES[..5], &["--out", "models"]].concat()).ended(0);
    let draws = ["--method", "sample", "--samples", "1e4", "--json", "-"];
    let learnt = learnt(&folder, "trees", &draws[..4]);
    let ran = folder.run(&[&["search", "models/loss.txt"][..], &draws].concat());
    let read: Value = serde_json::from_str(&ran.ended(0).stdout).expect("json on stdout");
    assert_eq!(read["objective"], learnt["objective"]);
    assert_eq!(share(&read, "w_a"), share(&learnt, "a"));
    assert!(read["warnings"].to_string().contains("not at hand"), "{}", read["warnings"]);
    folder.run_refused(&["search", "models/loss.txt", "--at", "s=1"], 2, &["or of trees"]);
    folder.run_refused(&["search", "models/none.txt"], 3, &["models/none.txt"]);
    let other = std::fs::read_to_string(folder.path().join("models/loss.txt")).expect("a model");
    folder.file("models/other.txt", other.replace("w_b", "w_z"));
    let two = ["search", "models/loss.txt", "models/other.txt"];
    folder.run_refused(&two, 3, &["other has other features"]);
}

#[test]
fn regressors_have_settings() {
    let folder = Folder::new();
    runs(&folder);
    let small = learnt(&folder, "trees:num_leaves=3,num_iterations=20", &["--samples", "1e4"]);
    let usual = learnt(&folder, "trees", &["--samples", "1e4"]);
    assert_ne!(small["objective"], usual["objective"]);
    let products = learnt(&folder, "quadratic:a*b", &[]);
    assert_eq!(products["laws"][0], "quadratic");
    let all = [&["search"], &TREES[..], &["quadratic:a*z"]].concat();
    folder.run_refused(&all, 2, &["no domain `z`"]);
}

#[test]
fn what_a_sample_cannot_do_is_refused() {
    let folder = Folder::new();
    runs(&folder);
    let refuses = |flags: &[&str], parts: &[&str]| {
        folder.run_refused(&[&["search"], &TREES[..], flags].concat(), 2, parts);
    };
    refuses(&["trees", "--method", "exact"], &["is no formula", "--method sample"]);
    refuses(&["trees", "--method", "lattice"], &["is no formula"]);
    refuses(&["trees", "--average", "0"], &["--average must be from 1"]);
    refuses(&["trees", "--within=-1"], &["--within must not be negative"]);
    refuses(&["trees", "--rounds", "0"], &["--rounds must be from 1"]);
    refuses(&["trees", "--average", "9", "--at-most", "2"], &["uses all of these domains"]);
    refuses(&["ols", "--method", "exact", "--average", "9"], &["are for --method sample"]);
    refuses(&["gp", "--paper-recipe", "--test", "runs.csv"], &["--model is gp"]);
    refuses(&["lookup", "--max", "a=0.0001"], &["none of 200 observed mixtures"]);
    // What the command line's own reader refuses.
    for (flags, said) in
        [(["--strength", "2..1"], "0.1..5"), (["--paper-recipe", "--regret"], "--test")]
    {
        let ran = folder.run(&[&["search"], &TREES[..], &["trees"], &flags].concat());
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{}", ran.stderr);
    }
    let impossible = ["trees", "--method", "sample", "--no-worse=-90", "--samples", "1e4"];
    refuses(&impossible, &["none of 10000 mixtures drawn at random meets the limits"]);
}

/// The notebook of RegMix gives 0.891 to Pile-CC; other seeds of it 0.871 to 0.895.
#[test]
fn the_published_simulation_is_met() {
    let Some(prior) = public("regmix/published_mixtures_1b.json") else { return };
    let folder = Folder::new();
    folder.file("prior.json", pile(&prior).to_string());
    let data = prior.parent().expect("a folder");
    let path = |name: &str| data.join(name).to_str().expect("a path in UTF-8").to_string();
    let [mixtures, losses, test] = [
        path("train_mixture_1m.csv"),
        path("train_pile_loss_1m.csv"),
        format!("{}+{}", path("test_mixture_1m.csv"), path("test_pile_loss_1m.csv")),
    ];
    let columns = ["--mixture", "train_the_pile_*", "--target", "metric/the_pile_pile_cc_val_loss"];
    let recipe = ["--join", "index", "--model", "trees", "--paper-recipe", "--test", &test];
    let rest = ["--prior", "prior.json", "--tolerance", "0", "--json", "-"];
    let all = [&["search", &mixtures, &losses][..], &columns, &recipe, &rest].concat();
    let ran = folder.run(&all);
    let answer: Value = serde_json::from_str(&ran.ended(0).stdout).expect("json on stdout");
    assert!((share(&answer, "pile_cc") - 0.89).abs() < 0.02, "{answer}");
    assert!((share(&answer, "ubuntu_irc") - 0.061).abs() < 0.02, "{answer}");
    assert_eq!(answer["averaged"]["of"], 128);
    assert_eq!(answer["evaluated"], 100_000);
    assert!(answer["warnings"].to_string().contains("chose the number of trees"), "{answer}");
}

/// Least squares puts weight where no run had any: caught and shown.
#[test]
fn an_extrapolation_is_shown() {
    let [Some(mixtures), Some(losses)] = ["train_mixture_1m", "train_pile_loss_1m"]
        .map(|name| public(&format!("regmix/{name}.csv")))
    else {
        return;
    };
    let files = [mixtures.to_str().expect("UTF-8"), losses.to_str().expect("UTF-8")];
    let columns = ["--mixture", "train_the_pile_*", "--target", "metric/the_pile_pile_cc_val_loss"];
    let rest = ["--join", "index", "--model", "ols", "--json", "-"];
    let ran = Folder::new().run(&[&["search"][..], &files, &columns, &rest].concat());
    let answer: Value = serde_json::from_str(&ran.ended(0).stdout).expect("json on stdout");
    let said = answer["warnings"].to_string();
    assert!(share(&answer, "enron_emails") > 0.9, "{answer}");
    for part in ["outside the hull", "enron_emails 1.000 (observed 0.000 to 0.026)", "a vertex"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// The prior of the paper, with the names of the domains alone.
fn pile(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).expect("a file");
    let all: Value = serde_json::from_str(&text).expect("json");
    let prior = all["pile_token_distribution_prior"].as_object().expect("a prior");
    let short = |name: &String| name.trim_start_matches("train_the_pile_").to_string();
    let sum: f64 = prior.values().filter_map(Value::as_f64).sum();
    let shares = prior.iter().map(|(name, x)| (short(name), x.as_f64().expect("a share") / sum));
    shares.map(|(name, share)| (name, Value::from(share))).collect::<serde_json::Map<_, _>>().into()
}
