//! The model of a Huber loss near a point: residuals follow their slopes, and the loss bends where one of them
//! passes delta.
//!
//! In: residuals, slopes and weights of the rows at a point. Out: the step to the minimum of that model. A
//! Newton step alone sees only the rows that are within delta at its own point, and so is far too long or
//! too short where many pass it on the way. The model is convex and piecewise quadratic: Newton steps with an
//! exact search along each end in few rounds (Madsen and Nielsen 1990), without another pass over the law.

use crate::engine::cpu::level::{Kernel, best};
use crate::engine::cpu::linear::Linear;
use crate::engine::cpu::pass::{Curvature, Normal};
use crate::numeric::{factor, solve_factored, upper};

/// Rounds within the model.
const ROUNDS: usize = 40;

/// A round that promises less than this share of what was won ends the search.
const ENOUGH: f64 = 1e-3;

/// Pivots below this, where all rows together would give 1, leave Newton's direction undetermined.
const DETERMINED: f64 = 1e-6;

/// Narrowings of a bracket along a direction.
const NARROWINGS: usize = 12;

/// A slope along a direction that is less than this share of the first is as good as none.
const LEVEL: f64 = 1e-2;

/// The step to the minimum of the model, and the decrease that it promises; `None` where it does not lead down.
/// The rows are moved there.
pub(super) fn step(rows: &mut Linear) -> Option<(Vec<f64>, f64)> {
    best(Descent(rows))
}

struct Descent<'a>(&'a mut Linear);

impl Kernel for Descent<'_> {
    type Output = Option<(Vec<f64>, f64)>;

    #[inline(always)]
    fn run<const FMA: bool>(mut self) -> Self::Output {
        // Slopes of unit length: the rows within delta may say nothing of a coordinate.
        let units = self.0.lengths::<FMA>();
        if units.iter().any(|unit| !(*unit > 0.0 && unit.is_finite())) {
            return None;
        }
        let mut step = vec![0.0; units.len()];
        let mut before = None;
        let mut round = 0;
        let won = loop {
            let normal = self.0.normal::<FMA>(Curvature::Exact);
            let won = *before.get_or_insert(normal.cost) - normal.cost;
            let (direction, promise) = self.direction::<FMA>(normal, &units)?;
            if round == ROUNDS || promise <= ENOUGH * won {
                break won;
            }
            self.0.towards::<FMA>(&direction);
            // A Newton step promises half of what its first slope would give.
            let length = self.length::<FMA>(-2.0 * promise);
            if !length.is_finite() {
                break won;
            }
            self.0.advance::<FMA>(length);
            step.iter_mut().zip(&direction).for_each(|(x, d)| *x += length * d);
            round += 1;
        };
        (won > 0.0 && step.iter().all(|x| x.is_finite())).then_some((step, won))
    }
}

impl Descent<'_> {
    /// A direction down, and the decrease that it promises: Newton's, or where the rows within delta do not
    /// determine it that of all rows, under the parabolas that touch their losses from above (Huber 1981).
    #[inline(always)]
    fn direction<const FMA: bool>(
        &mut self,
        normal: Normal,
        units: &[f64],
    ) -> Option<(Vec<f64>, f64)> {
        let size = units.len();
        let mut matrix = scaled(&normal.curvature, units);
        if !factor(&mut matrix, size, DETERMINED) {
            let all = self.0.normal::<FMA>(Curvature::Majorant);
            matrix = scaled(&all.curvature, units);
            if !factor(&mut matrix, size, 0.0) {
                return None;
            }
        }
        let mut step: Vec<f64> = normal.gradient.iter().zip(units).map(|(g, u)| -g / u).collect();
        solve_factored(&matrix, &mut step);
        step.iter_mut().zip(units).for_each(|(d, u)| *d /= u);
        let promise = -0.5 * step.iter().zip(&normal.gradient).map(|(d, g)| d * g).sum::<f64>();
        step.iter().all(|x| x.is_finite()).then_some((step, promise))
    }

    /// How far to go along the direction: where the slope of the model, which begins at `start`, crosses zero.
    #[inline(always)]
    fn length<const FMA: bool>(&self, start: f64) -> f64 {
        let mut low = (0.0, start);
        let mut high = (1.0, self.0.slope::<FMA>(1.0));
        if high.1.abs() <= LEVEL * start.abs() {
            return 1.0;
        }
        while high.1 < 0.0 && high.0 < 1e6 {
            let far = 4.0 * high.0;
            (low, high) = (high, (far, self.0.slope::<FMA>(far)));
        }
        for _ in 0..NARROWINGS {
            // The slope is piecewise linear: the secant is exact once no kink is left between the ends.
            let secant = low.0 - low.1 * (high.0 - low.0) / (high.1 - low.1);
            let margin = 0.05 * (high.0 - low.0);
            if !(secant.is_finite() && margin.is_finite()) {
                break;
            }
            let middle = secant.clamp(low.0 + margin, high.0 - margin);
            let there = self.0.slope::<FMA>(middle);
            if there.abs() <= LEVEL * start.abs() {
                return middle;
            }
            *(if there < 0.0 { &mut low } else { &mut high }) = (middle, there);
        }
        0.5 * (low.0 + high.0)
    }
}

