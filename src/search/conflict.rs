//! Demands that no mixture meets.
//!
//! In: an [`Objective`]'s limits and a [`Region`]. Out: nothing, or a smallest set of demands that
//! contradict each other: none can be left away without the rest being met.

use super::cones::Affine;
use super::conic::room;
use super::epigraph::Writer;
use super::goal::Objective;
use super::region::{Region, contradiction};
use crate::error::Result;
use crate::law::graph::Id;

/// A demand that is missed by less than this is met: the solver's own accuracy.
const MISSED: f64 = 1e-7;

/// One demand: something that may not be negative, or a node that may not be positive.
enum Demand {
    Line(Affine),
    Limit(Id),
}

/// # Errors
/// [`crate::error::Error::Usage`] that names the set.
pub(super) fn refuse(objective: &Objective, region: &Region) -> Result<()> {
    if region.groups.is_empty() && objective.limits.is_empty() {
        return Ok(());
    }
    let all = demands(objective, region);
    let mut kept: Vec<usize> = (0..all.len()).collect();
    let domains = region.low.len();
    if !contradict(objective, domains, &all, &kept) {
        return Ok(());
    }
    for one in 0..all.len() {
        let fewer: Vec<usize> = kept.iter().copied().filter(|&other| other != one).collect();
        if contradict(objective, domains, &all, &fewer) {
            kept = fewer;
        }
    }
    let mut words: Vec<String> = kept.iter().map(|&one| all[one].1.clone()).collect();
    words.dedup();
    Err(contradiction(&words, "without any one of them the rest could be met"))
}

fn demands(objective: &Objective, region: &Region) -> Vec<(Demand, String)> {
    let mut all = Vec::new();
    for demand in &region.demands {
        let share = Affine::variable(demand.domain);
        if let Some(low) = demand.ends[0] {
            let line = share.clone().plus(-1.0, &Affine::constant(low));
            all.push((Demand::Line(line), demand.words.clone()));
        }
        if let Some(high) = demand.ends[1] {
            let line = Affine::constant(high).plus(-1.0, &share);
            all.push((Demand::Line(line), demand.words.clone()));
        }
    }
    for group in &region.groups {
        let ends = (0..2).filter_map(|end| room(group, end));
        all.extend(ends.map(|line| (Demand::Line(line), group.words.clone())));
    }
    let limits = objective.limits.iter();
    all.extend(limits.map(|(limit, words)| (Demand::Limit(*limit), words.clone())));
    all
}

/// Whether some of the demands cannot be met together: the least by which all must be missed.
fn contradict(
    objective: &Objective,
    domains: usize,
    all: &[(Demand, String)],
    some: &[usize],
) -> bool {
    let mut writer = Writer::new(&objective.graph, domains);
    let missed = Affine::variable(writer.program.variable());
    let mut sum = Affine::constant(-1.0);
    for k in 0..domains {
        sum = sum.plus(1.0, &Affine::variable(k));
        writer.program.positive(Affine::variable(k));
    }
    writer.program.zero(sum);
    writer.program.positive(missed.clone());
    for &one in some {
        let line = match &all[one].0 {
            Demand::Line(line) => Some(line.clone()),
            Demand::Limit(limit) => writer.above(*limit).map(|excess| excess.times(-1.0)),
        };
        // A limit that is not convex cannot be judged here.
        let Some(line) = line else { continue };
        writer.program.positive(line.plus(1.0, &missed));
    }
    let solved = writer.program.minimise(&missed);
    solved.is_some_and(|solved| solved.variables[domains] > MISSED)
}
