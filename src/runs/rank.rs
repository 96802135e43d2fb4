//! How many directions of the mixture the runs vary.
//!
//! In: the mixture's columns. Out: the rank of the matrix of proportions. Its rows sum to 1, so K
//! domains are told apart by K - 1 directions and full rank is K.

/// A row adds a direction if it leaves the span of those before it by more than this share of its
/// length: well above rounding in f64, well below the third decimal of published tables.
const TOLERANCE: f64 = 1e-6;

/// The rank, by Gram-Schmidt on the rows; it stops at full rank, mostly after few rows.
pub(super) fn rank(columns: &[&[f64]], rows: impl Iterator<Item = usize>) -> usize {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for row in rows {
        if basis.len() == columns.len() {
            break;
        }
        let mut rest: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        let length = norm(&rest);
        // The second pass takes out what rounding left in the first.
        for _ in 0..2 {
            for direction in &basis {
                let along: f64 = direction.iter().zip(&rest).map(|(a, b)| a * b).sum();
                rest.iter_mut().zip(direction).for_each(|(x, d)| *x -= along * d);
            }
        }
        let left = norm(&rest);
        if left > TOLERANCE * length {
            rest.iter_mut().for_each(|x| *x /= left);
            basis.push(rest);
        }
    }
    basis.len()
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_that_always_move_together_are_one_direction() {
        let a = [0.2, 0.5, 0.9, 0.1];
        let b: Vec<f64> = a.iter().map(|x| (1.0 - x) * 0.3).collect();
        let c: Vec<f64> = a.iter().map(|x| (1.0 - x) * 0.7).collect();
        assert_eq!(rank(&[&a, &b, &c], 0..4), 2);
        let d = [0.3, 0.1, 0.05, 0.6];
        let e: Vec<f64> = a.iter().zip(&d).map(|(a, d)| 1.0 - a - d).collect();
        assert_eq!(rank(&[&a, &d, &e], 0..4), 3);
        assert_eq!(rank(&[], 0..4), 0);
    }
}
