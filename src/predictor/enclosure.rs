//! Linear functions below and above a formula on a part of the simplex.
//!
//! In: a graph whose parameters are the shares, nodes, and a box of shares. Out: an [`Enclosure`] a
//! node: two linear functions between which it lies wherever the shares are in the box and sum to 1,
//! and the range that follows. Tangents bound a convex function from below and chords from above,
//! products lie between McCormick's planes (McCormick 1976), and so on down the graph; the error
//! falls with the square of the width of the box. What rounding in f64 may do is taken off the
//! constants.

use super::simplex::cheapest;
use crate::law::graph::{Dyadic, Graph, Id, Node, Unary, apply_unary};

/// A linear function of the shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// A slope a share.
    pub slopes: Vec<f64>,
    /// Its value where all shares are zero.
    pub constant: f64,
}

impl Line {
    /// The same everywhere.
    pub fn constant(domains: usize, constant: f64) -> Line {
        Line { slopes: vec![0.0; domains], constant }
    }

    /// The value at a mixture.
    pub fn at(&self, mixture: &[f64]) -> f64 {
        self.constant + self.slopes.iter().zip(mixture).map(|(s, x)| s * x).sum::<f64>()
    }

    /// This plus `factor` times another.
    pub fn plus(mut self, factor: f64, other: &Line) -> Line {
        // An infinite bound stays one: nothing is known of zero times it either.
        if factor != 0.0 {
            self.slopes.iter_mut().zip(&other.slopes).for_each(|(s, o)| *s += factor * o);
            self.constant += factor * other.constant;
        }
        self
    }

    /// The sizes of all its terms on the simplex: the scale of their rounding.
    fn size(&self) -> f64 {
        self.slopes.iter().map(|s| s.abs()).sum::<f64>() + self.constant.abs()
    }

    fn is_finite(&self) -> bool {
        self.constant.is_finite() && self.slopes.iter().all(|s| s.is_finite())
    }
}

/// What is known of a node.
#[derive(Debug, Clone)]
pub struct Enclosure {
    /// It is nowhere below this.
    pub low: f64,
    /// It is nowhere above this.
    pub high: f64,
    /// It is nowhere below this function.
    pub lower: Line,
    /// It is nowhere above this function.
    pub upper: Line,
}

impl Enclosure {
    fn range(&self) -> [f64; 2] {
        [self.low, self.high]
    }

    fn is_zero_free(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    /// The bound on `factor` times this from below.
    fn below(&self, factor: f64) -> &Line {
        if factor >= 0.0 { &self.lower } else { &self.upper }
    }

    /// The bound on `factor` times this from above.
    fn above(&self, factor: f64) -> &Line {
        self.below(-factor)
    }
}

/// Encloses nodes where share `k` lies between `low[k]` and `high[k]` and shares sum to 1, as closely
/// as can be at the mixture `at`, which is in the box.
pub fn enclose(
    graph: &Graph,
    roots: &[Id],
    [low, high]: [&[f64]; 2],
    at: &[f64],
) -> Vec<Enclosure> {
    let cell = Cell { low, high, at };
    let mut known: Vec<Option<Enclosure>> = vec![None; graph.len()];
    for id in graph.needed(roots) {
        let made = cell.node(graph, graph.node(id), &known);
        known[id.index()] = Some(made);
    }
    roots.iter().map(|id| known[id.index()].clone().unwrap_or_else(|| cell.unknown())).collect()
}

struct Cell<'a> {
    low: &'a [f64],
    high: &'a [f64],
    at: &'a [f64],
}

/// How a function of one number bends over some range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bend {
    Convex,
    Concave,
    /// Rising throughout, steepest at zero.
    Ess,
}

/// A function of one number.
struct Curve<'a> {
    f: &'a dyn Fn(f64) -> f64,
    slope: &'a dyn Fn(f64) -> f64,
    bend: Bend,
    /// Where a convex function that both falls and rises is least.
    least: Option<f64>,
}

