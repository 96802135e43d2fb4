//! Models that are not read: what is wrong is told with file and line, and nothing panics.

use super::{golden, predictions, read_text};
use crate::support::{Random, file};

fn model(name: &str) -> String {
    std::fs::read_to_string(file(&format!("tests/regress/golden/{name}.txt"))).expect("a model")
}

#[test]
fn other_models_are_refused_by_line() {
    let good = model("missing");
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("tree\n", "wood\n", "line 1: the first line"),
        ("num_class=1", "num_class=3", "line 3: `num_class` is 3"),
        ("num_class=1", "num_class=1\naverage_output", "line 4: a random forest"),
        ("objective=regression", "objective=binary sigmoid:1", "line 7: the objective is `binary"),
        ("objective=regression", "objective=regression sqrt", "line 7: the objective"),
        ("objective=regression\n", "", "line 1: no `objective=` follows"),
        ("max_feature_idx=3", "max_feature_idx=9", "the last feature is 9"),
        ("max_feature_idx=3", "max_feature_idx=x", "line 6: `max_feature_idx` holds `x`"),
        ("num_class=1", "num_class=1\nnum_class=1", "line 4: `num_class` stands in line 3"),
        ("Tree=0", "Tree=5", "line 12: tree 5 stands where 0 belongs"),
        ("num_leaves=31", "num_leaves=30", "`leaf_value` has 31 values where 30 belong"),
        ("num_leaves=31", "num_leaves=0", "line 13: a tree without leaves"),
        ("num_cat=0", "num_cat=2", "line 14: categorical features"),
        ("is_linear=0", "is_linear=1", "linear trees"),
        ("decision_type=", "decision_type=1 ", "31 values where 30"),
        ("leaf_value=", "leaf_value=inf ", "32 values where 31"),
        ("end of trees", "", "the file ends before"),
    ];
    for (from, to, cause) in cases {
        let text = good.replacen(from, to, 1);
        let error = read_text(folder.path(), text.as_bytes()).expect_err(cause);
        let shown = error.to_string();
        assert!(shown.contains(cause) && shown.contains("model.txt"), "{cause}: {shown}");
        assert!(shown.contains("remedy: "), "{shown}");
    }
    let error = read_text(folder.path(), b"tree\n\xff").expect_err("not text");
    assert!(error.to_string().contains("line 2: this is not UTF-8"), "{error}");
}

/// A value of one line changed, at every place of every list of a tree.
#[test]
fn lists_are_checked_value_by_value() {
    let good = model("missing");
    let folder = tempfile::tempdir().expect("a folder");
    let lists =
        ["split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value"];
    for name in lists {
        let start = good.find(&format!("{name}=")).expect("the list") + name.len() + 1;
        let end = start + good[start..].find('\n').expect("its end");
        let values: Vec<&str> = good[start..end].split(' ').collect();
        for place in 0..values.len() {
            let mut broken = values.clone();
            // Too high for a feature, a child or a decision; no threshold and no value.
            broken[place] = if matches!(name, "threshold" | "leaf_value") { "nan" } else { "77" };
            let text = [&good[..start], &broken.join(" "), &good[end..]].concat();
            let error = read_text(folder.path(), text.as_bytes()).expect_err(name);
            assert!(error.to_string().contains("line "), "{error}");
        }
    }
}

/// Bytes changed, dropped and doubled at random: read or refused, never a panic, and what is read
/// predicts.
#[test]
fn broken_files_never_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, samples, _) = golden("missing");
    let good = model("missing").into_bytes();
    let mut random = Random(11);
    let mut refused = 0;
    for _ in 0..600 {
        let mut bytes = good.clone();
        for _ in 0..1 + (random.unit() * 3.0) as usize {
            let at = (random.unit() * bytes.len() as f64) as usize;
            match (random.unit() * 4.0) as usize {
                0 => bytes[at] = b"0123456789-=.e \nx\xff"[(random.unit() * 18.0) as usize],
                1 => drop(bytes.remove(at)),
                2 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"019- \n="[(random.unit() * 7.0) as usize]),
            }
        }
        match read_text(folder.path(), &bytes) {
            Ok(forest) if forest.names().len() == samples.domains => {
                assert!(predictions(&forest, &samples).iter().all(|x| !x.is_nan()));
            }
            Ok(_) => {}
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("model.txt: line "), "{error}");
            }
        }
    }
    assert!((100..600).contains(&refused), "{refused} refused");
}
