//! Levenberg-Marquardt for one start, with bounds and projected linear parameters.
//!
//! In: a problem and a start. Out: a [`Descent`] that can be run a few iterations at a time.
//! Nielsen's damping, scaled by the running maximum of the curvature's diagonal; the slopes are
//! computed at the trial point, so an accepted step costs one pass over the rows. Where the
//! objective allows it linear parameters are undamped and solved for again after each step
//! (variable projection: Golub and Pereyra 1973, in Kaufman's simplification).

use super::pass::{Curvature, Normal, Scratch, Task};
use crate::engine::{End, Stop};
use crate::numeric::{factor, solve_factored, upper};
use crate::problem::{Loss, Problem, Scale, Space};

/// Where a start is on its way.
#[derive(Debug, Clone)]
pub(super) struct Descent {
    pub(super) start: usize,
    pub(super) cost: f64,
    q: Vec<f64>,
    /// The loss of the stage it is in: a Huber loss is approached from the squared one.
    loss: Loss,
    scale: Vec<f64>,
    damping: f64,
    growth: f64,
    iterations: u32,
    stop: Option<Stop>,
}

impl Descent {
    /// What is left of it when the plan is done.
    pub(super) fn end(self, space: &Space) -> End {
        End {
            start: self.start,
            theta: space.theta(&self.q),
            cost: self.cost,
            iterations: self.iterations,
            stop: self.stop.unwrap_or(Stop::Exhausted),
        }
    }
}

const FIRST_DAMPING: f64 = 1e-3;
const MOST_DAMPING: f64 = 1e12;

/// A stage on the way to a Huber loss need not be finished more sharply than this.
const STAGE_TOLERANCE: f64 = 1e-3;

/// A damped step.
struct Step {
    /// Where it ends.
    q: Vec<f64>,
    /// The decrease that the quadratic model promises.
    predicted: f64,
    /// Whether a coordinate was held back from where the model wanted it.
    clipped: bool,
}

/// One worker's view of a problem.
pub(super) struct Solver<'a> {
    problem: &'a Problem,
    scratch: &'a mut Scratch,
    floor: f64,
}

impl<'a> Solver<'a> {
    pub(super) fn new(problem: &'a Problem, scratch: &'a mut Scratch) -> Self {
        Solver { problem, scratch, floor: problem.rounding_floor() }
    }

    /// Objective, gradient and curvature in search coordinates; `None` where not finite.
    fn normal(&mut self, q: &[f64], loss: Loss) -> Option<Normal> {
        let problem = self.problem;
        let theta = problem.space.theta(q);
        let task = Task {
            program: &problem.forms.normal,
            columns: problem.sample.normal(&problem.forms),
            rows: &problem.rows,
            weights: problem.weights.as_ref().map(|w| w.as_slice()),
            loss,
            kind: Curvature::Exact,
        };
        let mut normal = task.normal(&theta, self.scratch);
        problem.space.gradient(&theta, &mut normal.gradient);
        problem.space.curvature(&theta, &mut normal.curvature, None);
        normal.is_finite().then_some(normal)
    }

    /// A start with its projected parameters solved for; its cost is known when it has run.
    pub(super) fn begin(&mut self, start: usize, theta: &[f64]) -> Descent {
        let space = &self.problem.space;
        let mut theta = theta.to_vec();
        if !space.projected.is_empty() {
            self.project(&mut theta);
        }
        let q = space.q(&theta);
        Descent {
            loss: Loss::Squared,
            start,
            cost: f64::INFINITY,
            scale: vec![0.0; q.len()],
            q,
            damping: FIRST_DAMPING,
            growth: 2.0,
            iterations: 0,
            stop: None,
        }
    }

    /// A start that goes on from where another engine left it, with the wanted loss.
    pub(super) fn resume(&mut self, end: &End) -> Descent {
        let q = self.problem.space.q(&end.theta);
        Descent {
            start: end.start,
            cost: f64::INFINITY,
            scale: vec![0.0; q.len()],
            q,
            loss: self.problem.forms.objective.loss,
            damping: FIRST_DAMPING,
            growth: 2.0,
            iterations: 0,
            stop: None,
        }
    }

