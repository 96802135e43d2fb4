//! `mixlaw compare`: what is not seen stays unseen, measures are right, and bad input is refused.

mod auto;
mod models;
mod paper;
mod public;
mod splits;
#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use support::Random;
use support::program::{Folder, Ran};

impl Folder {
    pub(crate) fn compare(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["compare"], arguments].concat())
    }

    pub(crate) fn answer(&self, arguments: &[&str]) -> Value {
        let ran = self.compare(&[arguments, &["--json", "-"]].concat());
        assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).expect("json on stdout")
    }

    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        self.run_refused(&[&["compare"], arguments].concat(), code, parts);
    }
}

pub(crate) const ROLES: [&str; 4] = ["--mixture", "w_*", "--target", "*_loss"];

/// A table of runs: exponential losses of three domains, each mixture at two sizes.
pub(crate) fn planted(rows: usize, noise: f64) -> String {
    let mut random = Random(9);
    let mut text = String::from("w_a,w_b,w_c,N,x_loss,y_loss\n");
    for _ in 0..rows / 2 {
        let raw: Vec<f64> = (0..3).map(|_| -random.between(1e-3, 1.0).ln()).collect();
        let sum: f64 = raw.iter().sum();
        let w: Vec<f64> = raw.iter().map(|x| x / sum).collect();
        for size in [1.0, 2.0] {
            let line = |t: [f64; 3]| -> f64 { t.iter().zip(&w).map(|(t, w)| t * w).sum() };
            let x = 2.0 + line([0.8, -1.0, 0.1]).exp() / size;
            let y = 1.5 + line([-0.5, 0.4, 0.9]).exp() / size;
            let mut wobble = || noise * random.between(-1.0, 1.0);
            let (x, y) = (x + wobble(), y + wobble());
            text += &format!("{},{},{},{size},{x},{y}\n", w[0], w[1], w[2]);
        }
    }
    text
}

pub(crate) fn of<'a>(answer: &'a Value, scheme: usize, model: &str) -> &'a Value {
    let results = answer["schemes"][scheme]["results"].as_array().expect("results");
    results.iter().find(|result| result["name"] == model).expect("the model")
}

#[test]
fn the_law_that_made_the_runs_wins() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(120, 1e-3));
    let models = ["--model", "ols", "--model", "log-linear", "--where", "N < 1.5"];
    let answer = folder.answer(&[&["runs.csv"], &ROLES[..], &models].concat());
    let [line, law] = ["ols", "log-linear"].map(|model| of(&answer, 0, model));
    let spearman = |result: &Value| result["mean"]["spearman"].as_f64().expect("a correlation");
    assert!(spearman(law) > spearman(line) && spearman(law) > 0.99, "{law} {line}");
    assert!((law["mean"]["slope"].as_f64().unwrap_or(0.0) - 1.0).abs() < 0.02);
    let winner = &answer["schemes"][0]["winner"];
    assert_eq!(
        answer["contenders"][winner["contender"].as_u64().unwrap_or(9) as usize],
        "log-linear"
    );
    assert!(winner["sure"].as_f64().is_some_and(|sure| sure > 0.9), "{winner}");
    let ran = folder.compare(&[&["runs.csv"], &ROLES[..], &models].concat());
    assert!(
        ran.stdout.contains("use log-linear: the highest mean rank correlation"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.code, Some(0));
}

/// With a fold a mixture, runs that are there twice must be predicted as if they were there once: a
/// lookup that saw the one would be exactly right about the other.
#[test]
fn rows_of_one_mixture_are_never_on_both_sides() {
    let text = planted(60, 0.0);
    let (head, runs) = text.split_once('\n').expect("a header");
    let table = |times: usize| -> Vec<f64> {
        let folder = Folder::new();
        let runs = runs.lines().step_by(2).map(|run| format!("{run}\n").repeat(times));
        folder.file("runs.csv", format!("{head}\n{}", runs.collect::<String>()));
        let more = ["--model", "lookup", "--folds", "30"];
        let answer = folder.answer(&[&["runs.csv"], &ROLES[..], &more].concat());
        let targets = of(&answer, 0, "lookup")["targets"].as_array().expect("targets");
        targets.iter().map(|t| t["judged"]["mae"].as_f64().expect("an error")).collect()
    };
    let (once, twice) = (table(1), table(2));
    assert!(once.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-12), "{once:?} {twice:?}");
    assert!(once.iter().all(|mae| *mae > 1e-3), "{once:?}");
}

