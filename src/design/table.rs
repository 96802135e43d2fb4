//! Runs as a table that `mixlaw fit`, `check` and `compare` read.
//!
//! In: a [`Swarm`]. Out: CSV with the columns `run`, the other inputs, and a domain each; shares are
//! decimals that sum to exactly 1.

use super::report::Swarm;
use crate::error::{Error, Result};

/// The table; `prefix` stands before the name of each domain.
///
/// # Errors
/// [`Error::Usage`] for two columns of one name; [`Error::Output`] where CSV cannot be written.
pub fn table(swarm: &Swarm, prefix: &str) -> Result<String> {
    let inputs: Vec<String> =
        swarm.inputs.first().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let domains = swarm.domains.iter().map(|name| format!("{prefix}{name}"));
    let header: Vec<String> =
        std::iter::once("run".to_string()).chain(inputs).chain(domains).collect();
    if let Some(i) = (1..header.len()).find(|&i| header[..i].contains(&header[i])) {
        let cause = format!("the table would have two columns `{}`", header[i]);
        return Err(Error::usage(cause, "tell them apart: --prefix weight_"));
    }
    let failed = |cause: String| Error::output("CSV", cause, "report this as a defect");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).map_err(|e| failed(e.to_string()))?;
    for (number, row) in swarm.rows.iter().enumerate() {
        let inputs = swarm.inputs.get(number).into_iter().flatten();
        let cells = std::iter::once((number + 1).to_string())
            .chain(inputs.map(|(_, value)| value.to_string()))
            .chain(row.iter().map(|&units| swarm.grid.text(units)));
        writer.write_record(cells).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}

/// The name of a run's file: its number with as many digits as the last has, three at least.
pub fn name(number: usize, count: usize) -> String {
    let width = count.to_string().len().max(3);
    format!("run-{number:0width$}")
}
