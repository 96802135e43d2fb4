//! RegMix's runs of 1M parameters: the spread of the best mixture for Pile-CC.

use mixlaw::runs::{RoleSpec, read};
use serde_json::Value;

use crate::support::program::Folder;
use crate::support::{RAW, list, options, public};
use crate::{Kinds, Sweep};

/// A folder with the fit of one target of 512 runs, its resamples, and RegMix's published mixture.
fn regmix(resamples: u64) -> Option<Folder> {
    let table = |kind: &str| public(&format!("regmix/train_{kind}_1m.csv"));
    let roles = RoleSpec {
        mixture: list(&["train_the_pile_*"]),
        target: list(&["metric/the_pile_pile_cc_val_loss"]),
        ..RoleSpec::default()
    };
    let runs = read(&[table("mixture")?, table("pile_loss")?], Some("index"), &roles);
    let runs = runs.unwrap_or_else(|error| panic!("{error}"));
    let kinds = Kinds { resamples, ..Kinds::default() };
    let sweep = Sweep::new(&runs, &roles, "mixing-exp", &options(RAW, 0, 16), kinds);
    let fit = serde_json::to_value(&sweep.fit).expect("json");
    let folder = Folder::with(&fit, &sweep.draws);
    let published = std::fs::read_to_string(public("regmix/published_mixtures_1b.json")?);
    let published: Value = serde_json::from_str(&published.expect("a file")).expect("json");
    let short = |(name, share): (&String, &Value)| {
        format!("{},{share}\n", name.trim_start_matches("train_the_pile_"))
    };
    let shares = published["regmix"].as_object().expect("shares").iter().map(short);
    folder.file("regmix.csv", format!("domain,weight\n{}", shares.collect::<String>()));
    Some(folder)
}

/// One exponential law is least at a vertex, whatever the resample; a cap makes it choose what comes next.
#[test]
fn the_best_mixture_for_pile_cc() {
    let Some(folder) = regmix(60) else { return };
    let start = ["search", "fit.json", "--draws", "draws.jsonl", "--reference", "regmix.csv"];
    let free = folder.json(&start);
    let spread = &free["spread"];
    assert_eq!([&spread["used"], &spread["certified"]], [60, 60]);
    let at = |spread: &Value, name: &str, what: &str| {
        spread["shares"][name][what].as_f64().unwrap_or_else(|| panic!("no {what} of {name}"))
    };
    assert!((free["mixture"]["pile_cc"].as_f64().expect("a share") - 1.0).abs() < 1e-9);
    let alone = at(spread, "pile_cc", "at_bound");
    assert!(alone > 0.9, "{alone}");
    assert!((alone + at(spread, "pile_cc", "zero") - 1.0).abs() < 1e-12, "not at a vertex");
    assert_eq!(spread["against"]["uniform"]["better"], 1.0);
    let capped = folder.json(&[&start[..], &["--max", "pile_cc=0.4"]].concat());
    let spread = &capped["spread"];
    assert_eq!([&spread["used"], &spread["certified"]], [60, 60]);
    assert!(at(spread, "pile_cc", "at_bound") > 0.9);
    // RegMix's mixture has 0.87 of it: no constraint of ours holds there, and it may be better.
    assert_eq!(spread["against"]["regmix"]["allowed"], false);
    assert_eq!(spread["against"]["uniform"]["allowed"], true);
    let means: f64 = capped["mixture"]
        .as_object()
        .expect("shares")
        .keys()
        .map(|name| at(spread, name, "mean"))
        .sum();
    assert!((means - 1.0).abs() < 1e-9, "{means}");
    // What the cap leaves goes to one domain, and resamples do not agree which.
    let regret = spread["regret"]["mean"].as_f64().expect("a regret");
    let uniform = spread["against"]["uniform"]["regret"]["mean"].as_f64().expect("a regret");
    assert!(regret >= 0.0 && regret < 0.1 * uniform, "{regret} and {uniform}");
}

/// In 17 dimensions nearly every new mixture lies outside the hull of 512 others. Those drawn as the runs were
/// are not called an extrapolation for it.
#[test]
fn mixtures_drawn_in_the_same_way_are_not_void() {
    let Some(folder) = regmix(20) else { return };
    let table = |kind: &str| public(&format!("regmix/test_{kind}_1m.csv"));
    let (Some(mixtures), Some(losses)) = (table("mixture"), table("pile_loss")) else { return };
    let [mixtures, losses] = [mixtures, losses].map(|path| path.display().to_string());
    let tables = ["--runs", &mixtures, &losses, "--join", "index", "--draws", "draws.jsonl"];
    let report = folder.json(&[&["predict", "fit.json"], &tables[..]].concat());
    let void = report["predictions"][0]["intervals"]["void"].as_u64().expect("a count");
    assert!(void < 256 / 5, "{void} of 256");
}
