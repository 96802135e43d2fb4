//! Stands in for the Parquet reader in builds without it.
//!
//! In: a `.parquet` file. Out: the reason why it is not read.

use std::path::Path;

use super::reader::{Source, Stop};

/// Refuses the file.
pub(super) fn read(_path: &Path, _source: &mut Source<'_>, _row: &mut u64) -> Result<(), Stop> {
    let cause = "this build cannot read Parquet; install with \
                 `cargo install mixlaw --features parquet`";
    Err(Stop::Broken(cause.to_string()))
}
