//! What is kept on disk while domains are counted, so that another day can go on.
//!
//! In: finished domains, and how far the one at hand is. Out: a document `mixlaw.counting/2`, and a
//! folder beside it with counts, words and sums; from them the same state again. Without a
//! checkpoint, a temporary folder for counts that do not fit into memory.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::count::Runs;
use super::gram::Gram;
use super::kept::{Sums, append, words};
use super::measure::{Far, State};
use super::measured::Measured;
use super::source::Domain;
use super::vocabulary::Vocabulary;
use super::{Means, Options};
use crate::error::{Error, Place, Result};
use crate::store;

/// The schema that this version writes.
const SCHEMA: &str = "mixlaw.counting/2";

/// How often it is written.
const EVERY: Duration = Duration::from_secs(30);

const WORDS: &str = "words";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Document {
    schema: String,
    /// Of all that decides the answer.
    fingerprint: String,
    done: Vec<Measured>,
    current: Option<Current>,
}

/// The domain at hand.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Current {
    domain: usize,
    far: Far,
    runs: Vec<String>,
    words: usize,
    /// The file of sums, and its shape.
    gram: Option<Sums>,
}

/// What a state begins with.
#[derive(Default)]
pub(super) struct Partial {
    pub(super) far: Far,
    pub(super) vocabulary: Vocabulary,
    pub(super) gram: Option<Gram>,
}

/// Where things are kept.
enum Folder {
    /// Removed at the end, whatever the end is.
    Temporary(tempfile::TempDir),
    /// Beside the checkpoint, with the path of that.
    Kept(PathBuf, PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Folder::Temporary(folder) => folder.path(),
            Folder::Kept(folder, _) => folder,
        }
    }
}

/// See the module.
pub(super) struct Keeper<'a> {
    folder: Folder,
    document: Document,
    files: &'a [Domain],
    written: Instant,
    /// Files of sums have numbers.
    sums: u64,
}

