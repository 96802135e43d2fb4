//! `mixlaw cmr`: published curves give the published ratios, planted runs the planted ones, curves are
//! those of the catalogue's laws, and bad tables and flags are refused through the program.

mod planted;
mod published;
mod refusals;
#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use support::program::Folder;

/// The JSON document that the program writes.
fn document(arguments: &[&str]) -> Value {
    let folder = Folder::new();
    let ran = folder.run(&[&["cmr"], arguments, &["--json", "-", "--engine", "cpu"]].concat());
    ran.ended(0);
    serde_json::from_str(&ran.stdout).expect("a document")
}

/// A model of a document.
fn model<'a>(document: &'a Value, name: &str) -> &'a Value {
    let models = document["models"].as_array().expect("models");
    models.iter().find(|model| model["model"] == name).expect("this model")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}
