//! What several test files share: tables, fits in one call, random numbers, closeness.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod planted;
pub(crate) mod program;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use mixlaw::engine::cpu::Cpu;
use mixlaw::engine::gpu::{Gpu, adapters};
use mixlaw::engine::{Engine, Watch};
use mixlaw::fit::{Fit, State, derived};
use mixlaw::law::bind::Symbol;
use mixlaw::law::{Changes, Law, Model, catalogue};
use mixlaw::plan::Plan;
use mixlaw::problem::{Loss, Objective, Residual};
use mixlaw::runs::{RoleSpec, Runs, Table, read};
use mixlaw::study::{Options, Outcome, fit_table};

/// A small counter-based generator: the same numbers on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    pub(crate) fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// Roughly normal, of mean 0 and standard deviation 1; never beyond 6.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Shares that sum to 1, none of them below about 0.02 for a few domains.
    pub(crate) fn mixture(&mut self, domains: usize) -> Vec<f64> {
        let raw: Vec<f64> = (0..domains).map(|_| self.between(0.1, 1.0).powi(2)).collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|x| x / sum).collect()
    }
}

/// A file of this repository.
pub(crate) fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of the public tables; `None`, and a word on stderr, without them.
pub(crate) fn public(path: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("MIXLAW_DATA").map(PathBuf::from) else {
        eprintln!("skipped: MIXLAW_DATA is not set, so there is no {path}");
        return None;
    };
    let file = folder.join(path);
    // `./test` says so where it could not fetch every table; a folder that a user names is complete.
    if std::env::var_os("MIXLAW_DATA_PARTIAL").is_some() && !file.exists() {
        eprintln!("skipped: {} could not be fetched", file.display());
        return None;
    }
    Some(file)
}

/// The engine under test: the CPU, or with MIXLAW_TEST_ENGINE=gpu the first adapter of this host,
/// software ones included. Without an adapter there is a word on stderr and the CPU, or with
/// MIXLAW_REQUIRE_GPU=1 a failure.
pub(crate) fn engine() -> &'static dyn Engine {
    static ENGINE: OnceLock<Box<dyn Engine>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        if std::env::var("MIXLAW_TEST_ENGINE").as_deref() != Ok("gpu") {
            return Box::new(Cpu::default());
        }
        let found: Vec<_> = adapters().into_iter().take(1).collect();
        if found.is_empty() {
            let required = std::env::var_os("MIXLAW_REQUIRE_GPU").is_some();
            assert!(!required, "MIXLAW_REQUIRE_GPU is set and there is no adapter");
            eprintln!("skipped: no GPU adapter; the CPU engine is tested");
            return Box::new(Cpu::default());
        }
        // `only`: nothing may quietly go to the CPU.
        let gpu = Gpu::on(&found, None, true, Arc::new(Watch::new()));
        Box::new(gpu.unwrap_or_else(|error| panic!("{error}")))
    });
    engine.as_ref()
}

pub(crate) fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

pub(crate) fn read_runs(path: &std::path::Path, spec: &RoleSpec) -> Runs {
    read(&[path.to_path_buf()], None, spec).unwrap_or_else(|error| panic!("{error}"))
}

