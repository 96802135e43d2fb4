//! Published and measured anchors on public tables.

use serde_json::Value;

use crate::support::program::Folder;
use crate::support::public;

/// RegMix's 512 small runs, and test runs of some sizes.
pub(crate) fn regmix(sizes: &[&str]) -> Option<Vec<String>> {
    let path = |name: String| Some(public(&format!("regmix/{name}.csv"))?.display().to_string());
    let pair = |part: &str, size: &str| {
        let name = |kind: &str| path(format!("{part}_{kind}_{size}"));
        Some([name("mixture")?, name("pile_loss")?])
    };
    let mut arguments: Vec<String> = pair("train", "1m")?.into();
    let roles =
        ["--join", "index", "--mixture", "train_the_pile_*", "--target", "metric/the_pile_*"];
    arguments.extend(roles.map(String::from));
    for size in sizes {
        arguments.extend(["--test".into(), pair("test", size)?.join("+")]);
    }
    Some(arguments)
}

/// A measure of the mean of all targets, of each contender.
pub(crate) fn means(scheme: &Value, measure: &str) -> Vec<(String, f64)> {
    let results = scheme["results"].as_array().expect("results").iter();
    let one = |result: &Value| {
        let value = result["mean"][measure].as_f64().unwrap_or_else(|| panic!("{result}"));
        (result["name"].as_str().expect("a name").to_string(), value)
    };
    results.map(one).collect()
}

/// What is learnt from the small runs ranks those of three sizes.
#[test]
fn small_runs_rank_larger_ones() {
    let Some(mut arguments) = regmix(&["1B"]) else { return };
    arguments.extend(["--model", "log-linear", "--model", "ols"].map(String::from));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = Folder::new().answer(&arguments);
    let spearman = means(&answer["schemes"][0], "spearman");
    assert!(spearman[0].1 >= 0.934 && spearman[0].1 > spearman[1].1, "{spearman:?}");
}

/// olmix's swarm: 105 tasks, folds of 127 runs. The rank of the tasks' mean that is asked for is 0.92.
#[test]
fn few_runs_of_many_domains_suit_no_trees() {
    let tables = ["dclm_ratios", "dclm_metrics"].map(|name| public(&format!("olmix/{name}.csv")));
    let [Some(ratios), Some(metrics)] = tables else { return };
    let path = |file: &std::path::Path| file.to_str().expect("a path in UTF-8").to_string();
    let (ratios, metrics) = (path(&ratios), path(&metrics));
    let mut arguments: Vec<&str> = vec![&ratios, &metrics, "--join", "run"];
    arguments.extend(["--mixture", "@dclm_ratios:*", "--target", "@dclm_metrics:*"]);
    // As olmix's configuration for this swarm does.
    for dropped in [
        "!qasper_yesno:rc::olmes",
        "!sciriff_yesno:rc::olmes",
        "!lab_bench_dbqa",
        "!lab_bench_protocolqa",
        "!medqa_en:rc::none",
    ] {
        arguments.extend(["--target", dropped]);
    }
    arguments.extend(["--model", "log-linear", "--model", "trees"]);
    let answer = Folder::new().answer(&arguments);
    let scheme = &answer["schemes"][0];
    let of_the_mean = |place: usize| {
        let result = &scheme["results"][place];
        assert_eq!(result["targets"].as_array().map(Vec::len), Some(105));
        result["mean_target"]["spearman"].as_f64().expect("a rank correlation")
    };
    let (law, trees) = (of_the_mean(0), of_the_mean(1));
    assert!(law >= 0.92 && trees < law, "{law} {trees}");
    let error = means(scheme, "mae");
    assert!(error[0].1 < error[1].1, "the law's errors stay small: {error:?}");
}
