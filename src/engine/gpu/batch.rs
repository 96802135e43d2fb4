//! Problems as words: rows, weights, records and axes the way that the kernels read them.
//!
//! In: problems of one law. Out: a [`Batch`]. Rows that problems share are there once: a resample
//! costs its weights, not a copy of the data.

use std::collections::HashMap;
use std::sync::Arc;

use super::kernel::{Kernel, UNIFORM_WORDS};
use super::layer::{Binding, Fault, Handle, Layer};
use crate::plan::coordinates;
use crate::problem::{Problem, Residual, Sample, Scale, Space};

/// Words for the buffers of a kernel.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<u32>,
    pub(super) weights: Vec<u32>,
    pub(super) problems: Vec<u32>,
    pub(super) axes: Vec<u32>,
    /// Coordinates of the unit cube that starts need.
    pub(super) coordinates: usize,
    /// What is already there, by address (the problems outlive the batch), and where.
    samples: HashMap<*const Sample, usize>,
    weight_sets: HashMap<*const Vec<f64>, usize>,
    spaces: HashMap<*const Space, usize>,
}

/// `MIDDLE` of the shaders.
const NONE: u32 = u32::MAX;

/// Flags of an axis.
const LOG_OF_DRAW: u32 = 1;
const PROJECTED: u32 = 2;
const LOGARITHMIC: u32 = 4;

/// The nearest f32 that is not infinite.
#[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is the point")]
pub(super) fn single(x: f64) -> f32 {
    (x as f32).clamp(f32::MIN, f32::MAX)
}

#[allow(clippy::cast_possible_truncation, reason = "buffers have fewer than 2^32 words")]
fn word(x: usize) -> u32 {
    x as u32
}

impl Batch {
    /// Adds a problem; all problems of a batch are of the kernel's law.
    pub(super) fn push(&mut self, kernel: &Kernel, problem: &Problem) {
        let base = self.sample(kernel, problem);
        let weights = problem.weights.as_ref().map(|weights| self.weight_set(weights));
        debug_assert_eq!(
            kernel.shape.weighted,
            weights.is_some(),
            "a kernel with weights, or without"
        );
        let axes = self.space(&problem.space);
        let floor = single(problem.rounding_floor()).max(f32::MIN_POSITIVE);
        self.problems.extend([
            word(base / kernel.stride + problem.rows.start),
            word(problem.rows.len()),
            weights.map_or(0, |start| word(start + problem.rows.start)),
            word(axes),
            floor.to_bits(),
        ]);
    }

    /// Uploads the rows to where the kernel wants them.
    pub(super) fn upload_rows(
        &self,
        layer: &mut dyn Layer,
        kernel: &Kernel,
    ) -> Result<Handle, Fault> {
        if !kernel.shape.uniform {
            return layer.upload(&self.rows);
        }
        // The binding is declared at its full size.
        let mut rows = self.rows.clone();
        rows.resize(UNIFORM_WORDS.max(rows.len()), 0);
        layer.uniform(&rows)
    }

    /// Words in all buffers so far.
    pub(super) fn words(&self) -> usize {
        self.rows.len() + self.weights.len() + self.problems.len() + self.axes.len()
    }

    /// The words that a problem would add, at most.
    pub(super) fn cost(&self, kernel: &Kernel, problem: &Problem) -> usize {
        let rows = problem.sample.target().len();
        let known = self.samples.contains_key(&Arc::as_ptr(&problem.sample));
        let data = if known { 0 } else { rows * kernel.stride };
        let weights = match &problem.weights {
            Some(weights) if !self.weight_sets.contains_key(&Arc::as_ptr(weights)) => rows,
            _ => 0,
        };
        data + weights + 8 * kernel.parameters + 8
    }

    fn sample(&mut self, kernel: &Kernel, problem: &Problem) -> usize {
        if let Some(start) = self.samples.get(&Arc::as_ptr(&problem.sample)) {
            return *start;
        }
        let start = self.rows.len();
        let columns = problem.sample.surface(&problem.forms);
        let raw = problem.forms.objective.residual == Residual::Raw;
        for (row, y) in problem.sample.target().iter().enumerate() {
            self.rows.extend(columns.iter().map(|column| single(column[row]).to_bits()));
            self.rows.push(single(if raw { *y } else { 1.0 / y }).to_bits());
            self.rows.resize(self.rows.len().next_multiple_of(kernel.stride), 0);
        }
        self.samples.insert(Arc::as_ptr(&problem.sample), start);
        start
    }

    fn weight_set(&mut self, weights: &Arc<Vec<f64>>) -> usize {
        if let Some(start) = self.weight_sets.get(&Arc::as_ptr(weights)) {
            return *start;
        }
        let start = self.weights.len();
        self.weights.extend(weights.iter().map(|w| single(*w).to_bits()));
        self.weight_sets.insert(Arc::as_ptr(weights), start);
        start
    }

    fn space(&mut self, space: &Arc<Space>) -> usize {
        if let Some(start) = self.spaces.get(&Arc::as_ptr(space)) {
            return *start;
        }
        let start = self.axes.len() / 8;
        let drawn = coordinates(space);
        for (number, (axis, coordinate)) in space.axes.iter().zip(&drawn).enumerate() {
            let [low, high] = axis.start;
            let logarithmic = axis.scale == Scale::Log;
            let of_draw = logarithmic && low <= 0.0;
            let q = if logarithmic && !of_draw { [low.ln(), high.ln()] } else { [low, high] };
            let (longest, stretch) = match axis.scale {
                Scale::Log => (5.0, 0.0),
                Scale::Linear => ((high - low).abs().max(1e-8), 2.0),
            };
            let projected = space.projected.contains(&number);
            let flags = u32::from(of_draw) * LOG_OF_DRAW
                + u32::from(projected) * PROJECTED
                + u32::from(logarithmic) * LOGARITHMIC;
            let numbers = [axis.limits[0], axis.limits[1], q[0], q[1], longest, stretch];
            self.axes.extend(numbers.map(|x| single(x).to_bits()));
            self.axes.extend([coordinate.map_or(NONE, word), flags]);
            self.coordinates = self.coordinates.max(coordinate.map_or(0, |c| c + 1));
        }
        self.spaces.insert(Arc::as_ptr(space), start);
        start
    }
}

/// How a kernel binds its rows.
pub(super) fn rows_binding(kernel: &Kernel, rows: Handle) -> Binding {
    if kernel.shape.uniform { Binding::Uniform(rows) } else { Binding::Read(rows) }
}
