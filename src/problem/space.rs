//! The space that parameters are searched in: positive ones by their logarithm, all within bounds.
//!
//! In: a law's parameters. Out: a [`Space`] that maps between search coordinates q and parameters
//! theta, and carries gradients and curvature across.

use crate::law::model::Parameter;

/// How a parameter is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// As it is.
    Linear,
    /// By its natural logarithm.
    Log,
}

/// One coordinate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// How it is searched.
    pub scale: Scale,
    /// Starts are drawn from here (parameter units).
    pub start: [f64; 2],
    /// The search stays within this range of q.
    pub limits: [f64; 2],
    /// The user's or the law's own bounds (parameter units).
    pub bounds: [f64; 2],
}

/// The search space of one problem.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Space {
    /// One axis a parameter.
    pub axes: Vec<Axis>,
    /// Parameters whose start is solved for, not drawn.
    pub projected: Vec<usize>,
    /// Whether the projected parameters are solved for at every step.
    pub separable: bool,
}

/// How far a search may leave the range of starts: a factor of e^40 for positive parameters.
const LOG_REACH: f64 = 40.0;

/// The same for others, in widths of the range of starts.
const LINEAR_REACH: f64 = 1e8;

impl Axis {
    /// The axis of a parameter; `start` where the law leaves it to the data.
    pub fn new(parameter: &Parameter, start: [f64; 2], scale: Scale) -> Axis {
        let [low, high] = start;
        let bounds = parameter.bounds;
        let limits = match scale {
            Scale::Log => [
                (low.max(f64::MIN_POSITIVE).ln() - LOG_REACH).max(bounds[0].max(0.0).ln()),
                (high.max(f64::MIN_POSITIVE).ln() + LOG_REACH).min(bounds[1].ln()),
            ],
            Scale::Linear => {
                let width = (high - low).max(high.abs()).max(low.abs()).max(1e-8) * LINEAR_REACH;
                [(low - width).max(bounds[0]), (high + width).min(bounds[1])]
            }
        };
        Axis { scale, start, limits, bounds }
    }

    /// q to theta.
    pub fn theta(&self, q: f64) -> f64 {
        match self.scale {
            Scale::Linear => q,
            Scale::Log => q.exp(),
        }
    }

    /// theta to q, within the limits.
    pub fn q(&self, theta: f64) -> f64 {
        let q = match self.scale {
            Scale::Linear => theta,
            Scale::Log => theta.max(f64::MIN_POSITIVE).ln(),
        };
        q.clamp(self.limits[0], self.limits[1])
    }

    /// The longest step worth trying from q: a parameter that the data hardly feel must not be
    /// thrown across its whole reach by one noisy slope.
    pub fn longest(&self, q: f64) -> f64 {
        match self.scale {
            Scale::Log => 5.0,
            Scale::Linear => (self.start[1] - self.start[0]).abs().max(2.0 * q.abs()).max(1e-8),
        }
    }

    /// Where a step from q ends: no longer than [`Axis::longest`], and within the limits.
    pub fn moved(&self, q: f64, step: f64) -> f64 {
        let longest = self.longest(q);
        (q + step.clamp(-longest, longest)).clamp(self.limits[0], self.limits[1])
    }

    /// Whether a search ended at the end of its reach, where neither the law nor the user set a
    /// bound.
    pub fn ran_away(&self, theta: f64) -> bool {
        let q = self.q(theta);
        let bounds = match self.scale {
            Scale::Linear => self.bounds,
            Scale::Log => self.bounds.map(|bound| bound.max(0.0).ln()),
        };
        let at = |end: usize| {
            self.limits[end] != bounds[end]
                && (q - self.limits[end]).abs() <= 1e-9 * self.limits[end].abs()
        };
        at(0) || at(1)
    }

    /// d theta / d q.
    pub fn slope(&self, theta: f64) -> f64 {
        match self.scale {
            Scale::Linear => 1.0,
            Scale::Log => theta,
        }
    }

    /// d^2 theta / d q^2.
    pub fn bend(&self, theta: f64) -> f64 {
        match self.scale {
            Scale::Linear => 0.0,
            Scale::Log => theta,
        }
    }
}

impl Space {
    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.axes.len()
    }

    /// Whether there is nothing to search.
    pub fn is_empty(&self) -> bool {
        self.axes.is_empty()
    }

    /// Whether every start is the same point.
    pub fn is_point(&self) -> bool {
        self.axes.iter().all(|axis| axis.start[0] == axis.start[1])
    }

    /// q to theta.
    pub fn theta(&self, q: &[f64]) -> Vec<f64> {
        self.axes.iter().zip(q).map(|(axis, q)| axis.theta(*q)).collect()
    }

    /// theta to q.
    pub fn q(&self, theta: &[f64]) -> Vec<f64> {
        self.axes.iter().zip(theta).map(|(axis, theta)| axis.q(*theta)).collect()
    }

    /// Turns a gradient over theta into one over q.
    pub fn gradient(&self, theta: &[f64], gradient: &mut [f64]) {
        for ((g, axis), theta) in gradient.iter_mut().zip(&self.axes).zip(theta) {
            *g *= axis.slope(*theta);
        }
    }

    /// Turns a curvature matrix (upper triangle by rows) over theta into one over q; with
    /// `gradient` (over theta) the second-order term is added, as an exact Hessian needs.
    pub fn curvature(&self, theta: &[f64], matrix: &mut [f64], gradient: Option<&[f64]>) {
        let slopes: Vec<f64> =
            self.axes.iter().zip(theta).map(|(axis, theta)| axis.slope(*theta)).collect();
        let mut entry = 0;
        for i in 0..self.len() {
            for j in i..self.len() {
                matrix[entry] *= slopes[i] * slopes[j];
                if i == j
                    && let Some(gradient) = gradient
                {
                    matrix[entry] += gradient[i] * self.axes[i].bend(theta[i]);
                }
                entry += 1;
            }
        }
    }
}
