//! The `[sweep]` part of a study file: which refits are made of every law and target.
//!
//! In: TOML. Out: a checked [`SweepSection`]; names of columns and formulas are still text.

use serde::Deserialize;

/// See the module.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SweepSection {
    /// How resamples are made.
    pub resample: Resample,
    /// What is drawn together: `mixture` for runs of one mixture, else a column's name.
    pub cluster: Option<String>,
    /// How many resamples.
    pub resamples: u64,
    /// Whether refits begin at the full fit; else each is searched from all starts.
    pub warm: bool,
    /// The share of warm refits that are searched from all starts as well.
    pub audit: f64,
    /// What is left out in turn: `row`, `mixture`, or columns each of whose values is left out. Where nothing is
    /// said: rows and mixtures where they are not too many, and inputs of the laws with few values.
    pub leave_out: Option<Vec<String>>,
    /// Columns: fit up to each value, predict the rest. Where nothing is said: inputs of the laws with few
    /// values.
    pub up_to: Option<Vec<String>>,
    /// Subsets of the rows by name, each a formula.
    pub subsets: toml::Table,
    /// Which part of the resamples intervals cover.
    pub level: f64,
    /// Whether the likelihood of each parameter is profiled, in fits with few of them.
    pub profile: bool,
    /// Refits between two checkpoints; about three seconds' worth where nothing is said.
    pub checkpoint_every: Option<u64>,
    /// What the draws are written as.
    pub format: Format,
}

/// How resamples are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resample {
    /// Runs are drawn with replacement.
    #[default]
    Case,
    /// Clusters of runs are drawn with replacement.
    Cluster,
    /// Predictions get residuals of other runs.
    Residual,
    /// Predictions get their own residuals with signs drawn at random.
    Wild,
    /// None are made.
    None,
}

impl Resample {
    /// In words, for reports.
    pub fn words(self) -> &'static str {
        match self {
            Resample::Case => "runs drawn with replacement",
            Resample::Cluster => "clusters of runs drawn with replacement",
            Resample::Residual => "residuals of other runs added to predictions",
            Resample::Wild => "own residuals with random signs added to predictions",
            Resample::None => "no resamples",
        }
    }
}

/// What draws are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Lines of JSON.
    #[default]
    Jsonl,
    /// Lines of JSON, and a Parquet file of the same.
    Parquet,
}

impl Default for SweepSection {
    fn default() -> SweepSection {
        SweepSection {
            resample: Resample::default(),
            cluster: None,
            resamples: 1000,
            warm: true,
            audit: 0.05,
            leave_out: None,
            up_to: None,
            subsets: toml::Table::new(),
            level: 0.9,
            profile: true,
            checkpoint_every: None,
            format: Format::default(),
        }
    }
}

impl SweepSection {
    /// How many resamples are made.
    pub fn drawn(&self) -> u64 {
        match self.resample {
            Resample::None => 0,
            _ => self.resamples,
        }
    }

    /// Checks what can be checked without a table.
    ///
    /// # Errors
    /// What is wrong.
    pub(in crate::study) fn check(&self) -> Result<(), String> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(format!("[sweep] level = {} is not between 0 and 1", self.level));
        }
        if !(0.0..=1.0).contains(&self.audit) {
            return Err(format!("[sweep] audit = {} is not a share from 0 to 1", self.audit));
        }
        if self.checkpoint_every == Some(0) {
            return Err("[sweep] checkpoint_every must be at least 1".into());
        }
        if self.resamples > 1 << 40 {
            return Err(format!(
                "[sweep] resamples = {} is more than anyone can fit",
                self.resamples
            ));
        }
        let clustered = matches!(self.resample, Resample::Cluster | Resample::Wild);
        match (&self.cluster, self.resample) {
            (None, Resample::Cluster) => {
                Err("[sweep] resample = \"cluster\" needs `cluster`: \"mixture\" or a column"
                    .into())
            }
            (Some(_), _) if !clustered => {
                Err("[sweep] `cluster` is for resample = \"cluster\" or \"wild\"".into())
            }
            _ => self.check_subsets(),
        }
    }

    fn check_subsets(&self) -> Result<(), String> {
        match self.subsets.iter().find(|(name, value)| name.is_empty() || !value.is_str()) {
            Some((name, _)) => {
                Err(format!("[sweep.subsets] `{name}` must be a name with a formula in quotes"))
            }
            None => Ok(()),
        }
    }
}
