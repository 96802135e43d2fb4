//! RegMix's recipe on bootstrap resamples: forests grown on the rows drawn, stopped on the others.
//!
//! In: how many resamples. Out: a [`Row`], and what the forests are, to hold another library's against.

use rayon::prelude::*;
use serde::Deserialize;

use super::workloads::{Random, mixtures};
use super::{Agreement, Row, peak_memory, timed};
use crate::error::Result;
use crate::problem::Problem;
use crate::regress::trees::{Forest, Trees};
use crate::regress::{Fitted, Samples};

/// The workload of trees; ratios are of rows of one name.
pub(super) const TREES: &str = "trees, resamples";

/// Trees in vain before a forest is stopped, as in RegMix's script.
const ROUNDS: usize = 3;

/// What forests came to.
#[derive(Debug, Clone, Deserialize)]
pub struct Grown {
    /// The trees of each forest.
    pub trees: Vec<usize>,
    /// What the last forest predicts of each row of the table.
    pub predictions: Vec<f64>,
}

/// Planted runs and bootstrap draws of their rows.
pub(super) struct Drawn {
    pub(super) table: Problem,
    pub(super) draws: Vec<Vec<usize>>,
}

pub(super) fn drawn(resamples: usize) -> Option<Drawn> {
    let table = mixtures(512)?.problem;
    let rows = table.sample.target().len();
    let mut random = Random(4243);
    let mut draw = || (0..rows).map(|_| (random.unit() * rows as f64) as usize).collect();
    Some(Drawn { draws: (0..resamples).map(|_| draw()).collect(), table })
}

fn samples(table: &Problem) -> Samples {
    let target = table.sample.target();
    let shares = &table.sample.columns[..table.sample.columns.len() - 1];
    Samples {
        domains: shares.len(),
        mixtures: (0..target.len()).flat_map(|row| shares.iter().map(move |w| w[row])).collect(),
        target: target.to_vec(),
    }
}

/// Grows a forest on every resample of 512 planted runs of 17 domains.
///
/// # Errors
/// Those of the trees.
pub fn grown(resamples: usize) -> Result<Option<(Row, Grown)>> {
    let Some(work) = drawn(resamples) else { return Ok(None) };
    let samples = samples(&work.table);
    let grow = || work.draws.par_iter().map(|rows| forest(&samples, rows)).collect();
    let (seconds, cpu, forests): (_, _, Vec<Forest>) = timed(|| -> Result<_> { grow() })?;
    let mut predictions = vec![0.0; samples.len()];
    if let Some(last) = forests.last() {
        last.predict(&samples.mixtures, &mut predictions);
    }
    let trees = forests.iter().map(|forest| forest.trees().len()).collect();
    let row = Row {
        rows: samples.len(),
        peak_memory: peak_memory(),
        ..Row::new(TREES, "cpu", resamples, (seconds, cpu))
    };
    Ok(Some((row, Grown { trees, predictions })))
}

fn forest(samples: &Samples, drawn: &[usize]) -> Result<Forest> {
    let mut inside = vec![false; samples.len()];
    drawn.iter().for_each(|&row| inside[row] = true);
    let others: Vec<usize> = (0..samples.len()).filter(|&row| !inside[row]).collect();
    Trees::regmix().fit_with(&samples.some(drawn), &samples.some(&others), ROUNDS)
}

/// How far apart our forests and those of `engine` are: the largest relative difference of predictions, infinite where
/// a forest has another number of trees.
pub fn trees_agreement(engine: &str, ours: &Grown, theirs: &Grown) -> Agreement {
    let pairs = ours.predictions.iter().zip(&theirs.predictions);
    let difference = pairs.fold(0.0_f64, |most, (a, b)| most.max((a / b - 1.0).abs()));
    let same = ours.trees == theirs.trees && ours.predictions.len() == theirs.predictions.len();
    Agreement {
        workload: TREES.into(),
        engines: ["cpu".into(), engine.into()],
        difference: if same { difference } else { f64::INFINITY },
        gaps_before_polish: None,
    }
}
