//! Studies that cannot be swept, and what is said of them.

use super::study;
use super::support::program::Folder;

#[track_caller]
fn refused(sweep: &str, code: i32, parts: &[&str]) {
    let folder = Folder::new();
    study(&folder, sweep);
    folder.run(&["sweep", "study.toml", "--out", "a"]).refused(code, parts);
}

#[test]
fn wrong_settings_are_named() {
    let study = "study.toml";
    refused("level = 1.5", 2, &[study, "level = 1.5"]);
    refused("audit = -0.1", 2, &[study, "audit"]);
    refused("resample = \"jackknife\"", 2, &[study, "jackknife", "case"]);
    refused("resamplse = 3", 2, &[study, "resamplse"]);
    refused("resample = \"cluster\"", 2, &[study, "needs `cluster`"]);
    refused("cluster = \"N\"", 2, &[study, "`cluster` is for"]);
    refused("checkpoint_every = 0", 2, &[study, "checkpoint_every"]);
    refused("subsets = { small = 3 }", 2, &[study, "`small`", "formula"]);
}

#[test]
fn wrong_columns_and_formulas_are_named() {
    refused("resample = \"cluster\"\ncluster = \"size\"", 3, &["`size`"]);
    refused("leave_out = [\"mixture\"]", 2, &["three different mixtures"]);
    refused("leave_out = [\"tokens\"]", 3, &["`tokens`"]);
    refused("up_to = [\"loss\"]", 3, &["`loss` is a target"]);
    refused("subsets = { none = \"N > 1e12\" }", 2, &["no row is in `none`"]);
    refused("subsets = { wrong = \"N >\" }", 2, &["N >"]);
}

#[test]
fn a_study_without_a_sweep_is_told_how_to_add_one() {
    let folder = Folder::new();
    folder.file("runs.csv", super::runs(20, 1));
    let text = "name = \"a\"\n[runs]\ntables = [\"runs.csv\"]\ntarget = [\"loss\"]\n\
                [fit]\nlaws = [\"chinchilla\"]\n";
    folder.file("study.toml", text);
    folder.run(&["sweep", "study.toml"]).refused(2, &["study.toml", "[sweep]"]);
}

#[test]
fn too_few_rows_are_said_and_nothing_is_made_up() {
    let folder = Folder::new();
    study(&folder, "resamples = 25");
    folder.file("runs.csv", super::runs(4, 1));
    let ran = folder.run(&["sweep", "study.toml", "--out", "a"]);
    ran.ended(1);
    assert!(ran.stdout.contains("too-few-rows"), "{}", ran.stdout);
    let document = super::document(&folder, "a");
    assert_eq!(document["fits"][0]["refits"]["resamples"], 0);
    assert!(document["fits"][0]["parameters"]["E"]["bootstrap"].is_null());
}
