//! One pass over the rows: the objective, its gradient and its curvature at one parameter set.
//!
//! In: a residual program whose outputs are the residual and its slopes, feature columns, a range
//! of rows, row weights and a loss. Out: a [`Normal`]. The order of the sums is fixed, so the result
//! does not depend on the number of threads.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::block::{LANES, Registers, dot, dot4, total};
use super::level::{Kernel, best};
use crate::law::program::{Operand, Program};
use crate::problem::Loss;

/// The data that a program reads: one column a feature, all of the same length.
pub type Columns = Vec<Arc<Vec<f64>>>;

/// What a pass gives: objective, gradient, and the upper triangle of the curvature matrix by rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Normal {
    /// Half the weighted sum of squares, or the weighted sum of Huber losses.
    pub cost: f64,
    /// d cost / d parameter.
    pub gradient: Vec<f64>,
    /// The Gauss-Newton matrix, or the exact Hessian where the program carries second slopes.
    pub curvature: Vec<f64>,
}

/// Which row weights the curvature takes under a Huber loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curvature {
    /// `delta/|r|` beyond delta: a parabola that lies above the loss, safe far from the optimum.
    Majorant,
    /// Zero beyond delta: the loss's own second derivative.
    Exact,
}

/// A pass to be made; the parameters come with each call.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// Outputs: residual, then one slope a parameter; reductions: second slopes or none.
    pub program: &'a Program,
    /// Feature columns.
    pub columns: &'a Columns,
    /// Which rows.
    pub rows: &'a Range<usize>,
    /// Row weights over all rows of the columns.
    pub weights: Option<&'a [f64]>,
    /// The loss on the residual.
    pub loss: Loss,
    /// See [`Curvature`].
    pub kind: Curvature,
}

/// Residuals and slopes of every row, as a pass met them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// One a row.
    pub residuals: Vec<f64>,
    /// All rows of the first slope, then of the second, and so on.
    pub slopes: Vec<f64>,
}

/// Scratch space of one worker; reused from pass to pass.
#[derive(Debug, Default)]
pub struct Scratch {
    registers: Registers,
    values: Vec<f64>,
    tail: Vec<Vec<f64>>,
    weights: [Vec<f64>; 3],
    product: Vec<f64>,
    gram: Vec<[f64; LANES]>,
    sums: Vec<[f64; LANES]>,
    /// Filled by a pass where it is there.
    kept: Option<Rows>,
}

/// Rows that one worker takes at a time in a large table.
const CHUNK: usize = 1 << 16;

/// Rows of which [`Task::normal_with_rows`] keeps slopes.
pub const MOST_KEPT: usize = CHUNK;

impl Task<'_> {
    /// Objective, gradient and curvature at `theta`; `rows` becomes what every row has there, for at most
    /// [`MOST_KEPT`] rows.
    pub fn normal_with_rows(
        &self,
        theta: &[f64],
        scratch: &mut Scratch,
        rows: &mut Rows,
    ) -> Normal {
        let count = self.program.outputs.len() - 1;
        rows.residuals.resize(self.rows.len(), 0.0);
        rows.slopes.resize(count * self.rows.len(), 0.0);
        scratch.kept = Some(std::mem::take(rows));
        let normal = self.part(theta, self.rows.clone(), scratch);
        *rows = scratch.kept.take().unwrap_or_default();
        normal
    }

    /// Objective, gradient and curvature at `theta`.
    pub fn normal(&self, theta: &[f64], scratch: &mut Scratch) -> Normal {
        if self.rows.len() <= 2 * CHUNK {
            return self.part(theta, self.rows.clone(), scratch);
        }
        let chunks = self.rows.len().div_ceil(CHUNK);
        let parts: Vec<Normal> = (0..chunks)
            .into_par_iter()
            .map_init(Scratch::default, |scratch, chunk| {
                let start = self.rows.start + chunk * CHUNK;
                self.part(theta, start..(start + CHUNK).min(self.rows.end), scratch)
            })
            .collect();
        parts.into_iter().reduce(Normal::plus).unwrap_or_default()
    }

    fn part(&self, theta: &[f64], rows: Range<usize>, scratch: &mut Scratch) -> Normal {
        self.program.scalars(theta, &mut scratch.values, &mut scratch.registers.scalars);
        best(Part { task: self, rows, scratch })
    }
}

impl Normal {
    /// The sum of two parts.
    fn plus(mut self, other: Normal) -> Normal {
        self.cost += other.cost;
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(a, b)| *a += b);
        self.curvature.iter_mut().zip(&other.curvature).for_each(|(a, b)| *a += b);
        self
    }

    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        self.cost.is_finite()
            && self.gradient.iter().all(|x| x.is_finite())
            && self.curvature.iter().all(|x| x.is_finite())
    }
}

/// One part of a pass, for the instruction set at hand.
struct Part<'a, 'b> {
    task: &'a Task<'b>,
    rows: Range<usize>,
    scratch: &'a mut Scratch,
}

impl Kernel for Part<'_, '_> {
    type Output = Normal;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> Normal {
        part::<FMA>(self.task, self.rows, self.scratch)
    }
}

