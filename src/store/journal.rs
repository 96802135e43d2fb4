//! Long work that is written as it comes, and can go on after any interruption.
//!
//! In: lines of results, a chunk at a time. Out: a file of results, and beside it a journal: a header, and a
//! line for each chunk with the length of the results so far, their checksum, and a checksum of the line
//! itself. Both files only ever grow. What was half written when a process or machine stopped is found by the
//! checksums and cut off, so that the results end with the same bytes as without an interruption. No clock
//! is read.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checksum;
use crate::error::{Error, Place, Result};

const SCHEMA: &str = "mixlaw.journal/1";

/// What a journal is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    schema: String,
    /// The name of the study.
    pub study: String,
    /// Of all that decides the results.
    pub fingerprint: String,
    /// The chunks of all shards together.
    pub chunks: u64,
    /// This shard and how many there are.
    pub shard: [u64; 2],
    /// What the results are computed on: another would differ in last digits.
    pub engine: String,
}

impl Header {
    /// A header of this version.
    pub fn new(
        study: &str,
        fingerprint: String,
        chunks: u64,
        shard: [u64; 2],
        engine: String,
    ) -> Header {
        let (schema, study) = (SCHEMA.into(), study.into());
        Header { schema, study, fingerprint, chunks, shard, engine }
    }

    /// The chunks of this shard, in order.
    pub fn own(&self) -> impl Iterator<Item = u64> + use<> {
        let [shard, of] = self.shard;
        (shard..self.chunks).step_by(usize::try_from(of).unwrap_or(usize::MAX).max(1))
    }
}

/// A file of results under way.
#[derive(Debug)]
pub struct Journal {
    header: Header,
    results: File,
    journal: File,
    path: PathBuf,
    /// Bytes of results that are journalled.
    end: u64,
    /// Chunks that are journalled.
    done: u64,
    /// Bytes of a damaged end that were cut off.
    lost: u64,
}

/// The journal of a file of results.
pub fn beside(results: &Path) -> PathBuf {
    results.with_extension("journal")
}

/// The header of the journal of a file of results; `None` where there is no journal.
///
/// # Errors
/// [`Error::Input`] for a file that is no journal.
pub fn header(results: &Path) -> Result<Option<Header>> {
    let path = beside(results);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(&path, &e)),
    };
    let mut line = String::new();
    BufReader::new(file).take(1 << 16).read_line(&mut line).map_err(|e| unreadable(&path, &e))?;
    match checked(&line) {
        Some(text) => parsed(&path, text).map(Some),
        // Stopped before its first line was whole: nothing had been done.
        None if !line.ends_with('\n') => Ok(None),
        None => Err(no_journal(&path)),
    }
}

fn parsed(path: &Path, text: &str) -> Result<Header> {
    let header: Header = serde_json::from_str(text).map_err(|_| no_journal(path))?;
    match header.schema == SCHEMA {
        true => Ok(header),
        false => Err(Error::input(
            Place::file(path),
            format!("its schema is `{}`, not `{SCHEMA}`", header.schema),
            "begin anew with --restart, or finish with the version that began",
        )),
    }
}

/// A chunk's line.
#[derive(Serialize, Deserialize)]
struct Line {
    /// The chunks that are done with it.
    done: u64,
    /// The length of the results with it.
    end: u64,
    /// The checksum of its own results.
    sum: String,
}

impl Journal {
    /// Begins anew; files of the same names are emptied.
    ///
    /// # Errors
    /// [`Error::Output`] where they cannot be written.
    pub fn begin(results: &Path, header: Header) -> Result<Journal> {
        let mut journal = Journal::open(results, header)?;
        let fail = |e| unwritable(results, &e);
        journal.journal.set_len(0).map_err(fail)?;
        journal.results.set_len(0).map_err(fail)?;
        let text = serde_json::to_string(&journal.header).unwrap_or_default();
        journal.journal.write_all(with_checksum(&text).as_bytes()).map_err(fail)?;
        Ok(journal)
    }

    /// Goes on, after what is whole; the rest is cut off.
    ///
    /// # Errors
    /// [`Error::Usage`] where the journal is of other work; [`Error::Output`] where it cannot be written.
    pub fn resume(results: &Path, header: Header) -> Result<Journal> {
        let Some(known) = self::header(results)? else { return Journal::begin(results, header) };
        same(&beside(results), &known, &header)?;
        let mut journal = Journal::open(results, known)?;
        let length = journal.recover().map_err(|e| unreadable(results, &e))?;
        journal.cut(length).map_err(|e| unwritable(results, &e))?;
        Ok(journal)
    }

