//! Made-up fit documents and draws, in a folder with the program.

use mixlaw::fit::State;
use mixlaw::report::draws::{Change, Draw};
use serde_json::{Map, Value, json};

use crate::support::program::Folder;

pub(crate) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

/// A fit document of one law with the same parameters for every target.
pub(crate) struct Made<'a> {
    pub(crate) domains: &'a [&'a str],
    pub(crate) formula: &'a str,
    pub(crate) targets: &'a [&'a str],
    pub(crate) parameters: &'a [(&'a str, f64)],
}

impl Made<'_> {
    pub(crate) fn document(&self) -> Value {
        let values = self.parameters.iter().map(|(name, x)| ((*name).into(), json!({"value": x})));
        let values: Map<String, Value> = values.collect();
        let fit = |target: &&str| {
            json!({
                "law": "made", "target": target, "own": null, "group": "", "status": "converged",
                "message": "", "objective": 0.0, "rows": 9, "parameters": values, "metrics": null,
                "starts": {"total": 1, "finished": 1, "reached_best": 1, "basins": 1},
                "identifiability": {"rank": 1, "condition": 1.0, "free": []},
            })
        };
        json!({
            "schema": "mixlaw.fit/1", "version": "0", "seed": 0,
            "engine": {"name": "cpu", "description": "made"},
            "runs": {
                "source": "made.csv", "rows_read": 9, "rows_used": 9, "rows_filtered": 0,
                "rows_dropped_missing": 0, "rows_renormalised": 0, "rows_joined_away": 0,
                "domains": self.domains,
                "roles": {"mixture": self.domains, "target": [], "own": [], "input": [], "derive": [],
                          "where": null, "by": null, "weight": null, "percent": false,
                          "missing": "error"},
            },
            "laws": [{"name": "made", "formula": self.formula, "source": "", "inputs": [], "sets": {}}],
            "objective": {"residual": "raw", "loss": "squared"},
            "fits": self.targets.iter().map(fit).collect::<Vec<Value>>(),
        })
    }
}

/// A draw of law `made` with these parameters.
pub(crate) fn draw(target: &str, change: Change, parameters: &[(&str, f64)]) -> Draw {
    Draw {
        unit: 0,
        law: "made".into(),
        target: target.into(),
        group: String::new(),
        subset: String::new(),
        change,
        starts: 1,
        status: State::Converged,
        objective: Some(0.0),
        parameters: parameters.iter().map(|(name, x)| ((*name).to_string(), *x)).collect(),
        audit: None,
        held: None,
    }
}

impl Folder {
    /// A folder with `fit.json` and `draws.jsonl`.
    pub(crate) fn with(fit: &Value, draws: &[Draw]) -> Folder {
        let folder = Folder::new();
        folder.file("fit.json", fit.to_string());
        folder.draws("draws.jsonl", draws);
        folder
    }

    pub(crate) fn draws(&self, name: &str, draws: &[Draw]) {
        let line = |draw: &Draw| serde_json::to_string(draw).expect("a line") + "\n";
        self.file(name, draws.iter().map(line).collect::<String>());
    }

    /// What the program says as JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json", "-"]].concat());
        serde_json::from_str(&ran.ended(0).stdout).expect("json on stdout")
    }

    /// The spread of the best mixture.
    #[track_caller]
    pub(crate) fn spread(&self, flags: &[&str]) -> Value {
        let start = ["search", "fit.json", "--draws", "draws.jsonl"];
        self.json(&[&start[..], flags].concat())["spread"].clone()
    }
}
