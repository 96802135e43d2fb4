//! Predictors as functions: many mixtures at once, and curvature.

use mixlaw::engine::Engine;
use mixlaw::engine::cpu::Cpu;
use mixlaw::law::derivative::{gradient, hessian};
use mixlaw::predictor::{Function, Predictor};

use crate::support::Random;
use crate::{Made, document, names, predictor};

const FORMULAS: [&str; 7] = [
    "k + exp(p * w[a] - w[b]^2)",
    "w[c]^p / (k + w[a])",
    "max(w[a], k * w[b]) - ln(p + w[c])",
    "sqrt(w[a] * w[b] + k) * tanh(w[c]^-p) - sigmoid(w[b] - w[a])",
    "1 / sum(j, w[j]^0.4) + atan(w[a] * w[a])",
    "w[b]",
    "k * p",
];

fn fitted(formula: &str) -> Predictor {
    let parameters = [("k", 0.7), ("p", 1.4)].map(|(name, x)| (name.to_string(), x));
    let parameters = parameters.into_iter().filter(|(name, _)| formula.contains(name.as_str()));
    let made = [Made { target: "loss", own: None, parameters: parameters.collect() }];
    predictor(document(&names(&["a", "b", "c"]), formula, &[], &made), &[])
}

/// Values and slopes of a predictor at many mixtures at once are those at each of them.
#[test]
fn a_predictor_has_a_surface() {
    let mut random = Random(62);
    for formula in FORMULAS {
        let predictor = fitted(formula);
        let target = &predictor.targets[0];
        let surface = predictor.surface(target);
        let mixtures: Vec<Vec<f64>> = (0..300).map(|_| random.mixture(3)).collect();
        let numbers = Cpu::default().evaluate(&surface, &[0.0], &mixtures.concat()).expect("f64");
        let function = Function::new(&predictor.graph, target.root, 3);
        assert_eq!(numbers.len(), 300 * 4);
        for (mixture, numbers) in mixtures.iter().zip(numbers.chunks_exact(4)) {
            let (value, slopes) = function.slopes(mixture);
            for (ours, expected) in numbers.iter().zip([vec![value], slopes].concat()) {
                let off = (ours - expected).abs();
                assert!(off <= 1e-13 * expected.abs().max(1.0), "{formula}: {ours} {expected}");
            }
        }
    }
}

/// Curvature that is carried step by step is that of the formula of the second derivatives.
#[test]
fn curvature_is_that_of_the_formula() {
    let mut random = Random(63);
    for formula in FORMULAS {
        let predictor = fitted(formula);
        let root = predictor.targets[0].root;
        let function = Function::new(&predictor.graph, root, 3);
        let mut graph = predictor.graph.clone();
        let slopes = gradient(&mut graph, root, 3);
        let upper = hessian(&mut graph, &slopes);
        for _ in 0..20 {
            let mixture = random.mixture(3);
            let bends = function.bends(&mixture);
            let largest = bends.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
            let places = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
            for ((i, j), id) in places.into_iter().zip(&upper) {
                let expected = graph.value(*id, &mixture);
                let off = (bends[3 * i + j] - expected).abs();
                assert!(off <= 1e-12 * largest, "{formula}: {} {expected}", bends[3 * i + j]);
                assert_eq!(bends[3 * i + j], bends[3 * j + i]);
            }
        }
    }
}

/// A share of zero makes its own curvature infinite, and leaves that of the others alone.
#[test]
fn an_infinite_curvature_stays_where_it_is() {
    let predictor = fitted("k * w[a]^0.5 + p * w[b] * w[c] + exp(w[b])");
    let function = Function::new(&predictor.graph, predictor.targets[0].root, 3);
    let bends = function.bends(&[0.0, 0.5, 0.5]);
    assert_eq!(bends[0], f64::NEG_INFINITY);
    assert!((bends[4] - 0.5_f64.exp()).abs() < 1e-15 && (bends[5] - 1.4).abs() < 1e-15);
    assert!(bends[1] == 0.0 && bends[2] == 0.0 && bends[8] == 0.0, "{bends:?}");
}
