//! Entropies of tokens and of pairs of neighbours, of all documents, with a group left out, and of resamples.
//!
//! In: counts of pairs in order. Out: the Shannon entropy SE of first tokens, the joint entropy JE
//! of pairs, and their difference, the conditional entropy CE, in nats (Ge et al. 2024, arXiv
//! 2405.14908, Eq. 12). SE is of the tokens that are the first of a pair: only with these is
//! SE + CE = JE exact, as the last token of a sequence is the first of none.

use std::io;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::bootstrap::Resamples;
use super::count::{Entry, GROUPS, unkey};

/// What is done about the bias of entropies of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// Nothing: the entropy of the observed shares
    None,
    /// Half the number of distinct things less one, over the sample (Miller 1955)
    MillerMadow,
}

/// SE, CE and JE in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entropies {
    pub(super) se: f64,
    pub(super) ce: f64,
    pub(super) je: f64,
}

/// A sum of many numbers that keeps what rounding takes away (Neumaier 1974).
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        let larger = if self.sum.abs() >= x.abs() { (self.sum, x) } else { (x, self.sum) };
        self.lost += larger.0 - sum + larger.1;
        self.sum = sum;
    }

    fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// x ln x of a count. Nearly all counts are small: these are looked up.
fn xlnx(count: u64) -> f64 {
    const SMALL: usize = 512;
    static TABLE: LazyLock<[f64; SMALL]> = LazyLock::new(|| {
        std::array::from_fn(
            |count| if count > 1 { count as f64 * (count as f64).ln() } else { 0.0 },
        )
    });
    let known = usize::try_from(count).ok().and_then(|count| TABLE.get(count));
    known.copied().unwrap_or_else(|| count as f64 * (count as f64).ln())
}

/// What a group takes away when it is left out.
#[derive(Debug, Clone, Copy, Default)]
struct Out {
    /// Its counts.
    count: u64,
    /// By how much the sum of n ln n changes.
    change: Sum,
    /// What is in no other group.
    lost: u64,
}

/// What a resample of groups has.
#[derive(Debug, Clone, Copy, Default)]
struct Draw {
    count: u64,
    sum: Sum,
    distinct: u64,
}

/// Which documents an entropy is of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// All.
    All,
    /// All but those of a group.
    Without(usize),
    /// Those of a resample, by number.
    Resample(usize),
}

/// Counts of one kind of thing: pairs, or first tokens.
#[derive(Debug, Clone)]
pub(super) struct Level {
    /// Things that differ.
    pub(super) distinct: u64,
    /// Those that are there once.
    pub(super) single: u64,
    /// All of them.
    pub(super) count: u64,
    sum: Sum,
    out: Vec<Out>,
    draws: Vec<Draw>,
}

impl Level {
    fn new(resamples: usize) -> Level {
        let out = vec![Out::default(); GROUPS as usize];
        let draws = vec![Draw::default(); resamples];
        Level { distinct: 0, single: 0, count: 0, sum: Sum::default(), out, draws }
    }

    /// Takes a thing by its counts in groups.
    fn take(&mut self, groups: &[(usize, u64)], resamples: &Resamples) {
        let all: u64 = groups.iter().map(|(_, count)| count).sum();
        self.distinct += 1;
        self.single += u64::from(all == 1);
        self.count += all;
        self.sum.add(xlnx(all));
        for &(group, count) in groups {
            let out = &mut self.out[group];
            out.count += count;
            out.change.add(xlnx(all - count) - xlnx(all));
            out.lost += u64::from(all == count);
        }
        for (draw, weights) in self.draws.iter_mut().zip(&resamples.weights) {
            let drawn = |(group, count): &(usize, u64)| u64::from(weights[*group]) * count;
            let count: u64 = groups.iter().map(drawn).sum();
            draw.count += count;
            draw.sum.add(xlnx(count));
            draw.distinct += u64::from(count > 0);
        }
    }

    fn join(&mut self, other: &Level) {
        self.distinct += other.distinct;
        self.single += other.single;
        self.count += other.count;
        self.sum.add(other.sum.value());
        for (mine, theirs) in self.out.iter_mut().zip(&other.out) {
            mine.count += theirs.count;
            mine.change.add(theirs.change.value());
            mine.lost += theirs.lost;
        }
        for (mine, theirs) in self.draws.iter_mut().zip(&other.draws) {
            mine.count += theirs.count;
            mine.sum.add(theirs.sum.value());
            mine.distinct += theirs.distinct;
        }
    }

