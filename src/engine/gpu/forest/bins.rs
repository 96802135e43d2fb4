//! Bins of shares, between which no question of any tree tells.
//!
//! In: the questions of forests. Out: of each share the number of its bin, found in f64; a device
//! that compares these numbers sends every mixture where the CPU does.

use rayon::prelude::*;

use crate::regress::trees::{Forest, Missing, Node};

/// The most bins of a feature, whose numbers are halves of a word.
const MOST: usize = 1 << 16;

/// The bins of one feature: one up to each cut, one above all, and where a node asks for it one for
/// what is not a number. To all other nodes that is as good as zero.
#[derive(Debug, Clone)]
pub(super) struct Bins {
    cuts: Vec<f64>,
    pub(super) apart: bool,
}

/// The bins of each feature that the forests ask about.
///
/// # Errors
/// A sentence on what is more than a device is given.
pub(super) fn bins(forests: &[&Forest], features: usize) -> Result<Vec<Bins>, String> {
    let mut asked: Vec<Vec<&Node>> = vec![Vec::new(); features];
    let trees = forests.iter().flat_map(|forest| forest.trees());
    for node in trees.flat_map(|tree| &tree.nodes) {
        asked[node.feature].push(node);
    }
    let bins: Vec<Bins> = asked.into_iter().map(Bins::new).collect();
    match bins.iter().map(Bins::count).max() {
        Some(count) if count > MOST => Err(format!("trees that cut a share into {count} bins")),
        _ => Ok(bins),
    }
}

impl Bins {
    fn new(nodes: Vec<&Node>) -> Bins {
        let apart = nodes.iter().any(|node| node.missing == Missing::NotANumber);
        Bins { cuts: Node::all_cuts(nodes), apart }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.cuts.len() + 1 + usize::from(self.apart)
    }

    /// The bin of a value.
    #[allow(clippy::cast_possible_truncation, reason = "no more bins than `MOST`")]
    pub(super) fn of(&self, value: f64) -> u32 {
        let bin = match value.is_nan() {
            true if self.apart => self.cuts.len() + 1,
            true => self.cuts.partition_point(|cut| *cut < 0.0),
            false => self.cuts.partition_point(|cut| *cut < value),
        };
        bin as u32
    }
}

/// Mixtures as the kernel reads them: two features a word, all mixtures of a word side by side.
pub(super) fn pack(
    features: usize,
    mixtures: usize,
    bin: impl Fn(usize, usize) -> u32 + Sync,
) -> Vec<u32> {
    let pairs = (0..features).into_par_iter().step_by(2);
    let column = |first: usize| {
        let bin = &bin;
        (0..mixtures).map(move |mixture| {
            let both = (first..features.min(first + 2)).rev();
            both.fold(0, |word, feature| word << 16 | bin(mixture, feature))
        })
    };
    pairs.flat_map_iter(column).collect()
}
