//! The twin of `fit_lane` and `fit_group`: Levenberg-Marquardt in f32, step by step as they do it.
//!
//! In: a problem, a start, a plan's numbers. Out: where the start ends.

use super::look::{Look, SQUARED, Seen};
use crate::plan::{coordinates, share};
use crate::problem::{Axis, Loss, Problem, Scale};

const FIRST_DAMPING: f32 = 1e-3;
const MOST_DAMPING: f32 = 1e10;
const STAGE_TOLERANCE: f32 = 1e-3;
const CLIPPED: f32 = 1e-6;
const UNDAMPED: f32 = 1e-6;

/// Where a start ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Search coordinates.
    pub q: Vec<f32>,
    /// The objective; NaN where there was none.
    pub cost: f32,
    /// Iterations taken.
    pub iterations: u32,
    /// Whether no step promised anything more.
    pub settled: bool,
}

#[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is the point")]
fn single(x: f64) -> f32 {
    (x as f32).clamp(f32::MIN, f32::MAX)
}

/// What the kernels are told.
struct Twin<'a> {
    problem: &'a Problem,
    look: &'a Look<'a>,
    delta: f32,
    tolerance: f32,
    damping: f32,
    floor: f32,
}

/// A fit under way.
struct Walk {
    q: Vec<f32>,
    scale: Vec<f32>,
    seen: Seen,
    damping: f32,
    growth: f32,
    delta: f32,
    iterations: u32,
}

/// A step and what is known of it.
struct Step {
    to: Vec<f32>,
    predicted: f32,
    void: bool,
    little: bool,
}

/// Runs one start of a problem for up to `until` iterations. `tolerance` and `damping` are the
/// least that the engine lets a device have.
pub fn descend(
    problem: &Problem,
    look: &Look,
    (seed, start): (u64, usize),
    until: u32,
    (tolerance, damping): (f32, f32),
) -> Ended {
    let delta = match problem.forms.objective.loss {
        Loss::Squared => SQUARED,
        Loss::Huber { delta } => single(delta).clamp(1e-30, SQUARED),
    };
    let floor = single(problem.rounding_floor()).max(f32::MIN_POSITIVE);
    let twin = Twin { problem, look, delta, tolerance, damping, floor };
    twin.run(twin.start(seed, start), until)
}

