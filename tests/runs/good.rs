//! Tables that are read, and what becomes of their columns.

use mixlaw::runs::{MissingPolicy, RoleSpec, Runs, Table, health, read, read_for_prediction};

use super::{FINE, Folder, list, read_text, usual};

#[test]
fn columns_get_their_roles() {
    let runs = read_text(FINE, &usual()).expect("a table");
    assert_eq!(runs.len(), 3);
    assert_eq!(runs.domains, ["a", "b"]);
    assert_eq!(runs.mixture_columns, ["weight_a", "weight_b"]);
    assert_eq!(*runs.mixture[0], [0.25, 0.5, 1.0]);
    let targets: Vec<(&str, &str, Option<usize>)> =
        runs.targets.iter().map(|t| (&*t.column, &*t.domain, t.own)).collect();
    assert_eq!(targets, [("arxiv_loss", "arxiv", None), ("b_loss", "b", Some(1))]);
    assert_eq!(*runs.targets[1].values, [2.5, 2.75, 3.0]);
    assert_eq!(**runs.input("N").expect("an input"), [100.0, 100.0, 200.0]);
    assert_eq!(runs.row_numbers, [1, 2, 3]);
    assert_eq!((runs.counts.read, runs.counts.used, runs.counts.renormalised), (3, 3, 0));
    assert_eq!(runs.target_index("b_loss"), Some(1));
    assert_eq!(runs.target_index("arxiv"), Some(0));
    assert_eq!(runs.target_index("c"), None);
    assert_eq!(runs.groups.len(), 1);
    assert_eq!((runs.groups[0].key.as_str(), runs.groups[0].rows.clone()), ("", 0..3));
}

#[test]
fn own_shares_come_from_rules_and_from_names_in_another_case() {
    let table = "weight_ArXiv,weight_b,arxiv_loss,b_loss\n0.25,0.75,3,2\n0.5,0.5,4,3\n";
    let own = |rules: &[&str]| {
        let runs = read_text(table, &RoleSpec { own: list(rules), ..usual() }).expect("a table");
        runs.targets.iter().map(|target| target.own).collect::<Vec<_>>()
    };
    assert_eq!(own(&[]), [Some(0), Some(1)]);
    assert_eq!(own(&["arxiv=b"]), [Some(1), Some(1)]);
    assert_eq!(own(&["arxiv_loss = weight_b", "b="]), [Some(1), None]);
}

#[test]
fn patterns_leave_columns_out() {
    let spec = RoleSpec {
        mixture: list(&["weight_?", "!weight_c"]),
        target: list(&["*_loss", "!arxiv"]),
        ..RoleSpec::default()
    };
    let table = "weight_c,weight_a,weight_b,b_loss,arxiv_loss\n9,0.25,0.75,3,1\n9,0.5,0.5,4,2\n";
    let runs = read_text(table, &spec).expect("a table");
    assert_eq!(runs.domains, ["weight_a", "weight_b"]);
    assert_eq!(runs.targets.len(), 1);
    assert!(runs.input("weight_c").is_ok() && runs.input("arxiv_loss").is_ok());
}

#[test]
fn rounded_rows_are_renormalised_and_counted() {
    let table = "weight_a,weight_b,x_loss\n0.333,0.666,1\n0.2,0.8,2\n0.501,0.504,3\n";
    let runs = read_text(table, &usual()).expect("a table");
    assert_eq!(runs.counts.renormalised, 2);
    for row in 0..3 {
        let sum = runs.mixture[0][row] + runs.mixture[1][row];
        assert!((sum - 1.0).abs() <= f64::EPSILON, "{sum}");
    }
    assert!((runs.mixture[0][0] - 0.333 / 0.999).abs() < 1e-16);
}

#[test]
fn percentages_are_divided_by_100() {
    let table = "weight_a,weight_b,x_loss\n25,75,1\n50,49.9,2\n";
    let runs = read_text(table, &RoleSpec { percent: true, ..usual() }).expect("a table");
    assert_eq!(runs.mixture[0][0], 0.25);
    assert_eq!(runs.counts.renormalised, 1);
}

