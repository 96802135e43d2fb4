//! One chunk of problems on one device: its starts through the rungs of a plan.
//!
//! In: a [`Layer`], problems of one law that fit its memory, a plan. Out: ends, or a [`Fault`]. A
//! chunk changes nothing but its own buffers, so after a fault it can be run again anywhere.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::batch::{Batch, rows_binding, single};
use super::kernel::{Kernel, Layout, delta};
use super::layer::{Binding, Fault, Handle, Layer};
use crate::engine::{End, Stop, Watch};
use crate::plan::{Plan, share};
use crate::problem::Problem;

/// The least share of the objective that a step must promise: below it f32 sees only its own
/// rounding, and the polish in f64 does the rest.
const LEAST_TOLERANCE: f64 = 1e-6;

/// The least damping: the scaled normal matrix has a relative error of this order.
const LEAST_DAMPING: f32 = 1e-7;

/// Passes that a dispatch must be able to make: project, begin, try, resolve.
const LEAST_PASSES: usize = 4;

/// Fits a lane in one go: enough that the end, where lanes run dry, weighs little; more would only
/// fill memory.
const FITS_A_LANE: usize = 32;

/// Passes a dispatch at most.
const MOST_PASSES: usize = 64;

/// States of a finished fit, as in the shaders.
const SETTLED: u32 = 2;
const EXHAUSTED: u32 = 3;
const NOT_FINITE: u32 = 4;

/// How long the device may work between two looks at the user's wish to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// A chunk on its device.
pub(super) struct Race<'a> {
    layer: &'a mut dyn Layer,
    kernel: &'a Kernel,
    pipeline: Handle,
    watch: &'a Watch,
    problems: &'a [&'a Problem],
    /// rows, weights, problems, axes.
    inputs: [Handle; 4],
    coordinates: usize,
    longest: usize,
    delta: f32,
    starts: usize,
    seed: u64,
    tolerance: f32,
}

/// A fit between two rungs: its number, and its record on the device.
struct Runner {
    number: u32,
    record: Vec<u32>,
}

/// Words of the `Task` of the shaders.
struct Numbers {
    queue: usize,
    lanes: usize,
    passes: usize,
    until: u32,
    first: usize,
}

/// The bindings of a kernel's `fit`; `handles` in the order of the binding numbers.
pub(super) fn bindings(kernel: &Kernel, handles: [Handle; 9]) -> Vec<(u32, Binding)> {
    let [rows, weights, problems, axes, units, state, lanes, task, normals] = handles;
    let mut list = vec![
        (0, rows_binding(kernel, rows)),
        (1, Binding::Read(weights)),
        (2, Binding::Read(problems)),
        (3, Binding::Read(axes)),
        (4, Binding::Read(units)),
        (5, Binding::Write(state)),
        (6, Binding::Write(lanes)),
        (7, Binding::Uniform(task)),
    ];
    if kernel.layout != Layout::Lane {
        list.push((8, Binding::Write(normals)));
    }
    list
}

