//! Cells that a role cannot use.

use mixlaw::runs::{MissingPolicy, RoleSpec};

use super::{list, read_text, refused, usual};

#[test]
fn text_in_a_role_names_file_row_and_column() {
    let parts = ["runs.csv, row 2, column `x_loss`: ", "`oops` is not a number"];
    refused(read_text("weight_a,x_loss\n1,2\n1,oops\n", &usual()), 3, &parts);
    let drop = RoleSpec { missing: MissingPolicy::Drop, ..usual() };
    refused(read_text("weight_a,x_loss\n1,2\n1,oops\n", &drop), 3, &parts);
    let parts = ["row 1, column `weight_a`: ", "`50%` is not a number", "--mixture '!weight_a'"];
    refused(read_text("weight_a,x_loss\n50%,2\n", &usual()), 3, &parts);
}

#[test]
fn an_empty_mixture_cell_is_refused() {
    let table = "weight_a,weight_b,x_loss\n1,0,1\n1,,2\n1,,3\n";
    let parts =
        ["runs.csv, row 2, column `weight_b`: ", "the cell is empty", "1 more", "--missing drop"];
    refused(read_text(table, &usual()), 3, &parts);
}

#[test]
fn written_nan_and_infinity_are_told_from_empty_cells() {
    for (cell, complaint) in [("NaN", "is NaN"), ("nan", "is NaN"), ("-inf", "is infinite")] {
        let table = format!("weight_a,x_loss\n1,1\n1,{cell}\n");
        let parts = ["runs.csv, row 2, column `x_loss`: ", complaint, "--missing drop"];
        refused(read_text(table, &usual()), 3, &parts);
        let table = format!("weight_a,x_loss\n1,1\n{cell},2\n");
        let parts = ["runs.csv, row 2, column `weight_a`: ", complaint, "--missing drop"];
        refused(read_text(table, &usual()), 3, &parts);
    }
}

#[test]
fn named_inputs_must_be_complete() {
    let spec = RoleSpec { input: list(&["N"]), ..usual() };
    let table = "weight_a,N,x_loss\n1,3,1\n1,Infinity,2\n";
    refused(read_text(table, &spec), 3, &["row 2, column `N`: ", "infinite", "--missing drop"]);
}

#[test]
fn group_keys_must_be_there() {
    let spec = RoleSpec { by: vec!["set".to_string()], ..usual() };
    let table = "weight_a,set,x_loss\n1,p,1\n1,,2\n";
    refused(read_text(table, &spec), 3, &["row 2, column `set`: ", "empty", "--missing drop"]);
    let table = "weight_a,set,x_loss\n1,7,1\n1,,2\n";
    refused(read_text(table, &spec), 3, &["row 2, column `set`: ", "empty", "--missing drop"]);
}

#[test]
fn row_weights_are_finite_and_not_negative() {
    let spec = RoleSpec { weight: Some("k".to_string()), ..usual() };
    let read = |cells: [&str; 2]| {
        read_text(format!("weight_a,k,x_loss\n1,{},1\n1,{},2\n", cells[0], cells[1]), &spec)
    };
    refused(read(["1", "-0.5"]), 3, &["row 2, column `k`: ", "-0.5 is negative"]);
    refused(read(["1", ""]), 3, &["row 2, column `k`: ", "empty"]);
    refused(read(["1", "inf"]), 3, &["row 2, column `k`: ", "infinite"]);
    refused(read(["1", "much"]), 3, &["row 2, column `k`: ", "`much` is not a number"]);
    refused(read(["0", "0"]), 3, &["column `k`: ", "every row has weight 0"]);
}

#[test]
fn dropping_every_row_is_refused() {
    let drop = RoleSpec { missing: MissingPolicy::Drop, ..usual() };
    let table = "weight_a,weight_b,x_loss\n1,,1\n,1,2\n";
    refused(read_text(table, &drop), 3, &["runs.csv: ", "none of the 2 rows"]);
}

#[test]
fn a_target_must_vary_and_have_values() {
    let parts = ["runs.csv, column `x_loss`: ", "2.5 in every row used", "--target '!x_loss'"];
    refused(read_text("weight_a,x_loss\n1,2.5\n1,2.5\n", &usual()), 3, &parts);
    let parts = ["column `y_loss`: ", "no value in any row"];
    refused(read_text("weight_a,x_loss,y_loss\n1,2,\n1,3,\n", &usual()), 3, &parts);
    let grouped = RoleSpec { by: vec!["weight_a".to_string()], ..usual() };
    assert!(read_text("weight_a,x_loss\n1,2.5\n1,2.5\n", &grouped).is_ok());
}
