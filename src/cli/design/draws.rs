//! Swarms that are drawn: spread evenly, as RegMix draws them, and in two levels as olmix does.
//!
//! In: arguments. Out: a swarm and its report.

use std::path::Path;

use clap::Args;

use super::prior::Prior;
use super::{DesignArgs, Method, Setting};
use crate::cli::rules::positive;
use crate::design::{
    DesignReport, Grid, Level, Norm, RegMix, Room, Sampler, Strengths, Swarm, TwoLevel, Wanted,
    collect, sources, spread,
};
use crate::error::{Error, Result};

/// What the samplers know.
#[derive(Debug, Args)]
pub(super) struct DrawArgs {
    /// The mixture to draw around: uniform, natural (in proportion to --supply), or a file of tokens or
    /// shares, or of any format of `mixlaw export` [default: natural where the supply has all domains,
    /// else uniform]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Draws")]
    pub(super) prior: Option<Prior>,
    /// The power that the prior is raised to [default: 0.5 for regmix, 1 for two-level]
    #[arg(long, value_name = "POWER", help_heading = "Draws")]
    pub(super) temperature: Option<f64>,
    /// The least strength, of 15 on a logarithmic scale [default: 0.1]
    #[arg(long, value_name = "STRENGTH", help_heading = "Draws")]
    pub(super) strength_min: Option<f64>,
    /// The greatest [default: 5]
    #[arg(long, value_name = "STRENGTH", help_heading = "Draws")]
    pub(super) strength_max: Option<f64>,
    /// No share is above the prior times this (regmix) [default: 15]
    #[arg(long, value_name = "TIMES", help_heading = "Draws")]
    pub(super) usage: Option<f64>,
    /// Shares below this become zero [default: 0.0002 for regmix, 0.002 for two-level]
    #[arg(long, value_name = "SHARE", help_heading = "Draws")]
    pub(super) minimum: Option<f64>,
    /// What stands between source and topic (two-level) [default: /]
    #[arg(long, value_name = "TEXT", help_heading = "Draws")]
    pub(super) separator: Option<String>,
    /// The power for topics within their source [default: as for sources]
    #[arg(long, value_name = "POWER", help_heading = "Draws")]
    pub(super) topic_temperature: Option<f64>,
    /// The least strength for topics [default: as for sources]
    #[arg(long, value_name = "STRENGTH", help_heading = "Draws")]
    pub(super) topic_strength_min: Option<f64>,
    /// The greatest strength for topics [default: as for sources]
    #[arg(long, value_name = "STRENGTH", help_heading = "Draws")]
    pub(super) topic_strength_max: Option<f64>,
    /// Shares of topics within their source below this become zero [default: as for sources]
    #[arg(long, value_name = "SHARE", help_heading = "Draws")]
    pub(super) topic_minimum: Option<f64>,
    /// Draws for each run, of whose distinct mixtures the runs are chosen at random [default: 100 for
    /// regmix, 10 for two-level]
    #[arg(long, value_name = "N", help_heading = "Draws")]
    pub(super) pool: Option<u64>,
    /// The most draws [default: 1000 a run, and 1e6 at least]
    #[arg(long, value_name = "N", help_heading = "Draws")]
    pub(super) tries: Option<u64>,
    /// How far apart two runs must be [default: 1e-5 in the sum of differences; 0.01 in the root of
    /// their squares for two-level]
    #[arg(long, value_name = "DISTANCE", help_heading = "Draws")]
    pub(super) apart: Option<f64>,
}

