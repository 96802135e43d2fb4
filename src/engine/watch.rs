//! Watching work that takes long: how far it is, and whether the user wants it to stop.
//!
//! In: engines count what is done; a signal asks to stop. Out: numbers that a progress bar reads.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared between an engine, a progress bar and a signal handler.
#[derive(Debug, Default)]
pub struct Watch {
    stop: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    unit: OnceLock<&'static str>,
}

impl Watch {
    /// A watch that nobody looks at.
    pub const fn new() -> Watch {
        let zero = AtomicU64::new(0);
        let unit = OnceLock::new();
        Watch { stop: AtomicBool::new(false), done: AtomicU64::new(0), total: zero, unit }
    }

    /// Asks the work to stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it should stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Says what is counted.
    pub fn count_in(&self, unit: &'static str) {
        // The first to say so is right.
        let _ = self.unit.set(unit);
    }

    /// What is counted.
    pub fn unit(&self) -> &'static str {
        self.unit.get().unwrap_or(&"fits")
    }

    /// Announces work.
    pub fn expect(&self, work: u64) {
        self.total.fetch_add(work, Ordering::Relaxed);
    }

    /// Counts finished work.
    pub fn advance(&self, work: u64) {
        self.done.fetch_add(work, Ordering::Relaxed);
    }

    /// Finished work and all of it; a fit counts once in each rung that it runs.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}
