//! The mixture search: published optima, two exact methods against each other, bounds that hold,
//! contradictions that are named, and bad input through the program.

mod branch;
mod checkpoint;
mod exact;
mod flags;
#[path = "../support/formats.rs"]
mod formats;
mod function;
mod goals;
mod lattice;
mod real;
mod references;
mod sample;
mod separable;
mod simulate;
#[path = "../support/mod.rs"]
mod support;

use mixlaw::predictor::{Choice, Predictor};
use mixlaw::report::FitReport;
use serde_json::{Value, json};
use support::Random;

/// A target of a made-up fit document: its name, its own domain, its parameters.
struct Made<'a> {
    target: &'a str,
    own: Option<&'a str>,
    parameters: Vec<(String, f64)>,
}

/// A fit document with these targets, all of one law.
fn document(domains: &[String], formula: &str, inputs: &[&str], made: &[Made]) -> Value {
    let fits: Vec<Value> = made
        .iter()
        .map(|one| {
            let parameters: serde_json::Map<String, Value> = one
                .parameters
                .iter()
                .map(|(name, x)| (name.clone(), json!({"value": x})))
                .collect();
            json!({
                "law": "made", "target": one.target, "own": one.own, "group": "",
                "status": "converged", "message": "", "objective": 0.0, "rows": 9,
                "parameters": parameters, "metrics": null,
                "starts": {"total": 1, "finished": 1, "reached_best": 1, "basins": 1},
                "identifiability": {"rank": 1, "condition": 1.0, "free": []},
            })
        })
        .collect();
    json!({
        "schema": "mixlaw.fit/1", "version": "0", "seed": 0,
        "engine": {"name": "cpu", "description": "made"},
        "runs": {
            "source": "made.csv", "rows_read": 9, "rows_used": 9, "rows_filtered": 0,
            "rows_dropped_missing": 0, "rows_renormalised": 0, "rows_joined_away": 0,
            "domains": domains,
            "roles": {"mixture": [], "target": [], "own": [], "input": [], "derive": [],
                      "where": null, "by": null, "weight": null, "percent": false,
                      "missing": "error"},
        },
        "laws": [{"name": "made", "formula": formula, "source": "", "inputs": inputs, "sets": {}}],
        "objective": {"residual": "raw", "loss": "squared"},
        "fits": fits,
    })
}

fn predictor(document: Value, at: &[(&str, f64)]) -> Predictor {
    let fit: FitReport = serde_json::from_value(document).expect("a fit document");
    let at = at.iter().map(|(name, value)| ((*name).to_string(), *value)).collect();
    Predictor::new(&fit, &Choice { at, ..Choice::default() }).expect("a predictor")
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

/// A document of exponential mixing laws: positive terms, so convex.
fn exponentials(random: &mut Random, domains: usize, targets: usize) -> Value {
    let domains: Vec<String> = (0..domains).map(|k| format!("d{k}")).collect();
    let made: Vec<(String, Vec<(String, f64)>)> = (0..targets)
        .map(|m| {
            let mut parameters = vec![("c".to_string(), random.between(1.0, 3.0))];
            for domain in &domains {
                parameters.push((format!("t[{domain}]"), random.between(-3.0, 2.0)));
            }
            (format!("loss{m}"), parameters)
        })
        .collect();
    let made: Vec<Made> = made
        .iter()
        .map(|(target, parameters)| Made { target, own: None, parameters: parameters.clone() })
        .collect();
    document(&domains, "c + exp(sum(j, t[j] * w[j]))", &[], &made)
}
