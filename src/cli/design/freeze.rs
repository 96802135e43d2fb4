//! `--freeze`: domains that keep their proportions among themselves.
//!
//! In: lists or files of domains and proportions. Out: virtual domains.

use std::path::Path;

use super::DesignArgs;
use crate::cli::rules::{named, number};
use crate::design::Frozen;
use crate::error::{Error, Result};
use crate::export::Counts;

impl DesignArgs {
    /// What is frozen.
    pub(super) fn frozen(&self, domains: &[String]) -> Result<Vec<Frozen>> {
        let mut all: Vec<Frozen> = Vec::new();
        for rule in &self.freeze {
            let parts = parts(rule, domains)?;
            let taken = |name: &String| {
                domains.contains(name) || all.iter().any(|other| other.name == *name)
            };
            let name = self.virtual_name(&parts, domains);
            let names = (2..).map(|number| format!("{name}-{number}"));
            let free = std::iter::once(name.clone()).chain(names).find(|name| !taken(name));
            all.push(Frozen::new(&free.unwrap_or_default(), &parts)?);
        }
        Ok(all)
    }

    /// `frozen`, within the source of the domains where they have one in common.
    fn virtual_name(&self, parts: &[(usize, f64)], domains: &[String]) -> String {
        let separator = self.draws.separator();
        let source = |k: usize| domains[k].split_once(separator).map(|(source, _)| source);
        let first = parts.first().and_then(|(k, _)| source(*k));
        match first.filter(|one| parts.iter().all(|(k, _)| source(*k) == Some(one))) {
            Some(source) => format!("{source}{separator}frozen"),
            None => "frozen".into(),
        }
    }
}

fn parts(rule: &str, domains: &[String]) -> Result<Vec<(usize, f64)>> {
    let file = Path::new(rule);
    if file.is_file() {
        let counts = Counts::read(file, domains)?.all(domains);
        return Ok(counts.into_iter().enumerate().filter_map(|(k, x)| Some((k, x?))).collect());
    }
    let one = |part: &str| {
        let (name, value) = named("--freeze", part, number)?;
        match domains.iter().position(|domain| *domain == name) {
            Some(k) => Ok((k, value)),
            None => Err(Error::usage(
                format!("--freeze {rule}: there is no domain `{name}`"),
                format!("the domains are {}", domains.join(", ")),
            )),
        }
    };
    rule.split(',').map(one).collect()
}
