//! From a raw table to a checked one.
//!
//! In: a [`Table`] and a [`RoleSpec`]. Out: [`Runs`]. The filter acts before any check on cells, so
//! that rows which are not used cannot fail. Columns are moved, never copied.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cells::{Cells, quote};
use super::gaps::{complaint, settle};
use super::own::own_domains;
use super::resolve::{Purpose, Roles, resolve};
use super::roles::RoleSpec;
use super::table::Table;
use super::{RowCounts, Runs, Target, derive, group, mixture};
use crate::error::{Error, Result};

/// Checks a table and gives its columns their roles.
pub(super) fn assemble(mut table: Table, spec: &RoleSpec, purpose: Purpose) -> Result<Runs> {
    let joined_away = table.joined_away;
    let mut counts =
        RowCounts { read: table.rows() + joined_away, joined_away, ..RowCounts::default() };
    derive::derive(&mut table, &spec.derive)?;
    if let Some(formula) = &spec.filter {
        counts.filtered = derive::filter(&mut table, formula)?;
    }
    let roles = resolve(&table, spec, purpose)?;
    let own = own_domains(&table, &roles, &spec.own, purpose)?;
    counts.dropped_missing = settle(&mut table, &roles, spec.missing)?;
    counts.renormalised = mixture::normalise(&mut table, &roles.mixture, spec)?;
    counts.used = table.rows();
    if purpose == Purpose::Fit {
        mixture::refuse_unused(&table, &roles.mixture)?;
        refuse_constant(&table, &roles)?;
    }
    let groups = group::group(&mut table, &roles.by);
    let mut runs = hand_out(table, roles, &own);
    runs.groups = groups;
    runs.counts = counts;
    Ok(runs)
}

/// Refuses targets without values, and targets that never vary unless groups are fitted apart.
fn refuse_constant(table: &Table, roles: &Roles) -> Result<()> {
    for target in &roles.targets {
        let mut values = table.values(target.column).iter().filter(|x| !x.is_nan());
        let name = &table.columns[target.column].name;
        let place = table.file(target.column).column(name);
        let remedy = format!("leave the target out: --target '!{name}'");
        let Some(first) = values.next() else {
            return Err(Error::input(place, "the target has no value in any row used", remedy));
        };
        let others = values.clone().count();
        if roles.by.is_empty() && others > 0 && values.all(|x| x == first) {
            let cause = format!("the target is {first} in every row used: there is nothing to fit");
            return Err(Error::input(place, cause, remedy));
        }
    }
    Ok(())
}

fn hand_out(mut table: Table, roles: Roles, own: &[Option<usize>]) -> Runs {
    let mut runs = Runs {
        source: table.source(),
        lone_key: table.lone_key.take(),
        origins: table.columns.iter().map(|c| (c.name.clone(), c.source)).collect(),
        ..Runs::default()
    };
    let weight = roles.weight.map(|column| table.columns[column].name.clone());
    for named in roles.mixture {
        runs.mixture.push(Arc::new(take(&mut table, named.column)));
        runs.mixture_columns.push(table.columns[named.column].name.clone());
        runs.domains.push(named.domain);
    }
    for (named, &own) in roles.targets.into_iter().zip(own) {
        let values = Arc::new(take(&mut table, named.column));
        let column = table.columns[named.column].name.clone();
        runs.targets.push(Target { column, domain: named.domain, own, values });
    }
    let named = |name: &String| {
        runs.mixture_columns.contains(name) || runs.targets.iter().any(|t| t.column == *name)
    };
    let others: Vec<usize> =
        (0..table.columns.len()).filter(|&i| !named(&table.columns[i].name)).collect();
    (runs.inputs, runs.incomplete) = inputs(&mut table, &others);
    // The weight has been checked to be finite, so it is among the inputs.
    runs.weight = weight.and_then(|name| runs.inputs.get(&name).cloned());
    runs.row_numbers = table.sources.first().map_or_else(Vec::new, |s| s.rows.clone());
    runs.sources = table.sources;
    runs
}

/// Complete columns of numbers, and for the other columns the reason why they are none.
type Inputs = (BTreeMap<String, Arc<Vec<f64>>>, BTreeMap<String, String>);

fn inputs(table: &mut Table, columns: &[usize]) -> Inputs {
    let (mut complete, mut incomplete) = (BTreeMap::new(), BTreeMap::new());
    for &column in columns {
        let name = table.columns[column].name.clone();
        match reason(table, column) {
            None => drop(complete.insert(name, Arc::new(take(table, column)))),
            Some(reason) => drop(incomplete.insert(name, reason)),
        }
    }
    (complete, incomplete)
}

/// Why a column cannot be an input; nothing if it can.
fn reason(table: &mut Table, column: usize) -> Option<String> {
    if let Err(row) = table.columns[column].cells.make_numbers() {
        let Cells::Text(cells) = &table.columns[column].cells else { return None };
        let cell = quote(cells.get(row));
        return Some(format!("{}{cell} is not a number", table.place(column, row)));
    }
    let values = table.values(column);
    let row = values.iter().position(|x| !x.is_finite())?;
    let count = values.iter().filter(|x| !x.is_finite()).count();
    let (place, rows) = (table.place(column, row), values.len());
    Some(format!("{place}{} ({count} of {rows} rows have no number here)", complaint(values[row])))
}

fn take(table: &mut Table, column: usize) -> Vec<f64> {
    let cells = &mut table.columns[column].cells;
    match std::mem::replace(cells, Cells::Numbers(Vec::new())) {
        Cells::Numbers(values) => values,
        Cells::Text(_) => Vec::new(),
    }
}
