//! The GPU engine: every law on any adapter through generated WGSL.
//!
//! In: problems and a plan. Out: ends, explored in f32. Chunks of problems go to the devices in
//! use; what a device cannot do, or fails to do twice, the CPU engine does, and the notes say so.

mod batch;
mod device;
mod forest;
mod kernel;
mod lattice;
mod layer;
mod mend;
mod peak;
mod race;
mod selftest;
mod surface;
mod template;

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use device::{Adapter, Device, adapters};
pub use forest::ForestKernel;
pub use kernel::{Kernel, Layout, Shape};
pub use lattice::LatticeKernel;
pub use layer::{Binding, Fault, Handle, Layer, Limits};
pub use peak::{PointCost, peak};
pub use selftest::{measure, self_test};
pub use surface::surface_source;

use rayon::prelude::*;

use super::cpu::{Cpu, settle};
use super::{End, Engine, Scoring, Sweep, Watch, work};
use crate::error::{Error, Result};
use crate::lattice::Scan;
use crate::plan::Plan;
use crate::problem::{Forms, Problem, Surface};
use crate::regress::trees::Forest;
use batch::Batch;
use race::Race;

/// Opens a device, for the first time and after it was lost.
pub type Open = Box<dyn Fn() -> Result<Box<dyn Layer>> + Send + Sync>;

/// The GPU engine.
pub struct Gpu {
    hosts: Vec<Mutex<Host>>,
    /// Whether the user wants the GPU and nothing else.
    only: bool,
    watch: Arc<Watch>,
    notes: Mutex<Vec<String>>,
    description: String,
}

/// A device and what is compiled on it.
struct Host {
    open: Open,
    layer: Option<Box<dyn Layer>>,
    /// Pipelines by their source; a kernel is here once its self-test has passed.
    pipelines: HashMap<String, Handle>,
    /// Whether it was lost before: it is opened again once.
    reopened: bool,
}

/// Problems of one law, by number, to be run together.
#[derive(Debug, Clone)]
struct Chunk {
    problems: Range<usize>,
}

/// How a chunk went on a device.
enum Attempt {
    Done(Vec<Vec<End>>),
    /// In two halves, please.
    Smaller,
    /// Not on this device.
    Refused(String),
    Interrupted,
}

impl Gpu {
    /// An engine on some devices; `only` forbids that the CPU takes over.
    ///
    /// # Errors
    /// [`Error::Device`] where none can be opened.
    pub fn new(opens: Vec<Open>, only: bool, watch: Arc<Watch>) -> Result<Gpu> {
        let mut hosts = Vec::new();
        let mut names = Vec::new();
        for open in opens {
            let layer = open()?;
            names.push(layer.name());
            let pipelines = HashMap::new();
            let host = Host { open, layer: Some(layer), pipelines, reopened: false };
            hosts.push(Mutex::new(host));
        }
        if hosts.is_empty() {
            return Err(no_adapter());
        }
        let description = format!("gpu, f32, polished in f64: {}", names.join("; "));
        Ok(Gpu { hosts, only, watch, notes: Mutex::new(Vec::new()), description })
    }

    /// An engine on adapters of this host; `memory` is the budget in bytes for each of them.
    ///
    /// # Errors
    /// [`Error::Device`] where one gives no device, or there is none.
    pub fn on(
        adapters: &[Adapter],
        memory: Option<u64>,
        only: bool,
        watch: Arc<Watch>,
    ) -> Result<Gpu> {
        let open = |adapter: &Adapter| -> Open {
            let adapter = adapter.clone();
            Box::new(move || Ok(Box::new(adapter.open(memory)?)))
        };
        Gpu::new(adapters.iter().map(open).collect(), only, watch)
    }

    /// Remembers what happened, once.
    fn note(&self, text: String) {
        let mut notes = unpoisoned(&self.notes);
        if !notes.contains(&text) {
            notes.push(text);
        }
    }

