//! A criterion while runs are added and taken away.
//!
//! In: candidates' rows in coordinates in which the information so far is the unit matrix, and what is
//! to be made small. Out: what adding any candidate would gain, kept up to date by changes of rank
//! one (Sherman and Morrison 1950).

use rayon::prelude::*;

use crate::numeric::{factor, solve_factored};

/// What a choice of runs is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criterion {
    /// The determinant of the information, which is made large (D).
    Determinant,
    /// The mean variance of predictions, which is made small (I).
    Variance,
}

/// A removal that leaves less than this of a direction's information is worked out anew.
const LOST: f64 = 1e-6;

/// One target's part.
#[derive(Debug, Clone)]
pub struct Part {
    size: usize,
    /// A row a candidate.
    rows: Vec<f64>,
    /// The mean square of predictions' slopes, times what its variance counts; empty for D.
    wanted: Vec<f64>,
    inverse: Vec<f64>,
    /// `row' V row` a candidate.
    levers: Vec<f64>,
    /// `row' V W V row` a candidate.
    sways: Vec<f64>,
}

/// All targets.
#[derive(Debug, Clone)]
pub struct State {
    criterion: Criterion,
    parts: Vec<Part>,
    /// How often each candidate is chosen.
    pub chosen: Vec<u32>,
}

impl Part {
    /// Candidates' rows one after another, `size` numbers each; predictions' rows for I, with what
    /// each counts.
    pub fn new(size: usize, rows: Vec<f64>, predictions: &[(Vec<f64>, f64)]) -> Part {
        let mut wanted = vec![0.0; if predictions.is_empty() { 0 } else { size * size }];
        for (row, counts) in predictions {
            for i in 0..size {
                for j in 0..size {
                    wanted[i * size + j] += counts * row[i] * row[j];
                }
            }
        }
        let inverse = Vec::new();
        Part { size, rows, wanted, inverse, levers: Vec::new(), sways: Vec::new() }
    }

    fn row(&self, candidate: usize) -> &[f64] {
        &self.rows[candidate * self.size..][..self.size]
    }

    /// Everything from the choice alone; gives the logarithm of the determinant.
    fn refresh(&mut self, chosen: &[u32]) -> f64 {
        let size = self.size;
        let mut matrix = vec![0.0; size * size];
        (0..size).for_each(|k| matrix[k * size + k] = 1.0);
        for (candidate, times) in chosen.iter().enumerate().filter(|(_, times)| **times > 0) {
            let row = self.row(candidate).to_vec();
            for i in 0..size {
                for j in 0..size {
                    matrix[i * size + j] += f64::from(*times) * row[i] * row[j];
                }
            }
        }
        // The unit matrix is in it: it is positive definite up to rounding.
        factor(&mut matrix, size, f64::MIN_POSITIVE);
        self.inverse = vec![0.0; size * size];
        for k in 0..size {
            let column = &mut self.inverse[k * size..(k + 1) * size];
            column[k] = 1.0;
            solve_factored(&matrix, column);
        }
        self.measure();
        (0..size).map(|k| 2.0 * matrix[k * size + k].ln()).sum()
    }

    /// Levers and sways from the inverse.
    fn measure(&mut self) {
        let size = self.size;
        let product = |matrix: &[f64], x: &[f64]| -> Vec<f64> {
            matrix.chunks_exact(size).map(|row| dot(row, x)).collect()
        };
        let one = |row: &[f64]| {
            let u = product(&self.inverse, row);
            let sway =
                if self.wanted.is_empty() { 0.0 } else { dot(&u, &product(&self.wanted, &u)) };
            (dot(row, &u), sway)
        };
        (self.levers, self.sways) = self.rows.chunks_exact(size).map(one).unzip();
    }

    /// Adds the candidate, or takes it away (`sign` is -1); false where that must be worked out anew.
    fn change(&mut self, candidate: usize, sign: f64) -> bool {
        let size = self.size;
        let row = self.row(candidate);
        let u: Vec<f64> = self.inverse.chunks_exact(size).map(|line| dot(line, row)).collect();
        let left = 1.0 + sign * dot(row, &u);
        if left < LOST {
            return false;
        }
        let s = sign / left;
        if !self.wanted.is_empty() {
            let wu: Vec<f64> = self.wanted.chunks_exact(size).map(|line| dot(line, &u)).collect();
            let r: Vec<f64> = self.inverse.chunks_exact(size).map(|line| dot(line, &wu)).collect();
            let bent = dot(&u, &wu);
            let rows = self.rows.chunks_exact(size).zip(&mut self.sways);
            rows.for_each(|(row, sway)| {
                let along = s * dot(row, &u);
                *sway += along * (along * bent - 2.0 * dot(row, &r));
            });
        }
        let rows = self.rows.chunks_exact(size).zip(&mut self.levers);
        rows.for_each(|(row, lever)| *lever -= s * dot(row, &u).powi(2));
        for i in 0..size {
            for j in 0..size {
                self.inverse[i * size + j] -= s * u[i] * u[j];
            }
        }
        true
    }

