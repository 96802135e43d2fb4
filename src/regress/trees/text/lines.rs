//! The lines of a text model: `name=value`, in blocks.
//!
//! In: the text. Out: blocks whose values are asked for by name; what is wrong is told with the line.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use crate::error::{Error, Place, Result};

/// The file that is read, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) path: &'a Path,
}

impl File<'_> {
    /// What is wrong in a line, counted from 1.
    pub(super) fn wrong(&self, line: usize, cause: &str) -> Error {
        self.refused(line, cause, "write the model with LightGBM's save_model again")
    }

    /// The same, with what to do.
    pub(super) fn refused(&self, line: usize, cause: &str, remedy: &str) -> Error {
        Error::input(Place::file(self.path), format!("line {line}: {cause}"), remedy)
    }
}

/// Some lines that belong together.
pub(super) struct Block<'a> {
    pub(super) file: File<'a>,
    /// The line that the block begins with.
    pub(super) line: usize,
    values: HashMap<&'a str, (usize, &'a str)>,
}

impl<'a> Block<'a> {
    pub(super) fn new(file: File<'a>, line: usize) -> Block<'a> {
        Block { file, line, values: HashMap::new() }
    }

    /// Takes a line; one without `=` is a name without a value.
    pub(super) fn take(&mut self, line: usize, text: &'a str) -> Result<()> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        match self.values.insert(name, (line, value)) {
            Some((before, _)) => {
                Err(self.file.wrong(line, &format!("`{name}` stands in line {before} already")))
            }
            None => Ok(()),
        }
    }

    /// The line and the value of a name, if it is there.
    pub(super) fn find(&self, name: &str) -> Option<(usize, &'a str)> {
        self.values.get(name).copied()
    }

    /// The line and the value of a name.
    pub(super) fn value(&self, name: &str) -> Result<(usize, &'a str)> {
        let missing = || self.file.wrong(self.line, &format!("no `{name}=` follows"));
        self.find(name).ok_or_else(missing)
    }

    /// A number.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<(usize, T)> {
        let (line, value) = self.value(name)?;
        Ok((line, self.parse(line, name, value)?))
    }

    /// As many numbers as there must be.
    pub(super) fn numbers<T: FromStr>(&self, name: &str, count: usize) -> Result<(usize, Vec<T>)> {
        let (line, value) = self.value(name)?;
        let words = value.split_ascii_whitespace();
        let numbers = words.map(|word| self.parse(line, name, word)).collect::<Result<Vec<T>>>()?;
        if numbers.len() != count {
            let cause = format!("`{name}` has {} values where {count} belong", numbers.len());
            return Err(self.file.wrong(line, &cause));
        }
        Ok((line, numbers))
    }

    /// As many finite numbers as there must be.
    pub(super) fn finite(&self, name: &str, count: usize) -> Result<Vec<f64>> {
        let (line, numbers) = self.numbers::<f64>(name, count)?;
        match numbers.iter().find(|x| !x.is_finite()) {
            Some(x) => Err(self.file.wrong(line, &format!("`{name}` holds {x}"))),
            None => Ok(numbers),
        }
    }

    fn parse<T: FromStr>(&self, line: usize, name: &str, word: &str) -> Result<T> {
        let shown: String = word.chars().take(40).collect();
        let wrong = |_| self.file.wrong(line, &format!("`{name}` holds `{shown}`, no such number"));
        word.parse().map_err(wrong)
    }
}
