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
    /// Whether the total is known from the beginning.
    planned: AtomicBool,
    unit: OnceLock<&'static str>,
}

impl Watch {
    /// A watch that nobody looks at.
    pub const fn new() -> Watch {
        let [done, total] = [const { AtomicU64::new(0) }; 2];
        let [stop, planned] = [const { AtomicBool::new(false) }; 2];
        Watch { stop, done, total, planned, unit: OnceLock::new() }
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
        if !self.planned.load(Ordering::Relaxed) {
            self.total.fetch_add(work, Ordering::Relaxed);
        }
    }

    /// Announces all further work at once: what its parts announce is a part of it.
    pub fn plan(&self, work: u64) {
        self.planned.store(true, Ordering::Relaxed);
        self.total.store(self.done.load(Ordering::Relaxed) + work, Ordering::Relaxed);
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