/// A checked table from columns in memory.
pub(crate) fn runs(columns: Vec<(String, Vec<f64>)>, spec: &RoleSpec) -> Runs {
    Table::from_columns("memory", columns)
        .and_then(|table| Runs::from_table(table, spec))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A law of the catalogue by name, or else a formula.
pub(crate) fn law(text: &str) -> Arc<Law> {
    let known = catalogue::FILES.iter().any(|(name, _)| *name == text);
    let law = if known { catalogue::law(text) } else { Law::from_formula(text) };
    Arc::new(law.unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) const RAW: Objective = Objective { residual: Residual::Raw, loss: Loss::Squared };

pub(crate) fn huber(residual: Residual, delta: f64) -> Objective {
    Objective { residual, loss: Loss::Huber { delta } }
}

/// How to fit with nothing held out.
pub(crate) fn options(objective: Objective, seed: u64, starts: usize) -> Options {
    let plan = Plan::new(seed, starts);
    Options { objective, plan, changes: Changes::default(), holdout: None }
}

/// Fits one law to every target and group of a table. What converges on a GPU must end where the CPU
/// ends.
pub(crate) fn outcomes(runs: &Runs, text: &str, options: &Options) -> Vec<Outcome> {
    let fitted = |engine: &dyn Engine| {
        fit_table(engine, runs, &[law(text)], options).unwrap_or_else(|error| panic!("{error}"))
    };
    let ours = fitted(engine());
    if engine().name() == "gpu" {
        for (a, b) in ours.iter().zip(fitted(&Cpu::default())) {
            if [a.fit.state, b.fit.state] == [State::Converged; 2] {
                let [x, y] = [objective(&a.fit), objective(&b.fit)];
                assert!((x - y).abs() <= 1e-9 * y, "{text}: {x} on the GPU, {y} on the CPU");
            }
        }
    }
    ours
}

/// Fits one law to the only target and group of a table.
pub(crate) fn only(runs: &Runs, text: &str, options: &Options) -> Fit {
    let mut all = outcomes(runs, text, options);
    assert_eq!(all.len(), 1, "one target, one group");
    all.remove(0).fit
}

/// The value of a parameter by label.
pub(crate) fn value(fit: &Fit, label: &str) -> f64 {
    let found = fit.parameters.iter().chain(&fit.derived).find(|(name, _)| name == label);
    found.and_then(|(_, estimate)| estimate.value).unwrap_or_else(|| panic!("no value of {label}"))
}

pub(crate) fn objective(fit: &Fit) -> f64 {
    fit.objective.unwrap_or_else(|| panic!("no objective: {}", fit.message))
}

/// A law of the catalogue with every parameter held: published coefficients as a function.
pub(crate) struct Held {
    model: Model,
}

impl Held {
    pub(crate) fn new(name: &str, domains: &[String], values: &[(&str, f64)]) -> Held {
        let fix = values.iter().map(|(label, value)| ((*label).to_string(), *value)).collect();
        let changes = Changes { fix, ..Changes::default() };
        let model = Model::new(&law(name), domains, &|_| false, &changes)
            .unwrap_or_else(|error| panic!("{error}"));
        let free: Vec<&str> = model.parameters.iter().map(|p| p.label.as_str()).collect();
        assert!(free.is_empty(), "{name}: no value for {free:?}");
        Held { model }
    }

    /// The prediction for one row: inputs by name, the own share as `r`.
    pub(crate) fn at(&self, inputs: &[(&str, f64)]) -> f64 {
        let find = |name: &str| {
            let found = inputs.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value).unwrap_or_else(|| panic!("no value of {name}"))
        };
        let cells: Vec<[f64; 1]> = self
            .model
            .symbols
            .iter()
            .map(|symbol| match symbol {
                Symbol::Input(name) => [find(name)],
                Symbol::OwnShare => [find("r")],
                Symbol::Share(domain) => [find(&self.model.domains[*domain])],
                Symbol::Target => [f64::NAN],
            })
            .collect();
        let views: Vec<&[f64]> = cells.iter().map(<[f64; 1]>::as_slice).collect();
        self.model.predict(&[], &views, 0..1)[0]
    }

    /// A derived quantity by label.
    pub(crate) fn derived(&self, label: &str) -> f64 {
        let all = derived(&self.model, &[], &[]);
        let found = all.iter().find(|(name, _)| name == label);
        found.and_then(|(_, e)| e.value).unwrap_or_else(|| panic!("no value of {label}"))
    }
}

/// A small table of this repository: rows of cells by column name.
pub(crate) struct Cells {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Cells {
    pub(crate) fn read(path: &str) -> Cells {
        Cells::parse(&std::fs::read_to_string(file(path)).unwrap_or_else(|e| panic!("{path}: {e}")))
    }

    pub(crate) fn parse(text: &str) -> Cells {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let split = |line: &str| line.trim().split(',').map(String::from).collect::<Vec<_>>();
        let header = lines.next().map(split).unwrap_or_default();
        let rows: Vec<Vec<String>> = lines.map(split).collect();
        assert!(rows.iter().all(|row| row.len() == header.len()), "quoted cells are not read");
        Cells { header, rows }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn text(&self, row: usize, column: &str) -> &str {
        let place = self.header.iter().position(|name| name == column);
        &self.rows[row][place.unwrap_or_else(|| panic!("no column {column}"))]
    }

    pub(crate) fn number(&self, row: usize, column: &str) -> f64 {
        let text = self.text(row, column);
        text.parse().unwrap_or_else(|_| panic!("{column} of row {row}: {text} is not a number"))
    }

    pub(crate) fn column(&self, column: &str) -> Vec<f64> {
        (0..self.len()).map(|row| self.number(row, column)).collect()
    }

    /// The first row with these texts.
    pub(crate) fn find(&self, keys: &[(&str, &str)]) -> usize {
        (0..self.len())
            .find(|&row| keys.iter().all(|(column, text)| self.text(row, column) == *text))
            .unwrap_or_else(|| panic!("no row {keys:?}"))
    }
}

/// Whether two numbers agree to a share of the second.
pub(crate) fn near(a: f64, b: f64, share: f64) -> bool {
    (a - b).abs() <= share * b.abs()
}

/// Asserts that two numbers differ by at most `most`.
pub(crate) fn assert_within(ours: f64, theirs: f64, most: f64, what: &str) {
    assert!((ours - theirs).abs() <= most, "{what}: {ours} is not {theirs} within {most:e}");
}