impl Twin<'_> {
    fn axes(&self) -> &[Axis] {
        &self.problem.space.axes
    }

    /// `draw`.
    fn start(&self, seed: u64, start: usize) -> Vec<f32> {
        let drawn = coordinates(&self.problem.space);
        let axes = self.axes().iter().zip(drawn);
        axes.map(|(axis, coordinate)| {
            let share = coordinate.map_or(0.5, |coordinate| single(share(seed, start, coordinate)));
            let ends = start_ends(axis);
            let drawn = ends[0] + share * (ends[1] - ends[0]);
            let q = if of_draw(axis) { drawn.max(1e-37).ln() } else { drawn };
            clamped(axis, q)
        })
        .collect()
    }

    fn run(&self, mut q: Vec<f32>, until: u32) -> Ended {
        if !self.problem.forms.model.linear.is_empty() {
            let seen = self.look.at(&q, SQUARED, true);
            if seen.is_finite() {
                q = self.project(seen, &q);
            }
        }
        let seen = self.look.at(&q, SQUARED, false);
        if !seen.is_finite() {
            return Ended { q, cost: f32::NAN, iterations: 0, settled: false };
        }
        let mut walk = Walk {
            scale: vec![0.0; q.len()],
            q,
            seen,
            damping: FIRST_DAMPING,
            growth: 2.0,
            delta: SQUARED,
            iterations: 0,
        };
        let settled = loop {
            if walk.iterations >= until {
                break false;
            }
            walk.iterations += 1;
            let step = self.step(&mut walk);
            if (step.little && !step.void) || walk.damping > MOST_DAMPING {
                if walk.delta == self.delta {
                    break true;
                }
                self.sharpen(&mut walk);
                continue;
            }
            self.judge(&mut walk, step);
        };
        let cost = if walk.delta == self.delta {
            walk.seen.cost()
        } else {
            let last = self.look.at(&walk.q, self.delta, false);
            if last.is_finite() { last.cost() } else { f32::NAN }
        };
        Ended { q: walk.q, cost, iterations: walk.iterations, settled }
    }

    /// The next stage on the way from the squared to the Huber loss.
    fn sharpen(&self, walk: &mut Walk) {
        let now = if walk.delta == SQUARED {
            (2.0 * walk.seen.cost() / self.look.len() as f32).sqrt()
        } else {
            walk.delta
        };
        walk.delta = (0.25 * now).max(self.delta);
        (walk.damping, walk.growth) = (FIRST_DAMPING, 2.0);
        walk.scale.fill(0.0);
        walk.seen = self.look.at(&walk.q, walk.delta, false);
    }

    fn undamped(&self, j: usize) -> bool {
        self.problem.space.separable && self.problem.space.projected.contains(&j)
    }

    fn step(&self, walk: &mut Walk) -> Step {
        let count = walk.q.len();
        let normal = Normal { numbers: &walk.seen, count };
        for (i, scale) in walk.scale.iter_mut().enumerate() {
            *scale = (0.5 * *scale).max(normal.h(i, i));
        }
        let unit: Vec<f32> = walk.scale.iter().map(|s| unit_of(*s)).collect();
        let axes = self.axes();
        let among: Vec<bool> =
            (0..count).map(|i| !pressed(&axes[i], walk.q[i], normal.g(i))).collect();
        let damp: Vec<f32> =
            (0..count).map(|i| if self.undamped(i) { UNDAMPED } else { walk.damping }).collect();
        let solved = normal.solve(&among, &unit, &damp);
        let mut to = walk.q.clone();
        let mut clipped = false;
        for i in (0..count).filter(|&i| among[i]) {
            let wanted = walk.q[i] + solved.0[i];
            to[i] = moved(&axes[i], walk.q[i], solved.0[i], self.undamped(i));
            clipped |= (to[i] - wanted).abs() > CLIPPED * wanted.abs();
        }
        let d: Vec<f32> = to.iter().zip(&walk.q).map(|(to, q)| to - q).collect();
        let predicted = normal.promised(&d);
        let bar = if walk.delta == self.delta { self.tolerance } else { STAGE_TOLERANCE };
        let bar = bar * walk.seen.cost() + self.floor;
        let little = predicted.partial_cmp(&bar) != Some(std::cmp::Ordering::Greater);
        let void = !solved.1 || (little && clipped);
        Step { to, predicted, void, little }
    }

    fn judge(&self, walk: &mut Walk, mut step: Step) {
        if step.void {
            walk.damping *= 8.0;
            return;
        }
        let mut seen = self.look.at(&step.to, walk.delta, false);
        if self.problem.space.separable
            && seen.is_finite()
            && let Some(better) = self.resolve(&seen, &step)
        {
            step.to = better;
            seen = self.look.at(&step.to, walk.delta, false);
        }
        let gained = (walk.seen.cost() - seen.cost()) / step.predicted;
        let ratio = if seen.is_finite() { gained } else { -1.0 };
        if ratio > 1e-4 {
            walk.q = step.to;
            walk.seen = seen;
            let lean = 2.0 * ratio - 1.0;
            let eased = walk.damping * (1.0 - lean * lean * lean).clamp(1.0 / 3.0, 2.0);
            walk.damping = eased.max(self.damping);
            walk.growth = 2.0;
        } else {
            walk.damping *= walk.growth;
            walk.growth *= 2.0;
        }
    }

    /// `project`.
    fn project(&self, mut seen: Seen, at: &[f32]) -> Vec<f32> {
        let count = at.len();
        let space = &self.problem.space;
        let mut to = at.to_vec();
        let mut among: Vec<bool> = (0..count).map(|i| space.projected.contains(&i)).collect();
        let normal = Normal { numbers: &seen, count };
        let unit: Vec<f32> = (0..count).map(|i| unit_of(normal.h(i, i))).collect();
        for _ in 0..count {
            let normal = Normal { numbers: &seen, count };
            let (x, sound) = normal.solve(&among, &unit, &vec![UNDAMPED; count]);
            if !sound {
                break;
            }
            let mut held = vec![0.0; count];
            let mut out = false;
            for i in (0..count).filter(|&i| among[i]).collect::<Vec<_>>() {
                let axis = &space.axes[i];
                let logarithmic = axis.scale == Scale::Log;
                let share = 1.0 + x[i];
                let solved = if logarithmic { at[i] + share.max(1e-37).ln() } else { at[i] + x[i] };
                let [low, high] = axis.limits.map(single);
                if solved < low || solved > high || (logarithmic && share <= 0.0) {
                    let start = start_ends(axis)[0];
                    let start = if of_draw(axis) { start.max(1e-37).ln() } else { start };
                    to[i] = clamped(axis, start);
                    let move_by = to[i] - at[i];
                    held[i] = if logarithmic { move_by.exp() - 1.0 } else { move_by };
                    among[i] = false;
                    out = true;
                } else {
                    to[i] = solved;
                }
            }
            if !out {
                break;
            }
            seen = normal.shifted(&held);
        }
        to
    }

    /// `resolve`.
    fn resolve(&self, seen: &Seen, step: &Step) -> Option<Vec<f32>> {
        let count = step.to.len();
        let normal = Normal { numbers: seen, count };
        let among: Vec<bool> = (0..count).map(|i| self.undamped(i)).collect();
        let unit: Vec<f32> = (0..count).map(|i| unit_of(normal.h(i, i))).collect();
        let (x, sound) = normal.solve(&among, &unit, &vec![UNDAMPED; count]);
        let mut to = step.to.clone();
        for i in (0..count).filter(|&i| among[i]) {
            to[i] = clamped(&self.axes()[i], step.to[i] + x[i]);
        }
        let d: Vec<f32> = to.iter().zip(&step.to).map(|(to, at)| to - at).collect();
        (sound && normal.promised(&d) >= 0.1 * step.predicted).then_some(to)
    }
}

