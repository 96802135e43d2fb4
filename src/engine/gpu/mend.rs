//! What follows a fault of the first device, where one device does the work.
//!
//! In: a [`Fault`]. Out: whether to try again, with smaller parts or on a new device, or to leave
//! the rest to the CPU.

use super::layer::{Fault, Handle};
use super::{Gpu, unpoisoned};
use crate::error::Result;

impl Gpu {
    /// Frees what was on the device; after a lack of memory `most` is smaller.
    ///
    /// # Errors
    /// [`crate::error::Error::Device`] where the CPU may not take over.
    pub(super) fn mend(&self, fault: Fault, made: &[Handle], most: &mut usize) -> Result<bool> {
        let mut host = unpoisoned(&self.hosts[0]);
        if let Some(layer) = host.layer.as_deref_mut() {
            made.iter().for_each(|handle| layer.free(*handle));
        }
        let why = match fault {
            Fault::OutOfMemory if *most > 1 => {
                *most = (*most / 8).max(1);
                self.note("the device ran out of memory: smaller parts were used".into());
                return Ok(true);
            }
            Fault::Lost(_) | Fault::Garbage(_) => match host.reopen(&fault) {
                Ok(note) => {
                    self.note(note);
                    return Ok(true);
                }
                Err(why) => why,
            },
            fault => fault.to_string(),
        };
        self.may_not(&why)?;
        Ok(false)
    }
}
