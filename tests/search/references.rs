//! `--reference` through the program: named mixtures, files of every format, and refusals.

use serde_json::{Value, json};

use crate::flags::{share, usual};
use crate::formats::FORMATS;
use crate::support::program::Folder;
use crate::{Made, document, names};

/// Two losses that want opposite things, `3 + a` and `3 + 2 b`, and these mixtures of the runs.
fn opposed(mixtures: &Value) -> Folder {
    let parameters = |p, q| vec![("p".to_string(), p), ("q".to_string(), q)];
    let made = [
        Made { target: "x", own: None, parameters: parameters(1.0, 0.0) },
        Made { target: "y", own: None, parameters: parameters(0.0, 2.0) },
    ];
    let mut fit = document(&names(&["a", "b"]), "3 + p * w[a] + q * w[b]", &[], &made);
    fit["runs"]["mixtures"] = mixtures.clone();
    Folder::with(&fit)
}

fn runs() -> Folder {
    opposed(&json!([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]]))
}

/// The shares of a reference in the report.
#[track_caller]
fn reference(answer: &Value, name: &str) -> Vec<f64> {
    let shares = answer["reference"][name]["shares"].as_array();
    let shares = shares.unwrap_or_else(|| panic!("no {name} in {}", answer["reference"]));
    shares.iter().map(|share| share.as_f64().expect("a share")).collect()
}

#[track_caller]
fn near(ours: &[f64], known: &[f64], most: f64) {
    assert_eq!(ours.len(), known.len());
    let far = ours.iter().zip(known).any(|(a, b)| (a - b).abs() > most);
    assert!(!far, "{ours:?} is not {known:?}");
}

#[test]
fn a_file_of_any_format_is_a_reference() {
    let folder = usual();
    let best = folder.answer(&["--min", "d1=0.1", "--max", "d2=0.3"]);
    folder.file("best.json", best.to_string());
    let shares: Vec<f64> =
        ["d0", "d1", "d2", "d3"].iter().map(|domain| share(&best, domain)).collect();
    for (format, end) in FORMATS {
        let file = format!("{format}.{end}");
        let wrote = folder.run(&["export", "best.json", "--to", format, "-o", &file]);
        assert_eq!(wrote.code, Some(0), "{}", wrote.stderr);
        let answer = folder.answer(&["--reference", &file]);
        near(&reference(&answer, format), &shares, 2e-6);
        near(&reference(&answer, "uniform"), &[0.25; 4], 0.0);
    }
    // The document itself, with what the fit says of it.
    let answer = folder.answer(&["--reference", "best.json"]);
    near(&reference(&answer, "best"), &shares, 1e-12);
    let there = &answer["reference"]["best"]["objective"];
    let [there, found] = [there, &best["objective"]].map(|x| x.as_f64().expect("an objective"));
    assert!((there - found).abs() < 1e-12, "{there} is not {found}");
    let losses = answer["compared"]["best"].as_array().expect("losses");
    for (ours, known) in losses.iter().zip(["loss0", "loss1"]) {
        let [ours, known] = [ours, &best["predicted"][known]].map(|x| x.as_f64().expect("a loss"));
        assert!((ours - known).abs() < 1e-12);
    }
    let table = folder.search(&["--reference", "best.json"]).stdout;
    assert!(table.contains("against best %"), "{table}");
}

#[test]
fn a_file_holds_losses_down() {
    let folder = runs();
    folder.file("old.csv", "domain,weight\na,0.3\nb,0.7\n");
    // Neither loss may rise, and each falls only where the other rises.
    let answer = folder.answer(&["--reference", "old.csv", "--no-worse", "0"]);
    near(&[share(&answer, "a")], &[0.3], 1e-6);
    // The mean falls with `a`, until `x` is where it was.
    let answer = folder.answer(&["--reference", "old.csv", "--limit", "x=0"]);
    near(&[share(&answer, "a")], &[0.3], 1e-6);
    // The largest regret is least where none is above 0.
    let worst = ["--goal", "worst", "--regret"];
    let answer = folder.answer(&[&worst[..], &["--reference", "old.csv"]].concat());
    near(&[share(&answer, "a"), answer["objective"].as_f64().expect("it")], &[0.3, 0.0], 1e-6);
    near(&[share(&folder.answer(&worst), "a")], &[0.5], 1e-6);
}

