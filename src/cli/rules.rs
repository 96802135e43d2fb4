//! The small languages of flags: `NAME=VALUE`, shares, weights, sums of shares.
//!
//! In: text from the command line. Out: what it says, or what is wrong with it.

use crate::error::{Error, Result};
use crate::search::{Demand, Group};

/// A demand on the share of one domain.
pub(super) fn demand(flag: &str, rule: &str, domains: &[String]) -> Result<Demand> {
    let (name, value) = named(flag, rule, share)?;
    let domain = domains.iter().position(|domain| *domain == name).ok_or_else(|| {
        Error::usage(
            format!("{flag} {rule}: there is no domain `{name}`"),
            format!("the domains are {}", domains.join(", ")),
        )
    })?;
    let ends = match flag {
        "--max" => [None, Some(value)],
        "--fix" => [Some(value); 2],
        _ => [Some(value), None],
    };
    Ok(Demand { domain, ends, words: format!("{flag} {rule}") })
}

/// A sum of shares with an end: `web+cc<=0.6`.
pub(super) fn group(rule: &str, domains: &[String]) -> Result<Group> {
    let wrong = |why: String| {
        let cause = format!("--group '{rule}': {why}");
        Error::usage(cause, "write for example --group 'web+cc<=0.6'")
    };
    let signs = [("<=", [false, true]), (">=", [true, false]), ("=", [true, true])];
    let cut = signs.iter().find_map(|(sign, ends)| Some((rule.split_once(sign)?, ends)));
    let ((sum, end), ends) = cut.ok_or_else(|| wrong("there is no <=, >= or =".into()))?;
    let end = share(end.trim()).map_err(|why| wrong(why.into()))?;
    let mut chosen = Vec::new();
    for name in sum.split('+').map(str::trim) {
        let place = domains.iter().position(|domain| domain == name);
        let place = place.ok_or_else(|| {
            wrong(format!("there is no domain `{name}`, only {}", domains.join(", ")))
        })?;
        if chosen.contains(&place) {
            return Err(wrong(format!("`{name}` is there twice")));
        }
        chosen.push(place);
    }
    let ends = ends.map(|wanted| wanted.then_some(end));
    Ok(Group { domains: chosen, ends, words: format!("--group '{rule}'") })
}

/// Takes `NAME=VALUE` apart; the name may hold `=` itself.
pub(super) fn named<T>(
    flag: &str,
    rule: &str,
    parse: impl Fn(&str) -> std::result::Result<T, &'static str>,
) -> Result<(String, T)> {
    let wrong = |why: &str| {
        Error::usage(
            format!("{flag} '{rule}': {why}"),
            format!("write for example {flag} NAME=0.5"),
        )
    };
    let (name, value) = rule.rsplit_once('=').ok_or_else(|| wrong("there is no `=`"))?;
    let value = parse(value.trim()).map_err(wrong)?;
    Ok((name.trim().to_string(), value))
}

pub(super) fn number(text: &str) -> std::result::Result<f64, &'static str> {
    text.parse().ok().filter(|x: &f64| x.is_finite()).ok_or("the value is not a number")
}

pub(super) fn share(text: &str) -> std::result::Result<f64, &'static str> {
    let share = number(text)?;
    (0.0..=1.0).contains(&share).then_some(share).ok_or("a share is between 0 and 1")
}

/// A weight such as `2` or `7/52`.
pub(super) fn weight(text: &str) -> std::result::Result<f64, &'static str> {
    let value = match text.split_once('/') {
        Some((part, whole)) => number(part.trim())? / number(whole.trim())?,
        None => number(text)?,
    };
    (value >= 0.0 && value.is_finite()).then_some(value).ok_or("a weight is a number of at least 0")
}

/// Refuses a number that is not above zero.
pub(super) fn positive(flag: &str, value: f64) -> Result<()> {
    match value > 0.0 && value.is_finite() {
        true => Ok(()),
        false => {
            let cause = format!("{flag} {value} is not positive");
            Err(Error::usage(cause, "give a number above 0"))
        }
    }
}
