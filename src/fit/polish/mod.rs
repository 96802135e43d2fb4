//! The f64 polish: damped Newton with the exact Hessian, until only rounding is left.
//!
//! In: a problem and the end of a start. Out: a [`Polished`] point with what is needed to say
//! truthfully whether it is a minimum. Parameters that the data push to a bound are held there.

mod approach;
mod bounds;
mod kinks;
mod step;

use std::ops::Range;

use super::state::Bound;
use crate::engine::cpu::pass::{Curvature, Normal, Scratch, Task};
use crate::numeric::upper;
use crate::problem::{Loss, Problem};
use step::{FLAT, Point, Step};

/// A polished point.
#[derive(Debug, Clone)]
pub(super) struct Polished {
    /// The parameters.
    pub(super) theta: Vec<f64>,
    /// The minimised objective.
    pub(super) cost: f64,
    /// Exact Hessian over the parameters (not search coordinates), upper triangle by rows.
    pub(super) hessian: Vec<f64>,
    /// Parameters held at a bound, and at which.
    pub(super) held: Vec<(usize, Bound)>,
    /// The decrease that the quadratic model still promises, as a share of the objective.
    pub(super) promise: f64,
    /// Whether the gradient is at rounding level and the Hessian has no negative direction.
    pub(super) converged: bool,
}

impl Polished {
    /// Parameters that are not held.
    pub(super) fn open(&self) -> Vec<usize> {
        let held = |j: &usize| self.held.iter().any(|(held, _)| held == j);
        (0..self.theta.len()).filter(|j| !held(j)).collect()
    }
}

const ITERATIONS: u32 = 1000;

/// The first damping after a failed step, on the unit diagonal. Parameters that are correlated to
/// six digits have eigenvalues near 1e-12; more damping than that makes their valley a crawl.
const FIRST_DAMPING: f64 = 1e-12;

/// A point has converged when the quadratic model promises less than this share of the objective.
const PROMISE: f64 = 1e-12;

/// A full step that wins this share of its promise needs no other beside it.
const GOOD: f64 = 0.8;

/// The first rows that are asked whether the objective is above a limit.
const FEW: usize = 16;

/// How often parameters are let go from bounds: without an end, one might go back and forth.
const RELEASES: usize = 5;

/// Polishes a point.
pub(super) fn polish(problem: &Problem, theta: &[f64], scratch: &mut Scratch) -> Polished {
    polished(Newton::new(problem, theta, scratch))
}

/// The same for one of many refits: it ends where the step promises nothing, and not only at rounding.
pub(super) fn polish_briefly(problem: &Problem, theta: &[f64], scratch: &mut Scratch) -> Polished {
    polished(Newton { brief: true, ..Newton::new(problem, theta, scratch) })
}

/// Polishes the other parameters, one being held at a value: for profiles. It counts neither as free nor as
/// held by the data.
pub(super) fn polish_pinned(
    problem: &Problem,
    theta: &[f64],
    pin: (usize, f64),
    scratch: &mut Scratch,
) -> Polished {
    polished(Newton { pin: Some(pin), ..Newton::new(problem, theta, scratch) })
}

fn polished(mut newton: Newton) -> Polished {
    newton.approach();
    newton.descend();
    newton.settle();
    // A step that was too long may have met a bound that the minimum does not lie at.
    for _ in 0..RELEASES {
        if !newton.release() {
            break;
        }
        newton.descend();
        newton.settle();
    }
    if !newton.converged {
        newton.follow_to_zero();
    }
    newton.finish()
}

struct Newton<'a> {
    problem: &'a Problem,
    scratch: &'a mut Scratch,
    q: Vec<f64>,
    held: Vec<(usize, Bound)>,
    /// Whether the last digits are left as they are.
    brief: bool,
    /// A parameter that is not searched for, and its value.
    pin: Option<(usize, f64)>,
    floor: f64,
    promise: f64,
    converged: bool,
    /// Where the law was evaluated last, and what it was there.
    last: Option<(Vec<f64>, Normal)>,
}

impl<'a> Newton<'a> {
    fn new(problem: &'a Problem, theta: &[f64], scratch: &'a mut Scratch) -> Self {
        let q = problem.space.q(theta);
        let floor = problem.rounding_floor();
        Newton {
            problem,
            scratch,
            q,
            held: Vec::new(),
            brief: false,
            pin: None,
            floor,
            promise: f64::INFINITY,
            converged: false,
            last: None,
        }
    }

