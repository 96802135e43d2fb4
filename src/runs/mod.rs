//! Tables of training runs: from files to one checked value.
//!
//! In: CSV, JSONL or Parquet files, one run or checkpoint a row, and a [`RoleSpec`] that says which
//! columns are the mixture, the targets and so on. Out: [`Runs`], whose proportions sum to 1 and
//! whose numbers are finite, with counts of every row that was left out on the way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};

mod assemble;
pub mod cells;
pub mod csv;
mod derive;
mod distinct;
mod gaps;
mod glob;
mod group;
pub mod health;
mod join;
mod json_row;
pub mod jsonl;
mod mixture;
mod names;
mod own;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(not(feature = "parquet"))]
mod parquet_off;
mod rank;
mod read;
mod resolve;
mod roles;
mod shifted;
pub mod strings;
pub mod table;

pub(crate) use glob::starred;
pub use group::Group;
pub use health::{Health, health};
pub use join::KEYS;
pub(crate) use names::hint;
pub use read::read_table;
use resolve::Purpose;
pub use roles::{MissingPolicy, RoleSpec};
pub use table::Table;

/// A checked table of runs: every column has one number a row, and rows of a group stand together.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    /// The files, in one line.
    pub source: String,
    /// The domains of the mixture; empty if the table has none.
    pub domains: Vec<String>,
    /// For each domain its proportion in every row; a row sums to 1, unless shares are as written.
    pub mixture: Vec<Arc<Vec<f64>>>,
    /// For each domain the name of its column.
    pub mixture_columns: Vec<String>,
    /// The losses or metrics to fit, in the order of the patterns.
    pub targets: Vec<Target>,
    /// Every other column that is a finite number in each row.
    pub inputs: BTreeMap<String, Arc<Vec<f64>>>,
    /// Every column that is neither of these, with the reason.
    pub incomplete: BTreeMap<String, String>,
    /// The groups, in order; one with an empty key if the table is not grouped.
    pub groups: Vec<Group>,
    /// The weight of each row.
    pub weight: Option<Arc<Vec<f64>>>,
    /// For each row its data row in the (first) file, counted from 1.
    pub row_numbers: Vec<u32>,
    /// Where the rows went.
    pub counts: RowCounts,
    /// A key that stands in one of the joined files only, and the file.
    pub lone_key: Option<String>,
    sources: Vec<table::Source>,
    origins: BTreeMap<String, usize>,
}

/// A loss or metric to fit.
#[derive(Debug, Clone)]
pub struct Target {
    /// The name of its column.
    pub column: String,
    /// The part of the name that the pattern's star stands for; the whole name without a star.
    pub domain: String,
    /// The number of the domain that it is measured on, if that is in the mixture.
    pub own: Option<usize>,
    /// Its value in each row; NaN where it is missing.
    pub values: Arc<Vec<f64>>,
}

/// Where the rows went: `read = used + filtered + dropped_missing + joined_away`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Distinct runs in the files: rows of one file, or keys of joined files.
    #[serde(rename = "rows_read")]
    pub read: usize,
    /// Rows used.
    #[serde(rename = "rows_used")]
    pub used: usize,
    /// Rows that the filter left out.
    #[serde(rename = "rows_filtered")]
    pub filtered: usize,
    /// Rows that were dropped because a cell was empty, NaN or infinite.
    #[serde(rename = "rows_dropped_missing")]
    pub dropped_missing: usize,
    /// Rows whose proportions were off by more than 1e-9 and were divided by their sum.
    #[serde(rename = "rows_renormalised")]
    pub renormalised: usize,
    /// Keys that only one of the joined files has.
    #[serde(rename = "rows_joined_away")]
    pub joined_away: usize,
}

/// Reads tables for fitting: joins them, derives columns, filters, checks.
///
/// # Errors
/// [`Error::Input`] for a table that cannot be used, naming file, row and column;
/// [`Error::Usage`] or [`Error::Formula`] for a role that does not fit the table.
pub fn read(paths: &[PathBuf], join: Option<&str>, spec: &RoleSpec) -> Result<Runs> {
    Runs::from_table(read_table(paths, join, spec)?, spec)
}

/// Reads tables of mixtures to predict: targets may be absent or constant, domains unused.
///
/// # Errors
/// As [`read()`].
pub fn read_for_prediction(paths: &[PathBuf], join: Option<&str>, spec: &RoleSpec) -> Result<Runs> {
    Runs::for_prediction(read_table(paths, join, spec)?, spec)
}

impl Runs {
    /// Checks a table from memory as if it had been read for fitting.
    ///
    /// # Errors
    /// As [`read()`].
    pub fn from_table(table: Table, spec: &RoleSpec) -> Result<Runs> {
        assemble::assemble(table, spec, Purpose::Fit)
    }

    /// Checks a table as [`read_for_prediction`] does.
    ///
    /// # Errors
    /// As [`read()`].
    pub fn for_prediction(table: Table, spec: &RoleSpec) -> Result<Runs> {
        assemble::assemble(table, spec, Purpose::Predict)
    }

    /// How many rows are used.
    pub fn len(&self) -> usize {
        self.row_numbers.len()
    }

    /// True if there is no row; a table that was read has at least one.
    pub fn is_empty(&self) -> bool {
        self.row_numbers.is_empty()
    }

    /// A column that a law reads by name.
    ///
    /// # Errors
    /// [`Error::Input`] that says why there is no such input and how to make one.
    pub fn input(&self, name: &str) -> Result<&Arc<Vec<f64>>> {
        self.inputs.get(name).ok_or_else(|| self.no_input(name))
    }

