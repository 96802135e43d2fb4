//! Which engine runs the fits, how far it is, and how it is stopped.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::engine::cpu::Cpu;
use crate::engine::gpu::{Adapter, Gpu, adapters, no_adapter};
use crate::engine::{Auto, Engine, Watch};
use crate::error::{Error, Result};

/// What runs the fits, or the lattice of a search.
#[derive(Debug, Clone, Args)]
pub(super) struct EngineArgs {
    /// What runs the fits or the lattice
    #[arg(long, value_enum, default_value = "auto", help_heading = "Search")]
    pub(super) engine: EngineArg,
    /// The GPU: a part of its name (see `mixlaw devices`), or `all` for all real ones together
    #[arg(long, value_name = "NAME", help_heading = "Search")]
    pub(super) adapter: Option<String>,
    /// Memory to use on a GPU, such as 512M or 4G [default: 1G]
    #[arg(long, value_name = "SIZE", help_heading = "Search")]
    pub(super) gpu_memory: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineArg {
    /// All cores, or a real GPU where the work is worth starting it
    Auto,
    /// A GPU and nothing else
    Gpu,
    /// All cores, f64
    Cpu,
}

impl EngineArgs {
    /// The engine asked for, and its watch.
    pub(super) fn open(&self) -> Result<(Box<dyn Engine>, Arc<Watch>)> {
        let watch = Arc::new(Watch::new());
        Ok((self.open_with(&watch)?, watch))
    }

    /// The engine asked for, with a watch that is there already.
    pub(super) fn open_with(&self, watch: &Arc<Watch>) -> Result<Box<dyn Engine>> {
        let memory =
            self.gpu_memory.as_deref().map(|size| bytes("--gpu-memory", size)).transpose()?;
        let own = Arc::clone(watch);
        Ok(match (self.engine, &self.adapter) {
            (EngineArg::Cpu, None) => Box::new(Cpu::watched(own)),
            (EngineArg::Cpu, Some(_)) => {
                return Err(Error::usage(
                    "--adapter names a GPU, and --engine cpu uses none",
                    "leave one of them away",
                ));
            }
            (EngineArg::Auto, None) => Box::new(Auto::new(memory, own)),
            // A named adapter is wanted; what it cannot do the CPU still may.
            (EngineArg::Auto, Some(name)) => Box::new(Gpu::on(&named(name)?, memory, false, own)?),
            (EngineArg::Gpu, name) => {
                let adapters = match name {
                    Some(name) => named(name)?,
                    None => adapters().into_iter().take(1).collect(),
                };
                Box::new(Gpu::on(&adapters, memory, true, own)?)
            }
        })
    }
}

impl EngineArgs {
    /// The engine for long work whose last digits must not hang on the moment: with `auto` the one that has
    /// begun, else a real GPU where there is one and the CPU would take more than some seconds.
    pub(super) fn open_once(
        &self,
        watch: &Arc<Watch>,
        seconds: f64,
        begun: Option<&str>,
    ) -> Result<Box<dyn Engine>> {
        const LONG: f64 = 10.0;
        if !matches!((self.engine, &self.adapter), (EngineArg::Auto, None)) {
            return self.open_with(watch);
        }
        let engine = match begun {
            Some("gpu") => EngineArg::Gpu,
            None if seconds > LONG && adapters().iter().any(|a| !a.is_software()) => EngineArg::Gpu,
            _ => EngineArg::Cpu,
        };
        EngineArgs { engine, ..self.clone() }.open_with(watch)
    }
}

/// The adapters with a name that contains `name`, or all real ones.
pub(super) fn named(name: &str) -> Result<Vec<Adapter>> {
    let all = adapters();
    if all.is_empty() {
        return Err(no_adapter());
    }
    let known = || all.iter().map(Adapter::name).collect::<Vec<_>>().join(", ");
    let lower = name.to_lowercase();
    let chosen: Vec<Adapter> = if name == "all" {
        all.iter().filter(|adapter| !adapter.is_software()).cloned().collect()
    } else {
        let fits = |adapter: &&Adapter| adapter.name().to_lowercase().contains(&lower);
        all.iter().find(fits).cloned().into_iter().collect()
    };
    if chosen.is_empty() {
        let remedy = format!("choose among: {} (see `mixlaw devices`)", known());
        let cause = match name {
            "all" => "there is no real GPU on this host".to_string(),
            name => format!("no adapter is named `{name}`"),
        };
        return Err(Error::device(cause, remedy));
    }
    Ok(chosen)
}

/// `512M`, `4G`, or a number of bytes.
pub(super) fn bytes(flag: &str, text: &str) -> Result<u64> {
    let trimmed = text.trim().trim_end_matches(['b', 'B']);
    let (number, unit) = match trimmed.chars().last() {
        Some('k' | 'K') => (&trimmed[..trimmed.len() - 1], 10),
        Some('m' | 'M') => (&trimmed[..trimmed.len() - 1], 20),
        Some('g' | 'G') => (&trimmed[..trimmed.len() - 1], 30),
        _ => (trimmed, 0),
    };
    let parsed =
        number.parse::<u64>().ok().and_then(|n| n.checked_shl(unit).filter(|b| b >> unit == n));
    match parsed {
        Some(bytes) if bytes >= 1 << 20 => Ok(bytes),
        _ => Err(Error::usage(
            format!("{flag} {text} is not a size of at least 1M"),
            format!("write e.g. {flag} 2G"),
        )),
    }
}

/// Shows how far a long piece of work is while `work` runs, and stops it on Ctrl-C.
pub(super) fn watched<T>(watch: &Arc<Watch>, work: impl FnOnce() -> T) -> T {
    let asked = Arc::clone(watch);
    // A second command in one process finds the handler set; it then keeps the first watch.
    let _ = ctrlc::set_handler(move || asked.stop());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if std::io::stderr().is_terminal() {
            scope.spawn(|| show(watch, &done));
        }
        let value = work();
        done.store(true, Ordering::Relaxed);
        value
    })
}

/// A line on the terminal, from one second on.
fn show(watch: &Watch, done: &AtomicBool) {
    const WIDTH: usize = 32;
    let began = Instant::now();
    let mut shown = false;
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
        let (finished, all) = watch.progress();
        if began.elapsed() < Duration::from_secs(1) || all == 0 {
            continue;
        }
        let share = (finished as f64 / all as f64).min(1.0);
        let bar = "#".repeat((share * WIDTH as f64) as usize);
        let rate = finished as f64 / began.elapsed().as_secs_f64();
        // A closed terminal is no reason to stop the work.
        let _ = write!(
            std::io::stderr(),
            "\r[{bar:<WIDTH$}] {:3.0} %  {finished} of {all} {}, {rate:.0}/s, {} left ",
            100.0 * share,
            watch.unit(),
            time((all.saturating_sub(finished)) as f64 / rate.max(1e-9))
        );
        shown = true;
    }
    if shown {
        let _ = write!(std::io::stderr(), "\r{:100}\r", "");
    }
}

/// A time in the unit that suits it.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

/// What happened to the engine on the way; what it is stands in the report.
pub(super) fn tell(engine: &dyn Engine) {
    let mut err = std::io::stderr().lock();
    for note in engine.notes() {
        // What cannot be told is no reason to fail.
        let _ = writeln!(err, "note: {note}");
    }
}
