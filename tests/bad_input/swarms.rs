//! Swarms that are rounded, joined, short, gappy or repeated, in `mixlaw compare`: handled and noted, or
//! refused with the cause.

use serde_json::Value;

use super::{Folder, Ran};

const ROLES: [&str; 4] = ["--mixture", "w_*", "--target", "*_loss"];

/// Shares of a number of domains that look drawn, and are the same on every run.
fn shares(run: usize, domains: usize) -> Vec<f64> {
    let raw =
        (0..domains).map(|domain| 1.0 + ((run * 37 + domain * 61 + run * domain * 13) % 97) as f64);
    let raw: Vec<f64> = raw.collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|x| x / sum).collect()
}

fn losses(shares: &[f64]) -> [f64; 2] {
    let line: f64 = shares.iter().zip([0.9, -0.6, 0.2]).map(|(w, t)| w * t).sum();
    [2.0 + line.exp(), 3.0 - shares[0]]
}

fn head(domains: usize) -> String {
    (0..domains).map(|domain| format!("w_{domain},")).collect()
}

/// A swarm whose shares are written by `write`.
fn swarm(runs: usize, domains: usize, write: impl Fn(usize, f64) -> String) -> String {
    let mut text = format!("{}0_loss,mean_loss\n", head(domains));
    for run in 0..runs {
        let w = shares(run, domains);
        let [x, y] = losses(&w);
        text += &w.iter().map(|share| write(run, *share) + ",").collect::<String>();
        text += &format!("{x},{y}\n");
    }
    text
}

fn plain(runs: usize, domains: usize) -> String {
    swarm(runs, domains, |_, share| share.to_string())
}

fn compare(folder: &Folder, more: &[&str]) -> Ran {
    folder.run(&[&["compare", "runs.csv"], &ROLES[..], more].concat())
}

#[track_caller]
fn shows(ran: &Ran, code: i32, parts: &[&str]) {
    ran.ended(code);
    for part in parts {
        assert!(ran.stdout.contains(part), "no `{part}` in:\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("NaN"), "{}", ran.stdout);
}

fn document(folder: &Folder, more: &[&str]) -> Value {
    let ran = compare(folder, &[more, &["--json", "-"]].concat());
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr))
}

const OLS: [&str; 2] = ["--model", "ols"];

#[test]
fn rounded_sums_are_taken_and_noted() {
    let folder = Folder::with(swarm(40, 17, |_, share| format!("{share:.3}")));
    shows(&compare(&folder, &OLS), 0, &["note: runs.csv: ", "rows did not sum to 1 exactly"]);
    let kept = [&OLS[..], &["--as-written"]].concat();
    let ran = compare(&folder, &kept);
    shows(&ran, 0, &["ols"]);
    assert!(!ran.stdout.contains("did not sum"), "{}", ran.stdout);
    let far = swarm(40, 3, |run, share| (share * if run == 4 { 1.02 } else { 1.0 }).to_string());
    let folder = Folder::with(far);
    let arguments = [&["compare", "runs.csv"], &ROLES[..], &OLS].concat();
    folder.refuses(&arguments, 3, &["runs.csv, row 5: ", "do not sum to 1", "row 5 (1.02)"]);
    folder.refuses(&[&arguments[..], &["--as-written"]].concat(), 3, &["row 5 (1.02)"]);
}

/// Mixtures and losses in two files, keyed from here and from there on.
fn pair(mixtures: usize, losses_from: usize, count: usize) -> Folder {
    let folder = Folder::new();
    let (mut left, mut right) =
        (format!("index,{}\n", head(3).trim_end_matches(',')), String::new());
    right += "index,mean_loss,0_loss\n";
    for run in 0..count {
        let w = shares(run, 3);
        let [x, y] = losses(&w);
        left += &format!("{},{},{},{}\n", run + mixtures, w[0], w[1], w[2]);
        right += &format!("{},{y},{x}\n", run + losses_from);
    }
    folder.file("mix.csv", left);
    folder.file("loss.csv", right);
    folder
}

