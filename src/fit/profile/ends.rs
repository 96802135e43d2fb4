//! The ends of a profile's interval: bracketed by longer and longer steps, and then closed in on.
//!
//! In: a [`Walk`] and a direction. Out: an [`Outer`]: an end, or why there is none.

use super::ProfileEnd;
use super::walk::{Found, Walk};

/// Steps outwards, each twice the last.
const STEPS: usize = 14;

/// Refits that close in on an end.
const CLOSER: usize = 60;

/// How far a curve is drawn where the interval is open, in first steps.
const SHOWN: f64 = 4.0;

/// An end, and how far the curve is drawn.
pub(super) struct Outer {
    pub(super) end: ProfileEnd,
    pub(super) reach: f64,
}

/// Finds the end on one side: `side` is -1 or 1.
pub(super) fn end(walk: &mut Walk, side: f64) -> Outer {
    let start = walk.start();
    let limit = walk.limits()[usize::from(side > 0.0)];
    let mut step = walk.step();
    let shown = clipped(start.x + side * SHOWN * step, limit, side);
    let (mut inside, mut failures) = (start, 0);
    for _ in 0..STEPS {
        let x = clipped(inside.x + side * step, limit, side);
        if x == inside.x {
            return at_limit(walk, &inside, side, shown);
        }
        let found = walk.at(x, &inside);
        match found.ratio {
            Some(ratio) if ratio > 1.0 => return close_in(walk, inside, found),
            Some(_) => (inside, step) = (found, 2.0 * step),
            None if failures < 4 => (failures, step) = (failures + 1, 0.25 * step),
            None => return failed(walk, &inside, x),
        }
    }
    let value = walk.value(inside.x);
    open(format!("the rows allow values as far as {value:.4e} and beyond"), shown)
}

fn clipped(x: f64, limit: f64, side: f64) -> f64 {
    if side > 0.0 { x.min(limit) } else { x.max(limit) }
}

fn open(why: String, reach: f64) -> Outer {
    Outer { end: ProfileEnd { value: None, remark: Some(why) }, reach }
}

fn failed(walk: &Walk, inside: &Found, x: f64) -> Outer {
    let value = walk.value(x);
    let why = format!("the other parameters have no minimum with this one at {value:.6e}");
    open(why, inside.x)
}

/// The walk has come to the last value that there is.
fn at_limit(walk: &mut Walk, inside: &Found, side: f64, shown: f64) -> Outer {
    let bound = walk.bounds()[usize::from(side > 0.0)];
    if bound.is_finite() && walk.value(inside.x) == bound {
        let remark = Some("a bound of the parameter, and within the level".into());
        return Outer { end: ProfileEnd { value: Some(bound), remark }, reach: inside.x };
    }
    let zero = walk.by_logarithm() && side < 0.0 && bound == 0.0;
    if zero && walk.at_zero(inside).ratio.is_some_and(|ratio| ratio <= 1.0) {
        let remark = Some("a bound of the parameter, and within the level".into());
        return Outer { end: ProfileEnd { value: Some(0.0), remark }, reach: shown };
    }
    open("the rows set no end within a factor of e^40".into(), shown)
}

/// Regula falsi on the root of the ratio, which is nearly a straight line, with the step of the Illinois variant;
/// `outside` is beyond the level and `inside` is not.
fn close_in(walk: &mut Walk, mut inside: Found, mut outside: Found) -> Outer {
    let height = |found: &Found| found.ratio.map_or(f64::INFINITY, |ratio| ratio.sqrt() - 1.0);
    let (mut below, mut above) = (height(&inside), height(&outside));
    let (mut last, start) = (0, walk.start().x);
    for _ in 0..CLOSER {
        let width = outside.x - inside.x;
        if below == 0.0 || width.abs() <= 1e-9 * (outside.x - start).abs() {
            break;
        }
        let share = (-below / (above - below)).clamp(0.01, 0.99);
        let x = inside.x + share * width;
        let found = walk.at(x, &inside);
        let here = height(&found);
        if here.is_infinite() {
            return failed(walk, &inside, x);
        }
        if here.abs() <= 1e-8 {
            inside = found;
            break;
        }
        if here < 0.0 {
            (inside, below) = (found, here);
            above = if last < 0 { 0.5 * above } else { above };
            last = -1;
        } else {
            (outside, above) = (found, here);
            below = if last > 0 { 0.5 * below } else { below };
            last = 1;
        }
    }
    Outer { end: ProfileEnd { value: Some(walk.value(inside.x)), remark: None }, reach: inside.x }
}
