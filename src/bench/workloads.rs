//! Planted tables to fit, the same on every machine.
//!
//! In: nothing. Out: problems with known truth and 1 % noise, and a surface.

use std::sync::Arc;

use crate::law::bind::Symbol;
use crate::law::{Changes, Law, Model, catalogue};
use crate::problem::{Forms, Loss, Objective, Problem, Residual, Sample, Surface};

/// A problem to fit from many starts.
#[derive(Debug)]
pub struct Workload {
    /// Law and shape.
    pub name: String,
    /// The problem.
    pub problem: Problem,
}

/// A generator of one seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Normal, of mean 0 and standard deviation 1 (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Shares that sum to 1, uniform on the simplex.
    fn mixture(&mut self, domains: usize) -> Vec<f64> {
        let raw: Vec<f64> = (0..domains).map(|_| -self.unit().ln()).collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|x| x / sum).collect()
    }
}

/// Steps and sizes of a made-up run.
fn input(name: &str, random: &mut Random) -> f64 {
    let [low, high] = match name {
        "N" => [1e7_f64, 1e10],
        "D" => [1e9, 1e12],
        _ => [1.0, 100.0],
    };
    random.between(low.ln(), high.ln()).exp()
}

fn model(law: &str, domains: usize) -> Option<Arc<Model>> {
    let law: Arc<Law> = Arc::new(catalogue::law(law).ok()?);
    let names: Vec<String> = (0..domains).map(|j| format!("w{j}")).collect();
    Model::new(&law, &names, &|_| false, &Changes::default()).ok().map(Arc::new)
}

fn workload(
    law: &str,
    planted: &dyn Fn(&mut Random) -> Vec<f64>,
    domains: usize,
    rows: usize,
    residual: Residual,
) -> Option<Workload> {
    let mut random = Random(20_261_123);
    let model = model(law, domains)?;
    let theta = planted(&mut random);
    let shares: Vec<Vec<f64>> = (0..rows).map(|_| random.mixture(domains.max(1))).collect();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for symbol in &model.symbols {
        columns.push(match symbol {
            Symbol::Share(domain) => shares.iter().map(|s| s[*domain]).collect(),
            Symbol::OwnShare => shares.iter().map(|s| s[0]).collect(),
            Symbol::Input(name) => (0..rows).map(|_| input(name, &mut random)).collect(),
            Symbol::Target => Vec::new(),
        });
    }
    let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let clean = model.predict(&theta, &views, 0..rows);
    columns.push(clean.iter().map(|f| f * (0.01 * random.normal()).exp()).collect());
    let parameters = model.parameters.len();
    let objective = Objective { residual, ..Objective::default() };
    let forms = Arc::new(Forms::new(model, objective));
    let sample = Arc::new(Sample::new(columns.into_iter().map(Arc::new).collect()));
    Some(Workload {
        name: format!("{law}, {parameters} parameters, {rows} rows"),
        problem: Problem::new(forms, sample, 0..rows, None),
    })
}

/// The fits that a bench runs: `chinchilla` with the constants that Hoffmann et al. 2022 print,
/// `bimix`, and `mixing-exp` over 17 domains.
pub fn workloads() -> Vec<Workload> {
    let hoffmann = |_: &mut Random| vec![1.69, 406.4, 0.34, 410.7, 0.28];
    let bimix = |_: &mut Random| vec![1.2, 1.5, 0.3, 0.1];
    [
        workload("chinchilla", &hoffmann, 0, 256, Residual::Log),
        workload("bimix", &bimix, 3, 256, Residual::Raw),
        mixtures(256),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `mixing-exp` over 17 domains.
pub(super) fn mixtures(rows: usize) -> Option<Workload> {
    let exponential = |random: &mut Random| {
        std::iter::once(2.0).chain((0..17).map(|_| random.between(-1.5, 1.0))).collect()
    };
    workload("mixing-exp", &exponential, 17, rows, Residual::Raw)
}

/// The `chinchilla` workload on 240 rows, with a Huber loss of the log residual as in Hoffmann et
/// al. 2022, and bootstrap resamples of its rows: the rows are there once, with many weights.
pub(super) fn resampled(resamples: usize) -> Option<Resampled> {
    const ROWS: usize = 240;
    let hoffmann = |_: &mut Random| vec![1.69, 406.4, 0.34, 410.7, 0.28];
    let work = workload("chinchilla", &hoffmann, 0, ROWS, Residual::Log)?;
    let loss = Loss::Huber { delta: 1e-3 };
    let model = Arc::clone(&work.problem.forms.model);
    let forms = Arc::new(Forms::new(model, Objective { residual: Residual::Log, loss }));
    let one = Problem { forms, ..work.problem };
    let mut random = Random(4242);
    let mut resample = || -> Problem {
        let mut weights = vec![0.0; ROWS];
        (0..ROWS).for_each(|_| weights[(random.unit() * ROWS as f64) as usize] += 1.0);
        Problem { weights: Some(Arc::new(weights)), ..one.clone() }
    };
    let problems = (0..resamples).map(|_| resample()).collect();
    Some(Resampled { full: one.clone(), problems })
}

/// A table and resamples of it.
pub(super) struct Resampled {
    pub(super) full: Problem,
    pub(super) problems: Vec<Problem>,
}

/// The surface of `mixing-exp` over seven domains, one parameter set, and points on the simplex.
///
/// # Panics
/// Never: the catalogue has the law.
pub(super) fn surface_work(points: usize) -> (Arc<Surface>, Vec<f64>, Vec<f64>) {
    const DOMAINS: usize = 7;
    let mut random = Random(7);
    let model = model("mixing-exp", DOMAINS).unwrap_or_else(|| unreachable!("a catalogue law"));
    let theta = std::iter::once(2.0).chain((0..DOMAINS).map(|_| random.between(-1.5, 1.0)));
    let theta = theta.collect();
    let surface =
        Surface::new(&model, None).unwrap_or_else(|_| unreachable!("it reads no own share"));
    let numbers = (0..points).flat_map(|_| random.mixture(DOMAINS)).collect();
    (Arc::new(surface), theta, numbers)
}
