//! Which proxy runs to train first, or next.
//!
//! In: domains, what is allowed, and a way to choose: draws around a prior as RegMix and olmix make
//! them, mixtures spread evenly, or for a law the runs that make its predictions surest. Out: a swarm
//! of mixtures as decimals that sum to exactly 1, and what is known of it.

mod candidates;
mod collect;
mod cost;
mod duplicates;
mod fitted;
mod gain;
mod grid;
mod information;
mod next;
mod olmix;
mod optimal;
mod regmix;
mod report;
mod reuse;
mod sampler;
mod slopes;
mod spread;
mod state;
mod table;
mod text;

pub use candidates::{Candidates, candidates};
pub use collect::{Allowed, Counts, Wanted, collect};
pub use cost::Cost;
pub use duplicates::{Distinct, Norm};
pub use fitted::{Fitted, fitted, optimum};
pub use gain::{Change, Gain};
pub use grid::Grid;
pub use information::{Information, RIDGE};
pub use next::{Inputs, Next, NextRuns, Over, Target, Trained, next};
pub use olmix::{Level, TwoLevel, sources};
pub use optimal::{Chosen, Means, choose};
pub use regmix::RegMix;
pub use report::{DESIGN_SCHEMA, DesignReport, DesignRun, Swarm};
pub use reuse::{Frozen, Reuse};
pub use sampler::{Room, Sampler, Strengths};
pub use slopes::{Row, Slopes};
pub use spread::sampler as spread;
pub use state::{Criterion, Part, State};
pub use table::{name, table};
pub use text::design_text;
