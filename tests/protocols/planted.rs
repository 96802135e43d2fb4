//! The planted SlimPajama runs: known coefficients, known noise.

use crate::support::program::Folder;
use crate::support::{Cells, assert_within, file};
use crate::{at, checkpoints, document, list, small, study};

/// Of 28 estimates from the four entropy mixtures none is off by more than three standard errors, and 26
/// or more by no more than two: with normal errors 1.3 lie beyond two on average.
#[test]
fn planted_coefficients_are_within_their_intervals() {
    let folder = Folder::new();
    study(&file("datasets/slimpajama-planted/study.toml"), &folder).ended(0);
    let (fit, planted) =
        (document(&folder, "fit.json"), Cells::read("datasets/slimpajama-planted/planted.csv"));
    let mut off = Vec::new();
    for one in list(&fit["fits"]) {
        let domain = one["own"].as_str().expect("an own domain");
        let row = planted.find(&[("domain", domain)]);
        for label in ["P", "beta", "Q", "alpha"] {
            let value = at(one, &format!("/parameters/{label}/value"));
            let error = at(one, &format!("/parameters/{label}/std_error"));
            off.push((value - planted.number(row, label)).abs() / error);
        }
    }
    assert_eq!(off.len(), 28);
    let within = |limit: f64| off.iter().filter(|off| **off <= limit).count();
    assert_eq!(within(3.0), 28, "{off:?}");
    assert!(within(2.0) >= 26, "{off:?}");
}

/// Noise of 0.2 % is a mean error of 0.16 %; the last checkpoint has the error of the fit besides.
#[test]
fn planted_runs_are_extrapolated_and_generalised_up_to_their_noise() {
    let folder = Folder::new();
    let ran = study(&file("datasets/slimpajama-planted/study.toml"), &folder);
    ran.ended(0);
    assert_eq!(ran.stderr, "", "a good table has no warning");
    let report = document(&folder, "protocols.json");
    assert_eq!(report["schema"], "mixlaw.protocol/1");
    assert_eq!(list(&report["mixtures"]).len(), 6);
    let [ends, others] = list(&report["protocols"]) else { panic!("two protocols") };
    assert_eq!(
        (&ends["kind"], &others["kind"]),
        (&"extrapolation".into(), &"generalisation".into())
    );
    let law = &ends["laws"][0];
    assert_eq!((list(&law["tests"]).len(), at(law, "/error/count")), (6, 42.0));
    assert!((0.001..0.003).contains(&at(law, "/error/mean")), "{}", law["error"]);
    assert!(at(law, "/error/worst") < 0.01 && law["r2_log"].is_null(), "{}", law["error"]);
    let law = &others["laws"][0];
    let tested: Vec<f64> = list(&law["tests"]).iter().map(|test| at(test, "/mixture")).collect();
    assert_eq!(tested, [0.0, 1.0], "Baseline and DoReMi");
    for test in list(&law["tests"]) {
        assert!((0.001..0.003).contains(&at(test, "/error/mean")), "{test}");
        assert!(at(test, "/r2_log/worst") > 0.98, "{test}");
        assert!(at(test, "/r2_log/worst") <= at(test, "/r2_log/mean"), "{test}");
        assert_eq!(at(test, "/rows"), 20.0);
    }
}

/// The last checkpoints from those of all mixtures, and again from one mixture's own.
#[test]
fn laws_without_noise_are_exact_in_either_protocol() {
    let folder = Folder::new();
    let mut table = String::from("w_a,w_b,s,a_loss,b_loss\n");
    for share in [0.2, 0.4, 0.5, 0.7] {
        for s in crate::STEPS {
            let loss = |share: f64, alpha: f64| share.powf(-alpha) * (2.0 / s + 1.5);
            table += &format!(
                "{share},{},{s},{},{}\n",
                1.0 - share,
                loss(share, 0.1),
                loss(1.0 - share, 0.05)
            );
        }
    }
    folder.file("runs.csv", table);
    let more = "[[extrapolation]]\nalong = 's'\nlast = 2\npooled = true\n\
                [[extrapolation]]\nalong = 's'\nlaws = ['bimix-steps']\n\
                [generalisation]\nmixtures = 2\ndraws = 3\n[optimisation]\nat = ['s=4', 's=40']\n";
    folder.file("study.toml", small("bimix", more));
    folder.run(&["run", "study.toml", "--out", "out"]).ended(0);
    let report = document(&folder, "protocols.json");
    let worst: Vec<f64> =
        list(&report["protocols"]).iter().map(|one| at(one, "/laws/0/error/worst")).collect();
    assert_eq!(worst.len(), 3);
    assert!(worst.iter().all(|worst| *worst < 1e-8), "{worst:?}");
    assert_eq!(at(&report, "/protocols/0/laws/0/tests/3/rows"), 2.0);
    assert_eq!(
        list(&report["protocols"][2]["laws"][0]["tests"]).len(),
        6,
        "two others, three draws"
    );
    assert!(at(&report, "/protocols/2/laws/0/r2_log/worst") > 1.0 - 1e-9);
    // K is the same for both domains, so the shares solve alpha_a r_b^(1+alpha_b) = ...: the slopes are equal.
    for optimum in list(&report["optima"]) {
        let [a, b] = [at(optimum, "/mixture/a"), at(optimum, "/mixture/b")];
        let slope = |r: f64, alpha: f64| alpha * r.powf(-alpha - 1.0);
        assert_within(a + b, 1.0, 1e-12, "sum");
        assert_within(slope(a, 0.1) / slope(b, 0.05), 1.0, 1e-5, "slopes");
        assert!(at(optimum, "/gap") < 1e-9);
    }
}

