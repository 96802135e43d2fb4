//! Words and sums of a checkpoint, in files of their own.
//!
//! In: the words of a domain, and the sums of products of its vectors. Out: a file of words that
//! grows, a file of sums, and both again; what does not fit the checkpoint is refused.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::checkpoint::{ROOM, wrong};
use super::gram::Gram;
use super::vocabulary::{Vocabulary, Word};
use crate::error::{Error, Result};
use crate::store;

/// The file of sums, and its shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) file: String,
    dimension: usize,
    documents: Vec<u64>,
}

/// Adds the words from number `saved` on to the file of words; what came after these is written over.
pub(super) fn append(path: &Path, saved: usize, vocabulary: &Vocabulary) -> Result<()> {
    let failed = |e: std::io::Error| Error::output(path, format!("cannot write: {e}"), ROOM);
    let mut text = Vec::new();
    for word in vocabulary.since(saved) {
        text.extend_from_slice(&(word.len() as u64).to_le_bytes());
        text.extend_from_slice(word.as_bytes());
    }
    let options = OpenOptions::new()
        .create(true)
        .append(saved > 0)
        .write(true)
        .truncate(saved == 0)
        .open(path);
    options.and_then(|mut file| file.write_all(&text)).map_err(failed)
}

/// The first words of the file; the others are taken away.
pub(super) fn words(path: &Path, count: usize) -> Result<Vocabulary> {
    let mut vocabulary = Vocabulary::default();
    if count == 0 {
        return Ok(vocabulary);
    }
    let lost =
        |cause: String| wrong(path, format!("the words of the checkpoint are lost: {cause}"));
    let file = OpenOptions::new().read(true).write(true).open(path);
    let file = file.map_err(|e| lost(e.to_string()))?;
    let mut reader = std::io::BufReader::new(&file);
    let mut end = 0;
    for _ in 0..count {
        let mut length = [0; 8];
        reader.read_exact(&mut length).map_err(|e| lost(e.to_string()))?;
        let length = u64::from_le_bytes(length);
        let mut word = Vec::new();
        let read = reader.by_ref().take(length).read_to_end(&mut word);
        read.map_err(|e| lost(e.to_string()))?;
        let word = String::from_utf8(word).map_err(|e| lost(e.to_string()))?;
        if word.len() as u64 != length {
            return Err(lost("the file is cut off".into()));
        }
        vocabulary.number(&Word::new(&word));
        end += 8 + length;
    }
    file.set_len(end).map_err(|e| lost(e.to_string()))?;
    match vocabulary.len() == count {
        true => Ok(vocabulary),
        false => Err(lost("a word stands twice".into())),
    }
}

impl Sums {
    /// Writes the sums to a file with a number.
    pub(super) fn write(folder: &Path, number: u64, gram: &Gram) -> Result<Sums> {
        let file = format!("sums-{number}");
        let numbers = gram.sums.iter().flatten().flat_map(|x| x.to_le_bytes());
        store::write(&folder.join(&file), &numbers.collect::<Vec<u8>>())?;
        let size = gram.sums.first().map_or(0, Vec::len);
        Ok(Sums { file, dimension: size.isqrt(), documents: gram.documents.clone() })
    }

    pub(super) fn read(&self, folder: &Path) -> Result<Gram> {
        let path = folder.join(&self.file);
        let lost =
            |cause: String| wrong(&path, format!("sums of the checkpoint are lost: {cause}"));
        let bytes = std::fs::read(&path).map_err(|e| lost(e.to_string()))?;
        let size = self.dimension * self.dimension;
        if bytes.len() != 8 * size * self.documents.len() {
            return Err(lost("the file is cut off".into()));
        }
        let numbers = bytes
            .chunks_exact(8)
            .map(|number| f64::from_le_bytes(std::array::from_fn(|byte| number[byte])));
        let numbers: Vec<f64> = numbers.collect();
        let sums = numbers.chunks_exact(size).map(<[f64]>::to_vec).collect();
        Ok(Gram::from_sums(self.dimension, sums, self.documents.clone()))
    }
}
