//! Where the text of domains comes from.
//!
//! In: paths as the user gives them. Out: files in a fixed order, each with its form, and from
//! them chunks of records.

mod domains;
mod form;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "parquet_off.rs"]
mod parquet;
mod paths;
mod reader;

pub use domains::{Domain, domains};
pub(super) use reader::{Chunk, Place as Row, Reader, Reading, Trouble};
