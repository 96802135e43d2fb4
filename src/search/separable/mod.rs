//! The best points of a lattice by dynamic programming, where the objective is separable: without
//! looking at each of them, and yet with none left out.
//!
//! In: an [`Objective`], a [`Region`], a number of steps. Out: the best points in order, ties in
//! the order of the lattice; nothing where the objective is not separable or groups overlap.

mod chain;
mod order;
mod sums;

use super::goal::Objective;
use super::region::ROUNDING;
use super::{Answer, Found, Region, not_finite};
use crate::engine::Watch;
use crate::error::Result;
use crate::report::mixture::Certificate;
use chain::{Chain, Choice};
use order::{Group, Points, Tree};
use sums::{Sums, sums};

/// Points beyond the wanted ones that are looked at because rounding might change their order.
const TIES: usize = 4096;

/// Solves it.
///
/// # Errors
/// [`crate::error::Error::Interrupted`] when told to stop, [`crate::error::Error::Input`] where no
/// point has a finite objective.
pub(super) fn solve(
    objective: &Objective,
    region: &Region,
    steps: usize,
    most: usize,
    watch: &Watch,
) -> Result<Option<Answer>> {
    let allowed: Vec<Vec<usize>> =
        (0..region.low.len()).map(|k| allowed(region, k, steps)).collect();
    if region.low.len() < 2 || overlap(region) {
        return Ok(None);
    }
    let Some(sums) = sums(&objective.graph, objective.root, &allowed, steps) else {
        return Ok(None);
    };
    let tree = tree(region, &allowed, &sums, steps, watch)?;
    let count = tree.outer.ways(tree.all[0], tree.all[1]);
    if count == 0.0 {
        return Ok(None);
    }
    let (found, looked) = best(objective, &tree, steps, most, sums.scale);
    if found.is_empty() {
        return Err(not_finite());
    }
    let tabled: usize = allowed.iter().map(Vec::len).sum();
    let count = whole(count);
    let method =
        format!("lattice: dynamic programming over {count} mixtures in steps of 1/{steps}");
    Ok(Some(Answer::new(found, Certificate::Exhaustive, method, (tabled + looked) as u64)))
}

/// A count in words: in full as long as it is exact.
fn whole(count: f64) -> String {
    if count < 9e15 { format!("{count}") } else { format!("{count:.3e}") }
}

/// The steps that a share may take.
#[allow(clippy::cast_precision_loss, reason = "steps are few")]
fn allowed(region: &Region, k: usize, steps: usize) -> Vec<usize> {
    let scaled = |share: f64| share * steps as f64;
    let (low, least, high) =
        (scaled(region.low[k]), scaled(region.least[k]), scaled(region.high[k]));
    let kept = |n: &usize| {
        let n = *n as f64;
        let low = if n > 0.0 { least } else { low };
        n >= low - ROUNDING && n <= high + ROUNDING
    };
    (0..=steps).filter(kept).collect()
}

fn overlap(region: &Region) -> bool {
    let mut members: Vec<usize> =
        region.groups.iter().flat_map(|group| group.domains.iter().copied()).collect();
    members.sort_unstable();
    members.windows(2).any(|pair| pair[0] == pair[1])
}

/// The items: shares in their order, a group in the place of its first member.
fn tree(
    region: &Region,
    allowed: &[Vec<usize>],
    sums: &Sums,
    steps: usize,
    watch: &Watch,
) -> Result<Tree> {
    let counted = region.most < region.low.len();
    let limit = if counted { region.most } else { 0 };
    let share = |k: &usize| -> Vec<Choice> {
        let costs = allowed[*k].iter().zip(&sums.costs[*k]);
        let choice = |(n, cost): (&usize, &f64)| {
            let uses = usize::from(counted && *n > 0);
            Choice { steps: *n, uses, cost: *cost, ways: 1.0 }
        };
        costs.map(choice).collect()
    };
    let (mut items, mut domains, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for k in 0..region.low.len() {
        match region.groups.iter().find(|group| group.domains.contains(&k)) {
            None => {
                domains.push(vec![k]);
                items.push(share(&k));
            }
            Some(group) if group.domains.iter().min() == Some(&k) => {
                let mut members = group.domains.clone();
                members.sort_unstable();
                let inner = members.iter().map(share).collect();
                let chain = Chain::new(inner, steps, limit, true, watch)?;
                domains.push(members);
                items.push(group_sums(group, &chain, steps, limit));
                groups.push(Group { item: items.len() - 1, chain });
            }
            Some(_) => {}
        }
    }
    let outer = Chain::new(items, steps, limit, false, watch)?;
    Ok(Tree { outer, domains, groups, all: [steps, limit] })
}

/// The sums that a group may have.
#[allow(clippy::cast_precision_loss, reason = "steps are few")]
fn group_sums(group: &super::Group, chain: &Chain, steps: usize, limit: usize) -> Vec<Choice> {
    let [low, high] =
        [group.ends[0].unwrap_or(0.0), group.ends[1].unwrap_or(1.0)].map(|end| end * steps as f64);
    let kept = |n: &usize| *n as f64 >= low - ROUNDING && *n as f64 <= high + ROUNDING;
    let all = (0..=steps).filter(kept).flat_map(|n| (0..=limit).map(move |uses| (n, uses)));
    let choice = |(steps, uses)| Choice {
        steps,
        uses,
        cost: chain.rest(0, steps, uses),
        ways: chain.ways(steps, uses),
    };
    all.map(choice).filter(|choice| choice.ways > 0.0).collect()
}

/// The best points by the formula itself, and how many were looked at. Those whose costs differ by
/// rounding alone are all looked at, as long as they are not too many.
#[allow(clippy::cast_precision_loss, reason = "steps are few")]
fn best(
    objective: &Objective,
    tree: &Tree,
    steps: usize,
    most: usize,
    scale: f64,
) -> (Vec<Found>, usize) {
    let mut seen: Vec<(f64, Vec<usize>)> = Vec::new();
    let mut limit = f64::NEG_INFINITY;
    let mut looked = 0;
    for point in Points::new(tree, most.saturating_add(TIES)) {
        let mixture = shares(&point, steps);
        let value = objective.at(&mixture);
        looked += 1;
        if !value.is_finite() {
            continue;
        }
        if seen.len() < most {
            limit = limit.max(value + 1e-13 * scale);
        } else if value > limit {
            break;
        }
        seen.push((value, point));
    }
    seen.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    seen.truncate(most);
    let found =
        seen.into_iter().map(|(value, point)| Found { mixture: shares(&point, steps), value });
    (found.collect(), looked)
}

#[allow(clippy::cast_precision_loss, reason = "steps are few")]
fn shares(point: &[usize], steps: usize) -> Vec<f64> {
    point.iter().map(|n| *n as f64 / steps as f64).collect()
}
