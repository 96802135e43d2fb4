//! The domains of a design, and the runs that are there already.
//!
//! In: arguments. Out: names of domains, the fit where there is one, and trained runs.

use std::path::PathBuf;

use clap::Args;

use super::DesignArgs;
use crate::error::{Error, Result};
use crate::export::Counts;
use crate::report::FitReport;
use crate::runs::{RoleSpec, Runs, read_for_prediction};

/// Domains by name, and tables of runs.
#[derive(Debug, Args)]
pub(super) struct ExistingArgs {
    /// The domains, separated by commas [default: those of FIT, of the files of --prior or --supply, or
    /// of --existing]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', help_heading = "Domains")]
    pub(super) domains: Vec<String>,
    /// Tables of runs that are trained already [default: the mixtures in FIT]
    #[arg(long, num_args = 1.., value_name = "RUNS", help_heading = "Domains")]
    pub(super) existing: Vec<PathBuf>,
    /// Key column to join several tables on
    #[arg(long, value_name = "COLUMN", requires = "existing", help_heading = "Domains")]
    join: Option<String>,
    /// Columns of the mixture in these tables [default: as in the fit, or named as the domains are]
    #[arg(long, value_name = "PATTERN", requires = "existing", help_heading = "Domains")]
    mixture: Vec<String>,
}

/// What is known before anything is drawn.
pub(super) struct Known {
    pub(super) domains: Vec<String>,
    pub(super) fit: Option<FitReport>,
    /// The tables of `--existing`.
    pub(super) runs: Option<Runs>,
}

impl Known {
    /// The mixtures of the runs that there are.
    pub(super) fn existing(&self) -> Vec<Vec<f64>> {
        match (&self.runs, &self.fit) {
            (Some(runs), _) => {
                let of = |row: usize| runs.mixture.iter().map(|column| column[row]).collect();
                (0..runs.len()).map(of).collect()
            }
            (None, Some(fit)) => {
                let whole = |one: &&Vec<f64>| one.len() == fit.runs.domains.len();
                fit.runs.mixtures.iter().filter(whole).cloned().collect()
            }
            (None, None) => Vec::new(),
        }
    }
}

impl DesignArgs {
    /// Reads the fit and the tables, and finds the domains.
    pub(super) fn known(&self) -> Result<Known> {
        let fit = self.fit.as_ref().map(|file| FitReport::read(file)).transpose()?;
        let named = self.names(fit.as_ref())?;
        let runs = self.existing_runs(fit.as_ref(), &named)?;
        let domains = match (named.is_empty(), &runs) {
            (true, Some(runs)) => runs.domains.clone(),
            _ => named,
        };
        if domains.is_empty() {
            let remedy = "name them: --domains web,code,books, or give a FIT, a --prior file, a \
                          --supply file or --existing runs";
            return Err(Error::usage("a design needs domains", remedy));
        }
        if let Some(i) = (1..domains.len()).find(|&i| domains[..i].contains(&domains[i])) {
            let cause = format!("two domains are called `{}`", domains[i]);
            return Err(Error::usage(cause, "name each domain once"));
        }
        if let Some(empty) = domains.iter().position(|name| name.trim().is_empty()) {
            let cause = format!("domain {} has no name", empty + 1);
            return Err(Error::usage(cause, "write --domains web,code,books"));
        }
        Ok(Known { domains, fit, runs })
    }

    fn names(&self, fit: Option<&FitReport>) -> Result<Vec<String>> {
        if let Some(fit) = fit {
            return Ok(fit.runs.domains.clone());
        }
        if !self.existing.domains.is_empty() {
            return Ok(self.existing.domains.iter().map(|name| name.trim().to_string()).collect());
        }
        match (self.draws.prior_file(), self.allowed.supply.as_deref()) {
            (Some(file), _) | (None, Some(file)) => Counts::names(file),
            (None, None) => Ok(Vec::new()),
        }
    }

    fn existing_runs(&self, fit: Option<&FitReport>, domains: &[String]) -> Result<Option<Runs>> {
        if self.existing.existing.is_empty() {
            return Ok(None);
        }
        let mut roles = fit.map_or_else(RoleSpec::default, |fit| fit.runs.roles.clone());
        if !self.existing.mixture.is_empty() {
            roles.mixture.clone_from(&self.existing.mixture);
        }
        let prefix = self.write.prefix();
        if roles.mixture.is_empty() {
            roles.mixture = match prefix {
                "" => domains.to_vec(),
                prefix => vec![format!("{prefix}*")],
            };
        }
        if roles.mixture.is_empty() {
            let cause = "--existing needs the columns of the mixture";
            return Err(Error::usage(cause, "name them: --mixture 'weight_*'"));
        }
        let tables = &self.existing.existing;
        let runs = read_for_prediction(tables, self.existing.join.as_deref(), &roles)?;
        if domains.is_empty() { Ok(Some(runs)) } else { runs.with_domains(domains).map(Some) }
    }
}
