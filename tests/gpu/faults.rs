//! What goes wrong on a device: the answer stays the same, and the user is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mixlaw::engine::cpu::Cpu;
use mixlaw::engine::gpu::{Binding, Device, Fault, Gpu, Handle, Layer, Limits, Open};
use mixlaw::engine::{Engine, Watch};
use mixlaw::error::{Error, Result};
use mixlaw::plan::Plan;
use mixlaw::problem::{Objective, Problem};

use crate::adapter;
use crate::answers::{assert_same, fits};
use crate::planted::{self, model};
use crate::support::{Random, law};

/// What a scripted device does wrong, and when. Counts run over all devices that are opened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Script {
    /// The k-th and later buffers of more than so many words find no memory.
    OutOfMemory(usize, usize),
    /// The device is lost at the k-th dispatch.
    LostAt(usize),
    /// It is lost at every dispatch from the k-th on.
    LostFrom(usize),
    /// The k-th answer is full of nonsense.
    Garbage(usize),
    /// No pipeline can be made.
    NoPipeline,
    /// A kernel computes something else.
    WrongKernel,
    /// A kernel has one piece of text in place of another.
    Rewritten(&'static str, &'static str),
    /// The real device is destroyed at the k-th dispatch.
    Destroyed(usize),
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    buffers: AtomicUsize,
    dispatches: AtomicUsize,
    reads: AtomicUsize,
    pub(crate) opened: AtomicUsize,
}

struct Scripted {
    device: Device,
    script: Script,
    counts: Arc<Counts>,
}

impl Scripted {
    fn memory(&self, words: usize) -> std::result::Result<(), Fault> {
        let count = self.counts.buffers.fetch_add(1, Ordering::Relaxed);
        match self.script {
            Script::OutOfMemory(from, least) if count >= from && words >= least => {
                Err(Fault::OutOfMemory)
            }
            _ => Ok(()),
        }
    }
}

impl Layer for Scripted {
    fn name(&self) -> String {
        self.device.name()
    }

    fn limits(&self) -> Limits {
        self.device.limits()
    }

    fn upload(&mut self, words: &[u32]) -> std::result::Result<Handle, Fault> {
        self.memory(words.len())?;
        self.device.upload(words)
    }

    fn zeros(&mut self, words: usize) -> std::result::Result<Handle, Fault> {
        self.memory(words)?;
        self.device.zeros(words)
    }

    fn uniform(&mut self, words: &[u32]) -> std::result::Result<Handle, Fault> {
        self.device.uniform(words)
    }

    fn write(&mut self, buffer: Handle, words: &[u32]) -> std::result::Result<(), Fault> {
        self.device.write(buffer, words)
    }

    fn read(&mut self, buffer: Handle, words: usize) -> std::result::Result<Vec<u32>, Fault> {
        let count = self.counts.reads.fetch_add(1, Ordering::Relaxed);
        let read = self.device.read(buffer, words)?;
        Ok(match self.script {
            Script::Garbage(at) if count == at => vec![0xdead_beef; words],
            _ => read,
        })
    }

    fn free(&mut self, buffer: Handle) {
        self.device.free(buffer);
    }

    fn pipeline(
        &mut self,
        source: &str,
        entry: &str,
        bindings: &[(u32, Binding)],
    ) -> std::result::Result<Handle, Fault> {
        match self.script {
            Script::NoPipeline => Err(Fault::Refused("no pipeline today".into())),
            Script::WrongKernel => {
                let wrong = source.replace("n.cost += w.cost;", "n.cost += 1.001 * w.cost;");
                assert_ne!(wrong, source);
                self.device.pipeline(&wrong, entry, bindings)
            }
            Script::Rewritten(old, new) => {
                assert!(source.contains(old), "no `{old}`");
                self.device.pipeline(&source.replace(old, new), entry, bindings)
            }
            _ => self.device.pipeline(source, entry, bindings),
        }
    }

    fn dispatch(
        &mut self,
        pipeline: Handle,
        bindings: &[(u32, Binding)],
        groups: usize,
    ) -> std::result::Result<(), Fault> {
        let count = self.counts.dispatches.fetch_add(1, Ordering::Relaxed);
        match self.script {
            Script::LostAt(at) if count == at => Err(Fault::Lost("as scripted".into())),
            Script::LostFrom(at) if count >= at => Err(Fault::Lost("as scripted".into())),
            Script::Destroyed(at) if count == at => {
                self.device.destroy();
                self.device.dispatch(pipeline, bindings, groups)
            }
            _ => self.device.dispatch(pipeline, bindings, groups),
        }
    }
}

