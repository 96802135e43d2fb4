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

/// 105 metrics over 24 domains, with the caps of the swarm's own configuration: four epochs of what
/// there is in a run of a trillion tokens.
#[test]
fn a_sparse_swarm_with_supply_caps() {
    let tables = ["dclm_ratios.csv", "dclm_metrics.csv", "dclm_fit_config.json"]
        .map(|name| public(&format!("olmix/{name}")));
    let [Some(ratios), Some(metrics), Some(config)] = tables else { return };
    let config = read(&config);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let supply = config["priors"]["token_counts"].to_string();
    std::fs::write(folder.path().join("supply.json"), supply).expect("a file");
    let [ratios, metrics] = [&ratios, &metrics].map(|path| path.display().to_string());
    let fit = ["fit", &ratios, &metrics, "--join", "run", "--law", "mixing-exp"];
    let roles = ["--mixture", "@dclm_ratios:*", "--target", "@dclm_metrics:*"];
    run(folder.path(), &[&fit[..], &roles, &["--starts", "16", "--json", "fit.json"]].concat());
    let dropped = config["filtering"]["drop_metrics"].as_array().expect("a list");
    let dropped = dropped.iter().filter_map(Value::as_str).flat_map(|name| ["--drop", name]);
    let known = read(&folder.path().join("fit.json"))["fits"].to_string();
    let pairs: Vec<&str> = dropped.collect();
    let pairs = pairs.chunks(2).filter(|pair| known.contains(pair[1])).flatten().copied();
    let caps = ["--supply", "supply.json", "--budget", "1e12", "--repeat", "4"];
    let more: Vec<&str> = pairs.chain(caps).collect();
    both_ways(folder.path(), "software+software_development<=1", &more);
    let answer = read(&folder.path().join("boxes.json"));
    assert_eq!(answer["predicted"].as_object().map(serde_json::Map::len), Some(110));
    assert!(
        answer["goal"].as_str().is_some_and(|goal| goal.contains("105 targets")),
        "{}",
        answer["goal"]
    );
    let cap =
        4.0 * config["priors"]["token_counts"]["fashion_and_beauty"].as_f64().expect("a count");
    let share = answer["mixture"]["fashion_and_beauty"].as_f64().expect("a share");
    assert!(share <= cap / 1e12 + 1e-9);
}
