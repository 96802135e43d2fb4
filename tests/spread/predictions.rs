//! Intervals of predictions: what they hold of new runs, by hand, and where they are void.

use mixlaw::problem::{Loss, Objective, Residual};
use mixlaw::report::draws::{Change, Draw, Draws, Held};
use mixlaw::report::intervals::RowSpread;
use mixlaw::report::{FitReport, PredictReport};
use mixlaw::runs::{RoleSpec, Runs, Table};
use mixlaw::study::predict_with;
use serde_json::json;

use crate::support::program::Folder;
use crate::support::{Random, list, options, runs};
use crate::{Kinds, Made, Sweep, draw};

fn predicted(sweep: &Sweep, new: &Runs, level: f64) -> PredictReport {
    let folder = Folder::new();
    folder.draws("draws.jsonl", &sweep.draws);
    let draws = Draws::open(&folder.path().join("draws.jsonl")).expect("draws");
    predict_with(&sweep.fit, new, &draws, level).unwrap_or_else(|error| panic!("{error}"))
}

/// Rows of `2 + 3 / x`, whose errors are a part of the loss.
fn column(random: &mut Random, rows: usize) -> Vec<(String, Vec<f64>)> {
    let x: Vec<f64> = (0..rows).map(|_| random.between(1.0, 4.0)).collect();
    let y = x.iter().map(|x| (2.0 + 3.0 / x) * (0.02 * random.normal()).exp()).collect();
    vec![("x".into(), x), ("loss".into(), y)]
}

/// How many of some new runs lie within what `ends` gives, and of how many.
fn held(report: &PredictReport, ends: impl Fn(&RowSpread) -> Option<[f64; 2]>) -> [usize; 2] {
    let rows = report.predictions[0].rows.iter();
    let inside = |row: &mixlaw::report::RowValue| {
        let [low, high] = ends(row.spread.as_ref()?)?;
        Some((low..=high).contains(&row.observed?))
    };
    let all: Vec<bool> = rows.filter_map(inside).collect();
    [all.iter().filter(|inside| **inside).count(), all.len()]
}

/// Twenty tables of 30 runs and 40 new runs each. Of jackknife+ intervals at a level of 0.9, at least 80 % must
/// hold a new run, and about 90 % do; so do the percentiles of resamples with errors of unseen rows.
#[test]
fn new_runs_are_held_as_often_as_is_said() {
    for residual in [Residual::Raw, Residual::Log, Residual::Relative] {
        let roles =
            RoleSpec { target: list(&["loss"]), input: list(&["x"]), ..RoleSpec::default() };
        let how = options(Objective { residual, loss: Loss::Squared }, 0, 4);
        let kinds = Kinds { resamples: 60, rows: true, mixtures: false };
        let mut random = Random(23);
        let mut sums = [[0; 2]; 3];
        for _ in 0..20 {
            let table = runs(column(&mut random, 30), &roles);
            let sweep = Sweep::new(&table, &roles, "E + A / x", &how, kinds);
            let new = runs(column(&mut random, 40), &roles);
            let report = predicted(&sweep, &new, 0.9);
            let info = report.predictions[0].intervals.expect("intervals");
            let jackknife = info.jackknife_plus.expect("jackknife+");
            assert_eq!([jackknife.refits, jackknife.failed, info.resamples], [30, 0, 60]);
            assert!((jackknife.guarantee.expect("one") - 0.8).abs() < 1e-12);
            assert!(info.cv_plus.is_none());
            let bounded = |ends: Option<[Option<f64>; 2]>| Some([ends?[0]?, ends?[1]?]);
            let counted = [
                held(&report, |spread| bounded(spread.jackknife_plus)),
                held(&report, |spread| spread.run_interval),
                held(&report, |spread| spread.value_interval),
            ];
            assert_eq!(counted[0][1] + info.void, 40);
            for (sum, [inside, all]) in sums.iter_mut().zip(counted) {
                *sum = [sum[0] + inside, sum[1] + all];
            }
        }
        let [jackknife, new, value] = sums.map(|[inside, all]| inside as f64 / all as f64);
        assert!((0.85..=0.97).contains(&jackknife), "{residual:?}: jackknife+ {jackknife}");
        assert!((0.84..=0.96).contains(&new), "{residual:?}: new runs {new}");
        // The law's own value is known far better than a run.
        assert!(value < 0.6, "{residual:?}: {value}");
    }
}