impl<'a> Race<'a> {
    /// Puts the problems on the device.
    pub(super) fn new(
        layer: &'a mut dyn Layer,
        (kernel, pipeline): (&'a Kernel, Handle),
        problems: &'a [&'a Problem],
        plan: &Plan,
        watch: &'a Watch,
    ) -> Result<Race<'a>, Fault> {
        // Before the rows are sent: they may be gigabytes.
        let longest = problems.iter().map(|problem| problem.rows.len()).max().unwrap_or(0);
        if passes(layer, kernel, longest) < LEAST_PASSES {
            return Err(Fault::Refused(format!("{longest} rows are too many at a time")));
        }
        let mut batch = Batch::default();
        problems.iter().for_each(|problem| batch.push(kernel, problem));
        let loss = problems.first().map_or(Default::default(), |p| p.forms.objective.loss);
        let mut inputs = [0; 4];
        inputs[0] = batch.upload_rows(layer, kernel)?;
        let words = [&batch.weights, &batch.problems, &batch.axes];
        for (number, words) in words.into_iter().enumerate() {
            match layer.upload(words) {
                Ok(handle) => inputs[number + 1] = handle,
                Err(fault) => {
                    inputs[..=number].iter().for_each(|handle| layer.free(*handle));
                    return Err(fault);
                }
            }
        }
        Ok(Race {
            layer,
            kernel,
            pipeline,
            watch,
            problems,
            inputs,
            coordinates: batch.coordinates,
            longest,
            delta: delta(loss),
            starts: plan.starts,
            seed: plan.seed,
            tolerance: single(plan.tolerance.max(LEAST_TOLERANCE)),
        })
    }

    /// Runs the plan; gives the ends of each problem.
    pub(super) fn run(mut self, plan: &Plan) -> Result<Vec<Vec<End>>, Fault> {
        let result = self.rungs(plan);
        self.inputs.iter().for_each(|handle| self.layer.free(*handle));
        result
    }

    fn rungs(&mut self, plan: &Plan) -> Result<Vec<Vec<End>>, Fault> {
        #[allow(clippy::cast_possible_truncation, reason = "chunks have fewer than 2^32 fits")]
        let all = (self.problems.len() * plan.starts) as u32;
        let slice = self.most_fits();
        let mut until = 0;
        let mut field: Option<Vec<Runner>> = None;
        for rung in &plan.rungs {
            until += rung.iterations;
            let mut kept = Kept::new(rung.keep, self.kernel);
            match field.take() {
                None => {
                    for start in (0..all).step_by(slice) {
                        let numbers: Vec<u32> =
                            (start..start.saturating_add(word(slice)).min(all)).collect();
                        let records = self.rung(&numbers, None, until)?;
                        kept.take(&numbers, &records, self.starts);
                    }
                }
                Some(runners) => {
                    for part in runners.chunks(slice) {
                        self.go_on(part, until, &mut kept)?;
                    }
                }
            }
            field = Some(kept.runners());
        }
        Ok(self.ends(field.unwrap_or_default()))
    }

    /// Fits whose records fit into one buffer and the memory that is left for them.
    fn most_fits(&self) -> usize {
        let limits = self.layer.limits();
        let record = 4 * (self.kernel.record() + self.coordinates) as u64;
        let room = limits.buffer.min(limits.memory / 4);
        let busy = FITS_A_LANE * self.kernel.abreast(limits.threads);
        usize::try_from(room / record).unwrap_or(usize::MAX).clamp(1, busy)
    }

    /// The next rung for some survivors; those that have settled only pass through.
    fn go_on(&mut self, part: &[Runner], until: u32, kept: &mut Kept) -> Result<(), Fault> {
        let status = |runner: &Runner| runner.record[self.kernel.record() - 1];
        let (running, done): (Vec<&Runner>, Vec<&Runner>) =
            part.iter().partition(|runner| status(runner) == EXHAUSTED);
        let numbers: Vec<u32> = running.iter().map(|runner| runner.number).collect();
        let records: Vec<u32> = running.iter().flat_map(|r| r.record.iter().copied()).collect();
        if !numbers.is_empty() {
            let records = self.rung(&numbers, Some(&records), until)?;
            kept.take(&numbers, &records, self.starts);
        }
        for runner in done {
            kept.take(&[runner.number], &runner.record, self.starts);
        }
        Ok(())
    }

    /// Runs fits until all of them have ended or taken `until` iterations; gives their records.
    fn rung(
        &mut self,
        numbers: &[u32],
        records: Option<&[u32]>,
        until: u32,
    ) -> Result<Vec<u32>, Fault> {
        let mut made = Vec::new();
        let result = self.guarded_rung(numbers, records, until, &mut made);
        made.into_iter().for_each(|handle| self.layer.free(handle));
        result
    }

    fn guarded_rung(
        &mut self,
        numbers: &[u32],
        records: Option<&[u32]>,
        until: u32,
        made: &mut Vec<Handle>,
    ) -> Result<Vec<u32>, Fault> {
        let limits = self.layer.limits();
        let passes = passes(self.layer, self.kernel, self.longest);
        let lanes = numbers.len().min(self.kernel.abreast(limits.threads));
        let mut keep = |handle: Handle| {
            made.push(handle);
            handle
        };
        let state = keep(match records {
            Some(records) => self.layer.upload(records)?,
            None => self.layer.zeros(numbers.len() * self.kernel.record())?,
        });
        let mut words = vec![0; 2 + lanes];
        words.extend_from_slice(numbers);
        let lane_words = keep(self.layer.upload(&words)?);
        // Fits that have begun draw no more; those of several problems draw the same starts.
        let starts = match (records, self.problems.len()) {
            (Some(_), _) => 0..0,
            (None, 1) => numbers[0] as usize..numbers[0] as usize + numbers.len(),
            (None, _) => 0..self.starts,
        };
        let first = starts.start;
        let units = keep(self.layer.upload(&units(self.seed, starts, self.coordinates))?);
        let task = Numbers { queue: numbers.len(), lanes, passes, until, first };
        let task = keep(self.layer.uniform(&self.task(&task))?);
        let normals = keep(self.layer.zeros((lanes * self.kernel.room()).max(1))?);
        let [rows, weights, problems, axes] = self.inputs;
        let handles = [rows, weights, problems, axes, units, state, lane_words, task, normals];
        let bindings = bindings(self.kernel, handles);
        let groups = self.kernel.groups(lanes);
        // Each iteration takes one pass, or two where linear parameters are solved for again; each
        // stage, dispatch and start a few more. More than that and the device goes in circles.
        let passes_a_fit = 4 * until as usize + 200;
        let most = (numbers.len().div_ceil(lanes) + 2) * passes_a_fit.div_ceil(passes / 3) + 16;
        self.drive(&bindings, lane_words, groups, numbers.len(), most)?;
        let records = self.layer.read(state, numbers.len() * self.kernel.record())?;
        self.check(&records, until)?;
        Ok(records)
    }

    /// Dispatches until every fit has finished.
    fn drive(
        &mut self,
        bindings: &[(u32, Binding)],
        lanes: Handle,
        groups: usize,
        fits: usize,
        most: usize,
    ) -> Result<(), Fault> {
        let (mut burst, mut dispatched) = (1, 0);
        let mut before = 0;
        loop {
            let began = Instant::now();
            for _ in 0..burst {
                self.layer.dispatch(self.pipeline, bindings, groups)?;
            }
            dispatched += burst;
            let finished = self.layer.read(lanes, 2)?[1] as usize;
            self.watch.advance(finished.saturating_sub(before) as u64);
            before = finished;
            if finished == fits {
                return Ok(());
            }
            if self.watch.stopped() {
                return Err(Fault::Interrupted);
            }
            if finished > fits || dispatched > most {
                return Err(Fault::Garbage(format!(
                    "{finished} of {fits} fits finished after {dispatched} dispatches"
                )));
            }
            if began.elapsed() < PATIENCE / 4 && burst < 64 {
                burst *= 2;
            } else if began.elapsed() > PATIENCE && burst > 1 {
                burst /= 2;
            }
        }
    }

    fn task(&self, numbers: &Numbers) -> Vec<u32> {
        let Numbers { queue, lanes, passes, until, first } = *numbers;
        let floats = [f32::NAN, self.delta, self.tolerance, LEAST_DAMPING].map(f32::to_bits);
        let counts = [word(queue), word(passes), word(self.starts), until];
        let rest = [word(lanes), word(self.coordinates), word(first), 0];
        [floats, counts, rest].concat()
    }

    /// Every record must be one that the kernel can have written.
    fn check(&self, records: &[u32], until: u32) -> Result<(), Fault> {
        let size = self.kernel.record();
        for (place, record) in records.chunks_exact(size).enumerate() {
            let status = record[size - 1];
            let known = matches!(status, SETTLED | EXHAUSTED | NOT_FINITE);
            let sound = |word: &u32| f32::from_bits(*word).is_finite();
            let sensible = status == NOT_FINITE
                || record[..self.kernel.parameters].iter().all(sound)
                    && (status == EXHAUSTED || sound(&record[size - 3]));
            if !known || !sensible || record[size - 2] > until {
                return Err(Fault::Garbage(format!(
                    "fit {place} came back in state {status} after {} iterations",
                    record[size - 2]
                )));
            }
        }
        Ok(())
    }

    fn ends(&self, runners: Vec<Runner>) -> Vec<Vec<End>> {
        let mut ends: Vec<Vec<End>> = self.problems.iter().map(|_| Vec::new()).collect();
        for Runner { number, record } in runners {
            let size = self.kernel.record();
            let problem = number as usize / self.starts;
            let q = record[..self.kernel.parameters].iter();
            let q: Vec<f64> = q.map(|q| f64::from(f32::from_bits(*q))).collect();
            let status = record[size - 1];
            let cost = f64::from(f32::from_bits(record[size - 3]));
            ends[problem].push(End {
                start: number as usize % self.starts,
                theta: self.problems[problem].space.theta(&q),
                cost: if status == NOT_FINITE || cost.is_nan() { f64::INFINITY } else { cost },
                iterations: record[size - 2],
                stop: match status {
                    SETTLED => Stop::Settled,
                    EXHAUSTED => Stop::Exhausted,
                    _ => Stop::NotFinite,
                },
            });
        }
        ends
    }
}

