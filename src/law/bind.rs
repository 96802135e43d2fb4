//! Binds a formula to domains, index sets and columns: from a syntax tree to an expression graph.
//!
//! In: a [`Formula`] and a [`Scope`] that says what names mean. Out: a [`Bound`] graph in which
//! every indexed name and reduction has been written out, with the list of scalar parameters and
//! of the data columns that the graph reads.

use std::collections::{BTreeMap, HashMap};

use super::graph::{Dyadic, Graph, Id, Unary};
use super::lexer::error;
use super::syntax::{Binary, Call, Expr, Formula, Index, IndexKind, Kind, Over, Range, Reduce};
use crate::error::{Error, Result};

/// What the names of a formula mean.
pub struct Scope<'a> {
    /// The mixture's domains; empty where the table has no mixture.
    pub domains: &'a [String],
    /// Declared index sets and their sizes.
    pub sets: &'a BTreeMap<String, usize>,
    /// What a bare name stands for.
    pub meaning: &'a dyn Fn(&str) -> Meaning,
    /// Index variables that already have a value.
    pub given: &'a [(String, Element)],
}

/// What a bare name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A column of the table.
    Input,
    /// A parameter of the law.
    Parameter,
    /// Nothing: using it is an error.
    Unknown,
}

/// A data column that a bound formula reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// The share of a domain, by its number.
    Share(usize),
    /// The share of the domain that the target is measured on.
    OwnShare,
    /// A column of the table by name.
    Input(String),
    /// The target itself (only in residuals, never in a law).
    Target,
}

/// A scalar parameter of a bound law.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParamName {
    /// The name in the formula: `t` of `t[arxiv]`.
    pub base: String,
    /// The full label: `t[arxiv]`.
    pub label: String,
}

/// A formula written out as a graph.
#[derive(Debug, Clone, Default)]
pub struct Bound {
    /// The graph.
    pub graph: Graph,
    /// The node of the formula's value.
    pub root: Option<Id>,
    /// Parameters in order of first appearance; `Node::Param(i)` is the i-th.
    pub params: Vec<ParamName>,
    /// Columns; `Node::Column(i)` is the i-th.
    pub symbols: Vec<Symbol>,
}

/// Writes a formula out.
///
/// # Errors
/// [`Error::Formula`] for an unknown name, a wrong index, or a mixture where there is none.
pub fn bind(formula: &Formula, scope: &Scope) -> Result<Bound> {
    let mut binder = Binder::new(formula, scope);
    let root = binder.formula(formula)?;
    binder.bound.root = Some(root);
    Ok(binder.bound)
}

/// An element of an index set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// A domain, by its place from 0.
    Domain(usize),
    /// A member of another set, counted from 1.
    Number(usize),
}

struct Binder<'a> {
    text: &'a str,
    scope: &'a Scope<'a>,
    bound: Bound,
    params: HashMap<String, Id>,
    columns: HashMap<Symbol, Id>,
    lets: HashMap<String, Id>,
    indices: Vec<(String, Element)>,
    visits: usize,
}

/// A law that takes more steps than this to write out would not fit the memory of any machine.
const MOST_VISITS: usize = 4_000_000;

impl<'a> Binder<'a> {
    fn new(formula: &'a Formula, scope: &'a Scope<'a>) -> Self {
        Binder {
            text: &formula.text,
            scope,
            bound: Bound::default(),
            params: HashMap::new(),
            columns: HashMap::new(),
            lets: HashMap::new(),
            indices: scope.given.to_vec(),
            visits: 0,
        }
    }

    fn fail(&self, at: usize, cause: String, remedy: &str) -> Error {
        error(self.text, at, cause, remedy)
    }

    fn formula(&mut self, formula: &Formula) -> Result<Id> {
        for (name, value) in &formula.lets {
            let id = self.expr(value)?;
            self.lets.insert(name.clone(), id);
        }
        self.expr(&formula.body)
    }

