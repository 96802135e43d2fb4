//! WGSL expressions for numbers that carry a bound on their error, as `bounded.wgsl` has them.
//!
//! In: operations and the names of their operands. Out: expressions of type `vec2<f32>`.

use super::graph::{Dyadic, Unary};

/// A constant, and what its rounding to f32 has changed.
pub(super) fn number(value: f64, single: f32) -> String {
    let off = (value - f64::from(single)).abs();
    // What is too small for f32 is not lost, and what is too large is not infinite here.
    let least = if off > 0.0 { f64::from(f32::MIN_POSITIVE) } else { 0.0 };
    #[allow(clippy::cast_possible_truncation, reason = "the bound is widened by more than that")]
    let error = (1.001 * off + least).min(3e38) as f32;
    format!("vec2<f32>({single:?}, {error:?})")
}

pub(super) fn unary(f: Unary, a: &str) -> String {
    let function = match f {
        Unary::Neg => "neg",
        Unary::Detach => return a.to_string(),
        Unary::Exp => "exp",
        Unary::Exp2 => "exp2",
        Unary::Ln => "ln",
        Unary::Log2 => "lb",
        Unary::LnOrZero => "ln_or_zero",
        Unary::Log2OrHuge => "lb_or_huge",
        Unary::Sqrt => "sqrt",
        Unary::Abs => "abs",
        Unary::Sign => "sign",
        Unary::Tanh => "tanh",
        Unary::Sigmoid => "sigmoid",
        Unary::Sin => "sin",
        Unary::Cos => "cos",
        Unary::Atan => "atan",
    };
    format!("bounded_{function}({a})")
}

pub(super) fn dyadic(f: Dyadic, a: &str, b: &str) -> String {
    let flag = |holds: &str| format!("bounded_flag({a}.x {holds} {b}.x, {a}, {b})");
    let function = match f {
        Dyadic::Less => return flag("<"),
        Dyadic::LessEq => return flag("<="),
        Dyadic::Equal => return flag("=="),
        Dyadic::Add => "add",
        Dyadic::Sub => "sub",
        Dyadic::Mul => "mul",
        Dyadic::Div => "div",
        Dyadic::Pow => "power",
        Dyadic::Min => "min",
        Dyadic::Max => "max",
    };
    format!("bounded_{function}({a}, {b})")
}
