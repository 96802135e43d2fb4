//! Forests on a device: mixtures in chunks that take some 50 milliseconds.
//!
//! In: forests, mixtures. Out: [`Scores`]. Shares become bins on the CPU, in f64, and leaves whole
//! numbers; the device compares and adds these, so that its walks are the CPU's and its sums the
//! same in whatever order.

mod bins;
mod kernel;
mod nodes;
mod ready;
mod unit;

pub use kernel::ForestKernel;

use std::time::{Duration, Instant};

use super::layer::Fault;
use super::{Gpu, unpoisoned};
use crate::engine::{Scores, Scoring};
use crate::error::{Error, Result};
use crate::regress::trees::Forest;
use ready::{MOST, Ready};

/// How long a dispatch should take.
const SHORT: Duration = Duration::from_millis(40);
const LONG: Duration = Duration::from_millis(100);

/// Forests on the first device of an engine.
pub(super) struct Session<'a> {
    gpu: &'a Gpu,
    forests: &'a [&'a Forest],
    kernel: ForestKernel,
    ready: Option<Ready>,
    /// Mixtures of the next dispatch, and the most.
    chunk: usize,
    most: usize,
    /// Whether the caller does the rest.
    over: bool,
}

impl<'a> Session<'a> {
    /// Forests that no device has seen yet.
    ///
    /// # Errors
    /// A sentence on why a device cannot do it.
    pub(super) fn new(
        gpu: &'a Gpu,
        forests: &'a [&'a Forest],
    ) -> std::result::Result<Session<'a>, String> {
        let kernel = ForestKernel::new(forests)?;
        Ok(Session { gpu, forests, kernel, ready: None, chunk: 0, most: MOST, over: false })
    }

    /// Scores the first of some mixtures; gives how many.
    fn attempt(
        &mut self,
        mixtures: &[f64],
        into: &mut Scores,
    ) -> std::result::Result<usize, Fault> {
        let mut host = unpoisoned(&self.gpu.hosts[0]);
        let Some(layer) = host.layer.as_deref_mut() else {
            return Err(Fault::Refused("the device is gone".into()));
        };
        if self.ready.is_none() {
            let ready = Ready::new(layer, &self.kernel, self.most)?;
            (self.most, self.chunk) = (ready.most, layer.limits().threads.max(self.chunk));
            self.ready.insert(ready).self_test(layer, &self.kernel)?;
        }
        let Some(ready) = &mut self.ready else { return Ok(0) };
        let features = self.kernel.bins.len();
        let count = (mixtures.len() / features).min(self.chunk).min(self.most);
        let mixtures = &mixtures[..count * features];
        let began = Instant::now();
        let sums = ready.run(layer, &self.kernel, &self.kernel.pack(mixtures), count)?;
        match began.elapsed() {
            short if short < SHORT && count == self.chunk => self.chunk = (2 * count).min(MOST),
            long if long > LONG => self.chunk = (count / 2).max(1),
            _ => {}
        }
        self.check(&mixtures[..features], &sums)?;
        self.push(&sums, into);
        Ok(count)
    }

    /// The first mixture of a dispatch, walked in f64.
    fn check(&self, mixture: &[f64], sums: &[Vec<u32>]) -> std::result::Result<(), Fault> {
        for ((forest, unit), sums) in self.forests.iter().zip(&self.kernel.units).zip(sums) {
            let (ours, theirs) = (forest.walk(mixture), unit.score(sums[0]));
            if (ours - theirs).abs() > unit.slack {
                let why = format!("a mixture scores {theirs:e}, and {ours:e} in f64");
                return Err(Fault::Garbage(why));
            }
        }
        Ok(())
    }

    fn push(&self, sums: &[Vec<u32>], into: &mut Scores) {
        let forests = into.by_forest.iter_mut().zip(&self.kernel.units).zip(sums);
        forests.for_each(|((scores, unit), sums)| {
            scores.extend(sums.iter().map(|sum| unit.score(*sum)));
        });
    }

    /// Whether it is worth trying again after a fault.
    fn recover(&mut self, fault: Fault) -> Result<bool> {
        let handles = self.ready.take().map(|ready| ready.handles).unwrap_or_default();
        let again = self.gpu.mend(fault, &handles, &mut self.most);
        self.over = !matches!(again, Ok(true));
        again
    }

    /// Scores that are filled mixture by mixture.
    fn none(&self) -> Scores {
        Scores {
            by_forest: vec![Vec::new(); self.forests.len()],
            slack: self.kernel.units.iter().map(|unit| unit.slack).collect(),
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let mut host = unpoisoned(&self.gpu.hosts[0]);
        if let (Some(ready), Some(layer)) = (self.ready.take(), host.layer.as_deref_mut()) {
            ready.handles.into_iter().for_each(|handle| layer.free(handle));
        }
    }
}

impl Scoring for Session<'_> {
    fn scores(&mut self, mixtures: &[f64]) -> Result<Option<Scores>> {
        let features = self.kernel.bins.len();
        assert_eq!(mixtures.len() % features, 0, "a share for each feature");
        let mut scores = self.none();
        let mut done = 0;
        if self.kernel.parts.is_empty() {
            // Constants: there is nothing to walk.
            self.push(&vec![vec![0; mixtures.len() / features]; self.forests.len()], &mut scores);
            return Ok(Some(scores));
        }
        while done < mixtures.len() && !self.over {
            if self.gpu.watch.stopped() {
                return Err(Error::Interrupted);
            }
            match self.attempt(&mixtures[done..], &mut scores) {
                Ok(count) => done += count * features,
                Err(fault) => drop(self.recover(fault)?),
            }
        }
        Ok((!self.over).then_some(scores))
    }

    fn distrust(&mut self, why: &str) -> Result<()> {
        self.recover(Fault::Garbage(why.into())).map(|_| ())
    }
}
