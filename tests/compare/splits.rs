//! From small models to larger ones.

use serde_json::Value;

use crate::support::program::Folder;
use crate::support::public;
use crate::{ROLES, of, planted};

/// Losses at four sizes: the planted ones, and the same with a constant a size.
fn sizes() -> String {
    let text = planted(60, 0.0);
    let mut lines = text.lines();
    let mut out = format!("{}\n", lines.next().expect("a header"));
    for line in lines.step_by(2) {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().expect("a number")).collect();
        for (size, shift) in [(1.0, 0.0), (2.0, -0.25), (4.0, -0.5), (8.0, -0.75)] {
            let [x, y] = [cells[4] + shift, cells[5] + shift];
            out += &format!("{},{},{},{size},{x},{y}\n", cells[0], cells[1], cells[2]);
        }
    }
    out
}

/// Each size is predicted from all smaller ones: the smaller ones' losses are higher by 0.25, 0.375 and
/// 0.5 on average, and their ranks the same.
#[test]
fn each_size_is_predicted_from_smaller_ones() {
    let folder = Folder::new();
    folder.file("runs.csv", sizes());
    let more = ["--model", "log-linear", "--small-to-large", "N", "--leave-out", "N"];
    let answer = folder.answer(&[&["runs.csv"], &ROLES[..], &more].concat());
    let names: Vec<&Value> =
        answer["schemes"].as_array().expect("schemes").iter().map(|s| &s["name"]).collect();
    assert_eq!(names, ["each N left out", "each N from smaller ones"]);
    let result = of(&answer, 1, "log-linear");
    assert_eq!(answer["schemes"][1]["splits"], 3);
    let mean = |measure: &str| result["mean"][measure].as_f64().expect("a measure");
    assert!((mean("bias") - (0.25 + 0.375 + 0.5) / 3.0).abs() < 1e-6, "{result}");
    assert!((mean("optimism") + mean("bias")).abs() < 1e-6, "{result}");
    assert!((mean("slope") - 1.0).abs() < 1e-6 && mean("top_tenth") == 1.0, "{result}");
    // Sizes apart: a rank correlation over all of them at once would be that of levels.
    assert!(mean("spearman") > 0.9999 && mean("rows") == 30.0, "{result}");
    assert!(of(&answer, 0, "log-linear")["mean"]["spearman"].as_f64() < Some(0.99));
}

#[test]
fn a_column_of_sizes_is_needed() {
    let folder = Folder::new();
    folder.file("runs.csv", planted(40, 0.0));
    let with =
        |more: &[&'static str]| [&["runs.csv"], &ROLES[..], &["--model", "ols"], more].concat();
    folder.refuses(&with(&["--small-to-large", "M"]), 3, &["runs.csv", "no column `M`"]);
    let one = ["--where", "N < 1.5", "--small-to-large", "N"];
    folder.refuses(&with(&one), 3, &["column `N`", "1 different values"]);
}

/// The runs of Data Mixing Laws from 5,000 steps on: later checkpoints from earlier ones.
#[test]
fn later_checkpoints_from_earlier_ones() {
    let Some(path) = public("mixinglaws/RedPajama_70M.csv") else { return };
    let path = path.display().to_string();
    let roles = ["--mixture", "r?", "--target", "loss_Github", "--target", "loss_ArXiv"];
    let more = ["--model", "log-linear", "--model", "lookup", "--small-to-large", "step"];
    // The last run is a mixture of its own, whose proportions do not sum to 1.
    let more = [&more[..], &["--where", "run_index < 900"]].concat();
    let answer = Folder::new().answer(&[&[path.as_str()], &roles[..], &more].concat());
    let [law, lookup] = ["log-linear", "lookup"].map(|model| of(&answer, 0, model));
    let spearman = |result: &Value| result["mean"]["spearman"].as_f64().expect("a correlation");
    assert!(spearman(law) > 0.9, "{law}");
    // Losses fall with every step, so what is learnt earlier is too high later.
    assert!(law["mean"]["bias"].as_f64() > Some(0.0) && spearman(lookup) > 0.5, "{lookup}");
}