#[test]
fn derived_columns_may_use_earlier_ones_and_the_filter_sees_them() {
    let spec = RoleSpec {
        target: list(&["loss"]),
        derive: list(&["D = `Training FLOP`/(6*`Model Size`)", "ratio = D / `Model Size`"]),
        filter: Some("loss < 3 and ratio > 1".to_string()),
        ..RoleSpec::default()
    };
    let table = "Model Size,Training FLOP,loss\n2,120,2.5\n2,12,2\n3,180,3.5\n2,600,2.25\n";
    let runs = read_text(table, &spec).expect("a table");
    assert!(runs.domains.is_empty());
    assert_eq!(**runs.input("D").expect("derived"), [10.0, 50.0]);
    assert_eq!(**runs.input("ratio").expect("derived"), [5.0, 25.0]);
    assert_eq!(runs.row_numbers, [1, 4]);
    assert_eq!((runs.counts.filtered, runs.counts.used), (2, 2));
}

#[test]
fn a_formula_without_columns_is_a_constant_column() {
    let spec = RoleSpec { derive: list(&["M = 70e6"]), ..usual() };
    let runs = read_text(FINE, &spec).expect("a table");
    assert_eq!(**runs.input("M").expect("derived"), [70e6; 3]);
}

#[test]
fn rows_that_are_filtered_away_cannot_fail() {
    let table = "weight_a,weight_b,step,x_loss\n\
                 0.25,0.75,10,1\n7,NaN,0,crashed\n,-1,0,\n0.5,0.5,20,2\n";
    let spec = RoleSpec { filter: Some("step > 0".to_string()), ..usual() };
    let runs = read_text(table, &spec).expect("a table");
    assert_eq!(runs.row_numbers, [1, 4]);
    assert_eq!(*runs.targets[0].values, [1.0, 2.0]);
}

#[test]
fn an_empty_target_cell_leaves_the_row_out_for_that_target_only() {
    let table = "weight_a,weight_b,x_loss,y_loss\n0.25,0.75,,1\n0.5,0.5,2,2\n0.6,0.4,3,\n";
    let runs = read_text(table, &usual()).expect("a table");
    assert_eq!(runs.len(), 3);
    assert!(runs.targets[0].values[0].is_nan() && runs.targets[1].values[2].is_nan());
    let missing: Vec<usize> = health(&runs).targets.iter().map(|target| target.missing).collect();
    assert_eq!(missing, [1, 1]);
}

#[test]
fn rows_with_missing_cells_can_be_dropped() {
    let table = "weight_a,weight_b,N,weight,x_loss\n0.25,0.75,1,1,NaN\n,1,2,1,2\n0.5,0.5,inf,1,3\n\
                 0.6,0.4,4,,4\n0.7,0.3,5,1,5\n0.1,0.9,,1,6\n";
    let spec = RoleSpec {
        mixture: list(&["weight_*"]),
        input: list(&["N"]),
        weight: Some("weight".to_string()),
        missing: MissingPolicy::Drop,
        ..usual()
    };
    let runs = read_text(table, &spec).expect("a table");
    assert_eq!(runs.row_numbers, [1, 5]);
    assert_eq!(runs.counts.dropped_missing, 4);
    assert!(runs.targets[0].values[0].is_nan());
    assert_eq!(**runs.weight.as_ref().expect("weights"), [1.0, 1.0]);
}

#[test]
fn groups_of_numbers_are_in_ascending_order_and_rows_keep_theirs() {
    let table = "weight_a,weight_b,size,x_loss\n\
                 0.1,0.9,1e9,1\n0.2,0.8,70,2\n0.3,0.7,1e9,3\n0.4,0.6,200,4\n0.5,0.5,70,5\n";
    let spec = RoleSpec { by: vec!["size".to_string()], ..usual() };
    let runs = read_text(table, &spec).expect("a table");
    let groups: Vec<_> = runs.groups.iter().map(|g| (g.key.as_str(), g.rows.clone())).collect();
    assert_eq!(groups, [("70", 0..2), ("200", 2..3), ("1000000000", 3..5)]);
    assert_eq!(*runs.targets[0].values, [2.0, 5.0, 4.0, 1.0, 3.0]);
    assert_eq!(runs.row_numbers, [2, 5, 4, 1, 3]);
    assert_eq!(runs.mixture[0][3], 0.1);
    assert_eq!(runs.place(3, "x_loss").row, Some(1));
}

