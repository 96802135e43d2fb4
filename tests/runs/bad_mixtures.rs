//! Rows that are no mixture.

use mixlaw::runs::RoleSpec;

use super::{read_text, refused, usual};

#[test]
fn sums_other_than_1_list_the_rows() {
    let mut table = "weight_a,weight_b,x_loss\n0.5,0.5,1\n".to_string();
    (0..7).filter(|i| *i != 5).for_each(|i| table += &format!("0.5,0.{i},{i}\n"));
    let parts = [
        "runs.csv, row 2: ",
        "2 columns do not sum to 1",
        "row 2 (0.5), row 3 (0.6), row 4 (0.7), row 5 (0.8), row 6 (0.9), ... (6 rows in all)",
        "--mixture takes in every domain",
    ];
    refused(read_text(table, &usual()), 3, &parts);
    let table = "weight_a,weight_b,x_loss\n0.5,0.5,1\n0.25,0.75,2\n0.5,0.6,3\n";
    refused(read_text(table, &usual()), 3, &["in row 3 (1.1)\n", "leave them out with --where"]);
}

#[test]
fn the_tolerance_is_a_hundredth() {
    let read = |b: &str| read_text(format!("weight_a,weight_b,x_loss\n0.5,{b},1\n"), &usual());
    assert!(read("0.49").is_ok() && read("0.51").is_ok());
    refused(read("0.489"), 3, &["row 1 (0.989)"]);
    refused(read("0.511"), 3, &["row 1 (1.011)"]);
}

#[test]
fn percentages_are_refused_with_a_remedy() {
    let table = "weight_a,weight_b,x_loss\n50,50,1\n30,69.5,2\n";
    refused(read_text(table, &usual()), 3, &["runs.csv, row 1: ", "about 100", "--percent"]);
    let percent = RoleSpec { percent: true, ..usual() };
    let table = "weight_a,weight_b,x_loss\n0.5,0.5,1\n0.3,0.7,2\n";
    refused(read_text(table, &percent), 3, &["row 1 (0.01)", "leave out --percent"]);
}

#[test]
fn negative_proportions_are_refused() {
    let table = "weight_a,weight_b,x_loss\n0.5,0.5,1\n1.2,-0.2,1\n-1e-9,1,2\n";
    let parts = [
        "runs.csv, row 2, column `weight_b`: ",
        "row 2 (`weight_b` is -0.2), row 3 (`weight_a` is -0.000000001)",
    ];
    refused(read_text(table, &usual()), 3, &parts);
}

#[test]
fn a_domain_that_no_row_uses_is_refused() {
    let table = "weight_a,weight_b,weight_c,x_loss\n1,0,0,1\n1,0,0,2\n";
    let parts = [
        "runs.csv, column `weight_b`: ",
        "zero in every row used, and so is `weight_c`",
        "--mixture '!weight_b' --mixture '!weight_c'",
    ];
    refused(read_text(table, &usual()), 3, &parts);
    let used_once = "weight_a,weight_b,step,x_loss\n1,0,1,1\n0,1,0,3\n1,0,1,2\n";
    assert!(read_text(used_once, &usual()).is_ok());
    let filtered = RoleSpec { filter: Some("step > 0".to_string()), ..usual() };
    refused(read_text(used_once, &filtered), 3, &["column `weight_b`: "]);
}

#[test]
fn overflowing_sums_are_no_mixture() {
    let table = "weight_a,weight_b,x_loss\n1e308,1e308,1\n";
    refused(read_text(table, &usual()), 3, &["row 1 (inf)"]);
}
