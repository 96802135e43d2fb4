//! Straight-line programs: a graph ordered for evaluation over many rows.
//!
//! In: a graph, the nodes wanted, and nodes wanted only as weighted sums over rows. Out: plain
//! data in three tiers: *features* (depend on data alone, computed once a table), *scalars*
//! (depend on parameters alone, computed once a parameter set) and *instructions* (the rest, a
//! block of rows at a time). An engine runs it; this room knows no numbers.

use std::collections::HashMap;

use super::graph::{Dyadic, Graph, Id, Node, Unary};

/// Where an instruction finds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// A block of rows computed by an earlier instruction.
    Register(u16),
    /// A column of data.
    Feature(u16),
    /// One number for all rows.
    Scalar(u16),
}

/// What an instruction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// A function of `a`.
    Unary(Unary),
    /// A function of `a` and `b`.
    Dyadic(Dyadic),
    /// A whole power of `a`.
    PowI(i32),
    /// `a * b + c`.
    MulAdd,
    /// `a * b - c`.
    MulSub,
    /// `b` where `a` is not zero, else `c`.
    Select,
    /// Adds the weighted sum of `a` over the rows to the given reduction.
    Reduce(u32),
}

/// One operation on a block of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instruction {
    /// What to do.
    pub op: Op,
    /// Operands; those that the operation does not use repeat the first.
    pub operands: [Operand; 3],
    /// The register that takes the result; never one of the operands.
    pub into: u16,
}

/// A program; see the module.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) graph: Graph,
    /// Data-only nodes, one a feature.
    features: Vec<Id>,
    /// Parameter-only nodes, one a scalar.
    pub(crate) scalars: Vec<Id>,
    /// What is needed to compute the scalars, operands first.
    pub(crate) scalar_order: Vec<Id>,
    /// What to do for each block of rows.
    pub instructions: Vec<Instruction>,
    /// Instructions from here on run after the row weights are known (reductions).
    pub split: usize,
    /// Where the wanted nodes end up.
    pub outputs: Vec<Operand>,
    /// How many registers are used.
    pub registers: usize,
    /// How many weighted sums are produced.
    pub reductions: usize,
}

/// Computed features cost memory for every row; cheap ones beyond this many are recomputed.
const MOST_FEATURES: usize = 32;

impl Program {
    /// Orders `outputs` and then `reductions` of `graph`.
    pub fn compile(graph: &Graph, outputs: &[Id], reductions: &[Id]) -> Program {
        Program::order(graph, outputs, reductions, Graph::per_row)
    }

    /// Orders `outputs` for rows that are seen once: nothing that depends on data is worth storing,
    /// so that columns are the only features and all else is an instruction.
    pub fn stream(graph: &Graph, outputs: &[Id]) -> Program {
        Program::order(graph, outputs, &[], |graph, id| graph.depends(id).data)
    }

    fn order(graph: &Graph, outputs: &[Id], reductions: &[Id], each_row: EachRow) -> Program {
        let (graph, roots) = rewrite(graph, &[outputs, reductions].concat(), false, each_row);
        let (outputs, reductions) = roots.split_at(outputs.len());
        let mut builder = Builder::new(&graph, each_row);
        for &root in outputs {
            builder.emit(root);
        }
        let split = builder.list.len();
        for (number, &root) in reductions.iter().enumerate() {
            builder.emit(root);
            builder.list.push(Step::Reduce(number, root));
        }
        builder.finish(outputs, split, reductions.len())
    }

    /// How many columns the program reads.
    pub fn feature_count(&self) -> usize {
        self.features.len()
    }

    /// Fills `columns` from the data: each feature either is a table column as it is, given by
    /// number to `whole`, or is computed row by row from the values that `cell` gives.
    pub fn features<T>(
        &self,
        mut whole: impl FnMut(u32) -> T,
        mut computed: impl FnMut(usize, &Graph, Id) -> T,
    ) -> Vec<T> {
        self.features
            .iter()
            .enumerate()
            .map(|(place, &id)| match self.graph.node(id) {
                Node::Column(column) => whole(column),
                _ => computed(place, &self.graph, id),
            })
            .collect()
    }

