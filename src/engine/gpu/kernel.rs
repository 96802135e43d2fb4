//! Kernels: the WGSL of a law's fitting and surface kernels, and what they need of a device.
//!
//! In: a law's [`Forms`] and the device's workgroup memory. Out: [`Kernel`]s, plain text that any
//! device compiles. Laws of few parameters run one lane a fit, others one workgroup a fit.

use std::collections::BTreeMap;

use super::template::Holes;
use crate::law::wgsl::{Code, Names};
use crate::problem::{Forms, Loss, Residual};

const FUNCTIONS: &str = include_str!("../../../shaders/shared/functions.wgsl");
const RECORDS: &str = include_str!("../../../shaders/shared/records.wgsl");
const WEIGH: &str = include_str!("../../../shaders/shared/weigh.wgsl");
const LANE: &str = include_str!("../../../shaders/fit_lane.wgsl");
const GROUP: &str = include_str!("../../../shaders/fit_group.wgsl");

/// Threads of a workgroup of lanes, each with its own fit.
const LANES: usize = 64;

/// Threads of a workgroup that share a fit.
const THREADS: usize = 32;

/// Laws of up to this many parameters run one lane a fit: their two normal matrices fit registers.
const MOST_LANE_PARAMETERS: usize = 8;

/// How the fits of a kernel are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One lane a fit.
    Lane,
    /// One workgroup a fit; this many rows at a time.
    Group {
        /// Rows whose slopes are in workgroup memory at a time.
        tile: usize,
    },
}

/// What a kernel is told about the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// Whether rows have weights; a kernel without them is faster.
    pub weighted: bool,
    /// Whether all fits read the same few rows: they are then kept where all lanes read one row at
    /// a time fastest.
    pub uniform: bool,
}

/// Words of a uniform buffer of rows: what every device has.
pub(super) const UNIFORM_WORDS: usize = 16_384;

const UNIFORM_ROWS: &str = "\
// A row is STRIDE vectors: its features, and then the observation.
@group(0) @binding(0) var<uniform> rows: array<vec4<f32>, 4096>;
";
const STORAGE_ROWS: &str = "\
// A row is STRIDE vectors: its features, and then the observation.
@group(0) @binding(0) var<storage, read> rows: array<vec4<f32>>;
";

/// A kernel's text and shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    /// Plain WGSL with the entry points `fit` and `measure`.
    pub source: String,
    /// How fits are shared out.
    pub layout: Layout,
    /// Parameters.
    pub parameters: usize,
    /// Whether rows have weights, and where they are kept.
    pub shape: Shape,
    /// Words of a row: features, the observation, and zeros up to a multiple of four.
    pub stride: usize,
}

impl Kernel {
    /// The fitting kernel of a law, one lane a fit where that fits and else one workgroup a fit.
    ///
    /// # Errors
    /// A sentence on why this law cannot run on a device with `memory` bytes of workgroup memory.
    pub fn fit(forms: &Forms, shape: Shape, memory: usize) -> Result<Kernel, String> {
        let parameters = forms.model.parameters.len();
        if parameters <= MOST_LANE_PARAMETERS {
            return Kernel::with_layout(forms, shape, Layout::Lane);
        }
        let tile = [32, 16, 8].into_iter().find(|&tile| group_memory(parameters, tile) <= memory);
        match tile {
            Some(tile) => Kernel::with_layout(forms, shape, Layout::Group { tile }),
            None => Err(format!(
                "{parameters} parameters need {} bytes of workgroup memory, and there are {memory}",
                group_memory(parameters, 8)
            )),
        }
    }

    /// The fitting kernel in a given layout.
    ///
    /// # Errors
    /// A sentence on why the law cannot be written in WGSL.
    pub fn with_layout(forms: &Forms, shape: Shape, layout: Layout) -> Result<Kernel, String> {
        let parameters = forms.model.parameters.len();
        if parameters == 0 {
            return Err("the law has no parameters to search".into());
        }
        let program = forms.surface();
        let param: &dyn Fn(u32) -> String = match layout {
            Layout::Lane => &|j| format!("at.p{j}"),
            Layout::Group { .. } => &|j| format!("t[{j}u]"),
        };
        let names = Names { param, feature: &|i| element(i.into()) };
        let code =
            program.wgsl(names).ok_or("a constant of the law is not a number".to_string())?;
        let features = program.feature_count();
        let stride = (features + 1).div_ceil(4);
        let head = constants(forms, shape, stride, layout);
        let body = match layout {
            Layout::Lane => LANE,
            Layout::Group { .. } => GROUP,
        };
        let holes = holes(parameters, stride, element(features), code);
        let records = if shape.uniform { UNIFORM_ROWS } else { STORAGE_ROWS };
        let body = holes.fill(body);
        let source = [&head, records, RECORDS, FUNCTIONS, WEIGH, &body].concat();
        Ok(Kernel { source, layout, parameters, shape, stride: 4 * stride })
    }

