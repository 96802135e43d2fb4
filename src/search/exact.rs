//! The exact minimum of a convex objective over the simplex with bounds, with a proof in f64.
//!
//! In: a smooth [`Function`] that is shown to be convex, and bounds. Out: the mixture, and a lower
//! bound on the objective of every allowed mixture: the Frank-Wolfe gap, `<g, w> - min <g, v>`.
//! The path is a primal-dual interior-point method (Nocedal and Wright 2006, chapter 19) that stays
//! on the plane where shares sum to 1; then bounds that hold are made exact, and Newton steps on
//! the rest bring the conditions of an optimum to rounding level.

use crate::numeric::{factor, solve_factored};
use crate::predictor::Function;
use crate::predictor::{cheapest, drawn_in, middle};

/// Newton steps on the barrier path, and on the face where it ends.
const MOST_STEPS: usize = 400;
const MOST_FINISHING: usize = 30;
/// How far towards a bound one step may go.
const TO_BOUND: f64 = 0.99;
/// A share this close to a bound may be held by it.
const CLOSE: f64 = 1e-5;
/// The barrier ends this far below the objective's slopes.
const LEAST_BARRIER: f64 = 1e-14;

/// Where the search ended.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// The mixture.
    pub mixture: Vec<f64>,
    /// Its objective.
    pub value: f64,
    /// No allowed mixture has an objective below this, if the objective is convex.
    pub lower_bound: f64,
    /// The largest violation of the conditions of an optimum, in units of the slopes.
    pub residual: f64,
    /// Evaluations of the objective.
    pub evaluated: u64,
}

/// Minimises from `start`, or from the middle of the box. Gives `None` where the objective is
/// finite at neither.
pub fn minimise(
    function: &Function,
    low: &[f64],
    high: &[f64],
    start: Option<&[f64]>,
) -> Option<Optimum> {
    let mut path = Path::new(function, low, high, start)?;
    path.follow();
    let interior = path.mixture.clone();
    let finished = path.finish(&interior);
    let best = [interior, finished]
        .into_iter()
        .map(|mixture| path.judge(mixture))
        .min_by(|a, b| (a.value - a.lower_bound).total_cmp(&(b.value - b.lower_bound)));
    best.map(|best| Optimum { evaluated: path.evaluated, ..best })
}

/// A state on the barrier path. Shares whose bounds coincide are not moved.
struct Path<'a> {
    function: &'a Function,
    low: &'a [f64],
    high: &'a [f64],
    free: Vec<usize>,
    mixture: Vec<f64>,
    /// Multipliers of the lower and upper bounds of the free shares.
    pull: [Vec<f64>; 2],
    barrier: f64,
    /// The barrier at the start: the size of the slopes.
    scale: f64,
    evaluated: u64,
}