/// Each group has its own mixtures, laws and draws.
#[test]
fn groups_are_apart() {
    let folder = Folder::new();
    let one = checkpoints(&[0.2, 0.4, 0.6], &crate::STEPS);
    let mut lines = one.lines();
    let mut table = format!("{},size\n", lines.next().expect("a header"));
    for line in lines {
        table += &format!("{line},small\n{line},large\n");
    }
    folder.file("runs.csv", table);
    let more = "[extrapolation]\nalong = 's'\nlaws = ['bimix-steps']\n[generalisation]\nmixtures = 2\ndraws = 2\n";
    folder.file("study.toml", small("bimix", more).replace("[fit]", "by = 'size'\n[fit]"));
    folder.run(&["run", "study.toml", "--out", "out"]).ended(0);
    let report = document(&folder, "protocols.json");
    assert_eq!(list(&report["mixtures"]).len(), 6);
    let tests = list(&report["protocols"][0]["laws"][0]["tests"]);
    // The same losses in both groups.
    assert_eq!(tests.len(), 6);
    assert_eq!(tests[0]["errors"], tests[3]["errors"]);
    assert_eq!(list(&report["protocols"][1]["laws"][0]["tests"]).len(), 4);
}

#[test]
fn the_same_splits_are_flags_of_compare() {
    let folder = Folder::new();
    folder.file("runs.csv", checkpoints(&[0.1, 0.3, 0.5, 0.7, 0.9], &crate::STEPS));
    let compare =
        ["compare", "runs.csv", "--mixture", "w_*", "--target", "*_loss", "--law", "bimix"];
    let more =
        ["--last", "2", "--along", "s", "--from-mixtures", "3", "--draws", "4", "--json", "-"];
    let ran = folder.run(&[&compare[..], &more].concat());
    ran.ended(0);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let [ends, others] = list(&answer["schemes"]) else { panic!("two schemes") };
    assert_eq!((at(ends, "/splits"), at(others, "/splits")), (1.0, 4.0));
    assert_eq!(
        (at(ends, "/results/0/mean/rows"), at(others, "/results/0/mean/rows")),
        (10.0, 16.0)
    );
    for scheme in [ends, others] {
        assert!(at(scheme, "/results/0/mean/mre") < 0.004, "{scheme}");
    }
    let apart = folder
        .run(&[&compare[..], &["--last", "1", "--along", "s", "--apart", "--json", "-"]].concat());
    let answer: serde_json::Value = serde_json::from_str(&apart.ended(0).stdout).expect("JSON");
    assert_eq!(at(&answer, "/schemes/0/splits"), 5.0);
}

/// A study that no longer asks for protocols has none.
#[test]
fn old_protocols_do_not_outlive_their_study() {
    let folder = Folder::new();
    folder.file("runs.csv", checkpoints(&[0.2, 0.4, 0.6], &crate::STEPS));
    folder.file(
        "study.toml",
        small("bimix", "[extrapolation]\nalong = 's'\nlaws = ['bimix-steps']\n"),
    );
    folder.run(&["run", "study.toml", "--out", "out"]).ended(0);
    assert!(folder.path().join("out/protocols.json").is_file());
    folder.file("study.toml", small("bimix", ""));
    folder.run(&["run", "study.toml", "--out", "out"]).ended(0);
    assert!(!folder.path().join("out/protocols.json").exists());
}
