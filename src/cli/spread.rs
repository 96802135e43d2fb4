//! The draws of a sweep, for every command that says how sure its answer is.

use std::path::PathBuf;

use clap::Args;

use crate::error::Result;
use crate::report::draws::Draws;
use crate::search::check_level;

/// What part of an interval a user wants who does not say.
const LEVEL: f64 = 0.9;

/// A file of draws and a level.
#[derive(Debug, Args)]
pub(super) struct SpreadArgs {
    /// The draws.jsonl of `mixlaw sweep`: how sure the answer is
    #[arg(long = "draws", value_name = "FILE", help_heading = "Uncertainty")]
    file: Option<PathBuf>,
    /// What part of the resamples an interval holds (with --draws) [default: 0.9]
    #[arg(long, value_name = "PART", requires = "file", help_heading = "Uncertainty")]
    level: Option<f64>,
}

impl SpreadArgs {
    /// Whether a file of draws is given.
    pub(super) fn asks(&self) -> bool {
        self.file.is_some()
    }

    /// The draws and the level, where they are asked for.
    pub(super) fn open(&self) -> Result<Option<(Draws, f64)>> {
        let level = self.level.unwrap_or(LEVEL);
        check_level(level)?;
        let Some(file) = &self.file else { return Ok(None) };
        Ok(Some((Draws::open(file)?, level)))
    }
}
