//! mixlaw fits data-mixing and scaling laws to tables of language-model training runs.
//!
//! Data moves one way, and a room uses only rooms above it in this list.

pub mod error;
pub mod law;
pub mod runs;
