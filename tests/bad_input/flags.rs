//! Flags that cannot be acted on.

use super::{FINE, Folder};

#[test]
fn changes_to_parameters_must_make_sense() {
    let folder = Folder::with(FINE);
    let refused = |flags: &[&str], parts: &[&str]| folder.fit_refuses(flags, 2, parts);
    refused(&["--fix", "c"], &["--fix 'c' has no `=`", "--fix 'NAME=...'"]);
    refused(&["--fix", "c=x"], &["--fix: `x` is not a number"]);
    refused(&["--fix", "c=nan"], &["--fix: `nan` is not a number"]);
    refused(&["--fix", "c=1e400"], &["--fix: `1e400` is not a number"]);
    refused(&["--fix", "q=1"], &["no parameter `q`", "its parameters are c, k"]);
    refused(&["--tie", "c"], &["--tie 'c' has no `=`"]);
    refused(&["--tie", "q=c"], &["no parameter `q`"]);
    refused(&["--tie", "c=c"], &["`c` is tied to `c`"]);
    refused(&["--tie", "c=q"], &["the law has no parameter `q`"]);
    refused(&["--tie", "c=k", "--tie", "k=c"], &["tied to", "neither fixed nor tied"]);
    refused(&["--tie", "c=k", "--fix", "k=1"], &["`c` is tied to `k`"]);
    refused(&["--bound", "c=3"], &["--bound: `3` is not a range", "LOW..HIGH"]);
    refused(&["--bound", "c=3..2"], &["--bound: `3..2` is empty"]);
    refused(&["--bound", "c=2..2"], &["--bound: `2..2` is empty", "--fix"]);
    refused(&["--bound", "c=a..b"], &["--bound: `a` is not a number"]);
    refused(&["--bound", "q=0..1"], &["no parameter `q`"]);
    refused(&["--start", "c=..2"], &["--start: "]);
    refused(&["--start", "c=3..2"], &["--start: `3..2` is empty"]);
    refused(&["--start", "c=5..6", "--bound", "c=0..1"], &["`c`", "outside its bounds", "0 and 1"]);
    refused(&["--size", "H"], &["--size 'H' has no `=`"]);
    refused(&["--size", "H=0"], &["--size H=0 is not a size", "1 to 4096"]);
    refused(&["--size", "H=-1"], &["--size H=-1 is not a size"]);
    refused(&["--size", "H=99999999999999999999"], &["is not a size"]);
}

#[test]
fn numbers_must_be_within_reason() {
    let folder = Folder::with(FINE);
    folder.fit_refuses(&["--delta", "0"], 2, &["--delta must be above zero"]);
    folder.fit_refuses(&["--delta=-1"], 2, &["--delta must be above zero"]);
    folder.fit_refuses(&["--delta", "nan"], 2, &["--delta must be above zero"]);
    folder.fit_refuses(&["--starts", "0"], 2, &["--starts must be between 1"]);
    folder.fit_refuses(&["--starts", "16777217"], 2, &["--starts must be between 1"]);
    folder.fit_refuses(&["--threads", "0"], 2, &["--threads must be between 1"]);
    folder.fit_refuses(&["--threads", "5000"], 2, &["--threads must be between 1"]);
    folder.run(&["fit", "runs.csv", "--starts", "many"]).misused(&["many", "--starts"]);
    folder.run(&["fit", "runs.csv", "--seed=-1"]).misused(&["--seed"]);
    folder.run(&["fit", "runs.csv", "--loss", "cubed"]).misused(&["cubed", "huber"]);
    folder.run(&["fit", "runs.csv", "--missing", "skip"]).misused(&["skip"]);
}

