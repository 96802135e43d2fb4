//! Tables in memory, their fits, and draws of them.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use mixlaw::engine::Watch;
use mixlaw::engine::cpu::pass::Scratch;
use mixlaw::error::Result;
use mixlaw::fit::{Fit, fit, refit};
use mixlaw::law::{Changes, Model};
use mixlaw::plan::Plan;
use mixlaw::problem::{Assembled, Objective, Problem, assemble};
use mixlaw::report::draws::{Change, Draw, Draws, Held};
use mixlaw::report::honesty::HonestyReport;
use mixlaw::runs::{RoleSpec, Runs};
use mixlaw::study::honesty::{Case, FitHonesty, HonestyOptions, honesty};

use crate::support::{Random, engine, law, list, runs};

/// A table with a target `y`, some laws fitted to all of its rows, and draws.
pub(crate) struct Planted {
    pub(crate) runs: Runs,
    pub(crate) laws: Vec<(Assembled, Fit)>,
    pub(crate) draws: Vec<Draw>,
}

impl Planted {
    pub(crate) fn new(columns: &[(&str, Vec<f64>)], laws: &[&str], objective: Objective) -> Self {
        let columns = columns.iter().map(|(name, values)| ((*name).to_string(), values.clone()));
        let spec = RoleSpec { target: list(&["y"]), ..RoleSpec::default() };
        Planted::of(runs(columns.collect(), &spec), laws, objective)
    }

    pub(crate) fn of(runs: Runs, laws: &[&str], objective: Objective) -> Self {
        let mut all = Vec::new();
        for text in laws {
            let is_column = |name: &str| runs.inputs.contains_key(name);
            let model = Model::new(&law(text), &runs.domains, &is_column, &Changes::default())
                .unwrap_or_else(|error| panic!("{error}"));
            let keep = vec![true; runs.len()];
            let assembled = assemble(&runs, Arc::new(model), objective, &keep)
                .unwrap_or_else(|error| panic!("{error}"));
            let problems: Vec<Problem> = assembled.iter().map(|a| a.problem.clone()).collect();
            let fits = fit(engine(), &problems, &Plan::new(1, 64)).expect("fits");
            all.extend(assembled.into_iter().zip(fits));
        }
        Planted { runs, laws: all, draws: Vec::new() }
    }

    pub(crate) fn fit(&self) -> &Fit {
        &self.laws[0].1
    }

