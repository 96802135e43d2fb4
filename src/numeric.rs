//! Dense linear algebra for the small matrices of a fit (at most a few hundred parameters), and quantiles.
//!
//! In: row-major square matrices; lists of numbers. Out: Cholesky factors, eigenvalues, triangular factors of
//! tall matrices by rows, singular values; quantiles. Small enough that a library would cost more to build than
//! it saves, and the engines' CPU twins need the same order of operations.

/// A quantile of numbers in rising order, on a straight line between the two nearest (type 7 of Hyndman and
/// Fan 1996); NaN where there are none. `rank` is between 0 and 1.
pub fn quantile(sorted: &[f64], rank: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let (below, part) = place(sorted.len(), rank);
    let low = sorted[below];
    let high = sorted[(below + 1).min(last)];
    // Between equal infinities lies nothing else.
    if part == 0.0 || low == high { low } else { low + part * (high - low) }
}

/// Where a quantile of `count` numbers lies: behind this one, counted from 0, by this part of the way to the
/// next.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
pub fn place(count: usize, rank: f64) -> (usize, f64) {
    let place = rank.clamp(0.0, 1.0) * count.saturating_sub(1) as f64;
    (place.floor() as usize, place - place.floor())
}

/// The place of (i, j) in the upper triangle by rows of a symmetric matrix of `count` rows.
pub fn upper(count: usize, i: usize, j: usize) -> usize {
    let (i, j) = (i.min(j), i.max(j));
    i * (2 * count - i + 1) / 2 + (j - i)
}

/// Replaces the lower triangle of a symmetric matrix by its Cholesky factor. Gives false, and
/// leaves the matrix spoilt, when a pivot is not above `least`.
pub fn factor(matrix: &mut [f64], size: usize, least: f64) -> bool {
    for j in 0..size {
        for i in j..size {
            let mut sum = matrix[i * size + j];
            for k in 0..j {
                sum -= matrix[i * size + k] * matrix[j * size + k];
            }
            if i == j {
                if sum.is_nan() || sum <= least {
                    return false;
                }
                matrix[j * size + j] = sum.sqrt();
            } else {
                matrix[i * size + j] = sum / matrix[j * size + j];
            }
        }
    }
    true
}

/// Solves for `right` in place, given the Cholesky factor.
pub fn solve_factored(matrix: &[f64], right: &mut [f64]) {
    let size = right.len();
    for i in 0..size {
        let sum: f64 = (0..i).map(|k| matrix[i * size + k] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i * size + i];
    }
    for i in (0..size).rev() {
        let sum: f64 = (i + 1..size).map(|k| matrix[k * size + i] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i * size + i];
    }
}

/// Eigenvalues and eigenvectors (rows of the second matrix) of a symmetric matrix, by cyclic
/// Jacobi rotations.
pub fn eigen(matrix: &[f64], size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut a = matrix.to_vec();
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|i| vectors[i * size + i] = 1.0);
    for _ in 0..40 {
        let square = |on: bool| -> f64 {
            let entries = a.iter().enumerate().filter(|(e, _)| (e / size == e % size) == on);
            entries.map(|(_, x)| x * x).sum()
        };
        if square(false) <= 1e-32 * square(true) {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut a, &mut vectors, size, p, q);
            }
        }
    }
    ((0..size).map(|i| a[i * size + i]).collect(), vectors)
}

/// One Jacobi rotation that clears entry (p, q).
fn rotate(a: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
    let off = a[p * size + q];
    if off == 0.0 {
        return;
    }
    let theta = (a[q * size + q] - a[p * size + p]) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..size {
        let (x, y) = (a[k * size + p], a[k * size + q]);
        a[k * size + p] = c * x - s * y;
        a[k * size + q] = s * x + c * y;
    }
    for k in 0..size {
        let (x, y) = (a[p * size + k], a[q * size + k]);
        a[p * size + k] = c * x - s * y;
        a[q * size + k] = s * x + c * y;
        let (x, y) = (vectors[p * size + k], vectors[q * size + k]);
        vectors[p * size + k] = c * x - s * y;
        vectors[q * size + k] = s * x + c * y;
    }
}

/// The triangular factor R of a tall matrix that arrives in blocks of rows, by Householder
/// reflections: accurate to the rounding of the matrix itself, unlike its normal equations.
#[derive(Debug, Clone)]
pub struct Triangle {
    size: usize,
    /// Row-major rows still to be reduced, the current R first.
    rows: Vec<f64>,
}

impl Triangle {
    /// For matrices of `size` columns.
    pub fn new(size: usize) -> Triangle {
        Triangle { size, rows: Vec::new() }
    }

    /// Adds one row.
    pub fn push(&mut self, row: &[f64]) {
        self.rows.extend_from_slice(row);
        if self.rows.len() >= (4 * self.size + 64) * self.size {
            self.reduce();
        }
    }

    /// R, row-major, its lower triangle zero.
    pub fn finish(mut self) -> Vec<f64> {
        self.reduce();
        self.rows.resize(self.size * self.size, 0.0);
        self.rows
    }

