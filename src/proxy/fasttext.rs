//! Models of FastText in its binary format.
//!
//! In: a `.bin` file, little-endian: a number that says what it is and its version; settings; the words with
//! their counts; the matrix of the vectors of words and, behind them, of hashed pieces of words (Bojanowski
//! et al. 2017, arXiv 1607.04606). Out: [`WordVectors`]: the vector of a word is the mean of its own and of those of
//! its pieces, so that words which the model does not have get one too.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::vectors::{EACH, LONGEST, WordVectors};
use crate::error::{Error, Place, Result};

const MAGIC: i32 = 793_712_314;
const VERSION: i32 = 12;

/// The end of a line counts as a word that has no pieces.
const END: &str = "</s>";

/// More rows than any model has; a larger number is damage.
const MOST: i64 = 1 << 31;

/// Vectors of pieces of words.
pub(super) struct Subwords {
    rows: Vec<f32>,
    /// Rows: pieces share them by hash.
    bucket: u32,
    /// Characters of a piece, from and to.
    lengths: [usize; 2],
}

impl Subwords {
    /// The rows of the pieces of a word, put between `<` and `>`.
    fn of(&self, word: &str) -> Vec<usize> {
        let framed = format!("<{word}>");
        let starts: Vec<usize> =
            framed.char_indices().map(|(at, _)| at).chain([framed.len()]).collect();
        let count = starts.len() - 1;
        let [shortest, longest] = self.lengths;
        let mut rows = Vec::new();
        for first in 0..count {
            for length in shortest.max(1)..=longest.min(count - first) {
                // A frame alone is no piece.
                if length == 1 && (first == 0 || first + 1 == count) {
                    continue;
                }
                let piece = &framed.as_bytes()[starts[first]..starts[first + length]];
                rows.push((hash(piece) % self.bucket) as usize);
            }
        }
        rows
    }

    /// Adds the vectors of the pieces of a word; gives how many there are.
    pub(super) fn add(&self, word: &str, vector: &mut [f32]) -> usize {
        if self.bucket == 0 || word == END {
            return 0;
        }
        let rows = self.of(word);
        for row in &rows {
            let start = row * vector.len();
            let values = &self.rows[start..start + vector.len()];
            vector.iter_mut().zip(values).for_each(|(sum, x)| *sum += x);
        }
        rows.len()
    }
}

/// FNV-1a in 32 bits, of bytes taken as signed: FastText's own.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(2_166_136_261, |hash: u32, byte| {
        (hash ^ i32::from(byte.cast_signed()).cast_unsigned()).wrapping_mul(16_777_619)
    })
}

/// Reads a model, if it fits into so many bytes of memory.
///
/// # Errors
/// [`Error::Input`] naming the file: no such model, a quantised one, one that is cut off or too large.
pub(super) fn read(path: &Path, memory: usize) -> Result<WordVectors> {
    let wrong = |cause: String| {
        let remedy =
            "give a model that fastText saved (.bin, not quantised), or its vectors as text (.vec)";
        Error::input(Place::file(path), cause, remedy)
    };
    let cut = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => wrong("the model is cut off".into()),
        _ => wrong(format!("cannot read the model: {error}")),
    };
    let file = File::open(path).map_err(|e| wrong(format!("cannot open: {e}")))?;
    let mut model = Source(BufReader::with_capacity(1 << 20, file));
    if model.int().map_err(cut)? != MAGIC {
        return Err(wrong("this is no model of FastText".into()));
    }
    let settings = Settings::read(&mut model).map_err(cut)?;
    settings.check().map_err(wrong)?;
    let words = model.words(settings.words, settings.entries).map_err(cut)?;
    let (quantised, rows, columns) = model.shape().map_err(cut)?;
    if quantised {
        return Err(wrong("the model is quantised".into()));
    }
    let [count, bucket] = settings.rows();
    if columns != i64::from(settings.dimension) || rows < (count + bucket) as i64 {
        return Err(wrong(format!(
            "its matrix of {rows} rows and {columns} columns is not its words'"
        )));
    }
    let dimension = columns as usize;
    let bytes = (count + bucket).saturating_mul(4 * dimension).saturating_add(count * EACH);
    if bytes > memory {
        let remedy =
            "raise --memory, or give the vectors of the most frequent words as text (.vec)";
        let cause = format!("the model takes {} MiB, more than the memory allowed", bytes >> 20);
        return Err(Error::input(Place::file(path), cause, remedy));
    }
    let values = model.numbers(count * dimension).map_err(cut)?;
    let pieces = model.numbers(bucket * dimension).map_err(cut)?;
    let lengths = settings.lengths.map(|length| length.max(0) as usize);
    let subwords = Subwords { rows: pieces, bucket: bucket as u32, lengths };
    WordVectors::with_subwords(dimension, &words, values, subwords).map_err(wrong)
}

