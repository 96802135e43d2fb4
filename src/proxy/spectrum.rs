//! Eigenvalues of a symmetric matrix, without vectors.
//!
//! In: a row-major square matrix of a few hundred rows. Out: its eigenvalues, by Householder's
//! reflections to a tridiagonal matrix and implicit QL steps (Golub and Van Loan, 8.3). Jacobi's
//! rotations in `numeric` are for small matrices; here they would take a hundred times as long.

/// The eigenvalues, in no order. The lower triangle is read.
pub(super) fn eigenvalues(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    let (mut diagonal, mut beside) = tridiagonal(&mut matrix, size);
    let scale = diagonal.iter().chain(&beside).fold(0.0_f64, |most, x| most.max(x.abs()));
    beside.push(0.0);
    for first in 0..size {
        // Three steps an eigenvalue are usual; what is left then is below rounding.
        for _ in 0..60 {
            let small = |k: &usize| {
                let near = diagonal[*k].abs() + diagonal[*k + 1].abs();
                beside[*k].abs() <= f64::EPSILON * near.max(1e-3 * scale)
            };
            let last = (first..size - 1).find(small).unwrap_or(size - 1);
            if last == first {
                break;
            }
            step(&mut diagonal, &mut beside, first, last);
        }
    }
    diagonal
}

/// Diagonal and the entries beside it.
fn tridiagonal(a: &mut [f64], size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; size.saturating_sub(1)];
    for k in 0..size.saturating_sub(1) {
        let mut v: Vec<f64> = (k + 1..size).map(|i| a[i * size + k]).collect();
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let along = if v[0] > 0.0 { -norm } else { norm };
        beside[k] = along;
        v[0] -= along;
        let square: f64 = v.iter().map(|x| x * x).sum();
        if square > 0.0 {
            reflect(a, size, k + 1, &v, 2.0 / square);
        }
    }
    ((0..size).map(|i| a[i * size + i]).collect(), beside)
}

/// Applies I - beta v v' from both sides to the block that begins at `from`.
fn reflect(a: &mut [f64], size: usize, from: usize, v: &[f64], beta: f64) {
    let rows = v.len();
    let at = |i: usize, j: usize| (from + i) * size + from + j;
    let mut p = vec![0.0; rows];
    for i in 0..rows {
        // The lower triangle serves for both.
        for j in 0..i {
            p[i] += a[at(i, j)] * v[j];
            p[j] += a[at(i, j)] * v[i];
        }
        p[i] += a[at(i, i)] * v[i];
    }
    p.iter_mut().for_each(|x| *x *= beta);
    let half = 0.5 * beta * p.iter().zip(v).map(|(x, y)| x * y).sum::<f64>();
    p.iter_mut().zip(v).for_each(|(x, y)| *x -= half * y);
    for i in 0..rows {
        for j in 0..=i {
            a[at(i, j)] -= v[i] * p[j] + p[i] * v[j];
        }
    }
}

/// An implicit QL step on the rows from `first` to `last`.
fn step(d: &mut [f64], e: &mut [f64], first: usize, last: usize) {
    let shift = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let mut g = d[last] - d[first] + e[first] / (shift + shift.hypot(1.0).copysign(shift));
    let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
    for i in (first..last).rev() {
        let (f, b) = (sine * e[i], cosine * e[i]);
        let r = f.hypot(g);
        e[i + 1] = r;
        if r == 0.0 {
            // The matrix has fallen into two.
            d[i + 1] -= p;
            e[last] = 0.0;
            return;
        }
        (sine, cosine) = (f / r, g / r);
        g = d[i + 1] - p;
        let turn = (d[i] - g) * sine + 2.0 * cosine * b;
        p = sine * turn;
        d[i + 1] = g + p;
        g = cosine * turn - b;
    }
    d[first] -= p;
    e[first] = g;
    e[last] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::eigen;

    fn sorted(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn eigenvalues_are_those_of_jacobi() {
        for size in [1, 2, 3, 10, 40] {
            for seed in 0..20 {
                let entry = |i: usize, j: usize| {
                    let (i, j) = (i.min(j) as f64, i.max(j) as f64);
                    ((1.3 + 0.1 * f64::from(seed)) * (i + 1.0) * (j + 2.0) + i).sin()
                };
                let matrix: Vec<f64> =
                    (0..size * size).map(|e| entry(e / size, e % size)).collect();
                let theirs = sorted(eigen(&matrix, size).0);
                for (a, b) in sorted(eigenvalues(matrix, size)).iter().zip(theirs) {
                    assert!((a - b).abs() < 1e-12 * size as f64, "{size} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn flat_matrices_have_their_eigenvalues() {
        assert_eq!(eigenvalues(vec![0.0; 25], 5), [0.0; 5]);
        let ones = sorted(eigenvalues(vec![1.0; 300 * 300], 300));
        assert!((ones[299] - 300.0).abs() < 1e-10);
        assert!(ones[..299].iter().all(|x| x.abs() < 1e-11));
        let mut unit = vec![0.0; 100];
        (0..10).for_each(|i| unit[11 * i] = 1.0);
        assert_eq!(eigenvalues(unit, 10), [1.0; 10]);
    }
}
