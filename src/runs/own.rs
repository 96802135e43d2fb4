//! The domain that a target is measured on.
//!
//! In: targets and domains by name, and the user's own rules. Out: for each target the number of its
//! domain. Names decide where they are equal, or where the target's name has the name of exactly
//! one domain in it as a whole word; nothing is guessed.

use std::ops::Range;

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
    let mut found: Vec<Option<usize>> = roles
        .targets
        .iter()
        .map(|target| {
            let named = || named_in(&table.columns[target.column].name, &roles.mixture);
            domain_of(&target.domain, &roles.mixture).or_else(named)
        })
        .collect();
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

/// The only domain whose name stands in a column's name as a whole word, case aside.
fn named_in(column: &str, mixture: &[Named]) -> Option<usize> {
    let column = column.to_lowercase();
    let found: Vec<(Range<usize>, usize)> = mixture
        .iter()
        .enumerate()
        .flat_map(|(number, named)| {
            words(&column, &named.domain).into_iter().map(move |span| (span, number))
        })
        .collect();
    // In `pile_cc_loss` the domain is `pile_cc`, although `cc` stands there as well.
    let covered = |inner: &Range<usize>| {
        found.iter().any(|(outer, _)| {
            outer.start <= inner.start && inner.end <= outer.end && outer.len() > inner.len()
        })
    };
    let mut domains = found.iter().filter(|(span, _)| !covered(span)).map(|&(_, number)| number);
    let first = domains.next()?;
    domains.all(|other| other == first).then_some(first)
}

/// Where `word` stands in `text` between characters that are neither letters nor digits.
fn words(text: &str, word: &str) -> Vec<Range<usize>> {
    let apart = |next: Option<char>| next.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(&word.to_lowercase())
        .map(|(start, found)| start..start + found.len())
        .filter(|span| apart(text[..span.start].chars().next_back()))
        .filter(|span| apart(text[span.end..].chars().next()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(column: &str, domains: &[&str]) -> Option<usize> {
        let named = |domain: &&str| Named { column: 0, domain: (*domain).to_string() };
        named_in(column, &domains.iter().map(named).collect::<Vec<_>>())
    }

    #[test]
    fn a_domain_may_stand_in_the_name_as_a_whole_word() {
        assert_eq!(domain("arxiv_loss", &["book", "arxiv"]), Some(1));
        assert_eq!(domain("eval/loss-ArXiv.mean", &["book", "arxiv"]), Some(1));
        assert_eq!(domain("arxiv", &["book", "arxiv"]), Some(1));
        assert_eq!(domain("loss_é", &["e", "É"]), Some(1));
        assert_eq!(domain("arxiv2_loss", &["arxiv"]), None);
        assert_eq!(domain("textbook_loss", &["book"]), None);
        assert_eq!(domain("mean_loss", &["book", "arxiv"]), None);
    }

    #[test]
    fn the_longest_name_wins_and_two_names_say_nothing() {
        assert_eq!(domain("the_pile_cc_loss", &["cc", "pile_cc"]), Some(1));
        assert_eq!(domain("cc_loss_on_cc", &["cc", "pile_cc"]), Some(0));
        assert_eq!(domain("pile_cc_after_cc", &["cc", "pile_cc"]), None);
        assert_eq!(domain("arxiv_minus_book", &["book", "arxiv"]), None);
        assert_eq!(domain("a_b_c", &["a_b", "b_c"]), None);
    }
}
