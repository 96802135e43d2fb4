//! The expression graph: every distinct subexpression once, simplified as it is built.
//!
//! In: operations on nodes. Out: node ids in topological order (operands before results), each
//! knowing whether it depends on parameters and on data.

use std::collections::HashMap;

/// A node's place in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub(crate) u32);

impl Id {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Functions of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are the functions")]
pub enum Unary {
    Neg,
    Exp,
    /// 2 to a power.
    Exp2,
    Ln,
    Log2,
    /// `ln x`, and 0 at 0: the factor in d(x^p)/dp, which vanishes with x for p > 0.
    LnOrZero,
    /// `log2 x`, and a huge negative number at 0, so that `exp2(p * log2 0)` is 0, 1 or infinite
    /// with the sign of p and never NaN.
    Log2OrHuge,
    Sqrt,
    Abs,
    Sign,
    Tanh,
    Sigmoid,
    Sin,
    Cos,
    Atan,
    /// The value itself, with a derivative of zero: the shift inside a log-sum-exp.
    Detach,
}

/// Functions of two arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are the operators")]
pub enum Dyadic {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
    Less,
    LessEq,
    Equal,
}

/// One operation and its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// A constant, by its bits.
    Const(u64),
    /// A scalar parameter by number.
    Param(u32),
    /// A data column by number.
    Column(u32),
    /// A function of one node.
    Unary(Unary, Id),
    /// A function of two nodes.
    Dyadic(Dyadic, Id, Id),
    /// A whole power.
    PowI(Id, i32),
    /// `Select(c, a, b)`: a where c is not zero, else b.
    Select(Id, Id, Id),
}

impl Node {
    /// The nodes that this one reads.
    pub fn operands(&self) -> impl Iterator<Item = Id> {
        let list = match *self {
            Node::Const(_) | Node::Param(_) | Node::Column(_) => [None; 3],
            Node::Unary(_, a) | Node::PowI(a, _) => [Some(a), None, None],
            Node::Dyadic(_, a, b) => [Some(a), Some(b), None],
            Node::Select(c, a, b) => [Some(c), Some(a), Some(b)],
        };
        list.into_iter().flatten()
    }
}

/// What a node depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depends {
    /// At least one parameter.
    pub params: bool,
    /// At least one data column.
    pub data: bool,
}

/// A hash-consed graph. Building a node that exists gives the existing one.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    depends: Vec<Depends>,
    known: HashMap<Node, Id>,
}

