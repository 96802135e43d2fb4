//! A sweep in the library: a table, its fit, and refits of it with case resamples and with rows left out.

use std::sync::Arc;

use mixlaw::engine::cpu::pass::Scratch;
use mixlaw::fit::refit;
use mixlaw::problem::{Problem, assemble};
use mixlaw::report::draws::{Change, Draw, Held};
use mixlaw::report::{EngineInfo, FitReport};
use mixlaw::runs::{RoleSpec, Runs};
use mixlaw::study::{Options, Outcome};

use crate::support::{Random, outcomes};

/// Which refits to make.
#[derive(Clone, Copy, Default)]
pub(crate) struct Kinds {
    pub(crate) resamples: u64,
    pub(crate) rows: bool,
    pub(crate) mixtures: bool,
}

/// A fit and its refits.
pub(crate) struct Sweep {
    pub(crate) fit: FitReport,
    pub(crate) draws: Vec<Draw>,
}

/// Weights of all rows, what they stand for, and the rows without weight that count as left out.
type Job = (Change, Vec<f64>, Vec<usize>);

impl Sweep {
    /// All rows of the table take part, in one group.
    pub(crate) fn new(
        runs: &Runs,
        roles: &RoleSpec,
        law: &str,
        options: &Options,
        kinds: Kinds,
    ) -> Sweep {
        let outcomes = outcomes(runs, law, options);
        let engine =
            EngineInfo { name: "cpu".into(), description: "test".into(), notes: Vec::new() };
        let fit = FitReport::new(runs, roles, &outcomes, options.objective, 0, engine);
        let keep = vec![true; runs.len()];
        let model = Arc::clone(&outcomes[0].model);
        let problems = assemble(runs, model, options.objective, &keep).expect("problems");
        let mut scratch = Scratch::default();
        let mut draws = Vec::new();
        for (change, weights, left) in jobs(runs, kinds) {
            let weights = Arc::new(weights);
            for (outcome, assembled) in outcomes.iter().zip(&problems) {
                let weights = Some(Arc::clone(&weights));
                let problem = Problem { weights, ..assembled.problem.clone() };
                draws.push(one(outcome, &problem, &change, &left, runs, &mut scratch));
            }
        }
        (0..).zip(&mut draws).for_each(|(unit, draw)| draw.unit = unit);
        Sweep { fit, draws }
    }
}

fn one(
    outcome: &Outcome,
    problem: &Problem,
    change: &Change,
    left: &[usize],
    runs: &Runs,
    scratch: &mut Scratch,
) -> Draw {
    let again = refit(problem, &outcome.fit.theta, scratch);
    let predicted = problem.predictions(&again.theta);
    let held = Held {
        rows: left.iter().map(|&row| u64::from(runs.row_numbers[row])).collect(),
        predicted: left.iter().map(|&row| Some(predicted[row])).collect(),
        observed: left.iter().map(|&row| problem.target()[row]).collect(),
    };
    Draw {
        unit: 0,
        law: outcome.model.law.name.clone(),
        target: runs.targets[outcome.target].column.clone(),
        group: String::new(),
        subset: String::new(),
        change: change.clone(),
        starts: 1,
        status: again.state,
        objective: again.objective,
        parameters: outcome.model.all_values(&again.theta),
        audit: None,
        held: (!left.is_empty()).then_some(held),
    }
}

fn jobs(runs: &Runs, kinds: Kinds) -> Vec<Job> {
    let count = runs.len();
    let mut jobs: Vec<Job> = Vec::new();
    let mut random = Random(99);
    for number in 0..kinds.resamples {
        let mut weights = vec![0.0; count];
        (0..count).for_each(|_| weights[(random.unit() * count as f64) as usize] += 1.0);
        jobs.push((Change::Resample { number }, weights, Vec::new()));
    }
    let number = |row: usize| u64::from(runs.row_numbers[row]);
    let without = |change, left: Vec<usize>| {
        let mut weights = vec![1.0; count];
        left.iter().for_each(|&row| weights[row] = 0.0);
        (change, weights, left)
    };
    if kinds.rows {
        let each =
            (0..count).map(|row| without(Change::WithoutRow { row: number(row) }, vec![row]));
        jobs.extend(each);
    }
    if kinds.mixtures {
        let same = |a: usize, b: usize| runs.mixture.iter().all(|c| c[a] == c[b]);
        let first = (0..count).filter(|&row| (0..row).all(|other| !same(other, row)));
        jobs.extend(first.map(|row| {
            let left = (0..count).filter(|&other| same(other, row)).collect();
            without(Change::WithoutMixture { row: number(row) }, left)
        }));
    }
    jobs
}