    /// Solves for the projected parameters by linear least squares on the raw or relative
    /// residual. Those that would leave their bounds are set to the near end of their start range
    /// and the others are solved for again.
    fn project(&mut self, theta: &mut [f64]) {
        let problem = self.problem;
        let task = Task {
            program: problem.forms.projector.as_ref().unwrap_or(&problem.forms.normal),
            columns: problem.sample.projector(&problem.forms),
            rows: &problem.rows,
            weights: problem.weights.as_ref().map(|w| w.as_slice()),
            loss: Loss::Squared,
            kind: Curvature::Majorant,
        };
        let mut free = problem.space.projected.clone();
        let mut normal = task.normal(theta, self.scratch);
        let count = normal.gradient.len();
        while !free.is_empty() {
            let Some(step) = newton_step(&normal, &free) else { return };
            let outside = |(k, &j): (usize, &usize)| {
                let axis = &problem.space.axes[j];
                let value = theta[j] + step[k];
                let inside = value >= axis.bounds[0] && value <= axis.bounds[1];
                (!inside || (axis.scale == Scale::Log && value <= 0.0)).then_some(j)
            };
            let out: Vec<usize> = free.iter().enumerate().filter_map(outside).collect();
            if out.is_empty() {
                free.iter().zip(&step).for_each(|(&j, d)| theta[j] += d);
                return;
            }
            for j in out {
                let axis = &problem.space.axes[j];
                let held = axis.start[0].clamp(axis.bounds[0], axis.bounds[1]);
                // The residual is linear in j: its curvature stays, its gradient moves along.
                for &i in &free {
                    normal.gradient[i] += normal.curvature[upper(count, i, j)] * (held - theta[j]);
                }
                theta[j] = held;
                free.retain(|&i| i != j);
            }
        }
    }

    /// Up to `iterations` more iterations.
    pub(super) fn run(&mut self, descent: &mut Descent, iterations: u32, tolerance: f64) {
        if descent.stop.is_some() {
            return;
        }
        let wanted = self.problem.forms.objective.loss;
        let Some(mut normal) = self.normal(&descent.q, descent.loss) else {
            descent.stop = Some(Stop::NotFinite);
            descent.cost = f64::INFINITY;
            return;
        };
        for _ in 0..iterations {
            descent.iterations += 1;
            let last = descent.loss == wanted;
            let bar = if last { tolerance } else { STAGE_TOLERANCE };
            let settled = self.iterate(descent, &mut normal, bar);
            if settled && last {
                descent.stop = Some(Stop::Settled);
                break;
            }
            if settled {
                descent.loss = self.sharper(descent.loss, &normal);
                (descent.damping, descent.growth) = (FIRST_DAMPING, 2.0);
                descent.scale.fill(0.0);
                let Some(next) = self.normal(&descent.q, descent.loss) else { break };
                normal = next;
            }
        }
        descent.cost = if descent.loss == wanted {
            normal.cost
        } else {
            self.normal(&descent.q, wanted).map_or(f64::INFINITY, |n| n.cost)
        };
    }

    /// One iteration; gives whether no step promises more than `tolerance` of the objective.
    fn iterate(&mut self, descent: &mut Descent, normal: &mut Normal, tolerance: f64) -> bool {
        let free = self.free(&descent.q, normal);
        let Some(Step { q, predicted, clipped }) = self.step(descent, normal, &free) else {
            descent.damping *= 10.0;
            return descent.damping > MOST_DAMPING;
        };
        if predicted <= tolerance * normal.cost + self.floor {
            // A clipped step may promise nothing although a shorter one would.
            descent.damping *= if clipped { 8.0 } else { 1.0 };
            return !clipped || descent.damping > MOST_DAMPING;
        }
        let trial = self.normal(&q, descent.loss).map(|trial| self.resolve(q, trial, predicted));
        self.judge(descent, normal, trial, predicted);
        descent.damping > MOST_DAMPING
    }

    /// The next stage on the way from the squared loss to a Huber loss: a quarter of the spread of
    /// the residuals, then a quarter of the last delta, and so on.
    fn sharper(&self, loss: Loss, normal: &Normal) -> Loss {
        let Loss::Huber { delta: wanted } = self.problem.forms.objective.loss else {
            return Loss::Squared;
        };
        let spread = (2.0 * normal.cost / self.problem.rows.len() as f64).sqrt();
        let now = match loss {
            Loss::Squared => spread,
            Loss::Huber { delta } => delta,
        };
        Loss::Huber { delta: (now / 4.0).max(wanted) }
    }

    /// Coordinates that are not pressed against a limit.
    fn free(&self, q: &[f64], normal: &Normal) -> Vec<usize> {
        (0..q.len())
            .filter(|&j| {
                let [low, high] = self.problem.space.axes[j].limits;
                let g = normal.gradient[j];
                !((q[j] <= low && g > 0.0) || (q[j] >= high && g < 0.0))
            })
            .collect()
    }

