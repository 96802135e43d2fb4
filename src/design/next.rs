//! The best next runs for a law, and what they are expected to bring.
//!
//! In: targets with what the trained runs say of their parameters, the sizes that runs may have,
//! what they cost. Out: runs, and a [`Gain`].

use super::candidates::{Candidates, candidates};
use super::collect::{Allowed, Counts};
use super::cost::Cost;
use super::gain::{Gain, Judge};
use super::information::{Information, scale};
use super::optimal::{Chosen, Means, choose};
use super::slopes::Slopes;
use super::state::{Criterion, Part, State};
use crate::engine::Watch;
use crate::error::{Error, Place, Result};
use crate::search::Region;

/// Values of inputs other than the mixture.
pub type Inputs = Vec<(String, f64)>;

/// A run that is trained already.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Its mixture of all domains.
    pub mixture: Vec<f64>,
    /// Its other inputs.
    pub inputs: Inputs,
    /// How many runs it stands for.
    pub weight: f64,
}

/// What is measured of each run.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Slopes along its law's parameters.
    pub slopes: Slopes,
    /// Its part in the objective.
    pub weight: f64,
    /// The variance of a run's residual, where it is known.
    pub variance: Option<f64>,
}

/// Which predictions I makes sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Those of all mixtures that are allowed.
    Allowed,
    /// That of the present optimum.
    Optimum,
}

/// What a user asks.
#[derive(Debug)]
pub struct Next {
    /// The criterion.
    pub criterion: Criterion,
    /// Which predictions count for I.
    pub over: Over,
    /// The targets.
    pub targets: Vec<Target>,
    /// The runs so far.
    pub trained: Vec<Trained>,
    /// Inputs of the run that is predicted.
    pub at: Inputs,
    /// Inputs that a new run may have; one at least, which may be empty.
    pub scales: Vec<Inputs>,
    /// What a run costs; 1 where nothing is said.
    pub cost: Option<Cost>,
    /// How many runs, or how much they may cost.
    pub means: Means,
    /// Candidates to spread over what is allowed.
    pub candidates: usize,
    /// The mixture with the least predicted objective, where it is known.
    pub optimum: Option<Vec<f64>>,
    /// Seed of the candidates.
    pub seed: u64,
}

/// The runs to train.
#[derive(Debug)]
pub struct NextRuns {
    /// Mixtures in whole steps.
    pub rows: Vec<Vec<u64>>,
    /// For each the number of its scale.
    pub scales: Vec<usize>,
    /// For each its cost.
    pub costs: Vec<f64>,
    /// What they bring.
    pub gain: Gain,
    /// Where the candidates came from.
    pub counts: Counts,
}

/// A mixture at a scale.
struct Candidate {
    row: usize,
    scale: usize,
    cost: f64,
    /// A target's slopes each.
    slopes: Vec<Vec<f64>>,
}

/// Chooses the runs.
///
/// # Errors
/// [`Error::Usage`] for constraints that leave nothing and costs that are none; [`Error::Input`]
/// where the law has no finite slopes; [`Error::Interrupted`].
pub fn next(
    domains: &[String],
    question: &Next,
    allowed: &Allowed<'_>,
    region: &Region,
    watch: &Watch,
) -> Result<NextRuns> {
    let found = candidates(allowed, region, question.candidates, question.seed, watch)?;
    let shares: Vec<Vec<f64>> = found.rows.iter().map(|row| allowed.grid.shares(row)).collect();
    let all = question.candidates(domains, &shares)?;
    let judge = Judge::new(question, region, allowed.reuse)?;
    let before = question.information(&all, &[]);
    let mut state = question.state(&all, &before, &judge);
    let costs: Vec<f64> = all.iter().map(|one| one.cost).collect();
    watch.expect(question.means.runs.min(all.len()) as u64);
    let plain = state.clone();
    let chosen = choose(&mut state, &costs, question.means, watch)?;
    let spread = question.spread(&found, &all, plain, &chosen);
    let after = question.information(&all, &chosen.candidates);
    let gain = judge.gain(question, &chosen, spread, [&before, &after]);
    let runs = || chosen.candidates.iter().map(|&k| &all[k]);
    Ok(NextRuns {
        rows: runs().map(|one| found.rows[one.row].clone()).collect(),
        scales: runs().map(|one| one.scale).collect(),
        costs: runs().map(|one| one.cost).collect(),
        gain,
        counts: found.counts,
    })
}

impl Next {
    /// Every mixture at every scale, as far as slopes are finite there.
    fn candidates(&self, domains: &[String], shares: &[Vec<f64>]) -> Result<Vec<Candidate>> {
        let mut all = Vec::new();
        for (scale, inputs) in self.scales.iter().enumerate() {
            for (row, mixture) in shares.iter().enumerate() {
                let told = self.targets.iter().map(|target| target.slopes.told(mixture, inputs));
                let Some(slopes) = told.collect::<Option<Vec<_>>>() else { continue };
                let cost = self.cost.as_ref().map(|cost| cost.of(domains, mixture, inputs));
                all.push(Candidate { row, scale, cost: cost.transpose()?.unwrap_or(1.0), slopes });
            }
        }
        if all.is_empty() {
            let cause = "the law has no finite slopes along its parameters at any mixture allowed";
            let remedy = "check --at and --scale, and keep shares above zero: --min DOMAIN=0.001";
            return Err(Error::input(Place::default(), cause, remedy));
        }
        Ok(all)
    }

    /// What the trained runs and some candidates say of each target's parameters.
    fn information(&self, all: &[Candidate], new: &[usize]) -> Vec<Information> {
        let one = |(number, target): (usize, &Target)| {
            let parameters = target.slopes.parameters();
            let unit = scale(all.iter().map(|one| &one.slopes[number][..]), parameters);
            let known = self.trained.iter().filter_map(|run| {
                Some((target.slopes.told(&run.mixture, &run.inputs)?, run.weight))
            });
            let known: Vec<(Vec<f64>, f64)> = known.collect();
            let new = new.iter().map(|&k| (&all[k].slopes[number][..], 1.0));
            Information::new(
                known.iter().map(|(row, weight)| (&row[..], *weight)).chain(new),
                &unit,
            )
        };
        self.targets.iter().enumerate().map(one).collect()
    }

    fn state(&self, all: &[Candidate], before: &[Information], judge: &Judge) -> State {
        let one = |(number, known): (usize, &Information)| {
            let rows = all.iter().flat_map(|one| known.whitened(&one.slopes[number])).collect();
            let wanted = match self.criterion {
                Criterion::Determinant => Vec::new(),
                Criterion::Variance => judge.wanted(self, number, known),
            };
            Part::new(known.size(), rows, &wanted)
        };
        let parts = before.iter().enumerate().map(one).collect();
        State::new(self.criterion, parts, all.len())
    }

    /// The criterion with as many evenly spread runs in place of the chosen ones, where runs have
    /// one scale and one cost.
    fn spread(
        &self,
        found: &Candidates,
        all: &[Candidate],
        mut state: State,
        chosen: &Chosen,
    ) -> Option<f64> {
        chosen.efficiency.filter(|_| self.scales.len() == 1)?;
        let count = chosen.candidates.len();
        let even = (0..all.len()).filter(|&k| found.spread.contains(&all[k].row));
        let even: Vec<usize> = even.take(count).collect();
        even.iter().for_each(|&k| state.add(k));
        (even.len() == count).then(|| state.refresh())
    }
}
