//! What the rows of a fit can say of its parameters, before it is made.
//!
//! In: a problem. Out: a [`Sight`]: parameters that no start can determine, those that a little noise
//! would throw about, and rows where the law is finite at no start.

use crate::engine::cpu::pass::{Curvature, Scratch, Task};
use crate::fit::spectrum::{Spectrum, scale};
use crate::numeric::Triangle;
use crate::plan::draw;
use crate::problem::{Axis, Loss, Problem, Scale, Space};

/// Starts that are looked at where the first does not settle it.
const STARTS: usize = 16;

/// The noise in the loss for which standard errors are foretold.
pub(super) const NOISE: f64 = 0.01;

/// A parameter is badly known when that noise moves it by more than this share of its range of starts.
const LOOSE: f64 = 0.1;

/// And when less than this part of its slopes is no combination of the other parameters' slopes: without
/// this, a term that happens to be small at the starts would look badly known.
const APART: f64 = 0.05;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Sight {
    /// Parameters that are in a free direction at every start.
    pub(super) undetermined: Vec<usize>,
    /// Other parameters that are badly known at every start, and the least standard error foretold:
    /// relative for positive parameters.
    pub(super) loose: Vec<(usize, f64)>,
    /// Rows where the law is not finite at any start.
    pub(super) infinite: Vec<usize>,
}

/// One row at one start: slopes of the logarithm of the prediction in search coordinates. Nothing where
/// it is not finite.
type Slopes = Option<Vec<f64>>;

/// Looks at a problem of raw residuals. What one start determines is determined, so that most tables
/// need one start alone.
pub(super) fn look(problem: &Problem) -> Sight {
    let size = problem.space.len();
    let space = space(problem);
    let mut infinite: Vec<usize> = (0..problem.rows.len()).collect();
    let mut starts = Vec::new();
    for start in 0..STARTS {
        let rows = slopes(problem, &draw(&space, 0, start));
        infinite.retain(|&row| rows[row].is_none());
        starts.push(rows);
        if infinite.is_empty() {
            break;
        }
    }
    let mut sight = Sight { infinite, ..Sight::default() };
    if problem.rows.len() - sight.infinite.len() < size || size == 0 {
        return sight;
    }
    let mut known = Known::nothing(size);
    for start in 0..STARTS {
        if start == starts.len() {
            starts.push(slopes(problem, &draw(&space, 0, start)));
        }
        known.learn(problem, &starts[start], &sight.infinite);
        if known.is_all() {
            break;
        }
    }
    (sight.undetermined, sight.loose) = known.wanting();
    sight
}

/// What the starts so far have shown.
struct Known {
    /// Whether a start was finite on all rows that can be.
    any: bool,
    /// Parameters that were free at each of them.
    free: Vec<bool>,
    /// The least standard error of each at a start where it was not free.
    error: Vec<f64>,
    /// Whether some start knows it well.
    well: Vec<bool>,
}

impl Known {
    fn nothing(size: usize) -> Known {
        let (free, well) = (vec![true; size], vec![false; size]);
        Known { any: false, free, error: vec![f64::INFINITY; size], well }
    }

    fn learn(&mut self, problem: &Problem, rows: &[Slopes], infinite: &[usize]) {
        let size = self.free.len();
        let mut triangle = Triangle::new(size);
        for (row, slopes) in rows.iter().enumerate() {
            match slopes {
                Some(slopes) => triangle.push(slopes),
                None if infinite.binary_search(&row).is_ok() => {}
                None => return,
            }
        }
        let mut triangle = triangle.finish();
        let norms = scale(&mut triangle, size);
        let spectrum = Spectrum::new(&triangle, size);
        let covariance = spectrum.covariance(&norms, NOISE * NOISE);
        self.any = true;
        for j in 0..size {
            let free = spectrum.free.contains(&j);
            self.free[j] &= free;
            let error = covariance[j * (size + 1)].sqrt();
            if !free && error.is_finite() {
                self.error[j] = self.error[j].min(error);
                let apart = NOISE / (error * norms[j]) >= APART;
                let firm = width(problem, j).is_none_or(|width| error <= LOOSE * width);
                self.well[j] |= apart || firm;
            }
        }
    }

    /// Parameters that are wanting: free, and badly known.
    fn wanting(&self) -> (Vec<usize>, Vec<(usize, f64)>) {
        if !self.any {
            return Default::default();
        }
        let all = 0..self.free.len();
        let free = all.clone().filter(|&j| self.free[j]).collect();
        let loose = all.filter(|&j| !self.free[j] && !self.well[j] && self.error[j].is_finite());
        (free, loose.map(|j| (j, self.error[j])).collect())
    }

    fn is_all(&self) -> bool {
        let (free, loose) = self.wanting();
        self.any && free.is_empty() && loose.is_empty()
    }
}

/// The width of a parameter's range of starts in search coordinates, where law or user give one.
fn width(problem: &Problem, parameter: usize) -> Option<f64> {
    problem.forms.model.parameters[parameter].start?;
    let axis = &problem.space.axes[parameter];
    let [low, high] = axis.start;
    let width = match positive(problem, parameter) {
        true if low > 0.0 => (high / low).ln(),
        true => return None,
        false => high - low,
    };
    (width > 0.0).then_some(width)
}

/// Whether a parameter's error is relative.
pub(super) fn positive(problem: &Problem, parameter: usize) -> bool {
    problem.forms.model.parameters[parameter].positive
}

/// Where starts are drawn. A fit solves for linear parameters and draws the others; here all are drawn, the
/// positive ones by their logarithm, so that terms of every proportion are seen.
fn space(problem: &Problem) -> Space {
    let axis = |(number, axis): (usize, &Axis)| Axis {
        scale: if positive(problem, number) { Scale::Log } else { Scale::Linear },
        ..*axis
    };
    let axes = problem.space.axes.iter().enumerate().map(axis).collect();
    Space { axes, ..Space::default() }
}

fn slopes(problem: &Problem, theta: &[f64]) -> Vec<Slopes> {
    let task = Task {
        program: &problem.forms.normal,
        columns: problem.sample.normal(&problem.forms),
        rows: &problem.rows,
        weights: None,
        loss: Loss::Squared,
        kind: Curvature::Exact,
    };
    let units: Vec<f64> =
        (0..theta.len()).map(|j| if positive(problem, j) { theta[j] } else { 1.0 }).collect();
    let observed = problem.target();
    let mut rows = Vec::with_capacity(observed.len());
    task.each_row(theta, &mut Scratch::default(), |slopes, _, residual| {
        let size = (residual + observed[rows.len()]).abs();
        let row: Vec<f64> =
            slopes.iter().zip(&units).map(|(slope, unit)| slope * unit / size).collect();
        let finite = size > 0.0 && size.is_finite() && row.iter().all(|x| x.is_finite());
        rows.push(finite.then_some(row));
    });
    rows
}