#[test]
fn sizes_are_left_out_in_turn_and_laws_read_them() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(80, 0.0));
    let law = "E + exp(sum(j, t[j] * w[j])) / N";
    let split = ["--leave-out", "N", "--holdout", "N > 1.5"];
    let answer = folder
        .answer(&[&["runs.csv"], &ROLES[..], &["--law", law, "--model", "ols"], &split].concat());
    assert_eq!(answer["schemes"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["schemes"][0]["splits"], 2);
    for scheme in [0, 1] {
        let results = answer["schemes"][scheme]["results"].as_array().expect("results");
        let [ols, law] = [&results[0], &results[1]];
        let mae = |result: &Value| result["mean"]["mae"].as_f64().expect("an error");
        // The law knows what size does; the mixture alone does not.
        assert!(mae(law) < 0.2 * mae(ols), "{law} {ols}");
    }
}

#[test]
fn another_table_is_a_test() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(80, 0.0));
    // The same columns in another order, and one target missing.
    let text: String = planted(40, 0.0)
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{},{},{},{}\n", cells[3], cells[4], cells[2], cells[0], cells[1])
        })
        .collect();
    folder.file("test.csv", &text);
    let more = ["--test", "test.csv", "--model", "ols"];
    let answer = folder.answer(&[&["runs.csv"], &ROLES[..], &more].concat());
    let targets = of(&answer, 0, "ols")["targets"].as_array().expect("targets");
    assert_eq!(targets[0]["judged"]["rows"], 40);
    assert!(targets[1]["judged"].is_null(), "{}", targets[1]);
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(60, 1e-2));
    let go = |seed: &str| {
        let more = ["--model", "ridge", "--seed", seed, "--rounds", "2"];
        let mut answer = folder.answer(&[&["runs.csv"], &ROLES[..], &more].concat());
        answer["schemes"][0]["results"][0]["seconds"] = Value::Null;
        answer
    };
    assert_eq!(go("1"), go("1"));
    assert_ne!(go("1")["schemes"], go("2")["schemes"]);
}

fn search(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.run(&[&["search"], arguments].concat())
}

/// From run tables to a mixture in one command, and with the choice left to the cross-validation.
#[test]
fn a_search_learns_from_runs() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(120, 1e-3));
    let with =
        |more: &[&'static str]| [&["runs.csv"], &ROLES[..], &["--where", "N < 1.5"], more].concat();
    let mixture = |model: &'static str| -> Value {
        let ran = search(&folder, &with(&["--model", model, "--json", "-"]));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).expect("json on stdout")
    };
    let [law, auto, line] = ["log-linear", "auto", "ols"].map(mixture);
    assert_eq!(law["certificate"], "convex");
    assert_eq!(law["laws"][0], "log-linear");
    assert!(auto["warnings"].to_string().contains("was chosen: of"), "{}", auto["warnings"]);
    // A straight line goes to a corner that no run had, which must be said.
    assert!(
        line["warnings"].to_string().contains("a vertex of the simplex"),
        "{}",
        line["warnings"]
    );
    assert!(
        line["warnings"].to_string().contains("shares that no run had"),
        "{}",
        line["warnings"]
    );
}

#[test]
fn a_search_that_cannot_learn_says_why() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(40, 1e-3));
    let refuses = |arguments: &[&str], code: i32, part: &str| {
        let ran = search(&folder, arguments);
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        assert!(ran.stderr.contains(part), "no `{part}` in:\n{}", ran.stderr);
    };
    let exact = ["--model", "trees", "--method", "exact"];
    refuses(&[&["runs.csv"], &ROLES[..], &exact].concat(), 2, "no formula");
    refuses(
        &[&["runs.csv"], &ROLES[..], &["--model", "oracle"]].concat(),
        2,
        "no regressor called",
    );
    refuses(&["runs.csv", "--model", "ols"], 2, "columns of a mixture");
    refuses(&["runs.csv", "--model", "ols", "--at", "N=1"], 2, "say nothing with --model");
    refuses(&["runs.csv", "more.csv"], 2, "a second file");
    refuses(&["runs.csv"], 3, "not a fit document");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(20, 0.0));
    let with = |more: &[&'static str]| [&["runs.csv"], &ROLES[..], more].concat();
    folder.refuses(&with(&["--model", "oracle"]), 2, &["no regressor called `oracle`", "ols"]);
    folder.refuses(&with(&["--folds", "50"]), 2, &["10 different mixtures", "50 folds"]);
    folder.refuses(&with(&["--folds", "0"]), 2, &["nothing is kept"]);
    folder.refuses(&with(&["--leave-out", "M"]), 3, &["runs.csv", "M"]);
    folder.refuses(&with(&["--leave-out", "N", "--by", "N"]), 2, &["one group"]);
    folder.refuses(&with(&["--test", "gone.csv"]), 3, &["gone.csv"]);
    folder.refuses(&["runs.csv", "--target", "*_loss"], 2, &["columns of a mixture"]);
}
