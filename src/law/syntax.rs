//! The syntax tree of a formula: what was written, before it is bound to domains and columns.
//!
//! In: nothing but the grammar builds these. Out: trees whose every node knows its byte offset, so
//! that later errors can point at the character.

/// A formula: `let` lines and the final expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// The text as written, for error messages and reports.
    pub text: String,
    /// `let NAME = EXPR` lines, in order.
    pub lets: Vec<(String, Expr)>,
    /// The value of the formula.
    pub body: Expr,
}

/// An expression and where it starts in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Byte offset in the formula's text.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A literal number.
    Number(f64),
    /// A parameter, an input, `r`, `pi` or a `let` name.
    Name(String),
    /// `name[i, j]`.
    Indexed(String, Vec<Index>),
    /// Unary minus.
    Neg(Box<Expr>),
    /// `a OP b`.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `f(a, ...)`.
    Call(Call, Vec<Expr>),
    /// `sum(j, body)` and its kin.
    Reduce(Reduce, Range, Box<Expr>),
}

/// One index inside brackets.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Byte offset in the formula's text.
    pub at: usize,
    /// Which element.
    pub kind: IndexKind,
}

/// An index is a number from 1, an index variable, or the name of a domain.
#[derive(Debug, Clone, PartialEq)]
pub enum IndexKind {
    /// Counted from 1.
    Number(usize),
    /// An index variable of an enclosing reduction, or a domain's name.
    Name(String),
}

/// The index variable of a reduction and what it runs over.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The index variable.
    pub variable: String,
    /// What it runs over.
    pub over: Over,
}

/// What an index runs over.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// The domains of the mixture.
    Domains,
    /// `1..n`.
    UpTo(usize),
    /// `1..H` for a declared set; with the byte offset of its name.
    Set(String, usize),
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are the operators")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Equal,
    NotEqual,
    And,
    Or,
}

/// Functions of a fixed or open number of arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are the functions of the language")]
pub enum Call {
    Exp,
    Ln,
    Log2,
    Log10,
    Sqrt,
    Abs,
    Min,
    Max,
    Tanh,
    Sigmoid,
    Sin,
    Cos,
    Atan,
    If,
    LogSumExp,
}

/// Reductions over an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are the reductions of the language")]
pub enum Reduce {
    Sum,
    Prod,
    LogSumExp,
}

/// The functions of the language: name, meaning, fewest and most arguments.
pub const FUNCTIONS: [(&str, Call, usize, usize); 16] = [
    ("exp", Call::Exp, 1, 1),
    ("ln", Call::Ln, 1, 1),
    ("log", Call::Ln, 1, 1),
    ("log2", Call::Log2, 1, 1),
    ("log10", Call::Log10, 1, 1),
    ("sqrt", Call::Sqrt, 1, 1),
    ("abs", Call::Abs, 1, 1),
    ("min", Call::Min, 2, 64),
    ("max", Call::Max, 2, 64),
    ("tanh", Call::Tanh, 1, 1),
    ("sigmoid", Call::Sigmoid, 1, 1),
    ("sin", Call::Sin, 1, 1),
    ("cos", Call::Cos, 1, 1),
    ("atan", Call::Atan, 1, 1),
    ("if", Call::If, 3, 3),
    ("logsumexp", Call::LogSumExp, 1, 64),
];

/// The reductions of the language by name.
pub const REDUCTIONS: [(&str, Reduce); 3] =
    [("sum", Reduce::Sum), ("prod", Reduce::Prod), ("logsumexp", Reduce::LogSumExp)];