    /// The scalars at parameters `theta`; `values` is scratch space.
    pub fn scalars(&self, theta: &[f64], values: &mut Vec<f64>, scalars: &mut Vec<f64>) {
        values.resize(self.graph.len(), 0.0);
        for &id in &self.scalar_order {
            values[id.index()] =
                self.graph.evaluate(id, values, |_| f64::NAN, |i| theta[i as usize]);
        }
        scalars.clear();
        scalars.extend(self.scalars.iter().map(|id| values[id.index()]));
    }
}

/// Whether a node is computed for each row.
type EachRow = fn(&Graph, Id) -> bool;

/// Rewrites powers that must be computed per row as `exp2(p * log2 x)`: the logarithm is then
/// shared, and often data alone. Derivatives may still be taken of the result.
pub(crate) fn as_exponentials(graph: &Graph, roots: &[Id]) -> (Graph, Vec<Id>) {
    rewrite(graph, roots, true, Graph::per_row)
}

/// The same; a graph that is not `open` is complete, and no derivatives are taken of it.
fn rewrite(graph: &Graph, roots: &[Id], open: bool, each_row: EachRow) -> (Graph, Vec<Id>) {
    let mut lowered = Graph::default();
    let mut map: HashMap<Id, Id> = HashMap::new();
    for id in graph.needed(roots) {
        let get = |x: Id| map[&x];
        let copy = match graph.node(id) {
            Node::Const(bits) => lowered.number(f64::from_bits(bits)),
            Node::Param(number) => lowered.param(number),
            Node::Column(number) => lowered.column(number),
            Node::Unary(Unary::Neg, a) => lowered.neg(get(a)),
            Node::Unary(Unary::Detach, a) if !open => get(a),
            Node::Unary(f, a) => lowered.unary(f, get(a)),
            Node::Dyadic(Dyadic::Pow, a, b) if each_row(graph, id) => {
                let log = lowered.unary(Unary::Log2OrHuge, get(a));
                let exponent = lowered.mul(get(b), log);
                lowered.unary(Unary::Exp2, exponent)
            }
            Node::Dyadic(Dyadic::Mul, a, b) if open => {
                let (a, b) = (get(a), get(b));
                let merged = merge(&mut lowered, a, b).or_else(|| merge(&mut lowered, b, a));
                merged.unwrap_or_else(|| lowered.mul(a, b))
            }
            Node::Dyadic(f, a, b) => lowered.dyadic(f, get(a), get(b)),
            Node::PowI(a, n) => lowered.powi(get(a), n),
            Node::Select(c, a, b) => lowered.select(get(c), get(a), get(b)),
        };
        map.insert(id, copy);
    }
    let roots = roots.iter().map(|root| map[root]).collect();
    (lowered, roots)
}

/// `exp(q) * exp2(x)` as one exponential, where q depends on parameters alone and x on rows too.
fn merge(graph: &mut Graph, factor: Id, power: Id) -> Option<Id> {
    let Node::Unary(Unary::Exp, q) = graph.node(factor) else { return None };
    let Node::Unary(Unary::Exp2, x) = graph.node(power) else { return None };
    if graph.depends(q).data || !graph.per_row(x) {
        return None;
    }
    let unit = graph.number(std::f64::consts::LOG2_E);
    let shift = graph.mul(unit, q);
    let sum = graph.add(x, shift);
    Some(graph.unary(Unary::Exp2, sum))
}

/// A step before registers are assigned.
#[derive(Debug, Clone, Copy)]
enum Step {
    Compute(Id),
    Reduce(usize, Id),
}

struct Builder<'a> {
    graph: &'a Graph,
    each_row: EachRow,
    features: Vec<Id>,
    feature_of: HashMap<Id, u16>,
    scalars: Vec<Id>,
    scalar_of: HashMap<Id, u16>,
    done: Vec<bool>,
    list: Vec<Step>,
}

#[allow(clippy::cast_possible_truncation, reason = "a law has far fewer than 65,536 values alive")]
fn short(n: usize) -> u16 {
    n as u16
}

impl<'a> Builder<'a> {
    fn new(graph: &'a Graph, each_row: EachRow) -> Self {
        Builder {
            graph,
            each_row,
            features: Vec::new(),
            feature_of: HashMap::new(),
            scalars: Vec::new(),
            scalar_of: HashMap::new(),
            done: vec![false; graph.len()],
            list: Vec::new(),
        }
    }

