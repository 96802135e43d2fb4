//! The worth of a lattice's points by tables: sums of products of functions of one share each.
//!
//! In: [`Terms`], one for each number of which the largest counts, and some to be added to it. Out:
//! [`Tables`], laid out for walks over prefixes: what the first shares contribute is multiplied up
//! once a prefix, and along a line two tables are left, or one where a table is geometric.

use std::collections::BTreeMap;
use std::ops::Range;

/// `constant + sum over products of (factor * product over shares of table[share])`.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What no share changes.
    pub constant: f64,
    /// The rest.
    pub products: Vec<Product>,
}

/// One product: a table for each share that it depends on.
#[derive(Debug, Clone)]
pub struct Product {
    /// A number.
    pub factor: f64,
    /// By share, over `0, 1, ... steps`.
    pub tables: BTreeMap<usize, Vec<f64>>,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Shares of a prefix.
    pub heads: usize,
    /// Steps from 0 to 1.
    pub steps: usize,
    /// The rows of each sum; the largest sum counts.
    pub sums: Vec<Range<usize>>,
    /// Whether the last sum is not a rival but added to the largest of the others.
    pub extra: bool,
    /// What each sum begins with.
    pub constants: Vec<f64>,
    /// By head and step: what is added to each sum.
    pub flat: Vec<Vec<f64>>,
    /// What each row begins with.
    pub factors: Vec<f64>,
    /// By head and step: what each row is multiplied with.
    pub stems: Vec<Vec<f64>>,
    /// What each row is along a line.
    pub rows: Vec<Row>,
    /// The rows once more, side by side, where each has `along` alone and a scale.
    pub lanes: Option<Lanes>,
    /// For each sum the sum of the absolute values of its largest finite terms.
    pub sizes: Vec<f64>,
}

/// A row along a line; what is not there is 1.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// By the steps left for the last two shares.
    pub scale: Option<Vec<f64>>,
    /// By the last share but one.
    pub along: Option<Vec<f64>>,
    /// By the last share.
    pub against: Option<Vec<f64>>,
    /// Where `along` alone is left and geometric: the ratio of its neighbours.
    pub ratio: Option<f64>,
}

/// Tables of all rows for a processor that takes several points at a time.
#[derive(Debug, Clone)]
pub struct Lanes {
    /// By the steps left and by row.
    pub scales: Vec<f64>,
    /// By row and by the last share but one, each with [`LANES`] more at its end.
    pub alongs: Vec<f64>,
    /// From row to row.
    pub stride: usize,
}

/// Points at a time.
pub const LANES: usize = 8;

/// Larger tables are no gain.
const MOST_ENTRIES: usize = 1 << 24;

/// Numbers beyond this, or below one over it, are left to the formula: their products may not be
/// what the formula gives.
const RANGE: f64 = 1e100;

impl Tables {
    /// `None` where tables are no gain or not to be trusted.
    pub fn new(
        rivals: &[Terms],
        extra: Option<&Terms>,
        domains: usize,
        steps: usize,
    ) -> Option<Tables> {
        let heads = domains - 2;
        let terms: Vec<&Terms> = rivals.iter().chain(extra).collect();
        let products = || terms.iter().flat_map(|terms| &terms.products);
        let count = products().count() + terms.len();
        let sound = products().all(Product::is_sound);
        if !sound || (heads + 3) * (steps + 1) * count > MOST_ENTRIES {
            return None;
        }
        let mut tables = Tables {
            heads,
            steps,
            sums: Vec::new(),
            extra: extra.is_some(),
            constants: terms.iter().map(|terms| terms.constant).collect(),
            flat: vec![vec![0.0; (steps + 1) * terms.len()]; heads],
            factors: Vec::new(),
            stems: Vec::new(),
            rows: Vec::new(),
            lanes: None,
            sizes: terms.iter().map(|terms| terms.size()).collect(),
        };
        let tall: Vec<&Product> = products().filter(|p| !p.is_flat(heads)).collect();
        tables.stems = vec![vec![1.0; (steps + 1) * tall.len()]; heads];
        for (sum, terms) in terms.iter().enumerate() {
            let start = tables.rows.len();
            for product in &terms.products {
                if product.is_flat(heads) {
                    tables.lie(sum, product)
                } else {
                    tables.stand(product, tall.len())
                }
            }
            tables.sums.push(start..tables.rows.len());
        }
        tables.lanes = Lanes::new(&tables.rows, steps);
        Some(tables)
    }

