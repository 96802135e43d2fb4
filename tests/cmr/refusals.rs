//! Tables and flags that cannot be used, through the program.

use super::support::program::Folder;

const HEAD: &str = "ratio,tokens,general_loss,domain_loss,base_general_loss,base_domain_loss\n";

fn refused(table: &str, flags: &[&str], code: i32, parts: &[&str]) {
    let folder = Folder::new();
    folder.file("runs.csv", table);
    folder.run_refused(&[&["cmr", "runs.csv"], flags].concat(), code, parts);
}

fn rows(count: usize) -> String {
    let row = |k: usize| format!("0.5,{}e9,2.1{k},1.9{k},2.1,2\n", k + 1);
    HEAD.to_string() + &(0..count).map(row).collect::<String>()
}

#[test]
fn columns_must_be_there() {
    refused("a,tokens\n1,2\n", &[], 2, &["--ratio: the table has no column `ratio`"]);
    refused(&rows(3), &["--tokens", "token"], 2, &["--tokens", "`token`", "`tokens`"]);
    let no_base = "ratio,tokens,general_loss,domain_loss\n0.5,1e9,2.1,1.9\n";
    let parts = ["runs.csv, row 1", "base model", "--base-general", "a row with 0 tokens"];
    refused(no_base, &[], 3, &parts);
    refused(&rows(3), &["--coefficients", "--budget", "1e9"], 2, &["no column `alpha2`", "beta1"]);
}

#[test]
fn cells_must_mean_something() {
    let with = |cells: &str| format!("{}{cells}\n", rows(2));
    refused(&with("1.5,3e9,2,2,2,2"), &[], 3, &["row 3, column `ratio`", "1.5 is no share"]);
    refused(&with("0.5,-3,2,2,2,2"), &[], 3, &["row 3, column `tokens`", "less than none"]);
    refused(&with("0.5,x,2,2,2,2"), &[], 3, &["row 3", "`tokens`", "`x` is not a number"]);
    refused(&with("0.5,3e9,2,nan,2,2"), &[], 3, &["row 3", "`domain_loss`"]);
    let two = "ratio,tokens,general_loss,domain_loss\n0.5,0,2,2\n0.25,0,2.5,2\n0.5,1e9,2.1,1.9\n";
    refused(two, &[], 3, &["row 1", "other losses"]);
    let none = "ratio,tokens,general_loss,domain_loss\n0.5,0,2,2\n0.25,0,2,2.5\n";
    refused(none, &[], 3, &["other losses"]);
    let zero = "ratio,tokens,general_loss,domain_loss\n0.5,0,2,2\n0.25,0,2,2\n";
    refused(zero, &[], 3, &["no row has tokens above zero"]);
}

#[test]
fn numbers_of_the_question_must_be_above_zero() {
    for flag in ["--epsilon", "--lambda", "--budget", "--unit", "--epsilons", "--lambdas"] {
        refused(&rows(3), &[flag, "0"], 2, &[flag, "not above zero"]);
        refused(&rows(3), &[flag, "nan"], 2, &[flag]);
    }
    refused(&rows(3), &["--reach", "0.5"], 2, &["--reach 0.5 is less than 1"]);
    refused(&rows(3), &["--starts", "0"], 2, &["--starts goes from 1"]);
    let curves = "ratio,alpha2,s2,alpha3,s3,beta2,alpha1,s1,beta1\n0.5,1,1,1,1,1,1,1,1\n";
    refused(curves, &["--coefficients"], 2, &["--budget 20e9"]);
    let curves = curves.replace("0.5,", "50,");
    refused(&curves, &["--coefficients", "--budget", "1"], 3, &["row 1", "50 is no share"]);
}

#[test]
fn studies_of_unknown_keys_or_mixed_parts_are_refused() {
    let study = |parts: &str, says: &[&str]| {
        let folder = Folder::new();
        folder.file("runs.csv", rows(3));
        folder.file("study.toml", format!("name = 's'\n{parts}"));
        folder.run_refused(
            &["run", "study.toml", "--out", "."],
            2,
            &[&["study.toml"], says].concat(),
        );
    };
    let runs = "[runs]\ntables = ['runs.csv']\n";
    study(&format!("{runs}[cmr]\nfoo = 1\n"), &["[cmr]: ", "--foo", "mixlaw cmr"]);
    study(&format!("{runs}[cmr]\nepsilon = 'x'\n"), &["[cmr]: ", "'x'"]);
    study(&format!("{runs}[cmr]\nepsilon = -1.0\n"), &["--epsilon -1 is not above zero"]);
    study(&format!("{runs}[cmr]\nwhere = {{ a = 1 }}\n"), &["`where` is no flag's value"]);
    study(runs, &["either a part [fit] or a part [cmr]"]);
    study(&format!("{runs}[cmr]\n[fit]\n"), &["either a part [fit] or a part [cmr]"]);
    study(&format!("{runs}target = 'x'\n[cmr]\n"), &["not in [runs]"]);
}

/// Too little for any law: an answer without a critical ratio, and why, and exit code 1.
#[test]
fn too_few_checkpoints_or_ratios_are_said() {
    let folder = Folder::new();
    folder.file("runs.csv", rows(3));
    let ran = folder.run(&["cmr", "runs.csv"]);
    ran.ended(1);
    for part in ["too-few-rows", "three are needed", "shares of DOMAIN data"] {
        assert!(ran.stdout.contains(part), "no `{part}` in:\n{}", ran.stdout);
    }
}