#[test]
fn the_best_of_the_runs_is_a_reference() {
    let folder = runs();
    // The larger loss is 4.6, 4 and 3.9.
    let worst = ["--goal", "worst", "--reference", "best-observed"];
    near(&reference(&folder.answer(&worst), "best-observed"), &[0.9, 0.1], 0.0);
    // It is chosen before regret is taken: after that, the uniform mixture's regret decides.
    let answer = folder.answer(&[&worst[..], &["--regret"]].concat());
    near(&reference(&answer, "best-observed"), &[0.9, 0.1], 0.0);
    near(&[share(&answer, "a"), answer["objective"].as_f64().expect("it")], &[0.9, 0.0], 1e-6);
    let answer = folder.answer(&["--goal", "worst", "--regret"]);
    near(&reference(&answer, "best-observed"), &[0.5, 0.5], 0.0);
    let answer = folder.answer(&["--reference", "best-observed", "--no-worse", "0"]);
    near(&[share(&answer, "a")], &[0.9], 1e-6);
    // It is chosen before the pull too, and shown as it was chosen.
    let pull = ["--goal", "worst", "--pull", "100"];
    let answer = folder.answer(&[&pull[..], &["--reference", "best-observed"]].concat());
    near(&reference(&answer, "best-observed"), &[0.9, 0.1], 0.0);
    near(&reference(&folder.answer(&pull), "best-observed"), &[0.5, 0.5], 0.0);
    // A mixture without a finite loss is not the best.
    let made = [Made { target: "x", own: None, parameters: vec![("p".into(), 1.0)] }];
    let mut fit = document(&names(&["a", "b"]), "3 + p * ln(w[a] + 0.1)", &[], &made);
    fit["runs"]["mixtures"] = json!([[-0.2, 1.2], [0.5, 0.5], [0.2, 0.8]]);
    let answer = Folder::with(&fit).answer(&["--reference", "best-observed"]);
    near(&reference(&answer, "best-observed"), &[0.2, 0.8], 0.0);
}

