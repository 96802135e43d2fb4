//! `mixlaw check`: the health of a run table.
//!
//! In: a table and the roles of its columns. Out: [`Health`] as text and as `mixlaw.check/1`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::roles::RunsArgs;
use super::{Outcome, check_output, print, write_json};
use crate::error::Result;
use crate::runs::{Health, health};

/// Look a run table over: rows, mixtures, ranges, missing cells, duplicates, outliers
#[derive(Debug, Clone, Args)]
pub(super) struct CheckArgs {
    /// The table and the roles of its columns
    #[command(flatten)]
    runs: RunsArgs,
    /// Write what was found as JSON (`-` for stdout, in place of the text)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
}

/// The JSON document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: &'static str,
    #[serde(flatten)]
    health: &'a Health,
}

pub(super) fn run(args: &CheckArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    let health = health(&args.runs.read()?);
    if let Some(path) = &args.json {
        let version = env!("CARGO_PKG_VERSION");
        write_json(path, &Document { schema: "mixlaw.check/1", version, health: &health })?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&render(&health))?;
    }
    Ok(Outcome::Fine)
}

/// The health of a table as text for the terminal.
fn render(health: &Health) -> String {
    let mut text = String::new();
    let parts = [summary(health), domains(health), targets(health), inputs(health), notes(health)];
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push('\n');
        }
        text += part;
    }
    text
}

fn summary(health: &Health) -> String {
    let counts = &health.counts;
    let mut lines = vec![
        ("table".to_string(), health.source.clone()),
        ("rows read".to_string(), counts.read.to_string()),
        ("rows used".to_string(), counts.used.to_string()),
    ];
    let left_out = [
        ("left out by --where", counts.filtered),
        ("dropped for missing cells", counts.dropped_missing),
        ("without partner in the join", counts.joined_away),
        ("sums renormalised to 1", counts.renormalised),
        ("repeated rows", health.duplicates.count),
    ];
    let counted = left_out.into_iter().filter(|&(_, count)| count > 0);
    lines.extend(counted.map(|(what, count)| (what.to_string(), count.to_string())));
    if health.groups > 1 {
        lines.push(("groups".to_string(), health.groups.to_string()));
    }
    if let (Some(runs), Some(mixture)) = (health.runs, &health.mixture) {
        lines.push(("runs".to_string(), runs.to_string()));
        lines.push(("distinct mixtures".to_string(), mixture.distinct.to_string()));
        let (rank, full) = (mixture.rank, mixture.domains.len());
        lines.push(("rank of the mixture".to_string(), format!("{rank} of {full}")));
    }
    let width = lines.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    lines
        .iter()
        .fold(String::new(), |text, (what, value)| text + &format!("{what:width$}  {value}\n"))
}

fn domains(health: &Health) -> String {
    let Some(mixture) = &health.mixture else { return String::new() };
    let rows = mixture.domains.iter().map(|domain| {
        let numbers = [domain.min, domain.mean, domain.max].map(number);
        let mut row = vec![domain.name.clone()];
        row.extend(numbers);
        row.push(domain.zero_rows.to_string());
        row
    });
    aligned(&["<domain", "min", "mean", "max", "zero rows"], rows.collect())
}

fn targets(health: &Health) -> String {
    let rows = health.targets.iter().map(|target| {
        let numbers = [target.min, target.median, target.max];
        let mut row = vec![target.column.clone()];
        row.extend(numbers.map(|x| x.map_or_else(|| "-".to_string(), number)));
        row.push(target.missing.to_string());
        row.push(target.outliers.to_string());
        row.push(target.own.clone().unwrap_or_else(|| "-".to_string()));
        row
    });
    let header = ["<target", "min", "median", "max", "missing", "outliers", "<measured on"];
    aligned(&header, rows.collect())
}

fn inputs(health: &Health) -> String {
    let rows = health.inputs.iter().map(|input| {
        let (min, max) = (number(input.min), number(input.max));
        vec![input.name.clone(), min, max, input.distinct.to_string()]
    });
    aligned(&["<input", "min", "max", "distinct"], rows.collect())
}

