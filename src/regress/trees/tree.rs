//! A tree of yes-or-no questions, and its walk from the root to a leaf.
//!
//! In: a row of features. Out: the value of the leaf that the row comes to.

/// What lies this near to zero is zero to LightGBM, whose constant has single precision.
pub(super) const ZERO: f64 = 1e-35_f32 as f64;

/// Which values of a feature count as missing and go to the node's own side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// None; what is not a number counts as 0.
    None,
    /// Zero, and what is not a number.
    Zero,
    /// What is not a number.
    NotANumber,
}

/// Where a branch leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// To another node of the tree, which stands after this one.
    Node(usize),
    /// To a leaf.
    Leaf(usize),
}

/// A question about one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Which feature.
    pub feature: usize,
    /// Up to and including it a value goes left.
    pub threshold: f64,
    /// What is missing.
    pub missing: Missing,
    /// Whether what is missing goes left.
    pub missing_left: bool,
    /// Left and right.
    pub children: [Child; 2],
}

impl Node {
    /// Whether a value goes left.
    pub fn left(&self, value: f64) -> bool {
        let zero = value.is_nan() || value.abs() <= ZERO;
        match self.missing {
            Missing::Zero if zero => self.missing_left,
            Missing::NotANumber if value.is_nan() => self.missing_left,
            _ if value.is_nan() => self.threshold >= 0.0,
            _ => value <= self.threshold,
        }
    }

    /// Within the bins between these a node never sends two values to different sides.
    pub(crate) fn cuts(&self) -> impl Iterator<Item = f64> {
        let zero = [(-ZERO).next_down(), ZERO];
        let zero = zero.into_iter().filter(|_| self.missing == Missing::Zero);
        std::iter::once(self.threshold).chain(zero)
    }

    /// The cuts of many nodes in order, each once.
    pub(crate) fn all_cuts<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Vec<f64> {
        let mut cuts: Vec<f64> = nodes.into_iter().flat_map(Node::cuts).collect();
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        cuts
    }

    /// Where a value goes.
    fn next(&self, value: f64) -> Child {
        self.children[usize::from(!self.left(value))]
    }
}

/// Nodes, the root first, and the values of the leaves; one leaf without a node is a constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The questions; every node but the root, and every leaf, is the child of exactly one node,
    /// which stands before it.
    pub nodes: Vec<Node>,
    /// The value of each leaf.
    pub leaves: Vec<f64>,
}

impl Tree {
    /// The tree that gives every row the same value.
    pub(super) fn constant(value: f64) -> Tree {
        Tree { nodes: Vec::new(), leaves: vec![value] }
    }

    /// The value of the leaf that a row comes to.
    pub fn value(&self, row: &[f64]) -> f64 {
        let mut at = if self.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) };
        loop {
            match at {
                Child::Leaf(leaf) => return self.leaves[leaf],
                Child::Node(node) => at = self.nodes[node].next(row[self.nodes[node].feature]),
            }
        }
    }
}
