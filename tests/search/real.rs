//! Fits of public tables, searched through the program.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::public;

fn run(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
    let output = command.args(arguments).current_dir(folder).output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{stderr}");
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a document");
    serde_json::from_str(&text).expect("json")
}

/// Searches with bounds alone and with a group that binds nothing, which takes cones.
fn both_ways(folder: &Path, every: &str, more: &[&str]) {
    let search = ["search", "fit.json", "--tolerance", "0"];
    run(folder, &[&search[..], more, &["--json", "boxes.json"]].concat());
    run(folder, &[&search[..], more, &["--group", every, "--json", "cones.json"]].concat());
    let [boxes, cones] = ["boxes.json", "cones.json"].map(|name| read(&folder.join(name)));
    let number = |answer: &Value, name: &str| answer[name].as_f64().expect("a number");
    let (a, b) = (number(&boxes, "objective"), number(&cones, "objective"));
    assert!((a - b).abs() <= 1e-8 * a.abs(), "{a} and {b}");
    assert_eq!(boxes["certificate"], "convex");
    assert!(number(&boxes, "gap") < 1e-10, "{}", boxes["gap"]);
    assert!(number(&boxes, "kkt_residual") < 1e-10, "{}", boxes["kkt_residual"]);
    assert!(number(&cones, "gap") < 1e-7, "{}", cones["gap"]);
}

#[test]
fn thirteen_targets_over_seventeen_domains() {
    let (Some(mixtures), Some(losses)) =
        (public("regmix/train_mixture_1m.csv"), public("regmix/train_pile_loss_1m.csv"))
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [mixtures, losses] = [&mixtures, &losses].map(|path| path.display().to_string());
    run(
        folder.path(),
        &[
            "fit",
            &mixtures,
            &losses,
            "--join",
            "index",
            "--mixture",
            "train_the_pile_*",
            "--target",
            "metric/the_pile_*",
            "--law",
            "mixing-exp",
            "--json",
            "fit.json",
        ],
    );
    both_ways(folder.path(), "pile_cc+arxiv<=1", &[]);
    both_ways(folder.path(), "pile_cc+arxiv<=1", &["--max", "enron_emails=0.05", "--goal", "sum"]);
}
