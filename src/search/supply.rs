//! The tokens that there are of each domain.
//!
//! In: a JSON file of token counts, a budget, allowed repetitions. Out: the most that each share
//! may be, and the natural mixture.

use std::path::Path;

use serde_json::Value;

use super::Demand;
use crate::error::{Error, Place, Result};

/// Tokens of each domain, in the order of the fit; `None` where the file does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct Supply {
    tokens: Vec<Option<f64>>,
}

impl Supply {
    /// Reads an object of token counts by domain.
    ///
    /// # Errors
    /// [`Error::Input`] for a file that is no such object, for unknown domains and for counts that
    /// are no counts.
    pub fn read(path: &Path, domains: &[String]) -> Result<Supply> {
        let wrong = |cause: String, remedy: &str| Error::input(Place::file(path), cause, remedy);
        let example =
            "write a JSON object of token counts, such as {\"web\": 1.2e12, \"code\": 3e11}";
        let text = std::fs::read_to_string(path)
            .map_err(|e| wrong(format!("cannot read the supply: {e}"), "check the path"))?;
        let pairs: Pairs = serde_json::from_str(&text)
            .map_err(|e| wrong(format!("this is no supply: {e}"), example))?;
        let mut tokens = vec![None; domains.len()];
        for (name, value) in pairs.0 {
            let Some(k) = domains.iter().position(|domain| *domain == name) else {
                let known = format!("the fit's domains are {}", domains.join(", "));
                return Err(wrong(format!("the fit has no domain `{name}`"), &known));
            };
            let count = value.as_f64().filter(|count| *count >= 0.0 && count.is_finite());
            let Some(count) = count else {
                return Err(wrong(format!("`{name}` has {value}, which is no count"), example));
            };
            if tokens[k].replace(count).is_some() {
                return Err(wrong(format!("`{name}` is there twice"), "leave one away"));
            }
        }
        Ok(Supply { tokens })
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

/// The members of an object in order, the same name twice included.
struct Pairs(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        crate::report::ordered::deserialize(deserializer).map(Pairs)
    }
}
