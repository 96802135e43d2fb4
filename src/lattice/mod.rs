//! A lattice of mixtures, whose shares are whole numbers of steps: plain data and its arithmetic.
//!
//! In: what each share may be. Out: [`Prefixes`], which engines and searches walk over.

mod prefixes;

pub use prefixes::{Line, MOST_PREFIXES, Prefixes, Share, Sums, Walk};
