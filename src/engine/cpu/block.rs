//! Runs a program's instructions on one block of rows.
//!
//! In: instructions, scalars, slices of feature columns. Out: registers, and weighted sums for the
//! reductions. Every inner loop is a plain slice loop that the compiler turns into SIMD; the
//! functions are inlined into the versions of `pass.rs` that are compiled for each instruction set.

use super::math::{exp, exp2, fma, ln, log2};
use crate::law::graph::{Dyadic, Unary, apply_dyadic, apply_unary};
use crate::law::program::{Instruction, Op, Operand};

/// Partial sums kept apart, one a SIMD lane: no dependency between neighbouring rows.
pub(super) const LANES: usize = 8;

/// The sum of the lanes, in a fixed order. Never inlined: a compiler that sees this tree of sums lays the loop
/// before it out for the tree, in half registers and shuffles.
#[inline(never)]
pub(super) fn total(lanes: &[f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = *lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// `lanes += x * y`, row by row; slice lengths are equal multiples of [`LANES`].
#[inline(always)]
pub(super) fn dot<const FMA: bool>(lanes: &mut [f64; LANES], x: &[f64], y: &[f64]) {
    let mut sum = *lanes;
    for (x, y) in x.chunks_exact(LANES).zip(y.chunks_exact(LANES)) {
        for i in 0..LANES {
            sum[i] = fma::<FMA>(x[i], y[i], sum[i]);
        }
    }
    *lanes = sum;
}

/// Four [`dot`]s with the same `y`, which is then read once; the sums are those of [`dot`].
#[inline(always)]
pub(super) fn dot4<const FMA: bool>(lanes: &mut [[f64; LANES]], x: [&[f64]; 4], y: &[f64]) {
    let [mut p, mut q, mut r, mut s] = [lanes[0], lanes[1], lanes[2], lanes[3]];
    let [a, b, c, d] = x;
    let pairs = a.chunks_exact(LANES).zip(b.chunks_exact(LANES));
    let others = c.chunks_exact(LANES).zip(d.chunks_exact(LANES));
    for ((y, (a, b)), (c, d)) in y.chunks_exact(LANES).zip(pairs).zip(others) {
        for i in 0..LANES {
            p[i] = fma::<FMA>(a[i], y[i], p[i]);
        }
        for i in 0..LANES {
            q[i] = fma::<FMA>(b[i], y[i], q[i]);
        }
        for i in 0..LANES {
            r[i] = fma::<FMA>(c[i], y[i], r[i]);
        }
        for i in 0..LANES {
            s[i] = fma::<FMA>(d[i], y[i], s[i]);
        }
    }
    lanes[..4].copy_from_slice(&[p, q, r, s]);
}

/// Registers and scalars of one worker.
#[derive(Debug, Default)]
pub(super) struct Registers {
    /// `registers[i]` holds a block of rows.
    pub(super) registers: Vec<Vec<f64>>,
    /// Values that are the same for all rows.
    pub(super) scalars: Vec<f64>,
    /// A scalar spread over a block, for the rare operations without a scalar form.
    pub(super) spread: [Vec<f64>; 3],
}

impl Registers {
    /// Room for `registers` blocks of `block` rows.
    pub(super) fn reserve(&mut self, registers: usize, block: usize) {
        self.registers.resize_with(registers.max(self.registers.len()), Vec::new);
        for register in self.registers.iter_mut().chain(&mut self.spread) {
            register.resize(block.max(register.len()), 0.0);
        }
    }

    /// The rows of four operands, unless one of them is a scalar.
    #[inline(always)]
    pub(super) fn four<'a>(
        &'a self,
        operands: &[Operand],
        columns: &[&'a [f64]],
    ) -> Option<[&'a [f64]; 4]> {
        let &[a, b, c, d, ..] = operands else { return None };
        if [a, b, c, d].iter().any(|operand| matches!(operand, Operand::Scalar(_))) {
            return None;
        }
        // Written out: `map` on an array is a call.
        let rows = |operand| self.rows(operand, columns);
        Some([rows(a), rows(b), rows(c), rows(d)])
    }

    /// The rows of an operand; scalars must have been spread before.
    #[inline(always)]
    pub(super) fn rows<'a>(&'a self, operand: Operand, columns: &[&'a [f64]]) -> &'a [f64] {
        let rows = columns[0].len();
        match operand {
            Operand::Register(i) => &self.registers[i as usize][..rows],
            Operand::Feature(i) => columns[i as usize],
            Operand::Scalar(_) => &self.spread[0][..rows],
        }
    }

    /// Runs `instructions`; `weights` are the row weights of the reductions.
    #[inline(always)]
    pub(super) fn run<const FMA: bool>(
        &mut self,
        instructions: &[Instruction],
        columns: &[&[f64]],
        weights: &[f64],
        sums: &mut [[f64; LANES]],
    ) {
        let rows = columns[0].len();
        for instruction in instructions {
            if let Op::Reduce(number) = instruction.op {
                self.reduce::<FMA>(instruction, columns, weights, &mut sums[number as usize]);
                continue;
            }
            let mut into = std::mem::take(&mut self.registers[instruction.into as usize]);
            self.compute::<FMA>(instruction, columns, &mut into[..rows]);
            self.registers[instruction.into as usize] = into;
        }
    }

    #[inline(always)]
    fn reduce<const FMA: bool>(
        &mut self,
        instruction: &Instruction,
        columns: &[&[f64]],
        weights: &[f64],
        sum: &mut [f64; LANES],
    ) {
        let operand = instruction.operands[0];
        self.spread(operand, 0);
        dot::<FMA>(sum, self.rows(operand, columns), weights);
    }

    #[inline(always)]
    fn spread(&mut self, operand: Operand, slot: usize) {
        if let Operand::Scalar(i) = operand {
            self.spread[slot].fill(self.scalars[i as usize]);
        }
    }

    #[inline(always)]
    fn compute<const FMA: bool>(
        &mut self,
        instruction: &Instruction,
        columns: &[&[f64]],
        into: &mut [f64],
    ) {
        use Operand::Scalar;
        let [a, b, c] = instruction.operands;
        let number = |i: u16| self.scalars[i as usize];
        match (instruction.op, a, b) {
            (Op::Dyadic(Dyadic::Add), Scalar(s), v) | (Op::Dyadic(Dyadic::Add), v, Scalar(s)) => {
                let s = number(s);
                map(into, self.rows(v, columns), |x| x + s);
            }
            (Op::Dyadic(Dyadic::Mul), Scalar(s), v) | (Op::Dyadic(Dyadic::Mul), v, Scalar(s)) => {
                let s = number(s);
                map(into, self.rows(v, columns), |x| x * s);
            }
            (Op::Dyadic(Dyadic::Sub), Scalar(s), v) => {
                let s = number(s);
                map(into, self.rows(v, columns), |x| s - x);
            }
            (Op::Dyadic(Dyadic::Sub), v, Scalar(s)) => {
                let s = number(s);
                map(into, self.rows(v, columns), |x| x - s);
            }
            (Op::Dyadic(Dyadic::Div), Scalar(s), v) => {
                let s = number(s);
                map(into, self.rows(v, columns), |x| s / x);
            }
            (Op::Dyadic(Dyadic::Div), v, Scalar(s)) => {
                let s = number(s);
                map(into, self.rows(v, columns), |x| x / s);
            }
            (Op::Dyadic(f), Operand::Register(_) | Operand::Feature(_), _) => {
                let (x, y) = (self.rows(a, columns), self.rows(b, columns));
                match f {
                    Dyadic::Add => map2(into, x, y, |x, y| x + y),
                    Dyadic::Sub => map2(into, x, y, |x, y| x - y),
                    Dyadic::Mul => map2(into, x, y, |x, y| x * y),
                    Dyadic::Div => map2(into, x, y, |x, y| x / y),
                    _ => self.rare_dyadic(f, instruction, columns, into),
                }
            }
            (Op::Dyadic(f), ..) => self.rare_dyadic(f, instruction, columns, into),
            (Op::MulAdd, ..) => self.muladd::<FMA>([a, b, c], columns, into, 1.0),
            (Op::MulSub, ..) => self.muladd::<FMA>([a, b, c], columns, into, -1.0),
            (Op::Unary(f), ..) => unary::<FMA>(f, self.rows(a, columns), into),
            (Op::PowI(n), ..) => whole_power(n, self.rows(a, columns), into),
            (Op::Select, ..) => self.select(instruction, columns, into),
            (Op::Reduce(_), ..) => {}
        }
    }

    /// `a * b + sign * c`.
    #[inline(always)]
    fn muladd<const FMA: bool>(
        &mut self,
        [a, b, c]: [Operand; 3],
        columns: &[&[f64]],
        into: &mut [f64],
        sign: f64,
    ) {
        use Operand::Scalar;
        let number = |i: u16| self.scalars[i as usize];
        match (a, b, c) {
            (Scalar(s), v, Scalar(t)) | (v, Scalar(s), Scalar(t)) => {
                let (s, t) = (number(s), sign * number(t));
                map(into, self.rows(v, columns), |x| fma::<FMA>(x, s, t));
            }
            (Scalar(s), v, z) | (v, Scalar(s), z) => {
                let s = number(s);
                let (x, z) = (self.rows(v, columns), self.rows(z, columns));
                map2(into, x, z, |x, z| fma::<FMA>(x, s, sign * z));
            }
            (x, y, Scalar(t)) => {
                let t = sign * number(t);
                let (x, y) = (self.rows(x, columns), self.rows(y, columns));
                map2(into, x, y, |x, y| fma::<FMA>(x, y, t));
            }
            (x, y, z) => {
                let x = self.rows(x, columns);
                let (y, z) = (self.rows(y, columns), self.rows(z, columns));
                for (((into, x), y), z) in into.iter_mut().zip(x).zip(y).zip(z) {
                    *into = fma::<FMA>(*x, *y, sign * z);
                }
            }
        }
    }

    /// Operations without a scalar form: scalars are spread over the block first.
    fn rare_dyadic(
        &mut self,
        f: Dyadic,
        instruction: &Instruction,
        columns: &[&[f64]],
        into: &mut [f64],
    ) {
        let [a, b, _] = instruction.operands;
        self.spread(a, 0);
        self.spread(b, 1);
        let (x, y) = (self.spread_rows(a, 0, columns), self.spread_rows(b, 1, columns));
        map2(into, x, y, |x, y| apply_dyadic(f, x, y));
    }

    fn select(&mut self, instruction: &Instruction, columns: &[&[f64]], into: &mut [f64]) {
        let [c, a, b] = instruction.operands;
        for (slot, operand) in [c, a, b].into_iter().enumerate() {
            self.spread(operand, slot);
        }
        let c = self.spread_rows(c, 0, columns);
        let (a, b) = (self.spread_rows(a, 1, columns), self.spread_rows(b, 2, columns));
        for (((into, c), a), b) in into.iter_mut().zip(c).zip(a).zip(b) {
            *into = if *c != 0.0 { *a } else { *b };
        }
    }

    fn spread_rows<'a>(
        &'a self,
        operand: Operand,
        slot: usize,
        columns: &[&'a [f64]],
    ) -> &'a [f64] {
        match operand {
            Operand::Scalar(_) => &self.spread[slot][..columns[0].len()],
            _ => self.rows(operand, columns),
        }
    }

    /// An output as rows: constants are spread over `slot` first.
    #[inline(always)]
    pub(super) fn output<'a>(&'a mut self, operand: Operand, columns: &[&'a [f64]]) -> &'a [f64] {
        self.spread(operand, 0);
        self.rows(operand, columns)
    }
}

#[inline(always)]
fn map(into: &mut [f64], x: &[f64], f: impl Fn(f64) -> f64) {
    for (into, x) in into.iter_mut().zip(x) {
        *into = f(*x);
    }
}

#[inline(always)]
fn map2(into: &mut [f64], x: &[f64], y: &[f64], f: impl Fn(f64, f64) -> f64) {
    for ((into, x), y) in into.iter_mut().zip(x).zip(y) {
        *into = f(*x, *y);
    }
}

#[inline(always)]
fn unary<const FMA: bool>(f: Unary, x: &[f64], into: &mut [f64]) {
    match f {
        Unary::Neg => map(into, x, |x| -x),
        Unary::Exp => map(into, x, exp::<FMA>),
        Unary::Exp2 => map(into, x, exp2::<FMA>),
        Unary::Ln => map(into, x, ln::<FMA>),
        Unary::Log2 => map(into, x, log2::<FMA>),
        Unary::LnOrZero => map(into, x, |x| if x == 0.0 { 0.0 } else { ln::<FMA>(x) }),
        Unary::Log2OrHuge => map(into, x, |x| if x == 0.0 { -1e300 } else { log2::<FMA>(x) }),
        Unary::Sqrt => map(into, x, f64::sqrt),
        Unary::Abs => map(into, x, f64::abs),
        Unary::Sigmoid => map(into, x, |x| 1.0 / (1.0 + exp::<FMA>(-x))),
        _ => map(into, x, |x| apply_unary(f, x)),
    }
}

#[inline(always)]
fn whole_power(n: i32, x: &[f64], into: &mut [f64]) {
    match n {
        -1 => map(into, x, |x| 1.0 / x),
        2 => map(into, x, |x| x * x),
        -2 => map(into, x, |x| 1.0 / (x * x)),
        3 => map(into, x, |x| x * x * x),
        _ => map(into, x, |x| x.powi(n)),
    }
}
