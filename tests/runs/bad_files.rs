//! Files that cannot be read or joined.

use mixlaw::runs::{RoleSpec, read};

use super::{Folder, list, read_text, refused, usual};

#[test]
fn a_file_that_is_not_there_names_the_cause() {
    for name in ["none.csv", "none.jsonl"] {
        let path = Folder::new().0.path().join(name);
        refused(read(&[path], None, &usual()), 3, &[name, "No such file"]);
    }
    let folder = Folder::new();
    refused(read(&[folder.0.path().to_path_buf()], None, &usual()), 3, &["directory"]);
    refused(read(&[], None, &usual()), 2, &["no run table"]);
}

#[test]
fn empty_files_and_lone_headers_are_refused() {
    refused(read_text("", &usual()), 3, &["runs.csv: ", "is empty"]);
    refused(read_text("\n\n", &usual()), 3, &["is empty"]);
    refused(read_text("weight_a,x_loss\n", &usual()), 3, &["runs.csv: ", "no rows"]);
    let folder = Folder::new();
    refused(read(&[folder.file("a.jsonl", "\n")], None, &usual()), 3, &["a.jsonl", "is empty"]);
    refused(read(&[folder.file("a.jsonl", "{}\n")], None, &usual()), 3, &["a.jsonl", "no rows"]);
}

#[test]
fn ragged_rows_name_their_row_and_line() {
    let table = "weight_a,weight_b,x_loss\n1,0,3\n\n0,1\n";
    refused(read_text(table, &usual()), 3, &["runs.csv, row 2: ", "2 cells", "3 columns"]);
    let table = "weight_a,x_loss\n1,3\n1,3,5\n";
    refused(read_text(table, &usual()), 3, &["row 2: ", "3 cells", "2 columns"]);
    let table = "weight_a,x_loss\n1,\"3\n1,3\n1,4\n";
    refused(read_text(table, &usual()), 3, &["runs.csv"]);
}

#[test]
fn header_names_must_be_there_once_and_in_utf8() {
    let twice = "weight_a,x_loss,weight_a\n1,2,3\n";
    refused(read_text(twice, &usual()), 3, &["column `weight_a`: ", "columns 1 and 3"]);
    refused(read_text("weight_a,,x_loss\n1,2,3\n", &usual()), 3, &["column 2", "no name"]);
    refused(read_text(b"weight_a,l\xf6ss\n1,2\n", &usual()), 3, &["column 2", "not UTF-8"]);
    refused(read_text([b'\xff', b'\xfe', b'a', 0], &usual()), 3, &["not UTF-8"]);
}

#[test]
fn a_huge_line_is_an_ordinary_error() {
    let long = "x".repeat(20_000_000);
    let result = read_text(format!("weight_a,x_loss\n1,{long}\n"), &usual());
    let message = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    assert!(message.len() < 1000);
    refused(result, 3, &["row 1, column `x_loss`: `xxxx", "...` is not a number"]);
    refused(read_text(long.clone(), &usual()), 3, &["column 1", "20000000 bytes long"]);
    let folder = Folder::new();
    refused(
        read(&[folder.file("a.jsonl", long)], None, &usual()),
        3,
        &["a.jsonl, row 1", "xx...`"],
    );
}

#[test]
fn broken_json_names_its_row() {
    let folder = Folder::new();
    let read = |text: &str| read(&[folder.file("a.jsonl", text)], None, &usual());
    refused(read("{\"x\":1}\n[1]\n"), 3, &["a.jsonl, row 2: ", "a JSON object"]);
    refused(read("{\"x\":1}\n\n{\"x\":\n"), 3, &["row 2: ", "{\"x\":"]);
    refused(read("{\"x\":1,\"x\":2}\n"), 3, &["row 1, column `x`: ", "twice"]);
    refused(read(&format!("{}1\n", "{\"a\":".repeat(100_000))), 3, &["row 1: "]);
    refused(read(&"[".repeat(100_000)), 3, &["row 1: "]);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_parquet_the_remedy_names_the_feature() {
    let path = Folder::new().file("a.parquet", "PAR1");
    refused(read(&[path], None, &usual()), 3, &["a.parquet: ", "--features parquet"]);
}

/// Joins `a.csv` and `b.csv`.
fn joined(a: &str, b: &str, key: Option<&str>) -> Result<mixlaw::runs::Runs, mixlaw::error::Error> {
    let folder = Folder::new();
    let paths = [folder.file("a.csv", a), folder.file("b.csv", b)];
    read(&paths, key, &RoleSpec { target: list(&["x_loss"]), ..usual() })
}

#[test]
fn files_without_a_common_key_are_refused() {
    let (a, b) = ("id,weight_a\n1,1\n", "run,x_loss\n1,1\n");
    refused(joined(a, b, None), 2, &["no key column in common", "`run`", "--join COLUMN"]);
    refused(joined(a, b, Some("id")), 2, &["b.csv has no column `id`"]);
    let (a, b) = ("id,weight_a\n1,1\n", "id,x_loss\nr1,1\n");
    refused(joined(a, b, None), 3, &["a.csv, column `id`: ", "`1` here and `r1` in", "b.csv"]);
}

#[test]
fn keys_must_be_there_once() {
    let a = "id,weight_a\n1,1\n2,1\n";
    refused(
        joined(a, "id,x_loss\n1,1\n2,2\n1,3\n", None),
        3,
        &["b.csv, row 3, column `id`: ", "`1` already stands in row 1"],
    );
    refused(joined(a, "id,x_loss\n1,1\n,2\n", None), 3, &["b.csv, row 2, column `id`: ", "empty"]);
    refused(joined(a, "id,x_loss\nx,1\n,2\n", None), 3, &["b.csv, row 2, column `id`: ", "empty"]);
}

#[test]
fn columns_of_both_files_must_agree() {
    let (a, b) = ("id,N,weight_a\n1,5,1\n2,6,1\n", "id,N,x_loss\n2,7,1\n1,5,2\n");
    let parts = ["a.csv, row 2, column `N`: ", "`6` here, `7` in", "b.csv, row 1"];
    refused(joined(a, b, None), 3, &parts);
}
