//! Tables along a walk: what the heads of a prefix contribute, and the values of its lines.
//!
//! In: [`Tables`] and the prefixes one after the other. Out: the worth of the points of a line.

use crate::lattice::{LANES, Lanes, Row, Tables};

/// What the heads of a prefix contribute, head by head.
#[derive(Debug, Clone)]
pub(super) struct Stem {
    products: Vec<f64>,
    bases: Vec<f64>,
    /// Of the rows along a line.
    factors: Vec<f64>,
    /// Of the points of a line.
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
            factors: vec![0.0; rows],
            values: vec![0.0; tables.steps + 1 + LANES],
            other: vec![0.0; tables.steps + 1 + LANES],
        }
    }

    /// Takes heads from `from` on anew.
    #[inline(always)]
    pub(super) fn climb(&mut self, tables: &Tables, prefix: &[usize], from: usize) {
        let (rows, sums) = (tables.rows.len(), tables.constants.len());
        for (k, n) in (from..).zip(&prefix[from..]) {
            let (below, above) = self.products[k * rows..(k + 2) * rows].split_at_mut(rows);
            let table = &tables.stems[k][n * rows..(n + 1) * rows];
            above.iter_mut().zip(below).zip(table).for_each(|((x, y), z)| *x = *y * z);
            let (below, above) = self.bases[k * sums..(k + 2) * sums].split_at_mut(sums);
            let table = &tables.flat[k][n * sums..(n + 1) * sums];
            above.iter_mut().zip(below).zip(table).for_each(|((x, y), z)| *x = *y + z);
        }
    }

    /// The values of the points of a line, and infinity up to a whole number of [`LANES`].
    #[inline(always)]
    pub(super) fn line<const FMA: bool>(
        &mut self,
        tables: &Tables,
        left: usize,
        from: usize,
        to: usize,
    ) -> &[f64] {
        let span = to - from + 1;
        match &tables.lanes {
            Some(lanes) => self.by_lanes::<FMA>(tables, lanes, left, from, span),
            None => self.by_rows::<FMA>(tables, left, from, span),
        }
        self.values[span..span + LANES].copy_from_slice(&[f64::INFINITY; LANES]);
        &self.values[..span.next_multiple_of(LANES)]
    }

    /// Several points at a time through all rows.
    #[inline(always)]
    fn by_lanes<const FMA: bool>(
        &mut self,
        tables: &Tables,
        lanes: &Lanes,
        left: usize,
        from: usize,
        span: usize,
    ) {
        let (rows, sums, rivals) = (tables.rows.len(), tables.constants.len(), tables.rivals());
        let Stem { products, bases, values, other, factors } = self;
        let products = &products[tables.heads * rows..];
        let scales = &lanes.scales[left * rows..(left + 1) * rows];
        factors.iter_mut().zip(products).zip(scales).for_each(|((x, y), z)| *x = *y * z);
        let padded = span.next_multiple_of(LANES);
        let along = |row: usize| &lanes.alongs[row * lanes.stride + from..][..padded];
        for (sum, range) in tables.sums.iter().enumerate() {
            let into = if sum == 0 { &mut values[..padded] } else { &mut other[..padded] };
            into.fill(bases[tables.heads * sums + sum]);
            for row in range.clone().step_by(2) {
                let next = row + 1;
                if next < range.end {
                    let (f, g) = (factors[row], factors[next]);
                    add_two::<FMA>(into, [f, g], [along(row), along(next)]);
                } else {
                    add_one::<FMA>(into, factors[row], along(row));
                }
            }
            if sum > 0 {
                join(&mut values[..padded], &other[..padded], sum < rivals);
            }
        }
    }

    /// Row by row through all points.
    #[inline(always)]
    fn by_rows<const FMA: bool>(&mut self, tables: &Tables, left: usize, from: usize, span: usize) {
        let (rows, sums, rivals) = (tables.rows.len(), tables.constants.len(), tables.rivals());
        let Stem { products, bases, values, other, .. } = self;
        let products = &products[tables.heads * rows..];
        for (sum, range) in tables.sums.iter().enumerate() {
            let into = if sum == 0 { &mut values[..span] } else { &mut other[..span] };
            into.fill(bases[tables.heads * sums + sum]);
            for row in range.clone() {
                add::<FMA>(into, products[row], &tables.rows[row], left, from);
            }
            if sum > 0 {
                join(&mut values[..span], &other[..span], sum < rivals);
            }
        }
    }
}

#[inline(always)]
fn add_one<const FMA: bool>(into: &mut [f64], factor: f64, along: &[f64]) {
    for (sums, x) in into.as_chunks_mut::<LANES>().0.iter_mut().zip(along.as_chunks::<LANES>().0) {
        *sums = all_lanes(|lane| plus::<FMA>(sums[lane], factor, x[lane]));
    }
}

/// Two rows at a time spare half of the loads and stores.
#[inline(always)]
fn add_two<const FMA: bool>(into: &mut [f64], [f, g]: [f64; 2], [x, y]: [&[f64]; 2]) {
    let pairs = x.as_chunks::<LANES>().0.iter().zip(y.as_chunks::<LANES>().0);
    for (sums, (x, y)) in into.as_chunks_mut::<LANES>().0.iter_mut().zip(pairs) {
        *sums = all_lanes(|lane| plus::<FMA>(plus::<FMA>(sums[lane], f, x[lane]), g, y[lane]));
    }
}

/// All lanes are worked out before any is stored, so that they may go into one register.
#[inline(always)]
fn all_lanes(each: impl Fn(usize) -> f64) -> [f64; LANES] {
    let mut all = [0.0; LANES];
    for (lane, one) in all.iter_mut().enumerate() {
        *one = each(lane);
    }
    all
}

/// A sum joins those before it: the larger counts, and what is added to the largest is added. What
/// is not a number stays so.
#[inline(always)]
fn join(known: &mut [f64], new: &[f64], rival: bool) {
    let pairs = known.iter_mut().zip(new);
    if rival {
        pairs.for_each(|(x, y)| {
            let larger = if *x > *y { *x } else { *y };
            *x = if x.is_nan() { *x } else { larger };
        });
    } else {
        pairs.for_each(|(x, y)| *x += y);
    }
}

#[inline(always)]
fn plus<const FMA: bool>(sum: f64, a: f64, b: f64) -> f64 {
    if FMA { a.mul_add(b, sum) } else { a * b + sum }
}

#[inline(always)]
fn add<const FMA: bool>(into: &mut [f64], product: f64, row: &Row, left: usize, from: usize) {
    let plus = |sum: &mut f64, a: f64, b: f64| *sum = plus::<FMA>(*sum, a, b);
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
