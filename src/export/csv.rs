//! A table of domains and weights.
//!
//! In: a mixture. Out: CSV with the header `domain,weight`, zeros too; and back. Readers of CSV take
//! comments for rows, so there is no provenance.

use std::collections::HashSet;

use super::found::{Found, Key};
use super::mix::Mix;
use super::tree::finite;
use crate::error::{Error, Result};

/// The first line.
pub(super) const HEADER: &str = "domain,weight";

pub(super) fn write(mix: &mut Mix<'_>) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |cause: String| Error::output("CSV", cause, "report this as a defect");
    writer.write_record(["domain", "weight"]).map_err(|e| failed(e.to_string()))?;
    for entry in &mix.entries {
        let row = [entry.domain.clone(), entry.weight.to_string()];
        writer.write_record(row).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    let formula = mix.entries.iter().find(|e| e.domain.starts_with(['=', '+', '-', '@']));
    if let Some(name) = formula.map(|entry| entry.domain.clone()) {
        mix.warn(format!("a spreadsheet may take the name `{name}` for a formula"));
    }
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}

/// Reads rows below the header.
pub(super) fn read(text: &str) -> std::result::Result<Found, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?;
    if header.iter().map(str::trim).ne(["domain", "weight"]) {
        return Err(format!("the header is not `{HEADER}`"));
    }
    let mut found = Found::shares();
    let mut seen = HashSet::new();
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|e| e.to_string())?;
        let weight = finite(record[1].trim());
        let weight = weight.ok_or_else(|| format!("row {}: the weight is no number", row + 1))?;
        if !seen.insert(record[0].to_string()) {
            return Err(format!("row {}: `{}` stands twice", row + 1, &record[0]));
        }
        found.add(Key::name(&record[0]), weight);
    }
    Ok(found)
}
