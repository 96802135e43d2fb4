//! Finds the columns that have a role.
//!
//! In: a [`RoleSpec`] and a table. Out: column numbers with domain names, or an error that names
//! the pattern which fits nothing.

use super::glob::starred;
use super::names::hint;
use super::roles::RoleSpec;
use super::table::Table;
use crate::error::{Error, Result};

/// What a table is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To fit laws: every target must be there and vary.
    Fit,
    /// To predict: targets may be absent, and a domain may be unused.
    Predict,
}

/// A column and the domain that its name speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) column: usize,
    pub(super) domain: String,
}

/// The columns with a role, by number.
#[derive(Debug, Default)]
pub(super) struct Roles {
    pub(super) mixture: Vec<Named>,
    pub(super) targets: Vec<Named>,
    pub(super) inputs: Vec<usize>,
    pub(super) by: Vec<usize>,
    pub(super) weight: Option<usize>,
}

/// Finds every column that the spec speaks of.
///
/// # Errors
/// [`Error::Usage`] for a pattern or name that fits no column, and for a column with two roles.
pub(super) fn resolve(table: &Table, spec: &RoleSpec, purpose: Purpose) -> Result<Roles> {
    let mixture = matching(table, &spec.mixture, "--mixture", true)?;
    let targets = matching(table, &spec.target, "--target", purpose == Purpose::Fit)?;
    let inputs = matching(table, &spec.input, "--input", true)?;
    let roles = Roles {
        mixture,
        targets,
        inputs: inputs.into_iter().map(|named| named.column).collect(),
        by: spec.by.iter().map(|name| single(table, name, "--by")).collect::<Result<_>>()?,
        weight: match &spec.weight {
            Some(name) => Some(single(table, name, "--weight")?),
            None => None,
        },
    };
    distinct_domains(table, &roles.mixture)?;
    distinct_roles(table, &roles)?;
    Ok(roles)
}

fn single(table: &Table, name: &str, flag: &str) -> Result<usize> {
    table.find(name).ok_or_else(|| {
        let cause = format!("{flag}: the table has no column `{name}`");
        Error::usage(cause + &hint(name, table.names()), format!("name a column: {flag} COLUMN"))
    })
}

/// The columns that some pattern takes in and none leaves out, pattern by pattern.
fn matching(table: &Table, patterns: &[String], flag: &str, must: bool) -> Result<Vec<Named>> {
    let mut found: Vec<Named> = Vec::new();
    let mut taken = vec![false; table.columns.len()];
    for pattern in patterns.iter().filter(|pattern| !pattern.starts_with('!')) {
        let matches = matches(table, pattern, flag)?;
        if matches.is_empty() && must {
            let cause = format!("{flag} '{pattern}' fits no column of the table");
            let cause = cause + &hint(&pattern.replace(['*', '?'], ""), table.names());
            return Err(Error::usage(cause, "check the pattern; `*` stands for any text"));
        }
        for named in matches {
            if !std::mem::replace(&mut taken[named.column], true) {
                found.push(named);
            }
        }
    }
    for pattern in patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')) {
        leave_out(table, pattern, flag, &mut found, must)?;
    }
    if found.is_empty() && must && !patterns.is_empty() {
        let cause = format!("{flag} leaves no column");
        return Err(Error::usage(cause, format!("name columns to take in: {flag} PATTERN")));
    }
    Ok(found)
}

fn leave_out(
    table: &Table,
    pattern: &str,
    flag: &str,
    found: &mut Vec<Named>,
    must: bool,
) -> Result<()> {
    let before = found.len();
    let out = matches(table, pattern, flag)?;
    found.retain(|named| out.iter().all(|other| other.column != named.column));
    // A domain may be left out by its own name.
    found.retain(|named| starred(pattern, &named.domain).is_none());
    if found.len() == before && must {
        let cause = format!("{flag} '!{pattern}' leaves nothing out");
        return Err(Error::usage(cause, "check the pattern, or remove it"));
    }
    Ok(())
}

fn matches(table: &Table, pattern: &str, flag: &str) -> Result<Vec<Named>> {
    let (source, pattern) = in_file(table, pattern, flag)?;
    let columns = table.columns.iter().enumerate();
    let found = columns.filter_map(|(number, column)| {
        if source.is_some_and(|source| column.shared || column.source != source) {
            return None;
        }
        let domain = starred(pattern, &column.name).filter(|domain| !domain.is_empty())?;
        Some(Named { column: number, domain })
    });
    Ok(found.collect())
}

/// Splits `@FILE:PATTERN` into the file's number and the pattern.
fn in_file<'a>(table: &Table, pattern: &'a str, flag: &str) -> Result<(Option<usize>, &'a str)> {
    let Some((file, rest)) = pattern.strip_prefix('@').and_then(|text| text.split_once(':')) else {
        return Ok((None, pattern));
    };
    let named = |path: &std::path::Path| {
        [path.file_name(), path.file_stem()].into_iter().flatten().any(|name| name == file)
    };
    let mut sources = (0..table.sources.len()).filter(|&i| named(&table.sources[i].path));
    match (sources.next(), sources.next()) {
        (Some(source), None) => Ok((Some(source), rest)),
        (found, _) => {
            let problem = if found.is_some() { "two tables are" } else { "no table is" };
            let cause = format!("{flag} '{pattern}': {problem} called `{file}`");
            let remedy = format!("the tables are {}", table.source());
            Err(Error::usage(cause, remedy))
        }
    }
}

fn distinct_domains(table: &Table, mixture: &[Named]) -> Result<()> {
    let mut seen = std::collections::HashMap::new();
    for named in mixture {
        if let Some(first) = seen.insert(named.domain.as_str(), named.column) {
            let cause = format!(
                "--mixture: the columns `{}` and `{}` both stand for the domain `{}`",
                table.columns[first].name, table.columns[named.column].name, named.domain
            );
            return Err(Error::usage(cause, "use patterns that tell the domains apart"));
        }
    }
    Ok(())
}

fn distinct_roles(table: &Table, roles: &Roles) -> Result<()> {
    let in_mixture = |column: usize| roles.mixture.iter().any(|named| named.column == column);
    let in_targets = |column: usize| roles.targets.iter().any(|named| named.column == column);
    let clash = |column: usize, both: &str| {
        let name = &table.columns[column].name;
        let cause = format!("the column `{name}` is both {both}");
        Err(Error::usage(cause, format!("leave it out of one: '!{name}'")))
    };
    if let Some(named) = roles.targets.iter().find(|named| in_mixture(named.column)) {
        return clash(named.column, "in the mixture and a target");
    }
    match roles.weight {
        Some(column) if in_mixture(column) => clash(column, "in the mixture and the row weight"),
        Some(column) if in_targets(column) => clash(column, "a target and the row weight"),
        _ => Ok(()),
    }
}