impl<'a> Path<'a> {
    fn new(
        function: &'a Function,
        low: &'a [f64],
        high: &'a [f64],
        start: Option<&[f64]>,
    ) -> Option<Path<'a>> {
        let centre = middle(low, high);
        // A start on a bound is drawn inside.
        let inside = |start: &[f64]| -> Vec<f64> {
            let start = drawn_in(start, low, high);
            start.iter().zip(&centre).map(|(x, c)| 0.99 * x + 0.01 * c).collect()
        };
        let tried = start.map(inside).into_iter().chain([centre.clone()]);
        let mut tried = tried.filter(|mixture| function.value(mixture).is_finite());
        let mixture = tried.next()?;
        let inner = |k: &usize| mixture[*k] > low[*k] && mixture[*k] < high[*k];
        let free: Vec<usize> = (0..low.len()).filter(inner).collect();
        let (_, slopes) = function.slopes(&mixture);
        let barrier = spread(&free, &slopes).max(f64::MIN_POSITIVE.sqrt());
        let room = |end: &[f64], k: usize| (mixture[k] - end[k]).abs();
        let multipliers = |end: &[f64]| free.iter().map(|&k| barrier / room(end, k)).collect();
        let pull = [multipliers(low), multipliers(high)];
        let scale = barrier;
        Some(Path { function, low, high, mixture, pull, barrier, scale, evaluated: 2, free })
    }

    /// Lowers the barrier step by step.
    fn follow(&mut self) {
        if self.free.len() < 2 {
            return;
        }
        let least = LEAST_BARRIER * self.scale;
        for _ in 0..MOST_STEPS {
            let (value, slopes) = self.function.slopes(&self.mixture);
            self.evaluated += 1;
            if self.error(&slopes) <= 10.0 * self.barrier {
                if self.barrier <= least {
                    return;
                }
                self.barrier = (0.1 * self.barrier).max(least);
            }
            if !self.step(value, &slopes) {
                if self.barrier <= least {
                    return;
                }
                self.barrier = (0.1 * self.barrier).max(least);
            }
        }
    }

    fn room(&self, end: usize, i: usize) -> f64 {
        let k = self.free[i];
        if end == 0 { self.mixture[k] - self.low[k] } else { self.high[k] - self.mixture[k] }
    }

    /// How far the point is from the conditions of the barrier problem.
    fn error(&self, slopes: &[f64]) -> f64 {
        let left = |i: usize| slopes[self.free[i]] - self.pull[0][i] + self.pull[1][i];
        let count = self.free.len();
        let dual = spread_of((0..count).map(left));
        let slack =
            |end: usize, i: usize| (self.room(end, i) * self.pull[end][i] - self.barrier).abs();
        let complementary = (0..count).flat_map(|i| [slack(0, i), slack(1, i)]).fold(0.0, f64::max);
        dual.max(complementary)
    }

    /// One Newton step on the barrier problem; false where none makes progress.
    fn step(&mut self, value: f64, slopes: &[f64]) -> bool {
        let count = self.free.len();
        let all = self.function.bends(&self.mixture);
        let size = self.low.len();
        let mut matrix = vec![0.0; count * count];
        for (i, &a) in self.free.iter().enumerate() {
            for (j, &b) in self.free.iter().enumerate() {
                matrix[i * count + j] = all[a * size + b];
            }
            matrix[i * count + i] +=
                self.pull[0][i] / self.room(0, i) + self.pull[1][i] / self.room(1, i);
        }
        let down: Vec<f64> = (0..count)
            .map(|i| {
                let barrier = self.barrier / self.room(0, i) - self.barrier / self.room(1, i);
                barrier - slopes[self.free[i]]
            })
            .collect();
        let Some(step) = level_step(&matrix, &down) else { return false };
        let pulls = self.pull_steps(&step);
        let full = (0..count).map(|i| {
            let to = if step[i] < 0.0 { self.room(0, i) } else { self.room(1, i) };
            TO_BOUND * to / step[i].abs()
        });
        let full = full.fold(1.0, f64::min);
        let Some(taken) = self.search(value, slopes, &step, full) else { return false };
        for (end, change) in pulls.iter().enumerate() {
            let most = self.pull[end].iter().zip(change).filter(|(_, c)| **c < 0.0);
            let most = most.map(|(pull, c)| -TO_BOUND * pull / c).fold(1.0, f64::min);
            self.pull[end].iter_mut().zip(change).for_each(|(pull, c)| *pull += most * c);
        }
        taken
    }

    fn pull_steps(&self, step: &[f64]) -> [Vec<f64>; 2] {
        let change = |end: usize| {
            let sign = if end == 0 { 1.0 } else { -1.0 };
            let one = |i: usize| {
                let room = self.room(end, i);
                self.barrier / room - self.pull[end][i] - self.pull[end][i] / room * sign * step[i]
            };
            (0..step.len()).map(one).collect()
        };
        [change(0), change(1)]
    }

    /// Shortens the step until the barrier function falls; `Some(false)` where the point no longer
    /// changes.
    fn search(&mut self, value: f64, slopes: &[f64], step: &[f64], full: f64) -> Option<bool> {
        let before = self.merit(value);
        let slope: f64 = (0..step.len())
            .map(|i| {
                let barrier = self.barrier / self.room(0, i) - self.barrier / self.room(1, i);
                (slopes[self.free[i]] - barrier) * step[i]
            })
            .sum();
        let origin = self.mixture.clone();
        let mut length = full;
        for _ in 0..40 {
            for (i, &k) in self.free.iter().enumerate() {
                self.mixture[k] = origin[k] + length * step[i];
            }
            let inside = (0..step.len()).all(|i| self.room(0, i) > 0.0 && self.room(1, i) > 0.0);
            let merit =
                if inside { self.merit(self.function.value(&self.mixture)) } else { f64::NAN };
            self.evaluated += 1;
            let rounding = 1e-13 * before.abs();
            if merit <= before + 1e-4 * length * slope + rounding {
                return Some(self.mixture != origin);
            }
            length *= 0.5;
        }
        self.mixture = origin;
        None
    }

    fn merit(&self, value: f64) -> f64 {
        let logs = (0..self.free.len()).map(|i| self.room(0, i).ln() + self.room(1, i).ln());
        value - self.barrier * logs.sum::<f64>()
    }

    /// Makes the bounds that hold exact, and levels the slopes of the other shares.
    fn finish(&mut self, interior: &[f64]) -> Vec<f64> {
        let mut mixture = interior.to_vec();
        let mut loose = Vec::new();
        for (i, &k) in self.free.clone().iter().enumerate() {
            // Room times multiplier is the barrier; whichever is the larger of the two stays.
            let held = |end: usize| {
                let room = self.room(end, i);
                room < CLOSE && self.pull[end][i] > room * self.scale
            };
            if held(0) {
                mixture[k] = self.low[k];
            } else if held(1) {
                mixture[k] = self.high[k];
            } else {
                loose.push(k);
            }
        }
        if loose.is_empty() && mixture.iter().sum::<f64>() == 1.0 {
            return mixture;
        }
        if loose.is_empty() || !restore_sum(&mut mixture, &loose, self.low, self.high) {
            return interior.to_vec();
        }
        for _ in 0..MOST_FINISHING {
            let Some(next) = self.levelled(&mixture, &loose) else { break };
            mixture = next;
        }
        mixture
    }

    /// One Newton step on the loose shares, if it makes their slopes more even.
    fn levelled(&mut self, mixture: &[f64], loose: &[usize]) -> Option<Vec<f64>> {
        let (_, slopes) = self.function.slopes(mixture);
        let all = self.function.bends(mixture);
        let size = self.low.len();
        let matrix: Vec<f64> = loose
            .iter()
            .flat_map(|&a| loose.iter().map(move |&b| (a, b)))
            .map(|(a, b)| all[a * size + b])
            .collect();
        let down: Vec<f64> = loose.iter().map(|&k| -slopes[k]).collect();
        let step = level_step(&matrix, &down)?;
        let mut next = mixture.to_vec();
        loose.iter().zip(&step).for_each(|(&k, step)| next[k] += step);
        let inside = loose.iter().all(|&k| next[k] >= self.low[k] && next[k] <= self.high[k]);
        restore_sum(&mut next, loose, self.low, self.high).then_some(())?;
        self.evaluated += 2;
        let (_, after) = self.function.slopes(&next);
        (inside && spread(loose, &after) < spread(loose, &slopes)).then_some(next)
    }

    /// The objective, the bound and the residual at a mixture.
    fn judge(&self, mixture: Vec<f64>) -> Optimum {
        let (value, slopes) = self.function.slopes(&mixture);
        let vertex = cheapest(&slopes, self.low, self.high);
        let gap: f64 =
            slopes.iter().zip(mixture.iter().zip(&vertex)).map(|(g, (x, v))| g * (x - v)).sum();
        // Rounding of the value and of the sum above.
        let size: f64 = slopes.iter().zip(&mixture).map(|(g, x)| (g * x).abs()).sum();
        let rounding = 4.0 * f64::EPSILON * (value.abs() + size);
        let residual = self.residual(&mixture, &slopes);
        let lower_bound = value - gap.max(0.0) - rounding;
        Optimum { mixture, value, lower_bound, residual, evaluated: self.evaluated }
    }

    /// How uneven the slopes of shares between their bounds are, and how wrong the signs at the
    /// bounds.
    fn residual(&self, mixture: &[f64], slopes: &[f64]) -> f64 {
        let at_low = |k: usize| mixture[k] <= self.low[k];
        let at_high = |k: usize| mixture[k] >= self.high[k];
        let can_fall = (0..mixture.len()).filter(|&k| !at_low(k)).map(|k| slopes[k]);
        let can_rise = (0..mixture.len()).filter(|&k| !at_high(k)).map(|k| slopes[k]);
        let steepest = can_fall.fold(f64::NEG_INFINITY, f64::max);
        let least = can_rise.fold(f64::INFINITY, f64::min);
        (steepest - least).max(0.0)
    }
}

