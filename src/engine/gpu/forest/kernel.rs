//! The kernel of some forests and the words that it reads.
//!
//! In: forests. Out: WGSL, the words of all trees, and the parts that a thread walks at a time.

use std::ops::Range;

use super::bins::{Bins, bins, pack};
use super::nodes::lay;
use super::unit::Unit;
use crate::engine::twin::TreeWords;
use crate::regress::trees::{Forest, Tree};

const FOREST: &str = include_str!("../../../../shaders/forest.wgsl");

/// Trips of a part's loops: enough that fetching a mixture is no cost, and few enough that some
/// thousand mixtures keep a device busy.
const TRIPS: usize = 4096;

/// A kernel; see the module.
#[derive(Debug)]
pub struct ForestKernel {
    /// The WGSL.
    pub source: String,
    pub(super) bins: Vec<Bins>,
    /// Of each forest.
    pub(super) units: Vec<Unit>,
    pub(super) parts: Vec<Part>,
    pub(super) trees: Vec<u32>,
    pub(super) nodes: Vec<u32>,
    pub(super) leaves: Vec<u32>,
}

/// Neighbouring trees of a forest.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) forest: usize,
    pub(super) trees: Range<usize>,
    /// The most that their leaves add up to.
    pub(super) most: u32,
    /// Trips of loops that a thread makes.
    pub(super) trips: usize,
}

impl ForestKernel {
    /// The kernel of forests that ask about the same features.
    ///
    /// # Errors
    /// A sentence on why there is none.
    pub fn new(forests: &[&Forest]) -> Result<ForestKernel, String> {
        let features = forests.first().map_or(0, |forest| forest.names().len());
        if features == 0 || forests.iter().any(|forest| forest.names().len() != features) {
            return Err("forests that have not the same features".into());
        }
        let words = features.div_ceil(2);
        let mut kernel = ForestKernel {
            source: format!("const WORDS = {words}u;\nconst CELLS = {}u;\n{FOREST}", 64 * words),
            bins: bins(forests, features)?,
            units: Vec::with_capacity(forests.len()),
            parts: Vec::new(),
            trees: Vec::new(),
            nodes: Vec::new(),
            leaves: Vec::new(),
        };
        for (number, forest) in forests.iter().enumerate() {
            kernel.push(number, forest.trees())?;
        }
        Ok(kernel)
    }

    /// Mixtures as the device reads them.
    pub(super) fn pack(&self, mixtures: &[f64]) -> Vec<u32> {
        let features = self.bins.len();
        let bin = |row: usize, k: usize| self.bins[k].of(mixtures[row * features + k]);
        self.pack_bins(mixtures.len() / features, bin)
    }

    /// The same from the bin of each mixture and feature.
    pub(super) fn pack_bins(
        &self,
        mixtures: usize,
        bin: impl Fn(usize, usize) -> u32 + Sync,
    ) -> Vec<u32> {
        pack(self.bins.len(), mixtures, bin)
    }

    /// The trees as the twin reads them.
    pub(super) fn words(&self) -> TreeWords<'_> {
        TreeWords { trees: &self.trees, nodes: &self.nodes, leaves: &self.leaves }
    }

    /// Bytes of workgroup memory.
    pub(super) fn workgroup(&self) -> usize {
        4 * (64 * self.bins.len().div_ceil(2) + 1)
    }

    fn push(&mut self, forest: usize, trees: &[Tree]) -> Result<(), String> {
        let unit = Unit::new(trees)?;
        self.units.push(unit);
        for tree in trees {
            let leaves = unit.leaves(tree);
            // All that is never zero is what a tree adds to the base.
            let most = leaves.iter().copied().max().unwrap_or(0);
            if most > 0 {
                let trips = self.push_tree(tree, &leaves)?;
                self.join(forest, most, trips);
            }
        }
        Ok(())
    }

    /// Adds a tree; gives the trips of its walk.
    fn push_tree(&mut self, tree: &Tree, leaves: &[u32]) -> Result<usize, String> {
        let laid = lay(tree, &self.bins)?;
        let places = [self.nodes.len() / 2, self.leaves.len()].map(u32::try_from);
        let [Ok(first), Ok(leaf)] = places else { return Err("trees beyond 2^32 nodes".into()) };
        self.trees.extend([first, leaf]);
        self.nodes.extend(laid.nodes.iter().flatten());
        self.leaves.extend(leaves);
        Ok(laid.depth + 1)
    }

    /// The last tree belongs to the last part, or begins a new one.
    fn join(&mut self, forest: usize, most: u32, trips: usize) {
        let end = self.trees.len() / 2;
        match self.parts.last_mut() {
            Some(part) if part.forest == forest && part.trips + trips <= TRIPS => {
                part.trees.end = end;
                part.most += most;
                part.trips += trips;
            }
            _ => self.parts.push(Part { forest, trees: end - 1..end, most, trips }),
        }
    }
}
