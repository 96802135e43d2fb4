//! The model of a Huber loss near a point: residuals follow their slopes, and the loss bends where one of them
//! passes delta.
//!
//! In: residuals, slopes and weights of the rows at a point, and the curvature of the residuals themselves.
//! Out: the step to the minimum of that model. A Newton step alone sees only the rows that are within delta
//! at its own point, and so is far too long or too short where many pass it on the way. The model is convex
//! and piecewise quadratic: Newton steps with an exact search along each end in few rounds (Madsen and
//! Nielsen 1990), without another pass over the law.

use super::step::{Point, Step};
use crate::engine::cpu::pass::Rows;

/// Rounds within the model.
const ROUNDS: usize = 60;

/// A round that promises less than this share of what was won ends the search.
const ENOUGH: f64 = 1e-4;

/// Halvings of a bracket along a direction.
const HALVINGS: usize = 12;

/// See the module. Coordinates are the free ones of the search.
pub(super) struct Kinks<'a> {
    pub(super) delta: f64,
    pub(super) residuals: &'a [f64],
    /// One slope a free coordinate, each over all rows.
    pub(super) slopes: Vec<Vec<f64>>,
    pub(super) weights: Option<&'a [f64]>,
    /// What the Hessian has beyond the rows within delta: row-major.
    pub(super) second: Vec<f64>,
    pub(super) noise: &'a [f64],
}

impl<'a> Kinks<'a> {
    /// The model at a point with its rows. `scales` turn slopes along parameters into slopes along
    /// coordinates, one for each of the free ones.
    pub(super) fn new(
        point: &'a Point,
        rows: &'a Rows,
        weights: Option<&'a [f64]>,
        delta: f64,
        free: &[(usize, f64)],
    ) -> Kinks<'a> {
        let all = rows.residuals.len();
        let slope = |&(j, scale): &(usize, f64)| -> Vec<f64> {
            rows.slopes[j * all..(j + 1) * all].iter().map(|slope| scale * slope).collect()
        };
        let mut kinks = Kinks {
            delta,
            residuals: &rows.residuals,
            slopes: free.iter().map(slope).collect(),
            weights,
            second: point.hessian.clone(),
            noise: &point.noise,
        };
        let within = kinks.gram(&rows.residuals);
        kinks.second.iter_mut().zip(within).for_each(|(second, within)| *second -= within);
        kinks
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// `J'WJ` of the rows within delta.
    fn gram(&self, residuals: &[f64]) -> Vec<f64> {
        let size = self.slopes.len();
        let within: Vec<usize> =
            (0..residuals.len()).filter(|&row| residuals[row].abs() <= self.delta).collect();
        let mut gram = vec![0.0; size * size];
        let mut column = vec![0.0; within.len()];
        for i in 0..size {
            for (x, &row) in column.iter_mut().zip(&within) {
                *x = self.weight(row) * self.slopes[i][row];
            }
            for j in i..size {
                let sum = column.iter().zip(&within).map(|(x, &row)| x * self.slopes[j][row]).sum();
                gram[i * size + j] = sum;
                gram[j * size + i] = sum;
            }
        }
        gram
    }

    /// The weighted influence of a row with this residual.
    fn influence(&self, row: usize, residual: f64) -> f64 {
        self.weight(row) * residual.clamp(-self.delta, self.delta)
    }

    /// The loss of the model, without the constant.
    fn cost(&self, residuals: &[f64], step: &[f64]) -> f64 {
        let loss = |(row, residual): (usize, &f64)| {
            let size = residual.abs();
            let bounded = size.min(self.delta);
            self.weight(row) * bounded * (size - 0.5 * bounded)
        };
        let bend: f64 = step.iter().zip(self.bent(step)).map(|(x, y)| x * y).sum();
        residuals.iter().enumerate().map(loss).sum::<f64>() + 0.5 * bend
    }

    /// The second-order part times a step.
    fn bent(&self, step: &[f64]) -> Vec<f64> {
        let row = |row: &[f64]| row.iter().zip(step).map(|(x, y)| x * y).sum();
        self.second.chunks(step.len()).map(row).collect()
    }

    /// The model's own point after a step, for another Newton step.
    fn point(&self, residuals: &[f64], step: &[f64]) -> Point {
        let influence: Vec<f64> =
            residuals.iter().enumerate().map(|(row, r)| self.influence(row, *r)).collect();
        let along =
            |slope: &Vec<f64>| slope.iter().zip(&influence).map(|(x, y)| x * y).sum::<f64>();
        let gradient =
            self.slopes.iter().zip(self.bent(step)).map(|(slope, bent)| along(slope) + bent);
        let gram = self.gram(residuals);
        let hessian = gram.iter().zip(&self.second).map(|(gram, second)| gram + second).collect();
        Point {
            cost: self.cost(residuals, step),
            gradient: gradient.collect(),
            hessian,
            noise: self.noise.to_vec(),
            rows: None,
        }
    }

