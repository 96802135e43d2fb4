//! Points of a separable lattice in the order of their cost.
//!
//! In: a [`Tree`] of choices. Out: its points, cheapest first, equal ones in the order of choices:
//! the search goes on where the least cost to come is least, and that cost is exact, so that no
//! choice is looked at in vain.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::chain::{Chain, Choice};

/// Shares and group sums are the items of one chain; the members of each group are those of its own.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) outer: Chain,
    /// The domains that the items of the outer chain stand for: one, or a group.
    pub(super) domains: Vec<Vec<usize>>,
    pub(super) groups: Vec<Group>,
    /// Steps and uses that there are.
    pub(super) all: [usize; 2],
}

/// The members of an item of the outer chain.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) item: usize,
    pub(super) chain: Chain,
}

/// Choices made so far, of the outer chain and then of each group, with the least cost that they
/// allow.
#[derive(Debug, Clone, PartialEq)]
struct Open {
    bound: f64,
    path: Vec<u32>,
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Open) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Open) -> Ordering {
        self.bound.total_cmp(&other.bound).then_with(|| self.path.cmp(&other.path))
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Points<'a> {
    tree: &'a Tree,
    open: BTreeSet<Open>,
    /// Points still to be given: no more need be open.
    wanted: usize,
}

impl<'a> Points<'a> {
    /// The first `wanted` points.
    pub(super) fn new(tree: &'a Tree, wanted: usize) -> Points<'a> {
        let [steps, uses] = tree.all;
        let bound = tree.outer.rest(0, steps, uses);
        let start = (bound < f64::INFINITY).then(|| Open { bound, path: Vec::new() });
        Points { tree, open: start.into_iter().collect(), wanted }
    }

    fn open(&mut self, parent: &[u32], choice: usize, bound: f64) {
        let full = self.open.len() >= self.wanted;
        if bound == f64::INFINITY || (full && self.open.last().is_some_and(|l| l.bound < bound)) {
            return;
        }
        #[allow(clippy::cast_possible_truncation, reason = "an item has few choices")]
        let path = [parent, &[choice as u32]].concat();
        self.open.insert(Open { bound, path });
        if full {
            self.open.pop_last();
        }
    }
}

impl Iterator for Points<'_> {
    type Item = Vec<usize>;

    /// Steps by domain.
    fn next(&mut self) -> Option<Vec<usize>> {
        while self.wanted > 0 {
            let Open { path, .. } = self.open.pop_first()?;
            if path.len() == self.tree.depth() {
                self.wanted -= 1;
                return Some(self.tree.point(&path));
            }
            let tree = self.tree;
            tree.children(&path, |choice, bound| self.open(&path, choice, bound));
        }
        None
    }
}

/// Choices made of one chain, and the steps and uses that they leave.
struct Made {
    costs: Vec<f64>,
    left: usize,
    uses: usize,
}

impl Made {
    fn new(chain: &Chain, path: &[u32], [steps, uses]: [usize; 2]) -> Made {
        let mut made = Made { costs: Vec::with_capacity(path.len()), left: steps, uses };
        for (item, choice) in chain.items.iter().zip(path) {
            let choice = item[*choice as usize];
            made.costs.push(choice.cost);
            made.left -= choice.steps;
            made.uses -= choice.uses;
        }
        made
    }

    /// The cost with another choice made and the rest as cheap as can be; infinite where it cannot
    /// be made.
    fn with(&self, chain: &Chain, choice: &Choice) -> f64 {
        if choice.steps > self.left || choice.uses > self.uses {
            return f64::INFINITY;
        }
        let next = self.costs.len() + 1;
        let rest = chain.rest(next, self.left - choice.steps, self.uses - choice.uses);
        folded(&self.costs, choice.cost + rest)
    }
}

fn folded(costs: &[f64], rest: f64) -> f64 {
    costs.iter().rev().fold(rest, |sum, cost| cost + sum)
}

impl Tree {
    fn depth(&self) -> usize {
        let groups = self.groups.iter().map(|group| group.chain.items.len());
        self.outer.items.len() + groups.sum::<usize>()
    }

    /// Calls `visit` with each next choice and the least cost that it allows.
    fn children(&self, path: &[u32], mut visit: impl FnMut(usize, f64)) {
        let (outer, mut inner) = path.split_at(path.len().min(self.outer.items.len()));
        let mut made = Made::new(&self.outer, outer, self.all);
        if let Some(item) = self.outer.items.get(outer.len()) {
            let choices = item.iter().enumerate();
            return choices.for_each(|(i, choice)| visit(i, made.with(&self.outer, choice)));
        }
        for group in &self.groups {
            let sum = self.outer.items[group.item][outer[group.item] as usize];
            let (own, later) = inner.split_at(inner.len().min(group.chain.items.len()));
            let within = Made::new(&group.chain, own, [sum.steps, sum.uses]);
            if let Some(item) = group.chain.items.get(own.len()) {
                for (i, choice) in item.iter().enumerate() {
                    made.costs[group.item] = within.with(&group.chain, choice);
                    visit(i, folded(&made.costs, 0.0));
                }
                return;
            }
            made.costs[group.item] = folded(&within.costs, 0.0);
            inner = later;
        }
    }

    fn point(&self, path: &[u32]) -> Vec<usize> {
        let mut point = vec![0; self.domains.iter().map(Vec::len).sum()];
        let (outer, mut inner) = path.split_at(self.outer.items.len());
        for (domains, (item, choice)) in self.domains.iter().zip(self.outer.items.iter().zip(outer))
        {
            point[domains[0]] = item[*choice as usize].steps;
        }
        for group in &self.groups {
            let (own, later) = inner.split_at(group.chain.items.len());
            let members = self.domains[group.item].iter().zip(&group.chain.items);
            for ((domain, item), choice) in members.zip(own) {
                point[*domain] = item[*choice as usize].steps;
            }
            inner = later;
        }
        point
    }
}
