//! Honesty: how far the fits of a sweep can be trusted.
//!
//! In: a table, its fits ([`Case`]s) and their refits ([`Draws`]). Out: an [`HonestyReport`]. Every measure has a file of its
//! own; what cannot be measured says why.

mod along;
mod backtest;
mod case;
mod checklist;
mod errors;
mod gathered;
mod influence;
mod profiles;
mod residuals;
mod selection;
mod sensitivity;

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use along::Along;
pub use backtest::{Backtest, Backtests, Measures};
pub use case::Case;
pub use checklist::{Item, ItemState};
pub use errors::Errors;
pub use influence::{Influence, InfluentialRow, MARKED, Shift};
pub use residuals::{Against, Residuals, RowValue, Test};
pub use selection::{Ranked, Selection};
pub use sensitivity::{OtherLoss, Sensitivity};

use super::compare::Series;
use crate::engine::Watch;
use crate::engine::cpu::pass::Scratch;
use crate::error::{Error, Result};
use crate::fit::{Profile, ProfileOptions, Sloppiness, State, local, sloppiness};
use crate::problem::Forms;
use crate::report::draws::Draws;
use crate::report::honesty::HonestyReport;
use crate::runs::Runs;
use checklist::{Known, checklist};
use gathered::{Gathered, gather};
use sensitivity::Losses;

/// What to do, and what the checklist is to say of the sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct HonestyOptions {
    /// Coverage of the profiles' intervals.
    pub level: f64,
    /// Points of a profile; 0 for no profiles.
    pub points: usize,
    /// Fits with more free parameters than this have no profiles: a profile is some fifty refits a parameter.
    pub most_profiled: usize,
    /// Seed of starts and resamples.
    pub seed: u64,
    /// What the full fits ran on, in words; may be empty.
    pub engine: String,
    /// How resamples were drawn, in words, such as `runs with replacement`; may be empty.
    pub resampling: String,
}

impl Default for HonestyOptions {
    fn default() -> HonestyOptions {
        HonestyOptions {
            level: 0.95,
            points: 21,
            most_profiled: 12,
            seed: 0,
            engine: String::new(),
            resampling: String::new(),
        }
    }
}

/// How far one fit can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitHonesty {
    /// The law's name.
    pub law: String,
    /// The target's column.
    pub target: String,
    /// The group's key; empty without groups.
    pub group: String,
    /// The subset of rows; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// How the fit ended.
    pub status: State,
    /// Predictions of rows not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backtests: Option<Backtests>,
    /// Standard errors two ways.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Errors>,
    /// Profile likelihoods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
    /// Directions that the rows hardly determine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spectrum: Option<Sloppiness>,
    /// Rows that the answer hangs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub influence: Option<Influence>,
    /// What hangs on Huber's delta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    /// What residuals look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residuals: Option<Residuals>,
    /// What could not be said, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// A part that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Which.
    pub part: String,
    /// Why.
    pub why: String,
}

/// Says how far fits can be trusted. Without draws there are no tests on rows left out, no influence and no choices by
/// resamples; everything else is refitted here, each target and parameter on its own thread, with the same answer for any
/// number of threads.
///
/// # Errors
/// [`Error::Input`] for draws that cannot be read or are of other fits; [`Error::Interrupted`].
pub fn honesty(
    runs: &Runs,
    cases: &[Case],
    draws: Option<&Draws>,
    options: &HonestyOptions,
    watch: &Watch,
) -> Result<HonestyReport> {
    let gathered = gather(runs, cases, draws)?;
    let series = Series::new(runs);
    let losses = losses(cases);
    watch.expect(cases.len() as u64);
    let fits: Vec<Result<FitHonesty>> = cases
        .par_iter()
        .zip(&gathered)
        .zip(&losses)
        .map_init(Scratch::default, |scratch, ((case, gathered), losses)| {
            if watch.stopped() {
                return Err(Error::Interrupted);
            }
            let about = About { runs, series: &series, options, watch };
            let one = about.fit(case, gathered, losses.as_deref(), scratch);
            watch.advance(1);
            one
        })
        .collect();
    let fits = fits.into_iter().collect::<Result<Vec<_>>>()?;
    let known = Known { runs, cases, gathered: &gathered, fits: &fits, options };
    let checklist = checklist(&known);
    let selection = selection::selections(runs, cases, &gathered);
    Ok(HonestyReport { level: options.level, selection, fits, checklist })
}

