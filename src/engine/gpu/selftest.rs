//! Whether a device computes what its CPU twin computes.
//!
//! In: a layer, a kernel, one of the problems at hand. Out: nothing, or why the device is refused.

use super::batch::{Batch, rows_binding, single};
use super::kernel::{Kernel, Layout, delta};
use super::layer::{Binding, Fault, Handle, Layer};
use crate::engine::twin::{Bounded, Look, Seen};
use crate::plan::{coordinates, draw};
use crate::problem::Problem;

/// Rows and points that are compared, and the starts among which such points are sought.
const ROWS: usize = 48;
const POINTS: usize = 6;
const SOUGHT: usize = 64;

/// Compares objective, gradient and curvature at a few starts of a problem, over its first rows,
/// with the twin's, within the twin's bound on rounding.
///
/// # Errors
/// [`Fault::Refused`] with the numbers where they disagree, and whatever the device does.
pub fn self_test(
    layer: &mut dyn Layer,
    kernel: &Kernel,
    problem: &Problem,
    seed: u64,
) -> Result<(), Fault> {
    let rows = problem.rows.start..problem.rows.end.min(problem.rows.start + ROWS);
    let few = Problem { rows, ..problem.clone() };
    let tile = match kernel.layout {
        Layout::Lane => 1,
        Layout::Group { tile } => tile,
    };
    let look = Look::new(&few, tile);
    let at = delta(few.forms.objective.loss);
    // Some starts overflow f32: those where all can be compared come first.
    let starts = (0..SOUGHT).map(|start| few.space.q(&draw(&few.space, seed, start)));
    let points = starts.map(|q| q.into_iter().map(single).collect::<Vec<f32>>());
    let looked: Vec<(Seen, Vec<f32>)> = points.map(|q| (look.at(&q, at, false), q)).collect();
    let (whole, partly): (Vec<_>, Vec<_>) =
        looked.into_iter().partition(|(twin, _)| twin.is_finite());
    let (expected, points): (Vec<Seen>, Vec<Vec<f32>>) =
        whole.into_iter().chain(partly).take(POINTS).unzip();
    let measured = measure(layer, kernel, &few, &points, at)?;
    for (point, (twin, seen)) in expected.iter().zip(&measured).enumerate() {
        for (place, (mine, theirs)) in twin.numbers.iter().zip(seen).enumerate() {
            if !agrees(*mine, *theirs) {
                return Err(Fault::Refused(format!(
                    "self-test: number {place} at point {point} is {theirs:e} on the device and \
                     {:e} on the CPU, where rounding allows {:e}",
                    mine.value,
                    2.0 * mine.error
                )));
            }
        }
    }
    Ok(())
}

/// Whether a device's number may be what it should. Both differ from the exact value by at most
/// the bound, so from each other by at most twice as much.
fn agrees(twin: Bounded, seen: f32) -> bool {
    !(twin.value.is_finite() && twin.error.is_finite())
        || (twin.value - seen).abs() <= 2.0 * twin.error
}

/// Runs the entry point `measure` at some points; gives the normal at each.
///
/// # Errors
/// [`Fault`]
pub fn measure(
    layer: &mut dyn Layer,
    kernel: &Kernel,
    problem: &Problem,
    points: &[Vec<f32>],
    delta: f32,
) -> Result<Vec<Vec<f32>>, Fault> {
    let mut made = Vec::new();
    let result = measured(layer, kernel, problem, points, delta, &mut made);
    made.into_iter().for_each(|handle| layer.free(handle));
    result
}

fn measured(
    layer: &mut dyn Layer,
    kernel: &Kernel,
    problem: &Problem,
    points: &[Vec<f32>],
    delta: f32,
    made: &mut Vec<Handle>,
) -> Result<Vec<Vec<f32>>, Fault> {
    let mut batch = Batch::default();
    batch.push(kernel, problem);
    let mut state = Vec::new();
    for point in points {
        let record = state.len();
        state.extend(point.iter().map(|q| q.to_bits()));
        state.resize(record + kernel.record(), 0);
        state[record + 2 * kernel.parameters + 2] = delta.to_bits();
    }
    let count = u32::try_from(points.len()).unwrap_or(u32::MAX);
    let drawn = coordinates(&problem.space).len();
    let mut lanes = vec![0, 0, 0];
    lanes.extend(0..count);
    let task = [[f32::NAN; 4].map(f32::to_bits), [count, 1, count, 1], [1, 0, 0, 0]].concat();
    let mut keep = |handle: Handle| {
        made.push(handle);
        handle
    };
    let handles = [
        keep(batch.upload_rows(layer, kernel)?),
        keep(layer.upload(&batch.weights)?),
        keep(layer.upload(&batch.problems)?),
        keep(layer.upload(&batch.axes)?),
        keep(layer.zeros(drawn.max(1))?),
        keep(layer.upload(&state)?),
        keep(layer.upload(&lanes)?),
        keep(layer.uniform(&task)?),
        keep(layer.zeros(points.len() * kernel.normal())?),
    ];
    let bindings = measure_bindings(kernel, handles);
    let pipeline = layer.pipeline(&kernel.source, "measure", &bindings)?;
    layer.dispatch(pipeline, &bindings, kernel.groups(points.len()))?;
    let words = layer.read(handles[8], points.len() * kernel.normal())?;
    let normals = words.chunks_exact(kernel.normal());
    Ok(normals.map(|words| words.iter().map(|word| f32::from_bits(*word)).collect()).collect())
}

fn measure_bindings(kernel: &Kernel, handles: [Handle; 9]) -> Vec<(u32, Binding)> {
    let [rows, weights, problems, _, _, state, lanes, task, normals] = handles;
    vec![
        (0, rows_binding(kernel, rows)),
        (1, Binding::Read(weights)),
        (2, Binding::Read(problems)),
        (5, Binding::Write(state)),
        (6, Binding::Write(lanes)),
        (7, Binding::Uniform(task)),
        (8, Binding::Write(normals)),
    ]
}
