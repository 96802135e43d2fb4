//! The best place to split a leaf.
//!
//! In: what the rows of a leaf come to, bin by bin. Out: the feature and bin whose split lowers the
//! squared error most. Sums are taken in LightGBM's order, so that even splits that differ by rounding
//! only are chosen as it chooses them.

use super::boost::Growth;

/// LightGBM's single-precision constant that keeps sums of second derivatives from zero.
pub(super) const EPSILON: f64 = 1e-15_f32 as f64;

/// What some rows come to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    /// Sum of the first derivatives of the objective.
    pub(super) slope: f64,
    /// Sum of the second, which is 1 for each row.
    pub(super) bend: f64,
}

/// A way to part the rows of a leaf: up to and including a bin of a feature they go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) gain: f64,
    pub(super) feature: usize,
    pub(super) bin: usize,
    /// Of both sides, left first.
    pub(super) sums: [Sums; 2],
    /// Of both sides, before the learning rate.
    pub(super) values: [f64; 2],
}

impl Split {
    /// Whether it is the better; of equal splits the lower feature's.
    pub(super) fn beats(&self, other: Option<&Split>) -> bool {
        other.is_none_or(|other| match self.gain == other.gain {
            true => self.feature < other.feature,
            false => self.gain > other.gain,
        })
    }
}

/// The best split of a leaf by one feature, whose bins come to `bins`; `None` where no split leaves
/// enough on both sides and gains.
pub(super) fn best(
    feature: usize,
    bins: &[Sums],
    leaf: &Sums,
    rows: usize,
    growth: &Growth,
) -> Option<Split> {
    let whole = Sums { slope: leaf.slope, bend: leaf.bend + 2.0 * EPSILON };
    let unsplit = gain(&whole, growth.lambda);
    let mut right = Sums { slope: 0.0, bend: EPSILON };
    let mut rows_right = 0;
    let mut found: Option<(f64, usize, Sums)> = None;
    for bin in (1..bins.len()).rev() {
        right.slope += bins[bin].slope;
        right.bend += bins[bin].bend;
        // Every row's second derivative is 1.
        rows_right += bins[bin].bend as usize;
        if rows_right < growth.min_rows || right.bend < growth.min_bend {
            continue;
        }
        let left = Sums { slope: whole.slope - right.slope, bend: whole.bend - right.bend };
        if rows - rows_right < growth.min_rows || left.bend < growth.min_bend {
            break;
        }
        let split = gain(&left, growth.lambda) + gain(&right, growth.lambda);
        if split > found.map_or(unsplit, |found| found.0) {
            found = Some((split, bin - 1, left));
        }
    }
    let (split, bin, left) = found?;
    let right = Sums { slope: whole.slope - left.slope, bend: whole.bend - left.bend };
    let sides = [left, right];
    Some(Split {
        gain: split - unsplit,
        feature,
        bin,
        sums: sides.map(|side| Sums { bend: side.bend - EPSILON, ..side }),
        values: sides.map(|side| -side.slope / (side.bend + growth.lambda)),
    })
}

/// Twice what the best constant takes off the objective.
fn gain(sums: &Sums, lambda: f64) -> f64 {
    sums.slope * sums.slope / (sums.bend + lambda)
}
