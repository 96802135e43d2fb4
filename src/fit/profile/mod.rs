//! Profile likelihoods: one parameter held at value after value, the others fitted again.
//!
//! In: a problem, its fit and a parameter. Out: a [`Profile`]: a curve and an interval whose ends are where the
//! likelihood ratio passes the level; an end that was not found is `null`, with the reason.

mod ends;
mod walk;

use serde::{Deserialize, Serialize};

use super::Fit;
use crate::engine::cpu::pass::Scratch;
use crate::problem::Problem;
use walk::{Found, Walk};

/// How profiles are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfileOptions {
    /// Coverage of the interval, such as 0.95.
    pub level: f64,
    /// Points of the curve, the estimate among them; at least 3.
    pub points: usize,
}

impl Default for ProfileOptions {
    fn default() -> ProfileOptions {
        ProfileOptions { level: 0.95, points: 21 }
    }
}

/// The profile of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The parameter's label.
    pub parameter: String,
    /// Its estimate.
    pub estimate: f64,
    /// The lower end of the interval.
    pub low: ProfileEnd,
    /// The upper end.
    pub high: ProfileEnd,
    /// The upper half of the interval over the lower one: 1 for a symmetric one.
    pub asymmetry: Option<f64>,
    /// The curve, by ascending value.
    pub points: Vec<ProfilePoint>,
    /// An objective below that of the fit: the fit is not the best minimum, and the interval is not one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_objective: Option<f64>,
}

/// An end of an interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileEnd {
    /// Where it is; `null` where it is open.
    pub value: Option<f64>,
    /// Why it is open, or that it is a bound of the parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// A value of the parameter and the best that the others can do with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProfilePoint {
    /// The value.
    pub value: f64,
    /// The objective; `null` where the refit found no minimum.
    pub objective: Option<f64>,
    /// The ratio over its critical value: within the interval where it is at most 1.
    pub ratio: Option<f64>,
}

/// Profiles a free parameter, given by number. `Err` says why there is no profile.
///
/// # Errors
/// A sentence: no minimum, no rows to spare, nothing but rounding left, or a parameter that is idle.
pub fn profile(
    problem: &Problem,
    fit: &Fit,
    parameter: usize,
    options: &ProfileOptions,
    scratch: &mut Scratch,
) -> Result<Profile, String> {
    let mut walk = Walk::new(problem, fit, parameter, options.level, scratch)?;
    let start = walk.start();
    let ends = [ends::end(&mut walk, -1.0), ends::end(&mut walk, 1.0)];
    let half = options.points.max(3) / 2;
    let mut points = curve(&mut walk, ends[0].reach, half);
    points.reverse();
    points.push(start.clone());
    points.extend(curve(&mut walk, ends[1].reach, half));
    let estimate = walk.value(start.x);
    let [low, high] = ends.map(|end| end.end);
    Ok(Profile {
        parameter: problem.forms.model.parameters[parameter].label.clone(),
        estimate,
        asymmetry: asymmetry(estimate, &low, &high),
        low,
        high,
        points: points.iter().map(|found| walk.point(found)).collect(),
        lower_objective: walk.lower(),
    })
}

/// Points from the estimate out to `reach`, each from its neighbour.
fn curve(walk: &mut Walk, reach: f64, half: usize) -> Vec<Found> {
    let start = walk.start();
    let step = (reach - start.x) / half as f64;
    let mut points = Vec::with_capacity(half);
    let mut from = start.clone();
    for k in 1..=half {
        if step == 0.0 {
            break;
        }
        let x = if k == half { reach } else { start.x + step * k as f64 };
        let found = walk.at(x, &from);
        if found.ratio.is_some() {
            from = found.clone();
        }
        points.push(found);
    }
    points
}

fn asymmetry(estimate: f64, low: &ProfileEnd, high: &ProfileEnd) -> Option<f64> {
    let (low, high) = (estimate - low.value?, high.value? - estimate);
    (low > 0.0).then(|| high / low)
}