    /// How far to go along a direction: where the slope of the model crosses zero.
    fn length(&self, residuals: &[f64], moved: &[f64], step: &[f64], along: &[f64]) -> f64 {
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let (linear, square) = (dot(&self.bent(step), along), dot(&self.bent(along), along));
        let slope = |t: f64| {
            let rows = residuals.iter().zip(moved).enumerate();
            let one = |(row, (r, b)): (usize, (&f64, &f64))| self.influence(row, r + t * b) * b;
            rows.map(one).sum::<f64>() + linear + t * square
        };
        let (mut low, mut high) = ((0.0, slope(0.0)), (1.0, slope(1.0)));
        while high.1 < 0.0 && high.0 < 32.0 {
            (low, high) = (high, (2.0 * high.0, slope(2.0 * high.0)));
        }
        if high.1 < 0.0 {
            return high.0;
        }
        for _ in 0..HALVINGS {
            // The slope is piecewise linear: the secant is exact once no kink is left between the ends.
            let secant = low.0 - low.1 * (high.0 - low.0) / (high.1 - low.1);
            let middle =
                secant.clamp(low.0 + 0.05 * (high.0 - low.0), high.0 - 0.05 * (high.0 - low.0));
            let there = slope(middle);
            if there.abs() <= 1e-3 * slope(0.0).abs() {
                return middle;
            }
            if there < 0.0 { low = (middle, there) } else { high = (middle, there) }
        }
        low.0 + (high.0 - low.0) * 0.5
    }

    /// The step to the minimum of the model; `None` where it does not lead down.
    pub(super) fn step(&self) -> Option<Vec<f64>> {
        let size = self.slopes.len();
        let mut residuals = self.residuals.to_vec();
        let mut step = vec![0.0; size];
        let before = self.cost(&residuals, &step);
        for _ in 0..ROUNDS {
            let point = self.point(&residuals, &step);
            let newton = Step::new(&point, 0.0);
            let won = before - point.cost;
            if newton.promise <= ENOUGH * won || newton.direction.iter().any(|x| !x.is_finite()) {
                break;
            }
            let mut moved = vec![0.0; residuals.len()];
            for (slope, d) in self.slopes.iter().zip(&newton.direction) {
                moved.iter_mut().zip(slope).for_each(|(moved, slope)| *moved += d * slope);
            }
            let length = self.length(&residuals, &moved, &step, &newton.direction);
            residuals.iter_mut().zip(&moved).for_each(|(r, b)| *r += length * b);
            step.iter_mut().zip(&newton.direction).for_each(|(x, d)| *x += length * d);
        }
        let lower = self.cost(&residuals, &step) < before;
        (lower && step.iter().all(|x| x.is_finite())).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The model of y = a + b x with outliers: no second-order part.
    fn line(delta: f64) -> (Vec<f64>, Vec<Vec<f64>>) {
        let x: Vec<f64> = (0..40).map(|k| f64::from(k) / 40.0).collect();
        let noise = |k: usize| 0.01 * ((k * 7919 % 31) as f64 / 31.0 - 0.5);
        let outlier = |k: usize| if k % 5 == 0 { 3.0 + k as f64 } else { 0.0 };
        let y: Vec<f64> =
            x.iter().enumerate().map(|(k, x)| 2.0 + 3.0 * x + noise(k) + outlier(k)).collect();
        assert!(delta > 0.0);
        (y.iter().map(|y| -y).collect(), vec![vec![1.0; 40], x])
    }

    #[test]
    fn the_step_ends_where_no_direction_leads_down() {
        for delta in [1e-3, 1e-2, 1.0] {
            let (residuals, slopes) = line(delta);
            let noise = [0.0; 2];
            let kinks = Kinks {
                delta,
                residuals: &residuals,
                slopes,
                weights: None,
                second: vec![0.0; 4],
                noise: &noise,
            };
            let step = kinks.step().expect("a step");
            let left: Vec<f64> = (0..40)
                .map(|row| residuals[row] + step[0] + step[1] * kinks.slopes[1][row])
                .collect();
            let end = kinks.point(&left, &step);
            let start = kinks.point(&residuals, &[0.0; 2]);
            assert!(Step::new(&end, 0.0).promise <= 1e-3 * (start.cost - end.cost), "{delta}");
            if delta < 0.1 {
                assert!((step[0] - 2.0).abs() < 0.01 && (step[1] - 3.0).abs() < 0.02, "{step:?}");
            }
        }
    }
}