impl Graph {
    /// The operation at `id`.
    pub fn node(&self, id: Id) -> Node {
        self.nodes[id.index()]
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing has been built yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What the node depends on.
    pub fn depends(&self, id: Id) -> Depends {
        self.depends[id.index()]
    }

    /// The constant value of a node, if it is one.
    pub fn constant(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Const(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn intern(&mut self, node: Node) -> Id {
        if let Some(&id) = self.known.get(&node) {
            return id;
        }
        let mut depends = Depends {
            params: matches!(node, Node::Param(_)),
            data: matches!(node, Node::Column(_)),
        };
        for operand in node.operands() {
            let operand = self.depends(operand);
            depends.params |= operand.params;
            depends.data |= operand.data;
        }
        #[allow(clippy::cast_possible_truncation, reason = "a graph of 4e9 nodes fits no memory")]
        let id = Id(self.nodes.len() as u32);
        self.nodes.push(node);
        self.depends.push(depends);
        self.known.insert(node, id);
        id
    }

    /// A constant.
    pub fn number(&mut self, value: f64) -> Id {
        // One zero: -0 and 0 are the same constant.
        self.intern(Node::Const(if value == 0.0 { 0 } else { value.to_bits() }))
    }

    /// A parameter.
    pub fn param(&mut self, number: u32) -> Id {
        self.intern(Node::Param(number))
    }

    /// A data column.
    pub fn column(&mut self, number: u32) -> Id {
        self.intern(Node::Column(number))
    }

    /// `-a`, moved into a factor that costs nothing per row where there is one.
    pub fn neg(&mut self, a: Id) -> Id {
        match self.node(a) {
            Node::Unary(Unary::Neg, inner) => inner,
            Node::Dyadic(Dyadic::Sub, x, y) => self.sub(y, x),
            Node::Dyadic(Dyadic::Mul, x, y) if !self.per_row(x) => {
                let x = self.neg(x);
                self.mul(x, y)
            }
            Node::Dyadic(Dyadic::Mul, x, y) if !self.per_row(y) => {
                let y = self.neg(y);
                self.mul(x, y)
            }
            _ => self.unary(Unary::Neg, a),
        }
    }

    /// Whether a node must be computed for each row at each parameter set.
    pub fn per_row(&self, id: Id) -> bool {
        let depends = self.depends(id);
        depends.params && depends.data
    }

    /// A function of one argument, simplified.
    pub fn unary(&mut self, function: Unary, a: Id) -> Id {
        if let Some(x) = self.constant(a) {
            let value = apply_unary(function, x);
            if !value.is_nan() {
                return self.number(value);
            }
        }
        match (function, self.node(a)) {
            (Unary::Ln, Node::Unary(Unary::Exp, inner)) => inner,
            (Unary::Detach, _) if !self.depends(a).params => a,
            _ => self.intern(Node::Unary(function, a)),
        }
    }

    /// `a + b`.
    pub fn add(&mut self, a: Id, b: Id) -> Id {
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => return self.number(x + y),
            (Some(0.0), _) => return b,
            (_, Some(0.0)) => return a,
            _ => {}
        }
        if let Node::Unary(Unary::Neg, inner) = self.node(b) {
            return self.sub(a, inner);
        }
        if let Node::Unary(Unary::Neg, inner) = self.node(a) {
            return self.sub(b, inner);
        }
        self.intern(Node::Dyadic(Dyadic::Add, a.min(b), a.max(b)))
    }

    /// `a - b`.
    pub fn sub(&mut self, a: Id, b: Id) -> Id {
        if a == b {
            return self.number(0.0);
        }
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => return self.number(x - y),
            (Some(0.0), _) => return self.neg(b),
            (_, Some(0.0)) => return a,
            _ => {}
        }
        if let Node::Unary(Unary::Neg, inner) = self.node(b) {
            return self.add(a, inner);
        }
        self.intern(Node::Dyadic(Dyadic::Sub, a, b))
    }

    /// `a * b`.
    pub fn mul(&mut self, a: Id, b: Id) -> Id {
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => return self.number(x * y),
            (Some(0.0), _) | (_, Some(0.0)) => return self.number(0.0),
            (Some(1.0), _) => return b,
            (_, Some(1.0)) => return a,
            (Some(-1.0), _) => return self.neg(b),
            (_, Some(-1.0)) => return self.neg(a),
            _ => {}
        }
        for (x, y) in [(a, b), (b, a)] {
            // A sign on a cheap factor costs nothing a row and stays there (see `neg`).
            if let Node::Unary(Unary::Neg, inner) = self.node(x)
                && self.per_row(x)
            {
                let product = self.mul(inner, y);
                return self.neg(product);
            }
            if let Some(regrouped) = self.regroup(x, y) {
                return regrouped;
            }
        }
        self.intern(Node::Dyadic(Dyadic::Mul, a.min(b), a.max(b)))
    }

    /// `(cheap * costly) * cheap'` becomes `(cheap * cheap') * costly`: one product a row less.
    fn regroup(&mut self, product: Id, factor: Id) -> Option<Id> {
        let Node::Dyadic(Dyadic::Mul, x, y) = self.node(product) else { return None };
        if self.per_row(factor) || !self.per_row(product) {
            return None;
        }
        let wanted = self.depends(factor);
        let (cheap, costly) = match (self.depends(x) == wanted, self.depends(y) == wanted) {
            (true, _) => (x, y),
            (_, true) => (y, x),
            _ => return None,
        };
        let cheap = self.mul(cheap, factor);
        Some(self.mul(cheap, costly))
    }

