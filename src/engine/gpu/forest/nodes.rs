//! A tree as comparisons of bins.
//!
//! In: a tree, the bins of its features. Out: nodes of two words each. A node that sends what is
//! missing its own way becomes several that do not, one for each change of sides along the bins.

use super::bins::Bins;
use crate::regress::trees::{Child, Node, Tree};

/// A child that is a leaf; up to here children are numbered.
const LEAF: usize = 0x8000;

/// A tree laid out.
#[derive(Debug)]
pub(super) struct Laid {
    /// Of each node: the feature and the last bin that goes left; where left and right lead.
    pub(super) nodes: Vec<[u32; 2]>,
    /// Nodes on the longest way to a leaf.
    pub(super) depth: usize,
}

/// Neighbouring bins that go to one side.
struct Run {
    last: u32,
    left: bool,
}

/// Lays a tree out whose leaves are at least two.
///
/// # Errors
/// A sentence on what is more than a node can say.
pub(super) fn lay(tree: &Tree, bins: &[Bins]) -> Result<Laid, String> {
    let runs: Vec<Vec<Run>> =
        tree.nodes.iter().map(|node| runs(node, &bins[node.feature])).collect();
    let mut first = Vec::with_capacity(runs.len());
    let mut count = 0;
    for runs in &runs {
        first.push(count);
        count += runs.len() - 1;
    }
    if count.max(tree.leaves.len()) > LEAF || bins.len() > 1 << 16 {
        return Err(format!("a tree of {} leaves is too large", tree.leaves.len()));
    }
    let mut laid = Laid { nodes: Vec::with_capacity(count), depth: 0 };
    for (node, runs) in tree.nodes.iter().zip(&runs) {
        laid.push(node, runs, &first);
    }
    laid.depth = depth(&laid.nodes);
    Ok(laid)
}

impl Laid {
    /// A node for each end of a run but the last.
    #[allow(clippy::cast_possible_truncation, reason = "`lay` has looked")]
    fn push(&mut self, node: &Node, runs: &[Run], first: &[usize]) {
        let child = |run: &Run| match node.children[usize::from(!run.left)] {
            Child::Node(node) => first[node] as u32,
            Child::Leaf(leaf) => (LEAF + leaf) as u32,
        };
        for (place, pair) in runs.windows(2).enumerate() {
            let more = place + 2 < runs.len();
            let otherwise = if more { self.nodes.len() as u32 + 1 } else { child(&pair[1]) };
            let question = node.feature as u32 | pair[0].last << 16;
            self.nodes.push([question, child(&pair[0]) | otherwise << 16]);
        }
    }
}

/// The sides of all bins, first to last; at least two runs.
fn runs(node: &Node, bins: &Bins) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let ends = Node::all_cuts([node]).into_iter().chain([f64::INFINITY]);
    for end in ends.chain(bins.apart.then_some(f64::NAN)) {
        let (last, left) = (bins.of(end), node.left(end));
        match runs.last_mut() {
            Some(run) if run.left == left => run.last = last,
            _ => runs.push(Run { last, left }),
        }
    }
    runs
}

/// Nodes stand before their children.
fn depth(nodes: &[[u32; 2]]) -> usize {
    let mut below = vec![0; nodes.len()];
    for (number, [_, children]) in nodes.iter().enumerate().rev() {
        let sides = [children & 0xffff, children >> 16].map(|child| child as usize);
        let deepest = sides.map(|child| below.get(child).copied().unwrap_or(0));
        below[number] = 1 + deepest[0].max(deepest[1]);
    }
    below.first().copied().unwrap_or(0)
}