#[test]
fn groups_of_text_are_in_order_of_appearance_with_their_text_as_written() {
    let table = "weight_a,weight_b,name,x_loss\n0.1,0.9,007,1\n0.2,0.8,b,2\n0.3,0.7,007,3\n";
    let spec = RoleSpec { by: vec!["name".to_string()], ..usual() };
    let runs = read_text(table, &spec).expect("a table");
    let groups: Vec<_> = runs.groups.iter().map(|g| (g.key.as_str(), g.rows.clone())).collect();
    assert_eq!(groups, [("007", 0..2), ("b", 2..3)]);
}

#[test]
fn groups_of_two_columns_are_the_combinations_that_rows_have() {
    let table = "weight_a,weight_b,name,size,x_loss\n\
                 0.1,0.9,b,3,1\n0.2,0.8,a,3,2\n0.3,0.7,b,1,3\n0.4,0.6,b,3,4\n";
    let spec = RoleSpec { by: list(&["name", "size"]), ..usual() };
    let runs = read_text(table, &spec).expect("a table");
    let groups: Vec<_> = runs.groups.iter().map(|g| (g.key.as_str(), g.rows.clone())).collect();
    assert_eq!(groups, [("b, 1", 0..1), ("b, 3", 1..3), ("a, 3", 3..4)]);
    assert_eq!(*runs.targets[0].values, [3.0, 1.0, 4.0, 2.0]);
}

#[test]
fn a_hundred_thousand_groups_are_told_apart() {
    let rows = 200_000;
    let keys: Vec<f64> = (0..rows).map(|i| f64::from(i * 7919 % 100_000)).collect();
    let loss: Vec<f64> = (0..rows).map(f64::from).collect();
    let columns = vec![("key".to_string(), keys), ("loss".to_string(), loss)];
    let table = Table::from_columns("memory", columns).expect("a table");
    let spec =
        RoleSpec { target: list(&["loss"]), by: vec!["key".to_string()], ..RoleSpec::default() };
    let runs = Runs::from_table(table, &spec).expect("a table");
    assert_eq!(runs.groups.len(), 100_000);
    assert!(runs.groups.iter().all(|group| group.rows.len() == 2));
}

#[test]
fn files_are_joined_on_their_key_in_the_order_of_the_first() {
    let folder = Folder::new();
    let mixtures = folder.file(
        "ratios.csv",
        ",run,name,index,a,b\n0,r1,x,0,0.25,0.75\n1,r2,y,1,0.5,0.5\n2,r3,z,2,1,0\n",
    );
    let losses = folder.file(
        "metrics.csv",
        ",run,name,index,a_loss,b_loss\n0,r3,z,2,3,30\n1,r9,q,9,9,90\n2,r1,x,0,1,10\n",
    );
    let spec = RoleSpec {
        mixture: list(&["@ratios:*"]),
        target: list(&["@metrics.csv:*_loss"]),
        ..RoleSpec::default()
    };
    let runs = read(&[mixtures, losses], None, &spec).expect("a table");
    assert_eq!(runs.domains, ["a", "b"]);
    assert_eq!(*runs.mixture[0], [0.25, 1.0]);
    assert_eq!(*runs.targets[0].values, [1.0, 3.0]);
    assert_eq!(runs.row_numbers, [1, 3]);
    assert_eq!((runs.counts.read, runs.counts.joined_away, runs.counts.used), (4, 2, 2));
    let place = runs.place(0, "a_loss");
    assert!(place.file.expect("a file").ends_with("metrics.csv"));
    assert_eq!(place.row, Some(3));
}

#[test]
fn keys_join_as_numbers_where_both_are_and_else_as_written() {
    let folder = Folder::new();
    let spec = RoleSpec { mixture: list(&["weight_*"]), ..usual() };
    let left = folder.file("a.csv", "id,weight_a,weight_b\n1,0.25,0.75\n2,0.5,0.5\n");
    let right = folder.file("b.csv", "id,x_loss\n2.0,4\n1.0,3\n");
    let runs = read(&[left, right], None, &spec).expect("a table");
    assert_eq!(*runs.targets[0].values, [3.0, 4.0]);
    let left = folder.file("c.csv", "id,weight_a,weight_b\n007,0.25,0.75\n7,0.5,0.5\na,1,0\n");
    let right = folder.file("d.csv", "id,x_loss\na,5\n7,4\n007,3\n");
    let runs = read(&[left, right], Some("id"), &spec).expect("a table");
    assert_eq!(*runs.targets[0].values, [3.0, 4.0, 5.0]);
}