#[test]
fn commands_and_tables_must_be_named() {
    let folder = Folder::with(FINE);
    folder.run(&["fits"]).misused(&["fits", "fit"]);
    folder.run(&["fit"]).misused(&["<RUNS>"]);
    folder.run(&["fit", "runs.csv", "--mixtures", "w"]).misused(&["--mixtures", "--mixture"]);
    folder.run(&["predict", "fit.json"]).misused(&["--runs"]);
    folder.run(&[]).ended(2);
    let fit = ["fit", "runs.csv", "--target", "a_loss"];
    folder.refuses(&fit, 2, &["no law is given", "mixlaw laws"]);
    folder.refuses(&["fit", "runs.csv", "--law", "c + k*N"], 2, &["no column is a target"]);
    folder.refuses(&["laws", "--toml"], 2, &["--toml needs the name of a law"]);
}

#[test]
fn a_misspelt_law_is_told_what_there_is() {
    let folder = Folder::with(FINE);
    let parts = ["no law called `chinchila`", "chinchilla"];
    folder.fit_refuses(&["--law", "chinchila"], 2, &parts);
    folder.fit_refuses(&["--law", ""], 2, &["no law called ``"]);
    folder.refuses(&["laws", "chinchila"], 2, &parts);
}

#[test]
fn modalities_and_factors_are_names_and_numbers_above_zero() {
    let folder = Folder::with(FINE);
    let refuses = |flags: &[&str], parts: &[&str]| {
        folder.refuses(&[&["multimodal"], flags].concat(), 2, parts);
    };
    let with = |modality: &str, parts: &[&str]| refuses(&[modality, "--parameters", "7e9"], parts);
    with("text", &["`text`: there is no `=`", "NAME=SIZE/COMPRESSION"]);
    with("=3", &["the modality has no name"]);
    with("text=0", &["`0` is not a number above zero"]);
    with("text=1e400", &["`1e400`"]);
    with("text=5/0", &["`0`"]);
    with("text=5/x", &["`x`"]);
    refuses(&["a=1", "a=2", "--parameters", "7e9"], &["two modalities are called `a`"]);
    refuses(&["a=1", "--parameters", "nan"], &["--parameters", "not a number above zero"]);
    refuses(&["a=1", "--parameters", "1", "--factor", "0"], &["--factor 0"]);
    let ran = folder.run(&["multimodal", "a=8/2", "b=1", "--parameters", "10", "--factor", "4"]);
    ran.ended(0);
    assert!(ran.stdout.contains("ASSUMPTION"), "{}", ran.stdout);
    // Four tokens of a and one of b: four times as much of a makes 17 tokens of 5.
    assert!(ran.stdout.contains("2.50000") && ran.stdout.contains("2.94118"), "{}", ran.stdout);
}

#[test]
fn patterns_must_match() {
    let folder = Folder::with(FINE);
    let fit = |flags: [&'static str; 4]| {
        [&["fit", "runs.csv", "--law", "c + k*N", "--json", "out.json"], &flags[..]].concat()
    };
    let arguments = fit(["--mixture", "weight_*", "--target", "*_bits"]);
    folder.refuses(&arguments, 2, &["--target '*_bits' fits no column", "`a_loss`"]);
    let arguments = fit(["--mixture", "wieght_*", "--target", "*_loss"]);
    folder.refuses(&arguments, 2, &["--mixture 'wieght_*' fits no column", "`weight_a`"]);
    let arguments = fit(["--target", "*_loss", "--by", "seed"]);
    folder.refuses(&arguments, 2, &["--by: ", "no column `seed`"]);
    folder.fit_refuses(&["--own", "a_loss"], 2, &["TARGET=DOMAIN"]);
    folder.fit_refuses(&["--own", "a_loss=c"], 2, &["no domain `c`"]);
}

#[test]
fn a_law_with_nothing_left_to_fit_is_scored() {
    let folder = Folder::with(FINE);
    let fit = ["fit", "runs.csv", "--mixture", "weight_*", "--target", "a_loss"];
    for law in
        [&["--law", "c + k*w[a]", "--fix", "c=3", "--fix", "k=0.1"][..], &["--law", "3*w[a]"]]
    {
        let ran = folder.run(&[&fit[..], law, &["--json", "out.json"]].concat());
        ran.ended(0);
        assert!(ran.stdout.contains("converged"), "{}", ran.stdout);
        folder.run(&["predict", "out.json", "--runs", "runs.csv"]).ended(0);
    }
}
