//! Chooses the reader of each file and joins the tables.
//!
//! In: paths. Out: one raw [`Table`].

use std::path::{Path, PathBuf};

use super::join::{KEYS, join};
#[cfg(feature = "parquet")]
use super::parquet;
#[cfg(not(feature = "parquet"))]
use super::parquet_off as parquet;
use super::roles::RoleSpec;
use super::table::Table;
use super::{csv, jsonl};
use crate::error::{Error, Result};

/// Reads and joins the tables at `paths`.
///
/// # Errors
/// [`Error::Input`] for files that cannot be read or joined, [`Error::Usage`] for no path or a
/// join column that is not there.
pub fn read_table(paths: &[PathBuf], key: Option<&str>, spec: &RoleSpec) -> Result<Table> {
    let mut exact: Vec<&str> = spec.by.iter().map(String::as_str).collect();
    if paths.len() > 1 {
        exact.extend(key.map_or(KEYS.as_slice(), |_| &[]));
        exact.extend(key);
    }
    let mut tables = paths.iter().map(|path| read_file(path, &exact));
    let Some(first) = tables.next() else {
        return Err(Error::usage("no run table is given", "name one or more files"));
    };
    tables.try_fold(first?, |table, next| join(table, next?, key))
}

/// Reads one file by the ending of its name: `.tsv`, `.jsonl`, `.ndjson`, `.parquet`, else CSV.
fn read_file(path: &Path, exact: &[&str]) -> Result<Table> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("tsv") => csv::read(path, b'\t', exact),
        Some("jsonl" | "ndjson") => jsonl::read(path, exact),
        Some("parquet") => parquet::read(path, exact),
        _ => csv::read(path, b',', exact),
    }
}