    fn reduce(&mut self) {
        let (size, rows) = (self.size, &mut self.rows);
        let height = rows.len() / size.max(1);
        for j in 0..size.min(height) {
            let norm = (j..height).map(|i| rows[i * size + j].powi(2)).sum::<f64>().sqrt();
            if norm == 0.0 {
                continue;
            }
            let pivot = rows[j * size + j];
            let alpha = if pivot > 0.0 { -norm } else { norm };
            // v = x - alpha e1, and beta = 2 / v'v.
            let beta = 1.0 / (norm * (norm + pivot.abs()));
            rows[j * size + j] = pivot - alpha;
            for k in j + 1..size {
                let dot: f64 = (j..height).map(|i| rows[i * size + j] * rows[i * size + k]).sum();
                for i in j..height {
                    rows[i * size + k] -= beta * dot * rows[i * size + j];
                }
            }
            rows[j * size + j] = alpha;
            (j + 1..height).for_each(|i| rows[i * size + j] = 0.0);
        }
        rows.truncate(size.min(height) * size);
    }
}

/// Singular values and right singular vectors (as rows) of a square matrix, largest first, by
/// one-sided Jacobi rotations.
pub fn singular(matrix: &[f64], size: usize) -> (Vec<f64>, Vec<f64>) {
    // Columns of the matrix and of V are kept as rows, so that rotations run along memory.
    let transpose = |m: &[f64]| -> Vec<f64> {
        (0..size * size).map(|e| m[(e % size) * size + e / size]).collect()
    };
    let mut columns = transpose(matrix);
    let mut vectors = vec![0.0; size * size];
    (0..size).for_each(|i| vectors[i * size + i] = 1.0);
    for _ in 0..60 {
        let mut turned = false;
        for p in 0..size {
            for q in p + 1..size {
                turned |= orthogonalise(&mut columns, &mut vectors, size, p, q);
            }
        }
        if !turned {
            break;
        }
    }
    let norm = |i: usize| columns[i * size..(i + 1) * size].iter().map(|x| x * x).sum::<f64>();
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&i, &j| norm(j).total_cmp(&norm(i)));
    let values = order.iter().map(|&i| norm(i).sqrt()).collect();
    let sorted = order.iter().flat_map(|&i| vectors[i * size..(i + 1) * size].to_vec()).collect();
    (values, sorted)
}

/// Rotates columns p and q until they are orthogonal; gives false if they already were.
fn orthogonalise(
    columns: &mut [f64],
    vectors: &mut [f64],
    size: usize,
    p: usize,
    q: usize,
) -> bool {
    let mut sums = [0.0; 3];
    for k in 0..size {
        let (x, y) = (columns[p * size + k], columns[q * size + k]);
        sums[0] += x * x;
        sums[1] += y * y;
        sums[2] += x * y;
    }
    let [xx, yy, xy] = sums;
    if xy == 0.0 || xy.abs() <= 1e-16 * (xx * yy).sqrt() {
        return false;
    }
    let zeta = (yy - xx) / (2.0 * xy);
    let t =
        if zeta == 0.0 { 1.0 } else { zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt()) };
    let c = 1.0 / (1.0 + t * t).sqrt();
    let s = c * t;
    for table in [columns, vectors] {
        for k in 0..size {
            let (x, y) = (table[p * size + k], table[q * size + k]);
            table[p * size + k] = c * x - s * y;
            table[q * size + k] = s * x + c * y;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(size: usize) -> Vec<f64> {
        let mut state = 7_u64;
        (0..size)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
            })
            .collect()
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0, 8.0], 0.5), 3.0);
        assert_eq!(quantile(&[7.0], 0.05), 7.0);
        assert_eq!(quantile(&[0.0, f64::INFINITY, f64::INFINITY], 0.75), f64::INFINITY);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_factored_matrix_solves_its_equations() {
        let size = 7;
        let b = random(size * size);
        let entry = |i: usize, j: usize| -> f64 {
            let product: f64 = (0..size).map(|k| b[i * size + k] * b[j * size + k]).sum();
            product + f64::from(u8::from(i == j))
        };
        let matrix: Vec<f64> = (0..size * size).map(|e| entry(e / size, e % size)).collect();
        let x: Vec<f64> = random(size);
        let mut right: Vec<f64> =
            (0..size).map(|i| (0..size).map(|j| matrix[i * size + j] * x[j]).sum()).collect();
        let mut factored = matrix.clone();
        assert!(factor(&mut factored, size, 0.0));
        solve_factored(&factored, &mut right);
        for (a, b) in right.iter().zip(&x) {
            assert!((a - b).abs() < 1e-8);
        }
        let (values, vectors) = eigen(&matrix, size);
        for (k, value) in values.iter().enumerate() {
            for i in 0..size {
                let image: f64 =
                    (0..size).map(|j| matrix[i * size + j] * vectors[k * size + j]).sum();
                assert!((image - value * vectors[k * size + i]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_triangle_has_the_singular_values_of_the_tall_matrix() {
        let (size, rows) = (5, 400);
        let tall = random(size * rows);
        let mut triangle = Triangle::new(size);
        tall.chunks(size).for_each(|row| triangle.push(row));
        let (values, vectors) = singular(&triangle.finish(), size);
        for k in 0..size {
            let v = &vectors[k * size..(k + 1) * size];
            let image: f64 = tall
                .chunks(size)
                .map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum::<f64>().powi(2))
                .sum();
            assert!((image.sqrt() - values[k]).abs() < 1e-12 * values[0]);
        }
        assert!(values.windows(2).all(|w| w[0] >= w[1]));
    }
}
