//! Watching work that takes long: how far it is, and whether the user wants it to stop.
//!
//! In: engines count what is done; a signal asks to stop. Out: numbers that a progress bar reads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared between an engine, a progress bar and a signal handler.
#[derive(Debug, Default)]
pub struct Watch {
    stop: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl Watch {
    /// A watch that nobody looks at.
    pub const fn new() -> Watch {
        let zero = AtomicU64::new(0);
        Watch { stop: AtomicBool::new(false), done: AtomicU64::new(0), total: zero }
    }

    /// Asks the work to stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it should stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Announces work.
    pub fn expect(&self, fits: u64) {
        self.total.fetch_add(fits, Ordering::Relaxed);
    }

    /// Counts finished work.
    pub fn advance(&self, fits: u64) {
        self.done.fetch_add(fits, Ordering::Relaxed);
    }

    /// Finished work and all of it, in fits; a fit counts once in each rung that it runs.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}