    /// Number, sum of n ln n, and distinct things.
    fn totals(&self, of: Of) -> (u64, f64, u64) {
        match of {
            Of::All => (self.count, self.sum.value(), self.distinct),
            Of::Without(group) => {
                let out = self.out[group];
                let sum = self.sum.value() + out.change.value();
                (self.count - out.count, sum, self.distinct - out.lost)
            }
            Of::Resample(number) => {
                let draw = self.draws[number];
                (draw.count, draw.sum.value(), draw.distinct)
            }
        }
    }

    /// The entropy; nothing where nothing is left.
    fn entropy(&self, of: Of, correction: Correction) -> Option<f64> {
        let (count, sum, distinct) = self.totals(of);
        if count == 0 {
            return None;
        }
        let count = count as f64;
        let plain = count.ln() - sum / count;
        let bias = match correction {
            Correction::None => 0.0,
            Correction::MillerMadow => (distinct as f64 - 1.0) / (2.0 * count),
        };
        // Rounding may leave a little less than nothing.
        Some(plain.max(0.0) + bias)
    }
}

/// What is known of the pairs of a domain.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) pairs: Level,
    pub(super) firsts: Level,
}

impl Tally {
    pub(super) fn new(resamples: usize) -> Tally {
        Tally { pairs: Level::new(resamples), firsts: Level::new(resamples) }
    }

    /// The entries of a part, in order.
    ///
    /// # Errors
    /// What reading them says.
    pub(super) fn of(
        entries: impl Iterator<Item = io::Result<Entry>>,
        resamples: &Resamples,
    ) -> io::Result<Tally> {
        let mut walk = Walk {
            tally: Tally::new(resamples.weights.len()),
            pair: None,
            groups: Vec::new(),
            firsts: Firsts::new(),
            resamples,
        };
        for entry in entries {
            let (key, count) = entry?;
            walk.step(key, count);
        }
        walk.end_pair();
        walk.firsts.end(&mut walk.tally.firsts, resamples);
        Ok(walk.tally)
    }

    /// Adds another part. The order of parts decides the last bits of sums, so it must be fixed.
    pub(super) fn join(&mut self, other: &Tally) {
        self.pairs.join(&other.pairs);
        self.firsts.join(&other.firsts);
    }

    /// Entropies; nothing where no pair is left.
    pub(super) fn entropies(&self, of: Of, correction: Correction) -> Option<Entropies> {
        let se = self.firsts.entropy(of, correction)?;
        let je = self.pairs.entropy(of, correction)?;
        Some(Entropies { se, ce: je - se, je })
    }

    /// Groups that have a pair.
    pub(super) fn groups(&self) -> impl Iterator<Item = usize> + use<> {
        let there: Vec<bool> = self.pairs.out.iter().map(|out| out.count > 0).collect();
        (0..there.len()).filter(move |&group| there[group])
    }

    /// The probability of pairs that the sample does not have, by Good and Turing: the share of
    /// those that it has once.
    pub(super) fn unseen(&self) -> f64 {
        self.pairs.single as f64 / self.pairs.count.max(1) as f64
    }
}

/// A walk over entries: pairs are together, and so are pairs with the same first token.
struct Walk<'a> {
    tally: Tally,
    pair: Option<(u32, u32)>,
    groups: Vec<(usize, u64)>,
    firsts: Firsts,
    resamples: &'a Resamples,
}

impl Walk<'_> {
    fn step(&mut self, key: u64, count: u64) {
        let (first, second, group) = unkey(key);
        if self.pair != Some((first, second)) {
            self.end_pair();
            if self.pair.is_some_and(|(before, _)| before != first) {
                self.firsts.end(&mut self.tally.firsts, self.resamples);
            }
            self.pair = Some((first, second));
        }
        self.groups.push((group as usize, count));
        self.firsts.0[group as usize] += count;
    }

    fn end_pair(&mut self) {
        if !self.groups.is_empty() {
            self.tally.pairs.take(&self.groups, self.resamples);
            self.groups.clear();
        }
    }
}

/// Counts of one first token in each group.
struct Firsts([u64; GROUPS as usize]);

impl Firsts {
    fn new() -> Firsts {
        Firsts([0; GROUPS as usize])
    }

    fn end(&mut self, level: &mut Level, resamples: &Resamples) {
        let there = self.0.iter().copied().enumerate().filter(|(_, count)| *count > 0);
        let groups: Vec<(usize, u64)> = there.collect();
        if !groups.is_empty() {
            level.take(&groups, resamples);
        }
        *self = Firsts::new();
    }
}
