//! Draws: the refits of a sweep, one line of JSON each (`mixlaw.draws/1`).
//!
//! In: refits, or a file that a sweep wrote. Out: lines, or [`Draw`]s one after another, never all at once.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ordered;
use crate::error::{Error, Place, Result};
use crate::fit::State;

/// With fewer refits than this no interval is given: its ends would be the first and the last of them.
pub const LEAST_DRAWS: usize = 20;

/// One law refitted to one target, in one group, on some rows or with other weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// The number of its change in the sweep, from 0: all targets and groups of a change share it.
    pub unit: u64,
    /// The law's name.
    pub law: String,
    /// The target's column.
    pub target: String,
    /// The group's key; empty without groups.
    pub group: String,
    /// The name of the subset of rows; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// What is different from the full fit.
    #[serde(flatten)]
    pub change: Change,
    /// Starts that were searched from; 1 is a warm start from the full fit.
    pub starts: usize,
    /// How it ended.
    pub status: State,
    /// Sum of squares, or of Huber losses; none where there is no answer.
    pub objective: Option<f64>,
    /// Every parameter of the law by label, those that are fixed or tied among them; empty where there is no
    /// answer.
    #[serde(with = "ordered")]
    pub parameters: Vec<(String, f64)>,
    /// What both ways came to, where a warm start was checked by a search from all starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// The rows that were left out, with their predictions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

/// What a refit changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Nothing: the fit of all rows, from all starts.
    None,
    /// A bootstrap resample.
    Resample {
        /// Its number; the resamples of all laws and targets with one number are of the same runs.
        number: u64,
    },
    /// A row is left out.
    WithoutRow {
        /// Its number in the table, as in messages.
        row: u64,
    },
    /// All rows of a mixture are left out.
    WithoutMixture {
        /// The first row of the mixture.
        row: u64,
    },
    /// All rows with a value are left out, such as all of a model size.
    WithoutValue {
        /// The column.
        column: String,
        /// The value.
        value: f64,
    },
    /// All rows beyond a value are left out: a test of extrapolation.
    UpTo {
        /// The column.
        column: String,
        /// The largest value that is learnt from.
        value: f64,
    },
}

/// A warm start and a search from all starts, of one refit. The lower of the two is the draw's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// The objective that the warm start led to; none where it led to no minimum.
    pub warm: Option<f64>,
    /// The objective that the starts led to.
    pub searched: Option<f64>,
}

/// Objectives that differ by less than this share are those of one basin.
const SAME: f64 = 1e-6;

impl Audit {
    /// Whether the starts found a lower basin than the warm start.
    pub fn switched(&self) -> bool {
        below(self.searched, self.warm)
    }

    /// Whether the warm start found a lower basin than all starts.
    pub fn missed(&self) -> bool {
        below(self.warm, self.searched)
    }
}

fn below(low: Option<f64>, high: Option<f64>) -> bool {
    low.is_some_and(|low| high.is_none_or(|high| high - low > SAME * high.abs()))
}

/// Rows that a refit has not seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Their numbers in the table, as in messages.
    pub rows: Vec<u64>,
    /// Predictions; none where one is not finite.
    pub predicted: Vec<Option<f64>>,
    /// Observations.
    pub observed: Vec<f64>,
}

/// A file of draws that can be read again and again.
#[derive(Debug, Clone)]
pub struct Draws {
    path: PathBuf,
}

impl Draws {
    /// A file that a sweep wrote.
    ///
    /// # Errors
    /// [`Error::Input`] where it cannot be read.
    pub fn open(path: &Path) -> Result<Draws> {
        let draws = Draws { path: path.to_path_buf() };
        draws.lines().map(|_| draws)
    }

    fn lines(&self) -> Result<impl Iterator<Item = std::io::Result<String>> + use<>> {
        let file = File::open(&self.path).map_err(|e| {
            let cause = format!("cannot read the draws: {e}");
            Error::input(Place::file(&self.path), cause, "give the draws.jsonl of `mixlaw sweep`")
        })?;
        Ok(BufReader::with_capacity(1 << 16, file).lines())
    }

    /// Visits every draw in order.
    ///
    /// # Errors
    /// [`Error::Input`] naming file and line for what is no draw; what `visit` says.
    pub fn each(&self, mut visit: impl FnMut(Draw) -> Result<()>) -> Result<()> {
        for (number, line) in self.lines()?.enumerate() {
            let wrong = |cause: String| {
                let place = Place::file(&self.path).row(number + 1);
                Error::input(
                    place,
                    cause,
                    "give the draws.jsonl of `mixlaw sweep`, as it was written",
                )
            };
            let line = line.map_err(|e| wrong(format!("cannot read the draws: {e}")))?;
            let draw = serde_json::from_str(&line)
                .map_err(|e| wrong(format!("this line is not a draw: {e}")))?;
            visit(draw)?;
        }
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_one_line_and_reads_back() {
        let draw = Draw {
            unit: 7,
            law: "chinchilla".into(),
            target: "loss".into(),
            group: String::new(),
            subset: String::new(),
            change: Change::WithoutValue { column: "N".into(), value: 1e9 },
            starts: 1,
            status: State::Converged,
            objective: Some(0.1 + 0.2),
            parameters: vec![("E".into(), 1.69), ("A".into(), 406.4)],
            audit: None,
            held: Some(Held { rows: vec![3], predicted: vec![Some(2.5)], observed: vec![2.4] }),
        };
        let line = serde_json::to_string(&draw).expect("a line");
        assert!(
            line.contains(r#""change":"without-value","column":"N","value":1000000000.0"#),
            "{line}"
        );
        let back: Draw = serde_json::from_str(&line).expect("a draw");
        assert_eq!(back, draw);
    }
}
