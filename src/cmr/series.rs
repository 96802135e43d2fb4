//! Checkpoints of continual pre-training, from a table.
//!
//! In: a run table and the names of its columns. Out: a [`Series`] for each model and ratio, of changes
//! of both losses against the base model.

use std::ops::Range;

use crate::error::{Error, Place, Result};
use crate::runs::cells::MISSING;
use crate::runs::{RoleSpec, Runs, Table, hint};

/// A checkpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Units of tokens of continual pre-training, above zero.
    pub t: f64,
    /// General loss minus the base model's, nats; NaN where it was not measured.
    pub general: f64,
    /// Domain loss minus the base model's, nats; NaN where it was not measured.
    pub domain: f64,
}

/// The checkpoints of one model at one ratio.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The model; empty where the table has one only.
    pub model: String,
    /// Share of domain data, 0 to 1.
    pub ratio: f64,
    /// In the order of the table.
    pub points: Vec<Point>,
}

/// Which columns are what.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// Share of domain data, or of general data with `general_share`.
    pub ratio: String,
    /// Tokens of continual pre-training.
    pub tokens: String,
    /// Tokens in one unit of T.
    pub unit: f64,
    /// Loss on general text, nats.
    pub general: String,
    /// Loss on text of the domain, nats.
    pub domain: String,
    /// Losses of the base model: columns; where there are none, rows at zero tokens have them.
    pub base: [String; 2],
    /// The model.
    pub model: String,
    /// The ratio is the share of general data.
    pub general_share: bool,
    /// The ratio is in percent.
    pub percent: bool,
}

/// Reads the series of a table; `spec` says what is derived, filtered and dropped.
///
/// # Errors
/// [`Error::Usage`] for columns that are not there, [`Error::Input`] for ratios or tokens that are none,
/// and for a base model whose loss is unknown.
pub fn read_series(table: Table, columns: &Columns, spec: &RoleSpec) -> Result<Vec<Series>> {
    let has = |name: &str| {
        let made = |formula: &String| formula.split('=').next().is_some_and(|n| n.trim() == name);
        table.find(name).is_some() || spec.derive.iter().any(made)
    };
    columns.check(&table, has)?;
    let with_base = columns.base.iter().all(|name| has(name));
    let by = if has(&columns.model) { vec![columns.model.clone()] } else { Vec::new() };
    let mut input = vec![columns.ratio.clone(), columns.tokens.clone()];
    input.extend(columns.base.iter().filter(|_| with_base).cloned());
    let spec = RoleSpec {
        target: vec![columns.general.clone(), columns.domain.clone()],
        input,
        by: by.into_iter().chain([columns.ratio.clone()]).collect(),
        ..spec.clone()
    };
    let runs = Runs::from_table(table, &spec)?;
    let reader = Reader { columns, runs: &runs, with_base };
    let bases = reader.bases()?;
    let all = runs.groups.iter().map(|group| reader.series(&group.key, group.rows.clone(), &bases));
    let mut series = all.collect::<Result<Vec<Series>>>()?;
    series.retain(|one| !one.points.is_empty());
    if series.is_empty() {
        let cause = format!("no row has tokens above zero in `{}`", columns.tokens);
        let remedy = "give checkpoints of continual pre-training";
        return Err(Error::input(Place::file(&runs.source), cause, remedy));
    }
    Ok(series)
}

impl Columns {
    fn check(&self, table: &Table, has: impl Fn(&str) -> bool) -> Result<()> {
        let all = [
            ("--ratio", &self.ratio),
            ("--tokens", &self.tokens),
            ("--general", &self.general),
            ("--domain", &self.domain),
        ];
        match all.into_iter().find(|(_, name)| !has(name)) {
            None => Ok(()),
            Some((flag, name)) => {
                let cause = format!("{flag}: the table has no column `{name}`");
                let cause = cause + &hint(name, table.names());
                Err(Error::usage(cause, format!("name the column: {flag} COLUMN")))
            }
        }
    }
}

/// A model's losses before continual pre-training: general and domain.
type Bases = Vec<(String, [f64; 2])>;

struct Reader<'a> {
    columns: &'a Columns,
    runs: &'a Runs,
    with_base: bool,
}

