//! Whether a function of the mixture is convex, shown from its formula.
//!
//! In: a graph whose parameters are the shares, a node, and the range of each share. Out: a
//! [`Curvature`] that holds on the whole box, by the rules of disciplined convex programming
//! (Grant, Boyd and Ye 2006): a convex function that rises stays convex of a convex argument, and
//! so on. "Unknown" means that the rules do not show it, not that it is not so.

use crate::law::graph::{Dyadic, Graph, Id, Node, Unary};

/// What is known of the curvature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curvature {
    /// Does not depend on the mixture.
    Constant,
    /// Both convex and concave.
    Affine,
    /// Lies below its chords.
    Convex,
    /// Lies above its chords.
    Concave,
    /// Not shown.
    Unknown,
}

use Curvature::{Affine, Concave, Constant, Convex, Unknown};

impl Curvature {
    /// Whether it is shown to be convex.
    pub fn is_convex(self) -> bool {
        matches!(self, Constant | Affine | Convex)
    }

    fn is_concave(self) -> bool {
        matches!(self, Constant | Affine | Concave)
    }

    fn turned(self) -> Curvature {
        match self {
            Convex => Concave,
            Concave => Convex,
            same => same,
        }
    }

    fn plus(self, other: Curvature) -> Curvature {
        match (self, other) {
            (Constant, x) | (x, Constant) => x,
            (x, y) if x.is_convex() && y.is_convex() => {
                if x.is_concave() && y.is_concave() {
                    Affine
                } else {
                    Convex
                }
            }
            (x, y) if x.is_concave() && y.is_concave() => Concave,
            _ => Unknown,
        }
    }

    fn times(self, factor: Fact) -> Curvature {
        if factor.low >= 0.0 {
            self
        } else if factor.high <= 0.0 {
            self.turned()
        } else if self.is_convex() && self.is_concave() {
            self
        } else {
            Unknown
        }
    }
}

/// What is known of a node.
#[derive(Debug, Clone, Copy)]
struct Fact {
    low: f64,
    high: f64,
    curvature: Curvature,
}

impl Fact {
    fn new(ends: [f64; 2], curvature: Curvature) -> Fact {
        // Infinity less infinity and zero times infinity leave nothing known.
        let low = if ends[0].is_nan() { f64::NEG_INFINITY } else { ends[0] };
        let high = if ends[1].is_nan() { f64::INFINITY } else { ends[1] };
        Fact { low, high, curvature }
    }

    /// A function that rises throughout, of this.
    fn rising(self, f: impl Fn(f64) -> f64, bent: Curvature) -> Fact {
        let kept = match bent {
            Convex if self.curvature.is_convex() => true,
            Concave if self.curvature.is_concave() => true,
            Affine => return Fact::new([f(self.low), f(self.high)], self.curvature),
            _ => false,
        };
        let bent = self.of(if kept { bent } else { Unknown });
        Fact::new([f(self.low), f(self.high)], bent)
    }

    /// A function that falls throughout, of this.
    fn falling(self, f: impl Fn(f64) -> f64, bent: Curvature) -> Fact {
        let kept = match bent {
            Convex => self.curvature.is_concave(),
            Concave => self.curvature.is_convex(),
            _ => false,
        };
        let bent = self.of(if kept { bent } else { Unknown });
        Fact::new([f(self.high), f(self.low)], bent)
    }

    fn of(self, curvature: Curvature) -> Curvature {
        if self.curvature == Constant { Constant } else { curvature }
    }
}

/// The curvature of `root` where share `k` lies between `low[k]` and `high[k]`.
pub fn curvature(graph: &Graph, root: Id, low: &[f64], high: &[f64]) -> Curvature {
    let mut facts = vec![Fact::new([f64::NAN; 2], Unknown); graph.len()];
    for id in graph.needed(&[root]) {
        facts[id.index()] = match graph.node(id) {
            Node::Param(k) => {
                let k = k as usize;
                let end = |ends: &[f64]| ends.get(k).copied().unwrap_or(f64::NAN);
                Fact::new([end(low), end(high)], Affine)
            }
            node => fact(graph, node, |id| facts[id.index()]),
        };
    }
    facts[root.index()].curvature
}

fn fact(graph: &Graph, node: Node, get: impl Fn(Id) -> Fact) -> Fact {
    match node {
        Node::Const(bits) => Fact::new([f64::from_bits(bits); 2], Constant),
        Node::Unary(function, a) => unary(function, get(a)),
        Node::PowI(a, n) => whole_power(get(a), n),
        Node::Dyadic(Dyadic::Pow, a, b) => match graph.constant(b) {
            Some(p) => power(get(a), p),
            None => unknown(&[get(a), get(b)]),
        },
        Node::Dyadic(Dyadic::Mul, a, b) => product(graph, [a, b], [get(a), get(b)]),
        Node::Dyadic(function, a, b) => dyadic(function, get(a), get(b)),
        Node::Select(c, a, b) => unknown(&[get(c), get(a), get(b)]),
        Node::Param(_) | Node::Column(_) => unknown(&[]),
    }
}

/// Nothing but whether it depends on the mixture at all.
fn unknown(operands: &[Fact]) -> Fact {
    let constant = !operands.is_empty() && operands.iter().all(|x| x.curvature == Constant);
    Fact::new([f64::NAN; 2], if constant { Constant } else { Unknown })
}

