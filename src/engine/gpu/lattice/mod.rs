//! A lattice on a device: blocks of prefixes, bounded from below in f32.
//!
//! In: a [`Scan`]. Out: [`Block`]s in order. A dispatch takes as many of them as the device does in
//! some 50 milliseconds; its memory does not grow with the lattice.

mod bound;
mod source;

pub use source::LatticeKernel;

use std::ops::Range;
use std::time::{Duration, Instant};

use super::layer::{Binding, Fault, Handle, Layer, Limits};
use super::{Gpu, unpoisoned};
use crate::engine::Sweep;
use crate::engine::twin;
use crate::error::Result;
use crate::lattice::{Block, Prefixes, Scan};

/// Threads of a workgroup, which does one block.
const THREADS: u64 = 64;

/// Words of a block's answer.
const WORDS: usize = 4;

/// Prefixes of a thread: enough that finding the first is no cost, few enough to look again; fewer
/// where each point costs a formula.
const MOST_EACH: u64 = 64;
const MOST_FORMULAS: u64 = 8;

/// Prefixes and blocks of a dispatch.
const MOST_PREFIXES: u64 = 1 << 30;
const MOST_BLOCKS: usize = 1 << 18;

/// How long a dispatch should take.
const SHORT: Duration = Duration::from_millis(40);
const LONG: Duration = Duration::from_millis(100);

/// A walk on the first device of an engine.
pub(super) struct Session<'a> {
    gpu: &'a Gpu,
    scan: &'a Scan,
    kernel: LatticeKernel,
    ready: Option<Ready>,
    /// Blocks of the next dispatch, and the most.
    blocks: usize,
    most: usize,
    /// Whether the caller does the rest.
    over: bool,
}

/// What is on the device.
struct Ready {
    pipeline: Handle,
    plan: Handle,
    numbers: Handle,
    out: Handle,
    task: Handle,
    each: u64,
    mark: u32,
}

impl<'a> Session<'a> {
    /// A walk that has not begun.
    ///
    /// # Errors
    /// A sentence on why the device cannot do it.
    pub(super) fn new(gpu: &'a Gpu, scan: &'a Scan) -> std::result::Result<Session<'a>, String> {
        let kernel = LatticeKernel::new(scan)?;
        Ok(Session { gpu, scan, kernel, ready: None, blocks: 0, most: MOST_BLOCKS, over: false })
    }

    fn attempt(&mut self, from: u64) -> std::result::Result<Vec<Block>, Fault> {
        let mut host = unpoisoned(&self.gpu.hosts[0]);
        let Some(layer) = host.layer.as_deref_mut() else {
            return Err(Fault::Refused("the device is gone".into()));
        };
        if self.ready.is_none() {
            let limits = layer.limits();
            self.most = self.most.min(room(&limits, &self.kernel)?);
            let width = limits.threads / usize::try_from(THREADS).unwrap_or(1);
            self.blocks = if self.blocks == 0 { width.max(1) } else { self.blocks }.min(self.most);
            let mut ready = Ready::new(layer, &self.kernel, &self.scan.prefixes, self.most)?;
            ready.self_test(layer, self.scan, &self.kernel)?;
            self.ready = Some(ready);
        }
        let Some(ready) = &mut self.ready else { return Ok(Vec::new()) };
        let each = ready.each * THREADS;
        let count = self.scan.prefixes.count() - from;
        let count = count.min(each * self.blocks as u64).min(MOST_PREFIXES / each * each);
        let began = Instant::now();
        let blocks = ready.run(layer, from..from + count, ready.each)?;
        match began.elapsed() {
            short if short < SHORT => self.blocks = (2 * self.blocks).min(self.most),
            long if long > LONG => self.blocks = (self.blocks / 2).max(1),
            _ => {}
        }
        Ok(blocks)
    }

    /// Whether it is worth trying again after a fault.
    fn recover(&mut self, fault: Fault) -> Result<bool> {
        let ready = self.ready.take();
        let handles = ready.map(|ready| [ready.plan, ready.numbers, ready.out, ready.task]);
        let again = self.gpu.mend(fault, handles.as_ref().map_or(&[], |h| h), &mut self.most);
        self.over = !matches!(again, Ok(true));
        again
    }
}

impl Sweep for Session<'_> {
    fn next(&mut self, from: u64) -> Result<Option<Vec<Block>>> {
        while !self.over {
            match self.attempt(from) {
                Ok(blocks) => return Ok(Some(blocks)),
                Err(fault) => self.recover(fault)?,
            };
        }
        Ok(None)
    }

    fn distrust(&mut self, why: &str) -> Result<()> {
        self.recover(Fault::Garbage(why.into())).map(|_| ())
    }
}

/// Blocks of a dispatch that there is memory for.
fn room(limits: &Limits, kernel: &LatticeKernel) -> std::result::Result<usize, Fault> {
    let tables = 4 * (kernel.plan.len() + kernel.numbers.len()) as u64;
    let left = limits.memory.saturating_sub(2 * tables).min(limits.buffer) / (8 * WORDS as u64);
    match usize::try_from(left).unwrap_or(usize::MAX) {
        0 => Err(Fault::Refused(format!("tables of {tables} bytes are too large"))),
        blocks => Ok(blocks.min(MOST_BLOCKS)),
    }
}

