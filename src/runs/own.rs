//! The domain that a target is measured on.
//!
//! In: targets and domains by name, and the user's own rules. Out: for each target the number of its
//! domain. Names decide only where they are equal; nothing is guessed.

use super::names::hint;
use super::resolve::{Named, Purpose, Roles};
use super::table::Table;
use crate::error::{Error, Result};

/// For each target, the number of the domain that it is measured on.
///
/// # Errors
/// [`Error::Usage`] for an `own` that names no target or no domain.
pub(super) fn own_domains(
    table: &Table,
    roles: &Roles,
    own: &[String],
    purpose: Purpose,
) -> Result<Vec<Option<usize>>> {
    let mut found: Vec<Option<usize>> =
        roles.targets.iter().map(|target| domain_of(&target.domain, &roles.mixture)).collect();
    for rule in own {
        let Some((target, domain)) = rule.rsplit_once('=') else {
            let cause = format!("--own '{rule}' does not have the form TARGET=DOMAIN");
            return Err(Error::usage(cause, "write for example --own my_loss=arxiv"));
        };
        let (target, domain) = (target.trim(), domain.trim());
        let number = own_domain(table, roles, rule, domain)?;
        let mut used = false;
        for (named, own) in roles.targets.iter().zip(&mut found) {
            if named.domain == target || table.columns[named.column].name == target {
                *own = number;
                used = true;
            }
        }
        if !used && purpose == Purpose::Fit {
            let names = roles.targets.iter().map(|named| table.columns[named.column].name.as_str());
            let cause = format!("--own '{rule}': no target is called `{target}`");
            return Err(Error::usage(cause + &hint(target, names), "name a target of --target"));
        }
    }
    Ok(found)
}

fn own_domain(table: &Table, roles: &Roles, rule: &str, domain: &str) -> Result<Option<usize>> {
    if domain.is_empty() {
        return Ok(None);
    }
    let is = |named: &Named| named.domain == domain || table.columns[named.column].name == domain;
    let found = roles.mixture.iter().position(is);
    found.map(Some).ok_or_else(|| {
        let names = roles.mixture.iter().map(|named| named.domain.as_str());
        let cause = format!("--own '{rule}': the mixture has no domain `{domain}`");
        Error::usage(cause + &hint(domain, names), "name a domain of --mixture")
    })
}

/// The domain with this name, else the only one that differs from it in case alone.
fn domain_of(name: &str, mixture: &[Named]) -> Option<usize> {
    if let Some(exact) = mixture.iter().position(|named| named.domain == name) {
        return Some(exact);
    }
    let folded = name.to_lowercase();
    let mut same = (0..mixture.len()).filter(|&i| mixture[i].domain.to_lowercase() == folded);
    match (same.next(), same.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}
