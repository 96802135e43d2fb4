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

/// Choices of domains that are tried before a contradiction is left open.
const CHOICES: usize = 500;

/// One demand.
enum Demand {
    /// Something that may not be negative.
    Line(Affine),
    /// A node that may not be positive.
    Limit(Id),
    /// A domain's least share unless it is zero.
    Least(usize, f64),
    /// The most domains that may have a share.
    Most(usize),
}

/// # Errors
/// [`crate::error::Error::Usage`] that names the set.
pub(crate) fn refuse(objective: &Objective, region: &Region) -> Result<()> {
    if region.groups.is_empty() && objective.limits.is_empty() && !region.is_choosy() {
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
    for demand in &region.usage.least {
        let least = demand.ends[0].unwrap_or(0.0);
        all.push((Demand::Least(demand.domain, least), demand.words.clone()));
    }
    let most = region.usage.most.iter();
    all.extend(most.map(|(most, words)| (Demand::Most(*most), words.clone())));
    // Nothing is shown of what is no formula.
    let limits = objective.limits.iter().filter(|_| objective.is_formula());
    all.extend(limits.map(|(limit, words)| (Demand::Limit(*limit), words.clone())));
    all
}

/// Whether some of the demands are shown not to be met together.
fn contradict(
    objective: &Objective,
    domains: usize,
    all: &[(Demand, String)],
    some: &[usize],
) -> bool {
    let demands: Vec<&Demand> = some.iter().map(|&one| &all[one].0).collect();
    let mut attempt = Attempt {
        objective,
        least: vec![0.0; domains],
        most: domains,
        settled: vec![None; domains],
        left: CHOICES,
        demands: &demands,
    };
    for demand in &demands {
        match demand {
            Demand::Least(k, least) => attempt.least[*k] = attempt.least[*k].max(*least),
            Demand::Most(most) => attempt.most = attempt.most.min(*most),
            _ => {}
        }
    }
    !attempt.may_be_met()
}

/// A look for a mixture, with some domains settled to be used or not.
struct Attempt<'a> {
    objective: &'a Objective,
    demands: &'a [&'a Demand],
    least: Vec<f64>,
    most: usize,
    settled: Vec<Option<bool>>,
    /// Choices that may still be tried.
    left: usize,
}

impl Attempt<'_> {
    /// False where no choice of the domains that are not settled meets the demands.
    fn may_be_met(&mut self) -> bool {
        if self.settled.iter().filter(|use_it| **use_it == Some(true)).count() > self.most {
            return false;
        }
        // What the solver cannot tell is no contradiction.
        let Some((missed, mixture)) = self.least_missed().filter(|_| self.left > 0) else {
            return true;
        };
        if missed > MISSED {
            return false;
        }
        self.left -= 1;
        let Some(k) = self.doubtful(&mixture) else { return true };
        let met = [Some(false), Some(true)].into_iter().any(|choice| {
            self.settled[k] = choice;
            self.may_be_met()
        });
        self.settled[k] = None;
        met
    }

    /// A domain that is not settled and has too small a share, or a share where too many have one.
    fn doubtful(&self, mixture: &[f64]) -> Option<usize> {
        let used = |k: &usize| mixture[*k] > MISSED;
        let too_many = (0..mixture.len()).filter(used).count() > self.most;
        let open = (0..mixture.len()).filter(used).filter(|&k| self.settled[k].is_none());
        let wrong = open.filter(|&k| too_many || mixture[k] < self.least[k] - MISSED);
        wrong.min_by(|&a, &b| mixture[a].total_cmp(&mixture[b]))
    }

    /// The least by which all demands must be missed, and a mixture that misses them by no more.
    fn least_missed(&self) -> Option<(f64, Vec<f64>)> {
        let domains = self.least.len();
        let mut writer = Writer::new(&self.objective.graph, domains);
        let missed = Affine::variable(writer.program.variable());
        let mut sum = Affine::constant(-1.0);
        for k in 0..domains {
            sum = sum.plus(1.0, &Affine::variable(k));
            writer.program.positive(Affine::variable(k));
        }
        writer.program.zero(sum);
        writer.program.positive(missed.clone());
        for demand in self.demands {
            let line = match demand {
                Demand::Line(line) => Some(line.clone()),
                // A limit that is not convex cannot be judged here.
                Demand::Limit(limit) => writer.above(*limit).map(|excess| excess.times(-1.0)),
                Demand::Least(..) | Demand::Most(_) => None,
            };
            if let Some(line) = line {
                writer.program.positive(line.plus(1.0, &missed));
            }
        }
        for (k, choice) in self.settled.iter().enumerate() {
            let share = Affine::variable(k);
            let line = match choice {
                Some(true) => share.plus(-1.0, &Affine::constant(self.least[k])),
                Some(false) => share.times(-1.0),
                None => continue,
            };
            writer.program.positive(line.plus(1.0, &missed));
        }
        let mut solved = writer.program.minimise(&missed)?;
        let missed = solved.variables[domains];
        solved.variables.truncate(domains);
        Some((missed, solved.variables))
    }
}
