//! What a file is, by the endings of its name, and its bytes as they come out of compression.
//!
//! In: a path. Out: its form, and a reader that counts the bytes of the file it has taken.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::engine::Watch;

/// How documents lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The file is one document.
    Whole,
    /// A document a line.
    Lines,
    /// A JSON object a line.
    Json,
    /// A row a document.
    Parquet,
}

/// Bytes read at a time.
const BUFFER: usize = 256 << 10;

/// The form of a file; `lines` for text that has a document a line.
pub(super) fn form(path: &Path, lines: bool) -> Form {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    match plain.rsplit_once('.').map(|(_, end)| end) {
        Some("jsonl" | "ndjson" | "json") => Form::Json,
        Some("parquet") => Form::Parquet,
        _ if lines => Form::Lines,
        _ => Form::Whole,
    }
}

/// Opens a file and whatever it is packed in.
pub(super) fn open<'a>(path: &Path, watch: &'a Watch) -> io::Result<Box<dyn BufRead + 'a>> {
    let file = Counted { file: File::open(path)?, watch };
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    Ok(match end.as_deref() {
        Some("gz") => {
            let inner = BufReader::with_capacity(BUFFER, file);
            let packed = flate2::bufread::MultiGzDecoder::new(inner);
            Box::new(BufReader::with_capacity(BUFFER, packed))
        }
        Some("zst") => {
            let packed = zstd::stream::read::Decoder::new(file)?;
            Box::new(BufReader::with_capacity(BUFFER, packed))
        }
        _ => Box::new(BufReader::with_capacity(BUFFER, file)),
    })
}

/// A file that says how much of it was read.
struct Counted<'a> {
    file: File,
    watch: &'a Watch,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.watch.advance(count as u64);
        Ok(count)
    }
}
