//! Study files, law files and fit documents that are not what they should be.

use super::{FINE, Folder, USUAL, changed};

const STUDY: &str = "\
name = 'small'
[runs]
tables = ['runs.csv']
mixture = 'weight_*'
target = '*_loss'
[fit]
laws = ['c + k*w[a]']
";

/// Runs a study in which one text stands for another.
#[track_caller]
fn study_refused(from: &str, to: &str, code: i32, parts: &[&str]) {
    assert!(STUDY.contains(from), "`{from}` is not in the study");
    let folder = Folder::with(FINE);
    folder.file("study.toml", STUDY.replacen(from, to, 1));
    folder.refuses(&["run", "study.toml"], code, parts);
}

#[test]
fn a_fine_study_says_what_it_wrote() {
    let folder = Folder::with(FINE);
    folder.file("study.toml", STUDY);
    let ran = folder.run(&["run", "study.toml", "--out", "out"]);
    ran.ended(0);
    for name in ["fit.json", "predictions.json", "report.txt"] {
        let path = format!("out/{name}");
        assert!(ran.stdout.contains(&path) && folder.path().join(&path).is_file(), "{path}");
    }
}

#[test]
fn a_study_without_an_answer_leaves_no_old_predictions() {
    let folder = Folder::with(FINE);
    folder.file("study.toml", STUDY);
    folder.run(&["run", "study.toml", "--out", "out"]).ended(0);
    folder.file("study.toml", STUDY.replace("c + k*w[a]", "ln(-1 - exp(a)*N)"));
    let ran = folder.run(&["run", "study.toml", "--out", "out"]);
    ran.ended(1);
    assert!(!ran.stdout.contains("predictions.json"), "{}", ran.stdout);
    assert!(!folder.path().join("out/predictions.json").exists());
}

#[test]
fn broken_studies_are_named() {
    let file = "study.toml: ";
    study_refused("name = 'small'", "", 2, &[file, "missing field `name`"]);
    study_refused("tables = ['runs.csv']", "", 2, &[file, "[runs] has no `tables`"]);
    study_refused("tables = ['runs.csv']", "tables = 3", 2, &[file, "[runs] tables: "]);
    study_refused("mixture =", "mixtures =", 2, &[file, "unknown field `mixtures`"]);
    study_refused("laws =", "law =", 2, &[file, "unknown field `law`"]);
    study_refused("[fit]", "[fits]", 2, &[file, "unknown field `fits`"]);
    study_refused("[fit]", "[fit", 2, &[file, "line 6"]);
    study_refused("[fit]", "[fit]\nstarts = 'x'", 2, &[file, "invalid type"]);
    study_refused("[fit]", "[fit]\nstarts = 0", 2, &[file, "--starts"]);
    study_refused("[fit]", "[fit]\nloss = 'cubed'", 2, &[file, "`cubed`", "huber"]);
    study_refused("[fit]", "[fit]\nfix = ['c']", 2, &[file, "--fix"]);
    study_refused("c + k*w[a]", "c + (k", 2, &[file, "never closed", "^"]);
    study_refused("c + k*w[a]", "chinchila", 2, &[file, "no law called"]);
    study_refused("laws = ['c + k*w[a]']", "", 2, &[file, "no law is given"]);
    study_refused("runs.csv", "none.csv", 3, &["none.csv: ", "cannot read"]);
    study_refused("*_loss", "*_bits", 2, &["'*_bits' fits no column"]);
    let folder = Folder::new();
    folder.refuses(&["run", "none.toml"], 2, &["none.toml: ", "cannot read the study"]);
    folder.file("study.toml", [0xff, 0xfe, 0]);
    folder.refuses(&["run", "study.toml"], 2, &[file, "UTF-8"]);
}

const LAW: &str = "\
name = 'line'
formula = 'c + k*x'
[inputs.x]
meaning = 'a column'
[parameters.c]
start = [0.5, 2]
bounds = [0, 9]
[parameters.k]
[sets]
H = 2
";

/// Fits a law file in which one text stands for another.
#[track_caller]
fn law_refused(from: &str, to: &str, parts: &[&str]) {
    assert!(LAW.contains(from), "`{from}` is not in the law");
    let folder = Folder::with(changed(",N,", ",x,"));
    folder.file("law.toml", LAW.replacen(from, to, 1));
    folder.fit_refuses(&["--law-file", "law.toml"], 2, &[&["law.toml: "], parts].concat());
}

