//! The JSON document `mixlaw.proxy/1`: entropies of domains, and mixtures that need no training.
//!
//! In: measured domains and what the user asks for. Out: a structure that serde writes and reads, and
//! from it a mixture document.

use serde::{Deserialize, Serialize};

use super::mixture::{Certificate, MIXTURE_SCHEMA, MixtureReport};
use super::ordered;
use crate::proxy::{Correction, Measured, Normalise, Pack};

/// The schema that this version writes.
pub const PROXY_SCHEMA: &str = "mixlaw.proxy/1";

/// The answer of `mixlaw proxy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProxyReport {
    /// `mixlaw.proxy/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// `bytes`, `words` or the name of a tokenizer file.
    pub tokens: String,
    /// Tokens of a sequence.
    pub sequence: usize,
    /// What a sequence is made of.
    pub pack: Pack,
    /// What is done about bias.
    pub correction: Correction,
    /// Groups of documents left out in turn for intervals; 0 where there are none.
    pub groups: u32,
    /// Resamples of these groups for intervals instead; 0 where there are none.
    #[serde(default)]
    pub bootstrap: usize,
    /// Which documents share a group.
    pub seed: u64,
    /// How documents become vectors, in words.
    pub vectors: String,
    /// How entropies become shares.
    pub normalise: Normalise,
    /// The domains in their order.
    pub domains: Vec<Measured>,
    /// The mixtures: a share a domain, in the order of the domains.
    #[serde(with = "ordered")]
    pub mixtures: Vec<(String, Vec<f64>)>,
    /// The one that was chosen.
    pub by: String,
    /// What it is, in words.
    pub goal: String,
    /// Its shares.
    #[serde(with = "ordered")]
    pub mixture: Vec<(String, f64)>,
    /// What to know before training on it.
    pub warnings: Vec<String>,
}

impl ProxyReport {
    /// Whether all text was counted.
    pub fn is_whole(&self) -> bool {
        self.domains.iter().all(|domain| domain.lost.is_none())
    }

    /// The chosen mixture as a document that `mixlaw export` and `mixlaw search --reference` read.
    pub fn mixture_report(&self) -> MixtureReport {
        let bytes: u64 = self.domains.iter().map(|domain| domain.bytes).sum();
        let source = format!("{bytes} bytes of text of {} domains", self.domains.len());
        MixtureReport {
            schema: MIXTURE_SCHEMA.into(),
            version: self.version.clone(),
            source,
            laws: Vec::new(),
            mixture: self.mixture.clone(),
            goal: self.goal.clone(),
            at: Vec::new(),
            objective: None,
            lower_bound: None,
            gap: None,
            certificate: Certificate::None,
            method: format!("proxy, tokens: {}, sequences of {}", self.tokens, self.sequence),
            evaluated: 0,
            kkt_residual: None,
            predicted: Vec::new(),
            reference: Vec::new(),
            compared: Vec::new(),
            binding: Vec::new(),
            valley: None,
            averaged: None,
            spread: None,
            candidates: Vec::new(),
            warnings: self.warnings.clone(),
        }
    }
}
