//! What a choice by cross-validation is worth.
//!
//! In: the results of `auto` and of the contenders beside it. Out: the regret of what was chosen, and
//! of the best and the worst that there was to choose.

use serde::{Deserialize, Serialize};

use super::ContenderReport;
use crate::study::compare::Contender;

/// The regret of the choice, and what it could have been.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Mean regret, over the targets, of what the cross-validation chose.
    pub regret: f64,
    /// The contender with the least mean regret.
    pub best: Regret,
    /// The contender with the largest.
    pub worst: Regret,
}

/// A contender and its mean regret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regret {
    /// The contender.
    pub name: String,
    /// Its regret.
    pub regret: f64,
}

impl Choice {
    /// `None` without a choice, or where nothing was predicted.
    pub(super) fn new(contenders: &[Contender], results: &[ContenderReport]) -> Option<Choice> {
        let regret = |result: &ContenderReport| result.mean.and_then(|mean| mean.regret);
        let place = contenders.iter().position(Contender::chooses)?;
        let mut plain: Vec<Regret> = contenders
            .iter()
            .zip(results)
            .filter(|(contender, _)| contender.is_plain())
            .filter_map(|(_, r)| Some(Regret { name: r.name.clone(), regret: regret(r)? }))
            .collect();
        plain.sort_by(|a, b| a.regret.total_cmp(&b.regret));
        Some(Choice {
            regret: regret(&results[place])?,
            best: plain.first()?.clone(),
            worst: plain.last()?.clone(),
        })
    }
}
