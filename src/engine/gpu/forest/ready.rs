//! Forests that are on a device.
//!
//! In: a kernel, mixtures as words. Out: the sums of each forest, if every walk came to a leaf.

use super::kernel::{ForestKernel, Part};
use crate::engine::gpu::layer::{Binding, Fault, Handle, Layer, Limits};
use crate::engine::twin;

/// Mixtures of a dispatch.
pub(super) const MOST: usize = 1 << 17;

/// Threads of a workgroup.
const THREADS: usize = 64;

/// Mixtures of the self-test: a whole workgroup and a part of one.
const TESTED: usize = 100;

/// What is on the device.
pub(super) struct Ready {
    pipeline: Handle,
    /// In the order of the kernel's bindings.
    pub(super) handles: Vec<Handle>,
    mark: u32,
    /// Mixtures that there is room for.
    pub(super) most: usize,
}

impl Ready {
    /// Uploads forests, and makes room for mixtures up to `most`.
    pub(super) fn new(
        layer: &mut dyn Layer,
        kernel: &ForestKernel,
        most: usize,
    ) -> Result<Ready, Fault> {
        let most = room(&layer.limits(), kernel)?.min(most);
        let pipeline = layer.pipeline(&kernel.source, "score", &bindings(&[0; 7]))?;
        let mut handles = Vec::new();
        match upload(layer, kernel, most, &mut handles) {
            Ok(()) => Ok(Ready { pipeline, handles, mark: 0, most }),
            Err(fault) => {
                handles.into_iter().for_each(|handle| layer.free(handle));
                Err(fault)
            }
        }
    }

    /// The sums of each forest of some mixtures, no more than there is room for.
    pub(super) fn run(
        &mut self,
        layer: &mut dyn Layer,
        kernel: &ForestKernel,
        bins: &[u32],
        mixtures: usize,
    ) -> Result<Vec<Vec<u32>>, Fault> {
        let mut all = vec![vec![0; mixtures]; kernel.units.len()];
        let parts = self.walk(layer, kernel, bins, mixtures)?;
        for (part, sums) in kernel.parts.iter().zip(parts.chunks_exact(mixtures)) {
            // Units are such that all parts of a forest stay in a word.
            all[part.forest].iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        }
        Ok(all)
    }

    /// The sums of each part.
    fn walk(
        &mut self,
        layer: &mut dyn Layer,
        kernel: &ForestKernel,
        bins: &[u32],
        mixtures: usize,
    ) -> Result<Vec<u32>, Fault> {
        let parts = kernel.parts.len();
        let tiles = mixtures.div_ceil(THREADS);
        self.mark = self.mark.wrapping_add(0x9e37_79b9);
        let [.., buffer, out, task] = self.handles[..] else { return Err(Fault::OutOfMemory) };
        layer.write(buffer, bins)?;
        layer.write(task, &[word(mixtures), word(tiles), word(parts), self.mark])?;
        layer.dispatch(self.pipeline, &bindings(&self.handles), tiles * parts)?;
        let mut words = layer.read(out, parts * (mixtures + tiles))?;
        let tallies = words.split_off(parts * mixtures);
        for (number, part) in kernel.parts.iter().enumerate() {
            let sums = &words[number * mixtures..][..mixtures];
            self.check(part, sums, &tallies[number * tiles..][..tiles])?;
        }
        Ok(words)
    }

    /// Whether every mixture has come to a leaf of every tree of a part, and to one that it can have.
    fn check(&self, part: &Part, sums: &[u32], tallies: &[u32]) -> Result<(), Fault> {
        for (mixtures, tally) in sums.chunks(THREADS).zip(tallies) {
            let (seen, all) = (tally.wrapping_sub(self.mark), mixtures.len() * part.trees.len());
            if seen != word(all) {
                let why = format!("{seen} of {all} walks came to a leaf");
                return Err(Fault::Garbage(why));
            }
        }
        match sums.iter().find(|sum| **sum > part.most) {
            Some(sum) => Err(Fault::Garbage(format!("{sum} is more than any leaves add up to"))),
            None => Ok(()),
        }
    }

