//! Options that can be acted on.
//!
//! In: what the user asks for. Out: an error where it cannot be meant, and what decides the answer.

use std::path::PathBuf;

use super::count::GROUPS;
use super::source::Domain;
use super::tokens::Tokens;
use super::{Embedding, Options};
use crate::error::{Error, Result};
use crate::store::fingerprint;

/// Resamples that can be asked for.
const MOST: usize = 10_000;

impl Options {
    /// Everything that decides the answer.
    pub(super) fn deciding(&self) -> (Options, Option<String>) {
        let read = |path: &PathBuf| std::fs::read(path).unwrap_or_default();
        let tokenizer = match &self.tokens {
            Tokens::File(path) => Some(fingerprint(&String::from_utf8_lossy(&read(path)))),
            _ => None,
        };
        (Options { memory: 0, ..self.clone() }, tokenizer)
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self, domains: &[Domain]) -> Result<()> {
        let refuse = |wrong: bool, cause: String, remedy: &str| match wrong {
            true => Err(Error::usage(cause, remedy)),
            false => Ok(()),
        };
        refuse(
            self.groups > GROUPS,
            format!("--groups {} is above {GROUPS}", self.groups),
            "20 are usual; 0 for no intervals",
        )?;
        refuse(
            self.groups == 1,
            "--groups 1 leaves nothing when it is left out".into(),
            "give 2 or more, or 0 for no intervals",
        )?;
        refuse(
            self.bootstrap == 1 || self.bootstrap > MOST,
            format!("--bootstrap {} is not a number of resamples from 2 to {MOST}", self.bootstrap),
            "200 are usual; 0 leaves groups out instead",
        )?;
        refuse(
            self.bootstrap > 0 && self.groups == 0,
            "--bootstrap has no groups of documents to draw from with --groups 0".into(),
            "leave --groups away",
        )?;
        refuse(
            self.sequence < 2 || self.sequence > 1 << 30,
            format!("--sequence {} is not a number of tokens from 2 to 2^30", self.sequence),
            "1024 is the paper's",
        )?;
        if let Embedding::Matrices(paths) = &self.embedding
            && paths.len() != domains.len()
        {
            let cause = "there must be vectors for every domain or for none";
            return Err(Error::usage(cause, "give --embeddings for each domain"));
        }
        Ok(())
    }

    /// Refuses vectors whose matrices would not fit.
    pub(super) fn check_dimension(&self, dimension: usize) -> Result<()> {
        let matrices = dimension * dimension * size_of::<f64>() * self.groups.max(1) as usize;
        if dimension == 0 || matrices > self.memory {
            let cause = format!(
                "vectors of {dimension} numbers in {} groups take {} MiB",
                self.groups.max(1),
                matrices >> 20
            );
            return Err(Error::usage(cause, "give fewer --groups, or raise --memory"));
        }
        Ok(())
    }
}
