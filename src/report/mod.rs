//! Reports: what a command found, as JSON for programs and as tables for people.
//!
//! In: outcomes. Out: documented, versioned structures, and text.

pub mod cmr;
pub mod compare;
mod document;
pub mod draws;
#[cfg(feature = "parquet")]
mod draws_parquet;
#[cfg(not(feature = "parquet"))]
#[path = "draws_parquet_off.rs"]
mod draws_parquet;
mod fitted;
pub mod honesty;
pub mod intervals;
pub mod mixture;
mod mixture_text;
mod multimodal;
pub(crate) mod ordered;
mod predict_text;
pub mod protocol;
mod proxy;
mod proxy_text;
pub mod spread;
mod spread_text;
pub mod sweep;
mod text;

pub use document::{
    EngineInfo, FitEntry, FitReport, LawEntry, MOST_MIXTURES, ObjectiveInfo, PredictReport,
    Prediction, RowValue, RunsInfo, ScoreEntry,
};
pub use draws_parquet::write_parquet;
pub use mixture_text::mixture_text;
pub use multimodal::{MultimodalReport, multimodal_text};
pub use predict_text::predict_text;
pub use proxy::{PROXY_SCHEMA, ProxyReport};
pub use proxy_text::proxy_text;
pub use text::{fit_table, holdout_table, law_page, laws_table, number, rows};
