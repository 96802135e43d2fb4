//! The part of `mixlaw.sweep/1` that says how far its fits can be trusted.
//!
//! In: measures of [`crate::study::honesty`]. Out: a structure that serde writes and reads, and text.

mod list;
mod text;

use serde::{Deserialize, Serialize};

pub use list::checklist_text;
pub use text::honesty_text;

use crate::study::honesty::{FitHonesty, Item, Selection};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HonestyReport {
    /// Coverage of the profiles' intervals.
    pub level: f64,
    /// The laws of each target, group and subset side by side.
    pub selection: Vec<Selection>,
    /// One entry a law, target, group and subset.
    pub fits: Vec<FitHonesty>,
    /// The checklist of arXiv 2502.18969.
    pub checklist: Vec<Item>,
}