fn unary(function: Unary, a: Fact) -> Fact {
    match function {
        Unary::Neg => Fact::new([-a.high, -a.low], a.curvature.turned()),
        Unary::Exp => a.rising(f64::exp, Convex),
        Unary::Exp2 => a.rising(f64::exp2, Convex),
        Unary::Ln | Unary::LnOrZero if a.low >= 0.0 => a.rising(f64::ln, Concave),
        Unary::Log2 | Unary::Log2OrHuge if a.low >= 0.0 => a.rising(f64::log2, Concave),
        Unary::Sqrt if a.low >= 0.0 => a.rising(f64::sqrt, Concave),
        Unary::Abs if a.low >= 0.0 => a,
        Unary::Abs if a.high <= 0.0 => unary(Unary::Neg, a),
        Unary::Abs => {
            let bent =
                if a.curvature.is_convex() && a.curvature.is_concave() { Convex } else { Unknown };
            Fact::new([0.0, a.high.max(-a.low)], a.of(bent))
        }
        Unary::Tanh | Unary::Atan | Unary::Sigmoid => {
            let f = |x: f64| crate::law::graph::apply_unary(function, x);
            let bent = if a.high <= 0.0 {
                Convex
            } else if a.low >= 0.0 {
                Concave
            } else {
                Unknown
            };
            a.rising(f, bent)
        }
        Unary::Detach => a,
        _ => unknown(&[a]),
    }
}

fn whole_power(a: Fact, n: i32) -> Fact {
    let f = |x: f64| x.powi(n);
    let even = n % 2 == 0;
    if n > 0 && even && a.low < 0.0 && a.high > 0.0 {
        let affine = a.curvature.is_convex() && a.curvature.is_concave();
        let bent = a.of(if affine { Convex } else { Unknown });
        return Fact::new([0.0, f(a.low).max(f(a.high))], bent);
    }
    if a.low >= 0.0 {
        return power(a, f64::from(n));
    }
    match (n > 0, even, a.high <= 0.0) {
        (true, true, true) => a.falling(f, Convex),
        (true, false, true) => a.rising(f, Concave),
        _ => unknown(&[a]),
    }
}

fn power(a: Fact, p: f64) -> Fact {
    if a.low < 0.0 {
        return unknown(&[a]);
    }
    let f = |x: f64| x.powf(p);
    match p {
        p if p < 0.0 => a.falling(f, Convex),
        p if p <= 1.0 => a.rising(f, if p == 1.0 { Affine } else { Concave }),
        p if p > 1.0 => a.rising(f, Convex),
        _ => unknown(&[a]),
    }
}

fn product(graph: &Graph, nodes: [Id; 2], facts: [Fact; 2]) -> Fact {
    let [a, b] = facts;
    let corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
    let any_nan = corners.iter().any(|x| x.is_nan());
    let least = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let most = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let ends = if any_nan { [f64::NAN; 2] } else { [least, most] };
    let bent = match (a.curvature, b.curvature) {
        (Constant, other) => other.times(a),
        (other, Constant) => other.times(b),
        _ if entropy(graph, nodes, facts) => Convex,
        _ => Unknown,
    };
    Fact::new(ends, bent)
}

/// `x * ln x`, which is convex though its factors do not show it.
fn entropy(graph: &Graph, [a, b]: [Id; 2], [fact_a, fact_b]: [Fact; 2]) -> bool {
    let of = |log: Id, x: Id, fact: Fact| {
        let is_log = matches!(graph.node(log),
            Node::Unary(Unary::Ln | Unary::LnOrZero | Unary::Log2, inner) if inner == x);
        is_log && fact.curvature == Affine && fact.low >= 0.0
    };
    of(a, b, fact_b) || of(b, a, fact_a)
}

fn dyadic(function: Dyadic, a: Fact, b: Fact) -> Fact {
    let both = |f: fn(f64, f64) -> f64, bent| Fact::new([f(a.low, b.low), f(a.high, b.high)], bent);
    let constant = a.curvature == Constant && b.curvature == Constant;
    match function {
        Dyadic::Add => both(|x, y| x + y, a.curvature.plus(b.curvature)),
        Dyadic::Sub => {
            Fact::new([a.low - b.high, a.high - b.low], a.curvature.plus(b.curvature.turned()))
        }
        Dyadic::Div if b.curvature == Constant && b.low == b.high && b.low != 0.0 => {
            let inverse = Fact::new([1.0 / b.low; 2], Constant);
            scaled(a, inverse)
        }
        Dyadic::Div if a.curvature == Constant && b.low >= 0.0 => {
            scaled(b.falling(|x| 1.0 / x, Convex), a)
        }
        Dyadic::Max | Dyadic::Min if constant => unknown(&[a, b]),
        Dyadic::Max => {
            let convex = a.curvature.is_convex() && b.curvature.is_convex();
            both(f64::max, if convex { Convex } else { Unknown })
        }
        Dyadic::Min => {
            let concave = a.curvature.is_concave() && b.curvature.is_concave();
            both(f64::min, if concave { Concave } else { Unknown })
        }
        _ => unknown(&[a, b]),
    }
}

/// `a` times a constant.
fn scaled(a: Fact, factor: Fact) -> Fact {
    let (x, y) = (a.low * factor.low, a.high * factor.low);
    Fact::new([x.min(y), x.max(y)], a.curvature.times(factor))
}