/// A pass's numbers by their places in gradient and triangle.
struct Normal<'a> {
    numbers: &'a Seen,
    count: usize,
}

impl Normal<'_> {
    fn g(&self, i: usize) -> f32 {
        self.numbers.numbers[1 + i].value
    }

    fn h(&self, i: usize, j: usize) -> f32 {
        let (low, high) = (i.min(j), i.max(j));
        self.numbers.numbers[1 + self.count + high * (high + 1) / 2 + low].value
    }

    /// `solve`: the step, and whether it is sound.
    fn solve(&self, among: &[bool], unit: &[f32], damping: &[f32]) -> (Vec<f32>, bool) {
        let count = self.count;
        let mut l = vec![vec![0.0_f32; count]; count];
        let mut y = vec![0.0_f32; count];
        let mut sound = true;
        for i in 0..count {
            for j in 0..i {
                if among[i] && among[j] {
                    l[i][j] = self.h(i, j) / (unit[i] * unit[j]);
                }
            }
            l[i][i] = if among[i] { self.h(i, i) / (unit[i] * unit[i]) + damping[i] } else { 1.0 };
            y[i] = if among[i] { -self.g(i) / unit[i] } else { 0.0 };
        }
        for i in 0..count {
            for j in 0..i {
                for k in 0..j {
                    l[i][j] = (-l[i][k]).mul_add(l[j][k], l[i][j]);
                }
                l[i][j] /= l[j][j];
                l[i][i] = (-l[i][j]).mul_add(l[i][j], l[i][i]);
                y[i] = (-l[i][j]).mul_add(y[j], y[i]);
            }
            sound &= l[i][i] > 0.0;
            l[i][i] = l[i][i].max(1e-30).sqrt();
            y[i] /= l[i][i];
        }
        for i in (0..count).rev() {
            for j in i + 1..count {
                y[i] = (-l[j][i]).mul_add(y[j], y[i]);
            }
            y[i] /= l[i][i];
        }
        y.iter_mut().zip(unit).for_each(|(y, unit)| *y /= unit);
        sound &= y.iter().all(|y| y.is_finite());
        (y, sound)
    }

    /// `promised`.
    fn promised(&self, d: &[f32]) -> f32 {
        let row = |i: usize| {
            let bent: f32 = (0..self.count).map(|j| self.h(i, j) * d[j]).sum();
            (self.g(i) + 0.5 * bent) * d[i]
        };
        -(0..self.count).filter(|&i| d[i] != 0.0).map(row).sum::<f32>()
    }

    /// The gradient moved along with coordinates that are now held.
    fn shifted(&self, held: &[f32]) -> Seen {
        let mut seen = self.numbers.clone();
        for i in 0..self.count {
            let others = (0..self.count).filter(|&j| j != i);
            let moved: f32 = others.map(|j| self.h(i, j) * held[j]).sum();
            seen.numbers[1 + i].value += moved;
        }
        seen
    }
}

fn of_draw(axis: &Axis) -> bool {
    axis.scale == Scale::Log && axis.start[0] <= 0.0
}

fn start_ends(axis: &Axis) -> [f32; 2] {
    let by_log = axis.scale == Scale::Log && !of_draw(axis);
    axis.start.map(|end| single(if by_log { end.ln() } else { end }))
}

fn clamped(axis: &Axis, q: f32) -> f32 {
    q.clamp(single(axis.limits[0]), single(axis.limits[1]))
}

fn moved(axis: &Axis, q: f32, step: f32, undamped: bool) -> f32 {
    let longest = single(axis.longest(f64::from(q)));
    let held = if undamped { step } else { step.clamp(-longest, longest) };
    clamped(axis, q + held)
}

fn pressed(axis: &Axis, q: f32, g: f32) -> bool {
    let [low, high] = axis.limits.map(single);
    (q <= low && g > 0.0) || (q >= high && g < 0.0)
}

fn unit_of(curvature: f32) -> f32 {
    if curvature > 0.0 { curvature.sqrt() } else { 1.0 }
}
