//! Formulas that mean nothing, and laws that are nowhere finite.

use super::{FINE, Folder};

/// The formula is refused, with a caret below the character at which `at` begins.
#[track_caller]
fn refused(formula: &str, at: &str, parts: &[&str]) {
    let folder = Folder::with(FINE);
    let arguments = ["--target", "a_loss", "--json", "out.json", "--law", formula];
    let arguments = [&["fit", "runs.csv", "--mixture", "weight_*"], &arguments[..]].concat();
    folder.refuses(&arguments, 2, parts);
    let ran = folder.run(&arguments);
    let place = formula.find(at).expect("it is part of the formula");
    let caret = format!("    {formula}\n    {}^\n", " ".repeat(formula[..place].chars().count()));
    assert!(ran.stderr.contains(&caret), "the caret is elsewhere:\n{}", ran.stderr);
}

#[test]
fn the_caret_points_at_what_is_wrong() {
    refused("c + frob(w[a])", "frob", &["no function `frob`", "the functions are exp, ln"]);
    refused("c + (k*w[a]", "(", &["parenthesis is never closed", "add the missing `)`"]);
    refused("c + k*w[a])", ")", &["should end here", "found `)`"]);
    refused("c + k*w[a", "[", &["bracket is never closed"]);
    refused("c + t[9]*w[a]", "9", &["index 9 is out of range", "2 domains", "count domains"]);
    refused("c + t[0]*w[a]", "0]", &["an index must be a whole number"]);
    refused("c + w[q]", "q", &["`q` is neither an index variable here nor a domain"]);
    refused("c + sum(h in 1..H, k[h])", "H", &["no index set `H`", "--size"]);
    refused("c + exp()", ")", &["expected a number, a name or `(`"]);
    refused("c + exp(1, 2)", "exp", &["`exp` does not take 2 arguments"]);
    refused("c + sum(k)", "sum", &["`sum` needs an index first"]);
    refused("c + é + k**2", "**", &["`**` is not an operator", "a^b"]);
    refused("c + w", "w", &["`w` is the whole mixture"]);
    refused("c = 3", "=", &["`=` does not compare"]);
    refused("c + 1e999", "1e999", &["number is too large"]);
    refused("c + @", "@", &["no meaning in a formula"]);
}

#[test]
fn other_formulas_point_as_well() {
    let folder = Folder::with(FINE);
    let caret = |formula: &str, before: usize| format!("    {formula}\n    {:before$}^\n", "");
    let parts = ["--where: ", &caret("N > (100", 4)];
    folder.fit_refuses(&["--where", "N > (100"], 2, &parts);
    let parts = ["--derive: ", &caret("D = 6 * * N", 8)];
    folder.fit_refuses(&["--derive", "D = 6 * * N"], 2, &parts);
    folder.fit_refuses(&["--holdout", "N > (100"], 2, &[&caret("N > (100", 4)]);
    folder.fit_refuses(&["--holdout", "N > 1000"], 2, &["holds out no row"]);
    folder.fit_refuses(&["--holdout", "N > 0"], 2, &["holds out every row"]);
    folder.fit_refuses(&["--holdout", "M > 0"], 3, &["no column `M`"]);
}

#[test]
fn a_formula_without_a_mixture_says_so() {
    let folder = Folder::with(FINE);
    let fit = ["fit", "runs.csv", "--target", "a_loss", "--law", "c + sum(j, k[j]*w[j])"];
    folder.refuses(&fit, 2, &["the table has none", "--mixture 'weight_*'", "^"]);
}

#[test]
fn a_law_that_is_nowhere_finite_is_a_fit_without_an_answer() {
    let folder = Folder::with(FINE);
    let fit = ["fit", "runs.csv", "--mixture", "weight_*", "--target", "a_loss", "--law"];
    let law = ["ln(-1 - exp(a)*w[a])", "--json", "out.json"];
    let ran = folder.run(&[&fit[..], &law].concat());
    ran.ended(1);
    assert!(ran.stdout.contains("no-finite-start") && ran.stdout.contains("--start"));
    assert_eq!(folder.names(), ["out.json", "runs.csv"]);
    folder.refuses(&["predict", "out.json", "--runs", "runs.csv"], 3, &["none of the fits"]);
}

#[test]
fn deep_and_long_formulas_are_errors_or_laws() {
    let folder = Folder::with(FINE);
    let fit = ["fit", "runs.csv", "--mixture", "weight_*", "--target", "a_loss", "--law"];
    let deep = format!("{}c{}", "(".repeat(5000), ")".repeat(5000));
    folder.refuses(&[&fit[..], &[&deep]].concat(), 2, &["nested more than 200 levels", "let"]);
    let long = format!("c{}", " + k*w[a]".repeat(300));
    folder.run(&[&fit[..], &[&long]].concat()).ended(0);
}

/// Runs a law file with this formula and these sizes of index sets.
#[track_caller]
fn too_large(formula: &str, sets: &str) {
    let folder = Folder::with(FINE);
    folder.file("law.toml", format!("name = 'x'\nformula = '{formula}'\n[parameters.c]\n{sets}"));
    let fit = ["fit", "runs.csv", "--target", "a_loss", "--law-file", "law.toml"];
    folder.refuses(&fit, 2, &[]);
}

#[test]
fn a_sum_of_many_thousand_terms_is_refused() {
    too_large(&format!("c{}", " + c".repeat(30_000)), "");
}

#[test]
fn index_sets_have_a_sensible_size() {
    too_large("sum(h in 1..H, c)", "[sets]\nH = 0");
    too_large("sum(h in 1..H, c)", "[sets]\nH = 1000000000000");
}

#[test]
fn nested_sums_over_equal_terms_are_refused() {
    let sums = "sum(h in 1..4096, sum(i in 1..4096, sum(j in 1..4096, c)))";
    too_large(sums, "");
}
