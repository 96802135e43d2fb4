//! How flat it is around the best mixture.
//!
//! In: an objective, its best mixture, a tolerance. Out: for each domain the least and the greatest
//! share of the mixtures whose objective is within the tolerance.

use rayon::prelude::*;

use super::exact::minimise;
use super::{Found, Objective, Region};
use crate::predictor::Function;

/// How closely an end is found, as a part of the share's range.
const CLOSE: f64 = 1e-3;
/// Looks for an end; each at least narrows where it may be.
const LOOKS: usize = 16;

/// The ranges of a smooth convex objective under bounds alone. Its minimum over all mixtures with a given share is convex in that
/// share, so each end is found by narrowing where it crosses what is allowed; ends are given as far
/// out as the objective allows, to a thousandth.
pub fn proved(
    objective: &Objective,
    region: &Region,
    best: &Found,
    tolerance: f64,
) -> Vec<[f64; 2]> {
    let function = Function::new(&objective.graph, objective.root, region.low.len());
    let excess = |k: usize, share: f64| {
        let (mut low, mut high) = (region.low.clone(), region.high.clone());
        (low[k], high[k]) = (share, share);
        let possible = low.iter().sum::<f64>() <= 1.0 && high.iter().sum::<f64>() >= 1.0;
        let optimum = possible.then(|| minimise(&function, &low, &high, None)).flatten();
        optimum.map_or(f64::INFINITY, |optimum| optimum.value - best.value - tolerance)
    };
    let ends: Vec<(usize, f64)> =
        (0..region.low.len()).flat_map(|k| [(k, region.low[k]), (k, region.high[k])]).collect();
    let end = |(k, bound)| crossing(best.mixture[k], bound, tolerance, |share| excess(k, share));
    let ends: Vec<f64> = ends.into_par_iter().map(end).collect();
    ends.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// What of the ranges is met on the way from the best mixture: as far as one domain can give to
/// another, or take from all others in proportion.
pub fn met(objective: &Objective, region: &Region, best: &Found, tolerance: f64) -> Vec<[f64; 2]> {
    let domains = 0..best.mixture.len();
    let mut ranges: Vec<[f64; 2]> = best.mixture.iter().map(|share| [*share; 2]).collect();
    let towards = domains.clone().flat_map(|to| {
        let given =
            domains.clone().filter(move |from| *from != to).map(move |from| (to, Some(from)));
        given.chain([(to, None)])
    });
    let ways: Vec<(usize, Option<usize>)> = towards.collect();
    let good = |mixture: &[f64]| {
        objective.at(mixture) <= best.value + tolerance
            && region.holds(mixture)
            && objective.is_within_limits(mixture)
    };
    let met = ways.into_par_iter().flat_map_iter(|way| {
        let far = farthest(region, &best.mixture, way);
        // Towards the one end and away from the other.
        [1.0, -1.0].map(|sign| last(&best.mixture, &far, sign, &good))
    });
    for mixture in met.collect::<Vec<Vec<f64>>>() {
        for (k, (range, share)) in ranges.iter_mut().zip(mixture).enumerate() {
            // On a line to a bound the last digit may be beyond it.
            let share = share.clamp(region.low[k], region.high[k]);
            *range = [range[0].min(share), range[1].max(share)];
        }
    }
    ranges
}

/// The mixture where a domain has all that another one, or all others, can give it.
fn farthest(region: &Region, best: &[f64], (to, from): (usize, Option<usize>)) -> Vec<f64> {
    let mut far = best.to_vec();
    let rest = 1.0 - best[to];
    let more = match from {
        Some(from) => best[from] - region.low[from],
        None => rest,
    };
    let more = more.min(region.high[to] - best[to]).max(0.0);
    far[to] += more;
    match from {
        Some(from) => far[from] -= more,
        None if rest > 0.0 => {
            let kept = 1.0 - more / rest;
            (0..far.len()).filter(|k| *k != to).for_each(|k| far[k] *= kept);
        }
        None => {}
    }
    far
}

/// The last good mixture on a line from the best one.
fn last(best: &[f64], far: &[f64], sign: f64, good: &impl Fn(&[f64]) -> bool) -> Vec<f64> {
    let at = |part: f64| -> Vec<f64> {
        best.iter().zip(far).map(|(x, y)| x + sign * part * (y - x)).collect()
    };
    let (mut inside, mut outside) = (0.0, 1.0);
    if good(&at(outside)) {
        return at(outside);
    }
    for _ in 0..LOOKS {
        let part = 0.5 * (inside + outside);
        if good(&at(part)) { inside = part } else { outside = part }
    }
    at(inside)
}

/// Where an excess that rises from `-tolerance` at `inside` towards `bound` becomes positive; `bound`
/// where it does not.
fn crossing(inside: f64, bound: f64, tolerance: f64, excess: impl Fn(f64) -> f64) -> f64 {
    let width = CLOSE * (bound - inside).abs();
    let (mut inside, mut outside) = ((inside, -tolerance), (bound, excess(bound)));
    if outside.1 <= 0.0 {
        return bound;
    }
    for look in 0..LOOKS {
        if (outside.0 - inside.0).abs() <= width {
            break;
        }
        // The chord of a convex function crosses too early; every third look halves.
        let part = inside.1 / (inside.1 - outside.1);
        let part = if look % 3 == 2 || part.is_nan() { 0.5 } else { part.clamp(0.05, 0.95) };
        let share = inside.0 + part * (outside.0 - inside.0);
        match excess(share) {
            above if above > 0.0 => outside = (share, above),
            below => inside = (share, below),
        }
    }
    inside.0
}