    /// The damped step, clipped to the limits, and the decrease that it promises.
    fn step(&self, descent: &mut Descent, normal: &Normal, free: &[usize]) -> Option<Step> {
        let space = &self.problem.space;
        let count = space.len();
        for (j, scale) in descent.scale.iter_mut().enumerate() {
            // The largest so far, slowly forgotten: a start where a slope was huge must not freeze
            // its parameter for the rest of the way.
            *scale = (0.5 * *scale).max(normal.curvature[diagonal(count, j)]);
        }
        let undamped = |i: usize| space.separable && space.projected.contains(&i);
        let size = free.len();
        let inverse: Vec<f64> = free.iter().map(|&i| 1.0 / unit(descent.scale[i])).collect();
        let mut matrix = vec![0.0; size * size];
        let mut right = vec![0.0; size];
        for (a, &i) in free.iter().enumerate() {
            for (b, &j) in free.iter().enumerate().skip(a) {
                // `factor` reads the lower triangle alone.
                let value = normal.curvature[upper(count, i, j)];
                matrix[b * size + a] = value * inverse[a] * inverse[b];
            }
            matrix[a * size + a] += if undamped(i) { 1e-13 } else { descent.damping };
            right[a] = -normal.gradient[i] * inverse[a];
        }
        factor(&mut matrix, size, 0.0).then_some(())?;
        solve_factored(&matrix, &mut right);
        let mut q = descent.q.clone();
        let mut clipped = false;
        for (a, &i) in free.iter().enumerate() {
            let axis = &space.axes[i];
            let wanted = q[i] + right[a] * inverse[a];
            q[i] = if undamped(i) {
                wanted.clamp(axis.limits[0], axis.limits[1])
            } else {
                axis.moved(q[i], wanted - q[i])
            };
            clipped |= (q[i] - wanted).abs() > 1e-9 * wanted.abs();
        }
        let moved: Vec<f64> = q.iter().zip(&descent.q).map(|(new, old)| new - old).collect();
        Some(Step { predicted: promised(normal, &moved), q, clipped })
    }

    /// Variable projection: solves for the linear parameters at the trial point, where that
    /// promises a sizeable further decrease.
    fn resolve(&mut self, q: Vec<f64>, trial: Normal, predicted: f64) -> (Vec<f64>, Normal) {
        let space = &self.problem.space;
        if !space.separable {
            return (q, trial);
        }
        let Some(step) = newton_step(&trial, &space.projected) else { return (q, trial) };
        let mut moved = vec![0.0; q.len()];
        for (&j, d) in space.projected.iter().zip(&step) {
            let [low, high] = space.axes[j].limits;
            moved[j] = (q[j] + d).clamp(low, high) - q[j];
        }
        if promised(&trial, &moved) < 0.1 * predicted {
            return (q, trial);
        }
        let better: Vec<f64> = q.iter().zip(&moved).map(|(q, d)| q + d).collect();
        match self.normal(&better, Loss::Squared) {
            Some(normal) if normal.cost < trial.cost => (better, normal),
            _ => (q, trial),
        }
    }

    /// Accepts or rejects a trial and sets the damping (Nielsen 1999).
    fn judge(
        &self,
        descent: &mut Descent,
        normal: &mut Normal,
        trial: Option<(Vec<f64>, Normal)>,
        predicted: f64,
    ) {
        let ratio = trial.as_ref().map_or(-1.0, |(_, t)| (normal.cost - t.cost) / predicted);
        match trial {
            Some((q, trial)) if ratio > 1e-4 => {
                descent.q = q;
                *normal = trial;
                descent.damping *= (1.0 - (2.0 * ratio - 1.0).powi(3)).clamp(1.0 / 3.0, 2.0);
                descent.damping = descent.damping.max(1e-12);
                descent.growth = 2.0;
            }
            _ => {
                descent.damping *= descent.growth;
                descent.growth *= 2.0;
            }
        }
    }
}

fn diagonal(count: usize, j: usize) -> usize {
    upper(count, j, j)
}

/// The square root of a curvature as a unit of length; 1 where there is none.
fn unit(curvature: f64) -> f64 {
    if curvature > 0.0 { curvature.sqrt() } else { 1.0 }
}

/// The decrease that the quadratic model promises for a move.
fn promised(normal: &Normal, moved: &[f64]) -> f64 {
    let count = moved.len();
    let slopes = |i: usize| -> f64 {
        let row = moved.iter().enumerate().map(|(j, d)| normal.curvature[upper(count, i, j)] * d);
        normal.gradient[i] + 0.5 * row.sum::<f64>()
    };
    let moving = moved.iter().enumerate().filter(|(_, d)| **d != 0.0);
    -moving.map(|(i, d)| d * slopes(i)).sum::<f64>()
}

/// The undamped step of some coordinates, others held; `None` if they are not determined.
fn newton_step(normal: &Normal, which: &[usize]) -> Option<Vec<f64>> {
    let (count, size) = (normal.gradient.len(), which.len());
    let units: Vec<f64> =
        which.iter().map(|&j| unit(normal.curvature[diagonal(count, j)])).collect();
    let mut matrix = vec![0.0; size * size];
    for (a, &i) in which.iter().enumerate() {
        for (b, &j) in which.iter().enumerate() {
            matrix[a * size + b] = normal.curvature[upper(count, i, j)] / units[a] / units[b];
        }
        matrix[a * size + a] += 1e-12;
    }
    let mut step: Vec<f64> =
        which.iter().zip(&units).map(|(&j, unit)| -normal.gradient[j] / unit).collect();
    factor(&mut matrix, size, 0.0).then_some(())?;
    solve_factored(&matrix, &mut step);
    step.iter_mut().zip(&units).for_each(|(d, unit)| *d /= unit);
    step.iter().all(|d| d.is_finite()).then_some(step)
}
