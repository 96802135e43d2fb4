//! The formula that a search gets is the function that is scored.

use mixlaw::engine::Engine;
use mixlaw::engine::cpu::Cpu;
use mixlaw::law::graph::Graph;
use mixlaw::problem::Surface;
use mixlaw::regress::{Linear, Products, Regressor, Strength, regressor};

use crate::{NAMES, fitted, made, named, predicted};

/// A function that none of them is, with noise.
fn samples() -> mixlaw::regress::Samples {
    made(21, 60, 6, |w, random| 2.0 + w[0] * (3.0 * w[1]).exp() - w[2] + 0.05 * random.normal())
}

#[test]
fn a_formula_predicts_what_its_regressor_predicts() {
    let given =
        Linear { products: Products::Given(vec![[0, 1], [2, 2]]), strength: Strength::Given(1e-3) };
    let mut all: Vec<Box<dyn Regressor>> = NAMES.iter().map(|name| named(name)).collect();
    all.push(Box::new(given));
    let (samples, fresh) = (samples(), made(22, 40, 6, |_, _| 0.0));
    for regressor in all {
        let name = regressor.name();
        let learnt = fitted(&*regressor, &samples);
        let predictions = predicted(&*learnt, &fresh);
        let mut graph = Graph::default();
        let Some(root) = learnt.formula(&mut graph) else {
            assert_eq!(name, "lookup");
            continue;
        };
        let surface = Surface::of_shares(&graph, root, 6);
        let numbers = Cpu::default().evaluate(&surface, &[0.0], &fresh.mixtures).expect("f64");
        for (i, (mixture, predicted)) in fresh.rows().zip(&predictions).enumerate() {
            for ours in [graph.value(root, mixture), numbers[7 * i]] {
                let off = (ours - predicted).abs();
                assert!(off <= 1e-12 * predicted.abs(), "{name}: {ours} {predicted}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_function() {
    let samples = samples();
    for name in NAMES {
        let [a, b] = [0; 2].map(|_| predicted(&*fitted(&*named(name), &samples), &samples));
        assert_eq!(a, b, "{name}");
    }
}

#[test]
fn names_are_those_of_the_regressors_and_others_are_refused() {
    for name in NAMES {
        assert_eq!(named(name).name(), name);
    }
    let Err(error) = regressor("rigde") else { panic!("there is no rigde") };
    assert_eq!(error.exit_code(), 2);
    let message = error.to_string();
    assert!(message.contains("`rigde`"), "{message}");
    assert!(NAMES.iter().all(|name| message.contains(name)), "{message}");
}