/// `c` for every mixture: predictions of refits are their constants.
fn constant() -> Made<'static> {
    Made {
        domains: &["x", "y"],
        formula: "c + 0 * w[x]",
        targets: &["loss"],
        parameters: &[("c", 5.0)],
    }
}

fn left_out(row: u32, constant: f64, observed: f64) -> Draw {
    let held = Held {
        rows: vec![u64::from(row)],
        predicted: vec![Some(constant)],
        observed: vec![observed],
    };
    let change = Change::WithoutRow { row: u64::from(row) };
    Draw { held: Some(held), ..draw("loss", change, &[("c", constant)]) }
}

/// Nine refits without a row, whose constants are 1 to 9, each 0.5 from its row; 20 resamples from 0 to 19.
fn nine() -> Vec<Draw> {
    let resample =
        |n: u32| draw("loss", Change::Resample { number: n.into() }, &[("c", f64::from(n))]);
    let left = (1..=9).map(|n| left_out(n, f64::from(n), f64::from(n) + 0.5));
    (0..20).map(resample).chain(left).collect()
}

fn document() -> serde_json::Value {
    let mut fit = constant().document();
    fit["runs"]["mixtures"] = json!([[0.0, 1.0], [0.6, 0.4], [0.2, 0.8]]);
    fit["runs"]["mixtures"]
        .as_array_mut()
        .expect("a list")
        .extend((0..6).map(|i| json!([0.3 + 0.01 * f64::from(i), 0.7 - 0.01 * f64::from(i)])));
    fit
}

