//! The engine that fits the work: the CPU, or a real GPU where that is worth starting.
//!
//! In: problems and a plan. Out: ends. What a fit costs the CPU is measured on the problem at hand,
//! and what a GPU costs to start, when it is started; software adapters are never taken.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::cpu::Cpu;
use super::gpu::{Adapter, Gpu, adapters};
use super::{End, Engine, Scoring, Sweep, Watch};
use crate::error::Result;
use crate::lattice::Scan;
use crate::plan::Plan;
use crate::problem::{Problem, Surface};
use crate::regress::trees::Forest;

/// Seconds of CPU work below which no driver is even looked for.
const LOOK: f64 = 0.5;

/// A GPU must have this many times its own start-up to do before it is taken.
const WORTH: f64 = 2.0;

/// Starts a GPU, if there is a real one.
pub type Start = Box<dyn Fn() -> Option<Gpu> + Send + Sync>;

/// See the module.
pub struct Auto {
    cpu: Cpu,
    watch: Arc<Watch>,
    start: Start,
    /// The GPU and the seconds that it took to start; `None` where there is none.
    gpu: OnceLock<Option<(Gpu, f64)>>,
    /// Why the last work went where it went.
    reason: Mutex<String>,
}

impl Auto {
    /// An engine that has not looked for a GPU yet; `memory` is the budget on a device in bytes.
    pub fn new(memory: Option<u64>, watch: Arc<Watch>) -> Auto {
        let own = Arc::clone(&watch);
        let start = move || {
            let real: Vec<Adapter> = adapters().into_iter().filter(|a| !a.is_software()).collect();
            Gpu::on(real.get(..1)?, memory, false, Arc::clone(&own)).ok()
        };
        Auto::with(Box::new(start), watch)
    }

    /// An engine that starts its GPU in its own way.
    pub fn with(start: Start, watch: Arc<Watch>) -> Auto {
        let cpu = Cpu::watched(Arc::clone(&watch));
        Auto { cpu, watch, start, gpu: OnceLock::new(), reason: Mutex::new(String::new()) }
    }

    fn because(&self, reason: String) {
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    fn started(&self) -> Option<(Gpu, f64)> {
        let began = Instant::now();
        let gpu = (self.start)()?;
        Some((gpu, began.elapsed().as_secs_f64()))
    }

    /// A GPU for work that would take the CPU so long, if it is worth starting one.
    fn worth(&self, seconds: f64) -> Option<&Gpu> {
        if seconds < LOOK && self.gpu.get().is_none() {
            self.because(" (too little work for a GPU)".into());
            return None;
        }
        match self.gpu.get_or_init(|| self.started()) {
            Some((gpu, start_up)) => (seconds > WORTH * start_up).then_some(gpu),
            None => {
                self.because(" (no GPU: no driver for a real one was found)".into());
                None
            }
        }
    }

    fn taken(&self) -> Option<&Gpu> {
        self.gpu.get().and_then(Option::as_ref).map(|(gpu, _)| gpu)
    }
}

impl Engine for Auto {
    fn name(&self) -> &'static str {
        self.taken().map_or("cpu", Gpu::name)
    }

    fn describe(&self) -> String {
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        match self.taken() {
            Some(gpu) => gpu.describe(),
            None => format!("{}{reason}", self.cpu.describe()),
        }
    }

    fn watch(&self) -> &Watch {
        &self.watch
    }

    fn notes(&self) -> Vec<String> {
        self.taken().map(Gpu::notes).unwrap_or_default()
    }

    fn fit(&self, problems: &[Problem], plan: &Plan) -> Result<Vec<Vec<End>>> {
        match self.worth(self.cpu.seconds(problems, plan)) {
            Some(gpu) => gpu.fit(problems, plan),
            None => self.cpu.fit(problems, plan),
        }
    }

    fn sweep<'a>(
        &'a self,
        scan: &'a Scan,
        seconds: &dyn Fn() -> f64,
    ) -> Result<Option<Box<dyn Sweep + 'a>>> {
        match self.worth(seconds()) {
            Some(gpu) => gpu.sweep(scan, seconds),
            None => Ok(None),
        }
    }

    fn scoring<'a>(
        &'a self,
        forests: &'a [&'a Forest],
        seconds: &dyn Fn() -> f64,
    ) -> Result<Option<Box<dyn Scoring + 'a>>> {
        match self.worth(seconds()) {
            Some(gpu) => gpu.scoring(forests, seconds),
            None => Ok(None),
        }
    }

    fn evaluate(&self, surface: &Surface, sets: &[f64], points: &[f64]) -> Result<Vec<f64>> {
        match self.taken() {
            Some(gpu) => gpu.evaluate(surface, sets, points),
            None => self.cpu.evaluate(surface, sets, points),
        }
    }
}
