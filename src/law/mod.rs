//! Laws as formulas: text in, expression graphs, their derivatives and programs out.

pub mod bind;
mod bounded_wgsl;
pub mod catalogue;
pub mod derivative;
mod evaluate;
pub mod file;
pub mod grammar;
pub mod graph;
mod lexer;
pub mod model;
pub(crate) mod products;
pub mod program;
mod rows;
pub mod syntax;
pub mod wgsl;

pub use file::Law;
pub use model::{Changes, Model, Parameter};
pub use rows::RowFormula;
