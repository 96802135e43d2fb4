//! RegMix's tables: the published rank correlations, and LightGBM's numbers of trees.

use mixlaw::fit::metrics;
use mixlaw::regress::trees::Trees;
use mixlaw::regress::{Regressor, Samples};

use super::predictions;
use crate::support::{assert_within, public};

/// A target, the published Spearman correlation on the 1M runs that were kept out, and how many trees
/// LightGBM 4.7.0 keeps there.
const PUBLISHED: [(&str, f64, usize); 13] = [
    ("arxiv", 0.9960, 333),
    ("freelaw", 0.9971, 647),
    ("pubmed_central", 0.9908, 583),
    ("wikipedia_en", 0.9945, 590),
    ("dm_mathematics", 0.9720, 397),
    ("github", 0.9977, 454),
    ("stackexchange", 0.9973, 651),
    ("gutenberg_pg_19", 0.9918, 533),
    ("pile_cc", 0.9892, 613),
    ("ubuntu_irc", 0.9687, 478),
    ("hackernews", 0.9851, 566),
    ("pubmed_abstracts", 0.9919, 455),
    ("uspto_backgrounds", 0.9912, 619),
];

/// The columns of a table of RegMix, without its index, as they are written.
fn table(name: &str) -> Option<Vec<(String, Vec<f64>)>> {
    let path = public(&format!("regmix/{name}.csv"))?;
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let names: Vec<String> = reader.headers().expect("names").iter().map(String::from).collect();
    let mut columns: Vec<(String, Vec<f64>)> = names.into_iter().map(|n| (n, Vec::new())).collect();
    for record in reader.records() {
        let record = record.expect("a row");
        let cells = record.iter().map(|cell| cell.parse::<f64>().expect("a number"));
        columns.iter_mut().zip(cells).for_each(|(column, x)| column.1.push(x));
    }
    assert_eq!(columns.remove(0).0, "index");
    Some(columns)
}

/// The runs of a size, with one target.
fn samples(part: &str, size: &str) -> Option<impl Fn(&str) -> Samples> {
    let mixtures = table(&format!("{part}_mixture_{size}"))?;
    let losses = table(&format!("{part}_pile_loss_{size}"))?;
    let rows = 0..mixtures[0].1.len();
    let shares: Vec<f64> =
        rows.flat_map(|row| mixtures.iter().map(move |column| column.1[row])).collect();
    Some(move |target: &str| {
        let name = format!("metric/the_pile_{target}_val_loss");
        let target = losses.iter().find(|column| column.0 == name).expect("a target").1.clone();
        Samples { domains: 17, mixtures: shares.clone(), target }
    })
}

/// The paper's protocol, which stops on the runs that it then reports: LightGBM's number of trees for
/// every target, the published correlations at 1M, and on the mean those measured at 60M and 1B.
#[test]
fn the_recipe_of_the_paper() {
    let Some(train) = samples("train", "1m") else { return };
    let tests: Vec<_> =
        ["1m", "60m", "1B"].iter().filter_map(|size| samples("test", size)).collect();
    assert_eq!(tests.len(), 3);
    let mut means = [0.0; 3];
    for (target, published, count) in PUBLISHED {
        let forest = Trees::regmix().fit_with(&train(target), &tests[0](target), 3).expect("trees");
        assert_eq!(forest.trees().len(), count, "{target}");
        let rhos = tests.iter().map(|test| {
            let runs = test(target);
            metrics(&predictions(&forest, &runs), &runs.target).spearman.expect("a correlation")
        });
        let rhos: Vec<f64> = rhos.collect();
        assert_within(rhos[0], published, 1e-4, target);
        means.iter_mut().zip(rhos).for_each(|(mean, rho)| *mean += rho / 13.0);
    }
    for (mean, measured) in means.into_iter().zip([0.98948, 0.98387, 0.94982]) {
        assert_within(mean, measured, 2e-5, "the mean of all targets");
    }
}

/// Without a look at the runs kept out the correlations are as good.
#[test]
fn stopping_within_the_samples_costs_little() {
    let (Some(train), Some(test)) = (samples("train", "1m"), samples("test", "1m")) else { return };
    for (target, published, _) in PUBLISHED {
        let fitted = Trees::regmix().fit(&train(target), 1).expect("trees");
        let runs = test(target);
        let rho = metrics(&predictions(fitted.as_ref(), &runs), &runs.target).spearman;
        assert_within(rho.expect("a correlation"), published, 4e-3, target);
    }
}
