//! What the draws of a sweep say of every parameter: standard errors and intervals.
//!
//! In: the full fits, and the draws as they were written. Out: a [`Known`] for each fit. The draws are read as
//! often as it takes, so that no more than [`MOST_HELD`] of their numbers are held at a time: memory does not
//! grow with the number of resamples.

mod count;
mod gather;
mod interval;

pub use count::Counts;
pub use interval::{Bootstrapped, LEVELS};

use crate::error::Result;
use crate::fit::{Derived, Estimate};
use crate::report::draws::Draws;
use crate::runs::Runs;
use crate::study::sweep::{Part, Slot, SweepSection};
use gather::{Wanted, gather};

/// Numbers of draws held at a time, unless one quantity alone has more.
pub const MOST_HELD: usize = 1 << 21;

/// What is known of one fit.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// How the refits ended.
    pub counts: Counts,
    /// Parameters, and then what the law derives from them: label, estimate of the full fit, and what the
    /// resamples say.
    pub quantities: Vec<(String, Estimate, Option<Bootstrapped>)>,
    /// How many of the quantities are parameters.
    pub parameters: usize,
}

/// A fit of a sweep.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its law and subset.
    pub part: &'a Part,
    /// Its target and group.
    pub slot: &'a Slot,
}

impl Subject<'_> {
    /// Law, target, group and subset, as draws name them.
    fn name(&self, runs: &Runs) -> [String; 4] {
        [
            self.part.model.law.name.clone(),
            runs.targets[self.slot.target].column.clone(),
            runs.groups[self.slot.group].key.clone(),
            self.part.subset.clone(),
        ]
    }

    /// Estimates of the full fit.
    fn quantities(&self) -> Vec<(String, Estimate)> {
        let fit = &self.slot.fit;
        fit.parameters.iter().chain(&fit.derived).cloned().collect()
    }

    /// The same of a draw, as numbers; none where its parameters are not those of the fit.
    fn values(&self, derived: &Derived, parameters: &[(String, f64)]) -> Option<Vec<f64>> {
        let fit = &self.slot.fit;
        let same = fit
            .parameters
            .iter()
            .map(|(label, _)| label)
            .eq(parameters.iter().map(|(label, _)| label));
        let mut values: Vec<f64> = parameters.iter().map(|(_, value)| *value).collect();
        if !fit.derived.is_empty() && same {
            let derived: Vec<f64> = derived.values(&values).collect();
            values.extend(derived);
        }
        same.then_some(values)
    }
}

/// Reads the draws and says what is known of every fit, in the order of the parts and their slots.
///
/// # Errors
/// As [`Draws::each`].
pub fn known(
    runs: &Runs,
    parts: &[Part],
    section: &SweepSection,
    draws: &Draws,
) -> Result<Vec<Known>> {
    let subjects: Vec<Subject> = parts
        .iter()
        .flat_map(|part| part.slots.iter().map(move |slot| Subject { part, slot }))
        .collect();
    let mut known: Vec<Known> = count::count(runs, &subjects, draws)?
        .into_iter()
        .zip(&subjects)
        .map(|(counts, subject)| {
            let quantities = subject.quantities().into_iter();
            Known {
                counts,
                quantities: quantities.map(|(label, estimate)| (label, estimate, None)).collect(),
                parameters: subject.slot.fit.parameters.len(),
            }
        })
        .collect();
    if section.drawn() > 0 {
        bootstrap(runs, &subjects, section, draws, &mut known)?;
    }
    Ok(known)
}

fn bootstrap(
    runs: &Runs,
    subjects: &[Subject],
    section: &SweepSection,
    draws: &Draws,
    known: &mut [Known],
) -> Result<()> {
    let mut left: Vec<Wanted> = Vec::new();
    for (place, one) in known.iter().enumerate() {
        let quantities = (0..one.quantities.len()).filter(|&k| one.quantities[k].1.value.is_some());
        let free = quantities.filter(|&k| !one.quantities[k].1.held);
        left.extend(free.map(|quantity| Wanted { subject: place, quantity }));
    }
    let most = usize::try_from(section.resamples).unwrap_or(usize::MAX).max(1);
    for batch in left.chunks((MOST_HELD / most).max(1)) {
        let gathered = gather(runs, subjects, batch, section.cluster.as_deref(), draws)?;
        for (wanted, values) in batch.iter().zip(gathered) {
            let (_, estimate, found) = &mut known[wanted.subject].quantities[wanted.quantity];
            *found = Bootstrapped::new(estimate.value.unwrap_or(f64::NAN), values, section.level);
        }
    }
    Ok(())
}
