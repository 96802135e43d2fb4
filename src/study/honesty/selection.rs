//! Which law: information criteria, and how often a resample would have chosen each.
//!
//! In: the fits of several laws to the same rows, and the objectives of their resamples. Out: a [`Selection`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::gathered::Gathered;
use crate::fit::Likelihood;
use crate::runs::Runs;

/// The laws of one target in one group, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// The target's column.
    pub target: String,
    /// The group's key.
    pub group: String,
    /// The subset of rows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// Rows with any weight.
    pub rows: usize,
    /// Resamples in which at least one law has a criterion.
    pub resamples: usize,
    /// The laws, as given.
    pub laws: Vec<Ranked>,
}

/// A law among others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// The law's name.
    pub law: String,
    /// Parameters that the rows determine and no bound holds, and one for the variance or scale.
    pub parameters: usize,
    /// Minus twice the logarithm of the likelihood, on the residual's own scale.
    pub minus_twice_log_likelihood: Option<f64>,
    /// Akaike's criterion for few rows (Hurvich and Tsai 1989): `-2 ln L + 2k + 2k(k+1)/(n-k-1)`.
    pub aicc: Option<f64>,
    /// Schwarz's criterion (1978): `-2 ln L + k ln n`.
    pub bic: Option<f64>,
    /// AICc less the least AICc.
    pub delta_aicc: Option<f64>,
    /// BIC less the least BIC.
    pub delta_bic: Option<f64>,
    /// Akaike weight: `exp(-delta/2)`, divided by their sum over the laws.
    pub weight: Option<f64>,
    /// Share of the resamples in which this law has the least AICc; equals share theirs.
    pub frequency: Option<f64>,
    /// Resamples in which it has no minimum, so could not be chosen.
    #[serde(default)]
    pub resamples_without_answer: usize,
    /// Why there is no criterion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Sets the laws of every target, group and subset side by side.
pub(super) fn selections(runs: &Runs, cases: &[Case], gathered: &[Gathered]) -> Vec<Selection> {
    let mut sets: BTreeMap<(usize, usize, usize), Vec<usize>> = BTreeMap::new();
    let mut subsets: Vec<&str> = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let known = subsets.iter().position(|subset| *subset == case.subset);
        let subset = known.unwrap_or(subsets.len());
        if known.is_none() {
            subsets.push(case.subset);
        }
        sets.entry((subset, case.target, case.group)).or_default().push(place);
    }
    sets.values().map(|places| selection(runs, cases, gathered, places)).collect()
}

fn selection(runs: &Runs, cases: &[Case], gathered: &[Gathered], places: &[usize]) -> Selection {
    let first = &cases[places[0]];
    let scorers: Vec<Result<Scorer, String>> =
        places.iter().map(|&place| Scorer::new(&cases[place], first)).collect();
    let mut laws: Vec<Ranked> =
        places.iter().zip(&scorers).map(|(&place, scorer)| ranked(&cases[place], scorer)).collect();
    differences(&mut laws);
    let resamples = frequencies(&mut laws, &scorers, places, gathered);
    let (_, target, group, subset) = first.key(runs);
    Selection {
        target: target.into(),
        group: group.into(),
        subset: subset.into(),
        rows: likelihood(first).rows(),
        resamples,
        laws,
    }
}

fn likelihood(case: &Case) -> Likelihood {
    let problem = case.problem;
    let loss = problem.forms.objective.loss;
    Likelihood::new(loss, problem.row_weights(), problem.rows.len())
}

/// Turns objectives of one law into criteria.
struct Scorer {
    likelihood: Likelihood,
    /// Parameters and the variance.
    k: f64,
    floor: f64,
}

