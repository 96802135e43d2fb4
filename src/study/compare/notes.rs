//! What a reader of a comparison should know about its tables.
//!
//! In: tables, contenders and schemes. Out: sentences on rounding, joins, missing cells, mixtures that
//! are there twice, and contenders that see the test.

use super::near::{NEAR, kinds, near_rows};
use super::splits::mixtures;
use super::{Contender, PAPER_LEAKS, Scheme};
use crate::runs::{Runs, Target};

/// The sentences.
pub fn notes(runs: &Runs, contenders: &[Contender], schemes: &[Scheme]) -> Vec<String> {
    let mut notes = about(runs);
    for table in schemes.iter().filter_map(|scheme| scheme.table.as_deref()) {
        notes.extend(about(table));
        notes.extend(known(runs, table));
    }
    let leaks = contenders.iter().filter(|contender| contender.leaks());
    notes.extend(leaks.map(|contender| format!("{}: {PAPER_LEAKS}", contender.name)));
    let stops = schemes.iter().filter_map(|scheme| scheme.stops.as_deref()).next();
    notes.extend(stops.map(|table| format!("trees stop on {} in every test", table.source)));
    notes
}

/// What a table says of itself.
fn about(runs: &Runs) -> Vec<String> {
    let (counts, source) = (runs.counts, &runs.source);
    let counted = [
        (counts.renormalised, "rows did not sum to 1 exactly and were divided by their sums"),
        (counts.dropped_missing, "rows with an empty cell of the mixture were left out"),
    ];
    let mut notes: Vec<String> = counted
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{source}: {count} {what}"))
        .collect();
    notes.extend(runs.lone_key.as_ref().map(|key| {
        let count = counts.joined_away;
        format!("{source}: {count} keys stand in one file only and were left out, such as {key}")
    }));
    let near = near_rows(&mixtures(runs));
    if near > 0 {
        notes.push(format!(
            "{source}: {near} mixtures differ from another by no more than {NEAR} in any share; \
             folds keep them on one side"
        ));
    }
    notes.extend(runs.targets.iter().filter_map(|target| gaps(source, target)));
    notes
}

fn gaps(source: &str, target: &Target) -> Option<String> {
    let missing = target.values.iter().filter(|value| value.is_nan()).count();
    let (name, rows) = (&target.column, target.values.len());
    (missing > 0).then(|| format!("{source}: {missing} of {rows} rows have no `{name}`"))
}

/// Whether runs of the test were learnt from.
fn known(runs: &Runs, table: &Runs) -> Option<String> {
    let both: Vec<Vec<f64>> = mixtures(runs).into_iter().chain(mixtures(table)).collect();
    let kinds = kinds(&both);
    let last = kinds[..runs.len()].iter().max()?;
    let count = kinds[runs.len()..].iter().filter(|kind| *kind <= last).count();
    let (source, rows) = (&table.source, table.len());
    (count > 0).then(|| {
        format!("{source}: the mixtures of {count} of {rows} rows are among those learnt from")
    })
}