    fn expr(&mut self, expr: &Expr) -> Result<Id> {
        self.visits += 1;
        if self.visits > MOST_VISITS {
            let cause = format!("written out, this formula has over {MOST_VISITS} operations");
            return Err(self.fail(expr.at, cause, "use fewer domains or smaller index sets"));
        }
        match &expr.kind {
            Kind::Number(value) => Ok(self.bound.graph.number(*value)),
            Kind::Name(name) => self.name(name, expr.at),
            Kind::Indexed(name, indices) => self.indexed(name, indices, expr.at),
            Kind::Neg(inner) => {
                let inner = self.expr(inner)?;
                Ok(self.bound.graph.neg(inner))
            }
            Kind::Binary(operator, a, b) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                Ok(self.binary(*operator, a, b))
            }
            Kind::Call(call, arguments) => {
                let values = arguments.iter().map(|a| self.expr(a)).collect::<Result<Vec<_>>>()?;
                Ok(self.call(*call, &values))
            }
            Kind::Reduce(reduce, range, body) => self.reduce(*reduce, range, body, expr.at),
        }
    }

    fn binary(&mut self, operator: Binary, a: Id, b: Id) -> Id {
        let g = &mut self.bound.graph;
        match operator {
            Binary::Add => g.add(a, b),
            Binary::Sub => g.sub(a, b),
            Binary::Mul => g.mul(a, b),
            Binary::Div => g.div(a, b),
            Binary::Pow => g.pow(a, b),
            Binary::Less => g.dyadic(Dyadic::Less, a, b),
            Binary::LessEq => g.dyadic(Dyadic::LessEq, a, b),
            Binary::Greater => g.dyadic(Dyadic::Less, b, a),
            Binary::GreaterEq => g.dyadic(Dyadic::LessEq, b, a),
            Binary::Equal => g.dyadic(Dyadic::Equal, a, b),
            Binary::NotEqual => {
                let (equal, one) = (g.dyadic(Dyadic::Equal, a, b), g.number(1.0));
                g.sub(one, equal)
            }
            Binary::And => g.dyadic(Dyadic::Min, a, b),
            Binary::Or => g.dyadic(Dyadic::Max, a, b),
        }
    }

    fn call(&mut self, call: Call, values: &[Id]) -> Id {
        let g = &mut self.bound.graph;
        let first = values[0];
        let function = match call {
            Call::Exp => Unary::Exp,
            Call::Ln => Unary::Ln,
            Call::Log2 => Unary::Log2,
            Call::Log10 => {
                let (log, scale) = (g.unary(Unary::Ln, first), g.number(std::f64::consts::LOG10_E));
                return g.mul(scale, log);
            }
            Call::Sqrt => Unary::Sqrt,
            Call::Abs => Unary::Abs,
            Call::Tanh => Unary::Tanh,
            Call::Sigmoid => Unary::Sigmoid,
            Call::Sin => Unary::Sin,
            Call::Cos => Unary::Cos,
            Call::Atan => Unary::Atan,
            Call::Min => return fold(g, values, |g, a, b| g.dyadic(Dyadic::Min, a, b)),
            Call::Max => return fold(g, values, |g, a, b| g.dyadic(Dyadic::Max, a, b)),
            Call::If => return g.select(first, values[1], values[2]),
            Call::LogSumExp => return logsumexp(g, values),
        };
        g.unary(function, first)
    }

    fn reduce(&mut self, reduce: Reduce, range: &Range, body: &Expr, at: usize) -> Result<Id> {
        let elements = self.elements(&range.over, at)?;
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            self.indices.push((range.variable.clone(), element));
            let value = self.expr(body);
            self.indices.pop();
            values.push(value?);
        }
        let g = &mut self.bound.graph;
        Ok(match reduce {
            Reduce::Sum => fold(g, &values, Graph::add),
            Reduce::Prod => fold(g, &values, Graph::mul),
            Reduce::LogSumExp => logsumexp(g, &values),
        })
    }

    fn elements(&self, over: &Over, at: usize) -> Result<Vec<Element>> {
        match over {
            Over::Domains if self.scope.domains.is_empty() => Err(self.no_mixture(at)),
            Over::Domains => Ok((0..self.scope.domains.len()).map(Element::Domain).collect()),
            Over::UpTo(last) => Ok((1..=*last).map(Element::Number).collect()),
            Over::Set(name, at) => match self.scope.sets.get(name) {
                Some(&size) => Ok((1..=size).map(Element::Number).collect()),
                None => Err(self.fail(
                    *at,
                    format!("there is no index set `{name}`"),
                    "declare its size: in a law file under [sets], on the command line by --size",
                )),
            },
        }
    }

    fn no_mixture(&self, at: usize) -> Error {
        let cause = "this needs the mixture, and the table has none".to_string();
        self.fail(at, cause, "say which columns are the mixture: --mixture 'weight_*'")
    }

    fn name(&mut self, name: &str, at: usize) -> Result<Id> {
        if let Some(&id) = self.lets.get(name) {
            return Ok(id);
        }
        match (self.scope.meaning)(name) {
            Meaning::Input => Ok(self.column(Symbol::Input(name.to_string()))),
            _ if self.indices.iter().any(|(variable, _)| variable == name) => Err(self.fail(
                at,
                format!("`{name}` is an index here, not a value"),
                "use it inside brackets",
            )),
            _ if name == "pi" => Ok(self.bound.graph.number(std::f64::consts::PI)),
            _ if name == "r" => Ok(self.column(Symbol::OwnShare)),
            _ if name == "w" => {
                let cause = "`w` is the whole mixture; a formula needs one share".to_string();
                Err(self.fail(at, cause, "write `w[j]` inside a reduction, or `w[DOMAIN]`"))
            }
            Meaning::Parameter => Ok(self.param(name, None)),
            Meaning::Unknown => Err(self.fail(
                at,
                format!("nothing is called `{name}` here"),
                "check the spelling; names with odd characters go in backticks",
            )),
        }
    }

    fn indexed(&mut self, name: &str, indices: &[Index], at: usize) -> Result<Id> {
        let elements =
            indices.iter().map(|index| self.element(index)).collect::<Result<Vec<_>>>()?;
        if name == "w" {
            return match elements.as_slice() {
                [Element::Domain(domain)] => Ok(self.column(Symbol::Share(*domain))),
                _ => Err(self.fail(
                    at,
                    "`w` takes one index over the domains".to_string(),
                    "write `w[j]` where j runs over the domains",
                )),
            };
        }
        if self.lets.contains_key(name) || (self.scope.meaning)(name) != Meaning::Parameter {
            let cause = format!("`{name}` has no elements");
            return Err(self.fail(at, cause, "only parameters and `w` take an index"));
        }
        let labels: Vec<String> = elements.iter().map(|e| self.label(*e)).collect();
        Ok(self.param(name, Some(labels.join(","))))
    }

    fn label(&self, element: Element) -> String {
        match element {
            Element::Domain(domain) => self.scope.domains[domain].clone(),
            Element::Number(number) => number.to_string(),
        }
    }

    /// A number counts domains where the table has a mixture, else it is a plain number.
    fn element(&self, index: &Index) -> Result<Element> {
        let domains = self.scope.domains;
        match &index.kind {
            IndexKind::Number(n) if *n <= domains.len() => Ok(Element::Domain(n - 1)),
            IndexKind::Number(n) if domains.is_empty() => Ok(Element::Number(*n)),
            IndexKind::Number(n) => Err(self.fail(
                index.at,
                format!("index {n} is out of range: the mixture has {} domains", domains.len()),
                "count domains from 1, or use their names",
            )),
            IndexKind::Name(name) => {
                if let Some((_, element)) = self.indices.iter().rev().find(|(v, _)| v == name) {
                    return Ok(*element);
                }
                match domains.iter().position(|d| d == name) {
                    Some(domain) => Ok(Element::Domain(domain)),
                    None => Err(self.fail(
                        index.at,
                        format!("`{name}` is neither an index variable here nor a domain"),
                        "put it inside sum(j, ...), or name one of the mixture's domains",
                    )),
                }
            }
        }
    }

    fn column(&mut self, symbol: Symbol) -> Id {
        if let Some(&id) = self.columns.get(&symbol) {
            return id;
        }
        let id = self.bound.graph.column(count(&self.bound.symbols));
        self.bound.symbols.push(symbol.clone());
        self.columns.insert(symbol, id);
        id
    }

    fn param(&mut self, base: &str, index: Option<String>) -> Id {
        let label = match index {
            None => base.to_string(),
            Some(index) => format!("{base}[{index}]"),
        };
        if let Some(&id) = self.params.get(&label) {
            return id;
        }
        let id = self.bound.graph.param(count(&self.bound.params));
        self.bound.params.push(ParamName { base: base.to_string(), label: label.clone() });
        self.params.insert(label, id);
        id
    }
}

#[allow(clippy::cast_possible_truncation, reason = "at most MOST_VISITS names")]
fn count<T>(list: &[T]) -> u32 {
    list.len() as u32
}

fn fold(g: &mut Graph, values: &[Id], join: impl Fn(&mut Graph, Id, Id) -> Id) -> Id {
    let mut result = values[0];
    for &value in &values[1..] {
        result = join(g, result, value);
    }
    result
}

/// `m + ln(sum exp(x - m))` with m the largest: no overflow. The derivative is exact with m held
/// fixed, since the two terms in dm cancel.
fn logsumexp(g: &mut Graph, values: &[Id]) -> Id {
    let largest = fold(g, values, |g, a, b| g.dyadic(Dyadic::Max, a, b));
    let shift = g.unary(Unary::Detach, largest);
    let terms: Vec<Id> = values
        .iter()
        .map(|&x| {
            let shifted = g.sub(x, shift);
            g.unary(Unary::Exp, shifted)
        })
        .collect();
    let sum = fold(g, &terms, Graph::add);
    let log = g.unary(Unary::Ln, sum);
    g.add(shift, log)
}