#[test]
fn the_supply_is_a_reference() {
    let folder = runs();
    folder.file("supply.json", r#"{"a": 1e9, "b": 4e9}"#);
    let flags = ["--supply", "supply.json", "--reference", "natural", "--no-worse", "0"];
    let answer = folder.answer(&flags);
    near(&reference(&answer, "natural"), &[0.2, 0.8], 1e-12);
    near(&[share(&answer, "a")], &[0.2], 1e-6);
    folder.file("supply.toml", "a = 1e9\nb = 4e9\n");
    let answer = folder.answer(&["--supply", "supply.toml", "--reference", "natural"]);
    near(&reference(&answer, "natural"), &[0.2, 0.8], 1e-12);
}

#[test]
fn paths_and_repeats_are_read_with_what_they_need() {
    let folder = runs();
    folder.file("blend.txt", "0.25 /data/a1\n0.5 /data/b\n0.25 /data/a2\n");
    folder.file("paths.toml", "a = ['/data/a1', '/data/a2']\nb = '/data/b'\n");
    let answer = folder.answer(&["--reference", "blend.txt", "--paths", "paths.toml"]);
    near(&reference(&answer, "blend"), &[0.5, 0.5], 1e-12);
    folder.refuses(
        &["--reference", "blend.txt"],
        3,
        &["blend.txt: no domain is known to have the path `/data/a1`", "(--paths)"],
    );
    folder.file("streams.yaml", "streams:\n  a: {repeat: 2}\n  b: {repeat: 0.5}\n");
    folder.file("supply.json", r#"{"a": 1e9, "b": 4e9}"#);
    let answer = folder.answer(&["--reference", "streams.yaml", "--supply", "supply.json"]);
    near(&reference(&answer, "streams"), &[0.5, 0.5], 1e-12);
    let told = ["streams.yaml: `a` is repeated", "(--supply)"];
    folder.refuses(&["--reference", "streams.yaml"], 3, &told);
    folder.file("part.json", r#"{"b": 4e9}"#);
    let part = ["--reference", "streams.yaml", "--supply", "part.json"];
    folder.refuses(&part, 3, &told);
    // A share of 0 needs no tokens.
    folder.file("one.yaml", "streams:\n  a: {repeat: 0}\n  b: {repeat: 0.5}\n");
    let answer = folder.answer(&["--reference", "one.yaml", "--supply", "part.json"]);
    near(&reference(&answer, "one"), &[0.0, 1.0], 0.0);
}

#[test]
fn a_file_keeps_out_of_the_names_of_others() {
    let folder = runs();
    folder.file("uniform.json", r#"{"a": 0.9, "b": 0.1}"#);
    folder.file("natural", "a: 0.3\nb: 0.7\n");
    let answer = folder.answer(&["--reference", "uniform.json"]);
    near(&reference(&answer, "uniform.json"), &[0.9, 0.1], 1e-12);
    near(&reference(&answer, "uniform"), &[0.5, 0.5], 0.0);
    let answer = folder.answer(&["--reference", "./natural"]);
    near(&reference(&answer, "./natural"), &[0.3, 0.7], 1e-12);
    assert_eq!(answer["reference"]["natural"], Value::Null);
}

#[test]
fn references_that_cannot_be_found_are_refused() {
    let folder = runs();
    folder.refuses(
        &["--reference", "natrual"],
        3,
        &["natrual: there is no such reference", "uniform, natural, best-observed or the file"],
    );
    folder.refuses(&["--reference", "."], 3, &["this is a folder"]);
    folder.refuses(&["--reference", "natural"], 2, &["tokens of every domain", "--supply FILE"]);
    folder.file("part.json", r#"{"b": 4e9}"#);
    let part = ["--reference", "natural", "--supply", "part.json"];
    folder.refuses(&part, 2, &["tokens of every domain"]);
    let observed = ["--reference", "best-observed"];
    let none = opposed(&json!([]));
    none.refuses(&observed, 3, &["fit.json: ", "does not hold the mixtures", "fit again"]);
    let wrong = [&observed[..], &["--weight", "z=2"]].concat();
    folder.refuses(&wrong, 2, &["fit.json: the fit has no target `z`"]);
    let made = [Made { target: "x", own: None, parameters: vec![("p".into(), 1.0)] }];
    let mut fit = document(&names(&["a", "b"]), "3 + p * ln(w[a])", &[], &made);
    fit["runs"]["mixtures"] = json!([[0.0, 1.0]]);
    Folder::with(&fit).refuses(&observed, 3, &["not finite at any mixture of the runs"]);
}

#[test]
fn nothing_is_compared_with_a_value_that_is_not_finite() {
    let made = |target| {
        let p = if target == "x" { 1.0 } else { 0.0 };
        Made { target, own: None, parameters: vec![("p".into(), p)] }
    };
    // At a share of 0, `x` is infinite and `y` is not.
    let formula = "3 + w[b] - p * ln(w[a] + 1e-300 * (1 - p))";
    let folder =
        Folder::with(&document(&names(&["a", "b"]), formula, &[], &[made("x"), made("y")]));
    folder.file("zero.json", r#"{"a": 0, "b": 1}"#);
    let file = ["--reference", "zero.json"];
    for flags in [&["--regret"][..], &["--no-worse", "0"], &["--limit", "x=0"]] {
        let told = ["fit.json: `x` has no finite value at the reference", "--drop"];
        folder.refuses(&[&file[..], flags].concat(), 2, &told);
    }
    for flags in [&[][..], &["--limit", "y=0"], &["--regret", "--drop", "x"]] {
        let answer = folder.answer(&[&file[..], flags].concat());
        near(&reference(&answer, "zero"), &[0.0, 1.0], 0.0);
        assert!(answer["objective"].is_f64(), "{}", answer["objective"]);
    }
}

#[test]
fn files_that_are_no_mixture_are_refused() {
    let folder = runs();
    let refused = |name: &str, text: &str, parts: &[&str]| {
        folder.file(name, text);
        folder.refuses(&["--reference", name], 3, &[&[name], parts].concat());
    };
    refused("r.json", r#"{"a": 0.5, "c": 0.5}"#, &["no domain `c`", "the domains are `a`, `b`"]);
    refused("r.json", r#"{"a": 0.5, "b": 0.4}"#, &["the weights sum to 0.9"]);
    refused("r.json", r#"{"a": 1.5, "b": -0.5}"#, &["the weight of `b` is -0.5"]);
    refused("r.json", r#"{"a": 1, "a": 0}"#, &["`a` stands twice"]);
    refused("r.json", r#"{"a": NaN}"#, &["not JSON"]);
    refused("r.json", r#"{"a": 1"#, &["not JSON"]);
    refused("r.json", "{}", &["the weights sum to 0"]);
    refused("r.yaml", "a: .nan\nb: 1\n", &["no format that is known"]);
    refused("r.yaml", "a: [\n", &["not YAML"]);
    refused("r.csv", "domain,weight\na,x\n", &["row 1", "no number"]);
    refused("r.txt", "", &["the file is empty"]);
    let mixture = r#"{"schema": "mixlaw.mixture/1", "mixture": {"a": 0.5, "b": null}}"#;
    refused("r.json", mixture, &["its `mixture` is not a map of numbers"]);
    folder.refuses(&["--reference", "fit.json"], 3, &["its schema is `mixlaw.fit/1`"]);
    let binary = folder.file("r.bin", "");
    std::fs::write(binary, [0xff, 0xfe, 0x00]).expect("a file");
    folder.refuses(&["--reference", "r.bin"], 3, &["r.bin: cannot read the file"]);
}

#[test]
fn a_map_of_paths_is_checked() {
    let folder = runs();
    folder.file("r.txt", "1 x\n");
    let refused = |name: &str, text: &str, parts: &[&str]| {
        folder.file(name, text);
        let flags = ["--reference", "r.txt", "--paths", name];
        folder.refuses(&flags, 3, &[&[name], parts].concat());
    };
    refused("p.json", r#"{"c": "x"}"#, &["no domain `c`", "the domains are `a`, `b`"]);
    refused("p.json", r#"{"a": "x", "b": "x"}"#, &["the path `x` stands twice"]);
    refused("p.json", r#"{"a": 1}"#, &["`a`: a path is not a text"]);
    refused("p.json", "x", &["not JSON"]);
    folder.refuses(
        &["--reference", "r.txt", "--paths", "none.json"],
        3,
        &["none.json: cannot read the file"],
    );
    for known in [&[][..], &["--reference", "best-observed"]] {
        let flags = [known, &["--paths", "p.json"]].concat();
        folder.refuses(&flags, 2, &["--paths says nothing without the file"]);
    }
}

#[test]
fn an_output_is_looked_at_before_a_reference() {
    let flags = ["--reference", "none.csv", "--json", "none/out.json"];
    runs().refuses(&flags, 5, &["none/out.json: ", "there is no folder"]);
}
