//! What a run costs.
//!
//! In: a number, or a formula over the run's inputs and shares. Out: a positive number a run.

use crate::error::{Error, Result};
use crate::law::RowFormula;

/// See the module.
#[derive(Debug, Clone)]
pub struct Cost {
    formula: RowFormula,
    text: String,
}

impl Cost {
    /// Reads a formula whose names are inputs or domains.
    ///
    /// # Errors
    /// [`Error::Formula`], pointing at the character.
    pub fn parse(text: &str) -> Result<Cost> {
        Ok(Cost { formula: RowFormula::parse(text)?, text: text.to_string() })
    }

    /// The inputs and domains that it reads.
    pub fn names(&self) -> &[String] {
        self.formula.names()
    }

    /// The cost of a run.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that is neither an input nor a domain, and for a cost that is not
    /// above zero.
    pub fn of(&self, domains: &[String], mixture: &[f64], inputs: &[(String, f64)]) -> Result<f64> {
        let known = |name: &String| {
            let input = inputs.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
            let share = || domains.iter().position(|domain| domain == name).map(|k| mixture[k]);
            input.or_else(share).ok_or_else(|| {
                let cause = format!("--cost '{}': there is no input or domain `{name}`", self.text);
                Error::usage(cause, format!("give its value: --scale {name}=VALUE"))
            })
        };
        let values: Vec<f64> = self.formula.names().iter().map(known).collect::<Result<_>>()?;
        let columns: Vec<&[f64]> = values.iter().map(std::slice::from_ref).collect();
        let cost = self.formula.evaluate(&columns, 1)[0];
        match cost > 0.0 && cost.is_finite() {
            true => Ok(cost),
            false => {
                let cause = format!("--cost '{}': a run would cost {cost}", self.text);
                Err(Error::usage(cause, "give a formula that is above zero for every run"))
            }
        }
    }
}
