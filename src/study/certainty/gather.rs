//! The values of some quantities in the draws of a sweep.
//!
//! In: which quantities of which fits. Out: for each its values in the resamples, and in the refits that leave
//! out one of what resamples draw: a row, a mixture, or a value of a column.

use super::Subject;
use super::count::Places;
use crate::error::Result;
use crate::fit::Derived;
use crate::report::draws::{Change, Draw, Draws};
use crate::runs::Runs;

/// One quantity of one fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) subject: usize,
    pub(super) quantity: usize,
}

/// Its values.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    pub(super) resamples: Vec<f64>,
    pub(super) left_out: Vec<f64>,
}

/// Reads the draws once. `cluster` is what resamples draw, where that is not single rows.
pub(super) fn gather(
    runs: &Runs,
    subjects: &[Subject],
    wanted: &[Wanted],
    cluster: Option<&str>,
    draws: &Draws,
) -> Result<Vec<Values>> {
    let places = Places::new(runs, subjects);
    let mut of: Vec<Vec<(usize, usize)>> = vec![Vec::new(); subjects.len()];
    for (number, one) in wanted.iter().enumerate() {
        of[one.subject].push((number, one.quantity));
    }
    let mut gathered = vec![Values::default(); wanted.len()];
    let derived: Vec<Derived> =
        subjects.iter().map(|subject| Derived::new(&subject.part.model)).collect();
    draws.each(|draw| {
        let Some(place) = places.of(&draw).filter(|_| draw.status.is_usable()) else {
            return Ok(());
        };
        if of[place].is_empty() || !(is_resample(&draw) || is_of(&draw.change, cluster)) {
            return Ok(());
        }
        let Some(values) = subjects[place].values(&derived[place], &draw.parameters) else {
            return Ok(());
        };
        for &(number, quantity) in &of[place] {
            let into = &mut gathered[number];
            let list = if is_resample(&draw) { &mut into.resamples } else { &mut into.left_out };
            list.extend(Some(values[quantity]).filter(|value| value.is_finite()));
        }
        Ok(())
    })?;
    Ok(gathered)
}

fn is_resample(draw: &Draw) -> bool {
    matches!(draw.change, Change::Resample { .. })
}

/// Whether a change leaves out one of what resamples draw.
fn is_of(change: &Change, cluster: Option<&str>) -> bool {
    match (change, cluster) {
        (Change::WithoutRow { .. }, None) => true,
        (Change::WithoutMixture { .. }, Some("mixture")) => true,
        (Change::WithoutValue { column, .. }, Some(cluster)) => column == cluster,
        _ => false,
    }
}
