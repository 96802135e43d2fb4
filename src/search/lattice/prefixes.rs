//! The points of a lattice on the simplex, by prefixes: all shares but the last two.
//!
//! In: a [`Region`] and a number of steps. Out: how many prefixes there are, the prefix of a given
//! rank, the next one, and for each the range of the last share but one. Ranks follow the order in
//! which the first share counts most.

use crate::search::Region;
use crate::search::region::ROUNDING;

/// See the module. Shares are whole numbers of steps.
#[derive(Debug, Clone)]
pub(super) struct Prefixes {
    pub(super) steps: usize,
    low: Vec<usize>,
    high: Vec<usize>,
    groups: Vec<Sums>,
    /// `ways[k][left]`: prefixes from share `k` on, when so many steps are left.
    ways: Vec<Vec<u64>>,
}

/// A group in steps.
#[derive(Debug, Clone)]
struct Sums {
    domains: Vec<bool>,
    low: usize,
    high: usize,
}

/// The points of one prefix: the last share but one runs from `from` to `to`, the last has what
/// remains of `left`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) left: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares are between 0 and 1, and steps are few"
)]
fn whole(share: f64, steps: usize, up: bool) -> usize {
    let exact = share.clamp(0.0, 1.0) * steps as f64;
    // A bound that is a point of the lattice up to rounding is that point.
    (if up { (exact - ROUNDING).ceil() } else { (exact + ROUNDING).floor() }) as usize
}

impl Prefixes {
    /// At least two shares.
    pub(super) fn new(region: &Region, steps: usize) -> Prefixes {
        let low: Vec<usize> = region.low.iter().map(|x| whole(*x, steps, true)).collect();
        let high: Vec<usize> = region.high.iter().map(|x| whole(*x, steps, false)).collect();
        let groups = region.groups.iter().map(|group| Sums {
            domains: (0..low.len()).map(|k| group.domains.contains(&k)).collect(),
            low: whole(group.ends[0].unwrap_or(0.0), steps, true),
            high: whole(group.ends[1].unwrap_or(1.0), steps, false),
        });
        let groups = groups.collect();
        let mut prefixes = Prefixes { steps, low, high, groups, ways: Vec::new() };
        prefixes.ways = prefixes.count_ways();
        prefixes
    }

    fn heads(&self) -> usize {
        self.low.len() - 2
    }

    fn count_ways(&self) -> Vec<Vec<u64>> {
        let heads = self.heads();
        let mut ways = vec![vec![0_u64; self.steps + 1]; heads + 1];
        let (low, high) = (&self.low[heads..], &self.high[heads..]);
        for (left, way) in ways[heads].iter_mut().enumerate() {
            *way = u64::from(left >= low[0] + low[1] && left <= high[0] + high[1]);
        }
        for k in (0..heads).rev() {
            for left in 0..=self.steps {
                let taken = self.low[k]..=self.high[k].min(left);
                let sum = taken.fold(0_u64, |sum, n| sum.saturating_add(ways[k + 1][left - n]));
                ways[k][left] = sum;
            }
        }
        ways
    }

    /// How many prefixes the bounds leave; groups may empty some of their lines.
    pub(super) fn count(&self) -> u64 {
        self.ways[0][self.steps]
    }

    /// The prefix of a rank below [`Prefixes::count`].
    pub(super) fn unrank(&self, mut rank: u64) -> Vec<usize> {
        let mut left = self.steps;
        (0..self.heads())
            .map(|k| {
                let mut n = self.low[k];
                while n < self.high[k].min(left) && self.ways[k + 1][left - n] <= rank {
                    rank -= self.ways[k + 1][left - n];
                    n += 1;
                }
                left -= n;
                n
            })
            .collect()
    }

    /// Moves on to the next prefix; false after the last.
    pub(super) fn advance(&self, prefix: &mut [usize]) -> bool {
        let mut left = self.steps - prefix.iter().sum::<usize>();
        for k in (0..prefix.len()).rev() {
            left += prefix[k];
            let mut more = prefix[k] + 1..=self.high[k].min(left);
            if let Some(n) = more.find(|n| self.ways[k + 1][left - n] > 0) {
                prefix[k] = n;
                self.fill(prefix, k + 1, left - n);
                return true;
            }
        }
        false
    }

    /// The first way to go on from share `k`.
    fn fill(&self, prefix: &mut [usize], from: usize, mut left: usize) {
        for (k, n) in prefix.iter_mut().enumerate().skip(from) {
            let mut all = self.low[k]..=self.high[k].min(left);
            *n = all.find(|n| self.ways[k + 1][left - n] > 0).unwrap_or(self.low[k]);
            left -= *n;
        }
    }

    /// The points of a prefix; `None` where groups leave none.
    pub(super) fn line(&self, prefix: &[usize]) -> Option<Line> {
        let heads = self.heads();
        let left = self.steps - prefix.iter().sum::<usize>();
        let mut from = self.low[heads].max(left.saturating_sub(self.high[heads + 1]));
        let mut to = self.high[heads].min(left.checked_sub(self.low[heads + 1])?);
        for group in &self.groups {
            let members = prefix.iter().zip(&group.domains).filter(|(_, member)| **member);
            let sum: usize = members.map(|(n, _)| n).sum();
            let high = group.high.checked_sub(sum)?;
            let low = group.low.saturating_sub(sum);
            match (group.domains[heads], group.domains[heads + 1]) {
                (true, true) if left < low || left > high => return None,
                (false, false) if low > 0 => return None,
                (true, false) => (from, to) = (from.max(low), to.min(high)),
                (false, true) => {
                    from = from.max(left.saturating_sub(high));
                    to = to.min(left.checked_sub(low)?);
                }
                _ => {}
            }
        }
        (from <= to).then_some(Line { left, from, to })
    }
}
