//! WGSL from a program: straight-line statements for the scalars and for one row.
//!
//! In: a [`Program`] and the names under which a kernel keeps parameters and features. Out:
//! [`Code`], ready to be put into the hole of a kernel. Every value is an immutable `let`, so no
//! array is indexed and the driver's compiler is free to keep all of it in registers.

use std::fmt::Write;

use super::bounded_wgsl as bounded;
use super::graph::{Dyadic, Id, Node, Unary};
use super::program::{Op, Operand, Program};

/// Statements of a law; see the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What depends on parameters alone: `let s0 = ...;`
    pub scalars: String,
    /// What must be computed for each row: `let v0 = ...;`
    pub row: String,
    /// Where the program's outputs are: names or numbers.
    pub outputs: Vec<String>,
}

/// How a kernel names what a law reads.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "closures")]
pub struct Names<'a> {
    /// Parameter by number.
    pub param: &'a dyn Fn(u32) -> String,
    /// Feature by number.
    pub feature: &'a dyn Fn(u16) -> String,
}

impl Program {
    /// The program's outputs as WGSL; `None` where a constant of the law is no f32.
    pub fn wgsl(&self, names: Names) -> Option<Code> {
        self.write(names, false)
    }

    /// The same with numbers that carry a bound on their error (`bounded.wgsl`).
    pub fn bounded_wgsl(&self, names: Names) -> Option<Code> {
        self.write(names, true)
    }

    fn write(&self, names: Names, bounded: bool) -> Option<Code> {
        let text = String::new();
        let mut writer = Writer { program: self, names, text, bounded, sound: true };
        for &id in &self.scalar_order {
            writer.scalar(id);
        }
        let scalars = std::mem::take(&mut writer.text);
        let mut held = vec![String::new(); self.registers];
        for (number, instruction) in self.instructions[..self.split].iter().enumerate() {
            let name = format!("v{number}");
            let read = instruction.operands.map(|operand| writer.operand(operand, &held));
            writer.operation(&name, instruction.op, &read);
            held[instruction.into as usize] = name;
        }
        let outputs = self.outputs.iter().map(|o| writer.operand(*o, &held)).collect();
        writer.sound.then_some(Code { scalars, row: writer.text, outputs })
    }
}

struct Writer<'a> {
    program: &'a Program,
    names: Names<'a>,
    text: String,
    /// Whether numbers carry a bound on their error.
    bounded: bool,
    /// Whether every constant so far is a finite f32.
    sound: bool,
}

impl Writer<'_> {
    fn define(&mut self, name: &str, value: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "let {name} = {value};");
    }

    fn number(&mut self, value: f64) -> String {
        let (single, text) = literal(value);
        self.sound &= !value.is_nan();
        if self.bounded { bounded::number(value, single) } else { text }
    }

    fn unary(&self, f: Unary, a: &str) -> String {
        if self.bounded { bounded::unary(f, a) } else { unary(f, a) }
    }

    fn dyadic(&self, f: Dyadic, a: &str, b: &str) -> String {
        if self.bounded { bounded::dyadic(f, a, b) } else { dyadic(f, a, b) }
    }

    fn fused(&self, join: Dyadic, [a, b, c]: [&str; 3]) -> String {
        match (self.bounded, join) {
            (true, _) => self.dyadic(join, &self.dyadic(Dyadic::Mul, a, b), c),
            (false, Dyadic::Sub) => format!("fma({a}, {b}, -{c})"),
            (false, _) => format!("fma({a}, {b}, {c})"),
        }
    }

    fn select(&self, [a, b, c]: [&str; 3]) -> String {
        if self.bounded {
            return format!("bounded_choose({a}, {b}, {c})");
        }
        format!("select({c}, {b}, {a} != 0.0)")
    }

    fn operand(&mut self, operand: Operand, held: &[String]) -> String {
        match operand {
            Operand::Register(i) => held[i as usize].clone(),
            Operand::Feature(i) => (self.names.feature)(i),
            Operand::Scalar(i) => self.scalar_name(self.program.scalars[i as usize]),
        }
    }

    fn scalar_name(&mut self, id: Id) -> String {
        match self.program.graph.node(id) {
            Node::Const(bits) => self.number(f64::from_bits(bits)),
            Node::Param(number) => (self.names.param)(number),
            _ => format!("s{}", id.index()),
        }
    }

    fn scalar(&mut self, id: Id) {
        let name = format!("s{}", id.index());
        let node = self.program.graph.node(id);
        let op = match node {
            Node::Const(_) | Node::Param(_) | Node::Column(_) => return,
            Node::Unary(f, _) => Op::Unary(f),
            Node::Dyadic(f, ..) => Op::Dyadic(f),
            Node::PowI(_, n) => Op::PowI(n),
            Node::Select(..) => Op::Select,
        };
        let mut read: Vec<String> = node.operands().map(|x| self.scalar_name(x)).collect();
        read.resize(3, String::new());
        self.operation(&name, op, &[read[0].clone(), read[1].clone(), read[2].clone()]);
    }

    fn operation(&mut self, name: &str, op: Op, [a, b, c]: &[String; 3]) {
        let value = match op {
            Op::Unary(f) => self.unary(f, a),
            Op::Dyadic(f) => self.dyadic(f, a, b),
            Op::MulAdd => self.fused(Dyadic::Add, [a, b, c]),
            Op::MulSub => self.fused(Dyadic::Sub, [a, b, c]),
            Op::Select => self.select([a, b, c]),
            Op::PowI(n) => return self.whole_power(name, a, n),
            // Weighted sums over rows are for the f64 polish alone.
            Op::Reduce(_) => return,
        };
        self.define(name, &value);
    }

    /// By repeated squaring, from the lowest bit of the exponent up.
    fn whole_power(&mut self, name: &str, base: &str, n: i32) {
        let mut bits = n.unsigned_abs();
        let (mut square, mut product) = (base.to_string(), None::<String>);
        let mut level = 0;
        while bits > 0 {
            if bits & 1 == 1 {
                product = Some(match product {
                    Some(product) => self.dyadic(Dyadic::Mul, &product, &square),
                    None => square.clone(),
                });
            }
            bits >>= 1;
            if bits > 0 {
                level += 1;
                let next = format!("{name}_{level}");
                self.define(&next, &self.dyadic(Dyadic::Mul, &square, &square));
                square = next;
            }
        }
        let one = if self.bounded { "vec2<f32>(1.0, 0.0)" } else { "1.0" };
        let product = product.unwrap_or_else(|| one.into());
        let value = match (n < 0, self.bounded) {
            (true, true) => self.dyadic(Dyadic::Div, one, &product),
            (true, false) => format!("{one} / ({product})"),
            (false, _) => product,
        };
        self.define(name, &value);
    }
}