impl Cell<'_> {
    fn domains(&self) -> usize {
        self.low.len()
    }

    fn least(&self, line: &Line) -> f64 {
        if !line.is_finite() {
            return f64::NEG_INFINITY;
        }
        line.at(&cheapest(&line.slopes, self.low, self.high))
    }

    fn unknown(&self) -> Enclosure {
        self.flat([f64::NEG_INFINITY, f64::INFINITY])
    }

    /// Nothing but a range.
    fn flat(&self, [low, high]: [f64; 2]) -> Enclosure {
        let low = if low.is_nan() { f64::NEG_INFINITY } else { low };
        let high = if high.is_nan() { f64::INFINITY } else { high };
        let lower = Line::constant(self.domains(), low);
        let upper = Line::constant(self.domains(), high);
        Enclosure { low, high, lower, upper }
    }

    /// Two lines whose own rounding is `rounding` times the machine's, and a range known otherwise.
    fn enclosure(
        &self,
        [low, high]: [f64; 2],
        mut lower: Line,
        mut upper: Line,
        rounding: f64,
    ) -> Enclosure {
        #[allow(clippy::cast_precision_loss, reason = "few domains")]
        let terms = 4.0 * (self.domains() + 2) as f64 * f64::EPSILON;
        let slack = |line: &Line| terms * line.size() + f64::EPSILON * rounding;
        let wide = |end: f64| 4.0 * f64::EPSILON * end.abs();
        lower.constant -= slack(&lower);
        upper.constant += slack(&upper);
        let turned = Line::constant(self.domains(), 0.0).plus(-1.0, &upper);
        let low = (low - wide(low)).max(self.least(&lower));
        let high = (high + wide(high)).min(-self.least(&turned));
        // Where one of the lines is of no use the range still is.
        if !lower.is_finite() || lower.at(self.at) < low {
            lower = Line::constant(self.domains(), low);
        }
        if !upper.is_finite() || upper.at(self.at) > high {
            upper = Line::constant(self.domains(), high);
        }
        Enclosure { low, high, lower, upper }
    }

    fn node(&self, graph: &Graph, node: Node, known: &[Option<Enclosure>]) -> Enclosure {
        let unknown = self.unknown();
        let get = |id: Id| known[id.index()].as_ref().unwrap_or(&unknown);
        match node {
            Node::Const(bits) => self.flat([f64::from_bits(bits); 2]),
            Node::Param(k) => {
                let k = k as usize;
                let mut line = Line::constant(self.domains(), 0.0);
                match line.slopes.get_mut(k) {
                    Some(slope) => *slope = 1.0,
                    None => return unknown,
                }
                // The range keeps a share of zero from being taken for less.
                self.enclosure([self.low[k], self.high[k]], line.clone(), line, 0.0)
            }
            Node::Column(_) => unknown,
            Node::Unary(function, a) => self.unary(function, get(a)),
            Node::PowI(a, n) => self.whole_power(get(a), n),
            Node::Dyadic(Dyadic::Pow, a, b) => match (graph.constant(a), graph.constant(b)) {
                (_, Some(p)) => self.power(get(a), p),
                (Some(base), _) if base > 0.0 => {
                    self.unary(Unary::Exp, &self.scaled(get(b), base.ln()))
                }
                _ => {
                    let log = self.unary(Unary::Ln, get(a));
                    self.unary(Unary::Exp, &self.product(&log, get(b)))
                }
            },
            Node::Dyadic(Dyadic::Mul, a, b) => self.multiplied(graph, [a, b], [get(a), get(b)]),
            Node::Dyadic(function, a, b) => self.dyadic(function, get(a), get(b)),
            Node::Select(c, a, b) => self.select(get(c), get(a), get(b)),
        }
    }

    fn scaled(&self, a: &Enclosure, factor: f64) -> Enclosure {
        let zero = || Line::constant(self.domains(), 0.0);
        if factor == 0.0 {
            return self.flat([0.0; 2]);
        }
        let lower = zero().plus(factor, a.below(factor));
        let upper = zero().plus(factor, a.above(factor));
        self.enclosure(times(a.range(), [factor; 2]), lower, upper, 0.0)
    }

    fn unary(&self, function: Unary, a: &Enclosure) -> Enclosure {
        let f = |x: f64| apply_unary(function, x);
        let curve = |slope: &dyn Fn(f64) -> f64, bend| {
            self.curve(a, &Curve { f: &f, slope, bend, least: None })
        };
        let ess = |slope: &dyn Fn(f64) -> f64| match a.range() {
            [_, high] if high <= 0.0 => curve(slope, Bend::Convex),
            [low, _] if low >= 0.0 => curve(slope, Bend::Concave),
            _ => curve(slope, Bend::Ess),
        };
        match function {
            Unary::Neg => self.scaled(a, -1.0),
            Unary::Detach => a.clone(),
            Unary::Exp => curve(&f64::exp, Bend::Convex),
            Unary::Exp2 => curve(&|x| x.exp2() * std::f64::consts::LN_2, Bend::Convex),
            Unary::Ln | Unary::LnOrZero if a.low > 0.0 => curve(&f64::recip, Bend::Concave),
            Unary::Ln if a.low >= 0.0 => curve(&f64::recip, Bend::Concave),
            Unary::Log2 | Unary::Log2OrHuge if a.low >= 0.0 => {
                curve(&|x| std::f64::consts::LOG2_E / x, Bend::Concave)
            }
            Unary::Sqrt if a.low >= 0.0 => curve(&|x| 0.5 / x.sqrt(), Bend::Concave),
            Unary::Abs => {
                let slope = |x: f64| if x < 0.0 { -1.0 } else { 1.0 };
                let least = Some(0.0);
                self.curve(a, &Curve { f: &f, slope: &slope, bend: Bend::Convex, least })
            }
            Unary::Tanh => ess(&|x| 1.0 - x.tanh().powi(2)),
            Unary::Atan => ess(&|x| 1.0 / (1.0 + x * x)),
            Unary::Sigmoid => ess(&|x| f(x) * (1.0 - f(x))),
            Unary::Sign => self.flat([f(a.low), f(a.high)]),
            Unary::Sin | Unary::Cos => {
                let (middle, half) = (0.5 * (a.low + a.high), 0.5 * (a.high - a.low));
                self.flat([(f(middle) - half).max(-1.0), (f(middle) + half).min(1.0)])
            }
            _ => self.unknown(),
        }
    }

    fn whole_power(&self, a: &Enclosure, n: i32) -> Enclosure {
        let f = |x: f64| x.powi(n);
        let slope = |x: f64| f64::from(n) * x.powi(n - 1);
        let curve = |bend| {
            let least = (n > 0 && n % 2 == 0).then_some(0.0);
            self.curve(a, &Curve { f: &f, slope: &slope, bend, least })
        };
        match n {
            n if n > 0 && n % 2 == 0 => curve(Bend::Convex),
            _ if a.low >= 0.0 => curve(Bend::Convex),
            _ if a.high <= 0.0 && n % 2 == 0 => curve(Bend::Convex),
            _ if a.high <= 0.0 => curve(Bend::Concave),
            n if n > 0 => self.flat([f(a.low), f(a.high)]),
            _ => self.unknown(),
        }
    }

    fn power(&self, a: &Enclosure, p: f64) -> Enclosure {
        if a.low < 0.0 {
            return self.unknown();
        }
        let bend = if p > 0.0 && p < 1.0 { Bend::Concave } else { Bend::Convex };
        let slope = |x: f64| p * x.powf(p - 1.0);
        self.curve(a, &Curve { f: &|x| x.powf(p), slope: &slope, bend, least: None })
    }

    /// A function of one number, of `a`.
    fn curve(&self, a: &Enclosure, curve: &Curve) -> Enclosure {
        let [low, high] = a.range();
        let ends = [(curve.f)(low), (curve.f)(high)];
        let inner = curve.least.map_or(ends[0], |least| (curve.f)(least.clamp(low, high)));
        let range = [ends[0].min(ends[1]).min(inner), ends[0].max(ends[1])];
        if !(low.is_finite() && high.is_finite()) {
            return self.flat(range);
        }
        let (tangent, chord) = (self.tangent(a, curve), self.chord(a, ends));
        let (under, over) = match curve.bend {
            Bend::Convex => (tangent, chord),
            Bend::Concave => (chord, tangent),
            Bend::Ess => {
                // It rises at least as fast as at the flatter end.
                let flattest = (curve.slope)(low).min((curve.slope)(high));
                let through = |x: f64| Some((flattest, (curve.f)(x) - flattest * x, 0.0));
                (through(low), through(high))
            }
        };
        let none = |end| (Line::constant(self.domains(), end), 0.0);
        let (lower, left) = under.map_or(none(f64::NEG_INFINITY), |(slope, at_zero, rounding)| {
            let start = Line::constant(self.domains(), at_zero);
            let line = start.plus(slope, a.below(slope));
            let size = slope.abs() * a.below(slope).size() + at_zero.abs();
            (line, rounding + 16.0 * size)
        });
        let (upper, right) = over.map_or(none(f64::INFINITY), |(slope, at_zero, rounding)| {
            let start = Line::constant(self.domains(), at_zero);
            let line = start.plus(slope, a.above(slope));
            let size = slope.abs() * a.above(slope).size() + at_zero.abs();
            (line, rounding + 16.0 * size)
        });
        let rounding = [left, right].into_iter().filter(|x| x.is_finite()).fold(0.0, f64::max);
        self.enclosure(range, lower, upper, rounding)
    }

    /// The tangent where the mixture is: its slope, its value at zero, and its rounding.
    fn tangent(&self, a: &Enclosure, curve: &Curve) -> Option<(f64, f64, f64)> {
        let middle = 0.5 * (a.lower.at(self.at) + a.upper.at(self.at));
        let there = |x: f64| {
            let (value, slope) = ((curve.f)(x), (curve.slope)(x));
            let sizes = value.abs() + (slope * x).abs();
            (slope, value - slope * x, 16.0 * sizes)
        };
        let all = [middle.clamp(a.low, a.high), 0.5 * (a.low + a.high)].map(there);
        all.into_iter().find(|(slope, at_zero, _)| slope.is_finite() && at_zero.is_finite())
    }

    /// The chord from end to end.
    fn chord(&self, a: &Enclosure, ends: [f64; 2]) -> Option<(f64, f64, f64)> {
        let [low, high] = a.range();
        let sizes = ends[0].abs() + ends[1].abs();
        let slope = (ends[1] - ends[0]) / (high - low);
        if !slope.is_finite() {
            return None;
        }
        let unsure = 4.0 * sizes / (high - low) * (a.lower.size().max(a.upper.size()) + low.abs());
        Some((slope, ends[0] - slope * low, unsure))
    }

    fn multiplied(&self, graph: &Graph, nodes: [Id; 2], of: [&Enclosure; 2]) -> Enclosure {
        match (graph.constant(nodes[0]), graph.constant(nodes[1])) {
            (Some(factor), _) => return self.scaled(of[1], factor),
            (_, Some(factor)) => return self.scaled(of[0], factor),
            _ => {}
        }
        // `x ln x` is a function of one number.
        for (log, x, inner) in [(nodes[0], nodes[1], of[1]), (nodes[1], nodes[0], of[0])] {
            if graph.node(log) == Node::Unary(Unary::LnOrZero, x) && inner.low >= 0.0 {
                let f = |x: f64| if x == 0.0 { 0.0 } else { x * x.ln() };
                let least = Some(1.0 / std::f64::consts::E);
                let slope = |x: f64| x.ln() + 1.0;
                let curve = Curve { f: &f, slope: &slope, bend: Bend::Convex, least };
                return self.curve(inner, &curve);
            }
        }
        self.product(of[0], of[1])
    }

    /// Between McCormick's planes: of each two the better one at the mixture.
    fn product(&self, a: &Enclosure, b: &Enclosure) -> Enclosure {
        let plane = |x: f64, y: f64, below: bool| {
            let of = |e: &Enclosure, factor: f64| {
                if below { e.below(factor).clone() } else { e.above(factor).clone() }
            };
            let start = Line::constant(self.domains(), -x * y);
            let line = start.plus(y, &of(a, y)).plus(x, &of(b, x));
            line.is_finite().then_some(line)
        };
        let best = |lines: [Option<Line>; 2], below: bool| {
            let at = |line: &Line| if below { line.at(self.at) } else { -line.at(self.at) };
            let best = lines.into_iter().flatten().max_by(|x, y| at(x).total_cmp(&at(y)));
            let end = if below { f64::NEG_INFINITY } else { f64::INFINITY };
            best.unwrap_or_else(|| Line::constant(self.domains(), end))
        };
        let lower = best([plane(a.low, b.low, true), plane(a.high, b.high, true)], true);
        let upper = best([plane(a.low, b.high, false), plane(a.high, b.low, false)], false);
        let sizes = |e: &Enclosure| e.lower.size().max(e.upper.size());
        let rounding = 16.0 * sizes(a) * sizes(b);
        let rounding = if rounding.is_finite() { rounding } else { 0.0 };
        self.enclosure(times(a.range(), b.range()), lower, upper, rounding)
    }

    fn dyadic(&self, function: Dyadic, a: &Enclosure, b: &Enclosure) -> Enclosure {
        let flag = |yes: bool, no: bool| {
            self.flat(if yes {
                [1.0; 2]
            } else if no {
                [0.0; 2]
            } else {
                [0.0, 1.0]
            })
        };
        match function {
            Dyadic::Add => self.sum(a, 1.0, b),
            Dyadic::Sub => self.sum(a, -1.0, b),
            Dyadic::Div if b.is_zero_free() || b.low >= 0.0 => {
                self.product(a, &self.whole_power(b, -1))
            }
            Dyadic::Max => self.greater(a, b),
            Dyadic::Min => {
                let turned = self.greater(&self.scaled(a, -1.0), &self.scaled(b, -1.0));
                self.scaled(&turned, -1.0)
            }
            Dyadic::Less => flag(a.high < b.low, a.low >= b.high),
            Dyadic::LessEq => flag(a.high <= b.low, a.low > b.high),
            Dyadic::Equal => flag(
                a.low == a.high && b.low == b.high && a.low == b.low,
                a.high < b.low || a.low > b.high,
            ),
            _ => self.unknown(),
        }
    }

    fn sum(&self, a: &Enclosure, sign: f64, b: &Enclosure) -> Enclosure {
        let lower = a.lower.clone().plus(sign, b.below(sign));
        let upper = a.upper.clone().plus(sign, b.above(sign));
        let [low, high] = times(b.range(), [sign; 2]);
        let sizes = [&a.lower, &a.upper, &b.lower, &b.upper].map(Line::size);
        let rounding = sizes.into_iter().filter(|x| x.is_finite()).fold(0.0, f64::max);
        self.enclosure([a.low + low, a.high + high], lower, upper, 16.0 * rounding)
    }

    fn greater(&self, a: &Enclosure, b: &Enclosure) -> Enclosure {
        if a.low >= b.high {
            return a.clone();
        }
        if b.low >= a.high {
            return b.clone();
        }
        let (first, second) =
            if a.lower.at(self.at) >= b.lower.at(self.at) { (a, b) } else { (b, a) };
        // The upper line of the one, raised by as much as the other's stands out.
        let out = first.upper.clone().plus(-1.0, &second.upper);
        let mut upper = first.upper.clone();
        upper.constant += (-self.least(&out)).max(0.0);
        let range = [a.low.max(b.low), a.high.max(b.high)];
        let sizes = [&first.upper, &second.upper].map(Line::size);
        let rounding = sizes.into_iter().filter(|x| x.is_finite()).fold(0.0, f64::max);
        self.enclosure(range, first.lower.clone(), upper, 16.0 * rounding)
    }

    fn select(&self, c: &Enclosure, a: &Enclosure, b: &Enclosure) -> Enclosure {
        if c.is_zero_free() {
            return a.clone();
        }
        if c.low == 0.0 && c.high == 0.0 {
            return b.clone();
        }
        self.flat([a.low.min(b.low), a.high.max(b.high)])
    }
}

/// The range of a product; zero times infinity is zero, as no finite factor is infinite.
fn times(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    let product = |x: f64, y: f64| if x == 0.0 || y == 0.0 { 0.0 } else { x * y };
    let all = [product(a[0], b[0]), product(a[0], b[1]), product(a[1], b[0]), product(a[1], b[1])];
    let least = all.into_iter().fold(f64::INFINITY, f64::min);
    [least, all.into_iter().fold(f64::NEG_INFINITY, f64::max)]
}