fn spread(among: &[usize], slopes: &[f64]) -> f64 {
    spread_of(among.iter().map(|&k| slopes[k]))
}

/// Half the distance between the greatest and the least.
fn spread_of(numbers: impl Iterator<Item = f64>) -> f64 {
    let (low, high) = numbers
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if high > low { 0.5 * (high - low) } else { 0.0 }
}

/// Minimises `x' M x / 2 - down' x` over steps that sum to zero. Where the matrix is not positive
/// definite, the least multiple of its diagonal's size that makes it so is added.
fn level_step(matrix: &[f64], down: &[f64]) -> Option<Vec<f64>> {
    let size = down.len();
    let largest = (0..size).map(|i| matrix[i * (size + 1)].abs()).fold(0.0, f64::max);
    if !largest.is_finite() || down.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let mut added = 1e-14 * largest.max(f64::MIN_POSITIVE.sqrt());
    for _ in 0..20 {
        let mut factored = matrix.to_vec();
        (0..size).for_each(|i| factored[i * (size + 1)] += added);
        if factor(&mut factored, size, 0.0) {
            let (mut step, mut ones) = (down.to_vec(), vec![1.0; size]);
            solve_factored(&factored, &mut step);
            solve_factored(&factored, &mut ones);
            // A second time for what rounding leaves of the sum where the matrix is badly scaled.
            for _ in 0..2 {
                let level = step.iter().sum::<f64>() / ones.iter().sum::<f64>();
                step.iter_mut().zip(&ones).for_each(|(x, one)| *x -= level * one);
            }
            return step.iter().all(|x| x.is_finite()).then_some(step);
        }
        added *= 10.0;
    }
    None
}

/// Spreads what the sum lacks of 1 over the loose shares, by their size; false where a bound is in
/// the way.
fn restore_sum(mixture: &mut [f64], loose: &[usize], low: &[f64], high: &[f64]) -> bool {
    let lacking = 1.0 - mixture.iter().sum::<f64>();
    let total: f64 = loose.iter().map(|&k| mixture[k].abs()).sum();
    for &k in loose {
        let part = if total > 0.0 { mixture[k].abs() / total } else { 0.0 };
        mixture[k] += lacking * part;
        if mixture[k] < low[k] || mixture[k] > high[k] {
            return false;
        }
    }
    true
}