    fn open(results: &Path, header: Header) -> Result<Journal> {
        let opened = |path: &Path| {
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false).open(path);
            file.map_err(|e| unwritable(path, &e))
        };
        let path = beside(results);
        let journal = opened(&path)?;
        if journal.try_lock().is_err() {
            let cause = "another process is writing here";
            return Err(Error::output(path, cause, "wait for it, or choose another folder: --out"));
        }
        let results = opened(results)?;
        Ok(Journal { header, results, journal, path, end: 0, done: 0, lost: 0 })
    }

    /// Reads the journal up to its first line that is not whole or whose results are not there; gives the
    /// length of the journal up to there.
    fn recover(&mut self) -> std::io::Result<u64> {
        let mut lines = BufReader::new(&self.journal);
        let mut results = BufReader::with_capacity(1 << 16, &self.results);
        let (mut length, mut text) = (0, String::new());
        length += lines.read_line(&mut text)? as u64;
        let mut chunk = Vec::new();
        loop {
            text.clear();
            // What is no text is damaged.
            let Ok(read) = lines.read_line(&mut text) else { break };
            let line = checked(&text).and_then(|line| serde_json::from_str::<Line>(line).ok());
            let Some(line) = line.filter(|line| line.end >= self.end) else { break };
            chunk.clear();
            (&mut results).take(line.end - self.end).read_to_end(&mut chunk)?;
            if chunk.len() as u64 != line.end - self.end || checksum(&chunk) != line.sum {
                break;
            }
            (self.done, self.end) = (line.done, line.end);
            length += read as u64;
        }
        Ok(length)
    }

    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        let whole = self.results.metadata()?.len();
        self.lost = whole.saturating_sub(self.end);
        self.journal.set_len(length)?;
        self.results.set_len(self.end)?;
        self.journal.seek(SeekFrom::End(0))?;
        self.results.seek(SeekFrom::End(0))?;
        Ok(())
    }

    /// Adds the results of the next chunk.
    ///
    /// # Errors
    /// [`Error::Output`], such as for a full disk; what was there before stays.
    pub fn append(&mut self, results: &[u8]) -> Result<()> {
        let (done, end) = (self.done + 1, self.end + results.len() as u64);
        let line = Line { done, end, sum: checksum(results) };
        let text = with_checksum(&serde_json::to_string(&line).unwrap_or_default());
        let written =
            self.results.write_all(results).and_then(|()| self.journal.write_all(text.as_bytes()));
        written.map_err(|e| {
            let cause =
                format!("cannot write: {e}; {} of {} parts are safe", self.done, self.parts());
            Error::output(&self.path, cause, "make room, then go on with --resume")
        })?;
        (self.done, self.end) = (done, end);
        Ok(())
    }

    /// Brings everything onto the disk.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn finish(&self) -> Result<()> {
        let synced = self.results.sync_all().and_then(|()| self.journal.sync_all());
        synced.map_err(|e| unwritable(&self.path, &e))
    }

    /// Chunks that are done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Chunks of this shard.
    pub fn parts(&self) -> u64 {
        self.header.own().count() as u64
    }

    /// Bytes of a damaged end that were cut off.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The file of the journal.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The results of a shard that is done, chunk by chunk.
#[derive(Debug)]
pub struct Finished {
    lines: BufReader<File>,
    results: BufReader<File>,
    path: PathBuf,
    end: u64,
}

impl Finished {
    /// Opens a shard's results.
    ///
    /// # Errors
    /// [`Error::Input`] where there are none, or they are of other work than `wanted`.
    pub fn open(results: &Path, wanted: &Header) -> Result<Finished> {
        let path = beside(results);
        let known = header(results)?.ok_or_else(|| {
            let cause = "there is no such journal, or it holds nothing yet";
            Error::input(Place::file(&path), cause, "run this shard first")
        })?;
        same(&path, &known, wanted)?;
        let opened = |path: &Path| File::open(path).map_err(|e| unreadable(path, &e));
        let mut lines = BufReader::new(opened(&path)?);
        lines.read_line(&mut String::new()).map_err(|e| unreadable(&path, &e))?;
        Ok(Finished { lines, results: BufReader::new(opened(results)?), path, end: 0 })
    }

    /// The next chunk.
    ///
    /// # Errors
    /// [`Error::Input`] where it is not there or damaged.
    pub fn next_chunk(&mut self) -> Result<Vec<u8>> {
        self.read().ok_or_else(|| {
            let cause = "this shard is not done, or its end is damaged";
            Error::input(Place::file(&self.path), cause, "run it again with --resume")
        })
    }

    fn read(&mut self) -> Option<Vec<u8>> {
        let mut text = String::new();
        self.lines.read_line(&mut text).ok()?;
        let line: Line = serde_json::from_str(checked(&text)?).ok()?;
        let mut chunk = Vec::new();
        let length = line.end.checked_sub(self.end)?;
        (&mut self.results).take(length).read_to_end(&mut chunk).ok()?;
        self.end = line.end;
        (chunk.len() as u64 == length && checksum(&chunk) == line.sum).then_some(chunk)
    }
}

