//! Tables along a walk: what the heads of a prefix contribute, and the values of its lines.
//!
//! In: [`Tables`] and the prefixes one after the other. Out: the worth of the points of a line.

use crate::lattice::{Row, Tables};

/// What the heads of a prefix contribute, head by head.
#[derive(Debug, Clone)]
pub(super) struct Stem {
    products: Vec<f64>,
    bases: Vec<f64>,
    values: Vec<f64>,
    other: Vec<f64>,
}

impl Stem {
    /// A stem without any head yet.
    pub(super) fn new(tables: &Tables) -> Stem {
        let (rows, sums) = (tables.rows.len(), tables.constants.len());
        let mut products = tables.factors.clone();
        products.resize((tables.heads + 1) * rows, 0.0);
        let mut bases = tables.constants.clone();
        bases.resize((tables.heads + 1) * sums, 0.0);
        Stem {
            products,
            bases,
            values: vec![0.0; tables.steps + 1],
            other: vec![0.0; tables.steps + 1],
        }
    }

    /// Takes heads from `from` on anew.
    #[inline(always)]
    pub(super) fn climb(&mut self, tables: &Tables, prefix: &[usize], from: usize) {
        let (rows, sums) = (tables.rows.len(), tables.constants.len());
        for (k, n) in prefix.iter().enumerate().skip(from) {
            let (below, above) = self.products[k * rows..(k + 2) * rows].split_at_mut(rows);
            let table = &tables.stems[k][n * rows..(n + 1) * rows];
            above.iter_mut().zip(below).zip(table).for_each(|((x, y), z)| *x = *y * z);
            let (below, above) = self.bases[k * sums..(k + 2) * sums].split_at_mut(sums);
            let table = &tables.flat[k][n * sums..(n + 1) * sums];
            above.iter_mut().zip(below).zip(table).for_each(|((x, y), z)| *x = *y + z);
        }
    }

    /// The values of the points of a line.
    #[inline(always)]
    pub(super) fn line<const FMA: bool>(
        &mut self,
        tables: &Tables,
        left: usize,
        from: usize,
        to: usize,
    ) -> &[f64] {
        let rivals = tables.rivals();
        let span = to - from + 1;
        for sum in 0..tables.constants.len() {
            let Stem { products, bases, values, other } = self;
            let base = bases[tables.heads * tables.constants.len() + sum];
            let products = &products[tables.heads * tables.rows.len()..];
            let into = if sum == 0 { &mut values[..span] } else { &mut other[..span] };
            into.fill(base);
            for row in tables.sums[sum].clone() {
                add::<FMA>(into, products[row], &tables.rows[row], left, from);
            }
            let pairs = values[..span].iter_mut().zip(&other[..span]);
            if sum >= rivals {
                pairs.for_each(|(x, y)| *x += y);
            } else if sum > 0 {
                // What is not a number must stay so.
                pairs.for_each(|(x, y)| {
                    *x = if *x > *y {
                        *x
                    } else if *y >= *x {
                        *y
                    } else {
                        f64::NAN
                    }
                });
            }
        }
        &self.values[..span]
    }
}

#[inline(always)]
fn add<const FMA: bool>(into: &mut [f64], product: f64, row: &Row, left: usize, from: usize) {
    let plus =
        |sum: &mut f64, a: f64, b: f64| *sum = if FMA { a.mul_add(b, *sum) } else { a * b + *sum };
    let span = into.len();
    let factor = row.scale.as_ref().map_or(product, |scale| product * scale[left]);
    let along = row.along.as_ref().map(|table| &table[from..from + span]);
    let against = row.against.as_ref().map(|table| &table[left + 1 - from - span..=left - from]);
    match (along, against) {
        (None, None) => into.iter_mut().for_each(|sum| *sum += factor),
        (Some(x), None) => into.iter_mut().zip(x).for_each(|(sum, x)| plus(sum, factor, *x)),
        (None, Some(y)) => {
            into.iter_mut().zip(y.iter().rev()).for_each(|(sum, y)| plus(sum, factor, *y))
        }
        (Some(x), Some(y)) => {
            let pairs = x.iter().zip(y.iter().rev());
            into.iter_mut().zip(pairs).for_each(|(sum, (x, y))| plus(sum, factor * x, *y));
        }
    }
}