/// Rows a block: registers of one worker stay within the first-level cache where they can.
fn block_rows(program: &Program) -> usize {
    let columns = program.registers + program.outputs.len() / 2 + 6;
    (3072 / columns.max(1)).clamp(32, 256) / LANES * LANES
}

#[inline(always)]
fn part<const FMA: bool>(task: &Task, rows: Range<usize>, scratch: &mut Scratch) -> Normal {
    let count = task.program.outputs.len() - 1;
    let block = block_rows(task.program);
    scratch.prepare(task, block, count);
    let mut cost = 0.0;
    let mut start = rows.start;
    while start < rows.end {
        let end = (start + block).min(rows.end);
        cost += block_pass::<FMA>(task, start..end, scratch);
        start = end;
    }
    scratch.collect(cost, count)
}

impl Scratch {
    fn prepare(&mut self, task: &Task, block: usize, count: usize) {
        self.registers.reserve(task.program.registers, block);
        self.tail.resize_with(task.columns.len().max(1), Vec::new);
        for buffer in self.weights.iter_mut().chain([&mut self.product]).chain(&mut self.tail) {
            buffer.resize(block.max(buffer.len()), 0.0);
        }
        self.gram.clear();
        self.gram.resize(count + count * (count + 1) / 2, [0.0; LANES]);
        self.sums.clear();
        self.sums.resize(task.program.reductions, [0.0; LANES]);
    }

    fn collect(&self, cost: f64, count: usize) -> Normal {
        let (gradient, curvature) = self.gram.split_at(count);
        let mut curvature: Vec<f64> = curvature.iter().map(total).collect();
        for (entry, sum) in curvature.iter_mut().zip(&self.sums) {
            *entry += total(sum);
        }
        Normal { cost, gradient: gradient.iter().map(total).collect(), curvature }
    }
}

#[inline(always)]
fn block_pass<const FMA: bool>(task: &Task, rows: Range<usize>, scratch: &mut Scratch) -> f64 {
    let Scratch { registers, tail, weights, product, gram, sums, kept, .. } = scratch;
    let [slope, bend, given] = weights;
    let length = rows.len().next_multiple_of(LANES);
    let padded = length != rows.len();
    if padded || task.columns.is_empty() {
        fill_tail(task, &rows, tail, length);
    }
    let mut views: [&[f64]; MOST_COLUMNS] = [&[]; MOST_COLUMNS];
    let mut long: Vec<&[f64]> = Vec::new();
    let columns: &[&[f64]] = {
        let count = task.columns.len().max(1);
        let slots = if count <= MOST_COLUMNS {
            &mut views[..count]
        } else {
            long.resize(count, &[]);
            &mut long[..]
        };
        for (i, slot) in slots.iter_mut().enumerate() {
            *slot = match task.columns.get(i) {
                Some(column) if !padded => &column[rows.clone()],
                _ => &tail[i][..length],
            };
        }
        slots
    };
    let (slope, bend) = (&mut slope[..length], &mut bend[..length]);
    let given = &mut given[..length];
    fill_weights(task, &rows, given);
    let (first, second) = task.program.instructions.split_at(task.program.split);
    registers.run::<FMA>(first, columns, &[], &mut []);
    let (residual, slopes) = (task.program.outputs[0], &task.program.outputs[1..]);
    let residuals = registers.output(residual, columns);
    let cost = match task.loss {
        Loss::Squared => squared::<FMA>(residuals, given, slope, bend),
        Loss::Huber { delta } => huber(residuals, given, slope, bend, delta, task.kind),
    };
    accumulate::<FMA>(registers, slopes, columns, (slope, bend), product, gram);
    if let Some(kept) = kept {
        let place = rows.start - task.rows.start..rows.end - task.rows.start;
        keep(registers, &task.program.outputs, columns, place, kept);
    }
    registers.run::<FMA>(second, columns, slope, sums);
    cost
}

/// Copies the residuals and slopes of a block.
fn keep(
    registers: &mut Registers,
    outputs: &[Operand],
    columns: &[&[f64]],
    place: Range<usize>,
    kept: &mut Rows,
) {
    let (all, count) = (kept.residuals.len(), place.len());
    for (number, operand) in outputs.iter().enumerate() {
        let column = &registers.output(*operand, columns)[..count];
        let into = match number.checked_sub(1) {
            None => &mut kept.residuals[place.clone()],
            Some(slope) => &mut kept.slopes[slope * all..][place.clone()],
        };
        into.copy_from_slice(column);
    }
}

/// Column views of a block live on the stack up to this many.
const MOST_COLUMNS: usize = 48;

/// Copies a short last block and repeats its last row, so that no lane sees garbage.
fn fill_tail(task: &Task, rows: &Range<usize>, tail: &mut [Vec<f64>], length: usize) {
    for (buffer, column) in tail.iter_mut().zip(task.columns) {
        let source = &column[rows.clone()];
        buffer[..source.len()].copy_from_slice(source);
        buffer[source.len()..length].fill(source[source.len() - 1]);
    }
}

