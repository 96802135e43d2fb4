//! A law as its author declares it: the formula, and what is known about its parameters.
//!
//! In: a TOML text (catalogue or user file) or a bare formula. Out: a checked [`Law`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::grammar::parse;
use super::syntax::Formula;
use crate::error::{Error, Place, Result};

/// A law: a formula and what its names mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    /// Short name; for a bare formula the formula itself.
    pub name: String,
    /// One line on what it describes.
    pub title: String,
    /// Paper and equation.
    pub source: String,
    /// The form that the paper prints, where it differs.
    pub published: Option<String>,
    /// What to beware of.
    pub caveats: Vec<String>,
    /// The formula.
    pub formula: Formula,
    /// Declared inputs and their meanings; for a bare formula empty, and then every name that is
    /// a column of the table is an input.
    pub inputs: Vec<(String, String)>,
    /// Declared parameters, in order.
    pub parameters: Vec<(String, ParameterSpec)>,
    /// Quantities computed from the parameters, reported beside them.
    pub derived: Vec<(String, Formula)>,
    /// Index sets and their sizes.
    pub sets: BTreeMap<String, usize>,
}

/// What is known about a parameter before the data are seen.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSpec {
    /// What it stands for.
    pub meaning: String,
    /// Its unit.
    pub unit: String,
    /// Lower bound zero, and searched on a logarithmic scale.
    pub positive: bool,
    /// The range that starts are drawn from; `None` where the data must tell.
    pub start: Option<[f64; 2]>,
    /// Hard bounds, infinite where there are none.
    pub bounds: [f64; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LawFile {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    source: String,
    published: Option<String>,
    #[serde(default)]
    caveats: Vec<String>,
    formula: String,
    #[serde(default)]
    inputs: toml::Table,
    #[serde(default)]
    parameters: toml::Table,
    #[serde(default)]
    derived: toml::Table,
    #[serde(default)]
    sets: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InputFile {
    #[serde(default)]
    meaning: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ParameterFile {
    #[serde(default)]
    meaning: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    positive: bool,
    start: Option<[f64; 2]>,
    bounds: Option<[f64; 2]>,
}

impl Law {
    /// A law that is just a formula.
    ///
    /// # Errors
    /// [`Error::Formula`].
    pub fn from_formula(text: &str) -> Result<Law> {
        Ok(Law {
            name: text.split_whitespace().collect::<Vec<_>>().join(" "),
            title: String::new(),
            source: "given on the command line".into(),
            published: None,
            caveats: Vec::new(),
            formula: parse(text)?,
            inputs: Vec::new(),
            parameters: Vec::new(),
            derived: Vec::new(),
            sets: BTreeMap::new(),
        })
    }

    /// A law file.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the file when it cannot be read or says something impossible.
    pub fn read(path: &Path) -> Result<Law> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::Usage {
            place: Place::file(path),
            cause: format!("cannot read the law file: {e}"),
            remedy: "check the path and its permissions".into(),
        })?;
        Law::from_toml(&text, &Place::file(path))
    }

    /// A law in TOML; `place` is named in errors.
    ///
    /// # Errors
    /// [`Error::Usage`] or [`Error::Formula`].
    pub fn from_toml(text: &str, place: &Place) -> Result<Law> {
        let remedy = "see `mixlaw laws bimix --toml` for a law file that works";
        let wrong = |cause: String| Error::Usage {
            place: place.clone(),
            cause,
            remedy: remedy.to_string(),
        };
        let file: LawFile =
            toml::from_str(text).map_err(|e| wrong(e.to_string().trim_end().to_string()))?;
        let formula = |text: &str| parse(text).map_err(|e| located(e, place));
        let mut law = Law { source: file.source, ..Law::from_formula("0")? };
        law.formula = formula(file.formula.trim())?;
        check_sets(&file.sets).map_err(wrong)?;
        (law.name, law.title, law.published) = (file.name, file.title, file.published);
        (law.caveats, law.sets) = (file.caveats, file.sets);
        for (name, value) in file.inputs {
            let input: InputFile = value.try_into().map_err(|e| wrong(format!("{name}: {e}")))?;
            law.inputs.push((name, input.meaning));
        }
        for (name, value) in file.parameters {
            let spec: ParameterFile =
                value.try_into().map_err(|e| wrong(format!("{name}: {e}")))?;
            let spec = spec.check().map_err(|cause| wrong(format!("parameter {name}: {cause}")))?;
            law.parameters.push((name, spec));
        }
        for (name, value) in file.derived {
            let Some(text) = value.as_str() else {
                return Err(wrong(format!("derived quantity {name} must be a formula in quotes")));
            };
            law.derived.push((name, formula(text)?));
        }
        Ok(law)
    }

    /// What is declared about a parameter, by its base name.
    pub fn parameter(&self, base: &str) -> Option<&ParameterSpec> {
        self.parameters.iter().find(|(name, _)| name == base).map(|(_, spec)| spec)
    }

    /// Whether the law says what its inputs are; if not, they are found by name in the table.
    pub fn declares_inputs(&self) -> bool {
        !self.inputs.is_empty() || !self.parameters.is_empty()
    }
}

/// Sizes of index sets are whole numbers that a law can be written out for.
pub fn check_sets(sets: &BTreeMap<String, usize>) -> std::result::Result<(), String> {
    match sets.iter().find(|(_, size)| !(1..=4096).contains(*size)) {
        None => Ok(()),
        Some((name, size)) => {
            Err(format!("index set {name} has size {size}; sizes go from 1 to 4096"))
        }
    }
}

impl ParameterFile {
    fn check(self) -> std::result::Result<ParameterSpec, String> {
        let lowest = if self.positive { 0.0 } else { f64::NEG_INFINITY };
        let mut bounds = self.bounds.unwrap_or([lowest, f64::INFINITY]);
        bounds[0] = bounds[0].max(lowest);
        if bounds[0].is_nan() || bounds[1].is_nan() || bounds[0] >= bounds[1] {
            return Err("the lower bound must be below the upper".into());
        }
        if let Some([low, high]) = self.start {
            let inside = low >= bounds[0] && high <= bounds[1];
            let ordered = low.is_finite() && high.is_finite() && low <= high;
            if !ordered || !inside || (self.positive && low <= 0.0) {
                return Err(format!(
                    "the start range [{low}, {high}] must be finite, ordered, within the bounds, \
                     and above zero for a positive parameter"
                ));
            }
        }
        Ok(ParameterSpec {
            meaning: self.meaning,
            unit: self.unit,
            positive: self.positive,
            start: self.start,
            bounds,
        })
    }
}

/// A formula error, told which file it is in.
pub fn located(error: Error, file: &Place) -> Error {
    match error {
        Error::Formula { text, at, cause, remedy, .. } => {
            Error::Formula { place: file.clone(), text, at, cause, remedy }
        }
        other => other,
    }
}
