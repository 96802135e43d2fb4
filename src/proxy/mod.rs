//! Mixtures without any training, from the text of the domains alone.
//!
//! In: files of text. Out: for each domain the Shannon entropy of its tokens (SE), the conditional
//! entropy of a token given the one before (CE), the joint entropy of both (JE) and the von Neumann
//! entropy of its documents (VNE), as proxies for a mixture (Ge et al. 2024, arXiv 2405.14908,
//! section 4 and App. A), with intervals; and other mixtures that need no training.
//!
//! `source` finds and reads files, `prepare` makes tokens and vectors of them, `count` counts pairs,
//! `measure` leads all that, `checkpoint` keeps it, and `shares` makes mixtures of the answers.

mod allowed;
mod bootstrap;
mod checkpoint;
mod count;
mod embed;
mod entropy;
mod fasttext;
mod gram;
mod jackknife;
mod kept;
mod losses;
mod measure;
mod measured;
mod npy;
mod pick;
mod prepare;
mod published;
mod sequence;
mod shares;
mod source;
mod spectrum;
mod tokenizer;
mod tokens;
mod vectors;
mod vocabulary;
mod words;

use std::path::{Path, PathBuf};

pub use entropy::Correction;
pub use jackknife::Estimate;
pub use losses::Losses;
pub use measure::measure;
pub use measured::Measured;
pub use published::doremi;
pub use sequence::Pack;
pub use shares::{Normalise, entropy_shares, natural, temperature, unimax};
pub use source::{Domain, domains};
pub use tokens::Tokens;

use crate::engine::Watch;

/// How domains are counted. Everything but the memory decides the answer.
#[derive(Debug, Clone)]
pub struct Options {
    /// What a token is.
    pub tokens: Tokens,
    /// Tokens of a sequence.
    pub sequence: usize,
    /// What a sequence is made of.
    pub pack: Pack,
    /// What is done about bias.
    pub correction: Correction,
    /// Groups of documents that are left out in turn, for intervals; 0 for none.
    pub groups: u32,
    /// Resamples of these groups for intervals, in place of leaving each out; 0 for none.
    pub bootstrap: usize,
    /// Which documents share a group, and which groups are in a resample.
    pub seed: u64,
    /// How documents become vectors.
    pub embedding: Embedding,
    /// Whether text has a document a line.
    pub lines: bool,
    /// The field or column of the text.
    pub field: String,
    /// The most bytes of a document.
    pub longest: usize,
    /// Bytes of memory for counts and words, each of which may go to disk or end the work.
    pub memory: usize,
}

/// How documents become vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Embedding {
    /// Not at all: there is no VNE.
    None,
    /// Hashed pieces of text, in so many dimensions.
    Hashed(usize),
    /// Vectors of words, in FastText's text format.
    Words(PathBuf),
    /// A NumPy matrix for each domain, in their order.
    Matrices(Vec<PathBuf>),
}

/// What the work is done with.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// Says how far it is, and stops it.
    pub watch: &'a Watch,
    /// The file that holds how far it came.
    pub checkpoint: Option<&'a Path>,
    /// The folder for counts that do not fit into memory; the system's where there is none.
    pub spill: Option<&'a Path>,
}
