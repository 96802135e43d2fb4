//! The text column of a Parquet file, a batch of rows at a time.
//!
//! In: a `.parquet` file. Out: its documents, given to the reader of the domain.

use std::fs::File;
use std::path::Path;

use ::parquet::column::reader::ColumnReader;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};

use super::reader::{Source, Stop};

/// Rows read at a time.
const BATCH: usize = 256;

impl From<ParquetError> for Stop {
    fn from(error: ParquetError) -> Stop {
        Stop::Broken(error.to_string())
    }
}

/// Reads all rows.
pub(super) fn read(path: &Path, source: &mut Source<'_>, row: &mut u64) -> Result<(), Stop> {
    let file = File::open(path).map_err(|e| Stop::Broken(e.to_string()))?;
    // The crate's decoders check most of what a damaged file can hold, but not all of it.
    let caught = std::panic::AssertUnwindSafe(|| rows(file, source, row));
    std::panic::catch_unwind(caught)
        .unwrap_or_else(|_| Err(Stop::Broken("the file is damaged".to_string())))
}

fn rows(file: File, source: &mut Source<'_>, row: &mut u64) -> Result<(), Stop> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let field = &source.reading.field;
    let column = schema.columns().iter().position(|column| column.path().string() == *field);
    let missing = || Stop::Broken(format!("there is no column `{field}` (--field names it)"));
    let number = column.ok_or_else(missing)?;
    let present = schema.column(number).max_def_level();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        match group.get_column_reader(number)? {
            ColumnReader::ByteArrayColumnReader(mut column)
                if schema.column(number).max_rep_level() == 0 =>
            {
                let mut left = rows;
                while left > 0 {
                    let (mut texts, mut levels) = (Vec::<ByteArray>::new(), Vec::new());
                    let defined = Some(&mut levels).filter(|_| present > 0);
                    let batch = left.min(BATCH);
                    let (records, _, _) = column.read_records(batch, defined, None, &mut texts)?;
                    if records == 0 {
                        return Err(Stop::Broken("a column ends before its rows".to_string()));
                    }
                    give(source, row, &texts, records, |row| {
                        present == 0 || levels[row] == present
                    })?;
                    left = left.saturating_sub(records);
                }
            }
            _ => return Err(Stop::Broken(format!("the column `{field}` is not of text"))),
        }
    }
    Ok(())
}

fn give(
    source: &mut Source<'_>,
    row: &mut u64,
    texts: &[ByteArray],
    records: usize,
    there: impl Fn(usize) -> bool,
) -> Result<(), Stop> {
    let mut texts = texts.iter();
    for record in 0..records {
        match texts.as_slice().first().filter(|_| there(record)) {
            Some(text) => {
                source.give(row, text.data())?;
                texts.next();
            }
            None => source.without(row, "the cell is empty"),
        }
    }
    Ok(())
}