impl<'a> Keeper<'a> {
    /// Makes the folder, and goes on from a checkpoint if it is there.
    pub(super) fn open(
        means: Means<'_>,
        files: &'a [Domain],
        options: &Options,
    ) -> Result<Keeper<'a>> {
        let document = Document {
            schema: SCHEMA.into(),
            fingerprint: fingerprint(files, options),
            done: Vec::new(),
            current: None,
        };
        let folder = match means.checkpoint {
            Some(path) => Folder::Kept(beside(path), path.to_path_buf()),
            None => Folder::Temporary(temporary(means.spill)?),
        };
        let mut keeper = Keeper { folder, document, files, written: Instant::now(), sums: 0 };
        if let Some(path) = means.checkpoint {
            keeper.begin(path)?;
        }
        Ok(keeper)
    }

    fn begin(&mut self, path: &Path) -> Result<()> {
        match std::fs::read_to_string(path) {
            Ok(text) => self.document = self.read(path, &text)?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => self.write()?,
            Err(e) => return Err(wrong(path, format!("cannot read the checkpoint: {e}"))),
        }
        let folder = self.folder.path();
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::output(folder, format!("cannot make the folder: {e}"), ROOM))
    }

    fn read(&self, path: &Path, text: &str) -> Result<Document> {
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|e| wrong(path, format!("this is not a checkpoint: {e}")))?;
        match value["schema"].as_str() {
            Some(SCHEMA) => {}
            Some(other) => {
                return Err(wrong(path, format!("its schema is `{other}`, not `{SCHEMA}`")));
            }
            None => return Err(wrong(path, "this is not a checkpoint: it has no schema")),
        }
        let document: Document = serde_json::from_str(text)
            .map_err(|e| wrong(path, format!("this is not a checkpoint: {e}")))?;
        if document.fingerprint != self.document.fingerprint {
            let cause = "it is of other counts: the files, the tokens, the sequences, the groups, \
                         the seed or the vectors differ";
            return Err(wrong(path, cause));
        }
        let current = document.current.as_ref();
        let known = current.is_none_or(|current| current.domain == document.done.len());
        if !known || document.done.len() > self.files.len() {
            return Err(wrong(path, "this is not a checkpoint: its counts cannot be"));
        }
        Ok(document)
    }

    /// Domains that are counted.
    pub(super) fn done(&self) -> &[Measured] {
        &self.document.done
    }

    /// What the state of a domain begins with, and the runs that are there.
    pub(super) fn resume(&mut self, domain: usize) -> Result<(Partial, Runs)> {
        let folder = self.folder.path().to_path_buf();
        let kept = matches!(self.folder, Folder::Kept(..));
        let current = self.document.current.clone().filter(|current| current.domain == domain);
        let Some(current) = current else {
            self.document.current = None;
            clear(&folder, &[]);
            return Ok((Partial::default(), Runs::new(&folder, Vec::new(), kept)));
        };
        let mut needed = current.runs.clone();
        needed.push(WORDS.into());
        needed.extend(current.gram.as_ref().map(|sums| sums.file.clone()));
        clear(&folder, &needed);
        self.sums = current.gram.as_ref().and_then(|sums| number(&sums.file)).unwrap_or(0);
        let vocabulary = words(&folder.join(WORDS), current.words)?;
        let gram = current.gram.as_ref().map(|sums| sums.read(&folder)).transpose()?;
        let partial = Partial { far: current.far, vocabulary, gram };
        Ok((partial, Runs::new(&folder, current.runs, kept)))
    }

    /// Writes the state if there is a checkpoint and it is time to, or at once.
    pub(super) fn keep(&mut self, domain: usize, state: &mut State, now: bool) -> Result<()> {
        if !matches!(self.folder, Folder::Kept(..)) || !now && self.written.elapsed() < EVERY {
            return Ok(());
        }
        let folder = self.folder.path().to_path_buf();
        state.counts.spill()?;
        let before = self.document.current.take();
        let saved = before.as_ref().map_or(0, |current| current.words);
        append(&folder.join(WORDS), saved, &state.vocabulary)?;
        let gram = match &state.gram {
            Some(gram) => {
                self.sums += 1;
                Some(Sums::write(&folder, self.sums, gram)?)
            }
            None => None,
        };
        self.document.current = Some(Current {
            domain,
            far: state.far.clone(),
            runs: state.counts.runs().names().to_vec(),
            words: state.vocabulary.len(),
            gram,
        });
        self.write()?;
        state.counts.runs().sweep();
        if let Some(sums) = before.and_then(|current| current.gram) {
            // A file that stays takes room and does no harm.
            let _ = std::fs::remove_file(folder.join(sums.file));
        }
        self.written = Instant::now();
        Ok(())
    }

    /// A domain is counted.
    pub(super) fn finish(&mut self, measured: Measured) -> Result<()> {
        self.document.done.push(measured);
        self.document.current = None;
        if matches!(self.folder, Folder::Kept(..)) {
            self.write()?;
        }
        Ok(())
    }

    fn write(&self) -> Result<()> {
        let Folder::Kept(_, path) = &self.folder else { return Ok(()) };
        let text = serde_json::to_string(&self.document)
            .map_err(|e| Error::output(path, e.to_string(), "report this as a defect"))?;
        store::write(path, (text + "\n").as_bytes())
    }

    /// What to say where it was stopped.
    pub(super) fn stopped(&self) -> Error {
        match &self.folder {
            Folder::Kept(_, path) => {
                Error::Paused { path: path.clone(), how: "the same command goes on from there" }
            }
            Folder::Temporary(_) => Error::Interrupted,
        }
    }

    /// All domains are counted, and nothing needs to be kept.
    pub(super) fn end(self) -> Result<Vec<Measured>> {
        if let Folder::Kept(folder, path) = &self.folder {
            // Files that stay are of these counts and harm nobody.
            clear(folder, &[]);
            let _ = std::fs::remove_dir(folder);
            let _ = std::fs::remove_file(path);
        }
        Ok(self.document.done)
    }
}

pub(super) const ROOM: &str = "make room there, or name another place";

pub(super) fn wrong(path: &Path, cause: impl Into<String>) -> Error {
    let remedy = "remove the file to begin anew, or name another one with --checkpoint";
    Error::input(Place::file(path), cause, remedy)
}

/// The folder of a checkpoint.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".parts");
    path.with_file_name(name)
}

fn temporary(parent: Option<&Path>) -> Result<tempfile::TempDir> {
    let parent = parent.map_or_else(std::env::temp_dir, Path::to_path_buf);
    let folder = tempfile::Builder::new().prefix("mixlaw-").tempdir_in(&parent);
    folder.map_err(|e| {
        let cause = format!("cannot make a folder for counts: {e}");
        Error::output(&parent, cause, "name another folder with --spill")
    })
}

fn number(file: &str) -> Option<u64> {
    file.rsplit_once('-')?.1.parse().ok()
}

/// Removes our own files but for those that are needed.
fn clear(folder: &Path, needed: &[String]) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name == WORDS || name.starts_with("run-") || name.starts_with("sums-");
        if ours && !needed.contains(&name) {
            // A file that stays takes room and does no harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// A number for everything that decides the answer: files and their sizes, and the options.
fn fingerprint(files: &[Domain], options: &Options) -> String {
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |about| about.len());
    let sizes: Vec<Vec<u64>> =
        files.iter().map(|domain| domain.files.iter().map(size).collect()).collect();
    store::fingerprint(&format!("{files:?} {sizes:?} {:?}", options.deciding()))
}
