//! Boosted trees: LightGBM's models read and written, its trees grown again, RegMix's figures.

#[path = "trees/files.rs"]
mod files;
#[path = "trees/regmix.rs"]
mod regmix;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use mixlaw::regress::trees::{Forest, Stop, Trees};
use mixlaw::regress::{Fitted, Regressor, Samples};
use support::{Random, file};

/// What `tests/regress/golden/make.py` wrote: the model and its rows, targets and predictions.
fn golden(name: &str) -> (Forest, Samples, Vec<f64>) {
    let path = file(&format!("tests/regress/golden/{name}.txt"));
    let forest = Forest::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let text = std::fs::read_to_string(path.with_extension("csv")).expect("rows");
    let domains = forest.names().len();
    let mut samples = Samples { domains, mixtures: Vec::new(), target: Vec::new() };
    let mut predicted = Vec::new();
    for line in text.lines() {
        let row: Vec<f64> = line.split(',').map(|cell| cell.parse().expect("a number")).collect();
        samples.mixtures.extend(&row[..domains]);
        samples.target.push(row[domains]);
        predicted.push(row[domains + 1]);
    }
    (forest, samples, predicted)
}

const GOLDEN: [&str; 5] = ["grown", "missing", "zero", "constant", "wide"];

fn predictions(forest: &dyn Fitted, samples: &Samples) -> Vec<f64> {
    let mut predicted = vec![0.0; samples.len()];
    forest.predict(&samples.mixtures, &mut predicted);
    predicted
}

#[test]
fn lightgbm_models_predict_what_lightgbm_predicts() {
    for name in GOLDEN {
        let (forest, samples, theirs) = golden(name);
        assert!(samples.len() >= 10, "{name}");
        for (ours, theirs) in predictions(&forest, &samples).iter().zip(&theirs) {
            assert!(
                (ours - theirs).abs() <= 1e-12 * theirs.abs(),
                "{name}: {ours} is not {theirs}"
            );
        }
    }
}

/// Rows around every threshold, zeros and what is not a number: scored in blocks as walked one by one.
#[test]
fn scores_in_blocks_are_those_of_walks() {
    let mut random = Random(5);
    for name in GOLDEN {
        let (forest, ..) = golden(name);
        let nodes: Vec<_> = forest.trees().iter().flat_map(|tree| &tree.nodes).collect();
        let mut cell = || match (random.unit() * 8.0) as usize {
            0 => f64::NAN,
            1 => [0.0, -0.0, 1e-35, -1e-35, 2e-35, -2e-35][(random.unit() * 6.0) as usize],
            2 => [f64::INFINITY, f64::NEG_INFINITY][(random.unit() * 2.0) as usize],
            3..6 if !nodes.is_empty() => {
                let at = nodes[(random.unit() * nodes.len() as f64) as usize].threshold;
                [at, at.next_up(), at.next_down()][(random.unit() * 3.0) as usize]
            }
            _ => random.between(-1.5, 1.5),
        };
        let domains = forest.names().len();
        let mixtures: Vec<f64> = (0..3000 * domains).map(|_| cell()).collect();
        let samples = Samples { domains, mixtures, target: vec![0.0; 3000] };
        let bits = |list: Vec<f64>| list.into_iter().map(f64::to_bits).collect::<Vec<u64>>();
        let walked = samples.rows().map(|row| forest.walk(row)).collect();
        assert_eq!(bits(predictions(&forest, &samples)), bits(walked), "{name}");
    }
}

/// The same parameters on the same rows make LightGBM's trees: every feature, threshold and branch,
/// and every value.
#[test]
fn trees_grow_as_those_of_lightgbm() {
    let (theirs, samples, _) = golden("grown");
    let course = Trees { iterations: 40, ..Trees::default() };
    let ours = course.train(&samples, 0).expect("trees");
    assert_eq!(ours.trees().len(), 40);
    assert!(ours.trees().iter().zip(theirs.trees()).all(|(ours, theirs)| ours == theirs));
}

/// A forest is read back as it was written.
#[test]
fn a_forest_survives_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in GOLDEN {
        let (forest, ..) = golden(name);
        let names = (0..forest.names().len()).map(|number| format!("domain {number}")).collect();
        let path = folder.path().join(name);
        std::fs::write(&path, forest.clone().named(names).text()).expect("written");
        let again = Forest::read(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.trees(), forest.trees(), "{name}");
        assert_eq!(again.names()[1], "domain_1");
    }
}

/// The trees kept by early stopping are as many as do best on the part kept back, grown on all runs;
/// the seed decides what is kept back.
#[test]
fn early_stopping_is_within_the_samples() {
    let (_, samples, _) = golden("grown");
    let stop = Stop::KeptBack { share: 0.25, rounds: 5 };
    let course = Trees { iterations: 400, learning_rate: 0.3, stop, ..Trees::default() };
    let forests = [1, 1, 2].map(|seed| course.train(&samples, seed).expect("trees"));
    assert_eq!(forests[0].trees(), forests[1].trees());
    assert_ne!(forests[0].trees(), forests[2].trees());
    let count = forests[0].trees().len();
    assert!(count < 400, "{count} trees");
    let plain = Trees { iterations: count, stop: Stop::AtTheEnd, ..course };
    assert_eq!(plain.train(&samples, 9).expect("trees").trees(), forests[0].trees());
}

#[test]
fn what_trees_cannot_learn_from_is_refused() {
    let (_, samples, _) = golden("grown");
    let refused =
        |course: Trees, samples: &Samples, code: u8, cause: &str| match course.fit(samples, 0) {
            Err(error) => {
                assert_eq!(error.exit_code(), code, "{error}");
                assert!(error.to_string().contains(cause), "{error}");
            }
            Ok(_) => panic!("not refused: {cause}"),
        };
    let plain = Trees::default();
    refused(Trees { leaves: 1, ..plain }, &samples, 2, "num_leaves");
    refused(Trees { learning_rate: f64::NAN, ..plain }, &samples, 2, "learning_rate");
    refused(Trees { max_bin: 256, ..plain }, &samples, 2, "max_bin");
    refused(plain, &samples.some(&[]), 3, "no runs");
    refused(Trees::regmix(), &samples.some(&[0, 0]), 3, "of 1 mixtures");
    let mut broken = samples.clone();
    broken.target[3] = 1e39;
    refused(plain, &broken, 3, "not a finite number");
    let watched = Samples { domains: 3, ..samples.some(&[0, 1]) };
    let error = plain.fit_with(&samples, &watched, 3).expect_err("refused");
    assert!(error.to_string().contains("3 domains"), "{error}");
}

/// Samples on which no split is allowed give their mean.
#[test]
fn few_runs_have_their_mean() {
    let (_, samples, _) = golden("grown");
    let few = samples.some(&(0..39).collect::<Vec<usize>>());
    let forest = Trees::default().train(&few, 0).expect("a constant");
    let mean = few.target.iter().sum::<f64>() / 39.0;
    assert!((forest.walk(&few.mixtures[..6]) - mean).abs() < 1e-6 && forest.trees().len() == 1);
}

fn read_text(folder: &Path, text: &[u8]) -> mixlaw::error::Result<Forest> {
    let path = folder.join("model.txt");
    std::fs::write(&path, text).expect("written");
    Forest::read(&path)
}
