//! How the refits of a sweep ended.
//!
//! In: draws. Out: [`Counts`] for each fit.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::Subject;
use crate::error::Result;
use crate::report::draws::{Change, Draw, Draws};
use crate::runs::Runs;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Resamples that were refitted.
    pub resamples: u64,
    /// Those that ended in a minimum, and so count.
    pub usable: u64,
    /// How resamples ended, by state.
    pub states: BTreeMap<String, u64>,
    /// Refits whose warm start was checked by a search from all starts.
    pub audited: u64,
    /// Of these, how many found a lower basin than the warm start.
    pub switched: u64,
    /// Of these, how many warm starts found a lower basin than all starts.
    pub missed: u64,
    /// Refits whose warm start led to no minimum, and that were searched from all starts.
    pub rescued: u64,
    /// Refits without some of the rows.
    pub left_out: u64,
}

impl Counts {
    fn add(&mut self, draw: &Draw) {
        match draw.change {
            Change::None => return,
            Change::Resample { .. } => {
                self.resamples += 1;
                self.usable += u64::from(draw.status.is_usable());
                *self.states.entry(draw.status.name().into()).or_default() += 1;
                let searched = draw.starts > 1 && draw.audit.is_none();
                self.rescued += u64::from(searched);
            }
            _ => self.left_out += 1,
        }
        if let Some(audit) = &draw.audit {
            self.audited += 1;
            self.switched += u64::from(audit.switched());
            self.missed += u64::from(audit.missed());
        }
    }
}

/// Which fit a draw is of.
pub(super) struct Places(HashMap<[String; 4], usize>);

impl Places {
    pub(super) fn new(runs: &Runs, subjects: &[Subject]) -> Places {
        Places(subjects.iter().enumerate().map(|(place, one)| (one.name(runs), place)).collect())
    }

    pub(super) fn of(&self, draw: &Draw) -> Option<usize> {
        let name = [&draw.law, &draw.target, &draw.group, &draw.subset].map(String::clone);
        self.0.get(&name).copied()
    }
}

/// Counts the refits of each fit.
pub(super) fn count(runs: &Runs, subjects: &[Subject], draws: &Draws) -> Result<Vec<Counts>> {
    let places = Places::new(runs, subjects);
    let mut counts = vec![Counts::default(); subjects.len()];
    draws.each(|draw| {
        if let Some(place) = places.of(&draw) {
            counts[place].add(&draw);
        }
        Ok(())
    })?;
    Ok(counts)
}