impl DrawArgs {
    /// The file of the prior, where it is a map that names the domains.
    pub(super) fn prior_file(&self) -> Option<&Path> {
        match &self.prior {
            Some(Prior::File(file)) => Some(file),
            _ => None,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let numbers = [
            ("--temperature", self.temperature),
            ("--topic-temperature", self.topic_temperature),
            ("--usage", self.usage),
        ];
        numbers.iter().try_for_each(|(flag, x)| x.map_or(Ok(()), |x| positive(flag, x)))?;
        for (flag, share) in [
            ("--minimum", self.minimum),
            ("--topic-minimum", self.topic_minimum),
            ("--apart", self.apart),
        ] {
            if share.is_some_and(|share| !(0.0..1.0).contains(&share)) {
                let cause = format!("{flag} must be at least 0 and below 1");
                return Err(Error::usage(cause, "leave it out for the usual value"));
            }
        }
        if self.pool == Some(0) || self.tries == Some(0) {
            return Err(Error::usage("--pool and --tries must be at least 1", "leave them out"));
        }
        if self.separator.as_deref() == Some("") {
            return Err(Error::usage("--separator is empty", "write for example --separator :"));
        }
        self.strengths().check("--strength-min and --strength-max")?;
        self.topic().strengths.check("--topic-strength-min and --topic-strength-max")
    }

    fn strengths(&self) -> Strengths {
        let usual = Strengths::default();
        Strengths {
            least: self.strength_min.unwrap_or(usual.least),
            most: self.strength_max.unwrap_or(usual.most),
            ..usual
        }
    }

    fn source(&self) -> Level {
        Level {
            strengths: self.strengths(),
            temperature: self.temperature.unwrap_or(1.0),
            minimum: self.minimum.unwrap_or(0.002),
        }
    }

    fn topic(&self) -> Level {
        let source = self.source();
        Level {
            strengths: Strengths {
                least: self.topic_strength_min.unwrap_or(source.strengths.least),
                most: self.topic_strength_max.unwrap_or(source.strengths.most),
                ..source.strengths
            },
            temperature: self.topic_temperature.unwrap_or(source.temperature),
            minimum: self.topic_minimum.unwrap_or(source.minimum),
        }
    }

    pub(super) fn separator(&self) -> &str {
        self.separator.as_deref().unwrap_or("/")
    }
}

impl DesignArgs {
    /// Draws a swarm.
    pub(super) fn draw(&self, setting: &Setting<'_>) -> Result<(Swarm, DesignReport)> {
        let runs = self.count()?;
        let wanted = self.wanted(runs);
        let (sampler, words) = self.sampler(setting)?;
        let existing = setting.known.existing();
        let grid = self.steps(setting)?;
        let allowed = setting.allowed(grid);
        let (rows, counts) = collect(&*sampler, &allowed, &existing, wanted, setting.watch)?;
        let domains = setting.known.domains.clone();
        let swarm = Swarm { grid, domains, rows, inputs: Vec::new(), costs: None };
        let mut report = swarm.report(&existing);
        report.draws = counts;
        report.method = words;
        Ok((swarm, report))
    }

    fn wanted(&self, runs: usize) -> Wanted {
        let (pool, norm, apart) = match self.method {
            Method::Regmix => (100, Norm::Sum, 1e-5),
            Method::TwoLevel => (10, Norm::Root, 0.01),
            _ => (1, Norm::Sum, 1e-5),
        };
        let pool = self.draws.pool.unwrap_or(pool);
        let tries = (1_000 * runs as u64).max(1_000_000);
        Wanted {
            runs,
            pool,
            tries: self.draws.tries.unwrap_or(tries.max(pool.saturating_mul(runs as u64))),
            apart: (norm, self.draws.apart.unwrap_or(apart)),
            seed: self.seed,
        }
    }

    /// RegMix rounds to whole numbers of its least share.
    fn steps(&self, setting: &Setting<'_>) -> Result<Grid> {
        match self.method == Method::Regmix && !setting.reuse.is_frozen() {
            true => Ok(Grid::of_step(self.draws.minimum.unwrap_or(2e-4))),
            false => setting.grid(),
        }
    }

    fn sampler<'a>(&self, setting: &'a Setting<'_>) -> Result<(Box<dyn Sampler + 'a>, String)> {
        if self.method == Method::Spread {
            let words = format!("spread: low-discrepancy, seed {}", self.seed);
            return Ok((spread(setting.reduced, self.seed, None), words));
        }
        let (name, prior) = self.draws.around(setting)?;
        let prior = setting.reuse.gather(&prior);
        let room = Room::new(setting.reduced);
        if self.method == Method::TwoLevel {
            let drawn = self.two_level(setting, prior)?;
            let words = format!(
                "two-level: {} sources around the {name} mixture, seed {}",
                drawn.sources.len(),
                self.seed
            );
            return Ok((drawn.sampler(room), words));
        }
        let drawn = RegMix {
            prior,
            temperature: self.draws.temperature.unwrap_or(0.5),
            strengths: self.draws.strengths(),
            usage: self.draws.usage.unwrap_or(15.0),
            minimum: self.draws.minimum.unwrap_or(2e-4),
            seed: self.seed,
        };
        let words = format!(
            "regmix: around the {name} mixture to the power {}, strengths {} to {}, seed {}",
            drawn.temperature, drawn.strengths.least, drawn.strengths.most, self.seed
        );
        Ok((drawn.sampler(room), words))
    }

    fn two_level(&self, setting: &Setting<'_>, prior: Vec<f64>) -> Result<TwoLevel> {
        let separator = self.draws.separator();
        let sources = sources(&setting.reuse.names, separator);
        if sources.len() == setting.reuse.names.len() {
            let cause = format!("no two domains have the same source before `{separator}`");
            let remedy = "name the separator (--separator :), or use --method regmix";
            return Err(Error::usage(cause, remedy));
        }
        let (source, topic) = (self.draws.source(), self.draws.topic());
        Ok(TwoLevel { prior, sources, source, topic, seed: self.seed })
    }
}
