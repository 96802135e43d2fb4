//! Flags that cannot be meant, and what the user is told.

use super::{FORMATS, Folder, WITH_PATHS, ZEROS};

const HALVES: [(&str, f64); 2] = [("a", 0.5), ("b", 0.5)];

#[test]
fn numbers_must_be_within_reason() {
    let folder = Folder::with(&HALVES);
    folder.refuses("csv", &["--digits", "0"], 2, &["--digits must be between 1 and 15"]);
    folder.refuses("csv", &["--digits", "16"], 2, &["--digits must be between 1 and 15"]);
    folder.refuses("olmix", &["--repeat", "0.5"], 2, &["--repeat must be at least 1"]);
    folder.refuses("olmix", &["--repeat", "nan"], 2, &["--repeat must be at least 1"]);
    folder.refuses(
        "olmix",
        &["--budget", "0", "--tokens", "t"],
        2,
        &["--budget must be above zero"],
    );
    folder.refuses("olmix", &["--budget", "1"], 2, &["--tokens and --budget need each other"]);
    folder.refuses(
        "mosaicml",
        &["--as", "repeat"],
        2,
        &["--as repeat needs --tokens and --budget"],
    );
    folder.export("tarball", &[]).ended(2).says(&["tarball", "megatron", "nanotron"]);
}

#[test]
fn a_flag_that_says_nothing_is_refused() {
    let folder = Folder::with(&HALVES);
    for (format, flags) in [
        ("csv", ["--paths", "p.json"]),
        ("json", ["--as", "repeat"]),
        ("hf", ["--repeat", "2"]),
        ("nemo", ["--seed", "2"]),
        ("hf", ["--valid", "x"]),
        ("yaml", ["--model-name", "x"]),
        ("regmix", ["--tokens-per-document", "x"]),
        ("mosaicml", ["--budget", "1e9"]),
        ("litdata", ["--tokens", "x"]),
    ] {
        let cause = format!("{} says nothing to --to {format}", flags[0]);
        folder.refuses(format, &flags, 2, &[&cause]);
    }
}

#[test]
fn a_share_does_not_become_zero() {
    let folder = Folder::with(&[("a", 0.999_999_96), ("b", 4e-8)]);
    folder.refuses("csv", &["--digits", "6"], 2, &["`b` becomes 0 at 6 digits", "--digits"]);
    assert_eq!(folder.exported("csv", &[]), "domain,weight\na,0.99999996\nb,0.00000004\n");
    let folder = Folder::with(&[("a", 1.0), ("b", 1e-17)]);
    folder.refuses("csv", &[], 2, &["`b` becomes 0 at 15 digits"]);
    // A source of OLMo-core has one ratio for all its paths, which need no weights.
    let folder = Folder::with(&[("a", 0.9), ("b", 0.1)]);
    let paths: Vec<String> = (0..50).map(|i| format!("\"{i}\"")).collect();
    folder.file("p.json", format!(r#"{{"a": "x", "b": [{}]}}"#, paths.join(",")));
    let flags = ["--paths", "p.json", "--digits", "1"];
    assert!(folder.exported("olmo-core", &flags).contains("target_ratio: 0.1\n"));
    folder.refuses("megatron", &flags, 2, &["`b` becomes 0 at 1 digits"]);
}

#[test]
fn what_to_beware_of_is_told() {
    let folder = Folder::with(&[("a", 0.5), ("ab", 0.5), ("=z", 0.0)]);
    for (format, _) in FORMATS {
        let ran = folder.export(format, &[]);
        ran.ended(0).says(&["warning: arxiv is beyond its runs"]);
        assert_eq!(ran.stderr.contains("no --paths"), WITH_PATHS.contains(&format), "{format}");
        let said = ran.stderr.contains("their share is 0: `=z`");
        assert_eq!(said, !ZEROS.contains(&format), "{format}");
    }
    folder.export("hf", &[]).says(&["shares of tokens", "--tokens-per-document"]);
    folder.export("regmix", &[]).says(&["no --valid", "`train_a` begins `train_ab`"]);
    folder.export("csv", &[]).says(&["`=z` for a formula"]);
}

#[test]
fn a_share_that_may_be_rounding_is_told() {
    let folder = Folder::with(&[("a", 0.999_999), ("b", 5e-7), ("c", 5e-7), ("d", 0.0)]);
    for (format, _) in FORMATS {
        let ran = folder.export(format, &[]);
        ran.ended(0).says(&["below 0.000001 may be rounding: `b`, `c`;", "--max NAME=0"]);
    }
    let folder = Folder::with(&[("a", 0.999_999), ("b", 1e-6)]);
    let ran = folder.export("csv", &[]);
    assert!(!ran.ended(0).stderr.contains("rounding"), "{}", ran.stderr);
}

#[test]
fn short_supply_is_told() {
    let folder = Folder::with(&HALVES);
    folder.file("t.json", r#"{"a": 100, "b": 25}"#);
    let flags = ["--tokens", "t.json", "--budget", "100"];
    for format in ["olmo-core", "olmix"] {
        folder.export(format, &flags).ended(0).says(&["`b` would be seen 2.00 times"]);
        let enough = folder.export(format, &[&flags[..], &["--repeat", "2"]].concat());
        assert!(!enough.ended(0).stderr.contains("would be seen"), "{}", enough.stderr);
    }
}

#[test]
fn a_name_cannot_leave_its_comment() {
    let folder = Folder::new();
    let text = super::document(r#"{"a": 1}"#).replace("mean loss", "x\\nimport os\\u0085y: ");
    folder.file("best.json", text);
    let written = folder.exported("yaml", &[]);
    assert!(
        written.contains("# Goal: x import os y:  of 5 targets, at N=1000000000\n"),
        "{written}"
    );
}