    /// Mixtures of bins drawn at random, against the twin.
    pub(super) fn self_test(
        &mut self,
        layer: &mut dyn Layer,
        kernel: &ForestKernel,
    ) -> Result<(), Fault> {
        let tested = TESTED.min(self.most);
        let drawn = drawn(kernel, tested);
        let features = kernel.bins.len();
        let bins = kernel.pack_bins(tested, |row, k| drawn[row * features + k]);
        let seen = self.walk(layer, kernel, &bins, tested)?;
        for (part, sums) in kernel.parts.iter().zip(seen.chunks_exact(tested)) {
            for (mixture, seen) in drawn.chunks_exact(features).zip(sums) {
                let sum = twin::forest(kernel.words(), part.trees.clone(), mixture);
                if sum != *seen {
                    return Err(Fault::Refused(format!(
                        "self-test: trees add up to {seen} on the device, and to {sum} on the CPU"
                    )));
                }
            }
        }
        Ok(())
    }
}

/// Bins of mixtures, each as likely as another, the same on every run.
#[allow(clippy::cast_possible_truncation, reason = "no more than 2^16 bins")]
fn drawn(kernel: &ForestKernel, mixtures: usize) -> Vec<u32> {
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((state >> 32) % below as u64) as u32
    };
    (0..mixtures).flat_map(|_| kernel.bins.iter()).map(|bins| draw(bins.count())).collect()
}

/// Mixtures that there is memory for beside the trees.
fn room(limits: &Limits, kernel: &ForestKernel) -> Result<usize, Fault> {
    let refused = |what: String| Err(Fault::Refused(what));
    // What a word can count.
    let buffer = limits.buffer.min(1 << 32);
    let tables = [kernel.trees.len(), kernel.nodes.len(), kernel.leaves.len()];
    let bytes = 4 * tables.iter().sum::<usize>() as u64;
    let largest = tables.into_iter().max().unwrap_or(0);
    let parts = kernel.parts.len() as u64;
    // Sums and tallies, once more where they are read, and the bins of a mixture.
    let each = [16 * parts, 2 * kernel.bins.len() as u64 + 2];
    let left = limits.memory.saturating_sub(2 * bytes) / (each[0] + each[1]);
    let room = left.min(buffer / each[0].max(each[1]));
    if room == 0 || 4 * largest as u64 > buffer {
        return refused(format!("trees of {bytes} bytes are too large"));
    }
    if kernel.workgroup() > limits.workgroup {
        return refused(format!("mixtures of {} shares are too long", kernel.bins.len()));
    }
    if kernel.parts.iter().any(|part| part.trips + kernel.bins.len() > limits.trips) {
        return refused("trees are too deep".into());
    }
    Ok(usize::try_from(room).unwrap_or(MOST).min(MOST))
}

fn upload(
    layer: &mut dyn Layer,
    kernel: &ForestKernel,
    most: usize,
    handles: &mut Vec<Handle>,
) -> Result<(), Fault> {
    let ends = |part: &Part| [word(part.trees.start), word(part.trees.end)];
    let parts: Vec<u32> = kernel.parts.iter().flat_map(ends).collect();
    for words in [&kernel.trees, &kernel.nodes, &kernel.leaves, &parts] {
        handles.push(layer.upload(words)?);
    }
    handles.push(layer.zeros(kernel.bins.len().div_ceil(2) * most)?);
    handles.push(layer.zeros(kernel.parts.len() * (most + most.div_ceil(THREADS)))?);
    handles.push(layer.uniform(&[0; 4])?);
    Ok(())
}

fn bindings(handles: &[Handle]) -> Vec<(u32, Binding)> {
    let kinds: [fn(Handle) -> Binding; 7] = [
        Binding::Read,
        Binding::Read,
        Binding::Read,
        Binding::Read,
        Binding::Read,
        Binding::Write,
        Binding::Uniform,
    ];
    (0..).zip(kinds.iter().zip(handles).map(|(kind, handle)| kind(*handle))).collect()
}

/// A count, all of which are below 2^32.
fn word(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
