//! Where a file comes from, for a comment at its head.
//!
//! In: a mixture document. Out: lines of plain text.

use std::path::Path;

use crate::report::mixture::{Certificate, MixtureReport};

/// The program, the document, the fit and its laws, and how good the mixture is known to be.
pub(super) fn provenance(report: &MixtureReport, file: &Path) -> Vec<String> {
    let Some(objective) = report.objective else { return unsearched(report, file) };
    let bound = report.lower_bound.map_or(String::new(), |bound| format!(", at least {bound}"));
    vec![
        format!("Written by mixlaw {} from {}", env!("CARGO_PKG_VERSION"), name(file)),
        format!("Search: mixlaw {}, {}", report.version, report.method),
        format!("Fit: {}; laws: {}", report.source, report.laws.join(", ")),
        format!("Goal: {}{}", report.goal, held(report)),
        format!("Objective: {objective}{bound}; certificate: {}", word(report.certificate)),
    ]
}

/// Of a mixture that comes from no fit.
fn unsearched(report: &MixtureReport, file: &Path) -> Vec<String> {
    vec![
        format!("Written by mixlaw {} from {}", env!("CARGO_PKG_VERSION"), name(file)),
        format!("Proxy: mixlaw {}, {}", report.version, report.method),
        format!("Text: {}", report.source),
        format!("Goal: {}", report.goal),
    ]
}

/// The inputs that were held, such as the size of the model.
fn held(report: &MixtureReport) -> String {
    report.at.iter().map(|(name, value)| format!(", at {name}={value}")).collect()
}

/// The document without its folders, which mean nothing on another machine.
fn name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

fn word(certificate: Certificate) -> &'static str {
    match certificate {
        Certificate::Convex => "convex, duality gap",
        Certificate::Exhaustive => "every mixture of a lattice",
        Certificate::BranchAndBound => "branch and bound",
        Certificate::None => "none",
    }
}
