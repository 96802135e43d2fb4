//! `mixlaw design`: which proxy runs to train first, or next.

mod choice;
mod domains;
mod draws;
mod flags;
mod freeze;
mod prior;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::constraints::ConstraintArgs;
use super::engine::watched;
use super::{Outcome, check_output};
use crate::design::{Allowed, DesignReport, Grid, Reuse, Swarm};
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::search::{Region, Supply, refuse_conflicts};
use choice::ChoiceArgs;
use domains::{ExistingArgs, Known};
use draws::DrawArgs;
use write::WriteArgs;

/// Domains, constraints, a method, outputs.
#[derive(Debug, Args)]
pub(super) struct DesignArgs {
    /// What `mixlaw fit --json` wrote, to train runs beside those that it was made from
    #[arg(value_name = "FIT")]
    fit: Option<PathBuf>,
    /// How runs are chosen
    #[arg(long, value_enum, default_value = "spread")]
    method: Method,
    /// How many runs
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Seed of all draws: the same seed gives the same swarm
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Domains whose proportions among themselves are kept, as one domain: 'a=0.7,b=0.3', or a file
    /// that maps domains to proportions (repeat)
    #[arg(long, value_name = "PARTS|FILE")]
    freeze: Vec<String>,
    #[command(flatten)]
    existing: ExistingArgs,
    #[command(flatten)]
    draws: DrawArgs,
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    allowed: ConstraintArgs,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Method {
    /// Spread evenly over what is allowed
    Spread,
    /// RegMix's Dirichlet draws around a prior
    Regmix,
    /// olmix's draws for domains named source/topic: sources, and topics within them
    TwoLevel,
    /// The runs that make a law's parameters surest
    DOptimal,
    /// The runs that make a law's predictions surest
    IOptimal,
}

impl Method {
    fn is_optimal(self) -> bool {
        matches!(self, Method::DOptimal | Method::IOptimal)
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }
}

/// What a method works with.
struct Setting<'a> {
    known: &'a Known,
    supply: Option<&'a Supply>,
    /// What is allowed, over all domains.
    region: &'a Region,
    reuse: &'a Reuse,
    /// What is allowed, over the domains that are not frozen and the virtual ones.
    reduced: &'a Region,
    watch: &'a Watch,
}

impl Setting<'_> {
    fn allowed(&self, grid: Grid) -> Allowed<'_> {
        Allowed { region: self.region, reuse: self.reuse, grid }
    }

    /// Steps of 10^-6, or finer where frozen domains have small parts.
    fn grid(&self) -> Result<Grid> {
        let even = vec![1.0; self.reuse.names.len()];
        let parts = self.reuse.expand(&even);
        let finer = if self.reuse.is_frozen() { 1e-2 } else { 1.0 };
        Grid::fine(&parts.iter().map(|part| part * finer).collect::<Vec<f64>>())
    }
}

pub(super) fn run(args: &DesignArgs) -> Result<Outcome> {
    args.check()?;
    args.write.check()?;
    let watch = Arc::new(Watch::new());
    let (swarm, report) = watched(&watch, || args.design(&watch))?;
    args.write.write(&swarm, &report)?;
    Ok(Outcome::Fine)
}

impl DesignArgs {
    fn design(&self, watch: &Watch) -> Result<(Swarm, DesignReport)> {
        let known = self.known()?;
        let supply = self.allowed.supply(&known.domains)?;
        let region = self.allowed.region(&known.domains, supply.as_ref())?;
        refuse_conflicts(&choice::no_objective(), &region)?;
        let frozen = self.frozen(&known.domains)?;
        let reuse = Reuse::new(&known.domains, &frozen)?;
        let reduced = reuse.region(&region)?;
        let setting = Setting {
            known: &known,
            supply: supply.as_ref(),
            region: &region,
            reuse: &reuse,
            reduced: &reduced,
            watch,
        };
        let (swarm, mut report) = match self.method.is_optimal() {
            true => self.choose(&setting)?,
            false => self.draw(&setting)?,
        };
        report.source = self.fit.as_ref().map(|file| file.display().to_string());
        report.seed = self.seed;
        let named = |(k, part): &(usize, f64)| (known.domains[*k].clone(), *part);
        let parts =
            frozen.iter().map(|one| (one.name.clone(), one.parts.iter().map(named).collect()));
        report.frozen = parts.collect();
        Ok((swarm, report))
    }

    /// How many runs, where that must be said.
    fn count(&self) -> Result<usize> {
        self.runs.ok_or_else(|| Error::usage("--runs is missing", "say how many: --runs 64"))
    }
}

/// Refuses a folder that cannot be made before hours go into what it should hold.
fn check_folder(path: &Path) -> Result<()> {
    match path.exists() && !path.is_dir() {
        true => Err(Error::output(path, "this is not a folder", "name a folder")),
        false if path.exists() => Ok(()),
        false => check_output(Some(path)),
    }
}