#[test]
fn broken_law_files_are_named() {
    law_refused("formula = ", "formulae = ", &["unknown field `formulae`"]);
    law_refused("formula = 'c + k*x'", "", &["missing field `formula`"]);
    law_refused("c + k*x", "c + k*(x", &["never closed", "    c + k*(x\n          ^"]);
    law_refused("start =", "strat =", &["c: unknown field `strat`"]);
    law_refused("[0.5, 2]", "[10, 20]", &["parameter c: the start range", "within the bounds"]);
    law_refused("[0.5, 2]", "[2, 0.5]", &["parameter c: the start range"]);
    law_refused("[0.5, 2]", "[nan, 2]", &["parameter c: the start range"]);
    law_refused("[0, 9]", "[9, 0]", &["parameter c: the lower bound must be below"]);
    law_refused("H = 2", "H = -2", &["invalid value"]);
    law_refused("[sets]", "[sets", &["line 9"]);
    let folder = Folder::with(FINE);
    let parts = ["none.toml: ", "cannot read the law file"];
    folder.fit_refuses(&["--law-file", "none.toml"], 2, &parts);
}

/// A folder with a table and a fit to it.
fn with_a_fit() -> Folder {
    let folder = Folder::with(FINE);
    let fit = [&["fit", "runs.csv"], &USUAL[..], &["--json", "fit.json"]].concat();
    folder.run(&fit).ended(0);
    folder
}

const PREDICT: [&str; 6] = ["predict", "fit.json", "--runs", "runs.csv", "--json", "out.json"];

#[test]
fn only_fit_documents_predict() {
    let folder = with_a_fit();
    let document = std::fs::read_to_string(folder.path().join("fit.json")).expect("a fit");
    let with = |text: &str, parts: &[&str]| {
        folder.file("fit.json", text);
        folder.refuses(&PREDICT, 3, &[&["fit.json: "], parts].concat());
    };
    with("", &["not a fit document"]);
    with("{}", &["not a fit document", "missing field"]);
    with(FINE, &["not a fit document", "mixlaw fit --json"]);
    with(&document[..document.len() / 2], &["not a fit document"]);
    with(&document.replace("mixlaw.fit/1", "mixlaw.fit/9"), &["`mixlaw.fit/9`", "fit again"]);
    folder.file("fit.json", document.replace("c + k*w[a]", "c + k*w[a"));
    folder.refuses(&PREDICT, 2, &["fit.json: ", "bracket is never closed", "^"]);
    std::fs::remove_file(folder.path().join("fit.json")).expect("it was there");
    folder.refuses(&PREDICT, 3, &["fit.json: ", "cannot read the fit"]);
}

#[test]
fn a_prediction_needs_the_domains_of_the_fit() {
    let folder = with_a_fit();
    folder.file("runs.csv", changed("weight_b", "weight_c"));
    let parts = ["runs.csv: ", "knows nothing about the domain `c`", "--mixture '!weight_c'"];
    folder.refuses(&PREDICT, 3, &parts);
    folder.file("runs.csv", "weight_a,N\n1,100\n");
    folder.refuses(&PREDICT, 3, &["runs.csv: ", "the fit has a domain `b`", "--mixture"]);
    folder.file("runs.csv", "share_a,share_b,N\n1,0,100\n");
    folder.refuses(&PREDICT, 2, &["--mixture 'weight_*' fits no column"]);
    folder.run(&[&PREDICT[..], &["--mixture", "share_*"]].concat()).ended(0);
}

#[test]
fn a_prediction_needs_no_targets_and_no_order() {
    let folder = with_a_fit();
    folder.file("runs.csv", "weight_a,weight_b\n0.25,0.75\n1,0\n");
    let predicted = || {
        folder.run(&PREDICT).ended(0);
        let text = std::fs::read_to_string(folder.path().join("out.json")).expect("predictions");
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        document["predictions"].clone()
    };
    let before = predicted();
    assert!(
        before[0]["rows"][1]["predicted"].is_f64() && before[0]["rows"][1]["observed"].is_null()
    );
    folder.file("runs.csv", "weight_b,weight_a\n0.75,0.25\n0,1\n");
    assert_eq!(predicted(), before);
}

#[test]
fn domains_may_be_counted_whatever_the_order_of_the_columns() {
    let folder = Folder::with(FINE);
    let fit = ["fit", "runs.csv", "--mixture", "weight_*", "--target", "a_loss"];
    let law = ["--law", "c + k*w[1]", "--json", "fit.json"];
    folder.run(&[&fit[..], &law].concat()).ended(0);
    let rows = |table: &str| {
        folder.file("runs.csv", table);
        let ran = folder.run(&["predict", "fit.json", "--runs", "runs.csv"]);
        ran.ended(0);
        ran.stdout
    };
    let before = rows("weight_a,weight_b\n0.25,0.75\n1,0\n");
    assert_eq!(rows("weight_b,weight_a\n0.75,0.25\n0,1\n"), before);
}
