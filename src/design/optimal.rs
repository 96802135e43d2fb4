//! The best next runs: greedily one after another, then by exchange.
//!
//! In: a [`State`], what each candidate costs, and how many runs or how much money there is. Out:
//! the chosen candidates. Each run in turn is exchanged for the candidate that gains most, until a
//! pass over all runs exchanges none (Fedorov 1972, with the order of Cook and Nachtsheim 1980): no
//! exchange of one run for one candidate then helps.

use super::state::{Criterion, State};
use crate::engine::Watch;
use crate::error::{Error, Result};

/// Passes of exchange at the most; few are ever needed.
const PASSES: usize = 100;

/// An exchange must gain more than this, of all runs' gain, to be more than rounding.
const GAINED: f64 = 1e-9;

/// How many runs, or how much they may cost.
#[derive(Debug, Clone, Copy)]
pub struct Means {
    /// The most runs.
    pub runs: usize,
    /// The most that they may cost together.
    pub spend: f64,
    /// How often one candidate may be chosen.
    pub most: u32,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Candidates, by number.
    pub candidates: Vec<usize>,
    /// The criterion without them.
    pub before: f64,
    /// The criterion after the greedy choice, and after each pass of exchange.
    pub trace: Vec<f64>,
    /// Part of the best that any division of as many runs over the candidates could reach, at
    /// least; `None` where runs differ in cost.
    pub efficiency: Option<f64>,
}

/// Chooses.
///
/// # Errors
/// [`Error::Usage`] where no candidate can be paid; [`Error::Interrupted`].
pub fn choose(state: &mut State, costs: &[f64], means: Means, watch: &Watch) -> Result<Chosen> {
    let before = state.refresh();
    let mut search = Search { state, costs, means, runs: Vec::new(), watch };
    search.grow()?;
    if search.runs.is_empty() {
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        let cause = format!("--spend {} pays for no run: the cheapest costs {least}", means.spend);
        return Err(Error::usage(cause, "spend more, or add a cheaper --scale"));
    }
    let mut trace = vec![search.state.refresh()];
    for _ in 0..PASSES {
        let exchanged = search.pass()?;
        search.grow()?;
        trace.push(search.state.refresh());
        if exchanged == 0 {
            break;
        }
    }
    let even = costs.iter().all(|cost| *cost == costs[0]);
    let efficiency = even.then(|| search.efficiency(trace[trace.len() - 1]));
    Ok(Chosen { candidates: search.runs, before, trace, efficiency })
}

struct Search<'a> {
    state: &'a mut State,
    costs: &'a [f64],
    means: Means,
    runs: Vec<usize>,
    watch: &'a Watch,
}

impl Search<'_> {
    fn left(&self) -> f64 {
        // What was paid adds up with rounding: a run that costs all of it must fit.
        let paid: f64 = self.runs.iter().map(|&run| self.costs[run]).sum();
        self.means.spend * (1.0 + 1e-12) - paid
    }

    /// The candidate with the largest score among those that can be paid.
    fn best(&self, left: f64, score: impl Fn(usize) -> f64) -> Option<(usize, f64)> {
        let open = |&k: &usize| self.costs[k] <= left && self.state.chosen[k] < self.means.most;
        let scored = (0..self.costs.len()).filter(open).map(|k| (k, score(k)));
        // Of equals the first, so that the answer does not depend on how it was come by.
        scored.fold(None, |best: Option<(usize, f64)>, one| match best {
            Some(known) if known.1 >= one.1 => Some(known),
            _ => Some(one),
        })
    }

    /// Adds runs by gain for their cost, as long as there is room.
    fn grow(&mut self) -> Result<()> {
        while self.runs.len() < self.means.runs {
            self.stopped()?;
            let per_cost = |k: usize| self.state.gain(k) / self.costs[k];
            let Some((best, _)) = self.best(self.left(), per_cost) else { break };
            self.state.add(best);
            self.runs.push(best);
            self.watch.advance(1);
        }
        Ok(())
    }

    /// Exchanges each run in turn for the candidate that gains most; gives how many were exchanged.
    fn pass(&mut self) -> Result<usize> {
        let mut exchanged = 0;
        for place in 0..self.runs.len() {
            self.stopped()?;
            let run = self.runs[place];
            self.state.remove(run);
            let left = self.left() + self.costs[run];
            let kept = self.state.gain(run);
            let found = self.best(left, |k| self.state.gain(k));
            let better =
                found.filter(|(_, gain)| *gain > kept * (1.0 + GAINED) + f64::MIN_POSITIVE);
            exchanged += usize::from(better.is_some());
            let next = better.map_or(run, |(k, _)| k);
            self.state.add(next);
            self.runs[place] = next;
        }
        Ok(exchanged)
    }

    /// The criterion (of I, its inverse) is concave in the weights of the candidates, so its slopes
    /// bound what any weights could reach (Kiefer and Wolfowitz 1960).
    #[allow(clippy::cast_precision_loss, reason = "few runs and parameters")]
    fn efficiency(&self, criterion: f64) -> f64 {
        let steepest = (0..self.costs.len()).map(|k| self.state.slope(k)).fold(0.0_f64, f64::max);
        let had: f64 = self.runs.iter().map(|&run| self.state.slope(run)).sum();
        let gap = (self.runs.len() as f64 * steepest - had).max(0.0);
        match self.state.criterion() {
            Criterion::Determinant => (-gap / self.state.parameters().max(1) as f64).exp(),
            // The inverse of the variance is concave, and its slopes are those of the variance over
            // its square.
            Criterion::Variance => criterion / (criterion + gap),
        }
    }

    fn stopped(&self) -> Result<()> {
        if self.watch.stopped() { Err(Error::Interrupted) } else { Ok(()) }
    }
}