    /// The number of the target with this column name, else with this domain name.
    pub fn target_index(&self, name: &str) -> Option<usize> {
        let by_column = self.targets.iter().position(|target| target.column == name);
        by_column.or_else(|| self.targets.iter().position(|target| target.domain == name))
    }

    /// The different mixtures of the rows in order of appearance; none if there are more than
    /// `most`.
    pub fn distinct_mixtures(&self, most: usize) -> Vec<Vec<f64>> {
        let columns: Vec<&[f64]> = self.mixture.iter().map(|column| column.as_slice()).collect();
        let first = distinct::first_equal(&columns, self.len());
        if columns.is_empty() || distinct::count(&first) > most {
            return Vec::new();
        }
        let rows = first.iter().enumerate().filter(|&(row, &first)| row == first as usize);
        rows.map(|(row, _)| columns.iter().map(|column| column[row]).collect()).collect()
    }

    /// The same runs as one group.
    #[must_use]
    pub fn ungrouped(&self) -> Runs {
        let all = Group { key: String::new(), rows: 0..self.len() };
        Runs { groups: vec![all], ..self.clone() }
    }

    /// The same runs with the mixture in the order of these domains, which a fit was made with.
    ///
    /// # Errors
    /// [`Error::Input`] if a domain is missing or another is there as well.
    pub fn with_domains(mut self, domains: &[String]) -> Result<Runs> {
        let order = self.domain_order(domains)?;
        self.mixture = order.iter().map(|&old| Arc::clone(&self.mixture[old])).collect();
        self.mixture_columns = order.iter().map(|&old| self.mixture_columns[old].clone()).collect();
        self.domains = domains.to_vec();
        for target in &mut self.targets {
            target.own = target.own.and_then(|own| order.iter().position(|&old| old == own));
        }
        Ok(self)
    }

    /// The same runs with the domains and targets of another table, in its order. A target that they do
    /// not have has no observations.
    ///
    /// # Errors
    /// [`Error::Input`] if a domain is missing or another is there as well.
    pub fn like(self, other: &Runs) -> Result<Runs> {
        let mut runs = self.with_domains(&other.domains)?;
        let missing = Arc::new(vec![f64::NAN; runs.len()]);
        let same = |target: &Target| {
            let there = runs.targets.iter().find(|own| own.column == target.column);
            let values = there.map_or_else(|| Arc::clone(&missing), |own| Arc::clone(&own.values));
            Target { values, ..target.clone() }
        };
        runs.targets = other.targets.iter().map(same).collect();
        Ok(runs)
    }

    fn domain_order(&self, domains: &[String]) -> Result<Vec<usize>> {
        let wrong = |cause, remedy| Err(Error::input(Place::file(&self.source), cause, remedy));
        if let Some(extra) = (0..self.domains.len()).find(|&i| !domains.contains(&self.domains[i]))
        {
            let cause = format!("the fit knows nothing about the domain `{}`", self.domains[extra]);
            let column = &self.mixture_columns[extra];
            return wrong(cause, format!("leave it out: --mixture '!{column}'"));
        }
        let mut order = Vec::with_capacity(domains.len());
        for domain in domains {
            let Some(number) = self.domains.iter().position(|known| known == domain) else {
                let known = self.domains.join(", ");
                let cause = format!("the fit has a domain `{domain}`, this mixture only {known}");
                let remedy = "give the same domains as in the fit: --mixture 'PATTERN'";
                return wrong(cause, remedy.to_string());
            };
            order.push(number);
        }
        Ok(order)
    }

    /// File, row and column of a cell: `row` counts the rows in use from 0.
    pub fn place(&self, row: usize, column: &str) -> Place {
        let source = self.origins.get(column).copied().unwrap_or(0);
        let Some(source) = self.sources.get(source) else {
            return Place::file(&self.source).column(column);
        };
        let place = Place::file(&source.path).column(column);
        match source.rows.get(row) {
            Some(&number) => place.row(number as usize),
            None => place,
        }
    }

    fn no_input(&self, name: &str) -> Error {
        if let Some(reason) = self.incomplete.get(name) {
            let cause = format!("`{name}` cannot be an input: {reason}");
            let remedy = format!(
                "correct the table, or leave such rows out: --input '{name}' --missing drop, or --where"
            );
            return Error::input(Place::default(), cause, remedy);
        }
        let place = Place::file(&self.source);
        if let Some(domain) = self.mixture_columns.iter().position(|column| column == name) {
            let cause = format!("`{name}` is a column of the mixture, not an input");
            let remedy = format!("write it as a share: w[{}]", self.domains[domain]);
            return Error::input(place, cause, remedy);
        }
        if self.targets.iter().any(|target| target.column == name) {
            let cause = format!("`{name}` is a target, not an input");
            return Error::input(place, cause, format!("leave it out: --target '!{name}'"));
        }
        let cause = format!("the table has no column `{name}`");
        let inputs = self.inputs.keys().map(String::as_str);
        if let Some(other) = names::same_meaning(name, inputs.clone()) {
            let cause = cause + &format!("; is it `{other}`?");
            let formula = format!("{} = {}", names::quoted(name), names::quoted(other));
            return Error::input(place, cause, format!("say so: --derive '{formula}'"));
        }
        let names = inputs.chain(self.incomplete.keys().map(String::as_str));
        let remedy = format!("make one from others: --derive '{} = ...'", names::quoted(name));
        Error::input(place, cause + &hint(name, names), remedy)
    }
}
