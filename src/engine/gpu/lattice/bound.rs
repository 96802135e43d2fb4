//! What f32 may do to the worth of a lattice's points, and tables that f32 can hold.
//!
//! In: [`Tables`] in f64. Out: the same with points that are not finite pushed out of the way, and a
//! [`Bound`] on the difference between the device's sums and the exact ones.
//!
//! With u = 2^-24, a table's entry, a product and a sum are each off by at most u of themselves. A
//! term that is multiplied up from `heads` tables and moved along a line by `j` multiplications with
//! a rounded ratio is off by at most (2 heads + 8 + 2 j) u of itself, and a sum of `n` terms by n u of
//! the sum of their absolute values more. Numbers too small for a normal f32 may be flushed to zero.

use crate::lattice::{Row, Tables};

/// Half an ulp of 1, widened by what its own products may need.
const U: f64 = 1.02 / 16_777_216.0;

/// What stands for a point that is not finite: far above any sum, far below the end of f32.
pub(super) const FAR: f64 = 1e30;

/// Products of tables must stay below this.
const RANGE: f64 = 1e25;

/// Terms that a kernel writes out.
const MOST_ROWS: usize = 96;

/// A number `s` that the device computes, whose terms have the absolute values `a` in all, is the
/// exact one up to `(fixed + drift * j) * a + slack` at step `j` of a line.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) fixed: f64,
    pub(super) drift: f64,
    pub(super) slack: f64,
    /// Where no term is negative: `a` is at most `s` and this; else it is summed up beside `s`.
    pub(super) lift: Option<f64>,
    /// What the constant and the functions of single heads have at most.
    pub(super) floors: Vec<f64>,
    /// Whether some points are called far lower than they are.
    pub(super) deep: bool,
}

/// The tables for a device; `None` where f32 cannot hold them.
pub(super) fn fitted(tables: &Tables) -> Option<(Tables, Bound)> {
    let mut fitted = tables.clone();
    let deep = push_away(&mut fitted);
    let sound = fitted.rows.len() <= MOST_ROWS && fitted.constants.iter().all(|c| c.abs() < RANGE);
    let moderate =
        sizes(&fitted).all(|size| size < RANGE) && flat_sizes(&fitted).all(|size| size < RANGE);
    if !(sound && moderate) {
        return None;
    }
    let bound = Bound { deep, ..bound(&fitted, tables) };
    Some((fitted, bound))
}

/// Takes what is not finite out of the tables and moves the points that it makes infinite far up, or
/// far down where they may be minus infinity and others may still be the largest; gives whether
/// there are such.
fn push_away(tables: &mut Tables) -> bool {
    let mut deep = false;
    let sums = tables.constants.len();
    for sum in 0..sums {
        let rows = tables.rows.len();
        let range = tables.sums[sum].clone();
        let far = if sums == 1 || rises(tables, sum) { FAR } else { -FAR };
        deep |= far < 0.0;
        for head in 0..tables.heads {
            for n in 0..=tables.steps {
                let stems = &mut tables.stems[head][n * rows..(n + 1) * rows];
                let broken = clean(&mut stems[range.clone()]);
                let flat = &mut tables.flat[head][n * sums + sum];
                let broken = broken | clean(std::slice::from_mut(flat));
                if broken {
                    *flat = far;
                }
            }
        }
        push_tails_away(tables, sum, far);
    }
    deep
}

/// Whether a sum is infinite above, or no number, wherever it is not finite.
fn rises(tables: &Tables, sum: usize) -> bool {
    let (rows, sums) = (tables.rows.len(), tables.constants.len());
    let flat = tables.flat.iter().flat_map(|flat| flat.iter().skip(sum).step_by(sums));
    let stems =
        |row: usize| tables.stems.iter().flat_map(move |stem| stem.iter().skip(row).step_by(rows));
    let all = |row: usize| stems(row).chain(tails(&tables.rows[row]).flatten());
    let row = |row: usize| {
        all(row).all(|x| x.is_finite())
            || (tables.factors[row] >= 0.0 && all(row).all(|x| *x >= 0.0 || x.is_nan()))
    };
    flat.into_iter().all(|x| *x != f64::NEG_INFINITY) && tables.sums[sum].clone().all(row)
}

/// The same along a line: a row of its own is far where the others are not finite.
fn push_tails_away(tables: &mut Tables, sum: usize, far: f64) {
    let mut ends = [vec![0.0; tables.steps + 1], vec![0.0; tables.steps + 1]];
    for row in &mut tables.rows[tables.sums[sum].clone()] {
        for (table, end) in [&mut row.along, &mut row.against].into_iter().zip(&mut ends) {
            let Some(table) = table else { continue };
            for (x, away) in table.iter_mut().zip(end) {
                if clean(std::slice::from_mut(x)) {
                    *away = far;
                }
            }
        }
    }
    let [along, against] = ends.map(|end| end.iter().any(|x| *x != 0.0).then_some(end));
    if along.is_some() {
        insert(tables, sum, Row { along, ..Row::default() });
    }
    if against.is_some() {
        insert(tables, sum, Row { against, ..Row::default() });
    }
}

