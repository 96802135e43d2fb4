//! What is known of a domain when it is counted.
//!
//! In: its counts and the products of its vectors. Out: entropies with their intervals, how large
//! the sample is, and what to beware of.

use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Options;
use super::bootstrap::Resamples;
use super::count::{Counts, Entry, Merged, PARTS};
use super::entropy::{Entropies, Of, Tally};
use super::gram::{Gram, Vectors, normalise};
use super::jackknife::{Estimate, group};
use super::losses::Losses;
use super::npy::Matrix;
use super::prepare::Met;
use super::source::Domain;
use crate::error::{Error, Place, Result};

/// The unseen mass of pairs above which a warning says that their entropy is too low.
const UNSEEN: f64 = 0.05;

/// Rows of a matrix read at a time.
const ROWS: u64 = 1024;

/// A domain in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Files read.
    pub files: u64,
    /// Documents, empty ones too.
    pub documents: u64,
    /// Documents without a character.
    pub empty: u64,
    /// Documents with broken UTF-8.
    pub repaired: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// Tokens.
    pub tokens: u64,
    /// Pairs of neighbours within sequences.
    pub pairs: u64,
    /// First tokens of pairs that differ.
    pub distinct_tokens: u64,
    /// Pairs that differ.
    pub distinct_pairs: u64,
    /// Pairs that are there once.
    pub single_pairs: u64,
    /// The probability of pairs that the sample lacks, by Good and Turing.
    pub unseen: f64,
    /// Entropy of first tokens.
    pub se: Estimate,
    /// Entropy of a token given the one before.
    pub ce: Estimate,
    /// Entropy of pairs.
    pub je: Estimate,
    /// Von Neumann entropy of documents.
    pub vne: Option<Estimate>,
    /// Documents that it is of.
    pub vectors: u64,
    /// What is not in the counts.
    pub lost: Losses,
    /// What to know before these are used.
    pub warnings: Vec<String>,
}

/// A domain that is read to its end.
pub(super) struct Judged<'a> {
    pub(super) domain: &'a Domain,
    pub(super) options: &'a Options,
    pub(super) met: Met,
    pub(super) losses: Losses,
    pub(super) gram: Option<Gram>,
}

