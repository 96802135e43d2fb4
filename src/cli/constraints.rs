//! Flags that say which mixtures are allowed, for every command that draws or searches them.
//!
//! In: arguments and the domains. Out: a [`Region`], or demands that contradict each other.

use std::path::PathBuf;

use clap::Args;

use super::rules::{demand, group, positive, share};
use crate::error::{Error, Result};
use crate::search::{Demand, Group, Region, Supply, Usage};

/// Bounds, groups, which domains may be used, and how many tokens there are.
#[derive(Debug, Args)]
pub(super) struct ConstraintArgs {
    /// Least share of a domain (repeat)
    #[arg(long, value_name = "DOMAIN=SHARE", help_heading = "Constraints")]
    min: Vec<String>,
    /// Greatest share of a domain (repeat)
    #[arg(long, value_name = "DOMAIN=SHARE", help_heading = "Constraints")]
    max: Vec<String>,
    /// A share that is given; the rest is searched (repeat)
    #[arg(long, value_name = "DOMAIN=SHARE", help_heading = "Constraints")]
    fix: Vec<String>,
    /// Least share of a domain unless it is exactly zero: for all domains, or NAME=SHARE (repeat)
    #[arg(long, value_name = "[DOMAIN=]SHARE", help_heading = "Constraints")]
    least: Vec<String>,
    /// The most domains that may have a share
    #[arg(long, value_name = "N", help_heading = "Constraints")]
    at_most: Option<usize>,
    /// A sum of shares, such as 'web+cc<=0.6'; also >= and = (repeat)
    #[arg(long, value_name = "SUM", help_heading = "Constraints")]
    group: Vec<String>,
    /// Tokens of each domain: JSON or TOML
    #[arg(long, value_name = "FILE", help_heading = "Constraints")]
    pub(super) supply: Option<PathBuf>,
    /// Tokens of the run to come, such as 1e12 (with --supply)
    #[arg(long, value_name = "TOKENS", requires = "supply", help_heading = "Constraints")]
    pub(super) budget: Option<f64>,
    /// How often a token may be seen (with --supply and --budget)
    #[arg(long, value_name = "EPOCHS", default_value_t = 4.0, help_heading = "Constraints")]
    pub(super) repeat: f64,
}

impl ConstraintArgs {
    /// Refuses numbers that cannot be meant.
    pub(super) fn check(&self) -> Result<()> {
        positive("--repeat", self.repeat)?;
        self.budget.map_or(Ok(()), |budget| positive("--budget", budget))
    }

    /// The tokens of each domain, where the user names a file of them.
    pub(super) fn supply(&self, domains: &[String]) -> Result<Option<Supply>> {
        self.supply.as_ref().map(|path| Supply::read(path, domains)).transpose()
    }

    /// What all flags together allow.
    pub(super) fn region(&self, domains: &[String], supply: Option<&Supply>) -> Result<Region> {
        let mut demands = self.demands(domains)?;
        if let (Some(supply), Some(budget)) = (supply, self.budget) {
            demands.extend(supply.demands(domains, budget, self.repeat));
        }
        Region::new(domains, &demands, &self.groups(domains)?)?.using(self.usage(domains)?)
    }

    fn groups(&self, domains: &[String]) -> Result<Vec<Group>> {
        self.group.iter().map(|rule| group(rule, domains)).collect()
    }

    fn demands(&self, domains: &[String]) -> Result<Vec<Demand>> {
        let flags = [("--min", &self.min), ("--max", &self.max), ("--fix", &self.fix)];
        let all =
            flags.iter().flat_map(|(flag, rules)| rules.iter().map(move |rule| (*flag, rule)));
        all.map(|(flag, rule)| demand(flag, rule, domains)).collect()
    }

    /// Which domains may be used: a least share for each of them, or for one.
    fn usage(&self, domains: &[String]) -> Result<Usage> {
        let mut least = Vec::new();
        for rule in &self.least {
            if rule.contains('=') {
                least.push(demand("--least", rule, domains)?);
                continue;
            }
            let value = share(rule.trim()).map_err(|why| {
                let remedy = "write --least 0.02, or --least NAME=0.02 for one domain";
                Error::usage(format!("--least '{rule}': {why}"), remedy)
            })?;
            let ends = [Some(value), None];
            let words = format!("--least {rule}");
            least.extend((0..domains.len()).map(|domain| Demand {
                domain,
                ends,
                words: words.clone(),
            }));
        }
        let most = self.at_most.map(|most| (most, format!("--at-most {most}")));
        if self.at_most == Some(0) {
            let remedy = "a mixture needs a domain: give at least 1";
            return Err(Error::usage("--at-most 0 leaves no domain", remedy));
        }
        Ok(Usage { least, most })
    }
}
