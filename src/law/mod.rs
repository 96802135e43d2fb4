//! Laws as formulas.

mod rows;

pub use rows::RowFormula;