#[test]
fn a_shared_column_may_be_text_in_one_file_for_rows_without_partner() {
    let folder = Folder::new();
    let left = folder.file("a.csv", "run,index,weight_a\nx,1,1\ny,2,1\n");
    let right = folder.file("b.csv", "run,index,x_loss\ny,2.0,4\nx,1.0,3\nmean,total,3.5\n");
    let runs = read(&[left, right], None, &usual()).expect("a table");
    assert_eq!(*runs.targets[0].values, [3.0, 4.0]);
    assert_eq!(runs.counts.joined_away, 1);
}

#[test]
fn a_prediction_needs_no_targets_and_may_leave_domains_unused() {
    let folder = Folder::new();
    let table = folder.file("grid.csv", "weight_a,weight_b,weight_c\n0.25,0.75,0\n0.5,0.5,0\n");
    let spec = RoleSpec { own: list(&["b_loss=b"]), ..usual() };
    let runs = read_for_prediction(&[table], None, &spec).expect("a table");
    assert!(runs.targets.is_empty());
    assert_eq!(runs.domains.len(), 3);
    let table = folder.file("seen.csv", "weight_a,weight_b,b_loss\n0.25,0.75,1\n0.5,0.5,1\n");
    let runs = read_for_prediction(&[table], None, &spec).expect("a table");
    assert_eq!(runs.targets[0].own, Some(1));
}

#[test]
fn an_input_that_is_not_there_is_explained() {
    let table = "weight_a,weight_b,n_tokens,note,x_loss\n0.25,0.75,5,hm,1\n0.5,0.5,,hm,2\n";
    let runs = read_text(table, &usual()).expect("a table");
    let why = |name| runs.input(name).expect_err("no such input").to_string();
    assert!(why("tokens").contains("did you mean `n_tokens`?"), "{}", why("tokens"));
    assert!(why("tokens").contains("--derive 'tokens = ...'"));
    assert!(why("n_tokens").contains("runs.csv, row 2, column `n_tokens`: the cell is empty"));
    assert!(why("note").contains("row 1, column `note`: `hm` is not a number"));
    assert!(why("weight_a").contains("w[a]"));
    assert!(why("x_loss").contains("is a target"));
}

#[test]
fn health_counts_what_it_says() {
    let mut text = "weight_a,weight_b,weight_c,N,x_loss\n".to_string();
    for i in 0..20 {
        let a = f64::from(i % 10) / 10.0;
        let loss = if i == 7 { 90.0 } else { 3.0 + 0.01 * f64::from(i) };
        let (b, c) = ((1.0 - a) * 0.5, (1.0 - a) * 0.5);
        text += &format!("{a},{b},{c},{},{loss}\n", if i < 10 { 1 } else { 2 });
    }
    let (b, c) = ((1.0 - 0.9) * 0.5, (1.0 - 0.9) * 0.5);
    text += &format!("0.9,{b},{c},2,\n");
    let runs = read_text(text, &usual()).expect("a table");
    let health = health(&runs);
    assert_eq!(health.counts.used, 21);
    assert_eq!(health.runs, Some(20));
    assert_eq!((health.duplicates.count, health.duplicates.rows[0]), (1, (21, 20)));
    let mixture = health.mixture.as_ref().expect("a mixture");
    assert_eq!((mixture.distinct, mixture.rank, mixture.unobserved_directions), (10, 2, 1));
    assert_eq!(mixture.domains[0].zero_rows, 2);
    assert_eq!((mixture.domains[0].min, mixture.domains[0].max), (0.0, 0.9));
    let target = &health.targets[0];
    assert_eq!((target.missing, target.outliers, target.outlier_rows[0].row), (1, 1, 8));
    assert_eq!((target.min, target.max), (Some(3.0), Some(90.0)));
    let json = serde_json::to_value(&health).expect("it writes");
    assert_eq!(json["rows_used"], 21);
}
