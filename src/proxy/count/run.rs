//! Sorted counts on disk.
//!
//! In: parts of sorted counts. Out: files, each with all parts one after the other: how many entries
//! each part has, then the entries, as 64-bit numbers in little-endian order.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::merge::Merged;
use super::{Entry, PARTS, failed};
use crate::error::Result;

/// More runs than this are made one: files that are open at a time are limited.
const MOST: usize = 32;

/// Bytes of the head, and of an entry.
const HEAD: u64 = 8 * PARTS as u64;
const EACH: u64 = 16;

/// The runs of a domain in a folder of their own.
#[derive(Debug)]
pub(in crate::proxy) struct Runs {
    folder: PathBuf,
    /// File names, oldest first.
    names: Vec<String>,
    next: u64,
    /// Whether files must stay until it is written down that they are not needed.
    kept: bool,
    doomed: Vec<String>,
}

impl Runs {
    /// Runs that are there. `next` is a number that no file of the folder has.
    pub(in crate::proxy) fn new(folder: &Path, names: Vec<String>, kept: bool) -> Runs {
        let number = |name: &String| name.strip_prefix("run-")?.parse::<u64>().ok();
        let next = names.iter().filter_map(number).max().map_or(0, |last| last + 1);
        Runs { folder: folder.to_path_buf(), names, next, kept, doomed: Vec::new() }
    }

    /// The names of the files.
    pub(in crate::proxy) fn names(&self) -> &[String] {
        &self.names
    }

    /// Removes files that are not needed any more.
    pub(in crate::proxy) fn sweep(&mut self) {
        for name in self.doomed.drain(..) {
            // A file that stays takes room and does no harm.
            let _ = std::fs::remove_file(self.folder.join(name));
        }
    }

    /// Writes a run.
    pub(super) fn write(&mut self, parts: Vec<Vec<Entry>>) -> Result<()> {
        if self.names.len() >= MOST {
            return self.join(parts);
        }
        let (name, path) = self.fresh();
        let mut run = Writer::new(&path).map_err(|e| failed(&path, &e))?;
        for part in parts {
            run.part(part.into_iter().map(Ok)).map_err(|e| failed(&path, &e))?;
        }
        run.finish().map_err(|e| failed(&path, &e))?;
        self.names.push(name);
        Ok(())
    }

    /// Writes all runs, and what is in memory, as one.
    fn join(&mut self, parts: Vec<Vec<Entry>>) -> Result<()> {
        let (name, path) = self.fresh();
        let mut run = Writer::new(&path).map_err(|e| failed(&path, &e))?;
        for (number, part) in parts.into_iter().enumerate() {
            let merged = Merged::new(self, number, part)?;
            run.part(merged).map_err(|e| failed(&path, &e))?;
        }
        run.finish().map_err(|e| failed(&path, &e))?;
        self.doomed.append(&mut self.names);
        self.names.push(name);
        if !self.kept {
            self.sweep();
        }
        Ok(())
    }

    fn fresh(&mut self) -> (String, PathBuf) {
        let name = format!("run-{}", self.next);
        self.next += 1;
        let path = self.folder.join(&name);
        (name, path)
    }

    /// A part of every run.
    pub(super) fn open(&self, part: usize) -> Result<Vec<RunPart>> {
        let open = |name: &String| {
            let path = self.folder.join(name);
            RunPart::open(&path, part).map_err(|e| failed(&path, &e))
        };
        self.names.iter().map(open).collect()
    }
}

/// A file that is being written.
struct Writer {
    file: BufWriter<File>,
    counts: Vec<u64>,
}

impl Writer {
    fn new(path: &Path) -> io::Result<Writer> {
        let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
        file.write_all(&[0; HEAD as usize])?;
        Ok(Writer { file, counts: Vec::new() })
    }

    fn part(&mut self, entries: impl Iterator<Item = io::Result<Entry>>) -> io::Result<()> {
        let mut count = 0;
        for entry in entries {
            let (key, number) = entry?;
            self.file.write_all(&key.to_le_bytes())?;
            self.file.write_all(&number.to_le_bytes())?;
            count += 1;
        }
        self.counts.push(count);
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        for count in &self.counts {
            self.file.write_all(&count.to_le_bytes())?;
        }
        self.file.flush()
    }
}

/// A part of a run, read in order.
pub(super) struct RunPart {
    file: BufReader<File>,
    left: u64,
}

impl RunPart {
    fn open(path: &Path, part: usize) -> io::Result<RunPart> {
        let mut file = File::open(path)?;
        let mut head = [0; HEAD as usize];
        file.read_exact(&mut head)?;
        let count = |part: usize| {
            let bytes: [u8; 8] = std::array::from_fn(|byte| head[8 * part + byte]);
            u64::from_le_bytes(bytes)
        };
        let before: u64 = (0..part).map(count).sum();
        file.seek(SeekFrom::Start(HEAD + EACH * before))?;
        Ok(RunPart { file: BufReader::with_capacity(1 << 16, file), left: count(part) })
    }
}

impl Iterator for RunPart {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<io::Result<Entry>> {
        self.left = self.left.checked_sub(1)?;
        let mut number = || {
            let mut bytes = [0; 8];
            self.file.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        Some(number().and_then(|key| Ok((key, number()?))))
    }
}
