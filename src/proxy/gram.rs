//! The von Neumann entropy of documents.
//!
//! In: a vector of length 1 for each document. Out: the entropy of the eigenvalues of the matrix of
//! their similarities over their number (Ge et al. 2024, Eqs. 17 and 18), in nats: 0 where all are
//! alike, ln N for N that have nothing in common. The d x d matrix of the sums of products of
//! components has the same eigenvalues but for zeros, and does not grow with the documents.

use rayon::prelude::*;

use super::spectrum::eigenvalues;

/// Rows of a matrix that one thread adds to at a time.
const ROWS: usize = 16;

/// Sums of products, for each group of documents.
#[derive(Debug, Clone)]
pub(super) struct Gram {
    dimension: usize,
    /// Row-major; the lower triangle is filled.
    pub(super) sums: Vec<Vec<f64>>,
    pub(super) documents: Vec<u64>,
}

/// Vectors of documents end to end, and the group of each.
#[derive(Debug, Default)]
pub(super) struct Vectors {
    pub(super) values: Vec<f64>,
    pub(super) groups: Vec<u32>,
}

impl Gram {
    pub(super) fn new(dimension: usize, groups: u32) -> Gram {
        let groups = groups as usize;
        let sums = vec![vec![0.0; dimension * dimension]; groups];
        Gram { dimension, sums, documents: vec![0; groups] }
    }

    /// Sums that were kept.
    pub(super) fn from_sums(dimension: usize, sums: Vec<Vec<f64>>, documents: Vec<u64>) -> Gram {
        Gram { dimension, sums, documents }
    }

    /// Adds vectors. Every sum takes documents in their order, whatever the threads.
    pub(super) fn add(&mut self, vectors: &Vectors) {
        let dimension = self.dimension;
        let mut sorted: Vec<Vec<&[f64]>> = vec![Vec::new(); self.sums.len()];
        for (vector, &group) in vectors.values.chunks_exact(dimension).zip(&vectors.groups) {
            sorted[group as usize].push(vector);
            self.documents[group as usize] += 1;
        }
        self.sums.par_iter_mut().zip(&sorted).for_each(|(sums, documents)| {
            let stripes = sums.par_chunks_mut(ROWS * dimension).enumerate();
            stripes.for_each(|(stripe, rows)| add(rows, stripe * ROWS, dimension, documents));
        });
    }

    /// The entropy when each group is there as often as `weight` says; nothing without a document.
    pub(super) fn entropy(&self, weight: impl Fn(usize) -> u32) -> Option<f64> {
        let mut all = vec![0.0; self.dimension * self.dimension];
        let mut count = 0;
        for (group, sums) in self.sums.iter().enumerate() {
            let weight = weight(group);
            count += u64::from(weight) * self.documents[group];
            let weight = f64::from(weight);
            all.iter_mut().zip(sums).for_each(|(sum, x)| *sum += weight * x);
        }
        (count > 0).then(|| {
            all.iter_mut().for_each(|x| *x /= count as f64);
            spread(&eigenvalues(all, self.dimension))
        })
    }

    /// Groups that have a document.
    pub(super) fn groups(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.documents.len()).filter(|&group| self.documents[group] > 0)
    }
}

fn add(rows: &mut [f64], first: usize, dimension: usize, documents: &[&[f64]]) {
    for vector in documents {
        for (row, sums) in (first..).zip(rows.chunks_exact_mut(dimension)) {
            let factor = vector[row];
            // Vectors of short documents are mostly zeros.
            if factor != 0.0 {
                let lower = sums[..=row].iter_mut().zip(&vector[..=row]);
                lower.for_each(|(sum, x)| *sum += factor * x);
            }
        }
    }
}

/// The entropy of eigenvalues that sum to about 1. What rounding leaves below 0 counts as 0.
fn spread(eigenvalues: &[f64]) -> f64 {
    let all: f64 = eigenvalues.iter().map(|x| x.max(0.0)).sum();
    let shares = eigenvalues.iter().map(|x| x / all).filter(|x| *x > 0.0);
    let entropy: f64 = shares.map(|x| -x * x.ln()).sum();
    entropy.max(0.0)
}

/// Makes a vector one of length 1; false where it has no direction.
pub(super) fn normalise(vector: &mut [f64]) -> bool {
    let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    if !norm.is_normal() {
        return false;
    }
    vector.iter_mut().for_each(|x| *x /= norm);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entropy(vectors: &[Vec<f64>]) -> f64 {
        let mut gram = Gram::new(vectors[0].len(), 3);
        for (k, vector) in vectors.iter().enumerate() {
            let mut values = vector.clone();
            assert!(normalise(&mut values));
            gram.add(&Vectors { values, groups: vec![k as u32 % 3] });
        }
        gram.entropy(|_| 1).expect("documents")
    }

    #[test]
    fn alike_is_zero_and_orthogonal_is_the_logarithm() {
        let one: Vec<f64> = (0..256).map(|k| f64::from(k % 7) - 2.5).collect();
        assert!(entropy(&vec![one; 50]) < 1e-12);
        let unit = |k: usize| (0..40).map(|j| if j == k { 3.0 } else { 0.0 }).collect();
        let units: Vec<Vec<f64>> = (0..40).map(unit).collect();
        assert!((entropy(&units) - 40_f64.ln()).abs() < 1e-12);
        // Two kinds, one three times as often: eigenvalues 3/4 and 1/4.
        let mixed: Vec<Vec<f64>> = [0, 0, 1, 0].map(|k| units[k].clone()).to_vec();
        let known = -(0.75 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
        assert!((entropy(&mixed) - known).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_direction_is_left_out() {
        assert!(!normalise(&mut [0.0, 0.0]));
        assert!(!normalise(&mut [f64::INFINITY, 0.0]));
        assert!(!normalise(&mut [f64::NAN, 1.0]));
    }
}
