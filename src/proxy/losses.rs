//! What could not be counted.
//!
//! In: troubles with files and records. Out: how many there were, and where the first of them are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::source::{Row, Trouble};

/// Places that are named; the others are counted.
const NAMED: usize = 20;

/// Counts of what is not in the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Files whose rest could not be read.
    pub broken: u64,
    /// Documents that are longer than allowed.
    pub too_long: u64,
    /// Records without text.
    pub no_text: u64,
    /// The first of these, with file, row and reason.
    pub named: Vec<String>,
}

impl Losses {
    /// Whether all is there.
    pub fn is_none(&self) -> bool {
        self.broken + self.too_long + self.no_text == 0
    }

    pub(super) fn add(&mut self, trouble: &Trouble, files: &[PathBuf]) {
        let (count, place, cause) = match trouble {
            Trouble::Broken(place, cause) => (&mut self.broken, place, cause.as_str()),
            Trouble::TooLong(place) => (&mut self.too_long, place, "longer than --longest"),
            Trouble::NoText(place, cause) => (&mut self.no_text, place, cause.as_str()),
        };
        *count += 1;
        if self.named.len() < NAMED {
            let after = matches!(trouble, Trouble::Broken(..));
            self.named.push(format!("{}: {cause}", name(*place, files, after)));
        }
    }
}

fn name(place: Row, files: &[PathBuf], after: bool) -> String {
    let file = files.get(place.file).map(|file| file.display().to_string()).unwrap_or_default();
    match (after, place.row) {
        (true, 0) => file,
        (true, row) => format!("{file}, after row {row}"),
        (false, row) => format!("{file}, row {row}"),
    }
}
