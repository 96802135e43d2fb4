//! Plausible columns and parameters for any law.

use std::sync::Arc;

use mixlaw::law::bind::Symbol;
use mixlaw::law::model::{Model, Parameter};

use super::Random;

/// Parameters from the middle of their ranges of starts, where no term is lost in rounding.
pub(crate) fn theta(model: &Model, random: &mut Random) -> Vec<f64> {
    let middle = |low: f64, high: f64| [0.7 * low + 0.3 * high, 0.3 * low + 0.7 * high];
    let draw = |p: &Parameter| {
        let [low, high] = p.start.unwrap_or([-1.0, 1.0]);
        if p.positive {
            let [low, high] = middle(low.max(1e-6).ln(), high.ln());
            random.between(low, high).exp()
        } else {
            let [low, high] = middle(low, high);
            random.between(low, high)
        }
    };
    model.parameters.iter().map(draw).collect()
}

/// Columns of plausible size for a law's symbols; the target is each prediction times `noise`.
pub(crate) fn columns(
    model: &Model,
    theta: &[f64],
    rows: usize,
    random: &mut Random,
    noise: &dyn Fn(&mut Random) -> f64,
) -> Vec<Arc<Vec<f64>>> {
    let shares: Vec<Vec<f64>> = (0..rows).map(|_| random.mixture(model.domains.len())).collect();
    let mut columns: Vec<Vec<f64>> = model
        .symbols
        .iter()
        .map(|symbol| match symbol {
            Symbol::Share(domain) => shares.iter().map(|s| s[*domain]).collect(),
            Symbol::OwnShare => shares.iter().map(|s| s[0]).collect(),
            Symbol::Input(name) => (0..rows).map(|_| input(name, random)).collect(),
            Symbol::Target => Vec::new(),
        })
        .collect();
    let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let predicted = model.predict(theta, &views, 0..rows);
    columns.push(predicted.iter().map(|f| f * noise(random)).collect());
    columns.into_iter().map(Arc::new).collect()
}

fn input(name: &str, random: &mut Random) -> f64 {
    match name {
        "N" => random.log_between(1e7, 1e10),
        "D" => random.log_between(1e9, 1e12),
        "s" | "T" => random.log_between(1.0, 200.0),
        "S2pt" | "S2cpt" => random.log_between(0.01, 0.5),
        _ => random.log_between(0.5, 20.0),
    }
}
