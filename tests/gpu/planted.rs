//! Problems of every law: plausible columns, a target near what planted parameters predict.

use std::sync::Arc;

use mixlaw::law::model::{Changes, Model};
use mixlaw::law::{Law, catalogue};
use mixlaw::problem::{Forms, Objective, Problem, Sample};

use crate::support::Random;
use crate::support::planted::{columns, theta};

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
        let columns = columns(model, &theta, rows, random, &|r| (0.02 * r.normal()).exp());
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