/// What the tables above cannot say in a number.
fn notes(health: &Health) -> String {
    let mut text = String::new();
    if let Some(mixture) = &health.mixture
        && mixture.unobserved_directions > 0
    {
        let note = match mixture.unobserved_directions {
            1 => {
                "1 direction of the mixture never varies: effects along it cannot be fitted".into()
            }
            n => format!(
                "{n} directions of the mixture never vary: effects along them cannot be fitted"
            ),
        };
        line(&mut text, &note);
    }
    if let Some((row, earlier)) = health.duplicates.rows.first() {
        line(&mut text, &format!("row {row} repeats the mixture and inputs of row {earlier}"));
    }
    for target in health.targets.iter().filter(|target| target.outliers > 0) {
        let rows: Vec<String> =
            target.outlier_rows.iter().take(5).map(|outlier| outlier.row.to_string()).collect();
        let more = if target.outliers > rows.len() { ", ..." } else { "" };
        let (rows, column) = (rows.join(", "), &target.column);
        line(&mut text, &format!("`{column}` is far from its median in row {rows}{more}"));
    }
    for (name, reason) in &health.incomplete {
        line(&mut text, &format!("`{name}` cannot be an input: {reason}"));
    }
    text
}

fn line(text: &mut String, note: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "note: {note}");
}

/// Up to five significant digits.
fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.4e}").parse().unwrap_or(value);
    if value == 0.0 || (1e-4..1e6).contains(&rounded.abs()) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

/// A table with its numbers flush right; columns of text, whose header begins with `<`, stand to
/// the left. Empty if it has no rows.
fn aligned(header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let length = |text: &str| text.chars().count();
    let left: Vec<bool> = header.iter().map(|name| name.starts_with('<')).collect();
    let header: Vec<String> =
        header.iter().map(|name| name.trim_start_matches('<').to_string()).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|i| rows.iter().map(|row| length(&row[i])).max().unwrap_or(0).max(length(&header[i])))
        .collect();
    let mut text = String::new();
    for row in std::iter::once(header).chain(rows) {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, &width))| {
            if left[i] { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::{RoleSpec, Runs, Table};

    fn table() -> Health {
        let columns = [
            ("w_a", vec![0.25, 0.5, 0.75, 0.25]),
            ("w_long", vec![0.375, 0.25, 0.125, 0.375]),
            ("w_c", vec![0.375, 0.25, 0.125, 0.375]),
            ("tokens", vec![2e9, 2e9, 2e9, 2e9]),
            ("loss_a", vec![3.5, f64::NAN, 2.123_456_789, 3.0]),
            ("note", vec![1.0, f64::INFINITY, 1.0, 1.0]),
        ];
        let columns = columns.into_iter().map(|(name, values)| (name.to_string(), values));
        let table = Table::from_columns("runs.csv", columns.collect()).expect("a table");
        let spec = RoleSpec {
            mixture: vec!["w_*".to_string()],
            target: vec!["loss_*".to_string()],
            missing: crate::runs::MissingPolicy::Drop,
            ..RoleSpec::default()
        };
        health(&Runs::from_table(table, &spec).expect("runs"))
    }

    #[test]
    fn the_text_is_aligned() {
        let expected = "\
table                runs.csv
rows read            4
rows used            4
repeated rows        1
runs                 3
distinct mixtures    3
rank of the mixture  2 of 3

domain    min     mean    max  zero rows
a        0.25   0.4375   0.75          0
long    0.125  0.28125  0.375          0
c       0.125  0.28125  0.375          0

target     min  median  max  missing  outliers  measured on
loss_a  2.1235       3  3.5        1         0  a

input   min  max  distinct
tokens  2e9  2e9         1

note: 1 direction of the mixture never varies: effects along it cannot be fitted
note: row 4 repeats the mixture and inputs of row 1
note: `note` cannot be an input: runs.csv, row 2, column `note`: the cell is infinite (1 of 4 rows have no number here)
";
        assert_eq!(render(&table()), expected);
    }

    #[test]
    fn numbers_keep_five_digits() {
        let shown = [0.0, 1e-7, 0.123_456_789, 1_234.567_89, 999_999.9, 2.5e9, -0.5].map(number);
        assert_eq!(shown, ["0", "1e-7", "0.12346", "1234.6", "1e6", "2.5e9", "-0.5"]);
    }
}
