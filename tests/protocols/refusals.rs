//! Parts of a study that cannot be run: nothing is fitted and nothing is left behind.

use crate::support::program::Folder;
use crate::{STEPS, checkpoints, small};

#[track_caller]
fn refused(more: &str, code: i32, parts: &[&str]) {
    let folder = Folder::new();
    folder.file("runs.csv", checkpoints(&[0.3, 0.5, 0.7], &STEPS));
    folder.file("study.toml", small("bimix", more));
    folder.run_refused(&["run", "study.toml", "--out", "out"], code, parts);
}

#[test]
fn bad_parts_are_named() {
    let usage = |more, parts: &[&str]| refused(more, 2, &[&["study.toml: "], parts].concat());
    usage("[extrapolation]\nlast = 1\n", &["[extrapolation]: ", "missing field `along`"]);
    usage("[extrapolation]\nalong = 's'\nfirst = 1\n", &["unknown field `first`"]);
    usage("[extrapolation]\nalong = 's'\nlast = 0\n", &["the last 0 rows", "at least 1"]);
    usage("[extrapolation]\nalong = 's'\nlast = -1\n", &["[extrapolation]: ", "-1"]);
    usage("[extrapolation]\nalong = 's'\nlaws = ['bimax']\n", &["bimax"]);
    usage("[generalisation]\nmixtures = 3\n", &["there are 3 different mixtures", "at most 2"]);
    usage("[generalisation]\nmixtures = 0\n", &["0 mixtures"]);
    usage("[generalisation]\nmixtures = 2\ndraws = 0\n", &["0 draws"]);
    usage("[generalisation]\n", &["what is learnt from", "draws = 10"]);
    usage("[generalisation]\nmixtures = 2\nlearn = 'w_a > 0.4'\n", &["in one way"]);
    usage("[generalisation]\nlearn = 'w_a > 0.4'\ndraws = 2\n", &["in one way"]);
    usage("[generalisation]\nlearn = 's > 4'\n", &["have one mixture", "whole mixtures"]);
    usage("[generalisation]\nlearn = 'w_a >'\n", &["w_a >"]);
    usage("[optimisation]\nat = ['s']\n", &["at 's'"]);
    usage("[optimisation]\nat = ['s=4']\ngoal = 'least'\n", &["`least`", "sum, mean or worst"]);
    usage("[optimisation]\n", &["missing field `at`"]);
}

#[test]
fn bad_tables_are_named() {
    let input = |more, parts: &[&str]| refused(more, 3, parts);
    input("[extrapolation]\nalong = 'step'\n", &["runs.csv: ", "no column `step`"]);
    input(
        "[extrapolation]\nalong = 's'\nlast = 8\n",
        &["runs.csv, row 1, column `s`: ", "8 different values", "hold out fewer"],
    );
}

/// A mixture with one checkpoint, among others with more.
#[test]
fn a_mixture_with_too_few_checkpoints_is_named() {
    let folder = Folder::new();
    let table = checkpoints(&[0.3, 0.5], &STEPS) + "0.9,0.1,3,2,3\n";
    folder.file("runs.csv", table);
    folder.file("study.toml", small("bimix", "[extrapolation]\nalong = 's'\n"));
    let parts = ["row 17, column `s`: ", "1 different values", "none is left to learn from"];
    folder.run_refused(&["run", "study.toml", "--out", "out"], 3, &parts);
}

/// Too few rows for the law: it is said which, what was predicted is kept, and the exit code is 1.
#[test]
fn fits_without_an_answer_are_counted() {
    let folder = Folder::new();
    folder.file(
        "runs.csv",
        checkpoints(&[0.3, 0.5, 0.7], &STEPS) + "0.9,0.1,3,2,3\n0.9,0.1,4,1.9,2.9\n",
    );
    let more = "[extrapolation]\nalong = 's'\nlaws = ['bimix-steps']\n";
    folder.file("study.toml", small("bimix", more));
    let ran = folder.run(&["run", "study.toml", "--out", "out"]);
    ran.ended(1);
    assert!(
        ran.stdout.contains("bimix-steps: 2 of 8 are missing: 1 rows cannot determine 3"),
        "{}",
        ran.stdout
    );
}

#[test]
fn flags_of_compare_are_checked() {
    let folder = Folder::new();
    folder.file("runs.csv", checkpoints(&[0.3, 0.5, 0.7], &STEPS));
    let compare =
        ["compare", "runs.csv", "--mixture", "w_*", "--target", "*_loss", "--law", "bimix"];
    let with = |more: &[&str]| folder.run(&[&compare[..], more].concat());
    with(&["--last", "1"]).misused(&["--along"]);
    with(&["--along", "s"]).misused(&["--last"]);
    with(&["--last", "0", "--along", "s"]).refused(2, &["the last 0 rows"]);
    with(&["--last", "1", "--along", "steps"]).refused(3, &["no column `steps`"]);
    with(&["--from-mixtures", "3"]).refused(2, &["there are 3 different mixtures"]);
}
