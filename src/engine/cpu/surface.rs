//! The loss surface on the CPU: f64, SIMD over the points, all cores.
//!
//! In: a surface, parameter sets, points. Out: values and slopes.

use rayon::prelude::*;

use super::block::{LANES, Registers};
use super::stream::{BLOCK, execute};
use crate::law::program::{Operand, Program};
use crate::problem::Surface;

/// Scratch space of one worker.
#[derive(Debug, Default)]
struct Scratch {
    registers: Registers,
    values: Vec<f64>,
}

/// Value and slopes for each pair of a set and a point, set by set; `sets` and `points` are rows of
/// numbers one after another.
pub(super) fn evaluate(surface: &Surface, sets: &[f64], points: &[f64]) -> Vec<f64> {
    let (inputs, outputs) = (surface.inputs.len(), surface.outputs());
    let count = points.len() / inputs.max(1);
    let columns = columns(surface, points, count);
    let rows = (count * outputs).max(1);
    let parameters = surface.parameters.max(1);
    let mut out = vec![0.0; sets.len() / parameters * count * outputs];
    let slices = out.par_chunks_mut(rows).zip(sets.par_chunks(parameters));
    slices.for_each(|(out, theta)| {
        let blocks = out.par_chunks_mut(BLOCK * outputs).enumerate();
        blocks.for_each_init(Scratch::default, |scratch, (block, out)| {
            surface.rows.scalars(theta, &mut scratch.values, &mut scratch.registers.scalars);
            let views: Vec<&[f64]> = columns.iter().map(|c| &c[block * BLOCK..][..BLOCK]).collect();
            run(&surface.rows, &views, scratch, out);
        });
    });
    out
}

/// The features of all points, padded to whole blocks; there is at least one column.
fn columns(surface: &Surface, points: &[f64], count: usize) -> Vec<Vec<f64>> {
    let padded = count.next_multiple_of(BLOCK);
    let inputs = surface.inputs.len();
    let cell = |point: usize, input: usize| points[point.min(count - 1) * inputs + input];
    let mut columns: Vec<Vec<f64>> = surface.rows.features(
        |column| (0..padded).map(|point| cell(point, column as usize)).collect(),
        |_, graph, id| {
            let order = graph.needed(&[id]);
            let mut values = vec![0.0; graph.len()];
            let mut value = |point: usize| {
                for &step in &order {
                    let input = |column: u32| cell(point, column as usize);
                    values[step.index()] = graph.evaluate(step, &values, input, |_| f64::NAN);
                }
                values[id.index()]
            };
            (0..padded).map(&mut value).collect()
        },
    );
    if columns.is_empty() {
        columns.push(vec![0.0; padded]);
    }
    columns
}

fn run(program: &Program, columns: &[&[f64]], scratch: &mut Scratch, out: &mut [f64]) {
    scratch.registers.reserve(program.registers, BLOCK.next_multiple_of(LANES));
    execute(program, columns, &mut scratch.registers);
    let outputs = program.outputs.len();
    for (k, operand) in program.outputs.iter().enumerate() {
        let places = out[k..].iter_mut().step_by(outputs);
        match *operand {
            Operand::Scalar(i) => {
                places.for_each(|place| *place = scratch.registers.scalars[i as usize])
            }
            _ => {
                let values = scratch.registers.rows(*operand, columns);
                places.zip(values).for_each(|(place, value)| *place = *value);
            }
        }
    }
}
