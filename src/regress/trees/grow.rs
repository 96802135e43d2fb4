//! One tree, grown leaf by leaf: the leaf whose split gains most is split next.
//!
//! In: rows in bins and the first derivatives of the objective. Out: a tree, and which rows each of
//! its leaves holds.

use std::ops::Range;

use super::bins::Binned;
use super::boost::Growth;
use super::split::{Split, Sums, best};
use super::tree::{Child, Missing, Node, Tree};

/// What a leaf's rows come to in every bin of every feature, one feature after another.
type Histogram = Vec<Sums>;

/// A leaf of the tree that grows.
#[derive(Debug, Default)]
struct Leaf {
    /// Its part of the order of rows.
    rows: Range<usize>,
    sums: Sums,
    histogram: Histogram,
    /// Features that could still split it: one by which the leaf above could not be split is never
    /// tried below.
    open: Vec<bool>,
    split: Option<Split>,
    /// The branch that leads to it: the node and the side.
    above: Option<(usize, usize)>,
    value: f64,
}

/// Grows trees on the same rows.
pub(super) struct Grower<'a> {
    binned: &'a Binned,
    growth: Growth,
    /// Where each feature's bins begin in a histogram; one more at the end.
    begins: Vec<usize>,
    /// The rows, those of a leaf side by side.
    order: Vec<usize>,
    /// Rows that go right, while a leaf is being parted.
    aside: Vec<usize>,
    leaves: Vec<Leaf>,
    /// Histograms of no leaf, for the next.
    spare: Vec<Histogram>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(binned: &'a Binned, growth: Growth) -> Grower<'a> {
        let mut begins = vec![0];
        for ends in &binned.ends {
            begins.push(begins[begins.len() - 1] + ends.len());
        }
        let (order, aside, leaves, spare) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Grower { binned, growth, begins, order, aside, leaves, spare }
    }

    /// A tree for the slopes of the rows; its leaves are not yet scaled by the learning rate.
    pub(super) fn grow(&mut self, slopes: &[f32]) -> Tree {
        self.plant(slopes);
        let mut nodes = Vec::new();
        while self.leaves.len() < self.growth.leaves {
            let Some(chosen) = self.chosen() else { break };
            self.part(chosen, &mut nodes);
            self.look(chosen, slopes);
        }
        Tree { nodes, leaves: self.leaves.iter().map(|leaf| leaf.value).collect() }
    }

    /// The rows of each leaf of the last tree.
    pub(super) fn held(&self) -> impl Iterator<Item = &[usize]> {
        self.leaves.iter().map(|leaf| &self.order[leaf.rows.clone()])
    }

    /// The root, with all rows.
    fn plant(&mut self, slopes: &[f32]) {
        let rows = self.binned.rows;
        self.order.clear();
        self.order.extend(0..rows);
        self.spare.extend(self.leaves.drain(..).map(|leaf| leaf.histogram));
        let slope = slopes.iter().fold(0.0, |sum, slope| sum + f64::from(*slope));
        let sums = Sums { slope, bend: rows as f64 };
        let open = vec![true; self.binned.columns.len()];
        let mut root = Leaf { rows: 0..rows, sums, open, ..Leaf::default() };
        root.histogram = self.histogram(&root, slopes);
        self.search(&mut root);
        self.leaves.push(root);
    }

    /// The leaf to split next: the first of those that gain most.
    fn chosen(&self) -> Option<usize> {
        let mut chosen: Option<(usize, &Split)> = None;
        for (number, leaf) in self.leaves.iter().enumerate() {
            let split = leaf.split.as_ref();
            if let Some(split) = split.filter(|split| split.beats(chosen.map(|known| known.1))) {
                chosen = Some((number, split));
            }
        }
        chosen.filter(|(_, split)| split.gain > 0.0).map(|(number, _)| number)
    }

    /// Splits a leaf, which keeps its number for the left side; the right one becomes the last leaf.
    fn part(&mut self, number: usize, nodes: &mut Vec<Node>) {
        let node = nodes.len();
        let leaf = &mut self.leaves[number];
        let Some(split) = leaf.split.take() else { return };
        if let Some((above, side)) = leaf.above {
            nodes[above].children[side] = Child::Node(node);
        }
        nodes.push(Node {
            feature: split.feature,
            threshold: self.binned.ends[split.feature][split.bin],
            missing: Missing::None,
            missing_left: true,
            children: [Child::Leaf(number), Child::Leaf(node + 1)],
        });
        let (rows, column) = (leaf.rows.clone(), &self.binned.columns[split.feature]);
        let left = |row: usize| usize::from(column[row]) <= split.bin;
        let middle = rows.start + sift(&mut self.order[rows.clone()], &mut self.aside, left);
        let side = |side: usize, rows| Leaf {
            rows,
            sums: split.sums[side],
            above: Some((node, side)),
            value: split.values[side],
            open: leaf.open.clone(),
            ..Leaf::default()
        };
        let mut sides = [side(0, rows.start..middle), side(1, middle..rows.end)];
        // Until `look` takes the other away, the larger side holds the histogram of both.
        let larger = usize::from(sides[0].rows.len() < sides[1].rows.len());
        sides[larger].histogram = std::mem::take(&mut leaf.histogram);
        let [left, right] = sides;
        *leaf = left;
        self.leaves.push(right);
    }

    /// Finds the best splits of a leaf just parted and of its other side, the last leaf.
    fn look(&mut self, number: usize, slopes: &[f32]) {
        let pair = [number, self.leaves.len() - 1];
        let mut sides = pair.map(|leaf| std::mem::take(&mut self.leaves[leaf]));
        let larger = usize::from(sides[0].rows.len() < sides[1].rows.len());
        // Where neither can be split, nobody asks for their histograms.
        if self.enough(&sides[larger]) {
            let smaller = self.histogram(&sides[1 - larger], slopes);
            for (both, one) in sides[larger].histogram.iter_mut().zip(&smaller) {
                both.slope -= one.slope;
                both.bend -= one.bend;
            }
            sides[1 - larger].histogram = smaller;
            sides.iter_mut().for_each(|side| self.search(side));
        }
        for (leaf, side) in pair.into_iter().zip(sides) {
            self.leaves[leaf] = side;
        }
    }

    /// Whether a leaf has rows for two.
    fn enough(&self, leaf: &Leaf) -> bool {
        leaf.rows.len() >= 2 * self.growth.min_rows
    }

    /// Sums the slopes of a leaf's rows by bin.
    fn histogram(&mut self, leaf: &Leaf, slopes: &[f32]) -> Histogram {
        let mut histogram = self.spare.pop().unwrap_or_default();
        histogram.clear();
        histogram.resize(self.begins[self.begins.len() - 1], Sums::default());
        let rows = &self.order[leaf.rows.clone()];
        for (feature, column) in self.binned.columns.iter().enumerate().filter(|c| leaf.open[c.0]) {
            let bins = &mut histogram[self.begins[feature]..self.begins[feature + 1]];
            for &row in rows {
                let bin = &mut bins[usize::from(column[row])];
                bin.slope += f64::from(slopes[row]);
                bin.bend += 1.0;
            }
        }
        histogram
    }

    /// Finds the best split of a leaf, and which features have any.
    fn search(&self, leaf: &mut Leaf) {
        if !self.enough(leaf) {
            return;
        }
        for feature in 0..leaf.open.len() {
            if !leaf.open[feature] {
                continue;
            }
            let bins = &leaf.histogram[self.begins[feature]..self.begins[feature + 1]];
            let split = best(feature, bins, &leaf.sums, leaf.rows.len(), &self.growth);
            leaf.open[feature] = split.is_some();
            if let Some(split) = split.filter(|split| split.beats(leaf.split.as_ref())) {
                leaf.split = Some(split);
            }
        }
    }
}

/// Moves what goes left to the front, both sides in the order they had; returns how many.
fn sift(rows: &mut [usize], aside: &mut Vec<usize>, left: impl Fn(usize) -> bool) -> usize {
    aside.clear();
    let mut count = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        if left(row) {
            rows[count] = row;
            count += 1;
        } else {
            aside.push(row);
        }
    }
    rows[count..].copy_from_slice(aside);
    count
}
