//! The twin of `forest.wgsl`: one mixture through some trees.
//!
//! In: the words that the kernel reads. Out: the sum that it must write, to the last bit: there is
//! nothing to round.

use std::ops::Range;

/// A child that is a leaf.
const LEAF: u32 = 0x8000;

/// Trees as the kernel reads them.
#[derive(Debug, Clone, Copy)]
pub struct TreeWords<'a> {
    /// Of each tree: its first node and its first leaf.
    pub trees: &'a [u32],
    /// Of each node: the feature and the last bin that goes left; where left and right lead.
    pub nodes: &'a [u32],
    /// Leaves in units.
    pub leaves: &'a [u32],
}

/// The sum of the leaves that a mixture comes to, given the bins that its shares are in.
pub fn forest(words: TreeWords, trees: Range<usize>, bins: &[u32]) -> u32 {
    trees.map(|tree| leaf(words, tree, bins)).sum()
}

fn leaf(words: TreeWords, tree: usize, bins: &[u32]) -> u32 {
    let [first, leaves] = [words.trees[2 * tree], words.trees[2 * tree + 1]];
    let mut at = 0;
    while at < LEAF {
        let node = 2 * (first + at) as usize;
        let [question, children] = [words.nodes[node], words.nodes[node + 1]];
        let left = bins[(question & 0xffff) as usize] <= question >> 16;
        at = if left { children & 0xffff } else { children >> 16 };
    }
    words.leaves[(leaves + at % LEAF) as usize]
}