/// Prefixes of a thread: within the trips that loops may make in all, and so few that all threads
/// have some.
fn each(limits: &Limits, prefixes: &Prefixes, by_tables: bool) -> std::result::Result<u64, Fault> {
    let (steps, heads) = (prefixes.steps, prefixes.heads());
    let line = steps + 3 + source::pieces(prefixes);
    let begin = steps + 2 * heads + 128;
    let most = limits.trips.saturating_sub(begin) / line;
    if most == 0 {
        return Err(Fault::Refused(format!("lines of {steps} steps are too long")));
    }
    let fair = prefixes.count() / (8 * limits.threads as u64);
    let enough = if by_tables { MOST_EACH } else { MOST_FORMULAS };
    Ok(fair.clamp(4, enough).min(most as u64))
}

fn bindings([plan, numbers, out, task]: [Handle; 4]) -> Vec<(u32, Binding)> {
    vec![
        (0, Binding::Read(plan)),
        (1, Binding::Read(numbers)),
        (2, Binding::Write(out)),
        (3, Binding::Uniform(task)),
    ]
}

/// The halves of a rank, or a count below 2^32.
#[allow(clippy::cast_possible_truncation, reason = "two halves")]
fn halves(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

impl Ready {
    fn new(
        layer: &mut dyn Layer,
        kernel: &LatticeKernel,
        prefixes: &Prefixes,
        most: usize,
    ) -> std::result::Result<Ready, Fault> {
        let each = each(&layer.limits(), prefixes, kernel.bound.is_some())?;
        let pipeline = layer.pipeline(&kernel.source, "sweep", &bindings([0; 4]))?;
        let count = prefixes.count().div_ceil(each * THREADS);
        let blocks = usize::try_from(count).unwrap_or(most).min(most);
        let mut made = Vec::new();
        let mut attempt = || {
            made.push(layer.upload(&kernel.plan)?);
            made.push(layer.upload(if kernel.numbers.is_empty() {
                &[0]
            } else {
                &kernel.numbers
            })?);
            made.push(layer.zeros(WORDS * blocks)?);
            made.push(layer.uniform(&[0; 8])?);
            Ok(())
        };
        let result = attempt();
        match (result, made.as_slice()) {
            (Ok(()), &[plan, numbers, out, task]) => {
                Ok(Ready { pipeline, plan, numbers, out, task, each, mark: 0 })
            }
            (result, _) => {
                made.iter().for_each(|handle| layer.free(*handle));
                Err(result.err().unwrap_or(Fault::OutOfMemory))
            }
        }
    }

    /// Some prefixes in blocks of `each` a thread.
    fn run(
        &mut self,
        layer: &mut dyn Layer,
        ranks: Range<u64>,
        each: u64,
    ) -> std::result::Result<Vec<Block>, Fault> {
        let length = each * THREADS;
        let count = ranks.end - ranks.start;
        let blocks = count.div_ceil(length);
        self.mark = self.mark.wrapping_add(0x9e37_79b9);
        let ([low, high], [count, _]) = (halves(ranks.start), halves(count));
        let ([each, _], [groups, _]) = (halves(each), halves(blocks));
        let task = [f32::NAN.to_bits(), low, high, count, each, groups, self.mark, 0];
        layer.write(self.task, &task)?;
        let bound = bindings([self.plan, self.numbers, self.out, self.task]);
        let blocks = usize::try_from(blocks).unwrap_or(0);
        layer.dispatch(self.pipeline, &bound, blocks)?;
        let words = layer.read(self.out, WORDS * blocks)?;
        let starts = ranks.clone().step_by(usize::try_from(length).unwrap_or(1));
        let ranges = starts.map(|start| start..ranks.end.min(start + length));
        ranges.zip(words.chunks_exact(WORDS)).map(|(r, words)| self.block(r, words)).collect()
    }

    /// A block, if all of it was seen.
    fn block(&self, ranks: Range<u64>, words: &[u32]) -> std::result::Result<Block, Fault> {
        let [mark, seen, points, bound] = [words[0], words[1], words[2], words[3]];
        if mark != self.mark {
            return Err(Fault::Garbage("a block was not written".into()));
        }
        let count = ranks.end - ranks.start;
        if u64::from(seen) != count {
            return Err(Fault::Garbage(format!("{seen} of {count} lines were seen to their end")));
        }
        Ok(Block { ranks, points: u64::from(points), least: f64::from(f32::from_bits(bound)) })
    }

    /// A few lines here and there against the twin.
    fn self_test(
        &mut self,
        layer: &mut dyn Layer,
        scan: &Scan,
        kernel: &LatticeKernel,
    ) -> std::result::Result<(), Fault> {
        let count = scan.prefixes.count();
        let length = THREADS.min(count);
        for place in [0, 1, 2, 3] {
            let first = (count - length) / 3 * place;
            let ranks = first..first + length;
            let blocks = self.run(layer, ranks.clone(), 1)?;
            let rounding = kernel.bound.as_ref().map(|bound| {
                let drift = bound.drift * scan.prefixes.steps as f64;
                let slack = if bound.deep { f64::INFINITY } else { bound.slack };
                twin::Rounding { share: bound.fixed + drift, slack, lift: bound.lift }
            });
            let expected = twin::lattice(scan, ranks, rounding);
            let block = &blocks[0];
            if block.points != expected.points {
                let why =
                    format!("self-test: {} points, and not {}", block.points, expected.points);
                return Err(Fault::Refused(why));
            }
            let [low, high] = expected.bound;
            if !(low <= block.least && block.least <= high) {
                return Err(Fault::Refused(format!(
                    "self-test: the bound of lines {first} to {} is {:e}, and it may be {low:e} to {high:e}",
                    first + length,
                    block.least
                )));
            }
        }
        Ok(())
    }
}
