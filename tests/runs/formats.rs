//! The same table in every text format, and the odd things that programs write.

use mixlaw::runs::{RoleSpec, Runs, read};

use super::{FINE, Folder, list, read_text, usual};

#[track_caller]
fn same(a: &Runs, b: &Runs) {
    assert_eq!(a.domains, b.domains);
    assert_eq!(a.mixture, b.mixture);
    assert_eq!(a.inputs, b.inputs);
    let values = |runs: &Runs| runs.targets.iter().map(|t| t.values.clone()).collect::<Vec<_>>();
    assert_eq!(values(a), values(b));
}

#[test]
fn csv_with_a_byte_order_mark_and_windows_line_ends_is_the_same() {
    let windows = format!("\u{feff}{}", FINE.replace('\n', "\r\n"));
    same(
        &read_text(windows, &usual()).expect("a table"),
        &read_text(FINE, &usual()).expect("fine"),
    );
}

#[test]
fn tabs_and_jsonl_are_the_same() {
    let folder = Folder::new();
    let fine = read_text(FINE, &usual()).expect("a table");
    let tabs = folder.file("runs.TSV", FINE.replace(',', "\t"));
    same(&read(&[tabs], None, &usual()).expect("a table"), &fine);
    let mut lines = FINE.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let objects = lines.map(|line| {
        let cells = names.iter().zip(line.split(','));
        let pairs: Vec<String> = cells.map(|(name, cell)| format!("\"{name}\": {cell}")).collect();
        format!("{{{}}}\n", pairs.join(", "))
    });
    let jsonl = folder.file("runs.jsonl", objects.collect::<String>());
    same(&read(&[jsonl], None, &usual()).expect("a table"), &fine);
}

#[test]
fn nested_keys_absent_keys_and_null_are_read() {
    let folder = Folder::new();
    let text = r#"
{"config":{"mix":{"b":0.75,"a":0.25},"N":10},"val":{"loss":3.0},"extra":null}

{"config":{"mix":{"a":0.5,"b":0.5},"N":20},"val":{"loss":NaN},"tags":["x"],"late":"5"}
{"config":{"mix":{"a":1,"b":0}},"val":{}}
"#;
    let spec = RoleSpec {
        mixture: list(&["config.mix.*"]),
        target: list(&["val.loss"]),
        filter: Some("`config.mix.a` != 0.5".to_string()),
        ..RoleSpec::default()
    };
    let runs = read(&[folder.file("runs.jsonl", text)], None, &spec).expect("a table");
    assert_eq!(runs.domains, ["b", "a"]);
    assert_eq!(runs.targets[0].values[0], 3.0);
    assert!(runs.targets[0].values[1].is_nan());
    assert!(runs.incomplete["config.N"].contains("row 3"), "{}", runs.incomplete["config.N"]);
    assert!(runs.incomplete.contains_key("extra"));
    let strict = RoleSpec { filter: None, ..spec };
    let error = read(&[folder.file("runs.jsonl", text)], None, &strict).expect_err("a NaN");
    assert!(error.to_string().contains("row 2, column `val.loss`: the cell is NaN"), "{error}");
}

#[test]
fn quoted_cells_and_spaces_are_read() {
    let table =
        "\"weight_a\", weight_b ,note,x_loss\n\"0.25\", 0.75,\"a, \"\"b\"\"\n\",1\n0.5,0.5,,2\n";
    let runs = read_text(table, &usual()).expect("a table");
    assert_eq!(*runs.mixture[1], [0.75, 0.5]);
    assert_eq!(runs.len(), 2);
}

#[test]
fn a_table_may_end_without_a_line_end_and_hold_blank_lines() {
    let table = "weight_a,weight_b,x_loss\n\n0.25,0.75,1\n\n0.5,0.5,2";
    let runs = read_text(table, &usual()).expect("a table");
    assert_eq!(runs.row_numbers, [1, 2]);
}