/// A line, and the checksum of it.
fn with_checksum(text: &str) -> String {
    format!("{text} {}\n", checksum(text.as_bytes()))
}

/// The text of a whole line.
fn checked(line: &str) -> Option<&str> {
    let (text, sum) = line.strip_suffix('\n')?.rsplit_once(' ')?;
    (checksum(text.as_bytes()) == sum).then_some(text)
}

fn same(path: &Path, known: &Header, wanted: &Header) -> Result<()> {
    let other = |cause: String, remedy: &str| {
        let place = Place::file(path);
        Err(Error::Usage { place, cause, remedy: remedy.into() })
    };
    if known.fingerprint != wanted.fingerprint || known.chunks != wanted.chunks {
        let cause = format!(
            "this journal is of other work ({}): the table, the laws, the settings, the seed or the version \
             differ",
            known.study
        );
        return other(cause, "choose another folder (--out), or begin anew with --restart");
    }
    if known.shard != wanted.shard {
        let [[a, b], [c, d]] = [known.shard, wanted.shard];
        let cause = format!("this journal is of shard {}/{b}, not {}/{d}", a + 1, c + 1);
        return other(cause, "choose another folder (--out)");
    }
    if known.engine != wanted.engine {
        let cause = format!(
            "this was begun on another engine ({}, here {}): last digits would differ",
            known.engine, wanted.engine
        );
        return other(cause, "choose the same with --engine, or begin anew with --restart");
    }
    Ok(())
}

fn no_journal(path: &Path) -> Error {
    let cause = "this is not a journal";
    Error::input(
        Place::file(path),
        cause,
        "choose another folder (--out), or begin anew: --restart",
    )
}

fn unreadable(path: &Path, e: &std::io::Error) -> Error {
    Error::input(
        Place::file(path),
        format!("cannot read: {e}"),
        "check the file and its permissions",
    )
}

fn unwritable(path: &Path, e: &std::io::Error) -> Error {
    let remedy = "check the folder, its permissions and free space";
    Error::output(path, format!("cannot write: {e}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header::new("test", "f".into(), 5, [0, 1], "cpu".into())
    }

    fn chunk(number: u64) -> Vec<u8> {
        format!("line {number}\n").repeat(3).into_bytes()
    }

    fn written(path: &Path, chunks: std::ops::Range<u64>) {
        let mut journal = Journal::begin(path, header()).expect("a journal");
        chunks.for_each(|number| journal.append(&chunk(number)).expect("room"));
    }

    fn whole() -> Vec<u8> {
        (0..5).flat_map(chunk).collect()
    }

    /// Goes on to the end, and gives how many chunks were there.
    fn finished(path: &Path) -> u64 {
        let mut journal = Journal::resume(path, header()).expect("a journal");
        let there = journal.done();
        (there..5).for_each(|number| journal.append(&chunk(number)).expect("room"));
        assert_eq!(std::fs::read(path).expect("results"), whole());
        there
    }

    #[test]
    fn results_cut_off_anywhere_end_with_the_same_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("draws.jsonl");
        for length in 0..=whole().len() as u64 {
            written(&path, 0..5);
            let file = OpenOptions::new().write(true).open(&path).expect("results");
            file.set_len(length).expect("shorter");
            assert_eq!(finished(&path), length / 21, "{length}");
        }
    }

    #[test]
    fn a_journal_cut_off_anywhere_ends_with_the_same_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("draws.jsonl");
        written(&path, 0..5);
        let all = std::fs::metadata(beside(&path)).expect("a journal").len();
        let mut before = 0;
        for length in 0..=all {
            written(&path, 0..5);
            let file = OpenOptions::new().write(true).open(beside(&path)).expect("a journal");
            file.set_len(length).expect("shorter");
            let there = finished(&path);
            assert!(there >= before);
            before = there;
        }
        assert_eq!(before, 5);
    }

    #[test]
    fn a_flipped_byte_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("draws.jsonl");
        written(&path, 0..5);
        let mut bytes = std::fs::read(&path).expect("results");
        bytes[50] ^= 1;
        std::fs::write(&path, bytes).expect("room");
        assert_eq!(finished(&path), 2);
    }

    #[test]
    fn other_work_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("draws.jsonl");
        written(&path, 0..5);
        let other = Header { fingerprint: "g".into(), ..header() };
        let error = Journal::resume(&path, other).expect_err("other work");
        assert!(error.to_string().contains("other work (test)"), "{error}");
        assert_eq!(std::fs::read(&path).expect("results"), whole());
    }

    #[test]
    fn two_processes_do_not_write_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("draws.jsonl");
        let _first = Journal::begin(&path, header()).expect("a journal");
        let error = Journal::resume(&path, header()).expect_err("a lock");
        assert!(error.to_string().contains("another process"), "{error}");
    }
}
