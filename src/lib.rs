//! mixlaw fits data-mixing and scaling laws to tables of language-model training runs.
//!
//! Data moves one way through the rooms: `runs` (tables) and `law` (formulas) meet in `problem`
//! (plain arrays), a `plan` says which starts an `engine` runs, `fit` polishes and judges what
//! comes back, `study` puts whole tables through it, `search` finds the best mixture (a `lattice`
//! is all mixtures in whole steps, as plain data), `design` says which runs to train next, `report` and
//! `store` write it down, `export` turns mixtures into files of trainers and back, `proxy` weighs
//! domains by their text alone, `cmr` finds how much domain data continual pre-training bears,
//! `multimodal` is a calculator for one hypothesis, `bench` times it, and `cli` is the command line.

pub mod bench;
pub mod cli;
pub mod cmr;
pub mod design;
pub mod engine;
pub mod error;
pub mod export;
pub mod fit;
pub mod lattice;
pub mod law;
pub mod multimodal;
pub mod numeric;
pub mod plan;
pub mod predictor;
pub mod problem;
pub mod proxy;
pub mod regress;
pub mod report;
pub mod runs;
pub mod search;
pub mod store;
pub mod study;