    /// `a / b`.
    pub fn div(&mut self, a: Id, b: Id) -> Id {
        // A quotient by a power that is computed for each row is a product with its inverse.
        if let Node::Dyadic(Dyadic::Pow, base, exponent) = self.node(b)
            && self.depends(exponent).params
            && self.per_row(b)
        {
            let exponent = self.neg(exponent);
            let inverse = self.pow(base, exponent);
            return self.mul(a, inverse);
        }
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) if y != 0.0 => return self.number(x / y),
            (Some(0.0), _) => return self.number(0.0),
            (_, Some(1.0)) => return a,
            (_, Some(y)) if y != 0.0 && (1.0 / y).is_finite() && y.abs().log2().fract() == 0.0 => {
                let inverse = self.number(1.0 / y);
                return self.mul(a, inverse);
            }
            (Some(1.0), _) => return self.powi(b, -1),
            _ => {}
        }
        self.intern(Node::Dyadic(Dyadic::Div, a, b))
    }

    /// A whole power.
    pub fn powi(&mut self, a: Id, n: i32) -> Id {
        if let Some(x) = self.constant(a) {
            return self.number(x.powi(n));
        }
        match n {
            0 => self.number(1.0),
            1 => a,
            _ => self.intern(Node::PowI(a, n)),
        }
    }

    /// `a ^ b`.
    pub fn pow(&mut self, a: Id, b: Id) -> Id {
        if let Some(exponent) = self.constant(b) {
            if let Some(base) = self.constant(a) {
                return self.number(base.powf(exponent));
            }
            if exponent == 0.5 {
                return self.unary(Unary::Sqrt, a);
            }
            #[allow(clippy::cast_possible_truncation, reason = "a whole number of at most 32")]
            if exponent.fract() == 0.0 && exponent.abs() <= 32.0 {
                return self.powi(a, exponent as i32);
            }
        }
        self.intern(Node::Dyadic(Dyadic::Pow, a, b))
    }

    /// `min`, `max` or a comparison.
    pub fn dyadic(&mut self, function: Dyadic, a: Id, b: Id) -> Id {
        match function {
            Dyadic::Add => self.add(a, b),
            Dyadic::Sub => self.sub(a, b),
            Dyadic::Mul => self.mul(a, b),
            Dyadic::Div => self.div(a, b),
            Dyadic::Pow => self.pow(a, b),
            _ => match (self.constant(a), self.constant(b)) {
                (Some(x), Some(y)) => self.number(apply_dyadic(function, x, y)),
                _ => self.intern(Node::Dyadic(function, a, b)),
            },
        }
    }

    /// `a` where `c` is not zero, else `b`.
    pub fn select(&mut self, c: Id, a: Id, b: Id) -> Id {
        match self.constant(c) {
            Some(0.0) => b,
            Some(_) => a,
            None if a == b => a,
            None => self.intern(Node::Select(c, a, b)),
        }
    }

    /// Copies `root` and what it needs from `other` into this graph, with `leaf` deciding what
    /// becomes of parameters and columns (`None` keeps them).
    pub fn import(
        &mut self,
        other: &Graph,
        root: Id,
        leaf: &mut dyn FnMut(&mut Graph, Node) -> Option<Id>,
    ) -> Id {
        let mut map: Vec<Option<Id>> = vec![None; root.index() + 1];
        for id in other.needed(&[root]) {
            let get = |x: Id| map[x.index()].unwrap_or(x);
            let copy = match other.node(id) {
                node @ (Node::Param(_) | Node::Column(_)) => {
                    leaf(self, node).unwrap_or_else(|| self.intern(node))
                }
                Node::Const(bits) => self.number(f64::from_bits(bits)),
                Node::Unary(Unary::Neg, a) => self.neg(get(a)),
                Node::Unary(f, a) => self.unary(f, get(a)),
                Node::Dyadic(f, a, b) => self.dyadic(f, get(a), get(b)),
                Node::PowI(a, n) => self.powi(get(a), n),
                Node::Select(c, a, b) => self.select(get(c), get(a), get(b)),
            };
            map[id.index()] = Some(copy);
        }
        map[root.index()].unwrap_or(root)
    }

    /// Every node that `roots` need, operands first.
    pub fn needed(&self, roots: &[Id]) -> Vec<Id> {
        let mut wanted = vec![false; self.nodes.len()];
        let mut stack = roots.to_vec();
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut wanted[id.index()], true) {
                stack.extend(self.node(id).operands());
            }
        }
        #[allow(clippy::cast_possible_truncation, reason = "ids are u32")]
        let all = 0..self.nodes.len() as u32;
        all.map(Id).filter(|id| wanted[id.index()]).collect()
    }
}

/// The value of a function of one argument.
pub fn apply_unary(function: Unary, x: f64) -> f64 {
    match function {
        Unary::Neg => -x,
        Unary::Exp => x.exp(),
        Unary::Exp2 => x.exp2(),
        Unary::Ln => x.ln(),
        Unary::Log2 => x.log2(),
        Unary::LnOrZero if x == 0.0 => 0.0,
        Unary::LnOrZero => x.ln(),
        Unary::Log2OrHuge if x == 0.0 => -1e300,
        Unary::Log2OrHuge => x.log2(),
        Unary::Sqrt => x.sqrt(),
        Unary::Abs => x.abs(),
        Unary::Sign if x == 0.0 => 0.0,
        Unary::Sign => x.signum(),
        Unary::Tanh => x.tanh(),
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Atan => x.atan(),
        Unary::Detach => x,
    }
}

/// The value of a function of two arguments; comparisons give 1 or 0. NaN stays NaN.
pub fn apply_dyadic(function: Dyadic, x: f64, y: f64) -> f64 {
    let flag = |holds: bool| f64::from(u8::from(holds));
    match function {
        Dyadic::Add => x + y,
        Dyadic::Sub => x - y,
        Dyadic::Mul => x * y,
        Dyadic::Div => x / y,
        Dyadic::Pow => x.powf(y),
        Dyadic::Min | Dyadic::Max if x.is_nan() || y.is_nan() => f64::NAN,
        Dyadic::Min => x.min(y),
        Dyadic::Max => x.max(y),
        Dyadic::Less => flag(x < y),
        Dyadic::LessEq => flag(x <= y),
        Dyadic::Equal => flag(x == y),
    }
}