    /// The problems of one law.
    fn fit_law(
        &self,
        forms: &Arc<Forms>,
        problems: &[Problem],
        plan: &Plan,
    ) -> Result<Vec<Vec<End>>> {
        let workgroup = |host: &Mutex<Host>| unpoisoned(host).limits().map(|l| l.workgroup);
        let memory = self.hosts.iter().filter_map(workgroup).min().unwrap_or(0);
        let kernel = match Kernel::fit(forms, shape(problems), memory) {
            Ok(kernel) => kernel,
            Err(why) => return self.instead(problems, plan, &why),
        };
        let queue = Mutex::new(self.chunks(&kernel, problems, plan));
        let mut slots: Vec<Option<Vec<End>>> = problems.iter().map(|_| None).collect();
        let results = Mutex::new(&mut slots);
        let refused = Mutex::new(None::<String>);
        std::thread::scope(|scope| {
            for host in &self.hosts {
                let (queue, results, refused, kernel) = (&queue, &results, &refused, &kernel);
                scope.spawn(move || {
                    let mut host = unpoisoned(host);
                    self.work_off(&mut host, kernel, problems, plan, queue, results, refused);
                });
            }
        });
        if self.watch.stopped() {
            return Err(Error::Interrupted);
        }
        slots.par_iter_mut().zip(problems).for_each(|(ends, problem)| {
            if let Some(ends) = ends {
                settle(problem, ends, plan);
            }
        });
        let missing: Vec<usize> = (0..slots.len()).filter(|&i| slots[i].is_none()).collect();
        if !missing.is_empty() {
            let left: Vec<Problem> = missing.iter().map(|&i| problems[i].clone()).collect();
            let why = unpoisoned(&refused).take().unwrap_or_else(|| "no device is left".into());
            for (number, ends) in missing.into_iter().zip(self.instead(&left, plan, &why)?) {
                slots[number] = Some(ends);
            }
        }
        Ok(slots.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Takes chunks from the queue until none is left or the device is of no more use.
    #[allow(clippy::too_many_arguments, reason = "what the threads of one fit share")]
    fn work_off(
        &self,
        host: &mut Host,
        kernel: &Kernel,
        problems: &[Problem],
        plan: &Plan,
        queue: &Mutex<VecDeque<Chunk>>,
        results: &Mutex<&mut Vec<Option<Vec<End>>>>,
        refused: &Mutex<Option<String>>,
    ) {
        loop {
            let Some(chunk) = unpoisoned(queue).pop_front() else { return };
            let part: Vec<&Problem> = problems[chunk.problems.clone()].iter().collect();
            match self.attempt(host, kernel, &part, plan) {
                Attempt::Done(ends) => {
                    let mut results = unpoisoned(results);
                    for (number, ends) in chunk.problems.zip(ends) {
                        results[number] = Some(ends);
                    }
                }
                Attempt::Smaller => {
                    let Range { start, end } = chunk.problems;
                    let middle = start.midpoint(end);
                    let mut queue = unpoisoned(queue);
                    queue.push_front(Chunk { problems: middle..end });
                    queue.push_front(Chunk { problems: start..middle });
                }
                Attempt::Refused(why) => {
                    // Another device may still take it; else the CPU does.
                    if self.hosts.len() > 1 && host.layer.is_none() {
                        unpoisoned(queue).push_back(chunk);
                    }
                    *unpoisoned(refused) = Some(why);
                    if host.layer.is_none() {
                        return;
                    }
                }
                Attempt::Interrupted => return,
            }
        }
    }

    /// One chunk on one device, with a new device after a loss.
    fn attempt(
        &self,
        host: &mut Host,
        kernel: &Kernel,
        problems: &[&Problem],
        plan: &Plan,
    ) -> Attempt {
        loop {
            let fault = match host.run(kernel, problems, plan, &self.watch) {
                Ok(ends) => return Attempt::Done(ends),
                Err(fault) => fault,
            };
            match fault {
                Fault::Interrupted => return Attempt::Interrupted,
                Fault::OutOfMemory if problems.len() > 1 => {
                    self.note("the device ran out of memory: smaller chunks were used".into());
                    return Attempt::Smaller;
                }
                Fault::OutOfMemory | Fault::Refused(_) => {
                    return Attempt::Refused(fault.to_string());
                }
                Fault::Lost(_) | Fault::Garbage(_) => match host.reopen(&fault) {
                    Ok(note) => self.note(note),
                    Err(why) => return Attempt::Refused(why),
                },
            }
        }
    }

    /// The CPU engine in place of a device, unless the user forbade it.
    fn instead(&self, problems: &[Problem], plan: &Plan, why: &str) -> Result<Vec<Vec<End>>> {
        self.may_not(why)?;
        Cpu::watched(Arc::clone(&self.watch)).fit(problems, plan)
    }

    /// Notes that the CPU takes over, or refuses where the user wants the GPU and nothing else.
    fn may_not(&self, why: &str) -> Result<()> {
        if self.only {
            return Err(Error::device(
                format!("the GPU cannot do this: {why}"),
                "leave --engine gpu away and the CPU engine takes over, or use --engine cpu",
            ));
        }
        self.note(format!("the CPU engine did what the GPU could not: {why}"));
        Ok(())
    }

    /// Runs of problems whose data and records fit the device.
    fn chunks(&self, kernel: &Kernel, problems: &[Problem], plan: &Plan) -> VecDeque<Chunk> {
        let limits: Vec<Limits> =
            self.hosts.iter().filter_map(|host| unpoisoned(host).limits()).collect();
        let least = |f: &dyn Fn(&Limits) -> u64| limits.iter().map(f).min().unwrap_or(1 << 24);
        let buffer = least(&|limits| limits.buffer);
        let memory = least(&|limits| limits.memory);
        let record = 4 * (kernel.record() * plan.starts) as u64;
        let mut chunks = VecDeque::new();
        let mut batch = Batch::default();
        let (mut start, mut records) = (0, 0);
        for (number, problem) in problems.iter().enumerate() {
            let data = 4 * (batch.words() + batch.cost(kernel, problem)) as u64;
            let fits = (number + 1 - start) as u64 * plan.starts as u64;
            let full = data > buffer.min(memory / 2)
                || records + record > buffer.min(memory / 4)
                || fits > 1 << 26
                || number - start >= problems.len().div_ceil(4 * self.hosts.len()).max(64);
            if full && number > start {
                chunks.push_back(Chunk { problems: start..number });
                (start, records) = (number, 0);
                batch = Batch::default();
            }
            batch.push(kernel, problem);
            records += record;
        }
        chunks.push_back(Chunk { problems: start..problems.len() });
        chunks
    }
}

impl Host {
    fn limits(&self) -> Option<Limits> {
        self.layer.as_ref().map(|layer| layer.limits())
    }

    /// One chunk on the device as it is.
    fn run(
        &mut self,
        kernel: &Kernel,
        problems: &[&Problem],
        plan: &Plan,
        watch: &Watch,
    ) -> std::result::Result<Vec<Vec<End>>, Fault> {
        let Some(layer) = self.layer.as_deref_mut() else {
            return Err(Fault::Refused("the device is gone".into()));
        };
        let pipeline = match self.pipelines.get(&kernel.source) {
            Some(pipeline) => *pipeline,
            None => {
                let bindings = race::bindings(kernel, [0; 9]);
                let pipeline = layer.pipeline(&kernel.source, "fit", &bindings)?;
                self_test(layer, kernel, problems[0], plan.seed)?;
                self.pipelines.insert(kernel.source.clone(), pipeline);
                pipeline
            }
        };
        Race::new(layer, (kernel, pipeline), problems, plan, watch)?.run(plan)
    }

    /// A new device in place of one that is lost or answers nonsense, once.
    fn reopen(&mut self, fault: &Fault) -> std::result::Result<String, String> {
        self.layer = None;
        self.pipelines.clear();
        if std::mem::replace(&mut self.reopened, true) {
            return Err(format!("{fault}, and before that once already"));
        }
        match (self.open)() {
            Ok(layer) => {
                self.layer = Some(layer);
                Ok(format!("{fault}: a new device was opened and the chunk was run again"))
            }
            Err(error) => Err(format!("{fault}, and no new device: {error}")),
        }
    }
}

impl Engine for Gpu {
    fn name(&self) -> &'static str {
        "gpu"
    }

    fn describe(&self) -> String {
        self.description.clone()
    }

    fn watch(&self) -> &Watch {
        &self.watch
    }

    fn notes(&self) -> Vec<String> {
        unpoisoned(&self.notes).clone()
    }

    fn evaluate(&self, surface: &Surface, sets: &[f64], points: &[f64]) -> Result<Vec<f64>> {
        let mut why = String::from("no device is left");
        for host in &self.hosts {
            let mut host = unpoisoned(host);
            let Some(layer) = host.layer.as_deref_mut() else { continue };
            match surface::evaluate(layer, surface, sets, points, &self.watch) {
                Ok(values) => return Ok(values.into_iter().map(f64::from).collect()),
                Err(Fault::Interrupted) => return Err(Error::Interrupted),
                Err(fault) => why = fault.to_string(),
            }
        }
        self.may_not(&why)?;
        Cpu::watched(Arc::clone(&self.watch)).evaluate(surface, sets, points)
    }

    fn sweep<'a>(
        &'a self,
        scan: &'a Scan,
        _seconds: &dyn Fn() -> f64,
    ) -> Result<Option<Box<dyn Sweep + 'a>>> {
        match lattice::Session::new(self, scan) {
            Ok(session) => Ok(Some(Box::new(session))),
            Err(why) => self.may_not(&why).map(|()| None),
        }
    }

    fn scoring<'a>(
        &'a self,
        forests: &'a [&'a Forest],
        _seconds: &dyn Fn() -> f64,
    ) -> Result<Option<Box<dyn Scoring + 'a>>> {
        match forest::Session::new(self, forests) {
            Ok(session) => Ok(Some(Box::new(session))),
            Err(why) => self.may_not(&why).map(|()| None),
        }
    }

    fn fit(&self, problems: &[Problem], plan: &Plan) -> Result<Vec<Vec<End>>> {
        self.watch.expect(work(problems.len(), plan));
        let mut ends = Vec::with_capacity(problems.len());
        let mut rest = problems;
        while let Some(first) = rest.first() {
            let point = first.space.is_point();
            let alike = |problem: &&Problem| {
                Arc::ptr_eq(&problem.forms, &first.forms)
                    && problem.space.is_point() == point
                    && problem.weights.is_some() == first.weights.is_some()
            };
            let count = rest.iter().take_while(alike).count();
            let (part, others) = rest.split_at(count);
            ends.extend(if point {
                // One start each: nothing to do side by side.
                Cpu::watched(Arc::clone(&self.watch)).fit(part, plan)?
            } else {
                self.fit_law(&first.forms, part, plan)?
            });
            rest = others;
        }
        Ok(ends)
    }
}

/// What the kernel of some problems of one law is told about their rows.
fn shape(problems: &[Problem]) -> Shape {
    let Some(first) = problems.first() else { return Shape::default() };
    let same = |problem: &Problem| {
        Arc::ptr_eq(&problem.sample, &first.sample) && problem.rows == first.rows
    };
    let stride = (first.forms.surface().feature_count() + 1).next_multiple_of(4);
    Shape {
        weighted: first.weights.is_some(),
        uniform: stride * first.sample.target().len() <= kernel::UNIFORM_WORDS
            && problems.iter().all(same),
    }
}

/// What to say where a GPU is wanted and there is none.
pub fn no_adapter() -> Error {
    Error::device(
        "there is no GPU adapter (no driver for Vulkan, Metal or DX12 was found)",
        "install the GPU's driver (on Debian or Ubuntu `apt-get install libvulkan1` and the \
         vendor's Vulkan driver, or `mesa-vulkan-drivers`), or use --engine cpu",
    )
}

/// A lock, whatever happened to those who held it before.
fn unpoisoned<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
