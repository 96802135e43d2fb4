//! Problems of every law: plausible columns, a target near what planted parameters predict.

use std::sync::Arc;

use mixlaw::law::bind::Symbol;
use mixlaw::law::model::{Changes, Model};
use mixlaw::law::{Law, catalogue};
use mixlaw::problem::{Forms, Objective, Problem, Sample};

use crate::support::Random;

/// Every law of the catalogue.
pub(crate) fn laws() -> Vec<Arc<Law>> {
    let laws = catalogue::laws().unwrap_or_else(|error| panic!("{error}"));
    laws.into_iter().map(Arc::new).collect()
}

/// A law over some domains.
pub(crate) fn model(law: &Arc<Law>, domains: usize) -> Arc<Model> {
    let names: Vec<String> = (0..domains).map(|j| format!("w{j}")).collect();
    let model = Model::new(law, &names, &|_| false, &Changes::default());
    Arc::new(model.unwrap_or_else(|error| panic!("{}: {error}", law.name)))
}

/// A problem whose target is within a few percent of planted parameters' predictions; `weighted`
/// gives it row weights with zeros among them.
pub(crate) fn problem(
    model: &Arc<Model>,
    objective: Objective,
    rows: usize,
    weighted: bool,
    random: &mut Random,
) -> Problem {
    problem_of(&Arc::new(Forms::new(Arc::clone(model), objective)), rows, weighted, random)
}

/// Problems of one law, each with a table of its own.
pub(crate) fn problems(
    model: &Arc<Model>,
    objective: Objective,
    rows: usize,
    count: usize,
    random: &mut Random,
) -> Vec<Problem> {
    let forms = Arc::new(Forms::new(Arc::clone(model), objective));
    (0..count).map(|_| problem_of(&forms, rows, false, random)).collect()
}

fn problem_of(forms: &Arc<Forms>, rows: usize, weighted: bool, random: &mut Random) -> Problem {
    let model = &forms.model;
    for _ in 0..2000 {
        let theta = theta(model, random);
        let columns = columns(model, &theta, rows, random);
        if columns.last().is_some_and(|target| target.iter().all(|y| *y > 0.0 && y.is_finite())) {
            let weights = (0..rows).map(|_| f64::from((random.unit() * 4.0) as u8)).collect();
            let weights = weighted.then(|| Arc::new(weights));
            return Problem::new(
                Arc::clone(forms),
                Arc::new(Sample::new(columns)),
                0..rows,
                weights,
            );
        }
    }
    panic!("{}: no usable random point", model.law.name)
}

/// Parameters from the middle of their ranges of starts.
fn theta(model: &Model, random: &mut Random) -> Vec<f64> {
    let middle = |[low, high]: [f64; 2]| [0.7 * low + 0.3 * high, 0.3 * low + 0.7 * high];
    let draw = |p: &mixlaw::law::Parameter, random: &mut Random| {
        let [low, high] = p.start.unwrap_or([-1.0, 1.0]);
        if p.positive {
            let [low, high] = middle([low.max(1e-6).ln(), high.ln()]);
            random.between(low, high).exp()
        } else {
            let [low, high] = middle([low, high]);
            random.between(low, high)
        }
    };
    model.parameters.iter().map(|p| draw(p, random)).collect()
}

fn columns(model: &Model, theta: &[f64], rows: usize, random: &mut Random) -> Vec<Arc<Vec<f64>>> {
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
    columns.push(predicted.iter().map(|f| f * (0.02 * random.normal()).exp()).collect());
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
