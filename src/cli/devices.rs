//! `mixlaw devices`: the GPU adapters of this host, their limits, and whether they compute right.

use std::fmt::Write;
use std::sync::Arc;

use clap::Args;

use super::{Outcome, print};
use crate::engine::gpu::{Adapter, Kernel, Layer, Shape, adapters, no_adapter, self_test};
use crate::error::Result;
use crate::law::{Changes, Law, Model};
use crate::problem::{Forms, Objective, Problem, Sample};

/// Nothing to choose.
#[derive(Debug, Args)]
pub(super) struct DevicesArgs {}

pub(super) fn run(_: &DevicesArgs) -> Result<Outcome> {
    let all = adapters();
    if all.is_empty() {
        return Err(no_adapter());
    }
    let mut sound = true;
    let mut text = String::new();
    for adapter in &all {
        sound &= describe(adapter, &mut text)?;
    }
    print(&text)?;
    Ok(if sound { Outcome::Fine } else { Outcome::Wanting })
}

/// One adapter in words; gives whether it passed its self-test.
fn describe(adapter: &Adapter, text: &mut String) -> Result<bool> {
    let limits = adapter.limits(None);
    let result = adapter
        .open(None)
        .map_err(|error| error.to_string())
        .and_then(|mut device| check(&mut device).map(|()| "passed".to_string()));
    let passed = result.is_ok();
    let mebi = |bytes: u64| bytes >> 20;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", adapter.describe());
    if adapter.is_software() {
        let _ = writeln!(text, "  software: only used when named, since the CPU engine is faster");
    }
    let _ = writeln!(
        text,
        "  buffers to {} MiB, workgroup memory {} KiB, {} workgroups a dimension",
        mebi(limits.buffer),
        limits.workgroup >> 10,
        limits.groups
    );
    let verdict = result.unwrap_or_else(|why| format!("FAILED: {why}"));
    let _ = writeln!(text, "  self-test: {verdict}");
    Ok(passed)
}

/// Both fitting kernels against their twins, on two small made-up tables.
fn check(layer: &mut dyn Layer) -> std::result::Result<(), String> {
    for formula in ["E + A*N^-alpha + B*D^-beta", "c + exp(sum(j, t[j]*w[j]))"] {
        let problem = sample(formula).map_err(|error| error.to_string())?;
        let kernel = Kernel::fit(&problem.forms, Shape::default(), layer.limits().workgroup)?;
        self_test(layer, &kernel, &problem, 0).map_err(|fault| fault.to_string())?;
    }
    Ok(())
}

/// A table of a few rows for a formula over twelve domains, N and D.
fn sample(formula: &str) -> Result<Problem> {
    const ROWS: usize = 40;
    let law = Arc::new(Law::from_formula(formula)?);
    let domains: Vec<String> = (0..12).map(|j| format!("w{j}")).collect();
    let model = Arc::new(Model::new(&law, &domains, &|_| false, &Changes::default())?);
    let forms = Arc::new(Forms::new(model, Objective::default()));
    let column = |number: usize| -> Arc<Vec<f64>> {
        let cell = |row: usize| 0.1 + ((7 * row + 3 * number * row + number) % 11) as f64;
        Arc::new((0..ROWS).map(cell).collect())
    };
    let columns = (0..forms.symbols.len()).map(column).collect();
    Ok(Problem::new(forms, Arc::new(Sample::new(columns)), 0..ROWS, None))
}