pub(crate) fn scripted(script: Script, only: bool) -> Option<(Result<Gpu>, Arc<Counts>)> {
    let adapter = adapter()?;
    let counts = Arc::new(Counts::default());
    let told = Arc::clone(&counts);
    let open: Open = Box::new(move || {
        told.opened.fetch_add(1, Ordering::Relaxed);
        let device = adapter.open(None)?;
        Ok(Box::new(Scripted { device, script, counts: Arc::clone(&told) }))
    });
    Some((Gpu::new(vec![open], only, Arc::new(Watch::new())), counts))
}

fn problems() -> Vec<Problem> {
    let mut random = Random(19);
    let model = model(&law("bimix"), 3);
    planted::problems(&model, Objective::default(), 24, 8, &mut random)
}

/// The fits of a scripted device are those of the CPU; gives the notes and how often it was opened.
fn undisturbed(script: Script) -> Option<(Vec<String>, usize)> {
    let (gpu, counts) = scripted(script, false)?;
    let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
    let problems = problems();
    let plan = Plan::new(6, 16);
    let ours = fits(&gpu, &problems, &plan);
    let theirs = fits(&Cpu::default(), &problems, &plan);
    assert_same(&ours, &theirs, &format!("{script:?}"));
    Some((gpu.notes(), counts.opened.load(Ordering::Relaxed)))
}

pub(crate) fn told(notes: &[String], text: &str) {
    assert!(notes.iter().any(|note| note.contains(text)), "no `{text}` in {notes:?}");
}

#[test]
fn out_of_memory_makes_chunks_smaller() {
    // Every buffer of eight problems' size: from the start, after the self-test, after the rows.
    for from in [0, 9, 12] {
        let Some((notes, _)) = undisturbed(Script::OutOfMemory(from, 600)) else { return };
        told(&notes, "smaller chunks");
    }
}

#[test]
fn no_memory_at_all_leaves_the_work_to_the_cpu() {
    for from in 0..4 {
        let Some((notes, _)) = undisturbed(Script::OutOfMemory(from, 0)) else { return };
        told(&notes, "the CPU engine did");
    }
}

#[test]
fn a_lost_device_is_opened_again() {
    for at in 0..4 {
        let Some((notes, opened)) = undisturbed(Script::LostAt(at)) else { return };
        told(&notes, "a new device was opened");
        assert_eq!(opened, 2);
    }
}

#[test]
fn a_device_lost_twice_leaves_the_work_to_the_cpu() {
    let Some((notes, opened)) = undisturbed(Script::LostFrom(1)) else { return };
    told(&notes, "the CPU engine did");
    assert_eq!(opened, 2);
}

#[test]
fn a_device_that_is_destroyed_is_opened_again() {
    let Some((notes, opened)) = undisturbed(Script::Destroyed(1)) else { return };
    told(&notes, "device lost");
    assert_eq!(opened, 2);
}

#[test]
fn nonsense_is_found_out() {
    // The self-test reads once; then the counters, and at last the records.
    for at in 0..3 {
        let Some((notes, _)) = undisturbed(Script::Garbage(at)) else { return };
        assert!(!notes.is_empty(), "answer {at} was nonsense and nobody noticed");
    }
}

#[test]
fn a_kernel_that_computes_something_else_is_refused() {
    let Some((notes, _)) = undisturbed(Script::WrongKernel) else { return };
    told(&notes, "self-test: number 0");
}

#[test]
fn a_kernel_that_cannot_be_made_leaves_the_work_to_the_cpu() {
    let Some((notes, _)) = undisturbed(Script::NoPipeline) else { return };
    told(&notes, "no pipeline today");
}

#[test]
fn where_only_the_gpu_may_work_a_fault_is_an_error() {
    for script in [Script::LostFrom(0), Script::NoPipeline, Script::WrongKernel] {
        let Some((gpu, _)) = scripted(script, true) else { return };
        let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
        let Err(error) = gpu.fit(&problems(), &Plan::new(6, 16)) else { panic!("{script:?}") };
        assert!(matches!(error, Error::Device { .. }), "{error}");
        assert_eq!(error.exit_code(), 4);
        assert!(error.to_string().contains("--engine cpu"), "{error}");
    }
}

#[test]
fn work_stops_when_it_is_told_to() {
    let Some(adapter) = adapter() else { return };
    let watch = Arc::new(Watch::new());
    let gpu = Gpu::on(&[adapter], None, true, Arc::clone(&watch));
    let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
    let problem = problems().remove(0);
    // Hours of work, were it not stopped.
    let plan = Plan::exhaustive(1, 1 << 22);
    let stopper = Arc::clone(&watch);
    let stopped = Mutex::new(None);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while stopper.progress().0 == 0 {
                std::thread::yield_now();
            }
            stopper.stop();
        });
        *stopped.lock().unwrap_or_else(|e| e.into_inner()) = Some(gpu.fit(&[problem], &plan));
    });
    let result = stopped.into_inner().unwrap_or_else(|e| e.into_inner());
    assert!(matches!(result, Some(Err(Error::Interrupted))), "it went on to the end");
}
