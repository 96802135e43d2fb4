//! Boosting: tree after tree on what is left of the target.
//!
//! In: samples, how trees grow, and, to stop early, samples to watch. Out: trees whose sum is the
//! prediction. Arithmetic is LightGBM's: targets and slopes in single precision, sums in double.

use super::bins::Binned;
use super::grow::Grower;
use super::split::EPSILON;
use super::tree::{Tree, ZERO};
use crate::regress::Samples;

/// How one tree grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Growth {
    /// Leaves at most.
    pub(super) leaves: usize,
    /// Rows of a leaf at least.
    pub(super) min_rows: usize,
    /// Sum of the second derivatives of a leaf's rows at least.
    pub(super) min_bend: f64,
    /// Weight of the squared values of leaves in the objective.
    pub(super) lambda: f64,
}

/// How trees grow, how many at most, and what share of each is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Course {
    pub(super) growth: Growth,
    pub(super) iterations: usize,
    pub(super) rate: f64,
    pub(super) bins: usize,
}

/// Boosts to the last iteration, or until no tree gains anything.
pub(super) fn boost(samples: &Samples, course: &Course) -> Vec<Tree> {
    run(samples, course, |_| false)
}

/// Boosts until the mean absolute or the mean squared error on `watched` has not improved for
/// `rounds` trees, and keeps the trees up to the best.
pub(super) fn boost_watched(
    samples: &Samples,
    watched: &Samples,
    rounds: usize,
    course: &Course,
) -> Vec<Tree> {
    let target = single(&watched.target);
    let mut scores = vec![0.0; watched.len()];
    let mut watch = Watch::new(rounds);
    let mut trees = run(samples, course, |tree| {
        scores.iter_mut().zip(watched.rows()).for_each(|(score, row)| *score += tree.value(row));
        watch.stops(errors(&scores, &target))
    });
    trees.truncate(watch.kept());
    trees
}

/// Boosts; `stops` is shown every tree and says whether it is the last.
fn run(samples: &Samples, course: &Course, mut stops: impl FnMut(&Tree) -> bool) -> Vec<Tree> {
    let binned = Binned::new(&samples.mixtures, samples.domains, course.bins);
    let mut grower = Grower::new(&binned, course.growth);
    let target = single(&samples.target);
    let start =
        target.iter().map(|y| f64::from(*y)).fold(0.0, |sum, y| sum + y) / target.len() as f64;
    let mut scores = vec![start; target.len()];
    let mut trees = Vec::new();
    while trees.len() < course.iterations {
        let mut tree = grower.grow(&slopes(&scores, &target));
        if tree.nodes.is_empty() {
            break;
        }
        tree.leaves.iter_mut().for_each(|value| *value = scaled(*value, course.rate));
        for (rows, value) in grower.held().zip(&tree.leaves) {
            rows.iter().for_each(|&row| scores[row] += value);
        }
        if trees.is_empty() && start.abs() > EPSILON {
            tree.leaves.iter_mut().for_each(|value| *value += start);
        }
        let last = stops(&tree);
        trees.push(tree);
        if last {
            break;
        }
    }
    if trees.is_empty() { vec![Tree::constant(start)] } else { trees }
}

#[allow(clippy::cast_possible_truncation, reason = "single precision is meant")]
fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|x| *x as f32).collect()
}

/// The slope of half the squared error of each row.
#[allow(clippy::cast_possible_truncation, reason = "single precision is meant")]
fn slopes(scores: &[f64], target: &[f32]) -> Vec<f32> {
    scores.iter().zip(target).map(|(score, y)| (score - f64::from(*y)) as f32).collect()
}

fn scaled(value: f64, rate: f64) -> f64 {
    let scaled = value * rate;
    if scaled.abs() <= ZERO { 0.0 } else { scaled }
}

/// Mean absolute and mean squared error.
fn errors(scores: &[f64], target: &[f32]) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for (score, y) in scores.iter().zip(target) {
        let off = score - f64::from(*y);
        sums[0] += off.abs();
        sums[1] += off * off;
    }
    sums.map(|sum| sum / scores.len() as f64)
}

/// Watches both errors and stops at the first that has not improved for long enough.
struct Watch {
    rounds: usize,
    /// The least of each error, and after how many trees.
    best: [(f64, usize); 2],
    trees: usize,
    /// Which error has stopped it.
    stale: Option<usize>,
}

impl Watch {
    fn new(rounds: usize) -> Watch {
        Watch { rounds, best: [(f64::INFINITY, 1); 2], trees: 0, stale: None }
    }

    fn stops(&mut self, errors: [f64; 2]) -> bool {
        self.trees += 1;
        for (best, error) in self.best.iter_mut().zip(errors) {
            if error < best.0 {
                *best = (error, self.trees);
            }
        }
        self.stale = self.best.iter().position(|best| self.trees - best.1 >= self.rounds);
        self.stale.is_some()
    }

    /// How many trees to keep; at the last iteration the absolute error decides.
    fn kept(&self) -> usize {
        self.best[self.stale.unwrap_or(0)].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error that stops first decides, and of two the absolute one.
    #[test]
    fn a_watch_stops_at_the_first_stale_error() {
        let mut watch = Watch::new(2);
        assert!(!watch.stops([3.0, 3.0]));
        assert!(!watch.stops([2.0, 4.0]));
        assert!(watch.stops([1.0, 3.0]));
        assert_eq!(watch.kept(), 1);
        let mut watch = Watch::new(2);
        assert!([[3.0, 3.0], [2.0, 2.0], [2.0, 1.0]].iter().all(|errors| !watch.stops(*errors)));
        assert_eq!(watch.kept(), 2);
    }
}