impl Judged<'_> {
    pub(super) fn measure(self, counts: Counts) -> Result<Measured> {
        let resamples = self.resamples();
        let tally = tally(counts, &resamples)?;
        let none = || {
            let cause = format!("the domain `{}` has no two tokens in a row", self.domain.name);
            let remedy = "give more text, or longer sequences";
            Error::input(Place::file(&self.domain.files[0]), cause, remedy)
        };
        let whole = tally.entropies(Of::All, self.options.correction).ok_or_else(none)?;
        let parts = self.parts(&tally, &resamples);
        let estimate = |read: fn(&Entropies) -> f64| {
            self.estimate(read(&whole), parts.iter().map(read).collect())
        };
        let met = &self.met;
        Ok(Measured {
            name: self.domain.name.clone(),
            files: self.domain.files.len() as u64,
            documents: met.documents,
            empty: met.empty,
            repaired: met.repaired,
            bytes: met.bytes,
            tokens: met.tokens,
            pairs: tally.pairs.count,
            distinct_tokens: tally.firsts.distinct,
            distinct_pairs: tally.pairs.distinct,
            single_pairs: tally.pairs.single,
            unseen: tally.unseen(),
            se: estimate(|e| e.se),
            ce: estimate(|e| e.ce),
            je: estimate(|e| e.je),
            vne: self.vne(&resamples),
            vectors: self.gram.as_ref().map_or(0, |gram| gram.documents.iter().sum()),
            warnings: self.warnings(&tally),
            lost: self.losses,
        })
    }

    /// The resamples that are asked for; none with fewer than two documents to draw from.
    fn resamples(&self) -> Resamples {
        let documents = self.met.documents - self.met.empty;
        let count = if documents < 2 { 0 } else { self.options.bootstrap };
        Resamples::draw(self.options.seed, self.options.groups, count)
    }

    /// An estimate with an interval from those of parts: of resamples where these are asked for.
    fn estimate(&self, whole: f64, parts: Vec<f64>) -> Estimate {
        match self.options.bootstrap {
            0 => Estimate::new(whole, &parts),
            _ => Estimate::from_draws(whole, parts),
        }
    }

    /// Entropies of the resamples, or with each group left out; none where there are no groups. A resample
    /// of groups without text is left out.
    fn parts(&self, tally: &Tally, resamples: &Resamples) -> Vec<Entropies> {
        let entropies = |of| tally.entropies(of, self.options.correction);
        match (self.options.groups, self.options.bootstrap) {
            (0 | 1, _) => Vec::new(),
            (_, 0) => {
                let without = tally.groups().map(Of::Without);
                without.map(entropies).collect::<Option<_>>().unwrap_or_default()
            }
            _ => (0..resamples.weights.len()).map(Of::Resample).filter_map(entropies).collect(),
        }
    }

    fn vne(&self, resamples: &Resamples) -> Option<Estimate> {
        let gram = self.gram.as_ref()?;
        let whole = gram.entropy(|_| 1)?;
        let without = |group: &usize| gram.entropy(|other| u32::from(other != *group));
        let parts: Vec<f64> = match (self.options.groups, self.options.bootstrap) {
            (0 | 1, _) => Vec::new(),
            (_, 0) => {
                let groups: Vec<usize> = gram.groups().collect();
                groups.par_iter().map(without).collect::<Option<_>>().unwrap_or_default()
            }
            _ => {
                let weights = resamples.weights.par_iter();
                weights.filter_map(|weights| gram.entropy(|group| weights[group])).collect()
            }
        };
        Some(self.estimate(whole, parts))
    }

    fn warnings(&self, tally: &Tally) -> Vec<String> {
        let (name, mut said) = (&self.domain.name, Vec::new());
        let unseen = tally.unseen();
        if unseen > UNSEEN {
            said.push(format!(
                "{name}: the sample is too small for pairs: {:.1} % of the text to come are pairs \
                 that it lacks, so CE and JE are too low",
                100.0 * unseen
            ));
        }
        if unseen > UNSEEN && self.options.bootstrap > 0 {
            said.push(format!(
                "{name}: intervals of CE and JE from resamples are too wide: how much a resample is too                  low hangs on how many different groups it has; --bootstrap 0 has no such trouble"
            ));
        }
        if self.met.documents - self.met.empty < 2 {
            said.push(format!(
                "{name}: there are fewer than two documents, so there is no interval, and VNE says \
                 nothing"
            ));
        }
        if self.met.repaired > 0 {
            said.push(format!(
                "{name}: broken UTF-8 in {} of {} documents is replaced by U+FFFD",
                self.met.repaired, self.met.documents
            ));
        }
        if self.met.empty > 0 {
            let of = self.met.documents;
            said.push(format!("{name}: {} of {of} documents are empty", self.met.empty));
        }
        said
    }
}

/// Counts become sums, part by part; the order of parts is always the same.
fn tally(counts: Counts, resamples: &Resamples) -> Result<Tally> {
    let (memory, runs) = counts.finish();
    debug_assert_eq!(memory.len(), PARTS);
    let one = |(part, memory): (usize, Vec<Entry>)| {
        let tally = match runs.names() {
            [] => Tally::of(memory.into_iter().map(Ok), resamples),
            _ => Tally::of(Merged::new(&runs, part, memory)?, resamples),
        };
        tally.map_err(|e| {
            let cause = format!("cannot read counts from the disk again: {e}");
            Error::output("", cause, "name another folder (--spill), or raise --memory")
        })
    };
    let parts: Vec<Result<Tally>> = memory.into_par_iter().enumerate().map(one).collect();
    let parts = parts.into_iter().collect::<Result<Vec<_>>>()?;
    let mut all = Tally::new(resamples.weights.len());
    parts.iter().for_each(|part| all.join(part));
    Ok(all)
}

/// The products of the vectors of a file.
pub(super) fn matrix(path: &Path, options: &Options, groups: u32) -> Result<Gram> {
    let mut matrix = Matrix::open(path)?;
    options.check_dimension(matrix.columns)?;
    let mut gram = Gram::new(matrix.columns, groups);
    let mut row = 0;
    while row < matrix.rows {
        let mut batch = Vectors::default();
        for row in row..matrix.rows.min(row + ROWS) {
            let start = batch.values.len();
            matrix.row(&mut batch.values)?;
            if normalise(&mut batch.values[start..]) {
                batch.groups.push(group(options.seed, row, groups));
            } else {
                batch.values.truncate(start);
            }
        }
        gram.add(&batch);
        row += ROWS;
    }
    Ok(gram)
}