    /// A function of one head alone is added once a prefix.
    fn lie(&mut self, sum: usize, product: &Product) {
        let sums = self.constants.len();
        for (head, table) in &product.tables {
            for (n, x) in table.iter().enumerate() {
                self.flat[*head][n * sums + sum] += product.factor * x;
            }
        }
    }

    fn stand(&mut self, product: &Product, rows: usize) {
        let row = self.rows.len();
        for (head, table) in product.tables.range(..self.heads) {
            table.iter().enumerate().for_each(|(n, x)| self.stems[*head][n * rows + row] = *x);
        }
        let table = |share: usize| product.tables.get(&share).cloned();
        self.factors.push(product.factor);
        self.rows.push(Row::new(table(self.heads), table(self.heads + 1)));
    }

    /// The sums of which the largest counts.
    pub fn rivals(&self) -> usize {
        self.constants.len() - usize::from(self.extra)
    }
}

impl Lanes {
    fn new(rows: &[Row], steps: usize) -> Option<Lanes> {
        let simple = |row: &Row| row.along.is_some() && row.against.is_none();
        if !rows.iter().all(simple) {
            return None;
        }
        let scale =
            |left: usize| rows.iter().map(move |row| row.scale.as_ref().map_or(1.0, |s| s[left]));
        let scales = (0..=steps).flat_map(scale).collect();
        let stride = steps + 1 + LANES;
        let mut alongs = Vec::with_capacity(rows.len() * stride);
        for table in rows.iter().filter_map(|row| row.along.as_ref()) {
            alongs.extend_from_slice(table);
            alongs.resize(alongs.len() + LANES, 0.0);
        }
        Some(Lanes { scales, alongs, stride })
    }
}

impl Terms {
    fn size(&self) -> f64 {
        let sum: f64 = self.products.iter().map(Product::size).sum();
        self.constant.abs() + sum
    }
}

impl Product {
    /// Whether it depends on one head alone.
    fn is_flat(&self, heads: usize) -> bool {
        self.tables.len() == 1 && self.tables.keys().all(|share| *share < heads)
    }

    fn size(&self) -> f64 {
        let finite = |table: &Vec<f64>| {
            table.iter().filter(|x| x.is_finite()).fold(0.0_f64, |most, x| most.max(x.abs()))
        };
        self.tables.values().map(finite).fold(self.factor.abs(), |size, most| size * most)
    }

    /// Whether all numbers are moderate; what happens at a share of zero may be infinite.
    fn is_sound(&self) -> bool {
        let moderate = |x: &f64| *x == 0.0 || (1.0 / RANGE..=RANGE).contains(&x.abs());
        let single = self.tables.len() == 1;
        self.tables.values().all(|table| table[1..].iter().all(|x| single || moderate(x)))
    }
}

impl Row {
    fn new(along: Option<Vec<f64>>, against: Option<Vec<f64>>) -> Row {
        let falling = against.as_deref().and_then(ratio);
        match (along, against, falling) {
            // The last share falls as the other rises: its table is a scale times a falling one.
            (along, Some(against), Some(q)) => {
                let one = vec![1.0; against.len()];
                let along = along.unwrap_or(one);
                let falling = (0..).zip(&along).map(|(n, x)| x * (-f64::from(n) * q.ln()).exp());
                let along: Vec<f64> = falling.collect();
                let ratio = ratio(&along);
                Row { scale: Some(against), along: Some(along), against: None, ratio }
            }
            (Some(along), None, _) => {
                let ratio = ratio(&along);
                Row { along: Some(along), ratio, ..Row::default() }
            }
            (along, against, _) => Row { along, against, ..Row::default() },
        }
    }
}

/// The ratio of neighbours of a geometric table.
fn ratio(table: &[f64]) -> Option<f64> {
    let (first, last) = (*table.first()?, *table.last()?);
    let total = last / first;
    if !(total > 1.0 / RANGE && total < RANGE) || first == 0.0 {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "steps are few")]
    let slope = total.ln() / (table.len() - 1) as f64;
    let near =
        |(n, x): (i32, &f64)| (x / (first * (slope * f64::from(n)).exp()) - 1.0).abs() < 1e-12;
    (0..).zip(table).all(near).then(|| slope.exp())
}
