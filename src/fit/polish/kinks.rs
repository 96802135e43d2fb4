//! The model of a Huber loss near a point: residuals follow their slopes, and the loss bends where one of them
//! passes delta.
//!
//! In: residuals, slopes and weights of the rows at a point. Out: the step to the minimum of that model. A
//! Newton step alone sees only the rows that are within delta at its own point, and so is far too long or
//! too short where many pass it on the way. The model is convex and piecewise quadratic: Newton steps with an
//! exact search along each end in few rounds (Madsen and Nielsen 1990), without another pass over the law.

use crate::engine::cpu::pass::Rows;
use crate::numeric::{factor, solve_factored};

/// Rounds within the model.
const ROUNDS: usize = 40;

/// A round that promises less than this share of what was won ends the search.
const ENOUGH: f64 = 1e-3;

/// Pivots below this, where all rows together would give 1, leave Newton's direction undetermined.
const DETERMINED: f64 = 1e-6;

/// Narrowings of a bracket along a direction.
const NARROWINGS: usize = 12;

/// See the module. Coordinates are the free ones of the search.
pub(super) struct Kinks<'a> {
    delta: f64,
    residuals: &'a [f64],
    /// One slope a free coordinate, each over all rows.
    slopes: Vec<Vec<f64>>,
    weights: Vec<f64>,
    /// The length of each slope: those within delta may say nothing of a coordinate.
    units: Vec<f64>,
}

impl<'a> Kinks<'a> {
    /// The model at a point with its rows. `free` says for each free coordinate its number, and what turns a
    /// slope along the parameter into one along the coordinate.
    pub(super) fn new(
        rows: &'a Rows,
        weights: Option<&[f64]>,
        delta: f64,
        free: &[(usize, f64)],
    ) -> Kinks<'a> {
        let all = rows.residuals.len();
        let slope = |&(j, scale): &(usize, f64)| -> Vec<f64> {
            rows.slopes[j * all..(j + 1) * all].iter().map(|slope| scale * slope).collect()
        };
        let weights = weights.map_or_else(|| vec![1.0; all], <[f64]>::to_vec);
        let slopes: Vec<Vec<f64>> = free.iter().map(slope).collect();
        let unit = |slope: &Vec<f64>| {
            let weighted: Vec<f64> = slope.iter().zip(&weights).map(|(x, w)| w * x).collect();
            dot(&weighted, slope).sqrt()
        };
        let units = slopes.iter().map(unit).collect();
        Kinks { delta, residuals: &rows.residuals, slopes, weights, units }
    }

    fn cost(&self, residuals: &[f64]) -> f64 {
        let loss = |residual: &f64| {
            let size = residual.abs();
            let bounded = size.min(self.delta);
            bounded * (size - 0.5 * bounded)
        };
        let losses: Vec<f64> = residuals.iter().map(loss).collect();
        dot(&losses, &self.weights)
    }

    fn gradient(&self, residuals: &[f64]) -> Vec<f64> {
        let influence: Vec<f64> = residuals
            .iter()
            .zip(&self.weights)
            .map(|(r, w)| w * r.clamp(-self.delta, self.delta))
            .collect();
        self.slopes.iter().map(|slope| dot(slope, &influence)).collect()
    }

    /// `J'WJ` of the rows within delta; with `beyond` also of the others, with the weights of the parabolas that
    /// touch their losses from above (Huber 1981).
    fn gram(&self, residuals: &[f64], beyond: bool) -> Vec<f64> {
        let size = self.slopes.len();
        let share = |row: usize| (self.delta / residuals[row].abs()).min(1.0);
        let counts = |row: &usize| beyond || residuals[*row].abs() <= self.delta;
        let rows: Vec<usize> = (0..residuals.len()).filter(counts).collect();
        let roots: Vec<f64> =
            rows.iter().map(|&row| (self.weights[row] * share(row)).sqrt()).collect();
        let gathered: Vec<Vec<f64>> = self
            .slopes
            .iter()
            .map(|slope| rows.iter().zip(&roots).map(|(&row, root)| root * slope[row]).collect())
            .collect();
        let mut gram = vec![0.0; size * size];
        for i in 0..size {
            for j in i..size {
                let sum = dot(&gathered[i], &gathered[j]) / self.units[i] / self.units[j];
                gram[i * size + j] = sum;
                gram[j * size + i] = sum;
            }
        }
        gram
    }

    /// A direction down, and the decrease that it promises: Newton's, or where the rows within delta do not
    /// determine it that of all rows.
    fn direction(&self, residuals: &[f64]) -> Option<(Vec<f64>, f64)> {
        let size = self.slopes.len();
        if self.units.iter().any(|unit| !(*unit > 0.0 && unit.is_finite())) {
            return None;
        }
        let mut matrix = self.gram(residuals, false);
        if !factor(&mut matrix, size, DETERMINED) {
            matrix = self.gram(residuals, true);
            if !factor(&mut matrix, size, 0.0) {
                return None;
            }
        }
        let gradient = self.gradient(residuals);
        let mut step: Vec<f64> = gradient.iter().zip(&self.units).map(|(g, u)| -g / u).collect();
        solve_factored(&matrix, &mut step);
        step.iter_mut().zip(&self.units).for_each(|(d, u)| *d /= u);
        let promise = -0.5 * dot(&step, &gradient);
        step.iter().all(|x| x.is_finite()).then_some((step, promise))
    }

    /// How residuals move along a direction.
    fn moved(&self, direction: &[f64]) -> Vec<f64> {
        let mut moved = vec![0.0; self.residuals.len()];
        for (slope, d) in self.slopes.iter().zip(direction) {
            moved.iter_mut().zip(slope).for_each(|(moved, slope)| *moved += d * slope);
        }
        moved
    }

    /// How far to go along a direction: where the slope of the model crosses zero.
    fn length(&self, residuals: &[f64], moved: &[f64]) -> f64 {
        let weighted: Vec<f64> = moved.iter().zip(&self.weights).map(|(b, w)| w * b).collect();
        let mut influence = vec![0.0; moved.len()];
        let mut slope = |t: f64| -> f64 {
            for ((x, r), b) in influence.iter_mut().zip(residuals).zip(moved) {
                *x = (r + t * b).clamp(-self.delta, self.delta);
            }
            dot(&influence, &weighted)
        };
        let (start, end) = (slope(0.0), slope(1.0));
        if end.abs() <= 1e-2 * start.abs() {
            return 1.0;
        }
        let (mut low, mut high) = ((0.0, start), (1.0, end));
        while high.1 < 0.0 && high.0 < 1e6 {
            (low, high) = (high, (4.0 * high.0, slope(4.0 * high.0)));
        }
        for _ in 0..NARROWINGS {
            // The slope is piecewise linear: the secant is exact once no kink is left between the ends.
            let secant = low.0 - low.1 * (high.0 - low.0) / (high.1 - low.1);
            let margin = 0.05 * (high.0 - low.0);
            if !(secant.is_finite() && margin.is_finite()) {
                break;
            }
            let middle = secant.clamp(low.0 + margin, high.0 - margin);
            let there = slope(middle);
            if there.abs() <= 1e-2 * start.abs() {
                return middle;
            }
            *(if there < 0.0 { &mut low } else { &mut high }) = (middle, there);
        }
        0.5 * (low.0 + high.0)
    }

    /// The step to the minimum of the model, and the decrease that it promises; `None` where it does not lead
    /// down.
    pub(super) fn step(&self) -> Option<(Vec<f64>, f64)> {
        let mut residuals = self.residuals.to_vec();
        let mut step = vec![0.0; self.slopes.len()];
        let before = self.cost(&residuals);
        let mut won = 0.0;
        for _ in 0..ROUNDS {
            let (direction, promise) = self.direction(&residuals)?;
            if promise <= ENOUGH * won {
                break;
            }
            let moved = self.moved(&direction);
            let length = self.length(&residuals, &moved);
            if !length.is_finite() {
                break;
            }
            residuals.iter_mut().zip(&moved).for_each(|(r, b)| *r += length * b);
            step.iter_mut().zip(&direction).for_each(|(x, d)| *x += length * d);
            won = before - self.cost(&residuals);
        }
        (won > 0.0 && step.iter().all(|x| x.is_finite())).then_some((step, won))
    }
}

