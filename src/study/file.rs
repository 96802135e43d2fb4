//! Study files: a table, laws, an objective, a hold-out, protocols and where the results go, in TOML.
//!
//! In: a path. Out: a checked [`Study`] whose paths are relative to the file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::sections::{OptimisationSection, Raw, Sections};
use super::sweep::SweepSection;
use crate::error::{Error, Place, Result};
use crate::runs::RoleSpec;

/// A study file.
#[derive(Debug, Clone)]
pub struct Study {
    /// What it is called.
    pub name: String,
    /// Seed of the starts.
    pub seed: u64,
    /// Run tables, joined if there are several.
    pub tables: Vec<PathBuf>,
    /// The key to join them on.
    pub join: Option<String>,
    /// The roles of their columns.
    pub roles: RoleSpec,
    /// Laws and how to fit them.
    pub fit: FitSection,
    /// Rows to hold out, as a formula.
    pub holdout: Option<String>,
    /// What is asked for beside the fits.
    pub sections: Sections,
    /// The refits of `mixlaw sweep`.
    pub sweep: Option<SweepSection>,
    /// The flags of `mixlaw cmr`, where that is asked for in place of fits.
    pub cmr: Option<Vec<String>>,
    /// Where results go.
    pub folder: PathBuf,
}

/// The `[fit]` part: the flags of `mixlaw fit`, by the same names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each field is documented as a flag of `mixlaw fit`")]
pub struct FitSection {
    #[serde(default)]
    pub laws: Vec<String>,
    #[serde(default)]
    pub law_files: Vec<PathBuf>,
    pub residual: Option<String>,
    pub loss: Option<String>,
    pub delta: Option<f64>,
    pub starts: Option<usize>,
    #[serde(default)]
    pub fix: Vec<String>,
    #[serde(default)]
    pub tie: Vec<String>,
    #[serde(default)]
    pub bound: Vec<String>,
    #[serde(default)]
    pub start: Vec<String>,
    #[serde(default)]
    pub size: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StudyFile {
    name: String,
    #[serde(default)]
    seed: u64,
    runs: toml::Table,
    fit: Option<FitSection>,
    cmr: Option<toml::Table>,
    holdout: Option<HoldoutSection>,
    sweep: Option<SweepSection>,
    extrapolation: Option<toml::Value>,
    generalisation: Option<toml::Value>,
    optimisation: Option<OptimisationSection>,
    output: Option<OutputSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldoutSection {
    #[serde(rename = "where")]
    filter: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputSection {
    folder: PathBuf,
}

impl Study {
    /// Reads a study file.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the file, and the line where TOML itself is at fault.
    pub fn read(path: &Path) -> Result<Study> {
        let wrong = |cause: String| Error::Usage {
            place: Place::file(path),
            cause,
            remedy: "see datasets/slimpajama-planted/study.toml for a study that works".into(),
        };
        let text = std::fs::read_to_string(path)
            .map_err(|e| wrong(format!("cannot read the study: {e}")))?;
        let mut file: StudyFile =
            toml::from_str(&text).map_err(|e| wrong(e.to_string().trim_end().to_string()))?;
        let base = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut take = |key: &str| file.runs.remove(key);
        let tables: Vec<PathBuf> = take("tables")
            .ok_or_else(|| wrong("[runs] has no `tables`".into()))?
            .try_into()
            .map_err(|e| wrong(format!("[runs] tables: {e}")))?;
        let join: Option<String> = take("join")
            .map(|value| value.try_into().map_err(|e| wrong(format!("[runs] join: {e}"))))
            .transpose()?;
        let roles: RoleSpec = file.runs.try_into().map_err(|e| wrong(format!("[runs]: {e}")))?;
        if file.fit.is_some() == file.cmr.is_some() {
            return Err(wrong("a study has either a part [fit] or a part [cmr]".into()));
        }
        if file.cmr.is_some() && roles != RoleSpec::default() {
            return Err(wrong("with [cmr], what columns are is said there, not in [runs]".into()));
        }
        let cmr = file.cmr.map(|table| flags(&table)).transpose().map_err(wrong)?;
        let mut fit = file.fit.unwrap_or_default();
        fit.law_files.iter_mut().for_each(|law| *law = base.join(&law));
        let raw = Raw {
            extrapolation: file.extrapolation,
            generalisation: file.generalisation,
            optimisation: file.optimisation,
        };
        let sections = Sections::new(raw, &base).map_err(wrong)?;
        if let Some(sweep) = &file.sweep {
            sweep.check().map_err(wrong)?;
        }
        let folder = file.output.map_or_else(|| "results".into(), |output| output.folder);
        Ok(Study {
            name: file.name,
            seed: file.seed,
            tables: tables.iter().map(|table| base.join(table)).collect(),
            join,
            roles,
            fit,
            cmr,
            sweep: file.sweep,
            holdout: file.holdout.map(|holdout| holdout.filter),
            sections,
            folder: base.join(folder),
        })
    }
}

/// The flags that the keys of a table stand for: `key = true` is `--key`, a list repeats its flag.
fn flags(table: &toml::Table) -> std::result::Result<Vec<String>, String> {
    let mut flags = Vec::new();
    for (key, value) in table {
        let values = match value {
            toml::Value::Array(values) => &values[..],
            one => std::slice::from_ref(one),
        };
        for value in values {
            match value {
                toml::Value::Boolean(true) => flags.push(format!("--{key}")),
                toml::Value::Boolean(false) => {}
                toml::Value::String(text) => flags.push(format!("--{key}={text}")),
                toml::Value::Integer(number) => flags.push(format!("--{key}={number}")),
                toml::Value::Float(number) => flags.push(format!("--{key}={number}")),
                other => return Err(format!("`{key}` is no flag's value: {other}")),
            }
        }
    }
    Ok(flags)
}
