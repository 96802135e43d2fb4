//! Rows whose mixtures are the same, or the same but for rounding.
//!
//! In: mixtures. Out: for each the number of its kind, so that runs of one mixture can be kept on one
//! side of a split.

use std::collections::HashMap;

/// Mixtures that differ by no more than this in any share are one: as much as rounding to three
/// decimals moves a share.
pub(super) const NEAR: f64 = 5e-4;

/// For each mixture the number of its kind, in order of appearance. What is near to what is near is of
/// one kind as well.
pub(super) fn kinds(mixtures: &[Vec<f64>]) -> Vec<usize> {
    let (exact, first) = equal(mixtures);
    let different: Vec<&Vec<f64>> = first.iter().map(|&row| &mixtures[row]).collect();
    let roots = joined(&different);
    let mut known: HashMap<usize, usize> = HashMap::new();
    let mut number = |root: usize| {
        let next = known.len();
        *known.entry(root).or_insert(next)
    };
    exact.into_iter().map(|of| number(roots[of])).collect()
}

/// How many there are, and how many rows are near to an earlier one without being equal to any.
pub(super) fn near_rows(mixtures: &[Vec<f64>]) -> usize {
    let (_, first) = equal(mixtures);
    let kinds = kinds(mixtures);
    first.len() - kinds.iter().max().map_or(0, |last| last + 1)
}

/// For each mixture the number of the first that is equal to it, and which those are.
fn equal(mixtures: &[Vec<f64>]) -> (Vec<usize>, Vec<usize>) {
    let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut first = Vec::new();
    let numbers = mixtures.iter().enumerate().map(|(row, mixture)| {
        let key = mixture.iter().map(|share| (share + 0.0).to_bits()).collect();
        *known.entry(key).or_insert_with(|| {
            first.push(row);
            first.len() - 1
        })
    });
    (numbers.collect(), first)
}

/// For each mixture the first of those that it hangs together with.
fn joined(mixtures: &[&Vec<f64>]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..mixtures.len()).collect();
    // Mixtures that are near have near sums of shares times fixed numbers: only those are compared.
    let keys: Vec<f64> = mixtures.iter().map(|mixture| key(mixture)).collect();
    let mut order: Vec<usize> = (0..mixtures.len()).collect();
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]));
    for (place, &a) in order.iter().enumerate() {
        let within = NEAR * mixtures[a].len() as f64 + 1e-9;
        for &b in order[place + 1..].iter().take_while(|&&b| keys[b] - keys[a] <= within) {
            if near(mixtures[a], mixtures[b]) {
                let (a, b) = (root(&mut parents, a), root(&mut parents, b));
                parents[a.max(b)] = a.min(b);
            }
        }
    }
    (0..mixtures.len()).map(|number| root(&mut parents, number)).collect()
}

/// Factors between 0 and 1 that repeat for no two domains.
fn key(mixture: &[f64]) -> f64 {
    let factor = |domain: usize| (domain as f64 * 0.618_033_988_749_894_9).fract();
    mixture.iter().enumerate().map(|(domain, share)| factor(domain) * share).sum()
}

fn near(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= NEAR + 1e-12)
}

fn root(parents: &mut [usize], mut number: usize) -> usize {
    while parents[number] != number {
        parents[number] = parents[parents[number]];
        number = parents[number];
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_makes_no_other_mixture() {
        let third = 1.0 / 3.0;
        let rows = [
            vec![third, third, third],
            vec![0.5, 0.5, 0.0],
            vec![0.3333, 0.3333, 0.3334],
            vec![0.5, 0.5, -0.0],
            vec![0.501, 0.499, 0.0],
        ];
        assert_eq!(kinds(&rows), [0, 1, 0, 1, 2]);
        assert_eq!(near_rows(&rows), 1);
    }

    /// Whatever is compared, the answer is that of comparing every two.
    #[test]
    fn nothing_near_is_missed() {
        let mut state = 1_u64;
        let mut unit = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let rows: Vec<Vec<f64>> =
            (0..300).map(|_| (0..3).map(|_| unit() * 0.01).collect()).collect();
        let found = kinds(&rows);
        for (a, b) in (0..300).flat_map(|a| (0..a).map(move |b| (a, b))) {
            assert!(!near(&rows[a], &rows[b]) || found[a] == found[b], "{a} {b}");
        }
    }
}
