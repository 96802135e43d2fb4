//! The arithmetic limit of a device, and what a law's kernel asks of it.
//!
//! In: a layer; a law's forms. Out: multiply-adds a second, measured; operations of a point-pass,
//! counted. A fit cannot be faster than the limit divided by what its passes need.

use std::time::Instant;

use super::layer::{Binding, Fault, Layer};
use super::template::Holes;
use crate::law::graph::{Dyadic, Unary};
use crate::law::program::Op;
use crate::problem::{Forms, Loss, Residual};

const PEAK: &str = include_str!("../../../shaders/peak.wgsl");

/// Rounds of 128 multiply-adds.
const ROUNDS: usize = 2048;

/// Multiply-adds a second of a device, in f32: the best of a few dispatches.
///
/// # Errors
/// [`Fault`]
pub fn peak(layer: &mut dyn Layer) -> Result<f64, Fault> {
    let holes = Holes::default();
    let source = format!("const ROUNDS = {ROUNDS}u;\n{}", holes.fill(PEAK));
    let out = layer.zeros(4)?;
    let bindings = [(0, Binding::Write(out))];
    let pipeline = layer.pipeline(&source, "peak", &bindings)?;
    let groups = (layer.limits().threads / 64).max(1);
    let mut best = 0.0_f64;
    for _ in 0..4 {
        let began = Instant::now();
        layer.dispatch(pipeline, &bindings, groups)?;
        layer.read(out, 1)?;
        let done = (groups * 64 * ROUNDS * 128) as f64;
        best = best.max(done / began.elapsed().as_secs_f64());
    }
    layer.free(out);
    Ok(best)
}

/// Operations for one row in one pass of a fitting kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointCost {
    /// Additions, multiplications and multiply-adds.
    pub arithmetic: usize,
    /// Exponentials, logarithms, roots and quotients: a quarter to an eighth of the speed.
    pub special: usize,
    /// Loads of four numbers.
    pub loads: usize,
}

impl PointCost {
    /// Counts what the generated code of a law does.
    pub fn of(forms: &Forms) -> PointCost {
        let program = forms.surface();
        let loads = (program.feature_count() + 1).div_ceil(4);
        let mut cost = PointCost { arithmetic: 0, special: 0, loads };
        for instruction in &program.instructions[..program.split] {
            let (arithmetic, special) = operation(instruction.op);
            cost.arithmetic += arithmetic;
            cost.special += special;
        }
        let p = forms.model.parameters.len();
        // Gradient, the slopes times the row's weight, the triangle, the cost.
        cost.arithmetic += p + p + p * (p + 1) / 2 + 1;
        let (arithmetic, special) = match forms.objective.residual {
            Residual::Raw => (3, 0),
            Residual::Relative => (6, 0),
            Residual::Log => (6, 2),
        };
        cost.arithmetic += arithmetic + if forms.objective.loss == Loss::Squared { 0 } else { 5 };
        cost.special += special;
        cost
    }

    /// The time of a pass over one row, in multiply-adds of the device: arithmetic, special
    /// functions at an eighth of its rate, and the issue of all of them each set a limit.
    pub fn slots(&self) -> f64 {
        let issued = self.arithmetic + self.special + self.loads;
        issued.max(8 * self.special) as f64
    }
}

fn operation(op: Op) -> (usize, usize) {
    match op {
        Op::Unary(Unary::Neg | Unary::Abs | Unary::Sign | Unary::Detach) => (1, 0),
        Op::Unary(Unary::Exp | Unary::Ln) => (1, 1),
        Op::Unary(Unary::Sigmoid) => (2, 2),
        Op::Unary(Unary::Tanh | Unary::Atan) => (8, 2),
        Op::Unary(_) => (0, 1),
        Op::Dyadic(Dyadic::Div) => (1, 1),
        Op::Dyadic(Dyadic::Pow) => (1, 2),
        Op::PowI(n) => {
            let bits = n.unsigned_abs().max(1);
            let products = (bits.ilog2() + bits.count_ones()) as usize - 1;
            (products, usize::from(n < 0))
        }
        _ => (1, 0),
    }
}