/// What a model says of itself.
struct Settings {
    version: i32,
    dimension: i32,
    bucket: i32,
    lengths: [i32; 2],
    entries: i32,
    words: i32,
    pruned: i64,
}

impl Settings {
    fn read(model: &mut Source) -> std::io::Result<Settings> {
        let [version, dimension] = [model.int()?, model.int()?];
        // Window, epochs, least count, negatives, n-grams of words, loss, kind.
        for _ in 0..7 {
            model.int()?;
        }
        let (bucket, lengths) = (model.int()?, [model.int()?, model.int()?]);
        // Rate of updates; sampling threshold, in 64 bits.
        model.int()?;
        model.long()?;
        let [entries, words, _labels] = [model.int()?, model.int()?, model.int()?];
        let _tokens = model.long()?;
        let pruned = model.long()?;
        Ok(Settings { version, dimension, bucket, lengths, entries, words, pruned })
    }

    fn check(&self) -> std::result::Result<(), String> {
        if self.version != VERSION {
            return Err(format!("the model is of version {}, not {VERSION}", self.version));
        }
        if self.pruned > 0 {
            return Err("the model is pruned, as quantised models are".into());
        }
        let sound = (1..=LONGEST as i32).contains(&self.dimension)
            && (1..=self.entries).contains(&self.words)
            && self.bucket >= 0;
        if sound { Ok(()) } else { Err("its settings make no sense: the file is damaged".into()) }
    }

    /// Rows of words, and of pieces.
    fn rows(&self) -> [usize; 2] {
        let pieces = if self.lengths[1] > 0 { self.bucket } else { 0 };
        [self.words as usize, pieces as usize]
    }
}

struct Source(BufReader<File>);

impl Source {
    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn int(&mut self) -> std::io::Result<i32> {
        Ok(i32::from_le_bytes(self.bytes()?))
    }

    fn long(&mut self) -> std::io::Result<i64> {
        Ok(i64::from_le_bytes(self.bytes()?))
    }

    /// The words; labels, which stand behind them, are passed over.
    fn words(&mut self, words: i32, entries: i32) -> std::io::Result<Vec<String>> {
        let mut list = Vec::new();
        for number in 0..entries {
            let mut word = Vec::new();
            self.0.read_until(0, &mut word)?;
            if word.pop() != Some(0) {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            // How often it was there, and whether it is a label.
            self.bytes::<9>()?;
            if number < words {
                list.push(String::from_utf8_lossy(&word).into_owned());
            }
        }
        Ok(list)
    }

    /// Whether the matrix is quantised, its rows and its columns.
    fn shape(&mut self) -> std::io::Result<(bool, i64, i64)> {
        let quantised = self.bytes::<1>()? != [0];
        Ok((quantised, self.long()?.min(MOST), self.long()?))
    }

    fn numbers(&mut self, count: usize) -> std::io::Result<Vec<f32>> {
        let mut numbers = Vec::new();
        let mut buffer = [0; 1 << 14];
        let mut left = 4 * count;
        while left > 0 {
            let part = left.min(buffer.len());
            self.0.read_exact(&mut buffer[..part])?;
            let four = buffer[..part].chunks_exact(4);
            numbers.extend(four.map(|x| f32::from_le_bytes([x[0], x[1], x[2], x[3]])));
            left -= part;
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand from the definition of the hash and of pieces.
    #[test]
    fn pieces_are_those_between_frames() {
        let subwords = |lengths| Subwords { rows: Vec::new(), bucket: u32::MAX, lengths };
        let rows = |pieces: &[&str]| -> Vec<usize> {
            pieces.iter().map(|piece| (hash(piece.as_bytes()) % u32::MAX) as usize).collect()
        };
        assert_eq!(subwords([3, 4]).of("abc"), rows(&["<ab", "<abc", "abc", "abc>", "bc>"]));
        assert_eq!(subwords([1, 2]).of("é"), rows(&["<é", "é", "é>"]));
        assert_eq!(subwords([3, 6]).of(""), rows(&[]));
        assert_eq!(hash(b""), 2_166_136_261);
        assert_eq!(hash(b"a"), 0xe40c_292c, "FNV-1a of one letter");
        // A byte above 127 is a negative number: all upper bits turn over.
        assert_eq!(hash(&[0x80]), (2_166_136_261_u32 ^ 0xffff_ff80).wrapping_mul(16_777_619));
    }
}
