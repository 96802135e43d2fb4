//! Flags that a method has no use for, and numbers that cannot be meant.
//!
//! In: arguments. Out: nothing, or what is wrong.

use super::{DesignArgs, Method};
use crate::cli::rules::positive;
use crate::error::{Error, Result};

/// More runs than this are no swarm.
const MOST_RUNS: usize = 1_000_000;

impl DesignArgs {
    /// Refuses what cannot be meant, before anything is read.
    pub(super) fn check(&self) -> Result<()> {
        if self.runs.is_some_and(|runs| runs == 0 || runs > MOST_RUNS) {
            let cause = format!("--runs must be between 1 and {MOST_RUNS}");
            return Err(Error::usage(cause, "give for example --runs 64"));
        }
        if let Some(flag) = self.idle() {
            let cause = format!("{flag} says nothing to --method {}", self.method.name());
            return Err(Error::usage(cause, format!("leave {flag} out, or choose another method")));
        }
        if self.fit.is_some() && !self.existing.domains.is_empty() {
            let cause = "--domains says nothing beside a fit, which has its own";
            return Err(Error::usage(cause, "leave one of them away"));
        }
        self.allowed.check()?;
        self.draws.check()?;
        self.choice.check(self.fit.is_some(), self.method.is_optimal())?;
        match self.choice.spend {
            Some(spend) => positive("--spend", spend),
            None => self.count().map(|_| ()),
        }
    }

    fn idle(&self) -> Option<&'static str> {
        use Method::{IOptimal, Regmix, TwoLevel};
        let (draws, choice) = (&self.draws, &self.choice);
        let around = matches!(self.method, Regmix | TwoLevel);
        let (two, optimal) = (self.method == TwoLevel, self.method.is_optimal());
        let uses = [
            ("--prior", draws.prior.is_some(), around),
            ("--temperature", draws.temperature.is_some(), around),
            ("--strength-min", draws.strength_min.is_some(), around),
            ("--strength-max", draws.strength_max.is_some(), around),
            ("--minimum", draws.minimum.is_some(), around),
            ("--usage", draws.usage.is_some(), self.method == Regmix),
            ("--separator", draws.separator.is_some(), two),
            ("--topic-temperature", draws.topic_temperature.is_some(), two),
            ("--topic-strength-min", draws.topic_strength_min.is_some(), two),
            ("--topic-strength-max", draws.topic_strength_max.is_some(), two),
            ("--topic-minimum", draws.topic_minimum.is_some(), two),
            ("--pool", draws.pool.is_some(), around),
            ("--tries", draws.tries.is_some(), !optimal),
            ("--apart", draws.apart.is_some(), !optimal),
            ("--model", choice.model.is_some(), optimal),
            ("--law", choice.law.is_some(), optimal),
            ("--group-key", choice.group_key.is_some(), optimal),
            ("--at", !choice.at.is_empty(), optimal),
            ("--scale", !choice.scale.is_empty(), optimal),
            ("--cost", choice.cost.is_some(), optimal),
            ("--spend", choice.spend.is_some(), optimal),
            ("--over", choice.over.is_some(), self.method == IOptimal),
            ("--candidates", choice.candidates.is_some(), optimal),
            ("--replicates", choice.replicates.is_some(), optimal),
            ("--target", !choice.target.is_empty(), optimal),
            ("--weight", !choice.weight.is_empty(), optimal),
            ("--maximise", !choice.maximise.is_empty(), optimal),
        ];
        uses.into_iter().find(|(_, given, used)| *given && !used).map(|(flag, ..)| flag)
    }
}