impl Scorer {
    /// Laws are compared on the same rows and residuals only.
    fn new(case: &Case, first: &Case) -> Result<Scorer, String> {
        let same = case.rows == first.rows
            && case.problem.forms.objective == first.problem.forms.objective;
        if !same {
            return Err(format!("its rows or its objective are not those of {}", first.law()));
        }
        if !case.fit.state.is_usable() {
            let state = case.fit.state.name();
            return Err(format!("the fit ended {state}: its objective is not that of a minimum"));
        }
        let likelihood = likelihood(case);
        let (n, k) = (likelihood.rows(), case.determined() + 1);
        if n < k + 2 {
            return Err(format!(
                "{n} rows are too few for {k} parameters: n - k - 1 is not above 0"
            ));
        }
        Ok(Scorer { likelihood, k: k as f64, floor: case.problem.rounding_floor() })
    }

    /// Minus twice the log-likelihood, AICc and BIC.
    fn criteria(&self, objective: f64) -> Option<[f64; 3]> {
        let fit = self.likelihood.minus_twice(objective).filter(|_| objective > self.floor)?;
        let (n, k) = (self.likelihood.rows() as f64, self.k);
        let aicc = fit + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
        Some([fit, aicc, fit + k * n.ln()])
    }
}

fn ranked(case: &Case, scorer: &Result<Scorer, String>) -> Ranked {
    let mut ranked =
        Ranked { law: case.law().into(), parameters: case.determined() + 1, ..Ranked::default() };
    match (scorer, case.fit.objective) {
        (Err(why), _) => ranked.why = Some(why.clone()),
        (Ok(scorer), objective) => match objective.and_then(|q| scorer.criteria(q)) {
            Some([fit, aicc, bic]) => {
                ranked.minus_twice_log_likelihood = Some(fit);
                (ranked.aicc, ranked.bic) = (Some(aicc), Some(bic));
            }
            None => ranked.why = Some("the residuals are zero but for rounding".into()),
        },
    }
    ranked
}

fn differences(laws: &mut [Ranked]) {
    let least = |of: fn(&Ranked) -> Option<f64>, laws: &[Ranked]| {
        laws.iter().filter_map(of).min_by(f64::total_cmp)
    };
    let (aicc, bic) = (least(|law| law.aicc, laws), least(|law| law.bic, laws));
    for law in laws.iter_mut() {
        law.delta_aicc = law.aicc.zip(aicc).map(|(own, least)| own - least);
        law.delta_bic = law.bic.zip(bic).map(|(own, least)| own - least);
    }
    let weight = |law: &Ranked| law.delta_aicc.map(|delta| (-0.5 * delta).exp());
    let sum: f64 = laws.iter().filter_map(weight).sum();
    laws.iter_mut().for_each(|law| law.weight = weight(law).map(|weight| weight / sum));
}

/// Counts the laws that resamples choose; gives the number of resamples. The criterion of a resample has the rows,
/// weights and number of parameters of the fit itself, which are nearly its own and the same for all laws.
fn frequencies(
    laws: &mut [Ranked],
    scorers: &[Result<Scorer, String>],
    places: &[usize],
    gathered: &[Gathered],
) -> usize {
    let mut rounds: BTreeMap<u64, Vec<(usize, f64)>> = BTreeMap::new();
    for (law, (&place, scorer)) in places.iter().zip(scorers).enumerate() {
        for (number, objective) in &gathered[place].resamples {
            let round = rounds.entry(*number).or_default();
            let criteria = scorer.as_ref().ok().zip(*objective).and_then(|(s, q)| s.criteria(q));
            match criteria {
                Some([_, aicc, _]) => round.push((law, aicc)),
                None => laws[law].resamples_without_answer += 1,
            }
        }
    }
    rounds.retain(|_, round| !round.is_empty());
    let mut wins = vec![0.0; laws.len()];
    for round in rounds.values() {
        let least = round.iter().map(|(_, aicc)| *aicc).fold(f64::INFINITY, f64::min);
        let best: Vec<usize> = round.iter().filter(|(_, a)| *a == least).map(|(l, _)| *l).collect();
        best.iter().for_each(|&law| wins[law] += 1.0 / best.len() as f64);
    }
    for ((law, win), &place) in laws.iter_mut().zip(wins).zip(places) {
        let drawn = !gathered[place].resamples.is_empty();
        law.frequency = drawn.then(|| win / rounds.len() as f64).filter(|f| f.is_finite());
    }
    rounds.len()
}
