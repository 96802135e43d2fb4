//! Stands in for the Parquet writer in builds without it.
//!
//! In: draws. Out: an error that says which build writes them.

use std::path::Path;

use super::draws::Draws;
use crate::error::{Error, Result};

/// Refuses.
///
/// # Errors
/// Always.
pub fn write_parquet(_draws: &Draws, _labels: &[String], path: &Path) -> Result<()> {
    Err(Error::output(
        path,
        "this build cannot write Parquet",
        "install with `cargo install mixlaw --features parquet`; draws.jsonl has the same",
    ))
}