/// Row weights; zero on the rows that pad the block.
fn fill_weights(task: &Task, rows: &Range<usize>, given: &mut [f64]) {
    let count = rows.len();
    match task.weights {
        Some(weights) => given[..count].copy_from_slice(&weights[rows.clone()]),
        None => given[..count].fill(1.0),
    }
    given[count..].fill(0.0);
}

/// Half the weighted sum of squares. `slope` becomes the weighted residual, `bend` the weight.
#[inline(always)]
fn squared<const FMA: bool>(r: &[f64], given: &[f64], slope: &mut [f64], bend: &mut [f64]) -> f64 {
    for ((slope, r), w) in slope.iter_mut().zip(r).zip(given) {
        *slope = r * w;
    }
    bend.copy_from_slice(given);
    let mut lanes = [0.0; LANES];
    dot::<FMA>(&mut lanes, r, slope);
    0.5 * total(&lanes)
}

/// The weighted sum of Huber losses. `slope` becomes the weighted influence of each residual, `bend` its weight
/// in the curvature. Two loops without a branch between: each is SIMD as a whole.
#[inline(always)]
pub(super) fn huber(
    r: &[f64],
    given: &[f64],
    slope: &mut [f64],
    bend: &mut [f64],
    delta: f64,
    kind: Curvature,
) -> f64 {
    let mut lanes = [0.0; LANES];
    let blocks = r.chunks_exact(LANES).zip(given.chunks_exact(LANES));
    for ((r, w), slope) in blocks.zip(slope.chunks_exact_mut(LANES)) {
        for i in 0..LANES {
            let size = r[i].abs();
            let bounded = if size <= delta { size } else { delta };
            lanes[i] += w[i] * bounded * (size - 0.5 * bounded);
            slope[i] = w[i] * bounded.copysign(r[i]);
        }
    }
    let far = f64::from(u8::from(kind == Curvature::Majorant));
    for ((bend, r), w) in bend.iter_mut().zip(r).zip(given) {
        let size = r.abs();
        *bend = if size <= delta { *w } else { w * (far * delta / size) };
    }
    total(&lanes)
}

/// Adds a block's share of the gradient and of the Gram matrix.
#[inline(always)]
fn accumulate<const FMA: bool>(
    registers: &mut Registers,
    slopes: &[Operand],
    columns: &[&[f64]],
    (slope, bend): (&[f64], &[f64]),
    product: &mut [f64],
    gram: &mut [[f64; LANES]],
) {
    let count = slopes.len();
    let product = &mut product[..slope.len()];
    let (gradient, gram) = gram.split_at_mut(count);
    dots::<FMA>(registers, slopes, columns, slope, gradient);
    let mut entry = 0;
    for j in 0..count {
        let column = registers.output(slopes[j], columns);
        for ((product, x), w) in product.iter_mut().zip(column).zip(bend) {
            *product = x * w;
        }
        dots::<FMA>(registers, &slopes[j..], columns, product, &mut gram[entry..]);
        entry += count - j;
    }
}

/// `sums[k] += column k * y`.
#[inline(always)]
fn dots<const FMA: bool>(
    registers: &mut Registers,
    slopes: &[Operand],
    columns: &[&[f64]],
    y: &[f64],
    sums: &mut [[f64; LANES]],
) {
    let mut k = 0;
    while k < slopes.len() {
        if let Some(tile) = registers.four(&slopes[k..], columns) {
            dot4::<FMA>(&mut sums[k..], tile, y);
            k += 4;
        } else {
            let column = registers.output(slopes[k], columns);
            dot::<FMA>(&mut sums[k], column, y);
            k += 1;
        }
    }
}

impl Task<'_> {
    /// Calls `visit` for each row with its slopes, its weight and its weighted influence (the
    /// weight times the derivative of the loss), in order. One row at a time: for reports.
    pub fn each_row(
        &self,
        theta: &[f64],
        scratch: &mut Scratch,
        mut visit: impl FnMut(&[f64], f64, f64),
    ) {
        self.program.scalars(theta, &mut scratch.values, &mut scratch.registers.scalars);
        let block = block_rows(self.program);
        let count = self.program.outputs.len() - 1;
        let mut slopes = vec![0.0; count];
        let mut start = self.rows.start;
        while start < self.rows.end {
            let end = (start + block).min(self.rows.end);
            scratch.prepare(self, block, count);
            block_pass::<false>(self, start..end, scratch);
            let padded = !(end - start).is_multiple_of(LANES);
            for row in 0..end - start {
                for (slope, operand) in slopes.iter_mut().zip(&self.program.outputs[1..]) {
                    *slope = match *operand {
                        Operand::Register(i) => scratch.registers.registers[i as usize][row],
                        Operand::Scalar(i) => scratch.registers.scalars[i as usize],
                        Operand::Feature(i) if padded => scratch.tail[i as usize][row],
                        Operand::Feature(i) => self.columns[i as usize][start + row],
                    };
                }
                visit(&slopes, scratch.weights[2][row], scratch.weights[0][row]);
            }
            start = end;
        }
    }
}
