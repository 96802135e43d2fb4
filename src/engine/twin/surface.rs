//! The twin of `evaluate`: one pair of a parameter set and a point in f32.
//!
//! In: a surface, a set, a point. Out: value and slopes, with bounds.

use super::bounded::Bounded;
use super::look::{evaluate, scalars};
use crate::problem::Surface;

/// Value and slopes of one pair.
pub fn surface_at(surface: &Surface, set: &[f32], point: &[f32]) -> Vec<Bounded> {
    let numbers = [set, point].concat();
    let scalars = scalars(&surface.point, &numbers);
    let mut registers = vec![Bounded::default(); surface.point.registers];
    evaluate(&surface.point, &[], &scalars, &mut registers)
}
