//! Flags that do not fit the table.

use mixlaw::runs::{RoleSpec, read};

use super::{FINE, Folder, list, read_text, refused, usual};

#[test]
fn patterns_must_fit_a_column() {
    let with = |mixture: &[&str], target: &[&str]| {
        let spec = RoleSpec { mixture: list(mixture), target: list(target), ..RoleSpec::default() };
        read_text(FINE, &spec)
    };
    refused(with(&["wieght_a"], &[]), 2, &["--mixture 'wieght_a'", "did you mean `weight_a`"]);
    refused(with(&[], &["loss_*"]), 2, &["--target 'loss_*' fits no column"]);
    refused(with(&["weight_*", "!wait_b"], &[]), 2, &["--mixture '!wait_b' leaves nothing out"]);
    refused(with(&["weight_a", "!weight_*"], &[]), 2, &["--mixture leaves no column"]);
    refused(with(&["!weight_a"], &[]), 2, &["--mixture '!weight_a' leaves nothing out"]);
    refused(with(&["*_a", "b*"], &["b_*"]), 2, &["`b_loss` is both in the mixture and a target"]);
    refused(with(&["weight_*", "*_loss"], &[]), 2, &["both stand for the domain `b`"]);
    refused(with(&["@other:*"], &[]), 2, &["no table is called `other`", "runs.csv"]);
}

#[test]
fn single_columns_must_exist() {
    let by = RoleSpec { by: vec!["n".to_string()], ..usual() };
    refused(read_text(FINE, &by), 2, &["--by", "no column `n`"]);
    let weight = RoleSpec { weight: Some("weights_a".to_string()), ..usual() };
    refused(read_text(FINE, &weight), 2, &["--weight", "did you mean `weight_a`"]);
    let weight = RoleSpec { weight: Some("weight_a".to_string()), ..usual() };
    refused(read_text(FINE, &weight), 2, &["in the mixture and the row weight"]);
}

#[test]
fn own_rules_must_name_a_target_and_a_domain() {
    let own = |rule: &str| read_text(FINE, &RoleSpec { own: list(&[rule]), ..usual() });
    refused(own("b_loss"), 2, &["TARGET=DOMAIN"]);
    refused(own("c_loss=b"), 2, &["no target is called `c_loss`", "did you mean `b_loss`"]);
    refused(own("b_loss=c"), 2, &["no domain `c`"]);
}

#[test]
fn definitions_must_be_readable_and_new() {
    let derive = |text: &str| read_text(FINE, &RoleSpec { derive: list(&[text]), ..usual() });
    refused(derive("6*N"), 2, &["--derive '6*N'", "NAME = FORMULA"]);
    refused(derive("N = 2*N"), 2, &["already has a column `N`"]);
    refused(derive("D = 6*M"), 2, &["no column `M`"]);
    refused(derive("D = N +"), 2, &["--derive: ", "D = N +\n", "^"]);
    let table = "weight_a,weight_b,note,x_loss\n1,0,2,1\n0,1,hm,2\n";
    let spec = RoleSpec { derive: list(&["D = 6*note"]), ..usual() };
    refused(read_text(table, &spec), 3, &["row 2, column `note`: ", "`hm` is not a number"]);
}

#[test]
fn filters_must_be_readable_and_keep_a_row() {
    let filter =
        |text: &str| read_text(FINE, &RoleSpec { filter: Some(text.to_string()), ..usual() });
    refused(filter("b_loss <"), 2, &["--where: "]);
    refused(filter("loss < 3"), 2, &["--where 'loss < 3'", "no column `loss`", "`b_loss`"]);
    refused(filter("b_loss > 30"), 3, &["runs.csv: ", "keeps none of the 3 rows"]);
}

#[test]
fn two_files_of_one_name_cannot_be_told_apart() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.path().join("b")).expect("a folder");
    let paths = [
        folder.file("runs.csv", "id,weight_a\n1,1\n"),
        folder.file("b/runs.csv", "id,x_loss\n1,1\n"),
    ];
    let spec = RoleSpec { mixture: list(&["@runs:*"]), ..RoleSpec::default() };
    refused(read(&paths, None, &spec), 2, &["two tables are called `runs`"]);
}
