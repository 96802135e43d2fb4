//! Passes over rows whose residuals are linear: a law near a point, under a Huber loss.
//!
//! In: residuals, slopes and weights of the rows. Out: what a pass over the law gives, there and where the rows are
//! moved to. All of it is inlined into a [`Kernel`](super::level::Kernel), and so without closures: those are calls.

use super::block::{LANES, dot, dot4, total};
use super::math::fma;
use super::pass::{Curvature, Normal, Rows, huber};

/// Rows with slopes and weights, filled up to whole lanes by rows of weight zero; kept to be filled again.
#[derive(Debug, Default)]
pub(crate) struct Linear {
    delta: f64,
    residuals: Vec<f64>,
    /// All rows of the first slope, then of the second, and so on.
    slopes: Vec<f64>,
    weights: Vec<f64>,
    /// The direction of [`Linear::towards`]: what it does to residuals, and that times the weights.
    moved: Vec<f64>,
    weighted: Vec<f64>,
    influence: Vec<f64>,
    bend: Vec<f64>,
    product: Vec<f64>,
}

impl Linear {
    /// Takes rows on. `scales` says for each coordinate the number of its slope, and what that is multiplied by.
    pub(crate) fn fill(
        &mut self,
        rows: &Rows,
        weights: Option<&[f64]>,
        delta: f64,
        scales: &[(usize, f64)],
    ) {
        let all = rows.residuals.len();
        let length = all.next_multiple_of(LANES);
        self.delta = delta;
        self.residuals.clone_from(&rows.residuals);
        self.residuals.resize(length, 0.0);
        self.slopes.clear();
        for &(j, scale) in scales {
            self.slopes.extend(rows.slopes[j * all..(j + 1) * all].iter().map(|x| scale * x));
            self.slopes.extend(std::iter::repeat_n(0.0, length - all));
        }
        self.weights.clear();
        match weights {
            Some(weights) => self.weights.extend_from_slice(weights),
            None => self.weights.resize(all, 1.0),
        }
        self.weights.resize(length, 0.0);
        for buffer in [
            &mut self.moved,
            &mut self.weighted,
            &mut self.influence,
            &mut self.bend,
            &mut self.product,
        ] {
            buffer.resize(length, 0.0);
        }
    }

    /// The length of each slope under the weights.
    #[inline(always)]
    pub(crate) fn lengths<const FMA: bool>(&mut self) -> Vec<f64> {
        let Linear { slopes, weights, product, .. } = self;
        let mut lengths = Vec::with_capacity(slopes.len() / weights.len());
        for slope in slopes.chunks_exact(weights.len()) {
            times(product, slope, weights);
            let mut lanes = [0.0; LANES];
            dot::<FMA>(&mut lanes, slope, product);
            lengths.push(total(&lanes).sqrt());
        }
        lengths
    }

    /// Loss, gradient and curvature.
    #[inline(always)]
    pub(crate) fn normal<const FMA: bool>(&mut self, kind: Curvature) -> Normal {
        let Linear { residuals, slopes, weights, influence, bend, product, .. } = self;
        let cost = huber(residuals, weights, influence, bend, self.delta, kind);
        let rows = weights.len();
        let count = slopes.len() / rows;
        let mut normal = Normal {
            cost,
            gradient: Vec::with_capacity(count),
            curvature: Vec::with_capacity(count * (count + 1) / 2),
        };
        dots::<FMA>(slopes, influence, &mut normal.gradient);
        for j in 0..count {
            times(product, &slopes[j * rows..][..rows], bend);
            dots::<FMA>(&slopes[j * rows..], product, &mut normal.curvature);
        }
        normal
    }

    /// Sets a direction.
    #[inline(always)]
    pub(crate) fn towards<const FMA: bool>(&mut self, direction: &[f64]) {
        self.moved.fill(0.0);
        for (slope, d) in self.slopes.chunks_exact(self.weights.len()).zip(direction) {
            for (moved, slope) in self.moved.iter_mut().zip(slope) {
                *moved = fma::<FMA>(*d, *slope, *moved);
            }
        }
        times(&mut self.weighted, &self.moved, &self.weights);
    }

    /// The slope of the loss along the direction, `share` of it away.
    #[inline(always)]
    pub(crate) fn slope<const FMA: bool>(&self, share: f64) -> f64 {
        let mut lanes = [0.0; LANES];
        let ways = self.moved.chunks_exact(LANES).zip(self.weighted.chunks_exact(LANES));
        for (r, (b, w)) in self.residuals.chunks_exact(LANES).zip(ways) {
            for i in 0..LANES {
                let there = fma::<FMA>(share, b[i], r[i]);
                let low = if there < -self.delta { -self.delta } else { there };
                let bounded = if low > self.delta { self.delta } else { low };
                lanes[i] = fma::<FMA>(bounded, w[i], lanes[i]);
            }
        }
        total(&lanes)
    }

    /// Moves the rows along the direction.
    #[inline(always)]
    pub(crate) fn advance<const FMA: bool>(&mut self, share: f64) {
        for (r, b) in self.residuals.iter_mut().zip(&self.moved) {
            *r = fma::<FMA>(share, *b, *r);
        }
    }
}

#[inline(always)]
fn times(into: &mut [f64], x: &[f64], y: &[f64]) {
    for ((into, x), y) in into.iter_mut().zip(x).zip(y) {
        *into = x * y;
    }
}

/// Adds the product of each of the columns with `y` to the list.
#[inline(always)]
fn dots<const FMA: bool>(columns: &[f64], y: &[f64], sums: &mut Vec<f64>) {
    let rows = y.len();
    let tiles = columns.chunks_exact(4 * rows);
    let rest = tiles.remainder();
    for tile in tiles {
        let mut lanes = [[0.0; LANES]; 4];
        let (one, two) = tile.split_at(2 * rows);
        let ((a, b), (c, d)) = (one.split_at(rows), two.split_at(rows));
        dot4::<FMA>(&mut lanes, [a, b, c, d], y);
        lanes.iter().for_each(|lanes| sums.push(total(lanes)));
    }
    for column in rest.chunks_exact(rows) {
        let mut lanes = [0.0; LANES];
        dot::<FMA>(&mut lanes, column, y);
        sums.push(total(&lanes));
    }
}
