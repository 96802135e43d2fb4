//! The points of a lattice that are worth no more than a limit, in f64.
//!
//! In: a [`Scan`], ranks of prefixes, a limit. Out: how many points there are, and each of those
//! that are below the limit, with the value that its formula gives. Tables only tell where to look.

mod stem;

use std::ops::Range;

use super::level::{Kernel, best};
use crate::lattice::{Formula, Scan, Tables, Walk};
use stem::Stem;

/// What the formula and the tables may differ by, as a share of the sum of all terms' sizes: far
/// more than the rounding of f64, far less than anyone cares for.
const DIFFERENCE: f64 = 1e-11;

/// Scans; each thread has its own.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    scan: &'a Scan,
    formula: Formula,
    stem: Option<Stem>,
    point: Vec<usize>,
}

impl<'a> Scanner<'a> {
    /// A scanner that has not begun.
    pub fn new(scan: &'a Scan) -> Scanner<'a> {
        let stem = scan.tables.as_ref().map(Stem::new);
        Scanner {
            scan,
            formula: scan.formula.clone(),
            stem,
            point: vec![0; scan.prefixes.shares.len()],
        }
    }

    /// Looks at all points of some prefixes. `found` is given every point whose value may be no
    /// more than the limit, and says what the limit is from then on. Gives the number of points.
    pub fn run(
        &mut self,
        ranks: Range<u64>,
        limit: f64,
        found: &mut dyn FnMut(f64, &[usize]) -> f64,
    ) -> u64 {
        best(Look { scanner: self, ranks, limit, found })
    }

    /// For each of some prefixes a value that at least one of its points does not exceed, by tables
    /// alone; nothing without tables, or where no point has a finite value.
    pub fn reached(&mut self, ranks: Range<u64>) -> Vec<f64> {
        let (Some(stem), Some(tables)) = (&mut self.stem, &self.scan.tables) else {
            return Vec::new();
        };
        let prefixes = &self.scan.prefixes;
        let mut walk = prefixes.unrank(ranks.start);
        let mut changed = 0;
        let least = |_| {
            stem.climb(tables, &walk.prefix, changed);
            let mut least = f64::INFINITY;
            for line in prefixes.lines(&walk).into_iter().flatten() {
                let values = stem.line::<false>(tables, walk.left(), line.from, line.to);
                least = values.iter().fold(least, |least, x| if *x < least { *x } else { least });
            }
            changed = prefixes.advance(&mut walk).unwrap_or(0);
            least.is_finite().then(|| least + margin(tables, least))
        };
        ranks.filter_map(least).collect()
    }

    #[inline(always)]
    fn walk<const FMA: bool>(
        &mut self,
        ranks: Range<u64>,
        mut limit: f64,
        found: &mut dyn FnMut(f64, &[usize]) -> f64,
    ) -> u64 {
        let prefixes = &self.scan.prefixes;
        let mut points = 0;
        let mut walk = prefixes.unrank(ranks.start);
        let mut changed = 0;
        for _ in ranks {
            if let (Some(stem), Some(tables)) = (&mut self.stem, &self.scan.tables) {
                stem.climb(tables, &walk.prefix, changed);
            }
            for line in prefixes.lines(&walk).into_iter().flatten() {
                points += (line.to - line.from + 1) as u64;
                limit = self.line::<FMA>(&walk, line.from, line.to, limit, found);
            }
            changed = prefixes.advance(&mut walk).unwrap_or(0);
        }
        points
    }

    #[inline(always)]
    fn line<const FMA: bool>(
        &mut self,
        walk: &Walk,
        from: usize,
        to: usize,
        limit: f64,
        found: &mut dyn FnMut(f64, &[usize]) -> f64,
    ) -> f64 {
        let left = walk.left();
        let (Some(stem), Some(tables)) = (&mut self.stem, &self.scan.tables) else {
            return offer(
                &mut self.formula,
                &mut self.point,
                &walk.prefix,
                left,
                from..=to,
                limit,
                found,
            );
        };
        let values = stem.line::<FMA>(tables, left, from, to);
        let wide = limit + margin(tables, limit);
        if values.iter().fold(true, |all, x| all & above(*x, wide)) {
            return limit;
        }
        let mut limit = limit;
        for (n, value) in (from..=to).zip(values) {
            if !above(*value, limit + margin(tables, limit)) {
                let (formula, point) = (&mut self.formula, &mut self.point);
                limit = offer(formula, point, &walk.prefix, left, n..=n, limit, found);
            }
        }
        limit
    }
}

/// Whether a value is certainly too large; what is not a number is for the formula to say.
#[inline(always)]
fn above(value: f64, limit: f64) -> bool {
    value > limit
}

/// What the tables may be off by at a value near a limit.
fn margin(tables: &Tables, limit: f64) -> f64 {
    DIFFERENCE * (tables.sizes.iter().sum::<f64>() + limit.abs())
}

fn offer(
    formula: &mut Formula,
    point: &mut [usize],
    prefix: &[usize],
    left: usize,
    span: std::ops::RangeInclusive<usize>,
    mut limit: f64,
    found: &mut dyn FnMut(f64, &[usize]) -> f64,
) -> f64 {
    let last = point.len() - 1;
    point[..last - 1].copy_from_slice(prefix);
    for n in span {
        (point[last - 1], point[last]) = (n, left - n);
        let value = formula.at(point);
        if value <= limit && value.is_finite() {
            limit = found(value, point);
        }
    }
    limit
}

/// Some prefixes to be looked at.
struct Look<'a, 'b> {
    scanner: &'a mut Scanner<'b>,
    ranks: Range<u64>,
    limit: f64,
    found: &'a mut dyn FnMut(f64, &[usize]) -> f64,
}

impl Kernel for Look<'_, '_> {
    type Output = u64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> u64 {
        self.scanner.walk::<FMA>(self.ranks, self.limit, self.found)
    }
}
