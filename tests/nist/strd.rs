//! Reads a StRD file: starts, certified values and data.
//!
//! In: the text of a `.dat` file. Out: a [`Certified`] problem. A parameter row reads
//! `b1 = START1 START2 VALUE DEVIATION`; data follow the last line that begins with `Data:`, the
//! response first.

use std::path::Path;

/// What NIST certifies about one parameter.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) starts: [f64; 2],
    pub(crate) value: f64,
    pub(crate) deviation: f64,
}

/// A file's contents.
pub(crate) struct Certified {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) rss: f64,
    pub(crate) response: Vec<f64>,
    /// One column a predictor.
    pub(crate) predictors: Vec<Vec<f64>>,
}

/// Reads a file; what does not look like one is a mistake in the data folder, so it panics.
pub(crate) fn read(path: &Path) -> Certified {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines: Vec<&str> = text.lines().collect();
    let data = lines.iter().rposition(|l| l.starts_with("Data:")).expect("a line `Data:`");
    let rows: Vec<Vec<f64>> =
        lines[data + 1..].iter().map(|l| numbers(l)).filter(|row| !row.is_empty()).collect();
    let column = |k: usize| rows.iter().map(|row| row[k]).collect();
    let certified = Certified {
        parameters: lines[..data].iter().filter_map(|l| parameter(l)).collect(),
        rss: labelled(&lines, "Residual Sum of Squares:"),
        response: column(0),
        predictors: (1..rows[0].len()).map(column).collect(),
    };
    assert_eq!(rows.len() as f64, labelled(&lines, "Number of Observations:"));
    certified
}

/// The numbers of a line; anything else in it is a mistake in the data folder.
fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().map(|cell| cell.parse().expect("a number")).collect()
}

fn parameter(line: &str) -> Option<Parameter> {
    let (name, rest) = line.split_once('=')?;
    let name = name.trim();
    let is_parameter = name.strip_prefix('b')?.parse::<u32>().is_ok();
    if !is_parameter {
        return None;
    }
    let cells: [f64; 4] = numbers(rest).try_into().expect("four numbers a parameter");
    let [first, second, value, deviation] = cells;
    Some(Parameter { name: name.to_string(), starts: [first, second], value, deviation })
}

fn labelled(lines: &[&str], label: &str) -> f64 {
    let rest = lines.iter().find_map(|l| l.strip_prefix(label)).expect(label);
    rest.trim().parse().expect(label)
}
