//! Leaves as whole numbers.
//!
//! In: the trees of a forest. Out: a unit, a power of two, of which every leaf above its tree's least
//! is a whole number, so small that no sum leaves 32 bits; and how far such a sum may be from the
//! walk in f64.

use crate::regress::trees::Tree;

/// What turns sums of whole numbers into scores.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    /// The sum of the trees' least leaves.
    base: f64,
    unit: f64,
    /// How far a score may be from the walk.
    pub(super) slack: f64,
}

impl Unit {
    /// The finest unit for these trees.
    ///
    /// # Errors
    /// A sentence on leaves that have none.
    pub(super) fn new(trees: &[Tree]) -> Result<Unit, String> {
        let ends: Vec<[f64; 2]> = trees.iter().map(ends).collect();
        let base = ends.iter().map(|[least, _]| least).sum();
        let ranges = || ends.iter().map(|[least, most]| most - least);
        let sizes: f64 = ends.iter().map(|[least, most]| least.abs().max(most.abs())).sum();
        // Twice the sizes bound the ranges.
        if !(2.0 * sizes).is_finite() {
            return Err("leaves that are too large to add".into());
        }
        let mut unit = f64::MIN_POSITIVE.max(power(ranges().sum()) / f64::from(1_u32 << 31));
        while ranges().map(|range| (range / unit).round()).sum::<f64>() > f64::from(u32::MAX) {
            unit *= 2.0;
        }
        let mut found = Unit { base, unit, slack: 0.0 };
        let off: f64 = trees.iter().map(|tree| found.off(tree)).sum();
        // And what the walk, the base and the score round in f64.
        #[allow(clippy::cast_precision_loss, reason = "trees are few")]
        let rounds = (trees.len() as f64 + 4.0) * f64::EPSILON;
        found.slack = 1.001 * (off + rounds * sizes);
        Ok(found)
    }

    /// The leaves of a tree in units above its least.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "all of them together are below 2^32, and none is negative"
    )]
    pub(super) fn leaves(&self, tree: &Tree) -> Vec<u32> {
        let [least, _] = ends(tree);
        tree.leaves.iter().map(|leaf| ((leaf - least) / self.unit).round() as u32).collect()
    }

    /// The score of a sum.
    pub(super) fn score(&self, sum: u32) -> f64 {
        self.base + f64::from(sum) * self.unit
    }

    /// How far a tree's leaves are from whole numbers, at most.
    fn off(&self, tree: &Tree) -> f64 {
        let [least, _] = ends(tree);
        let leaves = tree.leaves.iter().zip(self.leaves(tree));
        leaves.fold(0.0, |most, (leaf, whole)| {
            most.max((leaf - least - f64::from(whole) * self.unit).abs())
        })
    }
}

/// The least and the most of a tree's leaves.
fn ends(tree: &Tree) -> [f64; 2] {
    let start = [f64::INFINITY, f64::NEG_INFINITY];
    tree.leaves.iter().fold(start, |[least, most], leaf| [least.min(*leaf), most.max(*leaf)])
}

/// The largest power of two that a positive number is not below; 0 for the smallest numbers.
fn power(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    f64::from_bits(x.to_bits() & EXPONENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trees(leaves: &[&[f64]]) -> Vec<Tree> {
        leaves.iter().map(|list| Tree { nodes: Vec::new(), leaves: list.to_vec() }).collect()
    }

    #[test]
    fn whole_leaves_stay_whole() {
        let trees = trees(&[&[-3.0, 5.0], &[7.0], &[0.0, 1024.0, 1.0]]);
        let unit = Unit::new(&trees).expect("a unit");
        assert_eq!(unit.base, 4.0);
        let sum: u32 = trees.iter().map(|tree| unit.leaves(tree)[tree.leaves.len() - 1]).sum();
        assert_eq!(unit.score(sum), -3.0 + 8.0 + 7.0 + 1.0);
        assert!(unit.slack < 1e-11);
    }

    #[test]
    fn no_sum_leaves_its_word() {
        for leaves in
            [&[0.0, 0.3][..], &[1e-300, 4e300], &[0.0, 5e-324], &[2.0, 2.0], &[-1e9, 1e-9]]
        {
            let trees = trees(&[leaves, &[0.1, 0.2], leaves]);
            let unit = Unit::new(&trees).expect("a unit");
            let most =
                |tree: &Tree| u64::from(unit.leaves(tree).into_iter().max().expect("a leaf"));
            assert!(trees.iter().map(most).sum::<u64>() <= u64::from(u32::MAX));
            assert!(unit.slack.is_finite() && unit.slack >= 0.0);
        }
        assert!(Unit::new(&trees(&[&[-1e308, 1e308]])).is_err());
    }
}
