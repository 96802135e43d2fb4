//! Formulas over the columns of a table: derived columns and row filters.
//!
//! In: a formula whose every name is a column. Out: its value in each row, in f64.

use std::collections::BTreeMap;

use super::bind::{Bound, Meaning, Scope, Symbol, bind};
use super::grammar::parse;
use crate::error::Result;

/// A formula whose names are columns of a table.
#[derive(Debug, Clone)]
pub struct RowFormula {
    bound: Bound,
    names: Vec<String>,
}

impl RowFormula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`crate::error::Error::Formula`], pointing at the character.
    pub fn parse(text: &str) -> Result<RowFormula> {
        let formula = parse(text)?;
        let meaning = |name: &str| if name == "pi" { Meaning::Unknown } else { Meaning::Input };
        let scope = Scope { domains: &[], sets: &BTreeMap::new(), meaning: &meaning, given: &[] };
        let bound = bind(&formula, &scope)?;
        let names = bound
            .symbols
            .iter()
            .filter_map(|symbol| match symbol {
                Symbol::Input(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        Ok(RowFormula { bound, names })
    }

    /// The columns that the formula reads, each once.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The formula's value in each of `rows` rows; `columns` in the order of [`RowFormula::names`].
    /// Comparisons give 1 or 0.
    pub fn evaluate(&self, columns: &[&[f64]], rows: usize) -> Vec<f64> {
        let graph = &self.bound.graph;
        let mut values = vec![0.0; graph.len()];
        let order = graph.needed(self.bound.root.as_slice());
        (0..rows)
            .map(|row| {
                let cell = |column: u32| columns[column as usize][row];
                for &id in &order {
                    values[id.index()] = graph.evaluate(id, &values, cell, |_| f64::NAN);
                }
                self.bound.root.map_or(f64::NAN, |root| values[root.index()])
            })
            .collect()
    }
}
