//! Stands in for the Parquet reader in builds without it.
//!
//! In: a `.parquet` file. Out: an error that says which build reads it.

use std::path::Path;

use super::table::Table;
use crate::error::{Error, Place, Result};

/// Refuses the file.
///
/// # Errors
/// Always.
pub(super) fn read(path: &Path, _exact: &[&str]) -> Result<Table> {
    Err(Error::input(
        Place::file(path),
        "this build cannot read Parquet",
        "install with `cargo install mixlaw --features parquet`, or write the table as CSV",
    ))
}
