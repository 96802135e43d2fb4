//! Vectors of words from a file of FastText.
//!
//! In: a `.vec` file: a line with two numbers (words, dimension), then a word and its numbers a
//! line; or a `.bin` file (see `fasttext`). Out: the sum of the vectors of the words of a document, each of length 1, as FastText itself
//! does for sentences. Words that
//! the file lacks have that of their pieces, or are passed over.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use foldhash::fast::FixedState;

use super::fasttext::{self, Subwords};
use super::words::words;
use crate::error::{Error, Place, Result};

/// The longest vectors that are taken.
pub(super) const LONGEST: usize = 4096;

/// Bytes that a word takes beside its numbers, about.
pub(super) const EACH: usize = 80;

/// See the module.
pub(super) struct WordVectors {
    dimension: usize,
    places: HashMap<Box<str>, u32, FixedState>,
    values: Vec<f32>,
    subwords: Option<Subwords>,
}

impl WordVectors {
    /// Reads a file, if it fits into so many bytes of memory: a model where its name ends in `.bin`.
    ///
    /// # Errors
    /// [`Error::Input`] naming file and line.
    pub(super) fn read(path: &Path, memory: usize) -> Result<WordVectors> {
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("bin")) {
            return fasttext::read(path, memory);
        }
        let wrong = |row: usize, cause: String| {
            let place = Place::file(path);
            let place = if row > 0 { place.row(row) } else { place };
            let remedy = "give vectors in FastText's text format (.vec): words and dimension, then \
                          a word and its numbers a line";
            Error::input(place, cause, remedy)
        };
        let file = File::open(path).map_err(|e| wrong(0, format!("cannot open: {e}")))?;
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let mut line = Vec::new();
        let mut next = |line: &mut Vec<u8>| {
            line.clear();
            reader.read_until(b'\n', line).map(|count| count > 0)
        };
        next(&mut line).map_err(|e| wrong(1, e.to_string()))?;
        let (count, dimension) =
            head(&line).ok_or_else(|| wrong(1, "this is not `WORDS DIMENSION`".into()))?;
        if count.saturating_mul(4 * dimension + EACH) > memory {
            let cause = format!("{count} words do not fit into the memory allowed");
            let remedy = "raise --memory, or keep the most frequent words only";
            return Err(Error::input(Place::file(path), cause, remedy));
        }
        let mut read = WordVectors::empty(dimension);
        let mut row = 1;
        while next(&mut line).map_err(|e| wrong(row, e.to_string()))? {
            row += 1;
            read.take(&line).map_err(|cause| wrong(row, cause))?;
            if read.places.len() > count {
                return Err(wrong(row, format!("there are more than {count} words")));
            }
        }
        if read.places.is_empty() {
            return Err(wrong(0, "there is no word in it".into()));
        }
        Ok(read)
    }

    fn empty(dimension: usize) -> WordVectors {
        let places = HashMap::default();
        WordVectors { dimension, places, values: Vec::new(), subwords: None }
    }

    /// Words, their own vectors end to end, and those of pieces of words.
    pub(super) fn with_subwords(
        dimension: usize,
        words: &[String],
        mut values: Vec<f32>,
        subwords: Subwords,
    ) -> std::result::Result<WordVectors, String> {
        let mut read = WordVectors::empty(dimension);
        for (place, (word, vector)) in (0..).zip(words.iter().zip(values.chunks_mut(dimension))) {
            subwords.add(word, vector);
            if vector.iter().any(|x| !x.is_finite()) {
                return Err(format!("the vector of `{word}` has numbers that are none"));
            }
            // What is left out has no direction. The mean is as long as the sum, once its length is 1.
            if unit(vector) {
                read.places.insert(word.as_str().into(), place);
            }
        }
        read.values = values;
        read.subwords = Some(subwords);
        Ok(read)
    }

    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    /// A line: a word, then as many numbers as there should be.
    fn take(&mut self, line: &[u8]) -> std::result::Result<(), String> {
        let text = String::from_utf8_lossy(line);
        let mut cells = text.trim_end().split(' ');
        let word = cells.next().unwrap_or_default();
        let start = self.values.len();
        for cell in cells {
            let number: f32 = cell.parse().map_err(|_| format!("`{cell}` is not a number"))?;
            self.values.push(number);
        }
        let vector = &mut self.values[start..];
        if vector.len() != self.dimension {
            return Err(format!("{} numbers, not {}", vector.len(), self.dimension));
        }
        if !unit(vector) {
            // A word without a direction says nothing.
            self.values.truncate(start);
            return Ok(());
        }
        let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        if self.places.insert(word.into(), place).is_some() {
            return Err(format!("the word `{word}` stands twice"));
        }
        Ok(())
    }

    /// Adds the vectors of the words of a text.
    pub(super) fn sum(&self, text: &str, vector: &mut [f64]) {
        let mut of_pieces = vec![0.0; self.dimension];
        for word in words(text) {
            let values = match (self.places.get(word.text), &self.subwords) {
                (Some(place), _) => {
                    &self.values[*place as usize * self.dimension..][..self.dimension]
                }
                (None, Some(subwords)) => {
                    of_pieces.fill(0.0);
                    subwords.add(word.text, &mut of_pieces);
                    if !unit(&mut of_pieces) {
                        continue;
                    }
                    &of_pieces
                }
                (None, None) => continue,
            };
            vector.iter_mut().zip(values).for_each(|(sum, x)| *sum += f64::from(*x));
        }
    }
}

/// Makes a vector one of length 1; false where it has no direction.
fn unit(vector: &mut [f32]) -> bool {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm.is_normal() {
        vector.iter_mut().for_each(|x| *x /= norm);
    }
    norm.is_normal()
}

fn head(line: &[u8]) -> Option<(usize, usize)> {
    let text = std::str::from_utf8(line).ok()?;
    let mut cells = text.split_whitespace().map(str::parse::<usize>);
    let (count, dimension) = (cells.next()?.ok()?, cells.next()?.ok()?);
    (cells.next().is_none() && (1..=LONGEST).contains(&dimension)).then_some((count, dimension))
}
