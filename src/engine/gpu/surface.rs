//! The loss surface on a device: many pairs of a parameter set and a point.
//!
//! In: a [`Surface`], sets, points. Out: values and slopes in f32.

use super::batch::single;
use super::layer::{Binding, Fault, Handle, Layer};
use super::template::Holes;
use crate::engine::Watch;
use crate::law::wgsl::Names;
use crate::problem::Surface;

const FUNCTIONS: &str = include_str!("../../../shaders/shared/functions.wgsl");
const EVALUATE: &str = include_str!("../../../shaders/evaluate.wgsl");

/// The most pairs of one dispatch.
const MOST_PAIRS: usize = 1 << 24;

/// Threads of a workgroup.
const THREADS: usize = 64;

/// The kernel of a surface.
///
/// # Errors
/// A sentence on why the law cannot be written in WGSL.
pub fn surface_source(surface: &Surface) -> Result<String, String> {
    let parameters = surface.parameters;
    let name = |number: u32| match (number as usize).checked_sub(parameters) {
        None => format!("sets[theta + {number}u]"),
        Some(input) => format!("points[point + {input}u]"),
    };
    let names = Names { param: &name, feature: &|_| String::new() };
    let code = surface.point.wgsl(names).ok_or("a constant of the law is not a number")?;
    let holes = Holes {
        bounds: [("P", surface.outputs())].into(),
        text: [("scalars", code.scalars)].into(),
        list: [("output", code.outputs)].into(),
    };
    let head = format!(
        "const P = {}u;\nconst PARAMETERS = {parameters}u;\nconst INPUTS = {}u;\n",
        surface.outputs(),
        surface.inputs.len()
    );
    Ok([head, holes.fill(EVALUATE), FUNCTIONS.to_string()].concat())
}

/// Evaluates all pairs, in parts that the device has room for.
///
/// # Errors
/// [`Fault`]
pub(super) fn evaluate(
    layer: &mut dyn Layer,
    surface: &Surface,
    sets: &[f64],
    points: &[f64],
    watch: &Watch,
) -> Result<Vec<f32>, Fault> {
    let source = surface_source(surface).map_err(Fault::Refused)?;
    let bindings = bindings([0; 4]);
    let pipeline = layer.pipeline(&source, "evaluate", &bindings)?;
    let limits = layer.limits();
    let (parameters, inputs) = (surface.parameters, surface.inputs.len().max(1));
    let room = usize::try_from(limits.buffer.min(limits.memory / 2)).unwrap_or(usize::MAX) / 4;
    let pairs = (room / surface.outputs().max(inputs)).clamp(1, MOST_PAIRS);
    let mut out = Vec::new();
    for set in sets.chunks(parameters.max(1) * (pairs / (points.len() / inputs).max(1)).max(1)) {
        for part in points.chunks(inputs * pairs) {
            let counts = [set.len() / parameters.max(1), part.len() / inputs];
            out.extend(run(layer, pipeline, surface, set, part, counts)?);
            watch.advance((counts[0] * counts[1]) as u64);
            if watch.stopped() {
                return Err(Fault::Interrupted);
            }
        }
    }
    Ok(out)
}

fn run(
    layer: &mut dyn Layer,
    pipeline: Handle,
    surface: &Surface,
    sets: &[f64],
    points: &[f64],
    [set_count, point_count]: [usize; 2],
) -> Result<Vec<f32>, Fault> {
    let words = |numbers: &[f64]| numbers.iter().map(|x| single(*x).to_bits()).collect::<Vec<_>>();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut made = Vec::new();
    let mut attempt = || {
        let mut keep = |handle: Handle| {
            made.push(handle);
            handle
        };
        let numbers = set_count * point_count * surface.outputs();
        let handles = [
            keep(layer.upload(&words(sets))?),
            keep(layer.upload(&words(points))?),
            keep(layer.zeros(numbers)?),
            keep(layer.uniform(&[f32::NAN.to_bits(), count(set_count), count(point_count), 0])?),
        ];
        layer.dispatch(
            pipeline,
            &bindings(handles),
            (set_count * point_count).div_ceil(THREADS),
        )?;
        layer.read(handles[2], numbers)
    };
    let result = attempt();
    made.into_iter().for_each(|handle| layer.free(handle));
    Ok(result?.into_iter().map(f32::from_bits).collect())
}

fn bindings([sets, points, surface, task]: [Handle; 4]) -> Vec<(u32, Binding)> {
    vec![
        (0, Binding::Read(sets)),
        (1, Binding::Read(points)),
        (2, Binding::Write(surface)),
        (3, Binding::Uniform(task)),
    ]
}
