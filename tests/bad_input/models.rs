//! Text models of LightGBM that cannot be predicted with, through `mixlaw predict`.

use super::Folder;

const ROWS: &str = "a,b,c\n0.2,0.3,0.5\n0.5,0.25,0.25\n";

/// Two trees of three features: one of three leaves, one of a single leaf.
const MODEL: &str = "\
tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=regression
feature_names=c a b
feature_infos=none none none

Tree=0
num_leaves=3
num_cat=0
split_feature=1 0
threshold=0.3 0.4
decision_type=2 2
left_child=1 -2
right_child=-1 -3
leaf_value=1 2 4
is_linear=0
shrinkage=1

Tree=1
num_leaves=1
num_cat=0
leaf_value=0.5
is_linear=0
shrinkage=1

end of trees
";

fn predict(folder: &Folder, model: impl AsRef<[u8]>, rows: &str) -> [&'static str; 4] {
    folder.file("model.txt", model);
    folder.file("rows.csv", rows);
    ["predict", "model.txt", "--runs", "rows.csv"]
}

/// The features stand in another order than the columns: the first row goes left by `a` and right by
/// `c`, the second right by `a`.
#[test]
fn features_find_their_columns() {
    let folder = Folder::new();
    let arguments = predict(&folder, MODEL, ROWS);
    let ran = folder.run(&[&arguments[..], &["--json", "-"]].concat());
    ran.ended(0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("json");
    let rows = &document["predictions"][0]["rows"];
    assert_eq!([&rows[0]["predicted"], &rows[1]["predicted"]], [4.5, 1.5]);
    assert_eq!(document["scores"], serde_json::json!([]));
}

#[test]
fn models_that_are_none_are_told_by_line() {
    let folder = Folder::new();
    let cases: [(&str, &str, &str); 13] = [
        ("num_class=1", "num_class=3", "line 3: `num_class` is 3"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=4", "line 4: "),
        ("num_cat=0", "num_cat=1", "line 13: categorical features"),
        ("decision_type=2 2", "decision_type=2 1", "line 16: decision type 1"),
        ("threshold=0.3 0.4", "threshold=0.3 nan", "line 15: `threshold` holds NaN"),
        ("threshold=0.3 0.4", "threshold=0.3", "line 15: `threshold` has 1 values where 2 belong"),
        ("leaf_value=1 2 4", "leaf_value=1 2 inf", "line 19: `leaf_value` holds inf"),
        ("num_leaves=3", "num_leaves=4", "4 belong"),
        ("num_leaves=3", "num_leaves=99999999999", "belong"),
        ("left_child=1 -2", "left_child=0 -2", "line 17: 0 does not belong there"),
        ("left_child=1 -2", "left_child=1 1", "line 17: 1 does not belong there"),
        ("split_feature=1 0", "split_feature=1 7", "line 14: feature 7 of 3"),
        ("objective=regression", "objective=multiclass num_class:3", "line 7: the objective"),
    ];
    for (from, to, cause) in cases {
        assert!(MODEL.contains(from), "{from}");
        let arguments = predict(&folder, MODEL.replacen(from, to, 1), ROWS);
        folder.refuses(&arguments, 3, &["model.txt: ", cause]);
    }
}

#[test]
fn files_that_are_no_models_are_named() {
    let folder = Folder::new();
    let other: [(&[u8], &str); 4] = [
        (b"", "line 1: the first line is not `tree`"),
        (b"loss,web\n1,2\n", "line 1: the first line is not `tree`"),
        (b"tree\n\xff\xfe\x00", "line 2: this is not UTF-8"),
        (b"tree\nversion=v4\n", "the file ends before `end of trees`"),
    ];
    for (bytes, cause) in other {
        let arguments = predict(&folder, bytes, ROWS);
        folder.refuses(&arguments, 3, &["model.txt: ", cause]);
    }
    for cut in [MODEL.len() / 4, MODEL.len() / 2, MODEL.len() - 14] {
        let arguments = predict(&folder, &MODEL[..cut], ROWS);
        folder.refuses(&arguments, 3, &["model.txt: line ", "the file ends before"]);
    }
    let gone = ["predict", "gone.txt", "--runs", "rows.csv"];
    folder.refuses(&gone, 3, &["gone.txt: "]);
    let two = ["predict", "model.txt", "rows.csv", "--runs", "rows.csv"];
    folder.file("model.txt", MODEL);
    folder.refuses(&two, 3, &["rows.csv: ", "not `tree`"]);
}

#[test]
fn features_without_a_column_are_named() {
    let folder = Folder::new();
    let arguments = predict(&folder, MODEL, "a,b,d\n0.2,0.3,0.5\n");
    folder.refuses(&arguments, 3, &["rows.csv: ", "1 of the 3 features of model.txt", "`c`"]);
    let arguments = predict(&folder, MODEL, "a,b,c,d\n0.2,0.3,0.25,0.25\n");
    folder.refuses(&arguments, 3, &["rows.csv, row 1: ", "sum to 1"]);
    let all = [&arguments[..], &["--mixture", "?"]].concat();
    folder.refuses(&all, 3, &["rows.csv: ", "knows nothing about the column `d`", "--mixture '!"]);
    let few = [&arguments[..], &["--mixture", "?", "--mixture", "!c", "--where", "a > 1"]].concat();
    folder.refuses(&few, 3, &["rows.csv"]);
    let text = predict(&folder, MODEL, "a,b,c\n0.2,0.3,half\n");
    folder.refuses(&text, 3, &["rows.csv, row 1, column `c`: ", "`half` is not a number"]);
}
