//! Documents and maps that cannot be used: the exit code, the message, and no file.

use super::{Folder, document};

#[track_caller]
fn refused(mixture: &str, parts: &[&str]) {
    let folder = Folder::new();
    folder.file("best.json", document(mixture));
    folder.refuses("json", &[], 3, &[&["best.json: "], parts].concat());
}

#[test]
fn a_mixture_must_be_one() {
    refused("{}", &["the mixture has no domains"]);
    refused(r#"{"a": 0.5, "a": 0.5}"#, &["the domain `a` stands twice"]);
    refused(r#"{"a": 1.5, "b": -0.5}"#, &["the share of `b` is -0.5"]);
    refused(r#"{"a": 0.5, "b": null}"#, &["not a mixture document", "null"]);
    refused(r#"{"a": NaN}"#, &["not a mixture document"]);
    refused(r#"{"a": 1e999}"#, &["not a mixture document"]);
    refused(r#"{"a": 0.5, "b": 0.50001}"#, &["the shares sum to 1.00001, not to 1"]);
    refused(r#"{"a": 0, "b": 0}"#, &["the shares sum to 0, not to 1"]);
    refused(r#"{"": 1}"#, &["a domain has no name"]);
    let long = "x".repeat(300);
    refused(&format!("{{\"{long}\": 1}}"), &["has more than 160 characters"]);
}

#[test]
fn a_document_must_be_one() {
    let folder = Folder::new();
    folder.refuses("json", &[], 3, &["best.json: cannot read the mixture"]);
    for (text, part) in [
        ("", "not a mixture document"),
        ("[1]", "not a mixture document"),
        ("{}", "it has no schema"),
        (r#"{"schema": "mixlaw.fit/1"}"#, "its schema is `mixlaw.fit/1`"),
        (r#"{"schema": "mixlaw.mixture/2"}"#, "not `mixlaw.mixture/1`"),
        (r#"{"schema": "mixlaw.mixture/1"}"#, "missing field"),
    ] {
        folder.file("best.json", text);
        folder.refuses("json", &[], 3, &["best.json: ", part]);
    }
}

#[test]
fn a_map_names_every_domain_and_no_other() {
    let folder = Folder::with(&[("a", 0.5), ("b", 0.5), ("z", 0.0)]);
    let refused = |name: &str, text: &str, parts: &[&str]| {
        folder.file(name, text);
        folder.refuses("nemo", &["--paths", name], 3, parts);
    };
    refused("p.json", r#"{"a": "x"}"#, &["p.json: there is no path for `b`"]);
    refused(
        "p.json",
        r#"{"a": "x", "b": "y", "c": "z"}"#,
        &["p.json: ", "no domain `c`", "`a`, `b`"],
    );
    refused("p.json", r#"{"a": "x", "b": "x"}"#, &["the path `x` stands twice"]);
    refused("p.json", r#"{"a": "x", "a": "y"}"#, &["the key `a` stands twice"]);
    refused("p.json", r#"{"a": [], "b": "y"}"#, &["`a`: there is no path"]);
    refused("p.json", r#"{"a": 1, "b": "y"}"#, &["`a`: a path is not a text"]);
    refused("p.json", r#"{"a": "", "b": "y"}"#, &["`a`: a path is empty"]);
    refused("p.json", r#"{"a": [{"path": "x", "size": 1}], "b": "y"}"#, &["not `size`"]);
    refused("p.json", r#"{"a": [{"path": "x", "tokens": 0}], "b": "y"}"#, &["the tokens of `x`"]);
    refused(
        "p.json",
        r#"{"a": [{"path": "x", "tokens": 2}, "w"], "b": "y"}"#,
        &["some of its paths"],
    );
    refused("p.json", "[]", &["not a map of domains"]);
    refused("p.json", "a", &["p.json: ", "not JSON"]);
    refused("p.toml", "a = ", &["p.toml: ", "not TOML"]);
    folder.refuses("nemo", &["--paths", "none.json"], 3, &["none.json: ", "cannot read"]);
    // A domain of share 0 is not written and needs no path.
    folder.file("p.json", r#"{"a": "x", "b": "y"}"#);
    folder.export("nemo", &["--paths", "p.json"]).ended(0).says(&["their share is 0: `z`"]);
}

#[test]
fn counts_are_numbers_above_zero() {
    let folder = Folder::with(&[("a", 0.5), ("b", 0.5)]);
    let lengths = ["--tokens-per-document", "n.json"];
    for text in [r#"{"a": 0, "b": 1}"#, r#"{"a": "5", "b": 1}"#, r#"{"a": -1, "b": 1}"#] {
        folder.file("n.json", text);
        folder.refuses("hf", &lengths, 3, &["n.json: `a`: this is not a number above zero"]);
    }
    folder.file("n.json", r#"{"a": 5}"#);
    folder.refuses("hf", &lengths, 3, &["n.json: there is no number for `b`"]);
    let repeat = ["--as", "repeat", "--tokens", "n.json", "--budget", "10"];
    folder.refuses("mosaicml", &repeat, 3, &["n.json: there is no number for `b`"]);
    let supply = ["--tokens", "n.json", "--budget", "10"];
    folder.refuses("olmo-core", &supply, 3, &["n.json: there is no number for `b`"]);
}

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let folder = Folder::with(&[("a", 1.0)]);
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");
    let ran = folder.export("json", &["-o", "none/out.json"]);
    ran.ended(5).says(&["none/out.json: ", "there is no folder"]);
    folder.export("json", &["-o", "folder"]).ended(5).says(&["this is a folder"]);
}

#[test]
fn names_that_a_format_cannot_hold_are_refused() {
    let folder = Folder::with(&[("a b", 1.0)]);
    folder.refuses("megatron", &[], 2, &["the prefix `a b`", "white space"]);
    let folder = Folder::with(&[("a", 0.5), ("a:b", 0.5)]);
    folder.refuses("olmix", &[], 2, &["`a:b` has no place", "also a source"]);
    let folder = Folder::with(&[("a:b", 0.5), ("a", 0.5)]);
    folder.refuses("olmix", &[], 2, &["`a` has no place"]);
    let folder = Folder::with(&[("a:weight", 1.0)]);
    folder.refuses("olmix", &[], 2, &["`a:weight` has no place", "keys of olmix"]);
    let folder = Folder::with(&[("a", 0.5), ("train_a", 0.5)]);
    folder.refuses("regmix", &[], 2, &["both be called `train_a`"]);
    let folder = Folder::with(&[("a", 0.5), ("a/1", 0.5)]);
    folder.file("p.json", r#"{"a": ["x", "y"], "a/1": "z"}"#);
    folder.refuses("mosaicml", &["--paths", "p.json"], 2, &["a stream called `a/1`"]);
    // A domain that is left out would be read back as the one that has its name.
    let folder = Folder::with(&[("a", 1.0), ("a/1", 0.0), ("train_a", 0.0)]);
    folder.file("p.json", r#"{"a": ["x", "y"]}"#);
    folder.refuses("mosaicml", &["--paths", "p.json"], 2, &["a stream called `a/1`"]);
    folder.refuses("regmix", &[], 2, &["both be called `train_a`"]);
}
