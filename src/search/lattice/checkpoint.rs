//! A file that holds how far a walk over a lattice is, so that it can go on another day.
//!
//! In: the [`State`] of a walk. Out: a document `mixlaw.scan/1`, written whole or not at all, and
//! from it the state again, if it is of the same search.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::sweep::State;
use crate::error::{Error, Place, Result};
use crate::lattice::Scan;
use crate::search::best::Best;
use crate::store;

/// The schema that this version writes.
const SCHEMA: &str = "mixlaw.scan/1";

/// How often it is written.
const EVERY: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    fingerprint: String,
    written: Instant,
}

#[derive(Debug, Serialize, Deserialize)]
struct Document {
    schema: String,
    /// Of all that decides the answer.
    fingerprint: String,
    /// Prefixes in all, and those that are done.
    prefixes: u64,
    next: u64,
    points: u64,
    /// Values and points in steps.
    best: Vec<(f64, Vec<usize>)>,
}

impl Checkpoint {
    /// Goes on from a file, if it is there.
    ///
    /// # Errors
    /// [`Error::Input`] for a file that cannot be read or is of another search; [`Error::Output`]
    /// where it could not be written later.
    pub(super) fn open(
        path: &Path,
        scan: &Scan,
        most: usize,
        state: &mut State,
    ) -> Result<Checkpoint> {
        let fingerprint = fingerprint(scan, most);
        let checkpoint =
            Checkpoint { path: path.to_path_buf(), fingerprint, written: Instant::now() };
        match std::fs::read_to_string(path) {
            Ok(text) => *state = checkpoint.read(&text, scan, most)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                checkpoint.write(scan.prefixes.count(), state)?;
            }
            Err(e) => return Err(checkpoint.wrong(format!("cannot read the checkpoint: {e}"))),
        }
        Ok(checkpoint)
    }

    fn wrong(&self, cause: impl Into<String>) -> Error {
        let remedy = "remove the file to begin anew, or name another one with --checkpoint";
        Error::input(Place::file(&self.path), cause, remedy)
    }

    fn read(&self, text: &str, scan: &Scan, most: usize) -> Result<State> {
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|e| self.wrong(format!("this is not a checkpoint: {e}")))?;
        match value["schema"].as_str() {
            Some(SCHEMA) => {}
            Some(other) => {
                return Err(self.wrong(format!("its schema is `{other}`, not `{SCHEMA}`")));
            }
            None => return Err(self.wrong("this is not a checkpoint: it has no schema")),
        }
        let document: Document = serde_json::from_str(text)
            .map_err(|e| self.wrong(format!("this is not a checkpoint: {e}")))?;
        if document.fingerprint != self.fingerprint {
            return Err(self.wrong("it is of another search: the fit, the goal, the constraints, the step or --top differ"));
        }
        if document.next > document.prefixes || document.prefixes != scan.prefixes.count() {
            return Err(self.wrong("this is not a checkpoint: its counts cannot be"));
        }
        let mut top = Best::new(most);
        for (value, point) in &document.best {
            let sum: usize = point.iter().fold(0, |sum, n| sum.saturating_add(*n));
            if point.len() != scan.prefixes.shares.len() || sum != scan.prefixes.steps {
                return Err(self.wrong("this is not a checkpoint: a point is not of this lattice"));
            }
            top.offer(*value, point.clone());
        }
        Ok(State { next: document.next, points: document.points, top })
    }

    /// Writes the state if it is time to, or at once.
    pub(super) fn keep(&mut self, state: &State, prefixes: u64, now: bool) -> Result<()> {
        if now || self.written.elapsed() >= EVERY {
            self.write(prefixes, state)?;
            self.written = Instant::now();
        }
        Ok(())
    }

    fn write(&self, prefixes: u64, state: &State) -> Result<()> {
        let document = Document {
            schema: SCHEMA.into(),
            fingerprint: self.fingerprint.clone(),
            prefixes,
            next: state.next,
            points: state.points,
            best: state.top.kept().to_vec(),
        };
        let text = serde_json::to_string(&document)
            .map_err(|e| Error::output(&self.path, e.to_string(), "report this as a defect"))?;
        store::write(&self.path, (text + "\n").as_bytes())
    }

    /// What to say where the walk was stopped.
    pub(super) fn paused(&self) -> Error {
        Error::Paused { path: self.path.clone(), how: "the same command goes on from there" }
    }

    /// The walk is at its end.
    pub(super) fn remove(self) {
        // A file that stays is of this search and harms nobody.
        let _ = std::fs::remove_file(self.path);
    }
}

/// A number for everything that decides the answer: the points, the formula with its constants, and
/// how many are wanted.
fn fingerprint(scan: &Scan, most: usize) -> String {
    let prefixes = &scan.prefixes;
    let points = (prefixes.steps, &prefixes.shares, prefixes.most, &prefixes.groups);
    let formula: Vec<_> = scan.formula.nodes().collect();
    let text = format!("{points:?} {formula:?} {most}");
    store::fingerprint(&text)
}
