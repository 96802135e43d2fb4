//! Files as chunks of raw records, read ahead of those who count.
//!
//! In: the files of a domain and where to begin. Out: chunks of about a megabyte, cut at places that
//! depend on the files alone, so that no number of threads changes any answer.

use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use serde::{Deserialize, Serialize};

use super::form::{Form, form, open};
use super::lines::{Took, take};
use super::parquet;
use crate::engine::Watch;

/// A chunk ends when it has so many bytes, or records.
const BYTES: usize = 1 << 20;
const RECORDS: usize = 2048;

/// How files are read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Whether text has a document a line.
    pub(crate) lines: bool,
    /// The field or column of the text.
    pub(crate) field: String,
    /// The most bytes of a document.
    pub(crate) longest: usize,
}

/// A file of the domain, by number, and a record in it, counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) row: u64,
}

/// A record as it lies in a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) place: Place,
    /// Where it ends; it begins where the one before ends.
    pub(crate) end: usize,
    /// Whether it is a JSON object and not text itself.
    pub(crate) json: bool,
}

/// What is wrong with a file or a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The rest of the file cannot be read.
    Broken(Place, String),
    /// The document is longer than allowed.
    TooLong(Place),
    /// The record has no text.
    NoText(Place, String),
}

/// Records that belong together.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: Vec<Record>,
    pub(crate) troubles: Vec<Trouble>,
    /// The last record that it accounts for.
    pub(crate) last: Place,
}

/// Reads the files of a domain. It ends early where nobody listens any more.
pub(crate) struct Reader<'a> {
    pub(crate) files: &'a [PathBuf],
    pub(crate) reading: &'a Reading,
    pub(crate) watch: &'a Watch,
    pub(crate) chunks: SyncSender<Chunk>,
}

/// Nobody listens.
pub(super) struct Deaf;

impl Reader<'_> {
    /// Reads all that comes after `last`.
    pub(crate) fn run(self, last: Place) {
        let mut filler = Filler { chunk: Chunk { last, ..Chunk::default() }, chunks: self.chunks };
        for file in last.file..self.files.len() {
            let skip = if file == last.file { last.row } else { 0 };
            let mut file = Source { file, skip, filler: &mut filler, reading: self.reading };
            if file.read(&self.files[file.file], self.watch).is_err() {
                return;
            }
        }
        if !filler.chunk.records.is_empty() || !filler.chunk.troubles.is_empty() {
            // Whether somebody still listens makes no difference any more.
            let _ = filler.send();
        }
    }
}

/// Puts records into chunks.
pub(super) struct Filler {
    chunk: Chunk,
    chunks: SyncSender<Chunk>,
}

impl Filler {
    fn send(&mut self) -> Result<(), Deaf> {
        let bytes = Vec::with_capacity(self.chunk.bytes.len());
        let fresh = Chunk { bytes, last: self.chunk.last, ..Chunk::default() };
        self.chunks.send(std::mem::replace(&mut self.chunk, fresh)).map_err(|_| Deaf)
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.chunk.troubles.push(trouble);
    }
}

/// A file that is being read.
pub(super) struct Source<'a> {
    file: usize,
    /// Records that were accounted for before.
    skip: u64,
    filler: &'a mut Filler,
    pub(super) reading: &'a Reading,
}

impl Source<'_> {
    fn read(&mut self, path: &PathBuf, watch: &Watch) -> Result<(), Deaf> {
        let form = form(path, self.reading.lines);
        let mut row = 0;
        let ended = match form {
            Form::Parquet => {
                let ended = parquet::read(path, self, &mut row);
                watch.advance(std::fs::metadata(path).map_or(0, |about| about.len()));
                ended
            }
            _ => match open(path, watch) {
                Ok(mut reader) => self.stream(&mut *reader, form, &mut row),
                Err(e) => Err(Stop::Broken(e.to_string())),
            },
        };
        match ended {
            Ok(()) => Ok(()),
            Err(Stop::Deaf) => Err(Deaf),
            Err(Stop::Broken(cause)) => {
                let place = Place { file: self.file, row };
                self.filler.trouble(Trouble::Broken(place, cause));
                // On the next day the file is not begun again.
                self.filler.chunk.last = Place { file: self.file + 1, row: 0 };
                Ok(())
            }
        }
    }

    fn stream(
        &mut self,
        reader: &mut dyn std::io::BufRead,
        form: Form,
        row: &mut u64,
    ) -> Result<(), Stop> {
        let longest = self.reading.longest;
        if form == Form::Whole {
            let took = take(reader, true, longest, &mut self.filler.chunk.bytes);
            return match took.map_err(|e| Stop::Broken(e.to_string()))? {
                Took::TooLong => self.pass(row, true),
                // An empty file is an empty document.
                Took::Record | Took::Nothing => self.keep(row, false),
            };
        }
        loop {
            let start = self.filler.chunk.bytes.len();
            let took = take(reader, false, longest, &mut self.filler.chunk.bytes);
            let took = took.map_err(|e| Stop::Broken(e.to_string()))?;
            match took {
                Took::Nothing => return Ok(()),
                Took::TooLong => self.pass(row, true)?,
                // Blank lines between objects are no documents.
                Took::Record if form == Form::Json && self.blank(start) => {
                    self.filler.chunk.bytes.truncate(start);
                    self.pass(row, false)?;
                }
                Took::Record => self.keep(row, form == Form::Json)?,
            }
        }
    }

    fn blank(&self, start: usize) -> bool {
        self.filler.chunk.bytes[start..].iter().all(u8::is_ascii_whitespace)
    }

    /// A record without a document.
    pub(super) fn pass(&mut self, row: &mut u64, long: bool) -> Result<(), Stop> {
        *row += 1;
        let place = Place { file: self.file, row: *row };
        if *row > self.skip {
            self.filler.chunk.last = place;
            if long {
                self.filler.trouble(Trouble::TooLong(place));
            }
        }
        Ok(())
    }

    /// A record without text.
    #[cfg(feature = "parquet")]
    pub(super) fn without(&mut self, row: &mut u64, cause: &str) {
        *row += 1;
        let place = Place { file: self.file, row: *row };
        if *row > self.skip {
            self.filler.chunk.last = place;
            self.filler.trouble(Trouble::NoText(place, cause.to_string()));
        }
    }

    /// A document that is longer or shorter, from elsewhere than a stream.
    #[cfg(feature = "parquet")]
    pub(super) fn give(&mut self, row: &mut u64, text: &[u8]) -> Result<(), Stop> {
        if text.len() > self.reading.longest {
            return self.pass(row, true);
        }
        self.filler.chunk.bytes.extend_from_slice(text);
        self.keep(row, false)
    }

    /// The record at the end of the buffer.
    fn keep(&mut self, row: &mut u64, json: bool) -> Result<(), Stop> {
        *row += 1;
        let chunk = &mut self.filler.chunk;
        let start = chunk.records.last().map_or(0, |record| record.end);
        if *row <= self.skip {
            chunk.bytes.truncate(start);
            return Ok(());
        }
        let place = Place { file: self.file, row: *row };
        chunk.records.push(Record { place, end: chunk.bytes.len(), json });
        chunk.last = place;
        if chunk.bytes.len() >= BYTES || chunk.records.len() >= RECORDS {
            self.filler.send().map_err(|Deaf| Stop::Deaf)?;
        }
        Ok(())
    }
}

/// Why a file is not read to its end.
pub(super) enum Stop {
    Deaf,
    Broken(String),
}