/// Puts a row that no head changes at the end of a sum.
fn insert(tables: &mut Tables, sum: usize, row: Row) {
    let (rows, at) = (tables.rows.len(), tables.sums[sum].end);
    tables.rows.insert(at, row);
    tables.factors.insert(at, 1.0);
    for stem in &mut tables.stems {
        let mut wider = Vec::with_capacity(stem.len() + tables.steps + 1);
        for old in stem.chunks(rows) {
            wider.extend_from_slice(&old[..at]);
            wider.push(1.0);
            wider.extend_from_slice(&old[at..]);
        }
        *stem = wider;
    }
    tables.sums[sum].end += 1;
    for later in &mut tables.sums[sum + 1..] {
        *later = later.start + 1..later.end + 1;
    }
}

/// Sets what is not finite to zero; gives whether there was any.
fn clean(numbers: &mut [f64]) -> bool {
    let broken = numbers.iter().any(|x| !x.is_finite());
    numbers.iter_mut().filter(|x| !x.is_finite()).for_each(|x| *x = 0.0);
    broken
}

fn tails(row: &Row) -> impl Iterator<Item = &Vec<f64>> {
    [&row.scale, &row.along, &row.against].into_iter().flatten()
}

fn is_positive(tables: &Tables, row: usize) -> bool {
    let rows = tables.rows.len();
    let stems =
        tables.stems.iter().all(|stem| stem.iter().skip(row).step_by(rows).all(|x| *x >= 0.0));
    tables.factors[row] >= 0.0
        && stems
        && tails(&tables.rows[row]).all(|table| table.iter().all(|x| *x >= 0.0))
}

/// The largest that each row can be at any stage of its product.
fn sizes(tables: &Tables) -> impl Iterator<Item = f64> + '_ {
    let rows = tables.rows.len();
    let most =
        |column: &mut dyn Iterator<Item = &f64>| column.fold(1.0_f64, |most, x| most.max(x.abs()));
    (0..rows).map(move |row| {
        let stems = tables.stems.iter().map(|stem| most(&mut stem.iter().skip(row).step_by(rows)));
        let along = tails(&tables.rows[row])
            .map(|table| most(&mut table.iter().filter(|x| x.abs() != FAR)));
        stems.chain(along).product::<f64>() * tables.factors[row].abs().max(1.0)
    })
}

/// What the functions of single heads have at most, by sum.
fn flat_sizes(tables: &Tables) -> impl Iterator<Item = f64> + '_ {
    let sums = tables.constants.len();
    (0..sums).map(move |sum| {
        let most = |flat: &Vec<f64>| {
            let near = flat.iter().skip(sum).step_by(sums).filter(|x| x.abs() != FAR);
            near.fold(0.0_f64, |most, x| most.max(x.abs()))
        };
        tables.flat.iter().map(most).sum::<f64>()
    })
}

#[allow(clippy::cast_precision_loss, reason = "heads and rows are few")]
fn bound(fitted: &Tables, exact: &Tables) -> Bound {
    let heads = fitted.heads as f64;
    let longest = fitted.sums.iter().map(std::ops::Range::len).max().unwrap_or(0) as f64;
    let flushed = 1.2e-38 * (heads + 6.0) * sizes(fitted).sum::<f64>();
    let positive = (0..fitted.rows.len()).all(|row| is_positive(fitted, row))
        && fitted.flat.iter().all(|flat| flat.iter().all(|x| *x >= 0.0));
    let lifts = fitted.constants.iter().map(|c| c.abs() - c);
    let (mut rivals, mut extra) = (0.0_f64, 0.0);
    for (sum, lift) in lifts.enumerate() {
        if sum < fitted.rivals() { rivals = rivals.max(lift) } else { extra += lift }
    }
    let floors = fitted.constants.iter().zip(flat_sizes(fitted));
    Bound {
        // The last few are for the bound's own arithmetic on the device.
        fixed: (3.0 * heads + longest + 20.0) * U,
        drift: if fitted.rows.iter().any(|row| row.ratio.is_some()) { 2.0 * U } else { 0.0 },
        slack: 1.01 * flushed + 2e-11 * exact.sizes.iter().sum::<f64>(),
        lift: positive.then_some(rivals + extra),
        floors: floors.map(|(c, flat)| (c.abs() + flat) * (1.0 + U)).collect(),
        deep: false,
    }
}
