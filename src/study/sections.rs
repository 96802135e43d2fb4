//! The parts of a study file beyond a fit: extrapolation, generalisation, optimisation.
//!
//! In: TOML. Out: [`Sections`], in which names of laws and formulas are still text.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What a study asks for beside its fits.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    /// The `[extrapolation]` parts.
    pub extrapolation: Vec<ExtrapolationSection>,
    /// The `[generalisation]` parts.
    pub generalisation: Vec<GeneralisationSection>,
    /// The `[optimisation]` part.
    pub optimisation: Option<OptimisationSection>,
}

/// Hold out the end of each run (BiMix, Sec. 5.1).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtrapolationSection {
    /// The column that a run goes along, such as its steps.
    pub along: String,
    /// How many of its values are held out, the greatest of each mixture.
    #[serde(default = "one")]
    pub last: usize,
    /// Learn from the earlier rows of all mixtures together, not mixture by mixture.
    #[serde(default)]
    pub pooled: bool,
    /// The laws; those of `[fit]` where none is named.
    #[serde(default)]
    pub laws: Vec<String>,
    /// Files of laws.
    #[serde(default)]
    pub law_files: Vec<PathBuf>,
}

/// Learn from some mixtures and predict the others (BiMix, Sec. 5.2).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneralisationSection {
    /// How many mixtures to learn from, drawn at random.
    pub mixtures: Option<usize>,
    /// How often they are drawn; once where it is not said.
    pub draws: Option<usize>,
    /// Rows to learn from, as a formula: whole mixtures.
    pub learn: Option<String>,
    /// The laws; those of `[fit]` where none is named.
    #[serde(default)]
    pub laws: Vec<String>,
    /// Files of laws.
    #[serde(default)]
    pub law_files: Vec<PathBuf>,
}

/// The best mixture by the fits of `[fit]` (BiMix, Sec. 5.3).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimisationSection {
    /// Where: values for the inputs other than the mixture, such as `s=20`, or `N=1e9, D=2e10`.
    pub at: Vec<String>,
    /// `sum` (the paper's, and what is taken where nothing is said), `mean` or `worst`.
    pub goal: Option<String>,
    /// The law, where `[fit]` has several.
    pub law: Option<String>,
    /// The group, where the table is grouped.
    pub group: Option<String>,
}

fn one() -> usize {
    1
}

/// The parts as the file has them.
pub(super) struct Raw {
    pub(super) extrapolation: Option<toml::Value>,
    pub(super) generalisation: Option<toml::Value>,
    pub(super) optimisation: Option<OptimisationSection>,
}

impl Sections {
    /// Reads them; paths are relative to `base`.
    ///
    /// # Errors
    /// What is wrong, naming the part.
    pub(super) fn new(raw: Raw, base: &Path) -> Result<Sections, String> {
        let mut sections = Sections {
            extrapolation: each("extrapolation", raw.extrapolation)?,
            generalisation: each("generalisation", raw.generalisation)?,
            optimisation: raw.optimisation,
        };
        let files = sections.extrapolation.iter_mut().flat_map(|part| &mut part.law_files);
        let more = sections.generalisation.iter_mut().flat_map(|part| &mut part.law_files);
        files.chain(more).for_each(|file| *file = base.join(&file));
        Ok(sections)
    }
}

/// One table or a list of tables.
fn each<T: DeserializeOwned>(name: &str, value: Option<toml::Value>) -> Result<Vec<T>, String> {
    let values = match value {
        None => Vec::new(),
        Some(toml::Value::Array(list)) => list,
        Some(one) => vec![one],
    };
    let read = |value: toml::Value| {
        value.try_into().map_err(|e| format!("[{name}]: {e}").trim_end().to_string())
    };
    values.into_iter().map(read).collect()
}
