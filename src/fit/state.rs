//! How a fit ends: named states, each with a sentence that says what to do.
//!
//! In: a polished point and what is known about it. Out: a [`State`] and its message.

use serde::{Deserialize, Serialize};

/// Which bound a parameter is held at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// The lower bound.
    Lower,
    /// The upper bound.
    Upper,
    /// Where it happened to be: it no longer matters, because the term that it belongs to has
    /// vanished or it has gone so far towards zero or infinity that it is there.
    Idle,
}

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A minimum: gradient at rounding level, no parameter at a bound, all determined.
    Converged,
    /// A minimum with at least one parameter held at a bound by the data.
    AtBound,
    /// A minimum, but the data leave some combination of parameters free.
    RankDeficient,
    /// The polish could not bring the gradient to rounding level.
    NotConverged,
    /// No start gave a finite objective.
    NoFiniteStart,
    /// Fewer rows than parameters.
    TooFewRows,
    /// All observations are the same.
    ConstantTarget,
}

impl State {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            State::Converged => "converged",
            State::AtBound => "at-bound",
            State::RankDeficient => "rank-deficient",
            State::NotConverged => "not-converged",
            State::NoFiniteStart => "no-finite-start",
            State::TooFewRows => "too-few-rows",
            State::ConstantTarget => "constant-target",
        }
    }

    /// Whether the fit found a minimum, so that its predictions may be used.
    pub fn is_usable(self) -> bool {
        matches!(self, State::Converged | State::AtBound | State::RankDeficient)
    }

    /// What the state means for this fit and what to do.
    pub fn message(self, about: &About) -> String {
        let names = about.names.join(", ");
        match self {
            State::Converged => "gradient at rounding level at the best of the starts".into(),
            State::AtBound => format!(
                "the data push {names} to a bound: the term it belongs to is not needed, or the \
                 bound is too tight"
            ),
            State::RankDeficient => format!(
                "the data do not determine {names}: predictions for rows like the observed ones \
                 hold, but do not read these parameters; fix or tie them (--fix, --tie), take a \
                 law with fewer, or add runs that tell them apart"
            ),
            State::NotConverged => format!(
                "the polish stopped while a step still promised {:.1e} of the objective{}: try \
                 more starts (--starts), tighter bounds (--bound), or a simpler law",
                about.promise,
                if names.is_empty() { String::new() } else { format!(" ({names} ran away)") }
            ),
            State::NoFiniteStart => "the law is not finite at any start: narrow the start ranges \
                 (--start), and look for zero shares or logarithms of negative numbers"
                .into(),
            State::TooFewRows => format!(
                "{} rows cannot determine {} parameters: add runs, fix parameters (--fix), or take \
                 a law with fewer",
                about.rows, about.parameters
            ),
            State::ConstantTarget => {
                "all observations are the same: there is nothing to fit".into()
            }
        }
    }
}

/// What the messages speak about.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Parameters that the state is about.
    pub names: Vec<String>,
    /// Share of the objective that a step still promises.
    pub promise: f64,
    /// Rows of the fit.
    pub rows: usize,
    /// Free parameters of the fit.
    pub parameters: usize,
}