/// The programs of each case with other losses; cases of one law share them.
fn losses(cases: &[Case]) -> Vec<Option<Arc<Losses>>> {
    let mut known: Vec<(*const Forms, Option<Arc<Losses>>)> = Vec::new();
    let each = cases.iter().map(|case| {
        let forms = Arc::as_ptr(&case.problem.forms);
        let found = known.iter().find(|(other, _)| *other == forms);
        if let Some((_, losses)) = found {
            return losses.clone();
        }
        let losses = Losses::new(&case.problem.forms).map(Arc::new);
        known.push((forms, losses.clone()));
        losses
    });
    each.collect()
}

/// What is the same for all fits.
struct About<'a> {
    runs: &'a Runs,
    series: &'a Series,
    options: &'a HonestyOptions,
    watch: &'a Watch,
}

impl About<'_> {
    fn fit(
        &self,
        case: &Case,
        gathered: &Gathered,
        losses: Option<&Losses>,
        scratch: &mut Scratch,
    ) -> Result<FitHonesty> {
        let mut fit = FitHonesty::new(self.runs, case);
        let Some(local) = local(case.problem, case.fit, scratch) else {
            fit.lacks("everything", case.fit.message.clone());
            return Ok(fit);
        };
        fit.backtests = backtest::backtests(case, gathered);
        if fit.backtests.is_none() {
            fit.lacks("backtests", "no refit was held against rows that it had not seen");
        }
        fit.errors = errors::errors(case, &local);
        fit.spectrum = Some(sloppiness(case.problem, case.fit, &local));
        fit.residuals = Some(residuals::residuals(self.runs, case, &local, &self.series.of));
        fit.influence = fit.part("influence", influence::influence(case, gathered));
        if let Some(losses) = losses {
            let sensitivity = sensitivity::sensitivity(case, losses, scratch);
            fit.sensitivity = fit.part("sensitivity", sensitivity);
        }
        self.profiles(case, &mut fit)?;
        Ok(fit)
    }

    fn profiles(&self, case: &Case, fit: &mut FitHonesty) -> Result<()> {
        let options = self.options;
        if options.points == 0 {
            fit.lacks("profiles", "they were not asked for");
            return Ok(());
        }
        if case.fit.theta.len() > options.most_profiled {
            let (count, most) = (case.fit.theta.len(), options.most_profiled);
            fit.lacks("profiles", format!("{count} free parameters are more than {most}"));
            return Ok(());
        }
        let how = ProfileOptions { level: options.level, points: options.points };
        for (label, profile) in profiles::profiles(case, &how, self.watch)? {
            let found = fit.part(&format!("profile of {label}"), profile);
            fit.profiles.extend(found);
        }
        Ok(())
    }
}

impl FitHonesty {
    fn new(runs: &Runs, case: &Case) -> FitHonesty {
        let (law, target, group, subset) = case.key(runs);
        FitHonesty {
            law: law.into(),
            target: target.into(),
            group: group.into(),
            subset: subset.into(),
            status: case.fit.state,
            backtests: None,
            errors: Vec::new(),
            profiles: Vec::new(),
            spectrum: None,
            influence: None,
            sensitivity: None,
            residuals: None,
            missing: Vec::new(),
        }
    }

    fn lacks(&mut self, part: &str, why: impl Into<String>) {
        self.missing.push(Missing { part: part.into(), why: why.into() });
    }

    /// The part, or a note of why it is not there.
    fn part<T>(&mut self, name: &str, part: std::result::Result<T, String>) -> Option<T> {
        part.map_err(|why| self.lacks(name, why)).ok()
    }
}
