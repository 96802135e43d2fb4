//! The JSON document `mixlaw.design/1`: the runs to train, and where they come from.
//!
//! In: a [`Swarm`]. Out: a structure that serde writes.

use serde::Serialize;

use super::collect::Counts;
use super::duplicates::Norm;
use super::gain::Gain;
use super::grid::Grid;
use super::next::Inputs;
use crate::report::ordered;

/// The schema that this version writes.
pub const DESIGN_SCHEMA: &str = "mixlaw.design/1";

/// With more runs than this, the nearest two are not looked for.
const MOST_COMPARED: usize = 5_000;

/// The answer of `mixlaw design`.
#[derive(Debug, Clone, Serialize)]
pub struct DesignReport {
    /// `mixlaw.design/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The fit document, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The method and its settings, in words.
    pub method: String,
    /// Seed of all draws.
    pub seed: u64,
    /// All domains, in order.
    pub domains: Vec<String>,
    /// Virtual domains: for each its domains and their proportions.
    #[serde(with = "ordered", skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<(String, Vec<(String, f64)>)>,
    /// Runs that were there already.
    pub existing: usize,
    /// The runs.
    pub runs: Vec<DesignRun>,
    /// Where the draws went.
    pub draws: Counts,
    /// Least and greatest share of each domain.
    #[serde(with = "ordered")]
    pub ranges: Vec<(String, [f64; 2])>,
    /// Domains with a share, in the mean of the runs.
    pub mean_used: f64,
    /// The least sum of differences between two runs; `null` for one run, and for more than 5,000.
    pub nearest: Option<f64>,
    /// The same between a run and one that was there already.
    pub nearest_existing: Option<f64>,
    /// What the runs bring, where a law chose them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<Gain>,
    /// What all runs cost, where a cost was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// What to know before training them.
    pub warnings: Vec<String>,
}

/// A run to train.
#[derive(Debug, Clone, Serialize)]
pub struct DesignRun {
    /// Its number, from 1.
    pub run: usize,
    /// Its other inputs.
    #[serde(with = "ordered", skip_serializing_if = "Vec::is_empty")]
    pub inputs: Inputs,
    /// Its cost, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// A share a domain, in the order of `domains`.
    pub shares: Vec<f64>,
}

/// Runs in whole steps.
#[derive(Debug, Clone)]
pub struct Swarm {
    /// Their steps.
    pub grid: Grid,
    /// All domains.
    pub domains: Vec<String>,
    /// A mixture a run.
    pub rows: Vec<Vec<u64>>,
    /// Other inputs of each run.
    pub inputs: Vec<Inputs>,
    /// The cost of each run, where there are costs.
    pub costs: Option<Vec<f64>>,
}

impl Swarm {
    /// The document, with the parts that only the caller knows left empty.
    pub fn report(&self, existing: &[Vec<f64>]) -> DesignReport {
        let shares: Vec<Vec<f64>> = self.rows.iter().map(|row| self.grid.shares(row)).collect();
        let run = |(number, shares): (usize, &Vec<f64>)| DesignRun {
            run: number + 1,
            inputs: self.inputs.get(number).cloned().unwrap_or_default(),
            cost: self.costs.as_ref().map(|costs| costs[number]),
            shares: shares.clone(),
        };
        DesignReport {
            schema: DESIGN_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            source: None,
            method: String::new(),
            seed: 0,
            domains: self.domains.clone(),
            frozen: Vec::new(),
            existing: existing.len(),
            runs: shares.iter().enumerate().map(run).collect(),
            draws: Counts::default(),
            ranges: self.domains.iter().cloned().zip(ranges(&shares, self.domains.len())).collect(),
            mean_used: mean_used(&self.rows),
            nearest: nearest(&shares),
            nearest_existing: nearest_existing(&shares, existing),
            gain: None,
            cost: self.costs.as_ref().map(|costs| costs.iter().sum()),
            warnings: Vec::new(),
        }
    }
}

fn ranges(shares: &[Vec<f64>], domains: usize) -> Vec<[f64; 2]> {
    let range = |k: usize| {
        shares.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], mixture| {
            [low.min(mixture[k]), high.max(mixture[k])]
        })
    };
    (0..domains).map(range).collect()
}

#[allow(clippy::cast_precision_loss, reason = "counts of domains and runs")]
fn mean_used(rows: &[Vec<u64>]) -> f64 {
    let used = rows.iter().flatten().filter(|units| **units > 0).count();
    used as f64 / rows.len().max(1) as f64
}

fn least(distances: impl Iterator<Item = f64>) -> Option<f64> {
    distances.min_by(f64::total_cmp)
}

fn nearest(shares: &[Vec<f64>]) -> Option<f64> {
    let compared = (0..shares.len()).filter(|_| shares.len() <= MOST_COMPARED);
    let to_others =
        |i: usize| shares[..i].iter().map(move |other| Norm::Sum.distance(other, &shares[i]));
    least(compared.flat_map(to_others))
}

fn nearest_existing(shares: &[Vec<f64>], existing: &[Vec<f64>]) -> Option<f64> {
    let few = shares.len() * existing.len() <= MOST_COMPARED * MOST_COMPARED;
    let compared = shares.iter().filter(|_| few);
    least(compared.flat_map(|a| existing.iter().map(|b| Norm::Sum.distance(a, b))))
}
