//! Tables that cannot be used, or only with care.

use super::{FINE, Folder, USUAL, changed};

#[track_caller]
fn refused(table: impl AsRef<[u8]>, parts: &[&str]) {
    Folder::with(table).fit_refuses(&[], 3, parts);
}

#[test]
fn a_fine_table_is_fitted() {
    let folder = Folder::with(FINE);
    let arguments = [&["fit", "runs.csv"], &USUAL[..], &["--json", "out.json"]].concat();
    let ran = folder.run(&arguments);
    ran.ended(0);
    assert!(ran.stdout.contains("converged") && ran.stderr.is_empty(), "{}", ran.stderr);
    assert_eq!(folder.names(), ["out.json", "runs.csv"]);
}

#[test]
fn empty_tables_are_refused() {
    refused("", &["runs.csv: ", "the file is empty"]);
    refused("\n\n", &["runs.csv: ", "the file is empty"]);
    refused("weight_a,weight_b,a_loss\n", &["runs.csv: ", "no rows below its header"]);
}

#[test]
fn a_cell_that_is_no_number_is_named() {
    let place = "runs.csv, row 2, column `weight_a`: ";
    refused(changed("0.5,0.5", "half,0.5"), &[place, "`half` is not a number"]);
    refused(changed("0.5,0.5", "NaN,0.5"), &[place, "the cell is NaN", "--missing drop"]);
    refused(changed("0.5,0.5", ",0.5"), &[place, "the cell is empty", "--missing drop"]);
    refused(changed("0.5,0.5", "inf,0.5"), &[place, "the cell is infinite"]);
    refused(changed("3.25", "-inf"), &["runs.csv, row 2, column `a_loss`: ", "infinite"]);
    refused(changed("3.25", "3,25"), &["runs.csv, row 2: ", "6 cells, the header has 5"]);
}

#[test]
fn a_bad_cell_of_an_input_is_named_when_a_law_reads_it() {
    let folder = Folder::with(changed("0.5,0.5,100", "0.5,0.5,big"));
    let parts = ["runs.csv, row 2, column `N`: ", "`big` is not a number"];
    folder.fit_refuses(&["--law", "c + k*N"], 3, &parts);
    let folder = Folder::with(changed("0.5,0.5,100", "0.5,0.5,NaN"));
    let parts = ["runs.csv, row 2, column `N`: ", "the cell is NaN", "--input 'N' --missing drop"];
    folder.fit_refuses(&["--law", "c + k*N"], 3, &parts);
}

#[test]
fn a_column_may_stand_once() {
    let parts = ["runs.csv, column `weight_a`: ", "columns 1 and 2", "same name", "rename"];
    refused(changed("weight_b", "weight_a"), &parts);
}

#[test]
fn a_row_must_be_a_mixture() {
    refused(changed("0.5,0.5", "0.5,0.4"), &["runs.csv, row 2: ", "sum to 1", "row 2 (0.9)"]);
    let percent = "weight_a,weight_b,a_loss\n25,75,3\n50,50,2\n60,40,1\n";
    refused(percent, &["runs.csv, row 1: ", "sum to about 100", "--percent"]);
    let place = "runs.csv, row 2, column `weight_a`: ";
    refused(changed("0.5,0.5", "-0.5,1.5"), &[place, "negative", "`weight_a` is -0.5"]);
    Folder::with(FINE).fit_refuses(&["--percent"], 3, &["no percentages", "leave out --percent"]);
}

#[test]
fn what_never_varies_is_refused() {
    let table = "weight_a,weight_b,a_loss\n0.5,0.5,3\n1,0,3\n0.2,0.8,3\n";
    refused(table, &["runs.csv, column `a_loss`: ", "is 3 in every row", "--target '!a_loss'"]);
    let table = "weight_a,weight_b,weight_c,a_loss\n0.5,0.5,0,3\n1,0,0,2\n0.2,0.8,0,1\n";
    let parts = ["runs.csv, column `weight_c`: ", "zero in every row", "--mixture '!weight_c'"];
    refused(table, &parts);
    let table = "weight_a,weight_b,a_loss\n0.5,0.5,\n1,0,\n0.2,0.8,\n";
    refused(table, &["runs.csv, column `a_loss`: ", "no value in any row"]);
}

#[test]
fn fewer_rows_than_parameters_are_a_fit_without_an_answer() {
    let folder = Folder::with(FINE);
    let law = "a + b*w[a] + d*w[a]^2 + e*w[a]^3 + f*w[a]^4 + g*N";
    let flags = ["--mixture", "weight_*", "--target", "b_loss", "--json", "out.json"];
    let ran = folder.run(&[&["fit", "runs.csv", "--law", law], &flags[..]].concat());
    ran.ended(1);
    assert!(ran.stdout.contains("too-few-rows"), "{}", ran.stdout);
    assert!(ran.stdout.contains("5 rows cannot determine 6 parameters"), "{}", ran.stdout);
    let text = std::fs::read_to_string(folder.path().join("out.json")).expect("it was written");
    let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(document["fits"][0]["status"], "too-few-rows");
}

#[test]
fn a_byte_order_mark_and_other_line_ends_change_nothing() {
    let plain = fitted(FINE);
    assert_eq!(fitted(&format!("\u{feff}{FINE}")), plain);
    assert_eq!(fitted(&FINE.replace('\n', "\r\n")), plain);
    assert_eq!(fitted(FINE.trim_end()), plain);
}

