//! `mixlaw search` through the program: answers and refusals.

use serde_json::Value;

use crate::support::Random;
use crate::support::program::{Folder, Ran};
use crate::{Made, document, exponentials, names};

impl Folder {
    /// A folder with this fit in `fit.json`.
    pub(crate) fn with(fit: &Value) -> Folder {
        let folder = Folder::new();
        folder.file("fit.json", fit.to_string());
        folder
    }

    pub(crate) fn search(&self, flags: &[&str]) -> Ran {
        self.run(&[&["search", "fit.json"], flags].concat())
    }

    pub(crate) fn answer(&self, flags: &[&str]) -> Value {
        let ran = self.search(&[flags, &["--json", "-"]].concat());
        serde_json::from_str(&ran.ended(0).stdout).expect("json on stdout")
    }

    #[track_caller]
    pub(crate) fn refuses(&self, flags: &[&str], code: i32, parts: &[&str]) {
        self.run_refused(&[&["search", "fit.json"], flags].concat(), code, parts);
    }
}

pub(crate) fn usual() -> Folder {
    Folder::with(&exponentials(&mut Random(21), 4, 2))
}

pub(crate) fn share(answer: &Value, domain: &str) -> f64 {
    answer["mixture"][domain].as_f64().expect("a share")
}

#[test]
fn bounds_fixed_shares_groups_and_supply_are_kept() {
    let folder = usual();
    folder.file("supply.json", r#"{"d0": 1e11, "d1": 5e11, "d2": 1e12, "d3": 0}"#);
    let answer = folder.answer(&[
        "--min",
        "d0=0.1",
        "--fix",
        "d1=0.25",
        "--group",
        "d0+d2 <= 0.75",
        "--supply",
        "supply.json",
        "--budget",
        "4e11",
        "--repeat",
        "2",
    ]);
    assert!((share(&answer, "d1") - 0.25).abs() < 1e-12);
    assert!(share(&answer, "d0") >= 0.1 - 1e-9 && share(&answer, "d0") <= 0.5 + 1e-9);
    assert!(share(&answer, "d3").abs() < 1e-12);
    assert_eq!(answer["schema"], "mixlaw.mixture/1");
    assert_eq!(answer["certificate"], "convex");
    assert!(answer["gap"].as_f64().is_some_and(|gap| (0.0..1e-8).contains(&gap)));
    assert!(
        (answer["reference"]["natural"]["shares"][2].as_f64().unwrap_or(0.0) - 0.625).abs() < 1e-12
    );
}

#[test]
fn one_domain_and_all_shares_fixed_have_one_answer() {
    let single = Folder::with(&exponentials(&mut Random(1), 1, 2));
    assert_eq!(share(&single.answer(&[]), "d0"), 1.0);
    let answer = usual()
        .answer(&["--fix", "d0=0.1", "--fix", "d1=0.2", "--fix", "d2=0.3", "--fix", "d3=0.4"]);
    assert!((share(&answer, "d3") - 0.4).abs() < 1e-12);
    assert!(answer["gap"].as_f64().is_some_and(|gap| gap < 1e-12));
}

#[test]
fn sixty_four_domains_are_searched() {
    let wide = Folder::with(&exponentials(&mut Random(64), 64, 8));
    let answer = wide.answer(&["--tolerance", "0"]);
    assert!(answer["gap"].as_f64().is_some_and(|gap| gap < 1e-9), "{}", answer["gap"]);
    wide.refuses(&["--method", "lattice"], 2, &["too many points", "larger --step"]);
}

#[test]
fn contradictions_are_named() {
    let folder = usual();
    folder.refuses(
        &["--min", "d0=0.7", "--min", "d1=0.2", "--min", "d2=0.5"],
        2,
        &["--min d0=0.7", "--min d2=0.5", "1.2"],
    );
    let few = ["--max", "d0=0.1", "--max", "d1=0.1", "--max", "d2=0.1", "--max", "d3=0.1"];
    folder.refuses(&few, 2, &["--max d3=0.1", "room for 0.4"]);
    folder.refuses(&["--min", "d0=0.7", "--max", "d0=0.2"], 2, &["--min d0=0.7", "--max d0=0.2"]);
    let ran = folder.search(&[
        "--group",
        "d0+d1>=0.9",
        "--max",
        "d0=0.3",
        "--max",
        "d1=0.3",
        "--max",
        "d2=0.9",
    ]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("--max d1=0.3") && !ran.stderr.contains("--max d2=0.9"),
        "{}",
        ran.stderr
    );
    folder.refuses(&["--no-worse", "-90"], 2, &["at most -90 % worse"]);
    folder.file("none.json", r#"{"d0": 0, "d1": 0, "d2": 0, "d3": 0}"#);
    folder.refuses(
        &["--supply", "none.json", "--budget", "1e9"],
        2,
        &["supply of d0", "room for 0.0"],
    );
}

#[test]
fn shares_are_zero_or_large_enough_and_domains_few() {
    let folder = Folder::with(&exponentials(&mut Random(22), 6, 3));
    let free = folder.answer(&[]);
    let used = |answer: &Value| {
        let shares = (0..6).map(|k| share(answer, &format!("d{k}")));
        shares.filter(|share| *share > 0.0).collect::<Vec<f64>>()
    };
    for method in ["auto", "exact", "bnb", "descend"] {
        let answer = folder.answer(&["--least", "0.2", "--at-most", "3", "--method", method]);
        let shares = used(&answer);
        assert!(
            shares.len() <= 3 && shares.iter().all(|x| *x >= 0.2 - 1e-9),
            "{method}: {shares:?}"
        );
        assert!(answer["objective"].as_f64() >= free["objective"].as_f64(), "{method}");
        let proved = if method == "descend" { "none" } else { "branch-and-bound" };
        assert_eq!(answer["certificate"], proved, "{method}");
    }
    let single = folder.answer(&["--at-most", "1", "--least", "d0=0.3"]);
    assert_eq!(used(&single), [1.0]);
    assert!(single["binding"].to_string().contains("--at-most 1"), "{}", single["binding"]);
}

#[test]
fn contradictory_choices_of_domains_are_named() {
    let folder = usual();
    let caps = ["--max", "d0=0.3", "--max", "d1=0.3", "--max", "d2=0.3", "--max", "d3=0.3"];
    folder.refuses(&[&caps[..], &["--at-most", "2"]].concat(), 2, &["--at-most 2", "room for 0.6"]);
    folder.refuses(&["--min", "d0=0.1", "--min", "d1=0.1", "--at-most", "1"], 2, &["--min d1=0.1"]);
    let wide = ["--max", "d0=0.7", "--max", "d1=0.7", "--max", "d2=0.7", "--max", "d3=0.7"];
    folder.refuses(&[&wide[..], &["--least", "0.6"]].concat(), 2, &["--least 0.6", "--max d3=0.7"]);
    let ran = folder.search(&["--group", "d0+d1>=0.9", "--group", "d2<=0.5", "--at-most", "1"]);
    assert_eq!(ran.code, Some(0), "one of d0 and d1 will do: {}", ran.stderr);
    let ran = folder.search(&[
        "--group",
        "d0+d1>=0.9",
        "--max",
        "d0=0.8",
        "--max",
        "d1=0.8",
        "--max",
        "d2=0.6",
        "--at-most",
        "1",
    ]);
    assert_eq!(ran.code, Some(2));
    assert!(
        !ran.stderr.contains("--max d2=0.6") && ran.stderr.contains("--at-most 1"),
        "{}",
        ran.stderr
    );
    folder.refuses(&["--at-most", "0"], 2, &["leaves no domain"]);
    folder.refuses(&["--least", "web=0.1"], 2, &["no domain `web`"]);
    folder.refuses(&["--least", "2"], 2, &["between 0 and 1"]);
    folder.refuses(&["--gap", "0"], 2, &["not positive"]);
    folder.refuses(&["--cells", "0"], 2, &["--cells"]);
}

#[test]
fn names_and_numbers_that_are_wrong_are_refused() {
    let folder = usual();
    folder.refuses(&["--min", "web=0.1"], 2, &["no domain `web`", "d0, d1, d2, d3"]);
    folder.refuses(&["--min", "d0"], 2, &["no `=`"]);
    folder.refuses(&["--max", "d0=1.5"], 2, &["between 0 and 1"]);
    folder.refuses(&["--max", "d0=nan"], 2, &["not a number"]);
    folder.refuses(&["--weight", "loss9=2"], 2, &["no target `loss9`"]);
    folder.refuses(&["--weight", "loss0=1/0"], 2, &["a weight is"]);
    folder.refuses(&["--drop", "loss0", "--drop", "loss1"], 2, &["no target is left"]);
    folder.refuses(&["--group", "d0+web<=0.5"], 2, &["no domain `web`"]);
    folder.refuses(&["--group", "d0+d0<=0.5"], 2, &["there twice"]);
    folder.refuses(&["--method", "lattice", "--step", "0.3"], 2, &["--step 0.3"]);
    let between = ["--method", "lattice", "--step", "0.5", "--min", "d0=0.1", "--max", "d0=0.2"];
    folder.refuses(&between, 2, &["no mixture in steps of 1/2"]);
    folder.refuses(&["--at", "N=7"], 2, &["reads the mixture alone"]);
    folder.refuses(&["--law", "bimix"], 2, &["no such law"]);
    folder.refuses(&["--reference", "natural"], 2, &["--supply FILE"]);
    folder.refuses(&["--supply", "gone.json"], 3, &["gone.json", "cannot read"]);
    folder.file("odd.json", r#"{"web": 1}"#);
    folder.refuses(&["--supply", "odd.json"], 3, &["odd.json", "no domain `web`"]);
    folder.file("twice.json", r#"{"d0": 1, "d0": 2}"#);
    folder.refuses(&["--supply", "twice.json"], 3, &["twice.json", "`d0` stands twice"]);
    folder.file("minus.json", r#"{"d0": -1}"#);
    folder.refuses(&["--supply", "minus.json"], 3, &["`d0`: this is not a number of at least"]);
}

#[test]
fn documents_that_cannot_be_searched_are_refused() {
    let mut fit = exponentials(&mut Random(1), 3, 1);
    fit["schema"] = "mixlaw.mixture/1".into();
    Folder::with(&fit).refuses(&[], 3, &["fit.json", "mixlaw.mixture/1"]);
    let mut fit = exponentials(&mut Random(1), 3, 1);
    fit["runs"]["domains"] = serde_json::json!(["d0", "d0", "d1"]);
    Folder::with(&fit).refuses(&[], 3, &["two domains are called `d0`"]);
    let domains = names(&["a", "b"]);
    let made = [Made { target: "loss", own: None, parameters: vec![("k".into(), 1.0)] }];
    let nowhere = document(&domains, "k * ln(0 - 1 - w[a])", &[], &made);
    Folder::with(&nowhere).refuses(&[], 3, &["not finite"]);
    let methods = ["auto", "lattice", "sample", "descend", "bnb"];
    for formula in ["k * ln(w[a]) + w[b]", "w[b] - k / w[a]", "ln(w[a] + 2 * w[b] - 1)"] {
        let bottomless = Folder::with(&document(&domains, formula, &[], &made));
        for method in methods {
            let flags = ["--method", method, "--samples", "1000"];
            bottomless.refuses(&flags, 3, &["falls without bound", "--min DOMAIN"]);
        }
        // Kept away from there it has a least value.
        let kept = bottomless.answer(&["--min", "a=0.1", "--min", "b=0.1"]);
        assert!(kept["objective"].as_f64().is_some_and(|x| x > -100.0), "{formula}: {kept}");
    }
    // Inside, where no end of a share shows it, the answer at least does not look like a minimum.
    let inside = Folder::with(&document(&domains, "k * ln(w[a] - 0.2) + w[b]", &[], &made));
    let answer = inside.answer(&["--cells", "2000"]);
    assert_eq!(answer["certificate"], "none");
    assert!(answer["method"].as_str().is_some_and(|text| text.contains("nothing that bounds")));
    let scaled = document(&domains, "k * w[a] / N", &["N"], &made);
    Folder::with(&scaled).refuses(&[], 2, &["--at N=VALUE"]);
}

#[test]
fn a_vertex_and_an_extrapolation_are_warned_of() {
    let domains = names(&["a", "b"]);
    let made = [Made { target: "loss", own: None, parameters: vec![("k".into(), -1.0)] }];
    let mut fit = document(&domains, "3 + k * w[a]", &[], &made);
    fit["runs"]["mixtures"] = serde_json::json!([[0.2, 0.8], [0.5, 0.5]]);
    let answer = Folder::with(&fit).answer(&[]);
    assert_eq!(share(&answer, "a"), 1.0);
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("a vertex of the simplex"), "{warnings}");
    assert!(warnings.contains("outside the hull"), "{warnings}");
    assert!(warnings.contains("a 1.000 (observed 0.200 to 0.500)"), "{warnings}");
}

#[test]
fn a_flat_valley_is_shown_as_wide_as_it_is() {
    let domains = names(&["a", "b"]);
    let made = [Made { target: "loss", own: None, parameters: vec![("k".into(), 1.0)] }];
    // From 0.5 to 0.9 the loss falls by 0.16; within 5 % of that, 0.9 -+ sqrt(0.008).
    let fit = document(&domains, "3 + k * (w[a] - 0.9)^2", &[], &made);
    let answer = Folder::with(&fit).answer(&[]);
    let range = &answer["valley"]["ranges"]["a"];
    let half = 0.008_f64.sqrt();
    assert!((range[0].as_f64().unwrap_or(0.0) - (0.9 - half)).abs() < 2e-3, "{range}");
    assert!((range[1].as_f64().unwrap_or(0.0) - (0.9 + half)).abs() < 2e-3, "{range}");
}

#[test]
fn samples_are_drawn_as_asked() {
    let folder = usual();
    folder.file("supply.json", r#"{"d0": 1e11, "d1": 5e11, "d2": 1e12, "d3": 4e11}"#);
    let sample = ["--method", "sample", "--samples", "2e4", "--supply", "supply.json"];
    let answer = folder.answer(&[&sample[..], &["--top", "7"]].concat());
    assert_eq!(answer["method"], "sample: 20000 mixtures, low-discrepancy");
    assert_eq!(answer["certificate"], "none");
    assert_eq!(answer["candidates"].as_array().map(Vec::len), Some(7));
    let near = folder.answer(&[&sample[..], &["--strength", "1e6", "--max", "d2=0.5"]].concat());
    assert!((share(&near, "d2") - 0.5).abs() < 0.01, "{}", near["mixture"]);
    assert!(near["method"].to_string().contains("around the natural mixture, strength 1000000"));
    let far = ["--strength", "1e9", "--max", "d2=0.1"];
    folder.refuses(&[&sample[..], &far].concat(), 2, &["none of 20000", "leave --strength away"]);
    let asked = folder.answer(&["--strength", "1", "--samples", "1e4"]);
    assert_eq!(asked["evaluated"], 10_000, "{asked}");
    folder.refuses(&["--method", "exact", "--strength", "1"], 2, &["--method sample"]);
    folder.refuses(&["--method", "sample", "--samples", "1.5"], 2, &["--samples 1.5"]);
    folder.refuses(&["--method", "lattice", "--no-worse", "1"], 2, &["limits"]);
}