    /// Makes `root` available, computing what is not yet there.
    fn emit(&mut self, root: Id) {
        let mut stack = vec![(root, false)];
        while let Some((id, ready)) = stack.pop() {
            if self.done[id.index()] {
                continue;
            }
            if ready || self.settle(id) {
                self.done[id.index()] = true;
                if ready {
                    self.list.push(Step::Compute(id));
                }
                continue;
            }
            stack.push((id, true));
            let operands: Vec<Id> = self.graph.node(id).operands().collect();
            stack.extend(operands.into_iter().rev().map(|operand| (operand, false)));
        }
    }

    /// Whether the node is a scalar or a feature, and so needs no instruction.
    fn settle(&mut self, id: Id) -> bool {
        let depends = self.graph.depends(id);
        if !depends.data {
            let next = short(self.scalars.len());
            self.scalar_of.entry(id).or_insert(next);
            self.scalars.push(id);
            return true;
        }
        let plain = matches!(self.graph.node(id), Node::Column(_));
        let costly = plain || self.features.len() < MOST_FEATURES || !self.cheap(id);
        if (!plain && (self.each_row)(self.graph, id)) || !costly {
            return false;
        }
        self.feature_of.insert(id, short(self.features.len()));
        self.features.push(id);
        true
    }

    fn cheap(&self, id: Id) -> bool {
        matches!(
            self.graph.node(id),
            Node::Dyadic(Dyadic::Add | Dyadic::Sub | Dyadic::Mul, ..)
                | Node::Unary(Unary::Neg, _)
                | Node::PowI(_, 2)
        )
    }

    fn finish(self, outputs: &[Id], split: usize, reductions: usize) -> Program {
        let fused = self.fusable(outputs);
        let mut allocator = Allocator::new(&self, &fused, outputs);
        let mut split_at = 0;
        for (position, step) in self.list.iter().enumerate() {
            if position == split {
                split_at = allocator.instructions.len();
            }
            allocator.step(position, *step);
        }
        if split >= self.list.len() {
            split_at = allocator.instructions.len();
        }
        let operands = outputs.iter().map(|id| allocator.operand(*id)).collect();
        let Allocator { instructions, registers, .. } = allocator;
        let scalar_order = self.graph.needed(&self.scalars);
        Program {
            graph: self.graph.clone(),
            features: self.features,
            scalars: self.scalars,
            scalar_order,
            instructions,
            split: split_at,
            outputs: operands,
            registers,
            reductions,
        }
    }

    /// Products that are used once, by the sum right above them in the same part of the program:
    /// they become one multiply-add.
    fn fusable(&self, outputs: &[Id]) -> Vec<bool> {
        let mut uses = vec![0_usize; self.graph.len()];
        for step in &self.list {
            match *step {
                Step::Compute(id) => {
                    self.graph.node(id).operands().for_each(|x| uses[x.index()] += 1);
                }
                Step::Reduce(_, id) => uses[id.index()] += 1,
            }
        }
        outputs.iter().for_each(|id| uses[id.index()] += 2);
        let computed = |id: Id| {
            self.done[id.index()]
                && !self.feature_of.contains_key(&id)
                && !self.scalar_of.contains_key(&id)
        };
        let mut fused = vec![false; self.graph.len()];
        for step in &self.list {
            let Step::Compute(id) = *step else { continue };
            let candidates = match self.graph.node(id) {
                Node::Dyadic(Dyadic::Add, a, b) => [Some(b), Some(a)],
                Node::Dyadic(Dyadic::Sub, a, _) => [Some(a), None],
                _ => continue,
            };
            let product = candidates.into_iter().flatten().find(|&x| {
                computed(x)
                    && uses[x.index()] == 1
                    && matches!(self.graph.node(x), Node::Dyadic(Dyadic::Mul, ..))
            });
            if let Some(product) = product {
                fused[product.index()] = true;
            }
        }
        fused
    }
}

/// Assigns registers by last use. A result never takes the register of one of its operands.
struct Allocator<'a> {
    builder: &'a Builder<'a>,
    fused: &'a [bool],
    last_use: Vec<usize>,
    register_of: HashMap<Id, u16>,
    free: Vec<u16>,
    registers: usize,
    instructions: Vec<Instruction>,
}

