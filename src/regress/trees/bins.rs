//! Features cut into bins, with the boundaries that LightGBM chooses.
//!
//! In: rows of features. Out: for each feature the upper ends of its bins and each row's bin. Zero
//! has a bin of its own, ends lie midway between two values of the rows, and a bin holds at least
//! three rows where values allow it.

use super::tree::ZERO;

/// Rows that a bin holds at least, where there are as many of neighbouring values.
const ROWS_A_BIN: usize = 3;

/// The rows' bins.
pub(super) struct Binned {
    /// Rows.
    pub(super) rows: usize,
    /// Of each feature, the bin of each row.
    pub(super) columns: Vec<Vec<u8>>,
    /// Of each feature, the upper ends of its bins, inclusive; the last is infinite.
    pub(super) ends: Vec<Vec<f64>>,
}

impl Binned {
    /// Cuts each of the `features` columns of the rows, which stand one after another, into at most
    /// `most` bins (2 to 255).
    pub(super) fn new(rows: &[f64], features: usize, most: usize) -> Binned {
        let column = |feature: usize| rows.iter().skip(feature).step_by(features).copied();
        let ends: Vec<Vec<f64>> =
            (0..features).map(|feature| ends(column(feature).collect(), most)).collect();
        let columns = ends.iter().enumerate();
        let columns = columns
            .map(|(feature, ends)| column(feature).map(|x| bin(ends, x)).collect())
            .collect();
        Binned { rows: rows.len() / features, columns, ends }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "at most 255 bins")]
fn bin(ends: &[f64], value: f64) -> u8 {
    ends.partition_point(|end| *end < value) as u8
}

/// A value of the rows and how many rows have it.
type Counted = (f64, usize);

/// The ends of a feature's bins: those below zero, zero's own, those above.
fn ends(mut values: Vec<f64>, most: usize) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let below = counted(values.iter().filter(|x| **x < -ZERO));
    let above = counted(values.iter().filter(|x| **x > ZERO));
    let mut ends = Vec::new();
    if !below.is_empty() {
        let share = rows(&below) as f64 / (rows(&below) + rows(&above)) as f64;
        ends = greedy(&below, ((share * (most - 1) as f64) as usize).max(1));
        ends.pop();
        ends.push(-ZERO);
    }
    let left = (most - 1).saturating_sub(ends.len());
    if above.is_empty() || left == 0 {
        ends.push(f64::INFINITY);
    } else {
        ends.push(ZERO);
        ends.extend(greedy(&above, left));
    }
    ends
}

fn rows(values: &[Counted]) -> usize {
    values.iter().map(|value| value.1).sum()
}

/// Values in order, each once; neighbouring floating-point numbers are one value, the larger.
fn counted<'a>(values: impl Iterator<Item = &'a f64>) -> Vec<Counted> {
    let mut counted: Vec<Counted> = Vec::new();
    let mut before = f64::NEG_INFINITY;
    for &value in values {
        match counted.last_mut() {
            Some(last) if value <= before.next_up() => *last = (value, last.1 + 1),
            _ => counted.push((value, 1)),
        }
        before = value;
    }
    counted
}

/// At most `most` bins over the values, one a value where there are so few.
fn greedy(values: &[Counted], most: usize) -> Vec<f64> {
    let cuts = if values.len() <= most { each(values) } else { filled(values, most) };
    let mut ends: Vec<f64> = Vec::new();
    for cut in cuts {
        let end = f64::midpoint(values[cut].0, values[cut + 1].0).next_up();
        if ends.last().is_none_or(|last| end > last.next_up()) {
            ends.push(end);
        }
    }
    ends.push(f64::INFINITY);
    ends
}

/// The values after which a bin ends, if every bin is closed as soon as it holds enough.
fn each(values: &[Counted]) -> Vec<usize> {
    let mut held = 0;
    let closes = |&cut: &usize| {
        held += values[cut].1;
        let enough = held >= ROWS_A_BIN;
        held = if enough { 0 } else { held };
        enough
    };
    (0..values.len() - 1).filter(closes).collect()
}

/// The values after which a bin ends, if bins are to hold equally many rows. A value that fills a bin
/// has it to itself, and the others share what rows and bins are left.
fn filled(values: &[Counted], most: usize) -> Vec<usize> {
    let most = most.min(rows(values) / ROWS_A_BIN).max(1);
    if most == 1 {
        return Vec::new();
    }
    let mean = rows(values) as f64 / most as f64;
    let big: Vec<bool> = values.iter().map(|value| value.1 as f64 >= mean).collect();
    let mut bins_left = most - big.iter().filter(|big| **big).count();
    let mut rows_left: usize = values.iter().zip(&big).filter(|v| !v.1).map(|v| v.0.1).sum();
    let mut mean = rows_left as f64 / bins_left as f64;
    let (mut cuts, mut held) = (Vec::new(), 0);
    for cut in 0..values.len() - 1 {
        rows_left -= if big[cut] { 0 } else { values[cut].1 };
        held += values[cut].1;
        let enough = held as f64 >= mean;
        let room = big[cut + 1] && held as f64 >= (mean * 0.5).max(1.0);
        if !(big[cut] || enough || room) {
            continue;
        }
        cuts.push(cut);
        if cuts.len() >= most - 1 {
            break;
        }
        held = 0;
        if !big[cut] {
            bins_left = bins_left.saturating_sub(1);
            mean = rows_left as f64 / bins_left as f64;
        }
    }
    cuts
}