    /// Numbers in the record of a fit.
    pub fn record(&self) -> usize {
        2 * self.parameters + 6
    }

    /// Numbers in a normal: cost, gradient, lower triangle.
    pub fn normal(&self) -> usize {
        normal(self.parameters)
    }

    /// Workgroups for some fits side by side.
    pub fn groups(&self, fits: usize) -> usize {
        match self.layout {
            Layout::Lane => fits.div_ceil(LANES),
            Layout::Group { .. } => fits,
        }
    }

    /// Fits side by side that keep a device with so many threads busy.
    pub fn abreast(&self, threads: usize) -> usize {
        match self.layout {
            Layout::Lane => threads,
            Layout::Group { .. } => (threads / THREADS).max(1),
        }
    }

    /// Words of a fit's own room in `normals`.
    pub fn room(&self) -> usize {
        match self.layout {
            Layout::Lane => 0,
            Layout::Group { .. } => 2 * self.normal(),
        }
    }

    /// The most trips of loops that one thread makes in one pass over `rows` rows, all loops
    /// counted together: some devices cut a thread off after so many.
    pub fn trips(&self, rows: usize) -> usize {
        let p = self.parameters;
        match self.layout {
            // The rounds of a projection may add P.
            Layout::Lane => rows + p + 2,
            Layout::Group { tile } => {
                let share = |places: usize| places.div_ceil(THREADS);
                let entries = share(self.normal());
                let sums = rows.div_ceil(tile) * (2 + entries * (1 + tile / 8) + p);
                let column = |left: usize| 1 + 2 * share(left) + share(left * (left + 1) / 2);
                let solution =
                    (0..p).map(column).sum::<usize>() + p + (0..p).map(share).sum::<usize>();
                // A step's own, and a second solution where linear parameters are projected.
                let step = solution + entries + share(p) * (p + 8);
                sums + 2 * entries + 2 * step + 8
            }
        }
    }
}

fn normal(parameters: usize) -> usize {
    1 + parameters + parameters * (parameters + 1) / 2
}

/// Bytes of workgroup memory of the group kernel.
fn group_memory(parameters: usize, tile: usize) -> usize {
    4 * (normal(parameters) + tile * (parameters + 3) + 9 * parameters + 16)
}

/// A number of a row, which is loaded four at a time.
fn element(place: usize) -> String {
    format!("row{}.{}", place / 4, ["x", "y", "z", "w"][place % 4])
}

fn constants(forms: &Forms, shape: Shape, stride: usize, layout: Layout) -> String {
    let parameters = forms.model.parameters.len();
    let residual = match forms.objective.residual {
        Residual::Raw => "RAW",
        Residual::Log => "LOG",
        Residual::Relative => "RELATIVE",
    };
    let tile = match layout {
        Layout::Lane => 0,
        Layout::Group { tile } => tile,
    };
    format!(
        "const P = {parameters}u;\n\
         const STRIDE = {stride}u;\n\
         const WEIGHTED = {};\n\
         const HUBER = {};\n\
         const NORMAL = {}u;\n\
         const TILE = {tile}u;\n\
         const TILE_SIZE = {}u;\n\
         const RAW = 0u;\n\
         const LOG = 1u;\n\
         const RELATIVE = 2u;\n\
         const RESIDUAL = {residual};\n\
         const SEPARABLE = {};\n\
         const PROJECTS = {};\n",
        shape.weighted,
        forms.objective.loss != Loss::Squared,
        normal(parameters),
        tile * parameters,
        forms.separable(),
        !forms.model.linear.is_empty(),
    )
}

fn holes(parameters: usize, stride: usize, observed: String, code: Code) -> Holes {
    let mut outputs = code.outputs.into_iter();
    let value = outputs.next().unwrap_or_default();
    Holes {
        bounds: BTreeMap::from([("P", parameters), ("STRIDE", stride)]),
        text: BTreeMap::from([
            ("scalars", code.scalars),
            ("row", code.row),
            ("value", value),
            ("observed", observed),
        ]),
        list: BTreeMap::from([("slope", outputs.collect())]),
    }
}

/// The Huber delta that kernels are given: a squared loss never turns linear.
pub(super) fn delta(loss: Loss) -> f32 {
    match loss {
        Loss::Squared => SQUARED,
        #[allow(clippy::cast_possible_truncation, reason = "f32 is what the device has")]
        Loss::Huber { delta } => (delta as f32).clamp(1e-30, SQUARED),
    }
}

/// `SQUARED` of the shaders.
pub(super) const SQUARED: f32 = 1e37;
