//! Many rows through many trees, without walking any.
//!
//! In: trees, then rows. Out: each row's sum over the trees, equal to the walk's bit by bit.
//!
//! The thresholds of all trees cut each feature into bins. A row's bin of one feature says which leaves
//! of a tree it can still come to, as a bit a leaf; what all features leave over is its leaf. Sixteen
//! trees are one block, whose bits for one bin are one line of the cache.

use super::tree::{Child, Node, Tree};

/// Trees of a block.
const LANES: usize = 16;
/// Leaves of a lane; a tree of more leaves takes several lanes, of which only one finds a leaf.
const LEAVES: usize = 32;
/// Bins times blocks at most; a forest beyond (64 MiB) is walked.
const MOST: usize = 1 << 24;

/// The leaves that are left over, a word a tree.
type Line = [u32; LANES];

/// Trees made ready to be scored.
#[derive(Debug, Clone)]
pub(super) struct Scorer {
    features: Vec<Feature>,
    blocks: Vec<Block>,
}

/// A feature's bins: one up to each cut, one above all, and one for what is not a number.
#[derive(Debug, Clone)]
struct Feature {
    cuts: Vec<f64>,
    /// The number of its first bin among those of all features.
    first: u32,
}

/// Some trees.
#[derive(Debug, Clone)]
struct Block {
    /// Of each bin of each feature, its line.
    line_of: Vec<u32>,
    lines: Vec<Line>,
    /// The values of each lane's leaves; beyond the last leaf they are 0.
    values: Box<[[f64; LEAVES + 1]; LANES]>,
}

/// A question that has to do with the leaves of a lane, and those on its left and right.
struct Question<'a> {
    lane: usize,
    node: &'a Node,
    leaves: [u32; 2],
}

impl Scorer {
    /// `None` for a forest with so many bins and trees that it had better be walked.
    pub(super) fn new(features: usize, trees: &[Tree]) -> Option<Scorer> {
        let mut asked: Vec<Vec<&Node>> = vec![Vec::new(); features];
        for node in trees.iter().flat_map(|tree| &tree.nodes) {
            asked[node.feature].push(node);
        }
        let mut first = 0;
        let features: Vec<Feature> =
            asked.into_iter().map(|nodes| feature(nodes, &mut first)).collect();
        let lanes: Vec<(&Tree, usize)> = trees
            .iter()
            .flat_map(|tree| (0..tree.leaves.len()).step_by(LEAVES).map(move |from| (tree, from)))
            .collect();
        let small = first as usize * lanes.len().div_ceil(LANES) <= MOST;
        small.then(|| {
            let blocks = lanes.chunks(LANES).map(|lanes| Block::new(lanes, &features)).collect();
            Scorer { features, blocks }
        })
    }

    /// Scores rows, which stand one after another.
    pub(super) fn score(&self, rows: &[f64], into: &mut [f64]) {
        let bins: Vec<u32> = rows
            .chunks_exact(self.features.len())
            .flat_map(|row| self.features.iter().zip(row).map(|(feature, x)| feature.bin(*x)))
            .collect();
        into.fill(0.0);
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") {
            // SAFETY: this processor has just been seen to have them.
            return unsafe { self.add_avx2(&bins, into) };
        }
        self.add(&bins, into);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1")]
    fn add_avx2(&self, bins: &[u32], into: &mut [f64]) {
        self.add(bins, into);
    }

    #[inline(always)]
    fn add(&self, bins: &[u32], into: &mut [f64]) {
        for block in &self.blocks {
            for (sum, bins) in into.iter_mut().zip(bins.chunks_exact(self.features.len())) {
                block.add(bins, sum);
            }
        }
    }
}

impl Feature {
    #[allow(clippy::cast_possible_truncation, reason = "no more bins than `MOST`")]
    fn bin(&self, value: f64) -> u32 {
        let bin = match value.is_nan() {
            true => self.cuts.len() + 1,
            false => self.cuts.partition_point(|cut| *cut < value),
        };
        self.first + bin as u32
    }
}

#[allow(clippy::cast_possible_truncation, reason = "beyond 2^32 bins nothing is scored")]
fn feature(nodes: Vec<&Node>, first: &mut u32) -> Feature {
    let feature = Feature { first: *first, cuts: Node::all_cuts(nodes) };
    *first = first.saturating_add(feature.cuts.len() as u32 + 2);
    feature
}

impl Block {
    fn new(lanes: &[(&Tree, usize)], features: &[Feature]) -> Block {
        let mut asked: Vec<Vec<Question>> = features.iter().map(|_| Vec::new()).collect();
        let mut values = Box::new([[0.0; LEAVES + 1]; LANES]);
        for (lane, (tree, from)) in lanes.iter().enumerate() {
            let part = tree.leaves[*from..].iter().take(LEAVES);
            values[lane].iter_mut().zip(part).for_each(|(slot, value)| *slot = *value);
            for (node, leaves) in tree.nodes.iter().zip(sides(tree, *from)) {
                if leaves != [0, 0] {
                    asked[node.feature].push(Question { lane, node, leaves });
                }
            }
        }
        let mut block = Block { line_of: Vec::new(), lines: Vec::new(), values };
        features.iter().zip(&asked).for_each(|(feature, asked)| block.push(feature, asked));
        block
    }

    /// The lines of a feature: bins between which this block does not tell share one.
    #[allow(clippy::cast_possible_truncation, reason = "no more bins than `MOST`")]
    fn push(&mut self, feature: &Feature, asked: &[Question]) {
        let cuts = Node::all_cuts(asked.iter().map(|question| question.node));
        let first = self.lines.len();
        let ends = cuts.iter().copied().chain([f64::INFINITY, f64::NAN]);
        self.lines.extend(ends.map(|value| line(asked, value)));
        let ends = feature.cuts.iter().copied().chain([f64::INFINITY]);
        let lines = ends.map(|end| cuts.partition_point(|cut| *cut < end)).chain([cuts.len() + 1]);
        self.line_of.extend(lines.map(|line| (first + line) as u32));
    }

    /// Adds the values of a row's leaves, first tree to last.
    #[inline(always)]
    fn add(&self, bins: &[u32], sum: &mut f64) {
        let mut left = [u32::MAX; LANES];
        for &bin in bins {
            let line = &self.lines[self.line_of[bin as usize] as usize];
            left.iter_mut().zip(line).for_each(|(left, line)| *left &= line);
        }
        for (left, values) in left.iter().zip(self.values.iter()) {
            *sum += values[left.trailing_zeros() as usize];
        }
    }
}

/// The leaves that a value leaves over.
fn line(asked: &[Question], value: f64) -> Line {
    let mut line = [u32::MAX; LANES];
    for Question { lane, node, leaves } in asked {
        line[*lane] &= !leaves[usize::from(node.left(value))];
    }
    line
}

/// Of each node, the leaves on its left and right among those of a lane, which begin with `from`.
fn sides(tree: &Tree, from: usize) -> Vec<[u32; 2]> {
    let mut sides = vec![[0; 2]; tree.nodes.len()];
    for (number, node) in tree.nodes.iter().enumerate().rev() {
        sides[number] = node.children.map(|child| match child {
            Child::Node(below) => sides[below][0] | sides[below][1],
            Child::Leaf(leaf) if (from..from + LEAVES).contains(&leaf) => 1 << (leaf - from),
            Child::Leaf(_) => 0,
        });
    }
    sides
}