#[allow(clippy::cast_possible_truncation, reason = "buffers have fewer than 2^32 words")]
fn word(x: usize) -> u32 {
    x as u32
}

/// Passes that a dispatch may make over so many rows.
fn passes(layer: &dyn Layer, kernel: &Kernel, rows: usize) -> usize {
    (layer.limits().trips / kernel.trips(rows)).min(MOST_PASSES)
}

/// The unit cube: one row a start.
fn units(seed: u64, starts: Range<usize>, coordinates: usize) -> Vec<u32> {
    use rayon::prelude::*;
    (coordinates * starts.start..coordinates * starts.end)
        .into_par_iter()
        .map(|i| single(share(seed, i / coordinates, i % coordinates)).to_bits())
        .collect()
}

/// The best runners of each problem so far.
struct Kept {
    most: usize,
    record: usize,
    problems: BTreeMap<u32, Vec<Runner>>,
}

impl Kept {
    fn new(most: usize, kernel: &Kernel) -> Kept {
        Kept { most, record: kernel.record(), problems: BTreeMap::new() }
    }

    fn take(&mut self, numbers: &[u32], records: &[u32], starts: usize) {
        let starts = word(starts);
        for (number, record) in numbers.iter().zip(records.chunks_exact(self.record)) {
            let runner = Runner { number: *number, record: record.to_vec() };
            let list = self.problems.entry(number / starts).or_default();
            list.push(runner);
            // Now and then, so that a long list is sorted seldom and memory stays in bounds.
            if list.len() >= 2 * self.most + 1024 {
                thin(list, self.most, self.record);
            }
        }
    }

    /// The survivors, in the order of their numbers.
    fn runners(mut self) -> Vec<Runner> {
        for list in self.problems.values_mut() {
            thin(list, self.most, self.record);
        }
        self.problems.into_values().flatten().collect()
    }
}

/// Keeps the `most` lowest objectives (of equal ones the earlier starts), in the order of starts.
fn thin(list: &mut Vec<Runner>, most: usize, record: usize) {
    let cost = |runner: &Runner| {
        let cost = f32::from_bits(runner.record[record - 3]);
        let none = runner.record[record - 1] == NOT_FINITE || cost.is_nan();
        if none { f32::INFINITY } else { cost }
    };
    if list.len() > most {
        list.sort_by(|a, b| cost(a).total_cmp(&cost(b)).then(a.number.cmp(&b.number)));
        list.truncate(most);
    }
    list.sort_by_key(|runner| runner.number);
}
