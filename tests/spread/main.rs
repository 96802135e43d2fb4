//! How sure an answer is, from refits: the spread of the best mixture, and intervals of predictions. Planted
//! laws whose truth is covered, probabilities worked out by hand, refusals through the program.

mod made;
mod mixture;
mod predictions;
mod real;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod sweep;

pub(crate) use made::{Made, draw, names};
pub(crate) use sweep::{Kinds, Sweep};
