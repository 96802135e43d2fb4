//! The points of a lattice on the simplex, by prefixes: all shares but the last two.
//!
//! In: the shares that each domain may have, in steps. Out: how many prefixes there are, the prefix
//! of a given rank, the next one, and for each the lines of its points. Ranks follow the order in
//! which the first share counts most.

/// No such number of steps.
const NONE: u32 = u32::MAX;

/// Counts stop here: lattices with more prefixes would take weeks.
pub const MOST_PREFIXES: u64 = 1_000_000_000_000;

/// The steps that a domain may have: `low..=high`, and none at all where `zero` says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Whether it may have none.
    pub zero: bool,
    /// The least that is not zero.
    pub low: usize,
    /// The most; below `low` where only zero is left.
    pub high: usize,
}

impl Share {
    fn allows(self, n: usize) -> bool {
        if n == 0 { self.zero } else { (self.low..=self.high).contains(&n) }
    }
}

/// A group in steps: the sum of some shares has ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    /// Whether each domain is in it.
    pub domains: Vec<bool>,
    /// The least sum.
    pub low: usize,
    /// The most.
    pub high: usize,
}

/// Points in a row: the last share but one runs from `from` to `to`, the last has what remains of
/// `left`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Steps of the last two shares together.
    pub left: usize,
    /// First.
    pub from: usize,
    /// Last.
    pub to: usize,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Prefixes {
    /// Steps from 0 to 1.
    pub steps: usize,
    /// What each domain may have.
    pub shares: Vec<Share>,
    /// Domains that may have a share at the same time.
    pub most: usize,
    /// Sums of shares.
    pub groups: Vec<Sums>,
    levels: Vec<Level>,
    tails: Vec<[Option<Line>; 3]>,
}

/// The prefixes from one share on, by how many more domains may be used and by the steps left.
#[derive(Debug, Clone)]
struct Level {
    ways: Vec<u64>,
    /// The most steps, not above these, for which there are ways.
    floor: Vec<u32>,
}

/// Where a walk over prefixes is.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Steps of each share but the last two.
    pub prefix: Vec<usize>,
    /// Steps left before each of them, and after the last.
    left: Vec<usize>,
    /// Domains that may still be used, likewise.
    spare: Vec<usize>,
}

impl Walk {
    /// Steps left for the last two shares.
    pub fn left(&self) -> usize {
        self.left[self.prefix.len()]
    }
}

impl Prefixes {
    /// At least two shares.
    pub fn new(steps: usize, shares: Vec<Share>, most: usize, groups: Vec<Sums>) -> Prefixes {
        let most = most.min(shares.len());
        let mut made =
            Prefixes { steps, shares, most, groups, levels: Vec::new(), tails: Vec::new() };
        made.tails = made.all(made.heads(), |left, spare| made.tail(left, spare));
        let last = made.tails.iter().map(|lines| u64::from(lines[0].is_some())).collect();
        made.levels.push(made.level(last));
        for k in (0..made.heads()).rev() {
            let ways = made.all(k, |left, spare| made.count_ways(k, spare, left));
            let level = made.level(ways);
            made.levels.insert(0, level);
        }
        made
    }

    /// Shares of a prefix.
    pub fn heads(&self) -> usize {
        self.shares.len() - 2
    }

    /// The least and the most domains that may still be used before share `k`; more of them than
    /// there are domains left are as good as all.
    pub fn spares(&self, k: usize) -> [usize; 2] {
        let rest = self.shares.len() - k;
        [self.most.saturating_sub(k).min(rest), self.most.min(rest)]
    }

    /// Something for every state before share `k`.
    fn all<T>(&self, k: usize, each: impl Fn(usize, usize) -> T) -> Vec<T> {
        let [least, most] = self.spares(k);
        (least..=most)
            .flat_map(|spare| (0..=self.steps).map(move |left| (left, spare)))
            .map(|(left, spare)| each(left, spare))
            .collect()
    }

    /// Where a state before share `k` is in what [`Prefixes::all`] gives.
    fn at(&self, k: usize, spare: usize, left: usize) -> usize {
        (spare - self.spares(k)[0]) * (self.steps + 1) + left
    }

    /// Domains that may be used after share `k` has taken `n` steps.
    fn after(&self, k: usize, spare: usize, n: usize) -> usize {
        (spare - usize::from(n > 0)).min(self.shares.len() - k - 1)
    }

    fn level(&self, ways: Vec<u64>) -> Level {
        let mut floor = Vec::with_capacity(ways.len());
        let mut known = NONE;
        for (place, way) in ways.iter().enumerate() {
            let left = place % (self.steps + 1);
            known = match (left, *way > 0) {
                (_, true) => u32::try_from(left).unwrap_or(NONE),
                (0, false) => NONE,
                _ => known,
            };
            floor.push(known);
        }
        Level { ways, floor }
    }

    /// Ways of the level after share `k`, which is the first that is there.
    fn count_ways(&self, k: usize, spare: usize, left: usize) -> u64 {
        let share = self.shares[k];
        let next = &self.levels[0].ways;
        let ways = |n: usize| next[self.at(k + 1, self.after(k, spare, n), left - n)];
        let mut sum = if share.zero { ways(0) } else { 0 };
        let high = if spare > 0 { share.high.min(left) } else { 0 };
        for n in share.low..=high {
            if sum > MOST_PREFIXES {
                break;
            }
            sum += ways(n);
        }
        sum
    }

