//! The observed mixtures themselves.
//!
//! In: samples. Out: at every mixture, the target of the nearest one observed. On an observed mixture
//! that is what was measured there, so that observed mixtures are ranked and nothing else is
//! claimed (the `search` regressor of olmix); off them it is the nearest neighbour, a number that
//! other regressors can be compared with, where NaN could not be scored. It jumps, and so it has
//! no formula: a search over anything but the observed mixtures would chase its jumps.

use super::{Fitted, Regressor, Samples};
use crate::error::Result;
use crate::law::graph::{Graph, Id};

/// Mixtures whose shares differ by less than this in all are one (as in the sampler of RegMix).
const SAME: f64 = 1e-5;

/// A regressor: the table of the observed mixtures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lookup;

impl Regressor for Lookup {
    fn name(&self) -> String {
        "lookup".into()
    }

    fn fit(&self, samples: &Samples, _seed: u64) -> Result<Box<dyn Fitted>> {
        samples.check()?;
        let mut observed: Vec<Observed> = Vec::new();
        for (mixture, target) in samples.rows().zip(&samples.target) {
            match observed.iter_mut().find(|one| apart(&one.mixture, mixture) < SAME) {
                Some(known) => known.add(*target),
                None => {
                    observed.push(Observed { mixture: mixture.to_vec(), mean: *target, runs: 1.0 });
                }
            }
        }
        Ok(Box::new(Table { observed }))
    }
}

/// A mixture, the mean target of its runs, and their number.
#[derive(Debug)]
struct Observed {
    mixture: Vec<f64>,
    mean: f64,
    runs: f64,
}

impl Observed {
    fn add(&mut self, target: f64) {
        self.runs += 1.0;
        self.mean += (target - self.mean) / self.runs;
    }
}

/// The different mixtures, in order of appearance.
#[derive(Debug)]
struct Table {
    observed: Vec<Observed>,
}

impl Fitted for Table {
    fn predict(&self, mixtures: &[f64], into: &mut [f64]) {
        let domains = mixtures.len() / into.len().max(1);
        for (mixture, value) in mixtures.chunks_exact(domains.max(1)).zip(into) {
            let away = |one: &&Observed| apart(&one.mixture, mixture);
            // Of equally near ones the earlier.
            let nearest = self.observed.iter().min_by(|a, b| away(a).total_cmp(&away(b)));
            *value = nearest.map_or(f64::NAN, |one| one.mean);
        }
    }

    fn formula(&self, _graph: &mut Graph) -> Option<Id> {
        None
    }
}

/// How much of the mixture is moved, twice: the sum of absolute differences.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum()
}