    /// Parameters, with those that are held exactly at their bounds.
    fn theta(&self, q: &[f64]) -> Vec<f64> {
        let mut theta = self.problem.space.theta(q);
        for &(j, bound) in &self.held {
            let [low, high] = self.problem.space.axes[j].bounds;
            match bound {
                Bound::Lower => theta[j] = low,
                Bound::Upper => theta[j] = high,
                Bound::Idle => {}
            }
        }
        if let Some((j, value)) = self.pin {
            theta[j] = value;
        }
        theta
    }

    /// Differences of the objective below this are rounding: residuals r of observations y carry an
    /// error of about eps y, and so the sum of squares one of eps |y| |r|.
    fn noise(&self, cost: f64) -> f64 {
        self.floor + 4.0 * (self.floor * cost.abs()).sqrt()
    }

    /// Objective, gradient and Hessian along parameters; what was evaluated last is known.
    fn evaluate(&mut self, theta: &[f64]) -> Normal {
        if let Some((_, known)) = self.last.as_ref().filter(|(last, _)| last == theta) {
            return known.clone();
        }
        let normal = self.task().normal(theta, self.scratch);
        self.last = Some((theta.to_vec(), normal.clone()));
        normal
    }

    fn task(&self) -> Task<'a> {
        let problem = self.problem;
        Task {
            program: problem.forms.newton(),
            columns: problem.sample.newton(&problem.forms),
            rows: &problem.rows,
            weights: problem.weights.as_ref().map(|w| w.as_slice()),
            loss: problem.forms.objective.loss,
            kind: Curvature::Exact,
        }
    }

    fn free(&self) -> Vec<usize> {
        let pinned = |j: usize| self.pin.is_some_and(|(pin, _)| pin == j);
        let held = |j: usize| self.held.iter().any(|(held, _)| *held == j);
        (0..self.q.len()).filter(|&j| !pinned(j) && !held(j)).collect()
    }

    /// Objective, gradient and Hessian over the free coordinates at q.
    fn point(&mut self, q: &[f64], free: &[usize]) -> Option<Point> {
        let theta = self.theta(q);
        let normal = self.evaluate(&theta);
        let count = q.len();
        let mut gradient = normal.gradient.clone();
        let mut matrix = normal.curvature;
        self.problem.space.curvature(&theta, &mut matrix, Some(&normal.gradient));
        self.problem.space.gradient(&theta, &mut gradient);
        let at = |i: usize, j: usize| matrix[upper(count, i, j)];
        let hessian: Vec<f64> = free
            .iter()
            .flat_map(|&i| free.iter().map(move |&j| (i, j)))
            .map(|(i, j)| at(i, j))
            .collect();
        let gradient: Vec<f64> = free.iter().map(|&i| gradient[i]).collect();
        let finite =
            normal.cost.is_finite() && gradient.iter().chain(&hessian).all(|x| x.is_finite());
        let noise = free
            .iter()
            .map(|&j| FLAT * normal.cost / self.problem.space.axes[j].longest(q[j]).powi(2))
            .collect();
        finite.then_some(Point { cost: normal.cost, gradient, hessian, noise })
    }

    fn descend(&mut self) {
        let mut free = self.free();
        let q = self.q.clone();
        let Some(mut point) = self.point(&q, &free) else { return };
        let mut damping = 0.0;
        self.converged = false;
        for _ in 0..ITERATIONS {
            let step = Step::new(&point, damping);
            self.promise = step.promise / point.cost.max(f64::MIN_POSITIVE);
            if damping == 0.0 && !step.indefinite {
                let small = step.promise <= PROMISE * point.cost + self.noise(point.cost);
                if small {
                    self.refine(&free, point.cost, step);
                    self.converged = true;
                    return;
                }
            }
            let trial = self.along(&free, &step, point.cost).and_then(|(q, hit, share)| {
                self.point(&q, &free).map(|trial| (q, hit, share, trial))
            });
            match trial {
                Some((q, hit, share, trial)) => {
                    self.q = q;
                    point = trial;
                    if share >= 1.0 {
                        damping = if damping < 0.1 * FIRST_DAMPING { 0.0 } else { damping * 0.1 };
                    }
                    if self.hold(&hit) {
                        free = self.free();
                        let q = self.q.clone();
                        match self.point(&q, &free) {
                            Some(next) => point = next,
                            None => return,
                        }
                        // The others may have been damped for the sake of the one now held.
                        damping = 0.0;
                    }
                }
                None if damping == 0.0 && self.exhausted(&step, point.cost) => {
                    self.converged = true;
                    return;
                }
                None => damping = (damping * 8.0).max(FIRST_DAMPING),
            }
            if damping > 1e10 {
                let step = Step::new(&point, 0.0);
                self.converged = self.exhausted(&step, point.cost);
                return;
            }
        }
    }

    /// Whether a step that could not be taken promises no decrease worth finding at this precision.
    fn exhausted(&self, step: &Step, cost: f64) -> bool {
        !step.indefinite && step.promise <= 1e-10 * cost + self.floor
    }

    /// Last undamped steps below the convergence bar, kept while the promise shrinks: Newton's
    /// quadratic convergence ends at the rounding of the gradient.
    fn refine(&mut self, free: &[usize], mut cost: f64, mut step: Step) {
        let rounds = if self.brief { 0 } else { 4 };
        for _ in 0..rounds {
            let (q, _) = self.moved(free, &step.direction);
            let Some(next) = self.point(&q, free) else { break };
            let next_step = Step::new(&next, 0.0);
            let worse = next.cost > cost + 1e-11 * cost.abs() + self.noise(cost);
            if worse || next_step.indefinite || next_step.promise >= step.promise {
                break;
            }
            self.q = q;
            (cost, step) = (next.cost, next_step);
        }
        self.promise = step.promise / cost.max(f64::MIN_POSITIVE);
    }

    /// The best of a few points along a direction, if it is better than `cost`; with the
    /// coordinates that met a limit there, and the share of the direction taken. A Huber loss
    /// bends at every residual that passes delta, so the full step is often too long.
    fn along(
        &mut self,
        free: &[usize],
        step: &Step,
        cost: f64,
    ) -> Option<(Vec<f64>, Vec<usize>, f64)> {
        let mut best: Option<(Vec<f64>, Vec<usize>, f64)> = None;
        let mut lowest = cost;
        let enough = cost - GOOD * step.promise;
        for share in [1.0, 0.5, 0.25, 0.1, 0.03] {
            let scaled: Vec<f64> = step.direction.iter().map(|d| share * d).collect();
            let (q, hit) = self.moved(free, &scaled);
            let cost = self.cost(&q);
            if cost < lowest {
                lowest = cost;
                best = Some((q, hit, share));
                if share == 1.0 && cost < enough {
                    break;
                }
            } else if best.is_some() || self.smooth() {
                break;
            }
        }
        best
    }

    /// Whether the loss has no kinks, so that damping alone finds the right length of step.
    fn smooth(&self) -> bool {
        self.problem.forms.objective.loss == Loss::Squared
    }

    /// The objective at q.
    fn cost(&mut self, q: &[f64]) -> f64 {
        let theta = self.theta(q);
        self.cost_at(&theta)
    }

    /// The objective alone, by the program without slopes: several times cheaper.
    fn cost_at(&mut self, theta: &[f64]) -> f64 {
        self.cost_of(theta, &self.problem.rows)
    }

    /// What some rows add to the objective.
    fn cost_of(&mut self, theta: &[f64], rows: &Range<usize>) -> f64 {
        let problem = self.problem;
        let task = Task {
            program: &problem.forms.value,
            columns: problem.sample.value(&problem.forms),
            rows,
            ..self.task()
        };
        let cost = task.normal(theta, self.scratch).cost;
        if cost.is_finite() { cost } else { f64::INFINITY }
    }

    /// Whether the objective is above a limit: no row takes from it, and so a few rows may say it.
    fn exceeds(&mut self, theta: &[f64], limit: f64) -> bool {
        let Range { mut start, end } = self.problem.rows;
        let (mut count, mut cost) = (FEW, 0.0);
        while start < end && cost <= limit {
            let rows = start..(start + count).min(end);
            cost += self.cost_of(theta, &rows);
            (start, count) = (rows.end, 4 * count);
        }
        cost > limit
    }

    /// The step from q, clipped to the limits; with the coordinates that met a limit.
    fn moved(&self, free: &[usize], direction: &[f64]) -> (Vec<f64>, Vec<usize>) {
        let mut q = self.q.clone();
        let mut hit = Vec::new();
        for (&j, d) in free.iter().zip(direction) {
            let axis = &self.problem.space.axes[j];
            let wanted = q[j] + d;
            q[j] = axis.moved(q[j], *d);
            let at_limit = q[j] == axis.limits[0] || q[j] == axis.limits[1];
            if at_limit && q[j] != wanted {
                hit.push(j);
            }
        }
        (q, hit)
    }

    fn finish(mut self) -> Polished {
        self.converged &= self.pressed_inwards().is_empty();
        let theta = self.theta(&self.q);
        let normal = self.evaluate(&theta);
        Polished {
            theta,
            cost: normal.cost,
            hessian: normal.curvature,
            held: self.held,
            promise: self.promise,
            converged: self.converged,
        }
    }
}
