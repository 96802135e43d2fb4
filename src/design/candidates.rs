//! Mixtures from which the best next runs are chosen.
//!
//! In: what is allowed. Out: corners of the bounds, the middles between every two of them, mixtures
//! spread evenly, and Dirichlet draws of few domains each.

use super::collect::{Allowed, Counts, Wanted, gather};
use super::duplicates::{Distinct, Norm};
use super::spread;
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::predictor::{cheapest, middle};
use crate::search::Region;

/// With more domains than this only one corner a domain is taken, not one for each ordered pair.
const MOST_PAIRED: usize = 24;

/// More middles than this are not taken.
const MOST_MIDDLES: usize = 2_000;

/// Two candidates are no nearer than this in the sum of differences.
const APART: f64 = 1e-5;

/// Strength of the Dirichlet draws: about a third of the domains have most of the weight.
const SPARSE: f64 = 1.0;

/// See the module.
#[derive(Debug)]
pub struct Candidates {
    /// Mixtures of all domains in whole steps.
    pub rows: Vec<Vec<u64>>,
    /// The first and the one after the last of those that are spread evenly.
    pub spread: std::ops::Range<usize>,
    /// Where the draws went.
    pub counts: Counts,
}

/// About `count` mixtures, and corners and middles beside them.
///
/// # Errors
/// [`Error::Usage`] where none is allowed; [`Error::Interrupted`].
pub fn candidates(
    allowed: &Allowed<'_>,
    region: &Region,
    count: usize,
    seed: u64,
    watch: &Watch,
) -> Result<Candidates> {
    let mut distinct = Distinct::new(allowed.region.low.len(), Norm::Sum, APART);
    let mut rows: Vec<Vec<u64>> = Vec::new();
    for mixture in special(region) {
        let row = allowed.row(&mixture);
        let shares = allowed.grid.shares(&row);
        if allowed.holds(&shares) && distinct.keep(&shares) {
            rows.push(row);
        }
    }
    let first = rows.len();
    let wanted = |runs: usize| Wanted {
        runs,
        pool: 1,
        tries: 1_000 * runs as u64,
        apart: (Norm::Sum, APART),
        seed,
    };
    let even = spread::sampler(region, seed, None);
    let (more, counts) = gather(&*even, allowed, &mut distinct, wanted(count), watch)?;
    rows.extend(more);
    let spread = first..rows.len();
    let sparse = spread::sampler(region, seed, Some(SPARSE));
    let few = Wanted { tries: 4 * count as u64, ..wanted(count / 2) };
    let (more, extra) = gather(&*sparse, allowed, &mut distinct, few, watch)?;
    rows.extend(more);
    if rows.is_empty() {
        let cause = format!("none of {} mixtures meets the constraints", counts.drawn);
        return Err(Error::usage(cause, "loosen a constraint"));
    }
    Ok(Candidates { rows, spread, counts: counts.and(extra) })
}

/// Corners of the bounds, the middles between them, and the middle of all.
fn special(region: &Region) -> Vec<Vec<f64>> {
    let (low, high) = (&region.low, &region.high);
    let domains = low.len();
    let corner = |first: usize, second: usize| {
        let mut slopes = vec![0.0; domains];
        slopes[second] = -1.0;
        slopes[first] = -2.0;
        cheapest(&slopes, low, high)
    };
    let mut corners: Vec<Vec<f64>> = Vec::new();
    for first in 0..domains {
        let seconds = if domains <= MOST_PAIRED { 0..domains } else { first..first + 1 };
        for second in seconds {
            let one = corner(first, second);
            if corners.iter().all(|other| Norm::Sum.distance(other, &one) > APART) {
                corners.push(one);
            }
        }
    }
    let pairs = (0..corners.len()).flat_map(|i| (i + 1..corners.len()).map(move |j| (i, j)));
    let half = |(i, j): (usize, usize)| {
        corners[i].iter().zip(&corners[j]).map(|(a, b)| 0.5 * (a + b)).collect()
    };
    let middles: Vec<Vec<f64>> = pairs.take(MOST_MIDDLES).map(half).collect();
    [corners, middles, vec![middle(low, high)]].concat()
}
