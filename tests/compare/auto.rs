//! The choice by a cross-validation within the runs learnt from, and what it is worth on others.

use serde_json::Value;

use crate::public::{means, regmix};
use crate::support::program::Folder;
use crate::support::public;
use crate::{ROLES, planted};

/// On runs not seen the choice is never worse than the worst contender, in rank and in regret, and its
/// regret is told beside theirs.
fn never_the_worst(scheme: &Value) {
    for (measure, sign) in [("spearman", -1.0), ("regret", 1.0)] {
        let all = means(scheme, measure);
        let (auto, others) = all.split_last().expect("contenders");
        assert_eq!(auto.0, "auto");
        let worst = others.iter().map(|other| sign * other.1).fold(f64::NEG_INFINITY, f64::max);
        assert!(sign * auto.1 <= worst, "{measure}: {all:?}");
    }
    let choice = &scheme["choice"];
    let [best, own, worst] =
        [&choice["best"]["regret"], &choice["regret"], &choice["worst"]["regret"]]
            .map(|regret| regret.as_f64().expect("a regret"));
    assert!(own <= worst && best <= worst, "{choice}");
}

fn answer(mut arguments: Vec<String>, models: &[&str]) -> Value {
    arguments.extend(models.iter().flat_map(|model| ["--model".into(), (*model).to_string()]));
    Folder::new().answer(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn regmix_test_runs_of_three_sizes() {
    let Some(arguments) = regmix(&["1m", "60m", "1B"]) else { return };
    let answer = answer(arguments, &["ols", "log-linear", "lookup", "auto"]);
    for scheme in 0..3 {
        let scheme = &answer["schemes"][scheme];
        never_the_worst(scheme);
        assert_eq!(scheme["results"][3]["chosen"][0], "log-linear");
    }
}

/// Metrics that olmix leaves out of its fits.
const DROPPED: [&str; 5] = [
    "!qasper_yesno:rc::olmes",
    "!sciriff_yesno:rc::olmes",
    "!lab_bench_dbqa",
    "!lab_bench_protocolqa",
    "!medqa_en:rc::none",
];

/// Of the 105 metrics and of their mean.
#[test]
fn olmix_swarm_of_few_runs() {
    let path = |name: &str| Some(public(&format!("olmix/dclm_{name}.csv"))?.display().to_string());
    let (Some(ratios), Some(metrics)) = (path("ratios"), path("metrics")) else { return };
    let roles = ["--join", "run", "--mixture", "@dclm_ratios:*"];
    let targets = ["--target", "@dclm_metrics:*", "--folds", "4"];
    let mut arguments = vec![ratios, metrics];
    arguments.extend(roles.iter().chain(&targets).map(ToString::to_string));
    arguments.extend(DROPPED.iter().flat_map(|name| ["--target".into(), (*name).to_string()]));
    let answer = answer(arguments, &["ols", "ridge", "lookup", "auto"]);
    never_the_worst(&answer["schemes"][0]);
    let results = answer["schemes"][0]["results"].as_array().expect("results");
    assert_eq!(results[0]["targets"].as_array().map(Vec::len), Some(105));
    let of_the_mean = |place: usize, measure: &str| {
        results[place]["mean_target"][measure].as_f64().expect("a measure")
    };
    let worst = (0..3).map(|k| of_the_mean(k, "spearman")).fold(f64::INFINITY, f64::min);
    assert!(of_the_mean(3, "spearman") >= worst);
    let worst = (0..3).map(|k| of_the_mean(k, "regret")).fold(0.0, f64::max);
    assert!(of_the_mean(3, "regret") <= worst);
}

/// The law that made the runs is chosen in every split, and does there what it does alone.
#[test]
fn the_choice_is_told_split_by_split() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(120, 1e-3));
    let models = ["--where", "N < 1.5", "--model", "auto", "--model", "ols", "--law", "mixing-exp"];
    let arguments = [&["runs.csv"], &ROLES[..], &models].concat();
    let answer = folder.answer(&arguments);
    let results = &answer["schemes"][0]["results"];
    assert_eq!(results[2]["chosen"], Value::from(vec!["mixing-exp"; 5]));
    assert_eq!(results[2]["targets"], results[1]["targets"]);
    let ran = folder.compare(&arguments);
    for part in ["auto chose mixing-exp in 5 of 5 splits", "its regret on rows not seen is 0; that"]
    {
        assert!(ran.stdout.contains(part), "no `{part}` in:\n{}", ran.stdout);
    }
    assert!(ran.stdout.contains("use mixing-exp"), "{}", ran.stdout);
}

/// A contender that is right about the test and wrong about all it may learn from must not be chosen:
/// the choice knows nothing of the test.
#[test]
fn the_test_is_no_part_of_the_choice() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(80, 1e-3));
    // In the test the losses are the other way round, which favours whatever ranks worst.
    let turned: Vec<String> = planted(60, 1e-3)
        .lines()
        .enumerate()
        .map(|(row, line)| {
            let cells: Vec<&str> = line.split(',').collect();
            let turn =
                |cell: &str| cell.parse::<f64>().map_or(cell.into(), |x| (9.0 - x).to_string());
            let cell = |place: usize| {
                if row > 0 && place > 3 { turn(cells[place]) } else { cells[place].into() }
            };
            (0..cells.len()).map(cell).collect::<Vec<String>>().join(",")
        })
        .collect();
    folder.file("test.csv", turned.join("\n"));
    let chosen = |test: &str| {
        let more = ["--model", "auto", "--model", "lookup", "--model", "log-linear"];
        let split = ["--where", "N < 1.5", "--test", test];
        folder.answer(&[&["runs.csv"], &ROLES[..], &more, &split].concat())["schemes"][0]["results"]
            [2]["chosen"]
            .clone()
    };
    assert_eq!(chosen("test.csv"), Value::from(vec!["log-linear"]));
    assert_eq!(chosen("runs.csv"), chosen("test.csv"));
}

#[test]
fn too_few_runs_leave_no_choice() {
    let folder = Folder::new();
    let table = planted(4, 0.0);
    folder.file("runs.csv", table);
    let more = ["--model", "auto", "--model", "ols", "--folds", "2"];
    let ran = folder.compare(&[&["runs.csv"], &ROLES[..], &more].concat());
    ran.ended(1);
    assert!(ran.stdout.contains("auto is not ranked: "), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("1 different mixtures cannot be put into 2 folds"),
        "{}",
        ran.stdout
    );
}