/// A number as f32 and as a WGSL literal.
fn literal(value: f64) -> (f32, String) {
    #[allow(clippy::cast_possible_truncation, reason = "a number too large for f32 is reported")]
    let single = value as f32;
    // A law's own huge numbers stand for infinity and may be cut to the largest f32.
    let cut = if value.is_nan() { 0.0 } else { single.clamp(f32::MIN, f32::MAX) };
    let text = format!("{cut:?}");
    (cut, if cut < 0.0 { format!("({text})") } else { text })
}

fn unary(f: Unary, a: &str) -> String {
    let function = match f {
        Unary::Neg => return format!("-({a})"),
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
        Unary::Tanh => "tanh_of",
        Unary::Sigmoid => "sigmoid",
        Unary::Sin => "sin",
        Unary::Cos => "cos",
        Unary::Atan => "atan",
    };
    format!("{function}({a})")
}

fn dyadic(f: Dyadic, a: &str, b: &str) -> String {
    match f {
        Dyadic::Add => format!("{a} + {b}"),
        Dyadic::Sub => format!("{a} - {b}"),
        Dyadic::Mul => format!("{a} * {b}"),
        Dyadic::Div => format!("{a} / {b}"),
        Dyadic::Pow => format!("power({a}, {b})"),
        Dyadic::Min => format!("min({a}, {b})"),
        Dyadic::Max => format!("max({a}, {b})"),
        Dyadic::Less => format!("select(0.0, 1.0, {a} < {b})"),
        Dyadic::LessEq => format!("select(0.0, 1.0, {a} <= {b})"),
        Dyadic::Equal => format!("select(0.0, 1.0, {a} == {b})"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::Graph;
    use super::*;

    #[test]
    fn a_power_law_becomes_straight_lines() {
        let mut graph = Graph::default();
        let (a, alpha) = (graph.param(0), graph.param(1));
        let size = graph.column(0);
        let exponent = graph.neg(alpha);
        let power = graph.pow(size, exponent);
        let root = graph.mul(a, power);
        let program = Program::compile(&graph, &[root], &[]);
        let names = Names { param: &|j| format!("q{j}"), feature: &|i| format!("x{i}") };
        let code = program.wgsl(names).expect("finite constants");
        assert!(code.scalars.contains("= -(q1);"), "{code:?}");
        assert!(code.row.contains("exp2("), "{code:?}");
        assert!(code.row.contains("q0 *") || code.row.contains("* q0"), "{code:?}");
    }

    #[test]
    fn whole_powers_are_products() {
        let mut graph = Graph::default();
        let (a, x) = (graph.param(0), graph.column(0));
        let sum = graph.add(a, x);
        let root = graph.powi(sum, -5);
        let program = Program::compile(&graph, &[root], &[]);
        let names = Names { param: &|j| format!("q{j}"), feature: &|i| format!("x{i}") };
        let code = program.wgsl(names).expect("finite constants");
        assert!(code.row.contains("1.0 / (v0 * v1_2)"), "{code:?}");
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        let mut graph = Graph::default();
        let (a, not) = (graph.param(0), graph.number(f64::NAN));
        let root = graph.add(a, not);
        let program = Program::compile(&graph, &[root], &[]);
        let names = Names { param: &|j| format!("q{j}"), feature: &|i| format!("x{i}") };
        assert!(program.wgsl(names).is_none());
    }
}