    pub(crate) fn cases(&self) -> Vec<Case<'_>> {
        let keep = vec![true; self.runs.len()];
        let case = |(assembled, fit)| Case::new(&self.runs, assembled, fit, "", &keep);
        self.laws.iter().map(|(assembled, fit)| case((assembled, fit))).collect()
    }

    /// Refits every law without the rows that are given as places, and keeps what it says of them.
    pub(crate) fn without(&mut self, change: &Change, rows: &[usize]) {
        for number in 0..self.laws.len() {
            let (assembled, fit) = &self.laws[number];
            let mut weights = vec![1.0; self.runs.len()];
            rows.iter().for_each(|&row| weights[row] = 0.0);
            let problem = Problem { weights: Some(Arc::new(weights)), ..assembled.problem.clone() };
            let end = refit(&problem, &fit.theta, &mut Scratch::default());
            let predictions = problem.predictions(&end.theta);
            let held = Held {
                rows: rows.iter().map(|&row| u64::from(self.runs.row_numbers[row])).collect(),
                predicted: rows.iter().map(|&row| Some(predictions[row])).collect(),
                observed: rows.iter().map(|&row| problem.target()[row]).collect(),
            };
            let mut draw = self.draw(number, change.clone(), end.objective);
            draw.status = end.state;
            draw.parameters = problem.forms.model.all_values(&end.theta);
            draw.held = Some(held);
            self.draws.push(draw);
        }
    }

    pub(crate) fn without_each_row(&mut self) {
        for row in 0..self.runs.len() {
            let number = u64::from(self.runs.row_numbers[row]);
            self.without(&Change::WithoutRow { row: number }, &[row]);
        }
    }

    /// A draw that says only what its objective is.
    pub(crate) fn draw(&self, law: usize, change: Change, objective: Option<f64>) -> Draw {
        let (assembled, fit) = &self.laws[law];
        Draw {
            unit: self.draws.len() as u64,
            law: assembled.problem.forms.model.law.name.clone(),
            target: "y".into(),
            group: String::new(),
            subset: String::new(),
            change,
            starts: 1,
            status: fit.state,
            objective,
            parameters: Vec::new(),
            audit: None,
            held: None,
        }
    }

    pub(crate) fn honest(&self) -> HonestyReport {
        self.try_honest(&HonestyOptions::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn first(&self) -> FitHonesty {
        self.honest().fits.remove(0)
    }

    pub(crate) fn try_honest(&self, options: &HonestyOptions) -> Result<HonestyReport> {
        let (file, watch) = (self.written(), Watch::new());
        let draws = Draws::open(&file.1).expect("draws");
        let some = (!self.draws.is_empty()).then_some(&draws);
        honesty(&self.runs, &self.cases(), some, options, &watch)
    }

    /// The draws in a file, which lasts as long as its folder.
    pub(crate) fn written(&self) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("draws.jsonl");
        let mut file = std::fs::File::create(&path).expect("a file");
        for draw in &self.draws {
            writeln!(file, "{}", serde_json::to_string(draw).expect("a line")).expect("a line");
        }
        (folder, path)
    }
}

/// `y = 2 + 3 x + noise` with x from 0 to 1.
pub(crate) fn line(rows: usize, noise: f64, seed: u64) -> Vec<(&'static str, Vec<f64>)> {
    let mut random = Random(seed);
    let x: Vec<f64> = (0..rows).map(|row| row as f64 / (rows - 1) as f64).collect();
    let y = x.iter().map(|x| 2.0 + 3.0 * x + noise * random.normal()).collect();
    vec![("x", x), ("y", y)]
}

/// Least squares of a straight line by hand.
pub(crate) struct Straight {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) residuals: Vec<f64>,
    /// Inverse of X'X: the entries aa, ab and bb.
    pub(crate) inverse: [f64; 3],
    pub(crate) leverages: Vec<f64>,
    pub(crate) squares: f64,
}

impl Straight {
    pub(crate) fn new(columns: &[(&str, Vec<f64>)]) -> Straight {
        let (x, y) = (&columns[0].1, &columns[1].1);
        let n = x.len() as f64;
        let sum = |f: &dyn Fn(usize) -> f64| (0..x.len()).map(f).sum::<f64>();
        let (sx, sxx) = (sum(&|i| x[i]), sum(&|i| x[i] * x[i]));
        let (sy, sxy) = (sum(&|i| y[i]), sum(&|i| x[i] * y[i]));
        let d = n * sxx - sx * sx;
        let (a, b) = ((sxx * sy - sx * sxy) / d, (n * sxy - sx * sy) / d);
        let inverse = [sxx / d, -sx / d, n / d];
        let residuals: Vec<f64> = (0..x.len()).map(|i| a + b * x[i] - y[i]).collect();
        let leverage = |x: &f64| inverse[0] + 2.0 * inverse[1] * x + inverse[2] * x * x;
        Straight {
            a,
            b,
            leverages: x.iter().map(leverage).collect(),
            squares: residuals.iter().map(|r| r * r).sum(),
            residuals,
            inverse,
        }
    }

    /// The residual variance.
    pub(crate) fn variance(&self) -> f64 {
        self.squares / (self.residuals.len() as f64 - 2.0)
    }

    /// Standard errors of a and b.
    pub(crate) fn errors(&self) -> [f64; 2] {
        [self.inverse[0], self.inverse[2]].map(|entry| (self.variance() * entry).sqrt())
    }
}
