//! Documents as vectors.
//!
//! In: the text of a document. Out: a vector of length 1, built from hashed pieces of the text, or
//! from vectors of words.
//!
//! BiMix takes 300 numbers of FastText. Without a model: every word and every three bytes in a row
//! add 1 or -1 at a place that their hash says (Weinberger et al. 2009), and of each sum the square
//! root is taken, so that what is common to all text does not drown the rest.

use super::gram::normalise;
use super::vectors::WordVectors;
use super::words::words;

/// What makes vectors.
pub(super) enum Embedder {
    Hashed(usize),
    Words(WordVectors),
}

impl Embedder {
    pub(super) fn dimension(&self) -> usize {
        match self {
            Embedder::Hashed(dimension) => *dimension,
            Embedder::Words(vectors) => vectors.dimension(),
        }
    }

    /// Appends the vector of a document; false, and nothing, where it has none.
    pub(super) fn append(&self, text: &str, values: &mut Vec<f64>) -> bool {
        let start = values.len();
        values.resize(start + self.dimension(), 0.0);
        let vector = &mut values[start..];
        match self {
            Embedder::Hashed(_) => hashed(text, vector),
            Embedder::Words(vectors) => vectors.sum(text, vector),
        }
        let there = normalise(vector);
        if !there {
            values.truncate(start);
        }
        there
    }
}

fn hashed(text: &str, vector: &mut [f64]) {
    for piece in text.as_bytes().windows(3) {
        put(u64::from(piece[0]) << 16 | u64::from(piece[1]) << 8 | u64::from(piece[2]), vector);
    }
    for word in words(text) {
        // FNV-1a; words and pieces of three bytes must not meet more often than by chance.
        let hash = word.text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        put(hash | 1 << 63, vector);
    }
    vector.iter_mut().for_each(|x| *x = x.abs().sqrt().copysign(*x));
}

#[allow(clippy::cast_possible_truncation, reason = "below the dimension")]
fn put(piece: u64, vector: &mut [f64]) {
    let mixed = (piece ^ piece >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let place = ((mixed >> 32) * vector.len() as u64) >> 32;
    vector[place as usize] += if mixed & 1 << 20 == 0 { 1.0 } else { -1.0 };
}
