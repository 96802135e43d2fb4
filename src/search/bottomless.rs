//! Objectives that fall without bound where a share goes to its end.
//!
//! In: an [`Objective`], a [`Region`], and the mixture that a search ended with. Out: nothing, or an
//! error: the least of such an objective does not exist, and whatever a search gives is how far it went.

use super::{Objective, Region};
use crate::error::{Error, Place, Result};
use crate::predictor::{cheapest, drawn_in, middle};

/// A share this close to an end may be on its way there.
const CLOSE: f64 = 1e-3;

/// # Errors
/// [`Error::Input`] where the objective is minus infinity on a face, at a vertex, or at the ends that
/// `ended` is close to.
pub(super) fn refuse(objective: &Objective, region: &Region, ended: Option<&[f64]>) -> Result<()> {
    let at = |mixture: &[f64]| objective.at(mixture);
    let (low, high) = (&region.low, &region.high);
    let centre = middle(low, high);
    let without = |k: usize| {
        let mut kept = high.clone();
        kept[k] = low[k];
        drawn_in(&centre, low, &kept)
    };
    let alone = |k: usize| {
        let slopes: Vec<f64> = (0..low.len()).map(|j| if j == k { 0.0 } else { 1.0 }).collect();
        cheapest(&slopes, low, high)
    };
    let snapped = ended.map(|mixture| {
        let ends = mixture.iter().zip(low);
        let near: Vec<f64> = ends.map(|(x, low)| if x - low < CLOSE { *low } else { *x }).collect();
        let held = near.iter().zip(low.iter().zip(high));
        let high: Vec<f64> =
            held.map(|(x, (low, high))| if x == low { *low } else { *high }).collect();
        drawn_in(&near, low, &high)
    });
    let tried = (0..low.len()).flat_map(|k| [without(k), alone(k)]).chain(snapped);
    match tried.into_iter().find(|mixture| at(mixture) == f64::NEG_INFINITY) {
        None => Ok(()),
        Some(mixture) => {
            let shares: Vec<String> = mixture.iter().map(|share| format!("{share:.3}")).collect();
            Err(Error::input(
                Place::default(),
                format!(
                    "the objective falls without bound: it is minus infinity at the shares {}",
                    shares.join(", ")
                ),
                "check the fit's parameters, or keep shares above zero: --min DOMAIN=0.001",
            ))
        }
    }
}
