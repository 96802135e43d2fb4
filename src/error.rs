//! One error type for the whole program: what went wrong, where, and what to do next.
//!
//! In: causes from every room. Out: a message with file, row, column, cause and remedy, and the
//! exit code that the command line documents.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of anything in mixlaw that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// Where in the input something is wrong; whatever is not known is left out of the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user named it.
    pub file: Option<PathBuf>,
    /// Data row, counted from 1 below the header.
    pub row: Option<usize>,
    /// Column name.
    pub column: Option<String>,
}

impl Place {
    /// A place in `file`, row and column unknown.
    pub fn file(file: impl AsRef<Path>) -> Self {
        Place { file: Some(file.as_ref().to_path_buf()), ..Place::default() }
    }

    /// The same place, narrowed to a data row (counted from 1).
    #[must_use]
    pub fn row(self, row: usize) -> Self {
        Place { row: Some(row), ..self }
    }

    /// The same place, narrowed to a column.
    #[must_use]
    pub fn column(self, column: impl Into<String>) -> Self {
        Place { column: Some(column.into()), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(file) = &self.file {
            parts.push(file.display().to_string());
        }
        if let Some(row) = self.row {
            parts.push(format!("row {row}"));
        }
        if let Some(column) = &self.column {
            parts.push(format!("column `{column}`"));
        }
        if parts.is_empty() {
            return Ok(());
        }
        write!(f, "{}: ", parts.join(", "))
    }
}

/// Everything that can stop a command. The variant decides the exit code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A flag, study file or law file that cannot be acted on (exit code 2).
    #[error("{place}{cause}\n  remedy: {remedy}")]
    Usage {
        /// Which file or flag.
        place: Place,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// A formula that cannot be read; the message points at the character (exit code 2).
    #[error("{}{cause}\n{}\n  remedy: {remedy}", .place, pointer(.text, *.at))]
    Formula {
        /// The file or flag that holds the formula.
        place: Place,
        /// The formula as written.
        text: String,
        /// Byte offset of the offending character in `text`.
        at: usize,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// A run table that cannot be used (exit code 3).
    #[error("{place}{cause}\n  remedy: {remedy}")]
    Input {
        /// File, row and column.
        place: Place,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// A compute device that is missing or failed (exit code 4).
    #[error("{cause}\n  remedy: {remedy}")]
    Device {
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// The user asked to stop (exit code 130).
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The user asked to stop, and a file says how to go on (exit code 130).
    #[error("interrupted; {} holds how far it came\n  remedy: {how}", .path.display())]
    Paused {
        /// The file.
        path: PathBuf,
        /// How to go on.
        how: &'static str,
    },
    /// A file that cannot be written (exit code 5).
    #[error("{place}{cause}\n  remedy: {remedy}")]
    Output {
        /// The file.
        place: Place,
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: String,
    },
}

impl Error {
    /// A usage error at no particular place.
    pub fn usage(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Error::Usage { place: Place::default(), cause: cause.into(), remedy: remedy.into() }
    }

    /// An input error.
    pub fn input(place: Place, cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Error::Input { place, cause: cause.into(), remedy: remedy.into() }
    }

    /// A device error.
    pub fn device(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Error::Device { cause: cause.into(), remedy: remedy.into() }
    }

    /// An output error for the file at `path`.
    pub fn output(
        path: impl AsRef<Path>,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Error::Output { place: Place::file(path), cause: cause.into(), remedy: remedy.into() }
    }

    /// The documented exit code: 2 usage, 3 input data, 4 device, 5 output,
    /// 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage { .. } | Error::Formula { .. } => 2,
            Error::Input { .. } => 3,
            Error::Device { .. } => 4,
            Error::Output { .. } => 5,
            Error::Interrupted | Error::Paused { .. } => 130,
        }
    }
}

/// The line of `text` that holds byte `at`, with a caret below the character.
fn pointer(text: &str, at: usize) -> String {
    let at = (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    let before = text[start..at].chars().count();
    // A very long line is shown only around the caret.
    let skip = before.saturating_sub(60);
    let shown: String = text[start..end].chars().skip(skip).take(100).collect();
    format!("    {}\n    {}^", shown, " ".repeat(before - skip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_character() {
        let error = Error::Formula {
            place: Place::default(),
            text: "E + é*(N".into(),
            at: "E + é*(".len(),
            cause: "x".into(),
            remedy: "y".into(),
        };
        let message = error.to_string();
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[1].chars().count(), 4 + 8);
        assert_eq!(lines[2].chars().position(|c| c == '^'), Some(4 + 7));
    }

    #[test]
    fn a_place_names_file_row_and_column() {
        let place = Place::file("runs.csv").row(7).column("loss");
        assert_eq!(place.to_string(), "runs.csv, row 7, column `loss`: ");
    }
}
