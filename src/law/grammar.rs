//! The grammar of the formula language: recursive descent from tokens to a syntax tree.
//!
//! In: text. Out: a [`Formula`], or an error that points at the character.

use super::lexer::{Token, TokenKind, error, tokens};
use super::syntax::{
    Binary, Expr, FUNCTIONS, Formula, Index, IndexKind, Kind, Over, REDUCTIONS, Range, Reduce,
};
use crate::error::{Error, Result};

/// Deep enough for any law, shallow enough for any stack.
const DEEPEST: usize = 200;

/// The same for chains such as `a + b + c`, whose tree is as deep as they are long.
const MOST_OPERATORS: usize = 2000;

/// Reads a formula.
///
/// # Errors
/// [`Error::Formula`] with the place of the first character that does not fit.
pub fn parse(text: &str) -> Result<Formula> {
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, depth: 0, operators: 0 };
    let lets = parser.lets()?;
    let body = parser.expression()?;
    parser.breaks();
    if parser.peek() != &TokenKind::End {
        return Err(parser.unexpected("the formula should end here"));
    }
    Ok(Formula { text: text.to_string(), lets, body })
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    operators: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &TokenKind {
        &self.tokens[self.next].kind
    }

    fn at(&self) -> usize {
        self.tokens[self.next].at
    }

    fn advance(&mut self) -> TokenKind {
        let kind = self.tokens[self.next].kind.clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        kind
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), TokenKind::Symbol(s) if *s == symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: &str, opened: usize, what: &str) -> Result<()> {
        if self.takes(symbol) {
            return Ok(());
        }
        if self.peek() == &TokenKind::End {
            let cause = format!("this {what} is never closed");
            return Err(error(self.text, opened, cause, &format!("add the missing `{symbol}`")));
        }
        Err(self.unexpected(&format!("expected `{symbol}` to close the {what}")))
    }

    fn unexpected(&self, expected: &str) -> Error {
        let found = match self.peek() {
            TokenKind::Number(x) => format!("the number {x}"),
            TokenKind::Name(name) => format!("the name `{name}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::Break => "the end of the line".into(),
            TokenKind::End => "the end of the formula".into(),
        };
        let cause = format!("{expected}, but found {found}");
        error(self.text, self.at(), cause, "check operators, commas and parentheses here")
    }

    fn breaks(&mut self) {
        while self.peek() == &TokenKind::Break {
            self.advance();
        }
    }

    fn lets(&mut self) -> Result<Vec<(String, Expr)>> {
        let mut lets = Vec::new();
        self.breaks();
        while matches!(self.peek(), TokenKind::Name(name) if name == "let") {
            self.advance();
            let name = self.name("a name after `let`")?;
            if !self.takes("=") {
                return Err(self.unexpected("expected `=` after the name"));
            }
            lets.push((name, self.expression()?));
            if self.peek() != &TokenKind::Break {
                return Err(self.unexpected("a `let` line ends with a newline or `;`"));
            }
            self.breaks();
        }
        Ok(lets)
    }

    fn name(&mut self, expected: &str) -> Result<String> {
        match self.peek() {
            TokenKind::Name(_) => match self.advance() {
                TokenKind::Name(name) => Ok(name),
                _ => Err(self.unexpected(expected)),
            },
            _ => Err(self.unexpected(&format!("expected {expected}"))),
        }
    }

    /// `or` binds weakest, then `and`, then comparisons.
    fn expression(&mut self) -> Result<Expr> {
        let mut left = self.conjunction()?;
        while matches!(self.peek(), TokenKind::Name(word) if word == "or") {
            self.advance();
            left = self.join(Binary::Or, left, Self::conjunction)?;
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expr> {
        let mut left = self.nested(Self::comparison)?;
        while matches!(self.peek(), TokenKind::Name(word) if word == "and") {
            self.advance();
            left = self.join(Binary::And, left, |p| p.nested(Self::comparison))?;
        }
        Ok(left)
    }

    /// Comparisons do not chain.
    fn comparison(&mut self) -> Result<Expr> {
        let left = self.sum()?;
        let at = self.at();
        let comparison = match self.peek() {
            TokenKind::Symbol("<") => Some(Binary::Less),
            TokenKind::Symbol("<=") => Some(Binary::LessEq),
            TokenKind::Symbol(">") => Some(Binary::Greater),
            TokenKind::Symbol(">=") => Some(Binary::GreaterEq),
            TokenKind::Symbol("==") => Some(Binary::Equal),
            TokenKind::Symbol("!=") => Some(Binary::NotEqual),
            TokenKind::Symbol("=") => {
                return Err(error(self.text, at, "`=` does not compare", "compare with `==`"));
            }
            _ => None,
        };
        match comparison {
            None => Ok(left),
            Some(operator) => {
                self.advance();
                Ok(binary(operator, left, self.sum()?))
            }
        }
    }

    fn sum(&mut self) -> Result<Expr> {
        let mut left = self.product()?;
        loop {
            if self.takes("+") {
                left = self.join(Binary::Add, left, Self::product)?;
            } else if self.takes("-") {
                left = self.join(Binary::Sub, left, Self::product)?;
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Expr> {
        let mut left = self.unary()?;
        loop {
            if self.takes("*") {
                left = self.join(Binary::Mul, left, Self::unary)?;
            } else if self.takes("/") {
                left = self.join(Binary::Div, left, Self::unary)?;
            } else {
                return Ok(left);
            }
        }
    }

    /// `-x^2` is `-(x^2)`, as in mathematics.
    fn unary(&mut self) -> Result<Expr> {
        let at = self.at();
        if self.takes("-") {
            let inner = self.nested(Self::unary)?;
            return Ok(Expr { at, kind: Kind::Neg(Box::new(inner)) });
        }
        if self.takes("+") {
            return self.nested(Self::unary);
        }
        self.power()
    }

    /// Right associative; the exponent may carry a sign: `s^-beta`.
    fn power(&mut self) -> Result<Expr> {
        let base = self.primary()?;
        if !self.takes("^") {
            return Ok(base);
        }
        let exponent = self.nested(Self::unary)?;
        Ok(binary(Binary::Pow, base, exponent))
    }

    /// `left OPERATOR right`, the right side read by `rule`.
    fn join(
        &mut self,
        operator: Binary,
        left: Expr,
        rule: impl FnOnce(&mut Self) -> Result<Expr>,
    ) -> Result<Expr> {
        self.operators += 1;
        if self.operators > MOST_OPERATORS {
            let cause = format!("the formula has more than {MOST_OPERATORS} operators");
            let remedy = "write long sums with an index: sum(j, ...)";
            return Err(error(self.text, self.at(), cause, remedy));
        }
        Ok(binary(operator, left, rule(self)?))
    }

    fn nested(&mut self, rule: fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let cause = format!("the formula is nested more than {DEEPEST} levels deep");
            return Err(error(self.text, self.at(), cause, "split it with `let` lines"));
        }
        let inner = rule(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn primary(&mut self) -> Result<Expr> {
        let at = self.at();
        match self.peek().clone() {
            TokenKind::Number(value) => {
                self.advance();
                Ok(Expr { at, kind: Kind::Number(value) })
            }
            TokenKind::Symbol("(") => {
                self.advance();
                let inner = self.expression()?;
                self.expect(")", at, "parenthesis")?;
                Ok(inner)
            }
            TokenKind::Name(name) => {
                self.advance();
                self.named(name, at)
            }
            _ => Err(self.unexpected("expected a number, a name or `(`")),
        }
    }

    /// A name is a call, an indexed name, or itself.
    fn named(&mut self, name: String, at: usize) -> Result<Expr> {
        let opened = self.at();
        if self.takes("[") {
            let indices = self.indices(opened)?;
            return Ok(Expr { at, kind: Kind::Indexed(name, indices) });
        }
        if !self.takes("(") {
            return Ok(Expr { at, kind: Kind::Name(name) });
        }
        let reduction = REDUCTIONS.iter().find(|(word, _)| *word == name);
        if let Some((_, reduce)) = reduction
            && let Some(range) = self.range()?
        {
            let body = self.expression()?;
            self.expect(")", opened, "parenthesis")?;
            return Ok(Expr { at, kind: Kind::Reduce(*reduce, range, Box::new(body)) });
        }
        if let Some((word, Reduce::Sum | Reduce::Prod)) = reduction {
            let remedy = format!("write `{word}(j, ...)` or `{word}(h in 1..H, ...)`");
            return Err(error(self.text, at, format!("`{word}` needs an index first"), &remedy));
        }
        self.call(&name, at, opened)
    }

    fn call(&mut self, name: &str, at: usize, opened: usize) -> Result<Expr> {
        let Some((_, call, fewest, most)) = FUNCTIONS.iter().find(|(word, ..)| *word == name)
        else {
            let known: Vec<&str> = FUNCTIONS.iter().map(|(word, ..)| *word).collect();
            let remedy = format!("the functions are {}, sum and prod", known.join(", "));
            return Err(error(self.text, at, format!("there is no function `{name}`"), &remedy));
        };
        let mut arguments = vec![self.expression()?];
        while self.takes(",") {
            arguments.push(self.expression()?);
        }
        self.expect(")", opened, "parenthesis")?;
        if arguments.len() < *fewest || arguments.len() > *most {
            let cause = format!("`{name}` does not take {} arguments", arguments.len());
            let remedy = format!("give it {fewest} (at most {most})");
            return Err(error(self.text, at, cause, &remedy));
        }
        Ok(Expr { at, kind: Kind::Call(*call, arguments) })
    }

    /// `j,` or `h in 1..H,`; nothing is consumed when what follows is not an index.
    fn range(&mut self) -> Result<Option<Range>> {
        let start = self.next;
        let TokenKind::Name(variable) = self.advance() else {
            self.next = start;
            return Ok(None);
        };
        if self.takes(",") {
            return Ok(Some(Range { variable, over: Over::Domains }));
        }
        if !matches!(self.peek(), TokenKind::Name(word) if word == "in") {
            self.next = start;
            return Ok(None);
        }
        self.advance();
        let over = self.over()?;
        if !self.takes(",") {
            return Err(self.unexpected("expected a comma after the range"));
        }
        Ok(Some(Range { variable, over }))
    }

    fn over(&mut self) -> Result<Over> {
        if matches!(self.peek(), TokenKind::Name(word) if word == "domains") {
            self.advance();
            return Ok(Over::Domains);
        }
        let starts_at_one = matches!(self.peek(), TokenKind::Number(x) if *x == 1.0);
        if !starts_at_one {
            return Err(self.unexpected("a range is `domains` or starts at 1, as in `1..H`"));
        }
        self.advance();
        if !self.takes("..") {
            return Err(self.unexpected("expected `..`"));
        }
        let at = self.at();
        match self.peek().clone() {
            TokenKind::Number(_) => Ok(Over::UpTo(self.whole("the end of a range")?)),
            TokenKind::Name(set) => {
                self.advance();
                Ok(Over::Set(set, at))
            }
            _ => Err(self.unexpected("expected the end of the range")),
        }
    }

    fn whole(&mut self, what: &str) -> Result<usize> {
        let at = self.at();
        match self.advance() {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be a whole number between 1 and 4096"
            )]
            TokenKind::Number(x) if x.fract() == 0.0 && (1.0..=4096.0).contains(&x) => {
                Ok(x as usize)
            }
            _ => {
                let cause = format!("{what} must be a whole number from 1 to 4096");
                Err(error(self.text, at, cause, "count from 1"))
            }
        }
    }

    fn indices(&mut self, opened: usize) -> Result<Vec<Index>> {
        let mut indices = Vec::new();
        loop {
            let at = self.at();
            let kind = match self.peek().clone() {
                TokenKind::Number(_) => IndexKind::Number(self.whole("an index")?),
                TokenKind::Name(name) => {
                    self.advance();
                    IndexKind::Name(name)
                }
                _ => return Err(self.unexpected("expected an index")),
            };
            indices.push(Index { at, kind });
            if !self.takes(",") {
                self.expect("]", opened, "bracket")?;
                return Ok(indices);
            }
        }
    }
}

fn binary(operator: Binary, left: Expr, right: Expr) -> Expr {
    Expr { at: left.at, kind: Kind::Binary(operator, Box::new(left), Box::new(right)) }
}
