//! Text models of LightGBM.
//!
//! In: a file, or a [`Forest`](super::Forest). Out: the other. A regression with one output on numeric
//! features is read; of anything else the file, line and cause are told.

mod lines;
mod read;
mod write;

pub(super) use read::read;
pub(super) use write::written;
