//! The law of the critical ratio in the tokens, `R(T) = alpha T^s + beta` (Eq. 8).
//!
//! In: [`Pair`]s of a ratio and the T at which it turns. Out: [`Ratios`], fits of `cmr-critical`.

use std::sync::Arc;

use super::fit::fit_runs;
use crate::engine::Engine;
use crate::error::Result;
use crate::fit::{Estimate, Fit, State, student};
use crate::law::catalogue;
use crate::law::grammar::parse;
use crate::plan::Plan;
use crate::runs::{RoleSpec, Runs, Table};

/// A ratio and when it turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Units of tokens.
    pub t: f64,
    /// Share of domain data.
    pub ratio: f64,
}

/// The law, fitted to the pairs of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratios {
    /// `alpha`, `s` and `beta`.
    pub parameters: Vec<(String, Estimate)>,
    /// How the fit ended.
    pub state: State,
    /// What that means.
    pub message: String,
    /// What it was fitted to.
    pub pairs: Vec<Pair>,
    /// The ratio at each budget asked for, not clamped: value, and half of a 95 % interval from the
    /// residuals of the pairs, where there are more pairs than parameters.
    pub at: Vec<(f64, Option<f64>)>,
}

/// Parameters of the law: fewer pairs do not determine it.
pub(super) const PARAMETERS: usize = 3;

/// Fits the law to every set of pairs that determines it, and evaluates it at every budget.
pub(super) fn fit_ratios(
    engine: &dyn Engine,
    sets: &[Vec<Pair>],
    budgets: &[f64],
    plan: &Plan,
) -> Result<Vec<Option<Ratios>>> {
    let enough = |set: &&Vec<Pair>| set.len() >= PARAMETERS;
    let chosen: Vec<&Vec<Pair>> = sets.iter().filter(enough).collect();
    if chosen.is_empty() {
        return Ok(vec![None; sets.len()]);
    }
    let mut law = catalogue::law("cmr-critical")?;
    for (k, t) in budgets.iter().enumerate() {
        law.derived.push((format!("at{k}"), parse(&format!("alpha * {t:e}^s + beta"))?));
    }
    let mut fits = fit_runs(engine, &Arc::new(law), &table(&chosen)?, plan)?.into_iter();
    let mut next = |set: &Vec<Pair>| fits.next().and_then(|fit| Ratios::new(set, fit));
    Ok(sets.iter().map(|set| if enough(&set) { next(set) } else { None }).collect())
}

fn table(sets: &[&Vec<Pair>]) -> Result<Runs> {
    let of = |value: &dyn Fn(usize, &Pair) -> f64| -> Vec<f64> {
        let each = sets.iter().enumerate();
        each.flat_map(|(k, set)| set.iter().map(move |pair| value(k, pair))).collect()
    };
    let columns = vec![
        ("set".to_string(), of(&|number, _| number as f64)),
        ("T".to_string(), of(&|_, pair| pair.t)),
        ("R".to_string(), of(&|_, pair| pair.ratio)),
    ];
    let spec = RoleSpec { target: vec!["R".into()], by: vec!["set".into()], ..RoleSpec::default() };
    Runs::from_table(Table::from_columns("turning points", columns)?, &spec)
}

impl Ratios {
    fn new(pairs: &[Pair], fit: Fit) -> Option<Ratios> {
        if !fit.state.is_usable() {
            return None;
        }
        let half = |error: f64| {
            (pairs.len() > PARAMETERS).then(|| student(pairs.len() - PARAMETERS) * error)
        };
        let at = |(_, estimate): &(String, Estimate)| {
            Some((estimate.value?, estimate.std_error.and_then(half)))
        };
        Some(Ratios {
            parameters: fit.parameters,
            state: fit.state,
            message: fit.message,
            pairs: pairs.to_vec(),
            at: fit.derived.iter().map(at).collect::<Option<_>>()?,
        })
    }
}
