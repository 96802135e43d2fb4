//! Published and measured anchors on public tables.

use serde_json::Value;

use crate::support::program::Folder;
use crate::support::public;

/// RegMix's 512 small runs: what is learnt from them ranks the runs of three sizes.
#[test]
fn small_runs_rank_larger_ones() {
    let table = |name: &str| public(&format!("regmix/{name}.csv"));
    let names = ["train_mixture_1m", "train_pile_loss_1m", "test_mixture_1B", "test_pile_loss_1B"];
    let found: Option<Vec<_>> = names.iter().map(|name| table(name)).collect();
    let Some(paths) = found else { return };
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let test = format!("{}+{}", paths[2], paths[3]);
    let folder = Folder::new();
    let answer = folder.answer(&[
        &paths[0],
        &paths[1],
        "--join",
        "index",
        "--mixture",
        "train_the_pile_*",
        "--target",
        "metric/the_pile_*",
        "--model",
        "log-linear",
        "--model",
        "ols",
        "--test",
        &test,
    ]);
    let spearman = |place: usize| {
        let result: &Value = &answer["schemes"][0]["results"][place];
        result["mean"]["spearman"].as_f64().expect("a correlation")
    };
    assert!(spearman(0) >= 0.934, "{}", spearman(0));
    assert!(spearman(0) > spearman(1));
}