impl Reader<'_> {
    fn series(&self, key: &str, rows: Range<usize>, bases: &Bases) -> Result<Series> {
        let (model, ratio) = (model(key), self.ratio(rows.start)?);
        let mut points = Vec::new();
        for row in rows {
            let t = self.tokens(row)?;
            if t == 0.0 {
                continue;
            }
            let base = self.base(row, model, bases)?;
            let change = |k: usize| match self.runs.targets[k].values[row] {
                loss if loss.is_nan() => MISSING,
                loss => loss - base[k],
            };
            let [general, domain] = [change(0), change(1)];
            points.push(Point { t, general, domain });
        }
        Ok(Series { model: model.to_string(), ratio, points })
    }

    fn ratio(&self, row: usize) -> Result<f64> {
        let written = self.runs.input(&self.columns.ratio)?[row];
        let share = if self.columns.percent { written / 100.0 } else { written };
        if !(0.0..=1.0).contains(&share) {
            let remedy = "ratios lie between 0 and 1; add --percent if they are in percent";
            let place = self.runs.place(row, &self.columns.ratio);
            return Err(Error::input(place, format!("{written} is no share"), remedy));
        }
        Ok(if self.columns.general_share { 1.0 - share } else { share })
    }

    fn tokens(&self, row: usize) -> Result<f64> {
        let tokens = self.runs.input(&self.columns.tokens)?[row];
        if tokens < 0.0 {
            let place = self.runs.place(row, &self.columns.tokens);
            let cause = format!("{tokens} tokens of continual pre-training are less than none");
            return Err(Error::input(place, cause, "correct the cell, or leave the row out"));
        }
        Ok(tokens / self.columns.unit)
    }

    /// The rows at zero tokens, where no column has the losses of the base model.
    fn bases(&self) -> Result<Bases> {
        let mut bases = Bases::new();
        for group in self.runs.groups.iter().filter(|_| !self.with_base) {
            for row in group.rows.clone() {
                let losses = [0, 1].map(|k| self.runs.targets[k].values[row]);
                if self.tokens(row)? == 0.0 && losses.iter().all(|loss| loss.is_finite()) {
                    self.add(&mut bases, model(&group.key), losses, row)?;
                }
            }
        }
        Ok(bases)
    }

    fn add(&self, bases: &mut Bases, model: &str, losses: [f64; 2], row: usize) -> Result<()> {
        match bases.iter().find(|(name, _)| name == model) {
            None => bases.push((model.to_string(), losses)),
            Some((_, known)) if *known == losses => {}
            Some((_, known)) => {
                let cause = format!(
                    "the base model{} has other losses here ({losses:?}) than in an earlier row at \
                     zero tokens ({known:?})",
                    named(model)
                );
                let remedy = "correct one of them, or give columns: --base-general, --base-domain";
                return Err(Error::input(
                    self.runs.place(row, &self.columns.general),
                    cause,
                    remedy,
                ));
            }
        }
        Ok(())
    }

    fn base(&self, row: usize, model: &str, bases: &Bases) -> Result<[f64; 2]> {
        if self.with_base {
            let [general, domain] = &self.columns.base;
            return Ok([self.runs.input(general)?[row], self.runs.input(domain)?[row]]);
        }
        let known = bases.iter().find(|(name, _)| name == model).map(|(_, losses)| *losses);
        known.ok_or_else(|| {
            let [general, domain] = &self.columns.base;
            let cause = format!(
                "nothing says what the base model{} loses: there are no columns `{general}` and \
                 `{domain}`, and no row at zero tokens with both losses",
                named(model)
            );
            let remedy = "name the columns (--base-general, --base-domain), make them \
                          (--derive 'base_general_loss = 2.31'), or add a row with 0 tokens";
            Error::input(self.runs.place(row, &self.columns.tokens), cause, remedy)
        })
    }
}

/// The model of a group, whose last value is the ratio.
fn model(key: &str) -> &str {
    key.rsplit_once(", ").map_or("", |(model, _)| model)
}

fn named(model: &str) -> String {
    if model.is_empty() { String::new() } else { format!(" of `{model}`") }
}

/// First and last T of a series and of others.
pub(super) fn observed(series: &Series, [first, last]: [f64; 2]) -> [f64; 2] {
    let times = || series.points.iter().map(|point| point.t);
    [times().fold(first, f64::min), times().fold(last, f64::max)]
}
