//! What is said before a fit.

use crate::support::program::{Folder, Ran};
use crate::support::public;
use crate::{STEPS, checkpoints, document, list, small};

const ROLES: [&str; 4] = ["--mixture", "w_*", "--target", "*_loss"];

/// Fits a law to checkpoints of these mixtures.
fn fit(shares: &[f64], steps: &[f64], law: &str) -> Ran {
    let folder = Folder::new();
    folder.file("runs.csv", checkpoints(shares, steps));
    folder.run(&[&["fit", "runs.csv"], &ROLES[..], &["--law", law]].concat())
}

#[test]
fn one_mixture_does_not_tell_alpha() {
    let ran = fit(&[0.3], &STEPS, "bimix");
    ran.ended(0).says(&[
        "warning: bimix: ",
        "alpha cannot be determined for a_loss",
        "the share of a is 0.3 in every row (one mixture)",
        "--fix 'alpha=VALUE'",
        "mixlaw laws bimix",
    ]);
    assert_eq!(fit(&[0.3], &STEPS, "bimix-steps").stderr, "", "it needs one mixture only");
}

#[test]
fn two_mixtures_that_are_nearly_equal_tell_alpha_badly() {
    let ran = fit(&[0.5, 0.51], &STEPS, "bimix");
    ran.ended(0).says(&[
        "alpha will be badly known for a_loss and 1 more of 2 fits looked at",
        "1 % of noise in the loss moves alpha by 0.2",
        "the share of a goes from 0.5 to 0.51 (1.02x)",
        "2 different mixtures",
    ]);
    assert_eq!(fit(&[0.3, 0.6], &STEPS, "bimix").stderr, "", "these two are far apart");
}

#[test]
fn one_step_count_does_not_tell_its_exponent() {
    let ran = fit(&[0.1, 0.3, 0.5, 0.7, 0.9], &[4.0], "bimix");
    ran.ended(0)
        .says(&["P, beta, Q cannot be determined for a_loss", "s is 4 in every row (5 mixtures)"]);
    assert_eq!(fit(&[0.1, 0.3, 0.5, 0.7, 0.9], &[4.0], "bimix-share").stderr, "");
}

#[test]
fn a_redundant_parameter_is_named_whatever_the_rows() {
    let ran = fit(&[0.1, 0.4, 0.8], &STEPS, "A/r^alpha*(B/s^beta+C)");
    ran.ended(0).says(&["A, C cannot be determined", "the law has one too many"]);
}

#[test]
fn more_parameters_than_mixtures_are_counted() {
    let folder = Folder::new();
    let mut table = String::from("w_a,w_b,w_c,s,x_loss\n");
    for (number, [a, b]) in [[0.2, 0.3], [0.5, 0.1]].into_iter().enumerate() {
        for s in STEPS {
            table += &format!("{a},{b},{},{s},{}\n", 1.0 - a - b, 2.0 + number as f64 + 1.0 / s);
        }
    }
    folder.file("runs.csv", table);
    let law = ["--law", "exp(sum(j, t[j]*w[j])) * (s^-beta + Q)"];
    folder
        .run(&[&["fit", "runs.csv"], &ROLES[..], &law].concat())
        .says(&["t[a], t[b], t[c] cannot be determined", "the rows have 2 different mixtures"]);
}

#[test]
fn a_study_keeps_what_it_said() {
    let folder = Folder::new();
    folder.file("runs.csv", checkpoints(&[0.3, 0.5, 0.7], &STEPS));
    folder.file(
        "study.toml",
        small("bimix", "[extrapolation]\nalong = 's'\n[generalisation]\nmixtures = 1\n"),
    );
    let ran = folder.run(&["run", "study.toml", "--out", "out"]);
    ran.ended(0).says(&["alpha cannot be determined for a_loss [split 1]"]);
    let fit = document(&folder, "fit.json");
    assert!(fit["warnings"].is_null(), "the fit of all three is fine");
    let report = document(&folder, "protocols.json");
    for protocol in list(&report["protocols"]) {
        let warning = &protocol["warnings"][0];
        assert_eq!(warning["trouble"], "undetermined");
        assert_eq!(list(&warning["targets"]).len(), 2);
        assert!(list(&warning["parameters"]).contains(&"alpha".into()), "{warning}");
    }
}

/// Every group has one mixture: some are looked at, and one thing is said.
#[test]
fn many_groups_are_not_all_looked_at() {
    let folder = Folder::new();
    let shares: Vec<f64> = (1..200).map(|k| f64::from(k) / 200.0).collect();
    folder.file("runs.csv", checkpoints(&shares, &STEPS));
    let by = ["--law", "bimix", "--by", "w_a", "--json", "fit.json"];
    let ran = folder.run(&[&["fit", "runs.csv"], &ROLES[..], &by].concat());
    ran.says(&["alpha cannot be determined for a_loss [0.005] and 255 more of 256 fits looked at"]);
    assert_eq!(ran.stderr.matches("warning:").count(), 1, "{}", ran.stderr);
}

#[test]
fn zero_shares_are_counted_before_the_fit() {
    let folder = Folder::new();
    let table = checkpoints(&[0.0, 0.2, 0.5, 0.8], &STEPS).replace("inf", "3");
    folder.file("runs.csv", table);
    let law = ["--law", "bimix", "--json", "fit.json"];
    let ran = folder.run(&[&["fit", "runs.csv"], &ROLES[..], &law].concat());
    ran.ended(1).says(&[
        "warning: bimix: the law is not finite for a_loss: the share of a is zero in 8 of its 32 rows",
        "--target a_loss --where '`w_a` > 0'",
        "mixing-exp",
    ]);
    // The other domain is never zero, and its fit is none the worse.
    assert!(ran.stdout.contains("b_loss         converged"), "{}", ran.stdout);
    assert!(ran.stdout.contains("no-finite-start: bimix: the law is not finite"), "{}", ran.stdout);
    assert_eq!(ran.stderr.matches("warning:").count(), 1, "{}", ran.stderr);
}

/// RegMix's 512 runs have zero shares in every domain.
#[test]
fn zero_shares_of_a_public_table_are_counted() {
    let mixtures = public("regmix/train_mixture_1m.csv");
    let Some((mixtures, losses)) = mixtures.zip(public("regmix/train_pile_loss_1m.csv")) else {
        return;
    };
    let [mixtures, losses] = [mixtures, losses].map(|path| path.display().to_string());
    let fit = ["fit", &mixtures, &losses, "--join", "index", "--law", "bimix-share"];
    let roles = ["--mixture", "train_the_pile_*", "--target", "metric/the_pile_*_val_loss"];
    let ran = Folder::new().run(&[&fit[..], &roles].concat());
    ran.ended(1)
        .says(&["bimix-share: the law is not finite for metric/the_pile_", "rows; leave them out"]);
    assert_eq!(ran.stderr.matches("warning:").count(), 1, "{}", ran.stderr);
}
