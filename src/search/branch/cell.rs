//! A part of the region, and how it is cut in two.
//!
//! In: bounds on shares, and which domains are settled to be used. Out: the same, tightened by what
//! the other bounds leave; halves.

use crate::search::Region;
use crate::search::region::ROUNDING;

/// A box of shares, and the domains in it that count as used.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
    /// Whether the domain has been settled to be used; those with `high` 0 are settled not to be.
    pub(super) used: Vec<bool>,
    /// No allowed mixture in it has an objective below this.
    pub(super) bound: f64,
    /// Multipliers of the constraints that gave the best bound on the cell that it was cut from.
    pub(super) multipliers: Vec<f64>,
}

impl Cell {
    /// All that is allowed.
    pub(super) fn whole(region: &Region) -> Cell {
        Cell {
            low: region.low.clone(),
            high: region.high.clone(),
            used: vec![false; region.low.len()],
            bound: f64::NEG_INFINITY,
            multipliers: Vec::new(),
        }
    }

    /// Settles what follows from what is settled; false where nothing allowed is left.
    pub(super) fn tighten(&mut self, region: &Region) -> bool {
        // What one share leaves to another may leave less to the first.
        for _ in 0..3 {
            if !self.settle(region) || !self.leave(0..self.low.len(), [1.0; 2]) {
                return false;
            }
            for group in &region.groups {
                let ends = [group.ends[0].unwrap_or(0.0), group.ends[1].unwrap_or(1.0)];
                if !self.leave(group.domains.iter().copied(), ends) {
                    return false;
                }
            }
        }
        true
    }

    /// The demands on which domains are used.
    fn settle(&mut self, region: &Region) -> bool {
        for k in 0..self.low.len() {
            if region.is_choosy() && self.high[k] < region.least[k].max(ROUNDING) {
                self.high[k] = 0.0;
            }
            self.used[k] |= self.low[k] > 0.0;
            if self.used[k] {
                self.low[k] = self.low[k].max(region.least[k]);
            }
            if self.low[k] > self.high[k] {
                return false;
            }
        }
        let count = self.used.iter().filter(|used| **used).count();
        if count == region.most {
            let unused = self.high.iter_mut().zip(&self.used).filter(|(_, used)| !**used);
            unused.for_each(|(high, _)| *high = 0.0);
        }
        count <= region.most && self.low.iter().zip(&self.high).all(|(low, high)| low <= high)
    }

    /// Narrows the shares of some domains to what a range of their sum leaves them.
    fn leave(
        &mut self,
        domains: impl Iterator<Item = usize> + Clone,
        [least, most]: [f64; 2],
    ) -> bool {
        let (low, high) = domains
            .clone()
            .fold((0.0, 0.0), |(low, high), k| (low + self.low[k], high + self.high[k]));
        if low > most + ROUNDING || high < least - ROUNDING {
            return false;
        }
        for k in domains {
            let (before, after) = (self.low[k], self.high[k]);
            self.low[k] = before.max((least - (high - after)).min(after));
            self.high[k] = after.min((most - (low - before)).max(self.low[k]));
        }
        true
    }

    /// Whether the demands on which domains are used hold for all of it.
    pub(super) fn is_settled(&self, region: &Region) -> bool {
        let open = |k: &usize| !self.used[*k] && self.high[*k] > 0.0;
        let count = (0..self.low.len()).filter(|k| self.used[*k] || open(k)).count();
        count <= region.most && (0..self.low.len()).filter(open).all(|k| region.least[k] <= 0.0)
    }

    /// Whether a mixture lies in it or no farther away than it is wide.
    pub(super) fn is_near(&self, mixture: &[f64]) -> bool {
        let widest = (0..self.low.len()).map(|k| self.width(k)).fold(0.0, f64::max);
        let ends = self.low.iter().zip(&self.high);
        mixture.iter().zip(ends).all(|(x, (low, high))| *x >= low - widest && *x <= high + widest)
    }

    /// The width of a share's range.
    pub(super) fn width(&self, k: usize) -> f64 {
        self.high[k] - self.low[k]
    }

    /// Two cells that together hold all of it: with and without a domain that `mixture` uses too
    /// little while that is open, else the halves of the range along which `bend` is largest.
    pub(super) fn halves(
        &self,
        region: &Region,
        mixture: &[f64],
        bend: impl Fn(usize) -> f64,
    ) -> [Cell; 2] {
        let open = (0..self.low.len())
            .filter(|&k| !self.used[k] && self.high[k] > 0.0)
            .filter(|&k| !self.is_settled(region) && mixture[k] > 0.0);
        // The domain nearest to half of what it must have at least tells the most.
        let most_open = open.max_by(|&a, &b| {
            let doubt = |k: usize| (mixture[k] / region.least[k].max(1e-3) - 0.5).abs();
            doubt(b).total_cmp(&doubt(a))
        });
        let (mut one, mut other) = (self.clone(), self.clone());
        if let Some(k) = most_open {
            one.high[k] = 0.0;
            one.low[k] = 0.0;
            other.used[k] = true;
            return [one, other];
        }
        let wide = (0..self.low.len()).filter(|&k| self.width(k) > 0.0);
        let measured: Vec<(usize, f64)> = wide.map(|k| (k, bend(k))).collect();
        let most = measured.iter().max_by(|(a, x), (b, y)| {
            // Of those that bend alike the widest, and of those the first.
            x.total_cmp(y).then(self.width(*a).total_cmp(&self.width(*b))).then(b.cmp(a))
        });
        let k = most.map_or(0, |(k, _)| *k);
        let middle = 0.5 * (self.low[k] + self.high[k]);
        one.high[k] = middle;
        other.low[k] = middle;
        [one, other]
    }
}