/// In several sums side by side: one sum waits for each of its additions.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    const SUMS: usize = 8;
    let mut sums = [0.0; SUMS];
    let (x, y) = (x.chunks_exact(SUMS), y.chunks_exact(SUMS));
    let rest: f64 = x.remainder().iter().zip(y.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in x.zip(y) {
        for k in 0..SUMS {
            sums[k] += x[k] * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The model of y = 2 + 3 x with a little noise, every fifth row far off, at the point 0.
    fn line() -> Rows {
        let x: Vec<f64> = (0..40).map(|k| f64::from(k) / 40.0).collect();
        let noise = |k: usize| 0.01 * ((k * 7919 % 31) as f64 / 31.0 - 0.5);
        let outlier = |k: usize| if k.is_multiple_of(5) { 3.0 + k as f64 } else { 0.0 };
        let y = |(k, x): (usize, &f64)| 2.0 + 3.0 * x + noise(k) + outlier(k);
        let residuals = x.iter().enumerate().map(|row| -y(row)).collect();
        Rows { residuals, slopes: [vec![1.0; 40], x].concat() }
    }

    #[test]
    fn the_step_ends_where_no_direction_leads_down() {
        let rows = line();
        for delta in [1e-3, 1e-2, 1.0] {
            let kinks = Kinks::new(&rows, None, delta, &[(0, 1.0), (1, 1.0)]);
            let (step, _) = kinks.step().expect("a step");
            let left: Vec<f64> = (0..40)
                .map(|row| rows.residuals[row] + step[0] + step[1] * rows.slopes[40 + row])
                .collect();
            let won = kinks.cost(&rows.residuals) - kinks.cost(&left);
            let (_, promise) = kinks.direction(&left).expect("a direction");
            assert!(promise <= 1e-3 * won, "{delta}: {promise} of {won}");
            if delta < 0.1 {
                assert!((step[0] - 2.0).abs() < 0.01 && (step[1] - 3.0).abs() < 0.02, "{step:?}");
            }
        }
    }

    #[test]
    fn with_a_delta_beyond_all_residuals_it_is_least_squares() {
        let rows = line();
        let kinks = Kinks::new(&rows, None, 1e3, &[(0, 1.0), (1, 2.0)]);
        let (step, _) = kinks.step().expect("a step");
        let left: Vec<f64> = (0..40)
            .map(|row| rows.residuals[row] + step[0] + 2.0 * step[1] * rows.slopes[40 + row])
            .collect();
        for slope in kinks.gradient(&left) {
            assert!(slope.abs() < 1e-6, "{slope}");
        }
    }
}
