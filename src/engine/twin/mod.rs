//! CPU twins of the shaders: the same steps in f32, in the same order, with a bound on rounding.
//!
//! In: the words that a kernel is given. Out: what the kernel should write, and by how much it may
//! differ. For tests and for the self-test of a device; nothing that is reported comes from here.

mod bounded;
mod descent;
mod forest;
mod lattice;
mod look;
mod surface;

pub use bounded::Bounded;
pub use descent::{Ended, descend};
pub use forest::{TreeWords, forest};
pub use lattice::{Expected, Rounding, lattice};
pub use look::{Look, Seen};
pub use surface::surface_at;
