//! The raw table, as read from one file or joined from several.
//!
//! In: named columns of cells. Out: the same columns, cut or put in order together, and for every
//! cell the place in the user's own file that messages name.

use std::path::{Path, PathBuf};

use super::cells::{Cells, quote, retain};
use crate::error::{Error, Place, Result};

/// A longer name is no column name: the file is something else, and messages would be huge.
const LONGEST_NAME: usize = 1000;

/// A file and which of its rows the table's rows are.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// For each row of the table, the data row in the file, counted from 1 below the header.
    pub rows: Vec<u32>,
}

/// A named column.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name in the header.
    pub name: String,
    /// The number of the source that it came from.
    pub source: usize,
    /// True if the column stood in several joined files, as their key does.
    pub shared: bool,
    /// The cells, one a row.
    pub cells: Cells,
}

/// A table of runs before any check on what it means.
#[derive(Debug, Clone)]
pub struct Table {
    /// The files that the table was read from.
    pub sources: Vec<Source>,
    /// The columns, in the order of the files.
    pub columns: Vec<Column>,
    /// Rows that a join left out because the other file had no such key.
    pub joined_away: usize,
    /// The key of the first of them, and its file.
    pub lone_key: Option<String>,
}

impl Table {
    /// A table of numbers from memory; `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`Error::Input`] if there is no row, if columns differ in length or share a name.
    pub fn from_columns(name: &str, columns: Vec<(String, Vec<f64>)>) -> Result<Table> {
        let cells = columns.into_iter().map(|(name, values)| (name, Cells::Numbers(values)));
        Table::from_cells(Path::new(name), cells.collect())
    }

    /// A table read from one file.
    pub(super) fn from_cells(path: &Path, columns: Vec<(String, Cells)>) -> Result<Table> {
        check_names(path, columns.iter().map(|(name, _)| name.as_str()))?;
        let rows = columns.first().map_or(0, |(_, cells)| cells.len());
        if rows == 0 {
            let cause = "the table has no rows below its header";
            return Err(Error::input(Place::file(path), cause, "write one run a row"));
        }
        if let Some((name, cells)) = columns.iter().find(|(_, cells)| cells.len() != rows) {
            let cause = format!("the column has {} cells, the first has {rows}", cells.len());
            let place = Place::file(path).column(name);
            return Err(Error::input(place, cause, "give every column one cell a row"));
        }
        let Ok(last) = u32::try_from(rows) else {
            let cause = format!("the table has {rows} rows; at most {} can be used", u32::MAX);
            return Err(Error::input(Place::file(path), cause, "split the table"));
        };
        let source = Source { path: path.to_path_buf(), rows: (1..=last).collect() };
        let columns = columns
            .into_iter()
            .map(|(name, cells)| Column { name, source: 0, shared: false, cells })
            .collect();
        Ok(Table { sources: vec![source], columns, joined_away: 0, lone_key: None })
    }

    /// How many rows the table has.
    pub fn rows(&self) -> usize {
        self.sources.first().map_or(0, |source| source.rows.len())
    }

    /// The number of the column with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// All files in one line.
    pub fn source(&self) -> String {
        let paths = self.sources.iter().map(|source| source.path.display().to_string());
        paths.collect::<Vec<_>>().join(" + ")
    }

    /// The file that a column came from.
    pub fn file(&self, column: usize) -> Place {
        Place::file(&self.sources[self.columns[column].source].path)
    }

    /// The data row, in the file that a column came from, of a row of the table.
    pub fn row_number(&self, column: usize, row: usize) -> u32 {
        self.sources[self.columns[column].source].rows[row]
    }

    /// File, row and column of a cell.
    pub fn place(&self, column: usize, row: usize) -> Place {
        let number = self.row_number(column, row) as usize;
        self.file(column).row(number).column(&self.columns[column].name)
    }

    /// The numbers of a column that has been made numeric.
    pub(super) fn values(&self, column: usize) -> &[f64] {
        match &self.columns[column].cells {
            Cells::Numbers(values) => values,
            Cells::Text(_) => &[],
        }
    }

    /// The numbers of a column that has been made numeric, to change in place.
    pub(super) fn values_mut(&mut self, column: usize) -> &mut [f64] {
        match &mut self.columns[column].cells {
            Cells::Numbers(values) => values,
            Cells::Text(_) => &mut [],
        }
    }

    /// The numbers of a column; the error names the first cell that is not one.
    pub(super) fn numbers(&self, column: usize, remedy: &str) -> Result<&[f64]> {
        match &self.columns[column].cells {
            Cells::Numbers(values) => Ok(values),
            Cells::Text(_) => Err(self.text_error(column, self.first_text(column), remedy)),
        }
    }

    /// Makes a column numeric, if the rows that are left allow it.
    pub(super) fn make_numbers(&mut self, column: usize, remedy: &str) -> Result<()> {
        let made = self.columns[column].cells.make_numbers();
        made.map_err(|row| self.text_error(column, row, remedy))
    }

    /// The first row of a text column whose cell is not a number.
    pub(super) fn first_text(&self, column: usize) -> usize {
        let Cells::Text(cells) = &self.columns[column].cells else { return 0 };
        let text = |cell: &str| super::cells::parse(cell.as_bytes()).is_none();
        // An exact column is text although all its cells are numbers if one of them overflows.
        cells.iter().position(text).unwrap_or(0)
    }

    fn text_error(&self, column: usize, row: usize, remedy: &str) -> Error {
        let Cells::Text(cells) = &self.columns[column].cells else {
            return Error::input(self.file(column), "a column changed while it was read", remedy);
        };
        let cause = format!("{} is not a number", quote(cells.get(row)));
        Error::input(self.place(column, row), cause, remedy)
    }

    /// Keeps the rows marked true.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        self.columns.iter_mut().for_each(|column| column.cells.retain(keep));
        self.sources.iter_mut().for_each(|source| retain(&mut source.rows, keep));
    }

    /// Puts the rows in this order; rows may be left out.
    pub(super) fn gather(&mut self, order: &[u32]) {
        self.columns.iter_mut().for_each(|column| column.cells.gather(order));
        for source in &mut self.sources {
            source.rows = order.iter().map(|&row| source.rows[row as usize]).collect();
        }
    }
}

/// Refuses a header with a name twice or without a name.
pub(super) fn check_names<'a>(
    path: &Path,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<()> {
    let mut seen = std::collections::HashMap::new();
    for (number, name) in names.enumerate() {
        if name.is_empty() {
            let cause = format!("column {} of the table has no name", number + 1);
            let remedy = "name it in the header, or remove it";
            return Err(Error::input(Place::file(path), cause, remedy));
        }
        if name.len() > LONGEST_NAME {
            let cause = format!("the name of column {} is {} bytes long", number + 1, name.len());
            let remedy = "check that the file is a table and that this is its header";
            return Err(Error::input(Place::file(path), cause, remedy));
        }
        if let Some(first) = seen.insert(name, number) {
            let cause =
                format!("columns {} and {} of the table have the same name", first + 1, number + 1);
            let place = Place::file(path).column(name);
            return Err(Error::input(place, cause, "rename one of them in the header"));
        }
    }
    Ok(())
}
