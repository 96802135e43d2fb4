//! A region in whole steps.
//!
//! In: a [`Region`] and a number of steps. Out: [`Prefixes`], whose loops visit what the region
//! allows and nothing else.

use crate::lattice::{Prefixes, Share, Sums};
use crate::search::Region;
use crate::search::region::ROUNDING;

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares are between 0 and 1, and steps are few"
)]
fn whole(share: f64, steps: usize, up: bool) -> usize {
    let exact = share.clamp(0.0, 1.0) * steps as f64;
    // A bound that is a point of the lattice up to rounding is that point.
    (if up { (exact - ROUNDING).ceil() } else { (exact + ROUNDING).floor() }) as usize
}

/// The points of a region.
pub(super) fn prefixes(region: &Region, steps: usize) -> Prefixes {
    let shares = (0..region.low.len()).map(|k| {
        let least = whole(region.least[k], steps, true);
        Share {
            zero: whole(region.low[k], steps, true) == 0,
            low: least.max(1),
            high: whole(region.high[k], steps, false),
        }
    });
    let groups = region.groups.iter().map(|group| Sums {
        domains: (0..region.low.len()).map(|k| group.domains.contains(&k)).collect(),
        low: whole(group.ends[0].unwrap_or(0.0), steps, true),
        high: whole(group.ends[1].unwrap_or(1.0), steps, false),
    });
    Prefixes::new(steps, shares.collect(), region.most, groups.collect())
}
