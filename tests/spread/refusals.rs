//! Draws that do not fit the question, through the program.

use mixlaw::report::draws::{Change, Draw};

use crate::support::program::Folder;
use crate::{Made, draw};

fn made() -> Made<'static> {
    Made {
        domains: &["x", "y"],
        formula: "c + sum(j, t[j] * w[j])",
        targets: &["loss"],
        parameters: &[("c", 1.0), ("t[x]", 1.0), ("t[y]", 2.0)],
    }
}

fn resamples(target: &str, count: u64) -> Vec<Draw> {
    let parameters = [("c", 1.0), ("t[x]", 1.0), ("t[y]", 2.0)];
    (0..count).map(|number| draw(target, Change::Resample { number }, &parameters)).collect()
}

#[track_caller]
fn refuses(draws: &[Draw], flags: &[&str], code: i32, parts: &[&str]) {
    let folder = Folder::with(&made().document(), draws);
    let start = ["search", "fit.json", "--draws", "draws.jsonl"];
    folder.run_refused(&[&start[..], flags].concat(), code, parts);
}

#[test]
fn draws_of_something_else() {
    let others: Vec<Draw> =
        resamples("loss", 30).into_iter().map(|one| Draw { law: "other".into(), ..one }).collect();
    let parts =
        ["draws.jsonl: there are no resamples of law `made`", "there are some of law `other`"];
    refuses(&others, &[], 3, &parts);
    let others: Vec<Draw> =
        resamples("loss", 30).into_iter().map(|one| Draw { group: "70M".into(), ..one }).collect();
    refuses(&others, &[], 3, &["no resamples of law `made` of all rows", "group `70M`"]);
    let left: Vec<Draw> =
        (0..30).map(|row| draw("loss", Change::WithoutRow { row }, &[("c", 1.0)])).collect();
    refuses(&left, &[], 3, &["no resamples of law `made`"]);
    refuses(&[], &[], 3, &["no resamples of law `made`"]);
    refuses(&resamples("bpb", 30), &[], 3, &["row 1", "`bpb`, which is no target of the fit"]);
    let mut other = resamples("loss", 30);
    other[7].parameters[2].0 = "t[z]".into();
    refuses(&other, &[], 3, &["draws.jsonl, row 8", "no parameter `t[y]`", "other domains"]);
    let mut other = resamples("loss", 30);
    other[4].parameters.push(("t[z]".into(), 0.0));
    refuses(&other, &[], 3, &["draws.jsonl, row 5", "a parameter `t[z]`"]);
}

#[test]
fn targets_that_are_not_there() {
    let two = Made { targets: &["loss", "bpb"], ..made() };
    let folder = Folder::with(&two.document(), &resamples("loss", 30));
    folder.run_refused(
        &["search", "fit.json", "--draws", "draws.jsonl"],
        3,
        &["no resamples of target `bpb` by law `made`"],
    );
}

#[test]
fn too_few() {
    refuses(&resamples("loss", 19), &[], 3, &["19 of 19 resamples", "fewer than 20"]);
    let folder = Folder::with(&made().document(), &resamples("loss", 20));
    folder.run(&["search", "fit.json", "--draws", "draws.jsonl"]).ended(0);
}

#[test]
fn levels_files_and_models() {
    for level in ["0", "1", "-0.5", "90", "NaN"] {
        let level = format!("--level={level}");
        refuses(&resamples("loss", 20), &[&level], 2, &["is not between 0 and 1", "--level 0.9"]);
    }
    let folder = Folder::with(&made().document(), &resamples("loss", 20));
    folder.run(&["search", "fit.json", "--level", "0.5"]).misused(&["--draws"]);
    folder.run_refused(
        &["search", "fit.json", "--draws", "none.jsonl"],
        3,
        &["none.jsonl", "cannot read the draws"],
    );
    folder.file("text.jsonl", "not a draw\n");
    folder.run_refused(
        &["search", "fit.json", "--draws", "text.jsonl"],
        3,
        &["text.jsonl, row 1", "this line is not a draw"],
    );
    folder.file("runs.csv", "x,y,loss\n0.5,0.5,1\n0.2,0.8,2\n0.9,0.1,3\n0.4,0.6,2\n");
    let model = ["--mixture", "x", "--mixture", "y", "--target", "loss", "--model", "linear"];
    folder.run_refused(
        &[&["search", "runs.csv", "--draws", "draws.jsonl"], &model[..]].concat(),
        2,
        &["--draws says nothing with --model"],
    );
    folder.file("loss.txt", "tree\n");
    folder.run_refused(
        &["predict", "loss.txt", "--runs", "runs.csv", "--draws", "draws.jsonl"],
        2,
        &["--draws says nothing of trees"],
    );
}

#[test]
fn predictions_from_draws_of_something_else() {
    let others: Vec<Draw> =
        resamples("loss", 30).into_iter().map(|one| Draw { law: "other".into(), ..one }).collect();
    let folder = Folder::with(&made().document(), &others);
    folder.file("runs.csv", "x,y\n0.5,0.5\n");
    let predict = ["predict", "fit.json", "--runs", "runs.csv", "--draws", "draws.jsonl"];
    folder.run_refused(&predict, 3, &["draws.jsonl: none of its draws"]);
    let mut other = resamples("loss", 30);
    other[7].parameters[2].0 = "t[z]".into();
    folder.draws("draws.jsonl", &other);
    folder.run_refused(&predict, 3, &["draws.jsonl, row 8", "no parameter `t[y]`"]);
    folder.run_refused(
        &[&predict[..], &["--level", "2"]].concat(),
        2,
        &["--level 2 is not between 0 and 1"],
    );
}
