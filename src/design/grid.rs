//! Mixtures in whole steps, so that they are decimals that sum to exactly 1.
//!
//! In: shares as floating-point numbers. Out: whole numbers of steps, by largest remainder and
//! within bounds, and their decimals.

use crate::error::{Error, Result};
use crate::export::apportion;

/// Digits after the point, where nothing asks for another step.
const DIGITS: u32 = 6;
/// The most digits: a share of a frozen domain may be small.
const MOST_DIGITS: u32 = 12;

/// How many steps there are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    steps: u64,
    digits: u32,
}

impl Grid {
    /// Steps of 10^-digits.
    pub fn decimal(digits: u32) -> Grid {
        let digits = digits.clamp(1, MOST_DIGITS);
        Grid { steps: 10_u64.pow(digits), digits }
    }

    /// Steps of `least`, where whole numbers of them are decimals that sum to 1; else of 10^-6.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "checked to be from 1 to 10^9"
    )]
    pub fn of_step(least: f64) -> Grid {
        let count = (1.0 / least).round();
        if !((1.0..=1e9).contains(&count) && (count * least - 1.0).abs() < 1e-9) {
            return Grid::decimal(DIGITS);
        }
        let steps = count as u64;
        let digits = (1..=MOST_DIGITS).find(|&digits| 10_u64.pow(digits).is_multiple_of(steps));
        digits.map_or(Grid::decimal(DIGITS), |digits| Grid { steps, digits })
    }

    /// The grid of 6 digits, or with as many more as `shares` need so that none of the positive
    /// ones becomes zero.
    ///
    /// # Errors
    /// [`Error::Usage`] where 12 digits are not enough.
    pub fn fine(shares: &[f64]) -> Result<Grid> {
        let least = shares.iter().copied().filter(|share| *share > 0.0).fold(1.0, f64::min);
        let wanted = (DIGITS..=MOST_DIGITS).find(|&digits| least >= 0.1_f64.powf(digits.into()));
        wanted.map(Grid::decimal).ok_or_else(|| {
            let cause =
                format!("a share of {least:e} cannot be told from 0 in {MOST_DIGITS} digits");
            Error::usage(cause, "leave the domain out")
        })
    }

    /// The length of a step.
    #[allow(clippy::cast_precision_loss, reason = "at most 10^12 steps")]
    pub fn step(self) -> f64 {
        1.0 / self.steps as f64
    }

    /// The mixture in whole steps: rounded down, and what is then left goes to the largest
    /// remainders, as far as each share stays within its bounds and zeros stay zeros.
    pub fn round(self, mixture: &[f64], low: &[f64], high: &[f64]) -> Vec<u64> {
        let mut units = apportion(mixture, self.steps);
        let ends: Vec<[u64; 2]> = low.iter().zip(high).map(|(l, h)| self.ends(*l, *h)).collect();
        let room = |units: &[u64], k: usize, up: bool| match up {
            true if mixture[k] > 0.0 => ends[k][1].saturating_sub(units[k]),
            true => 0,
            false => units[k].saturating_sub(ends[k][0]),
        };
        for k in 0..units.len() {
            if (ends[k][0]..=ends[k][1]).contains(&units[k]) {
                continue;
            }
            let wanted = units[k].clamp(ends[k][0], ends[k][1]);
            let mut lacking = wanted.abs_diff(units[k]);
            let up = units[k] > wanted;
            // What this share gives or takes the others take or give: first those that rounding has
            // moved furthest the other way.
            let mut others: Vec<usize> = (0..units.len()).filter(|other| *other != k).collect();
            #[allow(clippy::cast_precision_loss, reason = "at most 10^12 steps")]
            let over = |k: usize| units[k] as f64 - mixture[k] * self.steps as f64;
            others.sort_by(|&a, &b| match up {
                true => over(a).total_cmp(&over(b)),
                false => over(b).total_cmp(&over(a)),
            });
            for other in others {
                let moved = room(&units, other, up).min(lacking);
                lacking -= moved;
                units[other] = if up { units[other] + moved } else { units[other] - moved };
                units[k] = if up { units[k] - moved } else { units[k] + moved };
            }
        }
        units
    }

    /// The first and the last step between two bounds; the nearest step where none is between.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "shares are from 0 to 1, and there are at most 10^12 steps"
    )]
    fn ends(self, low: f64, high: f64) -> [u64; 2] {
        let all = self.steps as f64;
        let ends = [(low * all - 1e-6).ceil() as u64, (high * all + 1e-6).floor() as u64];
        if ends[0] > ends[1] { [(low * all).round() as u64; 2] } else { ends }
    }

    /// The shares of whole steps.
    #[allow(clippy::cast_precision_loss, reason = "at most 10^12 steps")]
    pub fn shares(self, units: &[u64]) -> Vec<f64> {
        units.iter().map(|&units| units as f64 / self.steps as f64).collect()
    }

    /// A share as a decimal: never an exponent, and exactly what it is.
    pub fn text(self, units: u64) -> String {
        let one = 10_u64.pow(self.digits);
        let (whole, part) = (units / self.steps, units % self.steps * (one / self.steps));
        let fraction = format!("{part:0width$}", width = self.digits as usize);
        let shown = fraction.trim_end_matches('0');
        format!("{whole}.{}", if shown.is_empty() { "0" } else { shown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_a_decimal_or_six_digits() {
        assert_eq!(Grid::of_step(2e-4), Grid { steps: 5000, digits: 4 });
        assert_eq!(Grid::of_step(0.002).text(3), "0.006");
        assert_eq!(Grid::of_step(3e-4), Grid::decimal(6));
        assert_eq!(Grid::of_step(1.0 / 3.0), Grid::decimal(6));
        assert_eq!(Grid::decimal(6).text(1_000_000), "1.0");
        assert_eq!(Grid::decimal(6).text(1), "0.000001");
    }

    #[test]
    fn rounded_mixtures_keep_sum_bounds_and_zeros() {
        let grid = Grid::decimal(2);
        let (low, high) = ([0.0, 0.0, 0.335, 0.0], [0.33, 1.0, 1.0, 0.0]);
        let units = grid.round(&[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.0], &low, &high);
        assert_eq!(units, [33, 33, 34, 0]);
        assert_eq!(grid.round(&[0.5, 0.5], &[0.0; 2], &[1.0; 2]), [50, 50]);
    }

    #[test]
    fn more_digits_where_a_share_would_vanish() {
        assert_eq!(Grid::fine(&[0.5, 0.5]).expect("a grid"), Grid::decimal(6));
        assert_eq!(Grid::fine(&[1.0, 3e-8, 0.0]).expect("a grid"), Grid::decimal(8));
        assert!(Grid::fine(&[1e-13]).is_err());
    }
}
