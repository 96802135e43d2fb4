//! Public tables, from the folder that `MIXLAW_DATA` names; without it these tests only say so.

use std::path::PathBuf;

use mixlaw::runs::{RoleSpec, Runs, health, read};

use super::list;

/// Reads tables of the data folder, if there is one.
fn public(files: &[&str], spec: &RoleSpec) -> Option<Runs> {
    let Some(folder) = std::env::var_os("MIXLAW_DATA").map(PathBuf::from) else {
        eprintln!("skipped: MIXLAW_DATA is not set, so there are no public tables to read");
        return None;
    };
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    // See `./test`: not every table could be fetched.
    let partial = std::env::var_os("MIXLAW_DATA_PARTIAL").is_some();
    if let Some(missing) = paths.iter().find(|path| partial && !path.exists()) {
        eprintln!("skipped: {} could not be fetched", missing.display());
        return None;
    }
    match read(&paths, None, spec) {
        Ok(runs) => Some(runs),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn regmix_pair() {
    let spec = RoleSpec {
        mixture: list(&["train_the_pile_*"]),
        target: list(&["metric/the_pile_*_val_loss"]),
        ..RoleSpec::default()
    };
    let files = ["regmix/train_mixture_1m.csv", "regmix/train_pile_loss_1m.csv"];
    let Some(runs) = public(&files, &spec) else { return };
    assert_eq!((runs.len(), runs.domains.len(), runs.targets.len()), (512, 17, 13));
    assert_eq!(runs.counts.joined_away, 0);
    for target in &runs.targets {
        let own = target.own.expect("every loss is measured on a domain of the mixture");
        assert_eq!(runs.domains[own], target.domain);
    }
    assert!(runs.counts.renormalised > 100, "{}", runs.counts.renormalised);
    for row in 0..runs.len() {
        let sum: f64 = runs.mixture.iter().map(|share| share[row]).sum();
        assert!((sum - 1.0).abs() < 1e-15, "{sum}");
    }
    let health = health(&runs);
    let mixture = health.mixture.expect("a mixture");
    assert_eq!((mixture.distinct, mixture.rank), (512, 17));
    assert_eq!(health.duplicates.count, 0);
}

#[test]
fn olmix_pair() {
    let spec = RoleSpec {
        mixture: list(&["@dclm_ratios:*"]),
        target: list(&["@dclm_metrics:*"]),
        ..RoleSpec::default()
    };
    let Some(runs) = public(&["olmix/dclm_ratios.csv", "olmix/dclm_metrics.csv"], &spec) else {
        return;
    };
    assert_eq!((runs.len(), runs.domains.len(), runs.targets.len()), (127, 24, 110));
    assert!(runs.incomplete["name"].contains("is not a number"));
    assert_eq!(runs.inputs.keys().collect::<Vec<_>>(), ["index"]);
}

#[test]
fn dmsl_slimpajama() {
    let spec =
        RoleSpec { mixture: list(&["weight_*"]), target: list(&["*_loss"]), ..RoleSpec::default() };
    let files = ["dmsl_slimpajama/dmsl_llm_slimpajama.csv"];
    let Some(runs) = public(&files, &spec) else { return };
    assert_eq!((runs.len(), runs.domains.len(), runs.targets.len()), (2452, 7, 8));
    let alone: Vec<&str> =
        runs.targets.iter().filter(|t| t.own.is_none()).map(|t| t.domain.as_str()).collect();
    assert_eq!(alone, ["openhermes"]);
    let missing: usize = runs
        .targets
        .iter()
        .map(|t| t.values.iter().filter(|x| x.is_nan()).count())
        .max()
        .unwrap_or(0);
    assert_eq!(missing, 6);
    assert_eq!(health(&runs).mixture.expect("a mixture").distinct, 61);
}

#[test]
fn chinchilla_points() {
    let spec = RoleSpec {
        target: list(&["loss"]),
        derive: list(&["N = `Model Size`", "D = `Training FLOP`/(6*`Model Size`)"]),
        filter: Some("loss < 3.44".to_string()),
        ..RoleSpec::default()
    };
    let files = ["chinchilla_epoch/svg_extracted_data.csv"];
    let Some(runs) = public(&files, &spec) else { return };
    assert_eq!((runs.counts.read, runs.len(), runs.counts.filtered), (245, 240, 5));
    assert!(runs.input("N").is_ok() && runs.input("D").is_ok());
    assert!(runs.incomplete.contains_key("color"));
}

#[test]
fn mixinglaws_checkpoints() {
    let spec = RoleSpec {
        mixture: list(&["r?"]),
        target: list(&["loss_*"]),
        by: vec!["step".to_string()],
        ..RoleSpec::default()
    };
    let Some(runs) = public(&["mixinglaws/5Mix_70M.csv"], &spec) else { return };
    assert_eq!((runs.domains.len(), runs.targets.len()), (5, 22));
    assert_eq!(runs.groups.iter().map(|group| group.rows.len()).sum::<usize>(), runs.len());
    let steps: Vec<f64> = runs.groups.iter().map(|g| g.key.parse().expect("a step")).collect();
    assert!(steps.is_sorted());
}
