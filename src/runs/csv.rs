//! Reads comma- or tab-separated tables.
//!
//! In: a file with a header line. Out: a [`Table`], read row by row straight into column vectors,
//! so that memory stays near eight bytes a cell.

use std::path::Path;

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::cells::Builder;
use super::table::{Table, check_names};
use crate::error::{Error, Place, Result};

/// Reads a table. The text of `exact` columns is kept as written.
///
/// # Errors
/// [`Error::Input`] naming file, row and column.
pub fn read(path: &Path, delimiter: u8, exact: &[&str]) -> Result<Table> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_path(path)
        .map_err(|error| failure(path, 0, &error))?;
    let mut record = ByteRecord::new();
    let names = header(path, &mut reader, &mut record)?;
    // pandas writes its row numbers in a first column without a name.
    let skip = usize::from(names.first().is_some_and(String::is_empty));
    check_names(path, names[skip..].iter().map(String::as_str))?;
    let mut builders: Vec<Builder> =
        names[skip..].iter().map(|name| Builder::new(exact.contains(&name.as_str()))).collect();
    fill(path, &mut reader, &mut record, &mut builders, skip)?;
    let cells = builders.into_iter().map(Builder::finish);
    Table::from_cells(path, names.into_iter().skip(skip).zip(cells).collect())
}

fn header(
    path: &Path,
    reader: &mut Reader<std::fs::File>,
    record: &mut ByteRecord,
) -> Result<Vec<String>> {
    if !reader.read_byte_record(record).map_err(|error| failure(path, 0, &error))? {
        let cause = "the file is empty";
        let remedy = "write a header with the column names and one run a row";
        return Err(Error::input(Place::file(path), cause, remedy));
    }
    let names = record.iter().enumerate().map(|(number, name)| {
        let name = std::str::from_utf8(name).map_err(|_| {
            let cause = format!("the name of column {} is not UTF-8 text", number + 1);
            Error::input(Place::file(path), cause, "save the file as UTF-8")
        })?;
        Ok(name.trim().to_string())
    });
    names.collect()
}

fn fill(
    path: &Path,
    reader: &mut Reader<std::fs::File>,
    record: &mut ByteRecord,
    builders: &mut [Builder],
    skip: usize,
) -> Result<()> {
    let width = builders.len() + skip;
    let mut row = 0;
    while reader.read_byte_record(record).map_err(|error| failure(path, row + 1, &error))? {
        row += 1;
        if record.len() != width {
            let (cells, place) = (record.len(), Place::file(path).row(row));
            let cause = format!("the row has {cells} cells, the header has {width} columns");
            let remedy = "check the row for a missing or extra delimiter or quote";
            return Err(Error::input(place, cause, remedy));
        }
        for (builder, cell) in builders.iter_mut().zip(record.iter().skip(skip)) {
            builder.push(cell);
        }
    }
    Ok(())
}

fn failure(path: &Path, row: usize, error: &::csv::Error) -> Error {
    let place = Place::file(path);
    let place = if row == 0 { place } else { place.row(row) };
    Error::input(
        place,
        format!("cannot read the table: {error}"),
        "check that the file exists and is readable",
    )
}