#[test]
fn keys_may_count_from_anywhere_but_alike() {
    let arguments =
        [&["compare", "mix.csv", "loss.csv", "--join", "index"], &ROLES[..], &OLS].concat();
    for first in [0, 1, 7] {
        pair(first, first, 20).run(&arguments).ended(0);
    }
    for (here, there) in [(0, 1), (1, 0)] {
        let counts = format!("count from {here} here and from {there} in loss.csv");
        pair(here, there, 20).refuses(&arguments, 3, &["mix.csv, column `index`: ", &counts]);
    }
    let apart =
        ["mix.csv, column `index`: ", "no key stands in both", "`0` here and `50` in loss.csv"];
    pair(0, 50, 20).refuses(&arguments, 3, &apart);
    let ran = pair(0, 5, 20).run(&arguments);
    shows(&ran, 0, &["10 keys stand in one file only", "such as `0` of mix.csv"]);
}

/// A target is of the domain with its name, wherever its column stands; one of no domain and domains of
/// no target are as good.
#[test]
fn targets_and_domains_need_not_be_paired() {
    let folder = pair(0, 0, 30);
    let arguments = ["compare", "mix.csv", "loss.csv"];
    let law = ["--law", "bimix", "--fix", "beta=0", "--derive", "s = 1"];
    let with = |more: &[&'static str]| [&arguments[..], &ROLES, &OLS, more].concat();
    folder.run(&with(&[])).ended(0);
    let own = folder.run(&with(&law));
    own.refused(2, &["`mean_loss`", "--own"]);
    let one = ["compare", "mix.csv", "loss.csv", "--mixture", "w_*", "--target", "0_loss"];
    let ran = folder.run(&[&one[..], &OLS, &law].concat());
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.stderr);
}

/// Near-duplicates are one mixture: with a fold each the lookup may not see the twin of a run.
#[test]
fn twins_but_for_rounding_stay_on_one_side() {
    let twins = swarm(12, 3, |run, share| {
        let shift = if run % 2 == 0 { 0.0 } else { 1e-5 };
        (share + shift * (0.5 - share).signum()).to_string()
    });
    // Runs 1, 3, ... repeat the mixtures of 0, 2, ... but for the shift, and have losses of their own.
    let lines: Vec<&str> = twins.lines().collect();
    let mut text = format!("{}\n", lines[0]);
    for run in 0..6 {
        let cells: Vec<f64> =
            lines[1 + 2 * run].split(',').map(|c| c.parse().expect("a number")).collect();
        text += &format!("{},{},{},{},{}\n", cells[0], cells[1], cells[2], cells[3], cells[4]);
        let [a, b] = [cells[0] + 2e-4, cells[1] - 2e-4];
        text += &format!("{a},{b},{},{},{}\n", cells[2], cells[3], cells[4]);
    }
    let folder = Folder::with(text);
    let lookup = ["--model", "lookup", "--folds", "6"];
    let ran = compare(&folder, &lookup);
    shows(&ran, 0, &["6 mixtures differ from another by no more than 0.0005"]);
    // A lookup that saw the twin would be right to the last digit.
    let answer = document(&folder, &lookup);
    let mae = answer["schemes"][0]["results"][0]["mean"]["mae"].as_f64().expect("an error");
    assert!(mae > 1e-3, "{mae}");
    let many =
        [&["compare", "runs.csv"], &ROLES[..], &["--model", "lookup", "--folds", "7"]].concat();
    folder.refuses(&many, 2, &["6 different mixtures", "7 folds"]);
}

/// Runs of the test that were learnt from are told of.
#[test]
fn a_test_of_known_mixtures_is_noted() {
    let folder = Folder::with(plain(20, 3));
    let ran = compare(&folder, &[&OLS[..], &["--test", "runs.csv"]].concat());
    shows(&ran, 0, &["the mixtures of 20 of 20 rows are among those learnt from"]);
}

