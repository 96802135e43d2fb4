//! Draws as a Parquet file, one column a parameter, for those who read them elsewhere.
//!
//! In: the lines of draws, and the labels of the parameters. Out: a file, written whole or not at all, with as
//! many rows as there are lines and never more than a row group of them in memory.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::draws::{Change, Draw, Draws};
use crate::error::{Error, Result};

/// Rows of a row group.
const GROUP: usize = 1 << 16;

/// A column: its name, and what of a draw stands in it.
struct Column {
    name: String,
    cell: Cell,
}

/// A number of a draw, where it has it.
type Number = Box<dyn Fn(&Draw) -> Option<f64>>;

/// What of a draw stands in a column; nothing where it has none.
enum Cell {
    Whole(fn(&Draw) -> Option<i64>),
    Number(Number),
    Text(fn(&Draw) -> Option<String>),
}

/// Writes the draws as Parquet.
///
/// # Errors
/// [`Error::Output`] where the file cannot be written; those of reading the draws.
pub fn write_parquet(draws: &Draws, labels: &[String], path: &Path) -> Result<()> {
    let columns = columns(labels);
    let fail = |e: ParquetError| {
        Error::output(path, format!("cannot write: {e}"), "check the folder and free space")
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder)
        .map_err(|e| Error::output(path, format!("cannot write: {e}"), "check the folder"))?;
    let handle = file.reopen().map_err(|e| fail(ParquetError::External(Box::new(e))))?;
    let mut writer = writer(handle, &columns).map_err(fail)?;
    let mut waiting: Vec<Draw> = Vec::new();
    draws.each(|draw| {
        waiting.push(draw);
        if waiting.len() == GROUP {
            group(&mut writer, &columns, &waiting).map_err(fail)?;
            waiting.clear();
        }
        Ok(())
    })?;
    if !waiting.is_empty() {
        group(&mut writer, &columns, &waiting).map_err(fail)?;
    }
    writer.close().map_err(fail)?;
    crate::store::keep(file, path)
}

fn columns(labels: &[String]) -> Vec<Column> {
    let column = |name: &str, cell| Column { name: name.into(), cell };
    let number = |f: fn(&Draw) -> Option<f64>| Cell::Number(Box::new(f));
    let mut columns = vec![
        column("unit", Cell::Whole(|draw| i64::try_from(draw.unit).ok())),
        column("law", Cell::Text(|draw| Some(draw.law.clone()))),
        column("target", Cell::Text(|draw| Some(draw.target.clone()))),
        column("group", Cell::Text(|draw| Some(draw.group.clone()))),
        column("subset", Cell::Text(|draw| Some(draw.subset.clone()))),
        column("change", Cell::Text(|draw| Some(change(draw).0.into()))),
        column("number", Cell::Whole(|draw| change(draw).1)),
        column("column", Cell::Text(|draw| change(draw).2)),
        column("value", number(|draw| change(draw).3)),
        column("starts", Cell::Whole(|draw| i64::try_from(draw.starts).ok())),
        column("status", Cell::Text(|draw| Some(draw.status.name().into()))),
        column("objective", number(|draw| draw.objective)),
        column("warm_objective", number(|draw| draw.audit.and_then(|audit| audit.warm))),
        column("searched_objective", number(|draw| draw.audit.and_then(|audit| audit.searched))),
        column("held", Cell::Text(|draw| serde_json::to_string(draw.held.as_ref()?).ok())),
    ];
    columns.extend(labels.iter().map(|label| {
        let wanted = label.clone();
        let value = move |draw: &Draw| {
            draw.parameters.iter().find(|(label, _)| *label == wanted).map(|(_, value)| *value)
        };
        column(label, Cell::Number(Box::new(value)))
    }));
    columns
}

/// The name of a change, its number or row, and its column and value.
fn change(draw: &Draw) -> (&'static str, Option<i64>, Option<String>, Option<f64>) {
    let whole = |number: u64| i64::try_from(number).ok();
    match &draw.change {
        Change::None => ("none", None, None, None),
        Change::Resample { number } => ("resample", whole(*number), None, None),
        Change::WithoutRow { row } => ("without-row", whole(*row), None, None),
        Change::WithoutMixture { row } => ("without-mixture", whole(*row), None, None),
        Change::WithoutValue { column, value } => {
            ("without-value", None, Some(column.clone()), Some(*value))
        }
        Change::UpTo { column, value } => ("up-to", None, Some(column.clone()), Some(*value)),
    }
}

fn writer(file: File, columns: &[Column]) -> ParquetResult<SerializedFileWriter<File>> {
    let field = |column: &Column| -> ParquetResult<Arc<Type>> {
        let (physical, logical) = match column.cell {
            Cell::Whole(_) => (Physical::INT64, None),
            Cell::Number(_) => (Physical::DOUBLE, None),
            Cell::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    };
    let fields = columns.iter().map(field).collect::<ParquetResult<Vec<_>>>()?;
    let schema = Type::group_type_builder("draws").with_fields(fields).build()?;
    let compression = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(compression).build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
}

fn group(
    writer: &mut SerializedFileWriter<File>,
    columns: &[Column],
    draws: &[Draw],
) -> ParquetResult<()> {
    let mut rows = writer.next_row_group()?;
    for column in columns {
        let Some(mut into) = rows.next_column()? else { break };
        match &column.cell {
            Cell::Whole(cell) => {
                let (values, levels) = optional(draws, cell);
                into.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
            }
            Cell::Number(cell) => {
                let (values, levels) = optional(draws, cell);
                into.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
            }
            Cell::Text(cell) => {
                let text = |draw: &Draw| cell(draw).map(|text| ByteArray::from(text.into_bytes()));
                let (values, levels) = optional(draws, text);
                into.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
            }
        }
        into.close()?;
    }
    rows.close()?;
    Ok(())
}

/// The values that are there, and for each row whether it has one.
fn optional<T>(draws: &[Draw], cell: impl Fn(&Draw) -> Option<T>) -> (Vec<T>, Vec<i16>) {
    let cells: Vec<Option<T>> = draws.iter().map(cell).collect();
    let levels = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    (cells.into_iter().flatten().collect(), levels)
}
