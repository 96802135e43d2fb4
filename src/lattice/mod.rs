//! A lattice of mixtures, whose shares are whole numbers of steps, as plain data.
//!
//! In: what each share may be, and what a point is worth. Out: a [`Scan`], which engines walk
//! over.

mod formula;
mod prefixes;
mod tables;

pub use formula::Formula;
pub use prefixes::{Line, MOST_PREFIXES, Prefixes, Share, Sums, Walk};
pub use tables::{LANES, Lanes, Product, Row, Tables, Terms};

/// All points of a lattice, and what they are worth.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The points.
    pub prefixes: Prefixes,
    /// What a point is worth.
    pub formula: Formula,
    /// The same by tables, where the formula can be taken apart.
    pub tables: Option<Tables>,
}

/// What an engine knows of the prefixes of some ranks.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Which prefixes.
    pub ranks: std::ops::Range<u64>,
    /// How many points they have.
    pub points: u64,
    /// No point of them is worth less.
    pub least: f64,
}