    /// The points of the last two shares, as few lines as there can be.
    fn tail(&self, left: usize, spare: usize) -> [Option<Line>; 3] {
        let (a, b) = (self.shares[self.heads()], self.shares[self.heads() + 1]);
        let enough = spare >= usize::from(left > 0);
        let first = (a.zero && b.allows(left) && enough).then_some((0, 0));
        let (from, to) = (a.low.max(left.saturating_sub(b.high)), a.high.min(left));
        let to = if left >= b.low { to.min(left - b.low) } else { 0 };
        let middle = (spare >= 2 && from <= to).then_some((from, to));
        let last = (left > 0 && b.zero && a.allows(left) && enough).then_some((left, left));
        let mut lines = [None; 3];
        let mut count = 0;
        for (from, to) in [first, middle, last].into_iter().flatten() {
            match lines[..count].last_mut() {
                Some(Some(Line { to: end, .. })) if *end + 1 == from => *end = to,
                _ => {
                    lines[count] = Some(Line { left, from, to });
                    count += 1;
                }
            }
        }
        lines
    }

    /// How many prefixes the bounds leave; groups may empty some of their lines.
    pub fn count(&self) -> u64 {
        self.ways(0, self.spares(0)[1], self.steps)
    }

    /// Prefixes from share `k` on.
    pub fn ways(&self, k: usize, spare: usize, left: usize) -> u64 {
        self.levels[k].ways[self.at(k, spare, left)]
    }

    /// The most steps, not above `left`, for which there are prefixes from share `k` on; `u32::MAX`
    /// for none.
    pub fn floor(&self, k: usize, spare: usize, left: usize) -> u32 {
        self.levels[k].floor[self.at(k, spare, left)]
    }

    /// The least that share `k` may have, not below `n`, which is not zero.
    fn at_least(&self, k: usize, spare: usize, left: usize, n: usize) -> Option<usize> {
        let rest = left.checked_sub(n).filter(|_| spare > 0)?;
        let floor = self.floor(k + 1, self.after(k, spare, n), rest);
        let n = left - (floor != NONE).then_some(floor as usize)?;
        (n <= self.shares[k].high).then_some(n)
    }

    fn first(&self, k: usize, spare: usize, left: usize) -> Option<usize> {
        let share = self.shares[k];
        if share.zero && self.ways(k + 1, self.after(k, spare, 0), left) > 0 {
            return Some(0);
        }
        self.at_least(k, spare, left, share.low)
    }

    fn next(&self, k: usize, spare: usize, left: usize, n: usize) -> Option<usize> {
        self.at_least(k, spare, left, (n + 1).max(self.shares[k].low))
    }

    /// A walk that begins at the prefix of a rank below [`Prefixes::count`].
    pub fn unrank(&self, mut rank: u64) -> Walk {
        let heads = self.heads();
        let mut walk = Walk {
            prefix: vec![0; heads],
            left: vec![self.steps; heads + 1],
            spare: vec![self.spares(0)[1]; heads + 1],
        };
        for k in 0..heads {
            let (spare, left) = (walk.spare[k], walk.left[k]);
            let mut n = self.first(k, spare, left).unwrap_or(0);
            loop {
                let ways = self.ways(k + 1, self.after(k, spare, n), left - n);
                if rank < ways {
                    break;
                }
                rank -= ways;
                let Some(next) = self.next(k, spare, left, n) else { break };
                n = next;
            }
            self.take(&mut walk, k, n);
        }
        walk
    }

    fn take(&self, walk: &mut Walk, k: usize, n: usize) {
        walk.prefix[k] = n;
        walk.left[k + 1] = walk.left[k] - n;
        walk.spare[k + 1] = self.after(k, walk.spare[k], n);
    }

    /// Moves on to the next prefix; gives the first share that changed, `None` after the last.
    pub fn advance(&self, walk: &mut Walk) -> Option<usize> {
        for k in (0..self.heads()).rev() {
            if let Some(n) = self.next(k, walk.spare[k], walk.left[k], walk.prefix[k]) {
                self.take(walk, k, n);
                for later in k + 1..self.heads() {
                    let n = self.first(later, walk.spare[later], walk.left[later]);
                    self.take(walk, later, n.unwrap_or(0));
                }
                return Some(k);
            }
        }
        None
    }

    /// The points of a prefix before groups cut them: lines of rising first share.
    pub fn whole_lines(&self, spare: usize, left: usize) -> &[Option<Line>; 3] {
        &self.tails[self.at(self.heads(), spare, left)]
    }

    /// The points of a prefix.
    pub fn lines(&self, walk: &Walk) -> [Option<Line>; 3] {
        let lines = self.whole_lines(walk.spare[self.heads()], walk.left());
        if self.groups.is_empty() {
            return *lines;
        }
        let Some((low, high)) = self.grouped(walk) else { return [None; 3] };
        lines.map(|line| {
            let line = line?;
            let cut = Line { from: line.from.max(low), to: line.to.min(high), ..line };
            (cut.from <= cut.to).then_some(cut)
        })
    }

    /// What groups leave to the last share but one.
    fn grouped(&self, walk: &Walk) -> Option<(usize, usize)> {
        let (heads, left) = (self.heads(), walk.left());
        let (mut from, mut to) = (0, left);
        for group in &self.groups {
            let members = walk.prefix.iter().zip(&group.domains).filter(|(_, member)| **member);
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
        Some((from, to))
    }
}
