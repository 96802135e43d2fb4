//! Whether anything can be learnt from samples.
//!
//! In: [`Samples`]. Out: nothing, or an error that names the run.

use super::Samples;
use crate::error::{Error, Place, Result};

impl Samples {
    /// Refuses samples without runs or domains, and numbers that are not finite.
    ///
    /// # Errors
    /// [`Error::Input`] that says what is wrong, and with which run (counted from 1).
    pub fn check(&self) -> Result<()> {
        let nowhere = Place::default();
        if self.is_empty() {
            return Err(Error::input(nowhere, "there are no runs to learn from", "give some"));
        }
        if self.domains == 0 || self.mixtures.len() != self.len() * self.domains {
            let cause = format!(
                "{} shares are not {} mixtures of {} domains",
                self.mixtures.len(),
                self.len(),
                self.domains
            );
            return Err(Error::input(nowhere, cause, "give every run a share of every domain"));
        }
        for (run, (mixture, target)) in self.rows().zip(&self.target).enumerate() {
            if let Some(number) = mixture.iter().chain([target]).find(|x| !x.is_finite()) {
                let cause = format!("{number} is not a finite number");
                let remedy = "leave the run out, or correct its shares or its target";
                return Err(Error::input(nowhere.row(run + 1), cause, remedy));
            }
        }
        Ok(())
    }

    /// Whether every run has the same target, so that only a constant can be learnt.
    pub(super) fn is_constant(&self) -> bool {
        self.target.iter().all(|y| *y == self.target[0])
    }
}
