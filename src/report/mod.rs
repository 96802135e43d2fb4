//! Reports: what a command found, as JSON for programs and as tables for people.
//!
//! In: outcomes. Out: documented, versioned structures, and text.

pub mod cmr;
pub mod compare;
mod document;
pub mod draws;
mod fitted;
pub mod honesty;
pub mod mixture;
mod mixture_text;
mod multimodal;
pub(crate) mod ordered;
pub mod protocol;
mod proxy;
mod proxy_text;
mod text;

pub use document::{
    EngineInfo, FitEntry, FitReport, LawEntry, MOST_MIXTURES, ObjectiveInfo, PredictReport,
    Prediction, RowValue, RunsInfo, ScoreEntry,
};
pub use mixture_text::mixture_text;
pub use multimodal::{MultimodalReport, multimodal_text};
pub use proxy::{PROXY_SCHEMA, ProxyReport};
pub use proxy_text::proxy_text;
pub use text::{fit_table, holdout_table, law_page, laws_table, number, rows};
