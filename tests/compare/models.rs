//! Boosted trees as files: learnt by one command, predicted with by another.

use mixlaw::regress::trees::Trees;
use mixlaw::regress::{Fitted, Samples};
use mixlaw::runs::{RoleSpec, Runs};
use serde_json::Value;

use crate::support::program::{Folder, Ran};
use crate::support::{assert_within, file, list, read_runs};
use crate::{ROLES, planted};

fn learn(folder: &Folder, more: &[&str]) -> Ran {
    folder.run(&[&["learn", "runs.csv"], &ROLES[..], &["--out", "models"], more].concat())
}

fn predictions(folder: &Folder, arguments: &[&str]) -> Value {
    let ran = folder.run(&[&["predict"], arguments, &["--json", "-"]].concat());
    ran.ended(0);
    serde_json::from_str(&ran.stdout).expect("json on stdout")
}

/// What the library predicts of all rows with trees of these samples.
fn library(runs: &Runs, target: usize, grow: impl Fn(&Samples) -> Box<dyn Fitted>) -> Vec<f64> {
    let row = |row: usize| runs.mixture.iter().map(move |column| column[row]);
    let samples = Samples {
        domains: runs.domains.len(),
        mixtures: (0..runs.len()).flat_map(row).collect(),
        target: runs.targets[target].values.to_vec(),
    };
    let mut predicted = vec![0.0; samples.len()];
    grow(&samples).predict(&samples.mixtures, &mut predicted);
    predicted
}

fn same(document: &Value, place: usize, theirs: &[f64]) {
    let rows = document["predictions"][place]["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), theirs.len());
    for (row, theirs) in rows.iter().zip(theirs) {
        assert_within(row["predicted"].as_f64().expect("a number"), *theirs, 1e-12, "a row");
    }
}

#[test]
fn what_is_learnt_is_predicted_with() {
    let folder = Folder::new();
    let table = folder.file("runs.csv", planted(240, 1e-2));
    let ran = learn(&folder, &["--seed", "3"]);
    ran.ended(0);
    assert!(ran.stdout.contains("models/x_loss.txt\n"), "{}", ran.stdout);
    // The columns in another order, which changes nothing.
    let turned: String = planted(240, 1e-2)
        .lines()
        .map(|line| line.split(',').rev().collect::<Vec<&str>>().join(",") + "\n")
        .collect();
    folder.file("turned.csv", turned);
    let both = ["models/x_loss.txt", "models/y_loss.txt", "--runs", "turned.csv"];
    let document = predictions(&folder, &both);
    let spec =
        RoleSpec { mixture: list(&["w_*"]), target: list(&["*_loss"]), ..RoleSpec::default() };
    let runs = read_runs(&table, &spec);
    for target in 0..2 {
        let grown = |samples: &Samples| -> Box<dyn Fitted> {
            Box::new(Trees::regmix().train(samples, 3).expect("trees"))
        };
        same(&document, target, &library(&runs, target, grown));
        assert_eq!(document["predictions"][target]["target"], ["x_loss", "y_loss"][target]);
    }
    assert!(document["scores"][0]["spearman"].as_f64() > Some(0.5), "{}", document["scores"]);
    let again = learn(&folder, &["--seed", "3"]);
    assert!(again.stdout.contains("models/x_loss.txt (replaced)"), "{}", again.stdout);
}

#[test]
fn the_papers_trees_stop_on_the_test_and_say_so() {
    let folder = Folder::new();
    let table = folder.file("runs.csv", planted(240, 1e-2));
    let ran = learn(&folder, &["--paper-recipe", "--test", "runs.csv"]);
    ran.ended(0);
    assert!(ran.stdout.contains("what is measured on them flatters"), "{}", ran.stdout);
    let document = predictions(&folder, &["models/x_loss.txt", "--runs", "runs.csv"]);
    let spec =
        RoleSpec { mixture: list(&["w_*"]), target: list(&["*_loss"]), ..RoleSpec::default() };
    let grown = |samples: &Samples| -> Box<dyn Fitted> {
        Box::new(Trees::regmix().fit_with(samples, samples, 3).expect("trees"))
    };
    same(&document, 0, &library(&read_runs(&table, &spec), 0, grown));
    learn(&folder, &["--paper-recipe"]).misused(&["--test"]);
}

/// LightGBM's own model, whose features are numbers: their columns are named in order.
#[test]
fn a_model_of_lightgbm_predicts() {
    let folder = Folder::new();
    let golden = |ending: &str| {
        std::fs::read_to_string(file(&format!("tests/regress/golden/grown.{ending}")))
            .expect("there")
    };
    let model = golden("txt");
    folder.file("grown.txt", &model);
    // Its rows are no mixtures: they are made some, and predicted by the library as they then are.
    let mut table = String::from("a,b,c,d,e,f,loss\n");
    for line in golden("csv").lines().take(50) {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().expect("a number")).collect();
        let sum: f64 = cells[..6].iter().map(|x| x.abs()).sum();
        let shares: Vec<String> = cells[..6].iter().map(|x| (x.abs() / sum).to_string()).collect();
        table += &format!("{},{}\n", shares.join(","), cells[6]);
    }
    let path = folder.file("rows.csv", table);
    let numbered = ["predict", "grown.txt", "--runs", "rows.csv"];
    folder
        .run(&numbered)
        .refused(3, &["6 of the 6 features of grown.txt", "`Column_0`", "--mixture"]);
    let arguments = ["grown.txt", "--runs", "rows.csv", "--mixture", "?", "--target", "loss"];
    let document = predictions(&folder, &arguments);
    let spec = RoleSpec { mixture: list(&["?"]), target: list(&["loss"]), ..RoleSpec::default() };
    let read = |_: &Samples| -> Box<dyn Fitted> {
        Box::new(
            mixlaw::regress::trees::Forest::read(&folder.path().join("grown.txt")).expect("read"),
        )
    };
    same(&document, 0, &library(&read_runs(&path, &spec), 0, read));
    assert_eq!(document["scores"][0]["target"], "loss");
}

#[test]
fn what_cannot_be_learnt_or_written_is_refused() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(40, 1e-2));
    let with = |more: &[&'static str]| {
        [&["learn", "runs.csv"], &ROLES[..], &["--out", "models"], more].concat()
    };
    folder.run_refused(&with(&["--model", "gp"]), 2, &["gp has no file format", "--model trees"]);
    folder.run_refused(&with(&["--by", "N"]), 2, &["neither groups nor row weights"]);
    folder.run_refused(&["learn", "runs.csv", "--out", "models"], 2, &["columns of a mixture"]);
    let one = ["--where", "w_a > 2", "--missing", "drop"];
    folder.run_refused(&with(&one), 3, &["runs.csv"]);
    let out = ["learn", "runs.csv", ROLES[0], ROLES[1], ROLES[2], ROLES[3], "--out", "runs.csv"];
    folder.run_refused(&out, 5, &["runs.csv", "cannot make the folder"]);
    let text = planted(40, 1e-2).replacen("x_loss,y_loss", "a/b_loss,a:b_loss", 1);
    folder.file("runs.csv", text);
    folder.run_refused(&with(&[]), 3, &["`a/b_loss` and `a:b_loss` would be one file"]);
}
