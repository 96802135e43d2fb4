//! Runs whose critical ratio is known.

use super::support::file;
use super::support::program::Folder;
use super::{document, model, number};

/// Name and planted critical ratio at T = 100.
const PLANTED: [(&str, f64); 2] = [("small", 0.290569415), ("large", 0.448683298)];

fn runs() -> String {
    file("datasets/cpt-planted/runs.csv").to_str().expect("a path").to_string()
}

#[test]
fn planted_ratios_lie_in_their_intervals() {
    let document = document(&[&runs(), "--resamples", "100"]);
    for (name, planted) in PLANTED {
        let model = model(&document, name);
        let budget = &model["budgets"][0];
        assert_eq!(number(&budget["tokens"]), 20e9, "the last checkpoint is the budget");
        let [low, high] = [0, 1].map(|end| number(&budget["interval"][end]));
        assert!(low <= planted && planted <= high, "{name}: {planted} not in {low} to {high}");
        assert!(high - low < 0.25, "{name}: the interval {low} to {high} says nothing");
        let found = number(&budget["critical"]["domain_share"]);
        assert!(low <= found && found <= high && (found - planted).abs() < 0.03, "{name}: {found}");
        for ratio in model["ratios"].as_array().expect("ratios") {
            for loss in ["general", "domain"] {
                let status = ratio[loss]["status"].as_str().expect("a status");
                assert!(["converged", "at-bound"].contains(&status), "{name}: {loss} {status}");
                assert!(number(&ratio[loss]["r2"]) > 0.99, "{name}: {loss}");
            }
        }
    }
}

/// The ratio between the ones that were tried, whatever the law says.
#[test]
fn the_ratios_tried_bracket_the_planted_one() {
    let document = document(&[&runs(), "--resamples", "0"]);
    for (name, planted) in PLANTED {
        let budget = &model(&document, name)["budgets"][0];
        let [low, high] = [0, 1].map(|end| number(&budget["between"][end]));
        assert!(low < planted && planted < high, "{name}: {low} to {high}");
        assert!(budget["interval"].is_null());
    }
}

/// Base losses as columns, general shares, percent and another unit are other ways to say the same.
#[test]
fn the_same_runs_written_in_other_ways_have_the_same_answer() {
    let text = std::fs::read_to_string(runs()).expect("the table");
    let mut other = "m,replay,billions,g,d,g0,d0\n".to_string();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [ratio, tokens] = [2, 3].map(|k| cells[k].parse::<f64>().expect("a number"));
        if tokens == 0.0 {
            continue;
        }
        let [g0, d0] = if cells[0] == "small" { [2.10, 1.95] } else { [1.90, 1.75] };
        let (replay, billions) = (100.0 * (1.0 - ratio), tokens / 1e9);
        other += &format!("{},{replay},{billions},{},{},{g0},{d0}\n", cells[0], cells[4], cells[5]);
    }
    let folder = Folder::new();
    let path = folder.file("other.csv", other);
    let flags = [
        path.to_str().expect("a path"),
        "--model=m",
        "--ratio=replay",
        "--general-share",
        "--percent",
        "--tokens=billions",
        "--unit=0.2",
        "--general=g",
        "--domain=d",
        "--base-general=g0",
        "--base-domain=d0",
        "--resamples=0",
    ];
    let (one, two) = (document(&[&runs(), "--resamples", "0"]), document(&flags));
    for (name, _) in PLANTED {
        let share =
            |document| number(&model(document, name)["budgets"][0]["critical"]["domain_share"]);
        let (one, two) = (share(&one), share(&two));
        assert!((one - two).abs() < 1e-6, "{name}: {one} and {two}");
    }
}

/// Seeds and threads: resamples are functions of their numbers.
#[test]
fn the_answer_does_not_depend_on_threads() {
    let flags = ["--resamples", "20", "--where", "N < 1e9"];
    let with =
        |threads| document(&[&[runs().as_str()], &flags[..], &["--threads", threads]].concat());
    assert_eq!(with("1"), with("2"));
}
