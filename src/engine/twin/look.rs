//! The twin of `look` and `measure`: one pass over the rows of a problem in f32.
//!
//! In: a problem, search coordinates, a Huber delta. Out: [`Seen`], with bounds.

use super::bounded::Bounded;
use crate::law::graph::{Dyadic, Id, Node, Unary};
use crate::law::program::{Op, Operand, Program};
use crate::problem::{Problem, Residual};

/// A problem as the kernels see it: rounded to f32.
#[derive(Debug)]
pub struct Look<'a> {
    program: &'a Program,
    residual: Residual,
    rows: Vec<Vec<f32>>,
    observed: Vec<f32>,
    weights: Vec<f32>,
    /// Rows that are summed apart before they are added: a tile of the group kernel, or 1.
    tile: usize,
}

/// What one pass gives: cost, gradient, lower triangle of the curvature by rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// In the order of the kernels' `normals`.
    pub numbers: Vec<Bounded>,
}

impl Seen {
    /// The objective.
    pub fn cost(&self) -> f32 {
        self.numbers[0].value
    }

    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        self.numbers.iter().all(|number| number.value.is_finite())
    }
}

/// `SQUARED` of the shaders: a Huber loss that never turns linear.
pub(super) const SQUARED: f32 = 1e37;

#[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is the point")]
fn single(x: f64) -> f32 {
    (x as f32).clamp(f32::MIN, f32::MAX)
}

impl<'a> Look<'a> {
    /// Rounds a problem's rows.
    pub fn new(problem: &'a Problem, tile: usize) -> Look<'a> {
        let columns = problem.sample.surface(&problem.forms);
        let residual = problem.forms.objective.residual;
        let row = |row: usize| columns.iter().map(|column| single(column[row])).collect();
        let observe = |y: &f64| single(if residual == Residual::Raw { *y } else { 1.0 / y });
        Look {
            program: problem.forms.surface(),
            residual,
            rows: problem.rows.clone().map(row).collect(),
            observed: problem.target().iter().map(observe).collect(),
            weights: match problem.row_weights() {
                Some(weights) => weights.iter().map(|w| single(*w)).collect(),
                None => vec![1.0; problem.rows.len()],
            },
            tile,
        }
    }

    /// Rows of the problem.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The pass. `linear` asks for the squared relative residual in place of the logarithmic one.
    pub fn at(&self, q: &[f32], delta: f32, linear: bool) -> Seen {
        let parameters = q.len();
        let size = 1 + parameters + parameters * (parameters + 1) / 2;
        let scalars = scalars(self.program, q);
        let mut numbers = vec![Bounded::default(); size];
        let mut registers = vec![Bounded::default(); self.program.registers];
        for tile in (0..self.rows.len()).step_by(self.tile) {
            let mut part = if self.tile == 1 {
                std::mem::take(&mut numbers)
            } else {
                vec![Bounded::default(); size]
            };
            for row in tile..(tile + self.tile).min(self.rows.len()) {
                let outputs = evaluate(self.program, &self.rows[row], &scalars, &mut registers);
                let w = self.weigh(outputs[0], row, delta, linear);
                add(&mut part, &outputs[1..], w);
            }
            numbers = if self.tile == 1 {
                part
            } else {
                numbers.iter().zip(&part).map(|(sum, part)| sum.plus(*part)).collect()
            };
        }
        Seen { numbers }
    }

    /// `weigh` of the shaders.
    fn weigh(&self, f: Bounded, row: usize, delta: f32, linear: bool) -> [Bounded; 3] {
        let (one, observed) = (Bounded::exact(1.0), Bounded::exact(self.observed[row]));
        let weight = Bounded::exact(self.weights[row]);
        let (residual, scale) = match self.residual {
            Residual::Raw => (f.minus(observed), one),
            Residual::Log if !linear => (f.times(observed).apply(Unary::Ln), one.over(f)),
            _ => (f.times(observed).minus(one), observed),
        };
        let size = Bounded { value: residual.value.abs(), error: residual.error };
        let edge = Bounded::exact(delta);
        let bounded = size.least(edge);
        let near = edge.combine(Dyadic::Less, size);
        let bend = near.choose(Bounded::exact(0.0), weight);
        let half = bounded.times(Bounded::exact(0.5));
        let signed = Bounded { value: bounded.value.copysign(residual.value), ..bounded };
        [
            weight.times(bounded).times(size.minus(half)),
            weight.times(signed).times(scale),
            bend.times(scale).times(scale),
        ]
    }
}

fn add(part: &mut [Bounded], slopes: &[Bounded], [cost, slope, bend]: [Bounded; 3]) {
    part[0] = part[0].plus(cost);
    let (gradient, triangle) = part[1..].split_at_mut(slopes.len());
    let mut entry = 0;
    for (i, d) in slopes.iter().enumerate() {
        gradient[i] = d.times_plus(slope, gradient[i]);
        let e = d.times(bend);
        for other in &slopes[..=i] {
            triangle[entry] = e.times_plus(*other, triangle[entry]);
            entry += 1;
        }
    }
}

/// The values that are the same for all rows.
pub(super) fn scalars(program: &Program, q: &[f32]) -> Vec<Bounded> {
    let graph = &program.graph;
    let mut values = vec![Bounded::default(); graph.len()];
    for &id in &program.scalar_order {
        let get = |x: Id| values[x.index()];
        values[id.index()] = match graph.node(id) {
            Node::Const(bits) => Bounded::exact(single(f64::from_bits(bits))),
            Node::Param(number) => Bounded::exact(q[number as usize]),
            Node::Column(_) => Bounded::exact(f32::NAN),
            Node::Unary(f, a) => get(a).apply(f),
            Node::Dyadic(f, a, b) => get(a).combine(f, get(b)),
            Node::PowI(a, n) => get(a).whole_power(n),
            Node::Select(c, a, b) => get(c).choose(get(a), get(b)),
        };
    }
    program.scalars.iter().map(|id| values[id.index()]).collect()
}

/// The outputs of a program for one row.
pub(super) fn evaluate(
    program: &Program,
    features: &[f32],
    scalars: &[Bounded],
    registers: &mut [Bounded],
) -> Vec<Bounded> {
    let get = |registers: &[Bounded], operand: Operand| match operand {
        Operand::Register(i) => registers[i as usize],
        Operand::Feature(i) => Bounded::exact(features[i as usize]),
        Operand::Scalar(i) => scalars[i as usize],
    };
    for instruction in &program.instructions[..program.split] {
        let [a, b, c] = instruction.operands.map(|operand| get(registers, operand));
        registers[instruction.into as usize] = match instruction.op {
            Op::Unary(f) => a.apply(f),
            Op::Dyadic(f) => a.combine(f, b),
            Op::PowI(n) => a.whole_power(n),
            Op::MulAdd => a.times_plus(b, c),
            Op::MulSub => a.times_plus(b, c.negated()),
            Op::Select => a.choose(b, c),
            Op::Reduce(_) => continue,
        };
    }
    program.outputs.iter().map(|operand| get(registers, *operand)).collect()
}
