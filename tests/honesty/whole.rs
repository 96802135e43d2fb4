//! The whole document: it reads back, it does not depend on threads, and bad draws are refused.

use mixlaw::engine::Watch;
use mixlaw::error::Error;
use mixlaw::report::draws::{Change, Draws};
use mixlaw::report::honesty::{HonestyReport, honesty_text};
use mixlaw::runs::RoleSpec;
use mixlaw::study::honesty::{HonestyOptions, honesty};

use crate::planted::{Planted, line};
use crate::support::{RAW, huber, list, runs};

fn planted() -> Planted {
    let loss = huber(mixlaw::problem::Residual::Raw, 0.05);
    let mut planted = Planted::new(&line(16, 0.1, 71), &["a + b*x", "a + b*exp(-c*x)"], loss);
    planted.without_each_row();
    planted.without(&Change::UpTo { column: "x".into(), value: 0.5 }, &[12, 13, 14, 15]);
    planted
}

#[test]
fn the_document_reads_back_and_knows_no_threads() {
    let planted = planted();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        serde_json::to_string(&pool.install(|| planted.honest())).expect("JSON")
    };
    let text = on(1);
    assert_eq!(text, on(3));
    let back: HonestyReport = serde_json::from_str(&text).expect("a document");
    assert_eq!(serde_json::to_string(&back).expect("JSON"), text);
}

#[test]
fn the_text_tells_what_the_document_holds() {
    let text = honesty_text(&planted().honest());
    for part in [
        "which law: y, 16 rows",
        "how far to trust a + b*x: y (converged)",
        "in sample",
        "up-to x 0.500000",
        "profile 95 %",
        "directions, in decades: 0.0",
        "of 16 rows move a parameter by more than 1 standard error",
        "delta (shift in std. errors)",
        "normal (Jarque-Bera): p = ",
        "independent along x (correlation of neighbours",
        "### Fitting",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

#[test]
fn draws_of_other_fits_are_refused() {
    let mut planted = planted();
    planted.draws[4].law = "another".into();
    let error = planted.try_honest(&HonestyOptions::default()).expect_err("a stranger");
    assert!(matches!(error, Error::Input { .. }));
    let text = error.to_string();
    assert!(text.contains("draws.jsonl") && text.contains("law `another`"), "{text}");
    assert!(text.contains("remedy: give the draws of the same sweep"), "{text}");
}

#[test]
fn a_line_that_is_no_draw_is_named() {
    let planted = planted();
    let (folder, path) = planted.written();
    let mut text = std::fs::read_to_string(&path).expect("text");
    text += "{\"unit\": 1}\n";
    std::fs::write(&path, text).expect("a file");
    let draws = Draws::open(&path).expect("draws");
    let error = honesty(
        &planted.runs,
        &planted.cases(),
        Some(&draws),
        &HonestyOptions::default(),
        &Watch::new(),
    )
    .expect_err("a bad line")
    .to_string();
    assert!(error.contains(&format!("row {}", planted.draws.len() + 1)), "{error}");
    drop(folder);
}

#[test]
fn an_interruption_is_heard() {
    let (planted, watch) = (planted(), Watch::new());
    watch.stop();
    let stopped =
        honesty(&planted.runs, &planted.cases(), None, &HonestyOptions::default(), &watch);
    assert!(matches!(stopped, Err(Error::Interrupted)));
}

/// Rows without weight count nowhere.
#[test]
fn rows_without_weight_are_as_if_they_were_not_there() {
    let mut columns = line(20, 0.1, 72);
    columns[1].1[3] = 50.0;
    columns[1].1[7] = -50.0;
    let weight: Vec<f64> = (0..20).map(|row| f64::from(u8::from(row != 3 && row != 7))).collect();
    let short: Vec<(&str, Vec<f64>)> = columns
        .iter()
        .map(|(name, values)| {
            let there = values.iter().enumerate().filter(|(row, _)| *row != 3 && *row != 7);
            (*name, there.map(|(_, value)| *value).collect())
        })
        .collect();
    let mut named: Vec<(String, Vec<f64>)> =
        columns.iter().map(|(name, values)| ((*name).to_string(), values.clone())).collect();
    named.push(("w".into(), weight));
    let spec = RoleSpec { target: list(&["y"]), weight: Some("w".into()), ..RoleSpec::default() };
    let weighted = Planted::of(runs(named, &spec), &["a + b*x"], RAW).honest();
    let plain = Planted::new(&short, &["a + b*x"], RAW).honest();
    let (a, b) = (&weighted.selection[0], &plain.selection[0]);
    assert_eq!((a.rows, a.laws[0].parameters), (b.rows, b.laws[0].parameters));
    let near = |x: Option<f64>, y: Option<f64>| {
        let (x, y) = (x.expect("a number"), y.expect("a number"));
        assert!((x - y).abs() <= 1e-8 * y.abs(), "{x} is not {y}");
    };
    near(a.laws[0].aicc, b.laws[0].aicc);
    let (a, b) = (&weighted.fits[0], &plain.fits[0]);
    near(a.errors[1].sandwich, b.errors[1].sandwich);
    near(a.profiles[1].high.value, b.profiles[1].high.value);
    let (a, b) = (a.residuals.as_ref().expect("r"), b.residuals.as_ref().expect("r"));
    near(a.jarque_bera.statistic, b.jarque_bera.statistic);
    near(a.breusch_pagan[0].test.statistic, b.breusch_pagan[0].test.statistic);
    near(a.deviation, b.deviation);
}
