//! Splits a formula into tokens.
//!
//! In: the text. Out: tokens with byte offsets, or an error that points at the character.

use crate::error::{Error, Place, Result};

/// One token and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: TokenKind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Number(f64),
    /// A bare or backticked name.
    Name(String),
    /// An operator or a bracket, as written.
    Symbol(&'static str),
    /// A newline or `;`: the end of a `let` line.
    Break,
    End,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 19] = [
    "<=", ">=", "==", "!=", "..", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "<", ">", "=",
    "%",
];

/// A formula error at byte `at`.
pub(super) fn error(text: &str, at: usize, cause: impl Into<String>, remedy: &str) -> Error {
    Error::Formula {
        place: Place::default(),
        text: text.to_string(),
        at,
        cause: cause.into(),
        remedy: remedy.to_string(),
    }
}

/// All tokens of `text`, the last being [`TokenKind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let (kind, length) = match c {
            '\n' | ';' => (Some(TokenKind::Break), 1),
            '#' => (None, text[at..].find('\n').unwrap_or(text.len() - at)),
            c if c.is_whitespace() => (None, c.len_utf8()),
            '`' => quoted(text, at)?,
            c if c.is_ascii_digit() || (c == '.' && digit_follows(text, at)) => number(text, at)?,
            c if c.is_alphabetic() || c == '_' => name(text, at),
            _ => symbol(text, at)?,
        };
        out.extend(kind.map(|kind| Token { at, kind }));
        at += length;
    }
    out.push(Token { at: text.len(), kind: TokenKind::End });
    Ok(out)
}

fn digit_follows(text: &str, at: usize) -> bool {
    text[at + 1..].starts_with(|c: char| c.is_ascii_digit())
}

fn quoted(text: &str, at: usize) -> Result<(Option<TokenKind>, usize)> {
    let Some(length) = text[at + 1..].find('`') else {
        return Err(error(text, at, "this backtick is never closed", "add the closing backtick"));
    };
    let name = text[at + 1..at + 1 + length].to_string();
    Ok((Some(TokenKind::Name(name)), length + 2))
}

fn name(text: &str, at: usize) -> (Option<TokenKind>, usize) {
    let rest = &text[at..];
    let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    (Some(TokenKind::Name(rest[..length].to_string())), length)
}

fn number(text: &str, at: usize) -> Result<(Option<TokenKind>, usize)> {
    let rest = &text.as_bytes()[at..];
    let digits = |mut i: usize| {
        while rest.get(i).is_some_and(u8::is_ascii_digit) {
            i += 1;
        }
        i
    };
    let mut end = digits(0);
    // `1..H` is a range, not the number `1.`.
    if rest.get(end) == Some(&b'.') && rest.get(end + 1) != Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(rest.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
        let stop = digits(end + 1 + sign);
        if stop > end + 1 + sign {
            end = stop;
        }
    }
    match text[at..at + end].parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Some(TokenKind::Number(value)), end)),
        _ => Err(error(text, at, "this number is too large", "write a number below 1e308")),
    }
}

fn symbol(text: &str, at: usize) -> Result<(Option<TokenKind>, usize)> {
    if text[at..].starts_with("**") {
        return Err(error(text, at, "`**` is not an operator here", "write a power as `a^b`"));
    }
    match SYMBOLS.iter().find(|s| text[at..].starts_with(**s)) {
        Some(s) => Ok((Some(TokenKind::Symbol(s)), s.len())),
        None => Err(error(
            text,
            at,
            "this character has no meaning in a formula",
            "put names with odd characters in backticks: `my column`",
        )),
    }
}
