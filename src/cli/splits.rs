//! The flags that say what is kept from contenders.
//!
//! In: arguments and a table. Out: schemes of splits.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::roles::RunsArgs;
use crate::error::{Error, Result};
use crate::law::RowFormula;
use crate::runs::{Runs, read_for_prediction};
use crate::study::compare::{Scheme, Series, by_value, folds, from_mixtures, last, upwards};
use crate::study::keep_rows;

/// Folds, values of a column, formulas, other tables.
#[derive(Debug, Args)]
pub(super) struct SplitArgs {
    /// Folds of a cross-validation; rows of one mixture are never on both sides. 0 for none
    /// [default: 5, or 0 where another split is asked for]
    #[arg(long, value_name = "K", help_heading = "Splits")]
    folds: Option<usize>,
    /// How often the folds are drawn anew
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Splits")]
    rounds: usize,
    /// Keep each value of this column for the test in turn, such as each model size (repeat)
    #[arg(long, value_name = "COLUMN", help_heading = "Splits")]
    leave_out: Vec<String>,
    /// Keep each value of this column for the test in turn, and learn from the rows of smaller values
    /// alone: from small models to the next larger one (repeat)
    #[arg(long, value_name = "COLUMN", help_heading = "Splits")]
    small_to_large: Vec<String>,
    /// Keep the last values of --along of each mixture for the test, as many as this; the earlier rows of
    /// all mixtures are learnt from
    #[arg(long, value_name = "N", requires = "along", help_heading = "Splits")]
    last: Option<usize>,
    /// The column that runs go along, such as their steps
    #[arg(long, value_name = "COLUMN", requires = "last", help_heading = "Splits")]
    along: Option<String>,
    /// With --last, learn each mixture from its own earlier rows alone
    #[arg(long, requires = "last", help_heading = "Splits")]
    apart: bool,
    /// Learn from this many mixtures, drawn at random, and test on all others
    #[arg(long, value_name = "K", help_heading = "Splits")]
    from_mixtures: Option<usize>,
    /// How often they are drawn
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Splits")]
    draws: usize,
    /// Keep the rows for which this is true for the test, such as 'N > 1e9' (repeat)
    #[arg(long, value_name = "FORMULA", help_heading = "Splits")]
    holdout: Vec<String>,
    /// Another table for the test: one file, or several joined as the first: 'a.csv+b.csv' (repeat)
    #[arg(long, value_name = "FILES", help_heading = "Splits")]
    test: Vec<String>,
}

impl SplitArgs {
    /// The schemes, in the order of the flags above.
    pub(super) fn schemes(&self, args: &RunsArgs, runs: &Runs, seed: u64) -> Result<Vec<Scheme>> {
        let mut schemes = Vec::new();
        let count = self.folds.unwrap_or(if self.others() == 0 { 5 } else { 0 });
        if count > 0 {
            if self.rounds == 0 {
                return Err(Error::usage("--rounds must be at least 1", "leave it away"));
            }
            schemes.push(folds(runs, count, self.rounds, seed)?);
        }
        for column in &self.leave_out {
            schemes.push(by_value(runs, column)?);
        }
        for column in &self.small_to_large {
            schemes.push(upwards(runs, column)?);
        }
        let series = Series::new(runs);
        if let (Some(count), Some(column)) = (self.last, &self.along) {
            schemes.push(last(runs, &series, column, count, !self.apart)?);
        }
        if let Some(count) = self.from_mixtures {
            schemes.push(from_mixtures(&series, count, self.draws, seed)?);
        }
        for formula in &self.holdout {
            let keep = keep_rows(runs, Some(&RowFormula::parse(formula)?))?;
            schemes.push(Scheme::held(format!("held out: {formula}"), keep));
        }
        for files in &self.test {
            let table = Arc::new(test_table(args, files, runs)?);
            schemes.push(Scheme::other(format!("test: {files}"), runs, table));
        }
        if schemes.is_empty() {
            let remedy = "leave --folds away, or give --leave-out, --small-to-large, --last, \
                          --from-mixtures, --holdout or --test";
            return Err(Error::usage("nothing is kept for a test", remedy));
        }
        Ok(schemes)
    }

    fn others(&self) -> usize {
        let columns = self.leave_out.len() + self.small_to_large.len();
        let series = usize::from(self.last.is_some()) + usize::from(self.from_mixtures.is_some());
        columns + series + self.holdout.len() + self.test.len()
    }
}

/// A table to test on, with the domains and targets of the one learnt from, in its order.
pub(super) fn test_table(args: &RunsArgs, files: &str, runs: &Runs) -> Result<Runs> {
    let paths: Vec<PathBuf> = files.split('+').map(PathBuf::from).collect();
    read_for_prediction(&paths, args.join.as_deref(), &args.spec())?.like(runs)
}