#[test]
fn intervals_are_those_worked_out_by_hand() {
    let folder = Folder::with(&document(), &nine());
    folder.file("new.csv", "x,y\n0.5,0.5\n0.9,0.1\n0.7,0.3\n");
    let predict = ["predict", "fit.json", "--runs", "new.csv", "--draws", "draws.jsonl"];
    let report = folder.json(&[&predict[..], &["--level", "0.8"]].concat());
    let prediction = &report["predictions"][0];
    let row = &prediction["rows"][0];
    // Ranks 8 and 2 of 9 of c + 0.5 and c - 0.5.
    assert_eq!(row["jackknife_plus"], json!([1.5, 8.5]));
    assert_eq!(row["value_interval"].as_array().map(Vec::len), Some(2));
    let near = |x: &serde_json::Value, known: f64| {
        assert!((x.as_f64().expect("a number") - known).abs() < 1e-9, "{x} is not {known}");
    };
    // Places 1.9 and 17.1 of 0 to 19; the standard deviation of 0 to 19.
    near(&row["value_interval"][0], 1.9);
    near(&row["value_interval"][1], 17.1);
    near(&row["std_error"], 35.0_f64.sqrt());
    // Nine errors are too few for new runs.
    assert!(row.get("run_interval").is_none());
    near(&prediction["intervals"]["jackknife_plus"]["guarantee"], 0.6);
    // The second row is farther outside than any run is from the others, and the third is not: 0.3 and 0.1 in
    // either share against 0.25.
    assert!(prediction["rows"][2].get("void").is_none());
    let row = &prediction["rows"][1];
    assert!(row.get("jackknife_plus").is_none());
    assert!(row["void"].as_str().is_some_and(|why| why.contains("outside the hull")), "{row}");
    assert_eq!(prediction["intervals"]["void"], 1);
    near(&row["value_interval"][0], 1.9);
    assert_eq!(report["draws"]["level"], 0.8);
    let text = folder.run(&predict).stdout;
    for part in ["void in 1 rows, such as row 2", "9 refits without rows", "at least 80 %"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    // 95 % of nine has no rank: not bounded.
    let report = folder.json(&[&predict[..], &["--level", "0.95"]].concat());
    assert_eq!(report["predictions"][0]["rows"][0]["jackknife_plus"], json!([null, null]));
    // Without draws all is as it was.
    let report = folder.json(&predict[..4]);
    assert!(report.get("draws").is_none());
    let keys = report["predictions"][0]["rows"][0].as_object().expect("a row").len();
    assert_eq!(keys, 3);
}

#[test]
fn a_refit_that_failed_may_be_wrong_by_any_amount() {
    let mut draws = nine();
    draws[24].parameters.clear();
    draws[24].held = None;
    let folder = Folder::with(&document(), &draws);
    folder.file("new.csv", "x,y\n0.5,0.5\n");
    let predict = ["predict", "fit.json", "--runs", "new.csv", "--draws", "draws.jsonl"];
    let at = |level: &str| {
        let report = folder.json(&[&predict[..], &["--level", level]].concat());
        assert_eq!(report["predictions"][0]["intervals"]["jackknife_plus"]["failed"], 1);
        report["predictions"][0]["rows"][0]["jackknife_plus"].clone()
    };
    assert_eq!(at("0.9"), json!([null, null]));
    // Ranks of 1, 2, 3, 4, 6, 7, 8, 9 with an infinite one at either end.
    assert_eq!(at("0.8"), json!([0.5, 9.5]));
}

#[test]
fn mixtures_of_several_rows_have_cv_without_a_guarantee() {
    let mut draws = nine();
    for (n, one) in draws.iter_mut().skip(20).enumerate() {
        let held = one.held.as_mut().expect("held");
        held.observed.push(held.observed[0] + 0.5);
        held.predicted.push(held.predicted[0]);
        held.rows.push(100 + n as u64);
        one.change = Change::WithoutMixture { row: held.rows[0] };
    }
    let folder = Folder::with(&document(), &draws);
    folder.file("new.csv", "x,y\n0.5,0.5\n");
    let predict = ["predict", "fit.json", "--runs", "new.csv", "--draws", "draws.jsonl"];
    let prediction = &folder.json(&predict)["predictions"][0];
    let cv = &prediction["intervals"]["cv_plus"];
    assert_eq!([&cv["refits"], &cv["errors"]], [9, 18]);
    assert!(cv["guarantee"].is_null());
    // 18 errors at 90 %: ranks 18 and 1 of c + 0.5 or c + 1, and of c - 0.5 or c - 1.
    assert_eq!(prediction["rows"][0]["cv_plus"], json!([0.0, 10.0]));
    assert!(prediction["rows"][0].get("jackknife_plus").is_none());
}

#[test]
fn inputs_beyond_the_runs_are_void() {
    let roles = RoleSpec { target: list(&["loss"]), input: list(&["x"]), ..RoleSpec::default() };
    let how = options(Objective::default(), 0, 4);
    let kinds = Kinds { resamples: 20, rows: true, mixtures: false };
    let table = runs(column(&mut Random(3), 25), &roles);
    let sweep = Sweep::new(&table, &roles, "E + A / x", &how, kinds);
    let ranges = &sweep.fit.runs.ranges;
    assert_eq!(ranges.len(), 1);
    let [low, high] = ranges[0].1;
    let x = vec![low, high, 0.5 * low, 2.0 * high];
    let new = Table::from_columns("new", vec![("x".into(), x)])
        .and_then(|table| Runs::for_prediction(table, &roles))
        .unwrap_or_else(|error| panic!("{error}"));
    let report = predicted(&sweep, &new, 0.9);
    let void: Vec<bool> = report.predictions[0]
        .rows
        .iter()
        .map(|row| {
            let spread = row.spread.as_ref().expect("a spread");
            assert_eq!(spread.void.is_some(), spread.jackknife_plus.is_none());
            assert!(spread.run_interval.is_some());
            spread.void.as_ref().is_some_and(|why| why.contains("x = ") && why.contains("beyond"))
        })
        .collect();
    assert_eq!(void, [false, false, true, true]);
    // A document of an earlier version has no ranges, and is read all the same.
    let mut old = serde_json::to_value(&sweep.fit).expect("json");
    old["runs"].as_object_mut().expect("runs").remove("ranges");
    let fit: FitReport = serde_json::from_value(old).expect("a document");
    let report = predicted(&Sweep { fit, draws: sweep.draws }, &new, 0.9);
    let why = report.predictions[0].rows[0].spread.clone().and_then(|spread| spread.void);
    assert!(why.is_some_and(|why| why.contains("does not hold the range of `x`")));
}
