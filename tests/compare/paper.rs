//! Trees by the protocol of RegMix's paper: the published numbers, and that they are said to leak.

use crate::public::{means, regmix};
use crate::support::assert_within;
use crate::support::program::Folder;
use crate::{ROLES, planted};

/// Published rank correlations on the 256 runs of 1M that were kept out.
const PUBLISHED: [(&str, f64); 13] = [
    ("arxiv", 0.996),
    ("freelaw", 0.9971),
    ("pubmed_central", 0.9908),
    ("wikipedia_en", 0.9945),
    ("dm_mathematics", 0.972),
    ("github", 0.9977),
    ("stackexchange", 0.9973),
    ("gutenberg_pg_19", 0.9918),
    ("pile_cc", 0.9892),
    ("ubuntu_irc", 0.9687),
    ("hackernews", 0.9851),
    ("pubmed_abstracts", 0.9919),
    ("uspto_backgrounds", 0.9912),
];

/// The trees stop on the first table, that of 1M, as those of the paper did, and the shares are as
/// written there: rounded, and not divided by their sums, which the flag implies.
#[test]
fn the_published_numbers_come_out() {
    let Some(mut arguments) = regmix(&["1m", "60m", "1B"]) else { return };
    arguments.extend(["--model", "trees", "--paper-recipe"].map(String::from));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = Folder::new().answer(&arguments);
    let targets = &answer["schemes"][0]["results"][0]["targets"];
    for (domain, published) in PUBLISHED {
        let name = format!("metric/the_pile_{domain}_val_loss");
        let mut all = targets.as_array().expect("targets").iter();
        let found = all.find(|target| target["target"] == name.as_str()).expect("the target");
        let rho = found["judged"]["spearman"].as_f64().expect("a correlation");
        assert_within(rho, published, 1e-4, domain);
    }
    for (scheme, least) in [0.989, 0.983, 0.949].into_iter().enumerate() {
        let spearman = means(&answer["schemes"][scheme], "spearman");
        assert!(spearman[0].1 >= least, "{spearman:?}");
    }
    let notes = answer["notes"].to_string();
    assert!(notes.contains("trees: the runs of the test chose the number of trees"), "{notes}");
    assert!(notes.contains("test_mixture_1m.csv") && notes.contains("in every test"), "{notes}");
}

#[test]
fn a_leak_is_told_of_and_never_advised() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(120, 1e-3));
    let paper = ["--model", "trees", "--paper-recipe", "--model", "lookup"];
    let arguments = [&["runs.csv"], &ROLES[..], &paper].concat();
    let ran = folder.compare(&arguments);
    for part in ["trees (sees the test)", "measured on them flatters", "use lookup"] {
        assert!(ran.stdout.contains(part), "no `{part}` in:\n{}", ran.stdout);
    }
    let answer = folder.answer(&arguments);
    assert_eq!(answer["schemes"][0]["results"][0]["leaks"], true);
    assert_eq!(answer["schemes"][0]["results"][1]["leaks"], false);
    let alone = [&["runs.csv"], &ROLES[..], &paper[..3]].concat();
    assert!(folder.answer(&alone)["schemes"][0]["winner"].is_null());
}

#[test]
fn a_protocol_of_trees_needs_trees() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(40, 1e-3));
    let with = |more: &[&'static str]| {
        [&["runs.csv"], &ROLES[..], &["--model", "ols", "--paper-recipe"], more].concat()
    };
    folder.refuses(&with(&[]), 2, &["--paper-recipe is about trees", "add --model trees"]);
    folder.refuses(&with(&["--law", "mixing-exp"]), 2, &["about trees"]);
}

/// A test without the target has nothing to stop on; with it the others still compete.
#[test]
fn trees_want_something_to_stop_on() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(120, 1e-3));
    let text = planted(40, 0.0).replacen("x_loss", "z", 1);
    folder.file("test.csv", text);
    let more = ["--model", "trees", "--paper-recipe", "--test", "test.csv"];
    let ran = folder.compare(&[&["runs.csv"], &ROLES[..], &more].concat());
    ran.ended(1);
    assert!(ran.stdout.contains("no run of the test has `x_loss`"), "{}", ran.stdout);
}
