//! Reads Parquet tables, column by column and without Arrow.
//!
//! In: a `.parquet` file; fields of nested records are named with dots. Out: a [`Table`]. Lists and
//! byte strings that are not text become text cells, which no role accepts.

use std::fs::File;
use std::path::Path;

use ::parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;

use super::cells::{Builder, Cells};
use super::table::Table;
use crate::error::{Error, Place, Result};

/// Values read at a time: the buffer stays small beside the column.
const BATCH: usize = 65_536;
/// The name that pandas gives its row numbers.
const PANDAS_INDEX: &str = "__index_level_0__";

/// Reads a table. The text of `exact` columns is kept as written.
///
/// # Errors
/// [`Error::Input`] naming file and column.
pub fn read(path: &Path, exact: &[&str]) -> Result<Table> {
    let failed = |cause: String| {
        let remedy = "check that the file exists and is a whole Parquet file; known \
                      compressions are none, Snappy and Zstandard";
        Error::input(Place::file(path), format!("cannot read the table: {cause}"), remedy)
    };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    // The crate's decoders check most of what a damaged file can hold, but not all of it.
    let read = std::panic::catch_unwind(|| read_columns(file, exact));
    let columns = match read {
        Ok(columns) => columns.map_err(|error| failed(error.to_string()))?,
        Err(_) => return Err(failed("the file is damaged".to_string())),
    };
    Table::from_cells(path, columns)
}

fn read_columns(file: File, exact: &[&str]) -> ParquetResult<Vec<(String, Cells)>> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let mut columns = Vec::new();
    for (number, column) in schema.columns().iter().enumerate() {
        let name = column.path().string();
        if name != PANDAS_INDEX {
            let builder = Builder::new(exact.contains(&name.as_str()));
            columns.push((name, read_column(&reader, number, column, builder)?));
        }
    }
    Ok(columns)
}

fn read_column(
    reader: &SerializedFileReader<File>,
    number: usize,
    column: &ColumnDescriptor,
    mut builder: Builder,
) -> ParquetResult<Cells> {
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        let (present, list) = (column.max_def_level(), column.max_rep_level() > 0);
        let mut cells = Filler { builder: &mut builder, present, list, rows };
        match group.get_column_reader(number)? {
            ColumnReader::BoolColumnReader(values) => {
                cells.fill(values, |builder, &x| builder.push(if x { b"true" } else { b"false" }))
            }
            ColumnReader::Int32ColumnReader(values) => {
                let read = integer(column);
                cells.fill(values, |builder, &x| read(builder, i64::from(x)))
            }
            ColumnReader::Int64ColumnReader(values) => {
                let read = integer(column);
                cells.fill(values, |builder, &x| read(builder, x))
            }
            ColumnReader::FloatColumnReader(values) => {
                cells.fill(values, |builder, &x| builder.push_number(f64::from(x)))
            }
            ColumnReader::DoubleColumnReader(values) => {
                cells.fill(values, |builder, &x| builder.push_number(x))
            }
            ColumnReader::ByteArrayColumnReader(values) => {
                cells.fill(values, |builder, x: &ByteArray| builder.push(x.data()))
            }
            ColumnReader::Int96ColumnReader(values) => {
                cells.fill(values, |builder, _| builder.push(b"[time]"))
            }
            ColumnReader::FixedLenByteArrayColumnReader(values) => {
                cells.fill(values, |builder, _| builder.push(b"[bytes]"))
            }
        }?;
    }
    Ok(builder.finish())
}

/// How an integer of the file becomes a number: unsigned, decimal, or as it is.
fn integer(column: &ColumnDescriptor) -> impl Fn(&mut Builder, i64) + use<> {
    let unsigned = matches!(
        column.logical_type_ref(),
        Some(LogicalType::Integer(integer)) if !integer.is_signed
    ) || matches!(
        column.converted_type(),
        ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    );
    let narrow = column.physical_type() == Physical::INT32;
    let decimal = matches!(column.converted_type(), ConvertedType::DECIMAL)
        || matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)));
    let scale = if decimal { 10f64.powi(column.type_scale()) } else { 1.0 };
    move |builder, value| {
        // Whole numbers go in as text, so that keys longer than 2^53 stay exact.
        if decimal {
            builder.push_number(value as f64 / scale);
        } else if unsigned {
            let bits = value.cast_unsigned();
            let bits = if narrow { bits & u64::from(u32::MAX) } else { bits };
            builder.push(bits.to_string().as_bytes());
        } else {
            builder.push(value.to_string().as_bytes());
        }
    }
}

/// Puts one row group of a column into its builder.
struct Filler<'a> {
    builder: &'a mut Builder,
    present: i16,
    list: bool,
    rows: usize,
}

impl Filler<'_> {
    fn fill<T: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<T>,
        put: impl Fn(&mut Builder, &T::T),
    ) -> ParquetResult<()> {
        let mut values = Vec::new();
        let (mut levels, mut repeats): (Vec<i16>, Vec<i16>) = (Vec::new(), Vec::new());
        let mut left = self.rows;
        while left > 0 {
            values.clear();
            levels.clear();
            repeats.clear();
            let defined = Some(&mut levels).filter(|_| self.present > 0);
            let repeated = Some(&mut repeats).filter(|_| self.list);
            let (records, _, _) =
                reader.read_records(left.min(BATCH), defined, repeated, &mut values)?;
            if records == 0 {
                return Err(ParquetError::EOF("a column ends before its rows".to_string()));
            }
            let mut next = values.iter();
            for row in 0..records {
                if self.list {
                    self.builder.push(b"[...]");
                    continue;
                }
                let there = self.present == 0 || levels.get(row) == Some(&self.present);
                match next.as_slice().first().filter(|_| there) {
                    Some(value) => {
                        put(self.builder, value);
                        next.next();
                    }
                    None => self.builder.push(b""),
                }
            }
            left = left.saturating_sub(records);
        }
        Ok(())
    }
}
