//! The little that the GPU engine wants of a device, so that a test can put a faulty one in.
//!
//! In: buffers of words, WGSL, dispatches. Out: words, or a [`Fault`]. `device` does it with wgpu.

use std::fmt;

/// What can go wrong on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No memory for a buffer.
    OutOfMemory,
    /// The device is gone.
    Lost(String),
    /// A kernel that cannot be compiled or dispatched.
    Refused(String),
    /// Answers that cannot be.
    Garbage(String),
    /// The user asked to stop.
    Interrupted,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::OutOfMemory => write!(f, "out of device memory"),
            Fault::Lost(why) => write!(f, "device lost ({why})"),
            Fault::Refused(why) => write!(f, "kernel refused ({why})"),
            Fault::Garbage(why) => write!(f, "wrong answers ({why})"),
            Fault::Interrupted => write!(f, "interrupted"),
        }
    }
}

/// A buffer or a pipeline of a [`Layer`].
pub type Handle = usize;

/// What a device can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one buffer.
    pub buffer: u64,
    /// Bytes of all buffers together.
    pub memory: u64,
    /// Bytes of workgroup memory.
    pub workgroup: usize,
    /// Workgroups along one dimension.
    pub groups: u32,
    /// Trips of loops that one thread may make in a dispatch.
    pub trips: usize,
    /// Threads that keep the device busy.
    pub threads: usize,
}

/// What a buffer is bound as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Read by the kernel.
    Read(Handle),
    /// Read and written by the kernel.
    Write(Handle),
    /// A small record that is the same for all threads.
    Uniform(Handle),
}

/// A device.
pub trait Layer: Send {
    /// Its name and driver.
    fn name(&self) -> String;

    /// What it can take.
    fn limits(&self) -> Limits;

    /// A storage buffer with these words.
    ///
    /// # Errors
    /// [`Fault`]
    fn upload(&mut self, words: &[u32]) -> Result<Handle, Fault>;

    /// A storage buffer of that many words, all zero.
    ///
    /// # Errors
    /// [`Fault`]
    fn zeros(&mut self, words: usize) -> Result<Handle, Fault>;

    /// A uniform buffer with these words.
    ///
    /// # Errors
    /// [`Fault`]
    fn uniform(&mut self, words: &[u32]) -> Result<Handle, Fault>;

    /// Overwrites the beginning of a buffer.
    ///
    /// # Errors
    /// [`Fault`]
    fn write(&mut self, buffer: Handle, words: &[u32]) -> Result<(), Fault>;

    /// The first words of a buffer, after all dispatches so far.
    ///
    /// # Errors
    /// [`Fault`]
    fn read(&mut self, buffer: Handle, words: usize) -> Result<Vec<u32>, Fault>;

    /// Gives a buffer's memory back.
    fn free(&mut self, buffer: Handle);

    /// Compiles an entry point; `bindings` are numbers and kinds, handles do not matter.
    ///
    /// # Errors
    /// [`Fault`]
    fn pipeline(
        &mut self,
        source: &str,
        entry: &str,
        bindings: &[(u32, Binding)],
    ) -> Result<Handle, Fault>;

    /// Runs a pipeline on so many workgroups, which may be folded into two dimensions.
    ///
    /// # Errors
    /// [`Fault`]
    fn dispatch(
        &mut self,
        pipeline: Handle,
        bindings: &[(u32, Binding)],
        groups: usize,
    ) -> Result<(), Fault>;
}