    /// The variance, for I.
    fn variance(&self) -> f64 {
        // Both are symmetric.
        dot(&self.inverse, &self.wanted)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

impl State {
    /// No candidate chosen yet, of `candidates`.
    pub fn new(criterion: Criterion, parts: Vec<Part>, candidates: usize) -> State {
        let mut state = State { criterion, parts, chosen: vec![0; candidates] };
        state.refresh();
        state
    }

    /// Works everything out from the choice, without what rounding left, and gives the criterion:
    /// the logarithm of the determinant over that of the start, or the mean variance.
    pub fn refresh(&mut self) -> f64 {
        let (parts, chosen) = (&mut self.parts, &self.chosen);
        let grown: f64 = parts.par_iter_mut().map(|part| part.refresh(chosen)).sum();
        match self.criterion {
            Criterion::Determinant => grown,
            Criterion::Variance => self.parts.iter().map(Part::variance).sum(),
        }
    }

    /// What the choice is judged by.
    pub fn criterion(&self) -> Criterion {
        self.criterion
    }

    /// Parameters of all targets.
    pub fn parameters(&self) -> usize {
        self.parts.iter().map(|part| part.size).sum()
    }

    /// Adds a candidate.
    pub fn add(&mut self, candidate: usize) {
        self.chosen[candidate] += 1;
        self.change(candidate, 1.0);
    }

    /// Takes a candidate away.
    pub fn remove(&mut self, candidate: usize) {
        self.chosen[candidate] -= 1;
        self.change(candidate, -1.0);
    }

    fn change(&mut self, candidate: usize, sign: f64) {
        let chosen = &self.chosen;
        self.parts.par_iter_mut().for_each(|part| {
            if !part.change(candidate, sign) {
                part.refresh(chosen);
            }
        });
    }

    /// What adding a candidate gains: growth of the logarithm of the determinant, or less variance.
    pub fn gain(&self, candidate: usize) -> f64 {
        let of = |part: &Part| match self.criterion {
            Criterion::Determinant => part.levers[candidate].max(0.0).ln_1p(),
            Criterion::Variance => {
                part.sways[candidate].max(0.0) / (1.0 + part.levers[candidate].max(0.0))
            }
        };
        self.parts.iter().map(of).sum()
    }

    /// How fast the criterion improves as a candidate's weight grows from what it is.
    pub fn slope(&self, candidate: usize) -> f64 {
        let of = |part: &Part| match self.criterion {
            Criterion::Determinant => part.levers[candidate],
            Criterion::Variance => part.sways[candidate],
        };
        self.parts.iter().map(of).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::mixtures;

    /// After additions and removals everything is as if worked out anew.
    #[test]
    fn changes_of_rank_one_are_exact() {
        let points = mixtures(&[0.0; 4], &[1.0; 4], 1, 40);
        let rows: Vec<f64> = points.iter().flatten().map(|x| 7.0 * x).collect();
        let predictions: Vec<(Vec<f64>, f64)> = points.iter().map(|p| (p.clone(), 0.5)).collect();
        for criterion in [Criterion::Determinant, Criterion::Variance] {
            let part = Part::new(4, rows.clone(), &predictions);
            let mut state = State::new(criterion, vec![part], 40);
            let before = state.refresh();
            let gain = state.gain(3);
            state.add(3);
            let after = state.clone().refresh();
            assert!(((after - before).abs() - gain).abs() < 1e-9, "{before} {after} {gain}");
            [5, 9, 11].iter().for_each(|&k| state.add(k));
            state.remove(5);
            let mut anew = state.clone();
            anew.refresh();
            for k in 0..40 {
                assert!((state.gain(k) - anew.gain(k)).abs() < 1e-9);
                assert!((state.slope(k) - anew.slope(k)).abs() < 1e-9);
            }
        }
    }
}
