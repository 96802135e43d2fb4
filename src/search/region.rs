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

/// Demands on which domains have a share at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    /// The least share of a domain unless it is exactly zero: its lower end.
    pub least: Vec<Demand>,
    /// The most domains that may have a share, and the user's words.
    pub most: Option<(usize, String)>,
}

/// The allowed part of the simplex.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Least share of each domain.
    pub low: Vec<f64>,
    /// Greatest share of each domain.
    pub high: Vec<f64>,
    /// Least share of each domain unless it is exactly zero; not below `low`.
    pub least: Vec<f64>,
    /// The most domains that may have a share.
    pub most: usize,
    /// Sums of shares.
    pub groups: Vec<Group>,
    /// What the bounds come from.
    pub demands: Vec<Demand>,
    /// What `least` and `most` come from.
    pub usage: Usage,
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
            least: Vec::new(),
            most: names.len(),
            groups: groups.to_vec(),
            demands: demands.to_vec(),
            usage: Usage::default(),
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
        region.least.clone_from(&region.low);
        Ok(region)
    }

    /// The part of it that meets demands on which domains are used.
    ///
    /// # Errors
    /// [`Error::Usage`] that names demands which contradict each other.
    pub fn using(mut self, usage: Usage) -> Result<Region> {
        for demand in &usage.least {
            let k = demand.domain;
            self.least[k] = self.least[k].max(demand.ends[0].unwrap_or(0.0));
        }
        self.usage = usage;
        for k in 0..self.low.len() {
            let words = || [self.binding(k, 0), self.binding(k, 1), self.used(k)].concat();
            match (self.low[k] > 0.0, self.least[k] > self.high[k] + ROUNDING) {
                (true, true) => return Err(contradiction(&words(), "none may be missed")),
                (true, false) => self.low[k] = self.least[k].min(self.high[k]),
                (false, true) => (self.high[k], self.least[k]) = (0.0, 0.0),
                (false, false) => self.least[k] = self.least[k].min(self.high[k]),
            }
        }
        self.check_sums()?;
        self.check_most()?;
        Ok(self)
    }

    /// Whether which domains are used is restricted.
    pub fn is_choosy(&self) -> bool {
        self.most < self.low.len() || self.least.iter().zip(&self.low).any(|(l, low)| l > low)
    }

    fn check_most(&mut self) -> Result<()> {
        let Some((most, words)) = &self.usage.most else { return Ok(()) };
        self.most = (*most).min(self.low.len());
        let needed: Vec<usize> = (0..self.low.len()).filter(|&k| self.low[k] > 0.0).collect();
        if needed.len() > self.most {
            let lows = needed.iter().take(self.most + 1).flat_map(|&k| self.binding(k, 0));
            let all: Vec<String> = lows.chain([words.clone()]).collect();
            return Err(contradiction(&all, "too many domains must have a share"));
        }
        let mut high: Vec<f64> = self.high.clone();
        high.sort_by(|a, b| b.total_cmp(a));
        let room: f64 = high.iter().take(self.most).sum();
        if room < 1.0 - ROUNDING {
            let highs = (0..self.low.len()).flat_map(|k| self.binding(k, 1));
            let all: Vec<String> = highs.chain([words.clone()]).collect();
            return Err(contradiction(&all, &format!("so many leave room for {room:.4} of 1")));
        }
        Ok(())
    }

    /// The words of the demand on a share that is not zero.
    pub fn used(&self, domain: usize) -> Vec<String> {
        let set = |demand: &&Demand| {
            demand.domain == domain && demand.ends[0] == Some(self.least[domain])
        };
        self.usage.least.iter().filter(set).take(1).map(|demand| demand.words.clone()).collect()
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
        let whole = (mixture.iter().sum::<f64>() - 1.0).abs() <= ROUNDING;
        let used = || mixture.iter().zip(&self.least).filter(|(x, _)| **x > ROUNDING);
        mixture.iter().zip(bounds).all(kept)
            && self.groups.iter().all(within)
            && whole
            && used().all(|(x, least)| *x >= least - ROUNDING)
            && used().count() <= self.most
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|k| format!("d{k}")).collect()
    }

    fn demand(domain: usize, low: Option<f64>, high: Option<f64>) -> Demand {
        Demand { domain, ends: [low, high], words: format!("demand on d{domain}") }
    }

    #[test]
    fn a_share_is_zero_or_large_enough() {
        let usage = Usage { least: vec![demand(1, Some(0.2), None)], most: None };
        let region =
            Region::new(&names(3), &[], &[]).and_then(|r| r.using(usage)).expect("allowed");
        assert!(region.is_choosy());
        assert!(region.holds(&[0.5, 0.0, 0.5]) && region.holds(&[0.5, 0.2, 0.3]));
        assert!(!region.holds(&[0.5, 0.1, 0.4]));
    }

    #[test]
    fn a_share_that_cannot_be_large_enough_is_zero() {
        let usage = Usage { least: vec![demand(0, Some(0.2), None)], most: None };
        let bounds = [demand(0, None, Some(0.1))];
        let region = Region::new(&names(2), &bounds, &[]).and_then(|r| r.using(usage));
        assert_eq!(region.expect("allowed").high[0], 0.0);
    }

    #[test]
    fn demands_on_the_number_of_domains_are_checked() {
        let most = |n| Usage { least: Vec::new(), most: Some((n, format!("at most {n}"))) };
        let lows = [0, 1, 2].map(|k| demand(k, Some(0.1), None));
        let region = Region::new(&names(4), &lows, &[]).expect("allowed");
        let why = region.clone().using(most(2)).expect_err("three are needed").to_string();
        assert!(why.contains("at most 2") && why.contains("demand on d2"), "{why}");
        assert!(!region.using(most(3)).expect("allowed").holds(&[0.25; 4]));
        let highs = [0, 1, 2, 3].map(|k| demand(k, None, Some(0.3)));
        let region = Region::new(&names(4), &highs, &[]).expect("allowed");
        assert!(region.using(most(3)).expect_err("0.9 of 1").to_string().contains("0.9000"));
    }
}
