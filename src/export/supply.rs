//! Whether there are tokens enough.
//!
//! In: a mixture, tokens a domain and the tokens of the run. Out: warnings that name domains.

use super::maps::Counts;
use super::mix::Mix;
use super::quote::plain;
use crate::error::{Error, Result};

/// Warns of domains that would be seen more often than `repeat` allows, where the user told how
/// many tokens there are and how many are wanted.
pub(super) fn check(mix: &mut Mix<'_>) -> Result<()> {
    let most = mix.options.repeat.unwrap_or(1.0);
    let (Some(budget), Some(tokens)) = (mix.options.budget, &mix.options.tokens) else {
        return Ok(());
    };
    let mut short = Vec::new();
    for (domain, share) in mix.shares() {
        let times = times(share, domain, budget, tokens)?;
        if times > most {
            short.push(format!("`{domain}` would be seen {times:.2} times"));
        }
    }
    if !short.is_empty() {
        let (times, names) = (plain(most), short.join(", "));
        mix.warn(format!("more than the {times} times that are allowed: {names}; see --repeat"));
    }
    Ok(())
}

/// How often the run sees the tokens of a domain.
pub(super) fn times(share: f64, domain: &str, budget: f64, tokens: &Counts) -> Result<f64> {
    let times = share * budget / tokens.of(domain)?;
    match times.is_finite() {
        true => Ok(times),
        false => Err(Error::usage(
            format!("the tokens of `{domain}` would be seen without end"),
            "check --tokens and --budget",
        )),
    }
}