/// The full matrix of an upper triangle, for coordinates of these units.
fn scaled(curvature: &[f64], units: &[f64]) -> Vec<f64> {
    let size = units.len();
    let entry = |e: usize| {
        let (i, j) = (e / size, e % size);
        curvature[upper(size, i, j)] / units[i] / units[j]
    };
    (0..size * size).map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cpu::pass::Rows;

    const ROWS: usize = 40;

    /// The model of y = 2 + 3 x with a little noise, every fifth row far off, at the point 0.
    fn line() -> Rows {
        let x: Vec<f64> = (0..ROWS).map(|k| k as f64 / 40.0).collect();
        let noise = |k: usize| 0.01 * ((k * 7919 % 31) as f64 / 31.0 - 0.5);
        let outlier = |k: usize| if k.is_multiple_of(5) { 3.0 + k as f64 } else { 0.0 };
        let y = |(k, x): (usize, &f64)| 2.0 + 3.0 * x + noise(k) + outlier(k);
        let residuals = x.iter().enumerate().map(|row| -y(row)).collect();
        Rows { residuals, slopes: [vec![1.0; ROWS], x].concat() }
    }

    /// The rows after a step.
    fn moved(rows: &Rows, step: &[f64]) -> Rows {
        let residual = |row: usize| {
            rows.residuals[row] + step[0] * rows.slopes[row] + step[1] * rows.slopes[ROWS + row]
        };
        Rows { residuals: (0..ROWS).map(residual).collect(), slopes: rows.slopes.clone() }
    }

    fn cost(rows: &Rows, delta: f64) -> f64 {
        let loss = |r: &f64| match r.abs() {
            size if size <= delta => 0.5 * size * size,
            size => delta * (size - 0.5 * delta),
        };
        rows.residuals.iter().map(loss).sum()
    }

    fn at(rows: &Rows, delta: f64, free: &[(usize, f64)]) -> Option<(Vec<f64>, f64)> {
        let mut linear = Linear::default();
        linear.fill(rows, None, delta, free);
        step(&mut linear)
    }

    #[test]
    fn the_step_ends_where_no_direction_leads_down() {
        let rows = line();
        let free = [(0, 1.0), (1, 1.0)];
        for delta in [1e-3, 1e-2, 1.0] {
            let (step, promise) = at(&rows, delta, &free).expect("a step");
            let left = moved(&rows, &step);
            let won = cost(&rows, delta) - cost(&left, delta);
            assert!((promise - won).abs() <= 1e-9 * won, "{delta}: {promise}, {won}");
            let more = at(&left, delta, &free).map_or(0.0, |(_, won)| won);
            assert!(more <= 1e-3 * won, "{delta}: {more} of {won}");
            if delta < 0.1 {
                assert!((step[0] - 2.0).abs() < 0.01 && (step[1] - 3.0).abs() < 0.02, "{step:?}");
            }
        }
    }

    #[test]
    fn with_a_delta_beyond_all_residuals_it_is_least_squares() {
        let rows = line();
        let free = [(0, 1.0), (1, 2.0)];
        let (step, _) = at(&rows, 1e3, &free).expect("a step");
        let left = moved(&rows, &[step[0], 2.0 * step[1]]);
        for slope in left.slopes.chunks_exact(ROWS) {
            let along: f64 = slope.iter().zip(&left.residuals).map(|(x, r)| x * r).sum();
            assert!(along.abs() < 1e-6, "{along}");
        }
    }

    #[test]
    fn rows_may_be_taken_on_again() {
        let rows = line();
        let few = Rows { residuals: vec![-1.0; 3], slopes: vec![1.0; 3] };
        let free = [(0, 1.0), (1, 1.0)];
        let mut linear = Linear::default();
        linear.fill(&rows, None, 1e-2, &free);
        step(&mut linear);
        linear.fill(&few, Some(&[1.0, 2.0, 0.0]), 1e-2, &free[..1]);
        let (alone, _) = step(&mut linear).expect("a step");
        assert!((alone[0] - 1.0).abs() < 1e-3, "{alone:?}");
        linear.fill(&rows, None, 1e-2, &free);
        assert_eq!(step(&mut linear), at(&rows, 1e-2, &free));
    }
}
