//! How far fits can be trusted: every measure on planted tables with known answers, by hand or by another
//! way through the program.

mod backtests;
mod checklist;
mod influence;
mod planted;
mod profiles;
mod public;
mod residuals;
mod selection;
mod sensitivity;
mod spectrum;
#[path = "../support/mod.rs"]
mod support;
mod whole;
