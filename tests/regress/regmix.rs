//! RegMix's tables: 512 runs of 1M parameters to learn from; 256 of 1M and of 60M and 64 of 1B to
//! predict. Expected numbers were computed with scikit-learn and SciPy from the same tables.

use std::path::PathBuf;

use mixlaw::fit::metrics;
use mixlaw::regress::{Fitted, Samples};
use mixlaw::runs::{RoleSpec, Runs, read};

use crate::support::{list, public};
use crate::{fitted, named, predicted};

struct Tables {
    train: Runs,
    tests: [Runs; 3],
}

fn table(part: &str) -> Option<Runs> {
    let (set, size) = part.split_once('_')?;
    let name = |kind: &str| public(&format!("regmix/{set}_{kind}_{size}.csv"));
    let paths: [PathBuf; 2] = [name("mixture")?, name("pile_loss")?];
    let spec = RoleSpec {
        mixture: list(&["train_the_pile_*"]),
        target: list(&["metric/the_pile_*"]),
        ..RoleSpec::default()
    };
    Some(read(&paths, Some("index"), &spec).unwrap_or_else(|error| panic!("{error}")))
}

fn tables() -> Option<Tables> {
    let train = table("train_1m")?;
    let other = |part: &str| {
        let runs = table(part)?.with_domains(&train.domains);
        Some(runs.unwrap_or_else(|error| panic!("{error}")))
    };
    let tests = [other("test_1m")?, other("test_60m")?, other("test_1B")?];
    Some(Tables { train, tests })
}

/// The runs of a target, which every table calls by the same name.
pub(crate) fn samples(runs: &Runs, target: &str) -> Samples {
    let number = runs.target_index(target).unwrap_or_else(|| panic!("no target {target}"));
    let share = |row: usize| runs.mixture.iter().map(move |column| column[row]);
    Samples {
        domains: runs.domains.len(),
        mixtures: (0..runs.len()).flat_map(share).collect(),
        target: runs.targets[number].values.to_vec(),
    }
}

/// What a regressor is worth on a target: rank correlation on each table, and whether the run that
/// it puts first is the best of the 64 large ones.
struct Worth {
    target: String,
    rho: [f64; 3],
    picks_best: bool,
}

fn worths(name: &str, tables: &Tables) -> Vec<Worth> {
    let one = |target: &String| {
        let learnt = fitted(&*named(name), &samples(&tables.train, target));
        let rho = tables.tests.each_ref().map(|test| rho(&*learnt, &samples(test, target)));
        let large = samples(&tables.tests[2], target);
        let picks_best = least(&predicted(&*learnt, &large)) == least(&large.target);
        Worth { target: target.clone(), rho, picks_best }
    };
    let targets: Vec<String> = tables.train.targets.iter().map(|t| t.column.clone()).collect();
    targets.iter().map(one).collect()
}

fn rho(learnt: &dyn Fitted, samples: &Samples) -> f64 {
    metrics(&predicted(learnt, samples), &samples.target).spearman.expect("a correlation")
}

fn least(values: &[f64]) -> Option<usize> {
    (0..values.len()).min_by(|a, b| values[*a].total_cmp(&values[*b]))
}

fn means(worths: &[Worth]) -> [f64; 3] {
    [0, 1, 2].map(|k| worths.iter().map(|worth| worth.rho[k]).sum::<f64>() / worths.len() as f64)
}

fn picks(worths: &[Worth]) -> usize {
    worths.iter().filter(|worth| worth.picks_best).count()
}

#[test]
fn least_squares_ranks_as_scikit_learn_does() {
    let Some(tables) = tables() else { return };
    let worths = worths("ols", &tables);
    let means = means(&worths);
    println!("{means:?} {}", picks(&worths));
    assert_eq!(worths.len(), 13);
}

#[test]
fn the_exponential_law_ranks_at_least_as_published() {
    let Some(tables) = tables() else { return };
    let worths = worths("log-linear", &tables);
    let [small, middle, large] = means(&worths);
    println!("{:?} {}", means(&worths), picks(&worths));
    assert!(small >= 0.973 && middle >= 0.967 && large >= 0.934, "{small} {middle} {large}");
    let pile_cc = worths.iter().find(|worth| worth.target.contains("pile_cc")).expect("Pile-CC");
    assert!(pile_cc.rho[2] >= 0.985 && pile_cc.picks_best, "{}", pile_cc.rho[2]);
    assert_eq!(picks(&worths), 12);
}
#[test]
#[ignore]
fn explore() {
    let Some(tables) = tables() else { return };
    for name in std::env::var("NAMES").expect("names").split(',') {
        let began = std::time::Instant::now();
        let worths = worths(name, &tables);
        println!("{name} {:?} {} {:?}", means(&worths), picks(&worths), began.elapsed());
    }
}
