//! Least squares with a penalty on the size of the coefficients, about the means.
//!
//! In: a table of columns, a target, a strength. Out: coefficients; with a strength of zero the
//! smallest ones that fit best. Everything is read off one singular value decomposition, so that
//! many strengths cost little more than one.

use crate::numeric::{Triangle, singular};

/// Directions that the rows vary by less than this share of the largest are rounding.
const ROUNDING: f64 = 1e-8;

/// Strengths tried, as powers of ten of the largest squared singular value, and steps a power.
const POWERS: [i32; 2] = [-12, 2];
const STEPS: i32 = 4;

/// The decomposition of a centred table: `rows - means = sum over k of value left right'`.
#[derive(Debug)]
pub(super) struct Squares {
    /// The columns' means.
    pub(super) means: Vec<f64>,
    /// Singular values above rounding, largest first.
    values: Vec<f64>,
    /// One unit vector over the rows a value.
    left: Vec<Vec<f64>>,
    /// One unit vector over the columns a value.
    right: Vec<Vec<f64>>,
}

impl Squares {
    /// Decomposes a table, given row by row.
    pub(super) fn new(table: &[f64], columns: usize) -> Squares {
        let rows = table.len() / columns;
        let mean = |j: usize| table.iter().skip(j).step_by(columns).sum::<f64>() / rows as f64;
        let means: Vec<f64> = (0..columns).map(mean).collect();
        let centred = |i: usize, j: usize| table[i * columns + j] - means[j];
        // The triangle wants a tall matrix.
        let (tall, height, width): (Vec<f64>, _, _) = if rows >= columns {
            (
                (0..rows * columns).map(|e| centred(e / columns, e % columns)).collect(),
                rows,
                columns,
            )
        } else {
            ((0..rows * columns).map(|e| centred(e % rows, e / rows)).collect(), columns, rows)
        };
        let (values, short, long) = decompose(&tall, height, width);
        let (left, right) = if rows >= columns { (long, short) } else { (short, long) };
        Squares { means, values, left, right }
    }

    /// How many directions the rows vary.
    pub(super) fn rank(&self) -> usize {
        self.values.len()
    }

    /// The coefficients that minimise the sum of squared residuals about the mean and `strength`
    /// times the sum of squared coefficients.
    pub(super) fn solve(&self, target: &[f64], strength: f64) -> Vec<f64> {
        let mut coefficients = vec![0.0; self.means.len()];
        for ((value, left), right) in self.values.iter().zip(&self.left).zip(&self.right) {
            let along = dot(left, target) * value / (value * value + strength);
            coefficients.iter_mut().zip(right).for_each(|(c, r)| *c += along * r);
        }
        coefficients
    }

    /// The strength with the least sum of squared errors on runs that are left out one at a time
    /// (Allen 1974), of a grid.
    pub(super) fn best_strength(&self, target: &[f64]) -> f64 {
        let largest = self.values.first().map_or(1.0, |value| value * value);
        let power = |step: i32| largest * 10.0_f64.powf(f64::from(step) / f64::from(STEPS));
        let strengths = (STEPS * POWERS[0]..=STEPS * POWERS[1]).map(power);
        let tried = strengths.map(|strength| (self.left_out(target, strength), strength));
        tried.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(largest, |(_, strength)| strength)
    }

    /// The sum of squared errors on runs left out: residuals over one less their leverage.
    fn left_out(&self, target: &[f64], strength: f64) -> f64 {
        let rows = target.len();
        let mean = target.iter().sum::<f64>() / rows as f64;
        let mut residual: Vec<f64> = target.iter().map(|y| y - mean).collect();
        let mut freedom = vec![1.0 - 1.0 / rows as f64; rows];
        for (value, left) in self.values.iter().zip(&self.left) {
            let kept = value * value / (value * value + strength);
            let along = kept * dot(left, target);
            for ((residual, freedom), u) in residual.iter_mut().zip(&mut freedom).zip(left) {
                *residual -= along * u;
                *freedom -= kept * u * u;
            }
        }
        // A run that alone decides what is predicted for it says nothing of others.
        residual.iter().zip(freedom).map(|(r, f)| (r / f.max(f64::EPSILON)).powi(2)).sum()
    }
}

/// Singular values above rounding of a tall matrix, with its short and its long vectors.
fn decompose(
    tall: &[f64],
    height: usize,
    width: usize,
) -> (Vec<f64>, Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let mut triangle = Triangle::new(width);
    tall.chunks_exact(width).for_each(|row| triangle.push(row));
    let (mut values, vectors) = singular(&triangle.finish(), width);
    // A table of equal rows is rounding as a whole.
    let largest = values.first().copied().unwrap_or(0.0);
    let least = (ROUNDING * largest).max(f64::EPSILON * height as f64);
    values.retain(|value| *value > least);
    let short: Vec<Vec<f64>> =
        vectors.chunks_exact(width).take(values.len()).map(<[f64]>::to_vec).collect();
    let image = |(vector, value): (&Vec<f64>, &f64)| -> Vec<f64> {
        tall.chunks_exact(width).map(|row| dot(row, vector) / value).collect()
    };
    let long = short.iter().zip(&values).map(image).collect();
    (values, short, long)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
