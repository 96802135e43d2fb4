//! Whether there are tokens enough.
//!
//! In: a mixture, tokens a domain and the tokens of the run. Out: warnings that name domains.

use super::mix::Mix;
use super::quote::plain;
use crate::error::{Error, Result};

/// Warns of domains that would be seen more often than `repeat` allows, where the user told how
/// many tokens there are and how many are wanted.
pub(super) fn check(mix: &mut Mix<'_>) -> Result<()> {
    let most = mix.options.repeat.unwrap_or(1.0);
    let (Some(budget), Some(_)) = (mix.options.budget, &mix.options.tokens) else {
        return Ok(());
    };
    let mut short = Vec::new();
    for (domain, share) in mix.shares() {
        let times = share * budget / tokens(mix, domain)?;
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

/// The tokens of a domain.
///
/// # Errors
/// [`Error::Usage`] where `--tokens` is not given or does not have it.
pub(super) fn tokens(mix: &Mix<'_>, domain: &str) -> Result<f64> {
    let found = mix.options.tokens.as_ref().and_then(|counts| counts.of(domain));
    found.ok_or_else(|| {
        Error::usage(format!("--tokens has no number for `{domain}`"), "add one to the file")
    })
}
