//! The flags that say what a run table holds.
//!
//! In: arguments. Out: paths and a [`RoleSpec`]; every subcommand that reads runs shares them.

use std::path::PathBuf;

use clap::Args;

use crate::error::Result;
use crate::runs::{MissingPolicy, RoleSpec, Runs, read};

/// A table of runs and the roles of its columns.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunsArgs {
    /// Run tables: CSV, TSV, JSONL or Parquet; several are joined row by row on a key column
    #[arg(required = true, num_args = 1.., value_name = "RUNS")]
    pub(crate) runs: Vec<PathBuf>,

    /// Key column to join several tables on [default: the first of `run`, `index`, `run_id`, `id`
    /// that both have]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub(crate) join: Option<String>,

    /// Columns of the mixture, such as 'weight_*'; the starred part names the domain
    ///
    /// `*` is any text and `?` any one character. '!PATTERN' leaves columns out; '@FILE:PATTERN'
    /// takes columns of one of several files. May be given several times.
    #[arg(long, value_name = "PATTERN", help_heading = "Columns")]
    pub(crate) mixture: Vec<String>,

    /// Columns of the losses or metrics to fit, such as '*_loss'; patterns as for --mixture
    #[arg(long, value_name = "PATTERN", help_heading = "Columns")]
    pub(crate) target: Vec<String>,

    /// The domain that a target is measured on, where their names differ; 'TARGET=' for none
    #[arg(long, value_name = "TARGET=DOMAIN", help_heading = "Columns")]
    pub(crate) own: Vec<String>,

    /// Columns that the laws read and that --missing should act on
    #[arg(long, value_name = "PATTERN", help_heading = "Columns")]
    pub(crate) input: Vec<String>,

    /// A column made from others, such as 'D = FLOP / (6 * N)'; may use earlier ones
    #[arg(long, value_name = "NAME = FORMULA", help_heading = "Columns")]
    pub(crate) derive: Vec<String>,

    /// Use only the rows for which this is true, such as 'loss < 3.5'
    #[arg(long = "where", value_name = "FORMULA", help_heading = "Rows")]
    pub(crate) filter: Option<String>,

    /// Fit the rows of each value of this column on their own; given several times, those of each
    /// combination of values
    #[arg(long, value_name = "COLUMN", help_heading = "Rows")]
    pub(crate) by: Vec<String>,

    /// Column of row weights (0 or more)
    #[arg(long, value_name = "COLUMN", help_heading = "Rows")]
    pub(crate) weight: Option<String>,

    /// The mixture is written in percent
    #[arg(long, help_heading = "Columns")]
    pub(crate) percent: bool,

    /// Take shares as they are written: do not divide rows that rounding moved from 1 by their sums
    #[arg(long, help_heading = "Columns")]
    pub(crate) as_written: bool,

    /// What to do about rows with an empty, NaN or infinite cell: refuse the table (error) or
    /// leave the row out and count it (drop). An empty target cell is never an error.
    #[arg(long, value_name = "error|drop", default_value = "error", help_heading = "Rows")]
    pub(crate) missing: MissingPolicy,
}

impl RunsArgs {
    /// The same with the shares as they are written, where RegMix's own protocol is asked for: it did
    /// not divide them by their sums.
    pub(crate) fn as_in_the_paper(&self, paper: bool) -> RunsArgs {
        RunsArgs { as_written: self.as_written || paper, ..self.clone() }
    }

    /// The roles as plain data.
    pub(crate) fn spec(&self) -> RoleSpec {
        RoleSpec {
            mixture: self.mixture.clone(),
            target: self.target.clone(),
            own: self.own.clone(),
            input: self.input.clone(),
            derive: self.derive.clone(),
            filter: self.filter.clone(),
            by: self.by.clone(),
            weight: self.weight.clone(),
            percent: self.percent,
            as_written: self.as_written,
            missing: self.missing,
        }
    }

    /// Reads the tables for fitting.
    ///
    /// # Errors
    /// As [`read`].
    pub(crate) fn read(&self) -> Result<Runs> {
        read(&self.runs, self.join.as_deref(), &self.spec())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        runs: RunsArgs,
    }

    #[test]
    fn flags_become_a_spec() {
        let line =
            "p a.csv b.csv --mixture w_* --mixture !w_x --where x<3 --missing drop --percent";
        let program = Program::try_parse_from(line.split(' ')).expect("it parses");
        let spec = program.runs.spec();
        assert_eq!(program.runs.runs.len(), 2);
        assert_eq!(spec.mixture, ["w_*", "!w_x"]);
        assert_eq!(spec.filter.as_deref(), Some("x<3"));
        assert_eq!(spec.missing, MissingPolicy::Drop);
        assert!(spec.percent && spec.own.is_empty());
    }

    #[test]
    fn a_table_is_needed_and_policies_have_names() {
        assert!(Program::try_parse_from(["p"]).is_err());
        assert!(Program::try_parse_from(["p", "a.csv", "--missing", "ignore"]).is_err());
    }
}