/// The tables of results: all but the line on the machine.
fn fitted(table: &str) -> String {
    let folder = Folder::with(table);
    let ran = folder.run(&[&["fit", "runs.csv"], &USUAL[..]].concat());
    ran.ended(0);
    ran.stdout
}

#[test]
fn a_line_of_100_megabytes_is_an_ordinary_error() {
    let huge = vec![b'7'; 100 << 20];
    let mut table = FINE.as_bytes().to_vec();
    table.extend(&huge);
    refused(&table, &["runs.csv, row 6: ", "1 cells, the header has 5"]);
    table.extend(b",0.5,1,2,3\n");
    refused(&table, &["runs.csv, row 6, column `weight_a`: "]);
    refused(&huge, &["runs.csv: "]);
    let folder = Folder::new();
    folder.file("runs.jsonl", &huge);
    let arguments = [&["fit", "runs.jsonl"], &USUAL[..]].concat();
    folder.refuses(&arguments, 3, &["runs.jsonl, row 1: ", "one JSON object a line"]);
}

#[test]
fn a_table_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    let fit = |file: &'static str| [&["fit", file], &USUAL[..]].concat();
    folder.refuses(&fit("none.csv"), 3, &["none.csv: ", "cannot read", "check that the file"]);
    folder.refuses(&fit("none.jsonl"), 3, &["none.jsonl: ", "cannot read"]);
    for name in ["folder.csv", "folder.jsonl"] {
        std::fs::create_dir(folder.path().join(name)).expect("a folder");
        folder.refuses(&fit(name), 3, &[name, "cannot read", "irectory"]);
    }
}

#[cfg(unix)]
#[test]
fn a_table_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(FINE);
    let path = folder.path().join("runs.csv");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("mode 0");
    // Nothing is closed to root.
    if std::fs::File::open(&path).is_err() {
        folder.fit_refuses(&[], 3, &["runs.csv: ", "cannot read", "ermission"]);
    }
}

#[test]
fn a_law_finds_its_columns_or_says_how_to_make_them() {
    let folder = Folder::with(changed(",N,", ",model_size,"));
    let parts = ["runs.csv: ", "no column `N`", "`model_size`", "--derive 'N = model_size'"];
    folder.fit_refuses(&["--law", "E + A*N^-alpha"], 3, &parts);
    folder.fit_refuses(&["--law", "chinchilla"], 3, &parts[..3]);
    let derived = ["--law", "c + k*N", "--derive", "N = model_size"];
    folder.run(&[&["fit", "runs.csv"], &USUAL[..], &derived].concat()).ended(0);
    let folder = Folder::with(changed(",N,", ",run/model-size,"));
    let parts = ["--derive 'N = `run/model-size`'"];
    folder.fit_refuses(&["--law", "c + k*N"], 3, &parts);
    let folder = Folder::with(FINE);
    folder.fit_refuses(&["--law", "c + k*D"], 3, &["no column `D`", "--derive 'D = ...'"]);
}

#[test]
fn a_target_without_its_own_domain_is_named() {
    let folder = Folder::with(changed("b_loss", "mean_loss"));
    let parts = ["`mean_loss`", "none among a, b", "--own 'mean_loss=DOMAIN'"];
    folder.fit_refuses(&["--law", "c + k*r"], 2, &parts);
    let own = ["--law", "c + k*r", "--own", "mean_loss=b"];
    folder.run(&[&["fit", "runs.csv"], &USUAL[..], &own].concat()).ended(0);
    // A target named without a star finds the domain that stands in its name.
    let flags = ["--mixture", "weight_*", "--target", "a_loss", "--law", "c + k*r"];
    folder.run(&[&["fit", "runs.csv"], &flags[..]].concat()).ended(0);
}

#[test]
fn a_log_residual_needs_positive_observations() {
    let folder = Folder::with(changed("3.25", "-3.25"));
    for residual in ["log", "relative"] {
        let parts = ["runs.csv, row 2, column `a_loss`: ", "-3.25 is not positive", "--where"];
        folder.fit_refuses(&["--residual", residual], 3, &parts);
    }
    folder.run(&[&["fit", "runs.csv"], &USUAL[..]].concat()).ended(0);
}

#[test]
fn a_check_needs_a_table_too() {
    let folder = Folder::with(changed("0.5,0.5", "0.5,0.4"));
    let check = ["check", "runs.csv", "--mixture", "weight_*", "--json", "out.json"];
    folder.refuses(&check, 3, &["runs.csv, row 2: ", "row 2 (0.9)"]);
    let folder = Folder::with(FINE);
    folder.run(&check).ended(0);
    let text = std::fs::read_to_string(folder.path().join("out.json")).expect("it was written");
    let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(document["schema"], "mixlaw.check/1");
    assert_eq!(document["rows_used"], 5);
    assert_eq!(document["mixture"]["domains"][1]["name"], "b");
    let ran = folder.run(&["check", "runs.csv", "--json", "-"]);
    ran.ended(0);
    assert!(serde_json::from_str::<serde_json::Value>(&ran.stdout).is_ok(), "{}", ran.stdout);
}
