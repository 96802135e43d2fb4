//! The engines through the program itself.

use std::process::{Command, Output};

use mixlaw::engine::gpu::adapters;
use serde_json::Value;

use crate::adapter;
use crate::support::file;

fn mixlaw(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
    command.args(arguments).current_dir(file(""));
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const FIT: [&str; 10] = [
    "fit",
    "datasets/slimpajama-planted/runs.csv",
    "--mixture",
    "weight_*",
    "--target",
    "*_loss",
    "--derive",
    "s = tokens / 1e9",
    "--law",
    "bimix",
];

/// Hides every Vulkan driver from the program.
fn without_driver(command: &mut Command) -> &mut Command {
    command.env("VK_DRIVER_FILES", "/nonexistent.json").env("VK_ICD_FILENAMES", "/nonexistent.json")
}

fn document(extra: &[&str]) -> Value {
    let output = run(mixlaw(&FIT).args(extra).args(["--json", "-"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn both_engines_write_the_same_document() {
    let Some(adapter) = adapter() else { return };
    let gpu = document(&["--engine", "gpu", "--adapter", adapter.name()]);
    let cpu = document(&["--engine", "cpu"]);
    assert_eq!(gpu["engine"]["name"], "gpu");
    assert_eq!(cpu["engine"]["name"], "cpu");
    assert!(gpu["engine"].get("notes").is_none(), "{}", gpu["engine"]);
    let (ours, theirs) = (&gpu["fits"], &cpu["fits"]);
    assert_eq!(ours.as_array().map(Vec::len), Some(7));
    for (a, b) in ours.as_array().into_iter().flatten().zip(theirs.as_array().into_iter().flatten())
    {
        assert_eq!(a["status"], b["status"]);
        let [x, y] = [a, b].map(|fit| fit["objective"].as_f64().unwrap_or(f64::NAN));
        assert!((x - y).abs() <= 1e-9 * y, "{x} is not {y}");
    }
}

#[test]
fn devices_are_listed_and_tested() {
    if adapter().is_none() {
        return;
    }
    let output = run(&mut mixlaw(&["devices"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let listed = text(&output.stdout);
    assert!(listed.contains("self-test: passed"), "{listed}");
    for adapter in adapters() {
        assert!(listed.contains(adapter.name()), "{listed}");
    }
}

#[test]
fn without_a_driver_the_cpu_works_and_the_gpu_is_refused() {
    let output = run(without_driver(&mut mixlaw(&FIT)));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("\ncpu, f64"), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr), "");
    for arguments in [vec!["--engine", "gpu"], vec!["--adapter", "all"]] {
        let output = run(without_driver(&mut mixlaw(&FIT)).args(&arguments));
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains("apt-get install") && said.contains("--engine cpu"), "{said}");
        assert!(output.stdout.is_empty());
    }
    let output = run(without_driver(&mut mixlaw(&["devices"])));
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn much_work_without_a_driver_says_where_it_went() {
    let output =
        run(without_driver(&mut mixlaw(&FIT)).args(["--starts", "60000", "--law", "bimix-share"]));
    let said = text(&output.stdout);
    assert!(said.contains("no GPU: no driver"), "{said}");
}

#[test]
fn flags_that_mean_nothing_are_refused() {
    let cases: [(&[&str], i32, &str); 4] = [
        (&["--engine", "cpu", "--adapter", "x"], 2, "--engine cpu uses none"),
        (&["--gpu-memory", "much"], 2, "not a size"),
        (&["--gpu-memory", "99999999999999999999G"], 2, "not a size"),
        (&["--engine", "tpu"], 2, "tpu"),
    ];
    for (arguments, code, said) in cases {
        let output = run(mixlaw(&FIT).args(arguments));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
    if adapter().is_some() {
        let output = run(mixlaw(&FIT).args(["--adapter", "no such adapter"]));
        assert_eq!(output.status.code(), Some(4));
        assert!(text(&output.stderr).contains("choose among"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_bench_writes_what_it_measured() {
    let arguments = ["bench", "--most", "256", "--scipy", "0", "--resamples", "1", "--json", "-"];
    let mut command = mixlaw(&arguments);
    if adapter().is_none() {
        command.args(["--adapter", "none"]);
    }
    let output = run(command.args(["--only", "bimix"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let start = printed.find("{\n").unwrap_or_else(|| panic!("no JSON in {printed}"));
    let document: Value =
        serde_json::from_str(&printed[start..]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(document["schema"], "mixlaw.bench/1");
    let rows = document["rows"].as_array().map_or(0, Vec::len);
    assert_eq!(rows, 1 + usize::from(adapter().is_some()), "{document}");
    for agreement in document["agreements"].as_array().into_iter().flatten() {
        assert!(agreement["difference"].as_f64().is_some_and(|d| d < 1e-9), "{agreement}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_long_fit_at_once() {
    let arguments = ["--starts", "16000000", "--engine", "cpu"];
    let mut child = mixlaw(&FIT)
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.is_ok_and(|status| status.success()));
    let status = child.wait().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_lattice_is_the_same_on_both_engines() {
    let Some(adapter) = adapter() else { return };
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let fit = folder.path().join("fit.json").display().to_string();
    let output = run(mixlaw(&FIT).args(["--engine", "cpu", "--json", &fit]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let search = |extra: &[&str]| -> Value {
        let mut command = mixlaw(&["search", &fit, "--method", "lattice", "--at", "s=25"]);
        let output = run(command.args(extra).args(["--json", "-"]));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}"))
    };
    // A mean of terms of one share each is left to dynamic programming where no device is asked for.
    for (goal, how) in [("mean", "dynamic programming over 230230"), ("worst", "all 230230")] {
        let gpu = search(&["--goal", goal, "--engine", "gpu", "--adapter", adapter.name()]);
        let cpu = search(&["--goal", goal, "--engine", "cpu"]);
        assert_eq!(gpu["candidates"], cpu["candidates"]);
        assert_eq!(gpu["evaluated"], 230_230);
        assert!(gpu["method"].as_str().is_some_and(|method| method.contains("on the GPU")));
        let method = cpu["method"].as_str().unwrap_or_default();
        assert!(method.contains(how) && !method.contains("GPU"), "{method}");
    }
}