impl<'a> Allocator<'a> {
    fn new(builder: &'a Builder<'a>, fused: &'a [bool], outputs: &[Id]) -> Self {
        let mut last_use = vec![0; builder.graph.len()];
        for (position, step) in builder.list.iter().enumerate() {
            match *step {
                // A fused product's operands are read by the sum that swallows it.
                Step::Compute(id) => {
                    for x in builder.graph.node(id).operands() {
                        last_use[x.index()] = position;
                        if fused[x.index()] {
                            for y in builder.graph.node(x).operands() {
                                last_use[y.index()] = position;
                            }
                        }
                    }
                }
                Step::Reduce(_, id) => last_use[id.index()] = position,
            }
        }
        outputs.iter().for_each(|id| last_use[id.index()] = usize::MAX);
        Allocator {
            builder,
            fused,
            last_use,
            register_of: HashMap::new(),
            free: Vec::new(),
            registers: 0,
            instructions: Vec::new(),
        }
    }

    fn operand(&self, id: Id) -> Operand {
        if let Some(&scalar) = self.builder.scalar_of.get(&id) {
            return Operand::Scalar(scalar);
        }
        if let Some(&feature) = self.builder.feature_of.get(&id) {
            return Operand::Feature(feature);
        }
        Operand::Register(self.register_of.get(&id).copied().unwrap_or(u16::MAX))
    }

    fn step(&mut self, position: usize, step: Step) {
        match step {
            Step::Compute(id) if self.fused[id.index()] => {}
            Step::Compute(id) => {
                let (op, reads) = self.shape(id);
                let operands: Vec<Operand> = reads.iter().map(|x| self.operand(*x)).collect();
                let into = self.take();
                self.register_of.insert(id, into);
                self.push(op, &operands, into);
                self.release(&reads, position);
            }
            Step::Reduce(number, id) => {
                let operand = self.operand(id);
                #[allow(clippy::cast_possible_truncation, reason = "p(p+1)/2 fits u32")]
                self.push(Op::Reduce(number as u32), &[operand], u16::MAX);
                self.release(&[id], position);
            }
        }
    }

    /// The operation of a node and the nodes it reads, with fused products opened.
    fn shape(&self, id: Id) -> (Op, Vec<Id>) {
        let open = |x: Id| match self.builder.graph.node(x) {
            Node::Dyadic(Dyadic::Mul, a, b) if self.fused[x.index()] => Some((a, b)),
            _ => None,
        };
        match self.builder.graph.node(id) {
            Node::Dyadic(Dyadic::Add, a, b) => match (open(b), open(a)) {
                (Some((x, y)), _) => (Op::MulAdd, vec![x, y, a]),
                (_, Some((x, y))) => (Op::MulAdd, vec![x, y, b]),
                _ => (Op::Dyadic(Dyadic::Add), vec![a, b]),
            },
            Node::Dyadic(Dyadic::Sub, a, b) => match open(a) {
                Some((x, y)) => (Op::MulSub, vec![x, y, b]),
                None => (Op::Dyadic(Dyadic::Sub), vec![a, b]),
            },
            Node::Dyadic(f, a, b) => (Op::Dyadic(f), vec![a, b]),
            Node::Unary(f, a) => (Op::Unary(f), vec![a]),
            Node::PowI(a, n) => (Op::PowI(n), vec![a]),
            Node::Select(c, a, b) => (Op::Select, vec![c, a, b]),
            // Leaves are features or scalars and are never computed.
            Node::Const(_) | Node::Param(_) | Node::Column(_) => (Op::PowI(1), vec![id]),
        }
    }

    fn take(&mut self) -> u16 {
        self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            short(self.registers - 1)
        })
    }

    fn push(&mut self, op: Op, operands: &[Operand], into: u16) {
        let first = operands[0];
        let at = |i: usize| operands.get(i).copied().unwrap_or(first);
        self.instructions.push(Instruction { op, operands: [at(0), at(1), at(2)], into });
    }

    fn release(&mut self, reads: &[Id], position: usize) {
        for (i, id) in reads.iter().enumerate() {
            let again = reads[..i].contains(id);
            if !again
                && self.last_use[id.index()] <= position
                && let Some(register) = self.register_of.get(id)
            {
                self.free.push(*register);
            }
        }
    }
}
