//! The best of the mixtures that runs had.
//!
//! In: an [`Objective`], a [`Region`], the mixtures. Out: those allowed, best first (the `search`
//! proposer of olmix).

use super::{Answer, Found, Objective, Options, Region, not_finite};
use crate::error::{Error, Result};
use crate::report::mixture::Certificate;

/// # Errors
/// [`Error::Usage`] where none is allowed, [`Error::Input`] where none has a finite objective.
pub(super) fn observed(
    objective: &Objective,
    region: &Region,
    options: Options,
    mixtures: &[Vec<f64>],
) -> Result<Answer> {
    let allowed =
        |mixture: &&Vec<f64>| region.holds(mixture) && objective.is_within_limits(mixture);
    let allowed: Vec<&Vec<f64>> = mixtures.iter().filter(allowed).collect();
    if allowed.is_empty() {
        let cause = format!("none of {} observed mixtures meets the constraints", mixtures.len());
        return Err(Error::usage(cause, "loosen a constraint, or use another --method"));
    }
    let valued =
        |mixture: &&Vec<f64>| Found { value: objective.at(mixture), mixture: (*mixture).clone() };
    let mut found: Vec<Found> = allowed.iter().map(valued).collect();
    found.retain(|found| found.value.is_finite());
    if found.is_empty() {
        return Err(not_finite());
    }
    found.sort_by(|a, b| a.value.total_cmp(&b.value));
    found.truncate(options.top);
    let (some, all) = (allowed.len(), mixtures.len());
    let method =
        format!("observed: the best of {some} of {all} observed mixtures that are allowed");
    Ok(Answer::new(found, Certificate::None, method, some as u64))
}
