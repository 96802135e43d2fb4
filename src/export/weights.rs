//! Exact decimal weights.
//!
//! In: shares as floating-point numbers. Out: decimals on a grid of so many digits that sum to
//! exactly 1, by largest remainder; no positive share becomes 0.

use std::fmt;

use crate::error::{Error, Result};

/// Digits after the point where the user asks for none.
pub const DIGITS: u32 = 6;
/// One more digit and 10^digits shares would no longer be exact in a double.
pub const MOST_DIGITS: u32 = 15;

/// A number of steps of 10^-digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    units: u64,
    digits: u32,
}

impl fmt::Display for Decimal {
    /// Never an exponent, which YAML 1.1 reads as text, and never a bare integer, which typed
    /// configurations refuse for a ratio.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10_u64.pow(self.digits);
        let width = self.digits as usize;
        let fraction = format!("{:0width$}", self.units % one);
        let shown = fraction.trim_end_matches('0');
        write!(f, "{}.{}", self.units / one, if shown.is_empty() { "0" } else { shown })
    }
}

/// What is to be weighed: a domain, its share, and how its weight is divided among its places.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The domain, for messages.
    pub(super) name: String,
    /// Its share, of any scale.
    pub(super) share: f64,
    /// Relative sizes of its places; empty where they have no weights of their own.
    pub(super) split: Vec<f64>,
}

/// The weights of a part.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    /// That of the whole part.
    pub(super) whole: Decimal,
    /// Those of its places, which sum to it.
    pub(super) places: Vec<Decimal>,
}

/// Decimals for every place of every part; together they sum to exactly 1, and those of a part to
/// its own rounded weight. With `digits` unset there are as many as the smallest share needs.
///
/// # Errors
/// [`Error::Usage`] naming a part that would become 0.
pub(super) fn weigh(parts: &[Part], digits: Option<u32>) -> Result<Vec<Weighed>> {
    let (first, last) = digits.map_or((DIGITS, MOST_DIGITS), |digits| (digits, digits));
    let mut lost = "";
    for digits in first..=last {
        match on_grid(parts, digits) {
            Ok(decimals) => return Ok(decimals),
            Err(name) => lost = name,
        }
    }
    let cause = format!("the share of `{lost}` becomes 0 at {last} digits");
    let remedy = if last < MOST_DIGITS {
        format!("give more --digits, up to {MOST_DIGITS}, or none to have as many as are needed")
    } else {
        "search again with this domain at zero, or with a least share for it".to_string()
    };
    Err(Error::usage(cause, remedy))
}

/// The decimals at so many digits, or the name of a part that is lost.
fn on_grid(parts: &[Part], digits: u32) -> std::result::Result<Vec<Weighed>, &str> {
    let shares: Vec<f64> = parts.iter().map(|part| part.share).collect();
    let whole = apportion(&shares, 10_u64.pow(digits));
    let mut decimals = Vec::new();
    for (part, units) in parts.iter().zip(whole) {
        let places = apportion(&part.split, units);
        if part.share > 0.0 && (units == 0 || places.contains(&0)) {
            return Err(&part.name);
        }
        let decimal = |units| Decimal { units, digits };
        let places = places.into_iter().map(decimal).collect();
        decimals.push(Weighed { whole: decimal(units), places });
    }
    Ok(decimals)
}

/// Divides `total` in proportion to `sizes` by largest remainder; of equal remainders the first
/// wins. Sizes are finite and not negative, and one at least is positive.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the total is at most 10^15, and no size is negative"
)]
pub(crate) fn apportion(sizes: &[f64], total: u64) -> Vec<u64> {
    // Of the largest, so that no sum is beyond the largest double.
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let sum: f64 = sizes.iter().map(|size| size / largest).sum();
    let exact: Vec<f64> = sizes.iter().map(|size| size / largest / sum * total as f64).collect();
    let mut units: Vec<u64> = exact.iter().map(|units| units.floor() as u64).collect();
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&i| sizes[i] > 0.0).collect();
    let remainder = |i: usize| exact[i] - exact[i].floor();
    order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(&b)));
    // Rounding in the quotients can leave the floors a few units off on either side.
    let mut given: u64 = units.iter().sum();
    for &i in order.iter().cycle().take(total.saturating_sub(given) as usize) {
        units[i] += 1;
        given += 1;
    }
    while given > total {
        let Some(&i) = order.iter().rev().find(|&&i| units[i] > 0) else { break };
        units[i] -= 1;
        given -= 1;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(shares: &[f64]) -> Vec<Part> {
        let part =
            |(i, &share): (usize, &f64)| Part { name: format!("d{i}"), share, split: Vec::new() };
        shares.iter().enumerate().map(part).collect()
    }

    fn texts(shares: &[f64], digits: Option<u32>) -> Vec<String> {
        let decimals = weigh(&parts(shares), digits).expect("they can be weighed");
        decimals.iter().map(|part| part.whole.to_string()).collect()
    }

    #[test]
    fn thirds_sum_to_one() {
        assert_eq!(texts(&[1.0 / 3.0; 3], Some(3)), ["0.334", "0.333", "0.333"]);
        assert_eq!(texts(&[1.0], None), ["1.0"]);
        assert_eq!(texts(&[0.25, 0.75, 0.0], None), ["0.25", "0.75", "0.0"]);
    }

    #[test]
    fn every_number_of_digits_is_exact() {
        for digits in 2..=MOST_DIGITS {
            for n in 1..40_u32 {
                let shares: Vec<f64> = (1..=n).map(|i| 1.0 / f64::from(i * i + 7)).collect();
                let total: u64 = apportion(&shares, 10_u64.pow(digits)).iter().sum();
                assert_eq!(total, 10_u64.pow(digits));
            }
        }
    }

    #[test]
    fn a_small_share_gets_more_digits_or_is_refused() {
        let shares = [0.999_999_96, 4e-8];
        assert_eq!(texts(&shares, None), ["0.99999996", "0.00000004"]);
        let refused = weigh(&parts(&shares), Some(6)).expect_err("it would become 0");
        assert!(refused.to_string().contains("`d1` becomes 0 at 6 digits"));
        let refused = weigh(&parts(&[1.0, 1e-17]), None).expect_err("it would become 0");
        assert!(refused.to_string().contains("least share"));
    }

    #[test]
    fn places_sum_to_their_domain() {
        let mut parts = parts(&[0.5, 0.5]);
        parts[0].split = vec![1.0, 1.0, 1.0];
        let decimals = weigh(&parts, Some(2)).expect("they can be weighed");
        let shown: Vec<String> = decimals[0].places.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["0.17", "0.17", "0.16"]);
    }
}
