//! What cannot be designed, through the program.

use crate::support::program::Folder;

fn refused(flags: &[&str], code: i32, parts: &[&str]) {
    let folder = Folder::new();
    folder.file("prior.json", r#"{"a": 1, "b": 2, "c": 3}"#);
    folder.file("zero.json", r#"{"a": 0, "b": 2, "c": 3}"#);
    folder.file("minus.json", r#"{"a": -1, "b": 2, "c": 3}"#);
    folder.file("few.json", r#"{"a": 1, "b": 2}"#);
    folder.file("bad.json", "{");
    folder.run_refused(&[&["design"], flags].concat(), code, parts);
}

/// With three domains and four runs.
fn abc(flags: &[&str], code: i32, parts: &[&str]) {
    refused(&[&["--domains", "a,b,c", "--runs", "4"], flags].concat(), code, parts);
}

#[test]
fn numbers_and_domains_must_be_there() {
    refused(&["--domains", "a,b", "--runs", "0"], 2, &["--runs must be between 1"]);
    refused(&["--domains", "a,b"], 2, &["--runs is missing"]);
    refused(&["--runs", "4"], 2, &["a design needs domains", "--domains web,code,books"]);
    refused(&["--domains", "a,a", "--runs", "4"], 2, &["two domains are called `a`"]);
    refused(&["--domains", "a", "--runs", "4"], 2, &["needs two at least"]);
    refused(&["--domains", "a,,b", "--runs", "4"], 2, &["domain 2 has no name"]);
}

#[test]
fn priors_must_be_positive_numbers_of_known_domains() {
    let around = |file: &str, code: i32, parts: &[&str]| {
        abc(&["--method", "regmix", "--prior", file], code, parts);
    };
    around("zero.json", 3, &["zero.json", "`a`", "not a number above zero"]);
    around("minus.json", 3, &["minus.json", "`a`"]);
    around("few.json", 3, &["few.json", "`c`"]);
    around("bad.json", 3, &["bad.json", "not JSON"]);
    around("gone.json", 3, &["gone.json", "cannot read"]);
    around("natural", 2, &["--supply FILE"]);
    let flags = ["--domains", "a,b", "--runs", "4", "--method", "regmix", "--prior", "prior.json"];
    refused(&flags, 3, &["prior.json", "no domain `c`", "`a`, `b`"]);
}

#[test]
fn constraints_must_leave_something() {
    abc(&["--min", "a=0.7", "--min", "b=0.6"], 2, &["--min a=0.7, --min b=0.6", "1.3000 of 1"]);
    abc(&["--max", "q=0.5"], 2, &["no domain `q`", "a, b, c"]);
    abc(&["--group", "a+b<=0.3", "--max", "c=0.5"], 2, &["--group 'a+b<=0.3'", "--max c=0.5"]);
    abc(&["--group", "a+b=0.3", "--tries", "500"], 2, &["0 of 4 runs", "500 broke a constraint"]);
    let frozen = ["--freeze", "a=1,b=1", "--min", "a=0.3", "--max", "b=0.1"];
    abc(&frozen, 2, &["proportions of --freeze"]);
}

#[test]
fn too_few_distinct_mixtures_are_counted() {
    let flags = ["--method", "regmix", "--minimum", "0.5", "--tries", "3000"];
    let parts = ["of 4 runs were found among 3000 mixtures", "too near to another"];
    refused(&[&["--domains", "a,b", "--runs", "4"], &flags[..]].concat(), 2, &parts);
    let apart = ["--domains", "a,b,c", "--runs", "40", "--apart", "0.99", "--tries", "100"];
    refused(&apart, 2, &["of 40 runs", "among 100 mixtures", "--apart"]);
    let capped = ["--method", "regmix", "--usage", "0.5", "--tries", "200"];
    abc(&capped, 2, &["200 had a share above its cap", "--usage"]);
}

#[test]
fn what_is_frozen_must_be_domains_with_proportions() {
    abc(&["--freeze", "a"], 2, &["--freeze 'a'", "no `=`"]);
    abc(&["--freeze", "a=1,q=2"], 2, &["no domain `q`"]);
    abc(&["--freeze", "a=0,b=1"], 2, &["not above zero"]);
    abc(&["--freeze", "a=1,a=2"], 2, &["stands twice"]);
    abc(&["--freeze", "a=1", "--freeze", "a=2,b=1"], 2, &["`a` is frozen twice"]);
    abc(&["--freeze", "a=1,b=1,c=1"], 2, &["left to vary"]);
}

#[test]
fn flags_must_say_something() {
    abc(&["--prior", "uniform"], 2, &["--prior says nothing to --method spread"]);
    abc(&["--cost", "3"], 2, &["--cost says nothing to --method spread"]);
    abc(&["--method", "two-level"], 2, &["same source before `/`"]);
    abc(&["--method", "d-optimal"], 2, &["best for a law", "--model linear"]);
    let linear = ["--method", "d-optimal", "--model", "linear"];
    let with = |flags: &[&str], parts: &[&str]| abc(&[&linear[..], flags].concat(), 2, parts);
    with(&["--at", "N=3"], &["need a fit"]);
    with(&["--cost", "q"], &["no input or domain `q`", "--scale q=VALUE"]);
    with(&["--cost", "a - 2"], &["a run would cost", "above zero"]);
    with(&["--cost", "7", "--spend", "3"], &["--spend 3 pays for no run", "costs 7"]);
    with(&["--spend", "0"], &["--spend 0 is not positive"]);
    with(&["--scale", "N=1"], &["neither law nor cost reads `N`"]);
    with(&["--replicates", "0"], &["must be at least 1"]);
    abc(&["--method", "regmix", "--strength-min", "9"], 2, &["9 to 5 is no range"]);
    abc(&["--method", "regmix", "--temperature=-1"], 2, &["--temperature"]);
}

#[test]
fn outputs_must_be_writable() {
    abc(&["--out", "gone/swarm.csv"], 5, &["there is no folder gone"]);
    abc(&["--to", "json", "--out", "prior.json"], 5, &["not a folder"]);
    let domains = ["--domains", "run,b", "--runs", "2"];
    refused(&domains, 2, &["two columns `run`", "--prefix"]);
}

#[test]
fn a_fit_must_have_what_is_asked() {
    let folder = Folder::new();
    folder.file(
        "runs.csv",
        "w_a,w_b,x_loss\n0.1,0.9,2.1\n0.5,0.5,2.4\n0.9,0.1,2.2\n0.3,0.7,2.3\n0.6,0.4,2.35\n",
    );
    let fit = "fit runs.csv --mixture w_* --target x_loss --law c+k*w[a]^2 --json fit.json";
    folder.run(&fit.split(' ').collect::<Vec<_>>()).ended(0);
    let with = |flags: &[&str], code: i32, parts: &[&str]| {
        let design = ["design", "fit.json", "--runs", "2", "--method", "d-optimal"];
        folder.run_refused(&[&design[..], flags].concat(), code, parts);
    };
    with(&["--target", "q"], 2, &["--target q", "its targets are x_loss"]);
    with(&["--law", "chinchilla"], 2, &["--law chinchilla", "no such law"]);
    with(&["--at", "N=3"], 2, &["--at N", "reads the mixture alone"]);
    with(&["--model", "linear"], 2, &["--model says nothing beside a fit"]);
    with(&["--domains", "a,b"], 2, &["--domains says nothing beside a fit"]);
    with(&["--existing", "gone.csv"], 3, &["gone.csv"]);
    let text = std::fs::read_to_string(folder.path().join("fit.json")).expect("a fit");
    let mut spoilt: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    spoilt["fits"][0]["parameters"]["k"]["value"] = serde_json::Value::Null;
    folder.file("fit.json", spoilt.to_string());
    with(&[], 3, &["fit.json", "none of the fits has parameters that can be used"]);
    folder.file("fit.json", "{}");
    with(&[], 3, &["fit.json", "not a fit document"]);
}