/// With fewer runs than domains the law has no answer and says so; the others compete, and are advised.
#[test]
fn fewer_runs_than_domains() {
    let folder = Folder::with(plain(12, 15));
    let ran = compare(&folder, &[]);
    let parts =
        ["log-linear is not ranked: 0_loss: ", "rows cannot determine 16 parameters", "use "];
    shows(&ran, 1, &parts);
    let answer = document(&folder, &[]);
    let results = answer["schemes"][0]["results"].as_array().expect("results");
    let without: Vec<&Value> =
        results.iter().filter(|r| r["mean"].is_null()).map(|r| &r["name"]).collect();
    assert_eq!(without, ["log-linear"]);
}

#[test]
fn constant_targets_have_no_rank() {
    let text = plain(20, 3);
    let constant: String = text
        .lines()
        .map(|line| match line.rsplit_once(',') {
            Some((rest, last)) if !last.contains("loss") => format!("{rest},2.5\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let folder = Folder::with(&constant);
    let arguments = [&["compare", "runs.csv"], &ROLES[..], &OLS].concat();
    folder.refuses(&arguments, 3, &["column `mean_loss`: ", "is 2.5 in every row", "--target '!"]);
    // In the test alone it is no error: there is nothing to rank, and errors are told all the same.
    folder.file("runs.csv", &text);
    folder.file("test.csv", &constant);
    let test = [&OLS[..], &["--target", "!0_loss", "--test", "test.csv"]].concat();
    shows(&compare(&folder, &test), 0, &["ols"]);
    let judged = &document(&folder, &test)["schemes"][0]["results"][0]["targets"][0]["judged"];
    assert!(judged["spearman"].is_null() && judged["mae"].is_number(), "{judged}");
    assert_eq!(judged["regret"], 0.0);
}

#[test]
fn a_missing_cell_leaves_the_row_out_of_its_target_only() {
    let text = plain(20, 3);
    let gap = text.lines().nth(4).expect("a row");
    let (rest, _) = gap.rsplit_once(',').expect("cells");
    let folder = Folder::with(text.replace(gap, &format!("{rest},")));
    shows(&compare(&folder, &OLS), 0, &["1 of 20 rows have no `mean_loss`"]);
    let targets = document(&folder, &OLS)["schemes"][0]["results"][0]["targets"].clone();
    assert_eq!([&targets[0]["judged"]["rows"], &targets[1]["judged"]["rows"]], [20, 19]);
    let folder = Folder::with(text.replace(gap, &format!("{rest},NaN")));
    let arguments = [&["compare", "runs.csv"], &ROLES[..], &OLS].concat();
    folder.refuses(&arguments, 3, &["row 4, column `mean_loss`", "NaN", "--missing drop"]);
}

#[test]
fn tables_of_one_run_and_of_two_domains() {
    let folder = Folder::with(plain(1, 3));
    let arguments = [&["compare", "runs.csv"], &ROLES[..], &OLS].concat();
    folder.refuses(&arguments, 2, &["1 different mixtures cannot be put into 5 folds"]);
    let learn = [&["learn", "runs.csv", "--out", "models"], &ROLES[..]].concat();
    folder.refuses(&learn, 3, &["runs.csv, column `0_loss`: ", "of 1 mixtures no part"]);
    let folder = Folder::with(plain(24, 2));
    let ran = compare(&folder, &[]);
    shows(&ran, 0, &["use "]);
}

#[test]
fn weights_are_for_laws() {
    let folder = Folder::with(plain(20, 3).replacen("mean_loss", "weight", 1));
    let arguments = [&["compare", "runs.csv", "--weight", "weight"], &ROLES[..], &OLS].concat();
    folder.refuses(&arguments, 2, &["regressors do not know row weights", "--weight"]);
}
