//! The tokens that there are of each domain.
//!
//! In: a file of token counts, a budget, allowed repetitions. Out: the most that each share
//! may be, and the natural mixture.

use std::path::Path;

use super::Demand;
use crate::error::Result;
use crate::export::Counts;

/// Tokens of each domain, in the order of the fit; `None` where the file does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct Supply {
    tokens: Vec<Option<f64>>,
}

impl Supply {
    /// Reads a map of domains to token counts, in JSON or TOML.
    ///
    /// # Errors
    /// [`crate::error::Error::Input`] for a file that is no such map, for unknown domains and for
    /// counts that are no counts.
    pub fn read(path: &Path, domains: &[String]) -> Result<Supply> {
        let counts = Counts::read_with_zeros(path, domains)?;
        Ok(Supply { tokens: counts.all(domains) })
    }

    /// Tokens of each domain, in the order of the fit; `None` where the file does not say.
    pub fn tokens(&self) -> &[Option<f64>] {
        &self.tokens
    }

    /// Shares in proportion to the tokens, where all are known.
    pub fn natural(&self) -> Option<Vec<f64>> {
        let tokens = self.tokens.iter().copied().collect::<Option<Vec<f64>>>()?;
        let all: f64 = tokens.iter().sum();
        (all > 0.0).then(|| tokens.iter().map(|count| count / all).collect())
    }

    /// No domain may be repeated more than `repeat` times in a run of `budget` tokens.
    pub fn demands(&self, domains: &[String], budget: f64, repeat: f64) -> Vec<Demand> {
        let one = |(k, tokens): (usize, &Option<f64>)| {
            let most = (*tokens)? * repeat / budget;
            let words = format!("supply of {} ({most:.4} at {repeat} epochs)", domains[k]);
            (most < 1.0).then_some(Demand { domain: k, ends: [None, Some(most)], words })
        };
        self.tokens.iter().enumerate().filter_map(one).collect()
    }
}
