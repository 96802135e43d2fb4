//! Which mixtures are allowed.
//!
//! In: bounds on shares. Out: a [`Region`] of the simplex, or the smallest set
//! of demands that contradict each other.

use crate::error::{Error, Result};

/// Sums of shares that are off by less than this are what they should be: bounds come from
/// decimals and quotients.
pub const ROUNDING: f64 = 1e-9;

/// A demand on one share, as the user put it.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// The domain.
    pub domain: usize,
    /// Least and greatest share, where it says so.
    pub ends: [Option<f64>; 2],
    /// The user's words.
    pub words: String,
}

/// A demand on the sum of some shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The domains.
    pub domains: Vec<usize>,
    /// Least and greatest sum, where it says so.
    pub ends: [Option<f64>; 2],
    /// The user's words.
    pub words: String,
}

impl Group {
    /// The sum of its shares.
    pub fn sum(&self, mixture: &[f64]) -> f64 {
        self.domains.iter().map(|&k| mixture[k]).sum()
    }
}

/// The allowed part of the simplex.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Least share of each domain.
    pub low: Vec<f64>,
    /// Greatest share of each domain.
    pub high: Vec<f64>,
    /// Sums of shares.
    pub groups: Vec<Group>,
    /// What the bounds come from.
    pub demands: Vec<Demand>,
}

impl Region {
    /// The part of the simplex over `names` that meets all demands.
    ///
    /// # Errors
    /// [`Error::Usage`] that names a smallest set of contradicting demands on single shares.
    pub fn new(names: &[String], demands: &[Demand], groups: &[Group]) -> Result<Region> {
        let mut region = Region {
            low: vec![0.0; names.len()],
            high: vec![1.0; names.len()],
            groups: groups.to_vec(),
            demands: demands.to_vec(),
        };
        for demand in demands {
            let k = demand.domain;
            region.low[k] = demand.ends[0].map_or(region.low[k], |low| region.low[k].max(low));
            region.high[k] = demand.ends[1].map_or(region.high[k], |high| region.high[k].min(high));
        }
        for (k, name) in names.iter().enumerate() {
            if region.low[k] > region.high[k] + ROUNDING {
                let both = [region.binding(k, 0), region.binding(k, 1)].concat();
                return Err(contradiction(&both, &format!("{name} cannot meet both")));
            }
            region.high[k] = region.high[k].max(region.low[k]);
        }
        region.check_sums()?;
        Ok(region)
    }

    /// Whether a mixture is allowed, up to rounding.
    pub fn holds(&self, mixture: &[f64]) -> bool {
        let bounds = self.low.iter().zip(&self.high);
        let kept =
            |(x, (low, high)): (&f64, (&f64, &f64))| *x >= low - ROUNDING && *x <= high + ROUNDING;
        let within = |group: &Group| {
            let sum = group.sum(mixture);
            group.ends[0].is_none_or(|low| sum >= low - ROUNDING)
                && group.ends[1].is_none_or(|high| sum <= high + ROUNDING)
        };
        mixture.iter().zip(bounds).all(kept) && self.groups.iter().all(within)
    }

    /// The words of the demands that set one end of a share's range.
    pub fn binding(&self, domain: usize, end: usize) -> Vec<String> {
        let at = if end == 0 { self.low[domain] } else { self.high[domain] };
        let set = |demand: &&Demand| demand.domain == domain && demand.ends[end] == Some(at);
        self.demands.iter().filter(set).take(1).map(|demand| demand.words.clone()).collect()
    }

    /// The sums of the bounds must leave room for 1. The largest demands that together are too
    /// much are a smallest such set.
    fn check_sums(&self) -> Result<()> {
        let mut order: Vec<usize> = (0..self.low.len()).collect();
        if self.low.iter().sum::<f64>() > 1.0 + ROUNDING {
            order.sort_by(|&a, &b| self.low[b].total_cmp(&self.low[a]));
            let mut sum = 0.0;
            let short = |k: &usize| {
                let before = sum;
                sum += self.low[*k];
                before <= 1.0 + ROUNDING
            };
            let few: Vec<usize> = order.into_iter().take_while(short).collect();
            let words: Vec<String> = few.iter().flat_map(|&k| self.binding(k, 0)).collect();
            let total: f64 = few.iter().map(|&k| self.low[k]).sum();
            return Err(contradiction(&words, &format!("together they ask for {total:.4} of 1")));
        }
        let most: f64 = self.high.iter().sum();
        if most < 1.0 - ROUNDING {
            let words: Vec<String> = order.into_iter().flat_map(|k| self.binding(k, 1)).collect();
            return Err(contradiction(
                &words,
                &format!("together they leave room for {most:.4} of 1"),
            ));
        }
        Ok(())
    }
}

pub(super) fn contradiction(words: &[String], why: &str) -> Error {
    Error::usage(
        format!("no mixture meets these demands: {}; {why}", words.join(", ")),
        "loosen one of them",
    )
}

/// The point of the box nearest to the middle of each range whose shares sum to 1: strictly inside
/// wherever the box has an inside.
pub fn middle(low: &[f64], high: &[f64]) -> Vec<f64> {
    let (least, most): (f64, f64) = (low.iter().sum(), high.iter().sum());
    let part = if most > least { ((1.0 - least) / (most - least)).clamp(0.0, 1.0) } else { 0.0 };
    low.iter().zip(high).map(|(l, h)| l + part * (h - l)).collect()
}

/// The vertex of the box on the simplex that minimises a linear function: the cheapest shares are
/// filled first.
pub fn cheapest(slopes: &[f64], low: &[f64], high: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..slopes.len()).collect();
    order.sort_by(|&a, &b| slopes[a].total_cmp(&slopes[b]));
    let mut left = 1.0 - low.iter().sum::<f64>();
    let mut vertex = low.to_vec();
    for k in order {
        let more = (high[k] - low[k]).min(left).max(0.0);
        vertex[k] += more;
        left -= more;
    }
    vertex
}
