//! Regressors: what they recover, what they refuse, and that their formulas are what they predict.

#[path = "../support/mod.rs"]
mod support;

mod edges;
mod formulas;
mod olmix;
mod planted;
mod regmix;

use mixlaw::regress::{Fitted, Regressor, Samples, regressor};
use support::Random;

/// The regressors of these files, by name.
const NAMES: [&str; 7] = ["ols", "ridge", "quadratic", "log-linear", "gp", "gp-lengths", "lookup"];

fn named(name: &str) -> Box<dyn Regressor> {
    regressor(name).unwrap_or_else(|error| panic!("{error}"))
}

fn fitted(regressor: &dyn Regressor, samples: &Samples) -> Box<dyn Fitted> {
    let name = regressor.name();
    regressor.fit(samples, 7).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn predicted(fitted: &dyn Fitted, samples: &Samples) -> Vec<f64> {
    let mut into = vec![f64::NAN; samples.len()];
    fitted.predict(&samples.mixtures, &mut into);
    into
}

/// Runs at random mixtures, with the target that `f` gives them.
fn made(seed: u64, runs: usize, domains: usize, f: impl Fn(&[f64], &mut Random) -> f64) -> Samples {
    let mut random = Random(seed);
    let mut samples = Samples { domains, mixtures: Vec::new(), target: Vec::new() };
    for _ in 0..runs {
        let mixture = random.mixture(domains);
        samples.target.push(f(&mixture, &mut random));
        samples.mixtures.extend(mixture);
    }
    samples
}

/// The largest difference of two lists.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
