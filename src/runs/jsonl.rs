//! Reads tables of one JSON object a line.
//!
//! In: a `.jsonl` file; nested keys are flattened with dots, an absent key or `null` is an empty
//! cell. Out: a [`Table`] with columns in the order in which their keys first appear.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::cells::{Builder, quote};
use super::json_row::{Flat, Scalar, quote_bare_numbers};
use super::table::Table;
use crate::error::{Error, Place, Result};

/// More keys than this are not the columns of a table; padding them would take all memory.
const MOST_COLUMNS: usize = 65_536;

/// Reads a table. The text of `exact` columns is kept as written.
///
/// # Errors
/// [`Error::Input`] naming file, row and column.
pub fn read(path: &Path, exact: &[&str]) -> Result<Table> {
    let unreadable = |error: std::io::Error| {
        let cause = format!("cannot read the table: {error}");
        Error::input(Place::file(path), cause, "check that the file exists and is readable")
    };
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut columns = Columns { path, exact, names: Vec::new(), found: HashMap::new(), rows: 0 };
    let mut builders = Vec::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
        if !text.is_empty() {
            columns.add(text, &mut builders)?;
        }
        line.clear();
    }
    if columns.rows == 0 {
        let remedy = "write one JSON object a line, one line a run";
        return Err(Error::input(Place::file(path), "the file is empty", remedy));
    }
    builders.iter_mut().for_each(|builder| builder.pad(columns.rows));
    let cells = builders.into_iter().map(Builder::finish);
    Table::from_cells(path, columns.names.into_iter().zip(cells).collect())
}

/// The columns seen so far.
struct Columns<'a> {
    path: &'a Path,
    exact: &'a [&'a str],
    names: Vec<String>,
    found: HashMap<String, usize>,
    rows: usize,
}

impl Columns<'_> {
    fn add(&mut self, line: &[u8], builders: &mut Vec<Builder>) -> Result<()> {
        let row = self.rows;
        for (key, value) in self.parse(line)? {
            let column = self.column(&key, builders)?;
            let builder = &mut builders[column];
            if builder.len() > row {
                let place = Place::file(self.path).row(row + 1).column(key);
                let remedy = "keep one of the two values";
                return Err(Error::input(place, "the key stands twice in this object", remedy));
            }
            builder.pad(row);
            match value {
                Scalar::Empty => builder.pad(row + 1),
                Scalar::Number(number) => builder.push_number(number),
                Scalar::Text(text) => builder.push(text.as_bytes()),
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn parse(&self, line: &[u8]) -> Result<Vec<(String, Scalar)>> {
        let failed = |error: serde_json::Error| {
            let start = String::from_utf8_lossy(&line[..line.len().min(200)]);
            let cause = format!("{error}, in the object that begins {}", quote(&start));
            let place = Place::file(self.path).row(self.rows + 1);
            Error::input(place, cause, "write one JSON object a line")
        };
        match serde_json::from_slice::<Flat>(line) {
            Ok(flat) => Ok(flat.0),
            // Python's json module writes NaN and Infinity bare, which is not JSON.
            Err(error) => match quote_bare_numbers(line) {
                Some(quoted) => Ok(serde_json::from_slice::<Flat>(&quoted).map_err(failed)?.0),
                None => Err(failed(error)),
            },
        }
    }

    fn column(&mut self, key: &str, builders: &mut Vec<Builder>) -> Result<usize> {
        if let Some(&column) = self.found.get(key) {
            return Ok(column);
        }
        if self.names.len() == MOST_COLUMNS {
            let place = Place::file(self.path).row(self.rows + 1);
            let cause = format!("the table has more than {MOST_COLUMNS} keys");
            return Err(Error::input(place, cause, "leave out keys that are not columns"));
        }
        self.names.push(key.to_string());
        self.found.insert(key.to_string(), builders.len());
        builders.push(Builder::new(self.exact.contains(&key)));
        Ok(builders.len() - 1)
    }
}
