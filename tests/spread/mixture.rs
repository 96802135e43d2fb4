//! The spread of the best mixture: by hand, planted, and with limits.

use mixlaw::engine::Watch;
use mixlaw::error::{Error, Result};
use mixlaw::fit::State;
use mixlaw::predictor::{Choice, Recipe};
use mixlaw::report::draws::{Change, Draw, Draws};
use mixlaw::report::spread::Spread;
use mixlaw::runs::{RoleSpec, Runs};
use mixlaw::search::{Goal, Options, Question, Region, Together, answer, spread, uniform};
use serde_json::{Value, json};

use crate::support::program::Folder;
use crate::support::{RAW, Random, list, options, runs};
use crate::{Kinds, Made, Sweep, draw, names};

/// `a` on one domain, `b` on the other: the smaller one takes all.
fn line() -> Made<'static> {
    Made {
        domains: &["x", "y"],
        formula: "a * w[x] + b * w[y]",
        targets: &["loss"],
        parameters: &[("a", 1.0), ("b", 2.0)],
    }
}

fn resample(number: u64, a: f64, b: f64) -> Draw {
    draw("loss", Change::Resample { number }, &[("a", a), ("b", b)])
}

/// Fifteen resamples like the fit, and five that turn it round.
fn turned() -> Vec<Draw> {
    (0..20).map(|n| if n < 15 { resample(n, 1.0, 2.0) } else { resample(n, 3.0, 2.0) }).collect()
}

#[track_caller]
fn close(ours: &Value, known: f64) {
    let ours = ours.as_f64().unwrap_or_else(|| panic!("{ours} is no number"));
    assert!((ours - known).abs() < 1e-9, "{ours} is not {known}");
}

#[test]
fn probabilities_and_regrets_are_those_worked_out_by_hand() {
    let folder = Folder::with(&line().document(), &turned());
    let spread = folder.spread(&[]);
    assert_eq!([&spread["resamples"], &spread["used"], &spread["certified"]], [20, 20, 20]);
    let x = &spread["shares"]["x"];
    close(&x["mean"], 0.75);
    close(&x["zero"], 0.25);
    close(&x["at_bound"], 0.75);
    // Places 0.95 and 18.05 of 19 among five zeros and fifteen ones.
    close(&x["interval"][0], 0.0);
    close(&x["interval"][1], 1.0);
    // All on x: 1 fifteen times, 3 five times, against 1 and 2.
    close(&spread["objective"]["mean"], 1.5);
    close(&spread["regret"]["mean"], 0.25);
    close(&spread["regret"]["quantile"], 1.0);
    let uniform = &spread["against"]["uniform"];
    close(&uniform["better"], 0.75);
    close(&uniform["gain"]["mean"], 0.25);
    close(&uniform["gain"]["interval"][0], -0.5);
    close(&uniform["gain"]["interval"][1], 0.5);
    close(&uniform["regret"]["mean"], 0.5);
    assert!(spread.get("within_limits").is_none());
}

#[test]
fn a_level_moves_the_ends_and_caps_are_bounds() {
    let folder = Folder::with(&line().document(), &turned());
    // Place 14.25 + 0.5 of the shares sorted: 0.25 of the way down is the first one, at 4.75.
    let spread = folder.spread(&["--level", "0.5"]);
    close(&spread["shares"]["x"]["interval"][0], 0.75);
    close(&spread["regret"]["quantile"], 0.0);
    let spread = folder.spread(&["--max", "x=0.6"]);
    close(&spread["shares"]["x"]["mean"], 0.45);
    close(&spread["shares"]["x"]["at_bound"], 0.75);
    close(&spread["shares"]["x"]["zero"], 0.25);
    close(&spread["regret"]["mean"], 0.25 * 0.6);
}

#[test]
fn limits_are_each_resamples_own() {
    let folder = Folder::with(&line().document(), &turned());
    // Worse than uniform by at most 10 %: met where x is the cheap one, and 3 against 2.75 is not.
    let spread = folder.spread(&["--no-worse", "10"]);
    close(&spread["within_limits"], 0.75);
    close(&spread["shares"]["x"]["mean"], 0.75);
}

#[test]
fn what_cannot_be_used_is_left_out_and_counted() {
    let mut draws: Vec<Draw> = (0..24).map(|n| resample(n, 1.0, 2.0)).collect();
    draws[3].status = State::NotConverged;
    draws[9].parameters.clear();
    let folder = Folder::with(&line().document(), &draws);
    let spread = folder.spread(&["--goal", "sum", "--weight", "loss=2"]);
    assert_eq!([&spread["resamples"], &spread["used"]], [24, 22]);
    let left = &spread["left_out"][0];
    assert_eq!(left["count"], 2);
    assert_eq!(left["why"], "a target without a usable refit");
    assert_eq!(left["example"], "loss is not-converged in resample 3");
    let text = folder.run(&["search", "fit.json", "--draws", "draws.jsonl"]).stdout;
    for part in ["over 22 resamples", "left out: 2 of 24", "the best is better in %"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

#[test]
fn lines_of_other_targets_laws_and_kinds_do_not_disturb() {
    let two = Made { targets: &["loss", "other"], ..line() };
    let mut draws = Vec::new();
    for (n, one) in (0..).zip(turned()) {
        draws.push(one);
        // The second target always says the same; it is dropped, and lacks half of the refits.
        if n % 2 == 0 {
            let change = Change::Resample { number: n };
            draws.push(draw("other", change, &[("b", 9.0), ("a", 9.0)]));
        }
        draws.push(Draw { law: "another".into(), ..resample(n, 7.0, 7.0) });
        draws.push(Draw { subset: "half".into(), ..resample(n, 7.0, 7.0) });
    }
    draws.push(draw("loss", Change::WithoutRow { row: 1 }, &[("a", 5.0), ("b", 5.0)]));
    let folder = Folder::with(&two.document(), &draws);
    let spread = folder.spread(&["--drop", "other"]);
    assert_eq!([&spread["resamples"], &spread["used"]], [20, 20]);
    close(&spread["against"]["uniform"]["better"], 0.75);
    // Kept, it halves the resamples to fewer than an interval takes.
    folder
        .run(&["search", "fit.json", "--draws", "draws.jsonl"])
        .refused(3, &["10 of 20 resamples have a best mixture", "no refit of other in resample 1"]);
}

#[test]
fn the_answer_does_not_depend_on_threads() {
    let formula = "p * w[x]^2 + q * w[y]^2 + w[z]^2";
    let parameters = [("p", 1.0), ("q", 0.5)];
    let made =
        Made { domains: &["x", "y", "z"], formula, targets: &["loss"], parameters: &parameters };
    let mut random = Random(5);
    let draws: Vec<Draw> = (0..40)
        .map(|number| {
            let parameters = [("p", random.between(0.5, 1.5)), ("q", random.between(-0.5, 1.0))];
            draw("loss", Change::Resample { number }, &parameters)
        })
        .collect();
    let folder = Folder::with(&made.document(), &draws);
    let [one, two] = ["1", "2"].map(|threads| folder.spread(&["--threads", threads]));
    assert_eq!(one, two);
    // Not all resamples are convex, and the fit's own mixture never beats the best of a resample.
    let certified = one["certified"].as_u64().expect("a count");
    assert!(certified > 0 && certified < 40, "{certified}");
    assert!(one["regret"]["mean"].as_f64().is_some_and(|regret| regret > 0.0));
    // A method that is asked for is every resample's method.
    assert_eq!(folder.spread(&["--method", "bnb"])["certified"], 40);
}

/// Losses whose best mixture is known: `w_j + 0.1` in proportion to the root of `A_j`.
const LAW: &str = "E + sum(j, A[j] / (w[j] + 0.1))";
const A: [f64; 3] = [0.05, 0.1, 0.2];

fn planted(random: &mut Random, rows: usize) -> (Runs, RoleSpec) {
    let domains = ["x", "y", "z"];
    let mixtures: Vec<Vec<f64>> = (0..rows).map(|_| random.mixture(3)).collect();
    let loss = |w: &Vec<f64>| {
        let law: f64 = w.iter().zip(A).map(|(share, a)| a / (share + 0.1)).sum();
        2.0 + law + 0.02 * random.normal()
    };
    let losses: Vec<f64> = mixtures.iter().map(loss).collect();
    let share = |k: usize| mixtures.iter().map(|w| w[k]).collect::<Vec<f64>>();
    let columns = domains.iter().enumerate().map(|(k, name)| ((*name).to_string(), share(k)));
    let columns = columns.chain([("loss".to_string(), losses)]).collect();
    let roles =
        RoleSpec { mixture: list(&domains), target: list(&["loss"]), ..RoleSpec::default() };
    (runs(columns, &roles), roles)
}

fn spread_of(sweep: &Sweep, level: f64, watch: &Watch) -> Result<Spread> {
    let folder = Folder::new();
    folder.draws("draws.jsonl", &sweep.draws);
    let recipe = Recipe::new(&sweep.fit, &Choice::default()).expect("a recipe");
    let goal = Goal {
        together: Together::Mean,
        weights: Vec::new(),
        drop: Vec::new(),
        maximise: Vec::new(),
        regret: None,
        pull: None,
        limits: Vec::new(),
    };
    let even = ("uniform".to_string(), uniform(recipe.domains.len()));
    let question = Question {
        source: "memory".into(),
        at: Vec::new(),
        goal,
        region: Region::new(&recipe.domains, &[], &[]).expect("a region"),
        prior: even.clone(),
        natural: None,
        reference: even,
        options: Options::default(),
        tolerance: 0.0,
    };
    let report = answer(&recipe.predictor(), &question, &Watch::new()).expect("an answer");
    let draws = Draws::open(&folder.path().join("draws.jsonl")).expect("draws");
    spread(&recipe, &question, &report, &draws, level, watch)
}

/// Of intervals of 90 % from resamples of 80 runs of a planted law, about nine in ten hold the truth.
#[test]
fn intervals_hold_the_planted_optimum() {
    let roots: f64 = A.iter().map(|a| a.sqrt()).sum();
    let truth = A.map(|a| 1.3 * a.sqrt() / roots - 0.1);
    let kinds = Kinds { resamples: 100, ..Kinds::default() };
    let mut random = Random(17);
    let (mut held, mut all, mut sure) = (0_u32, 0_u32, 0);
    for _ in 0..40 {
        let (runs, roles) = planted(&mut random, 80);
        let sweep = Sweep::new(&runs, &roles, LAW, &options(RAW, 0, 4), kinds);
        let spread = spread_of(&sweep, 0.9, &Watch::new()).expect("a spread");
        assert_eq!([spread.used, spread.certified], [100, 100]);
        for ((name, share), truth) in spread.shares.iter().zip(truth) {
            let [low, high] = share.interval;
            assert!(high - low < 0.2, "{name}: {low} to {high} is no answer");
            held += u32::from((low..=high).contains(&truth));
            all += 1;
        }
        let (_, uniform) = &spread.against[0];
        sure += usize::from(uniform.better > 0.9);
        assert!(spread.regret.mean >= 0.0);
        let there = uniform.regret.expect("finite");
        assert!(there.mean > spread.regret.mean, "{} and {}", there.mean, spread.regret.mean);
    }
    let part = f64::from(held) / f64::from(all);
    assert!((0.80..=0.97).contains(&part), "{held} of {all}");
    assert!(sure >= 36, "better than uniform for sure in {sure} of 40");
}

#[test]
fn a_document_with_a_spread_reads_back() {
    let folder = Folder::with(&line().document(), &turned());
    folder.run(&["search", "fit.json", "--draws", "draws.jsonl", "--json", "best.json"]).ended(0);
    let again = mixlaw::report::mixture::MixtureReport::read(&folder.path().join("best.json"));
    let spread = again.expect("a document").spread.expect("a spread");
    assert_eq!(
        spread.shares.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(),
        names(&["x", "y"])
    );
    assert_eq!(json!(spread.against[0].1.better), json!(0.75));
}

#[test]
fn work_that_is_stopped_ends_as_interrupted() {
    let (runs, roles) = planted(&mut Random(8), 30);
    let kinds = Kinds { resamples: 20, ..Kinds::default() };
    let sweep = Sweep::new(&runs, &roles, LAW, &options(RAW, 0, 4), kinds);
    let watch = Watch::new();
    spread_of(&sweep, 0.9, &watch).expect("a spread");
    assert_eq!((watch.progress(), watch.unit()), ((20, 20), "searches"));
    watch.stop();
    assert!(matches!(spread_of(&sweep, 0.9, &watch), Err(Error::Interrupted)));
}

/// The pull's unit is the spread of the fit's own objective: resamples with twice its slopes pull half as hard
/// against them. With units of their own they would all have the fit's mixture.
#[test]
fn a_pull_keeps_the_unit_of_the_fit() {
    let twice: Vec<Draw> = (0..20).map(|n| resample(n, 2.0, 4.0)).collect();
    let folder = Folder::with(&line().document(), &twice);
    let answer = folder.json(&["search", "fit.json", "--draws", "draws.jsonl", "--pull", "5"]);
    let best = answer["mixture"]["x"].as_f64().expect("a share");
    assert!(best > 0.55 && best < 0.9, "{best}");
    // x / (1 - x) is exp(slope / (strength * unit)).
    let odds = (best / (1.0 - best)).powi(2);
    let mean = answer["spread"]["shares"]["x"]["mean"].as_f64().expect("a mean");
    assert!((mean - odds / (1.0 + odds)).abs() < 1e-7, "{mean} after {best}");
    assert!(answer["spread"]["regret"]["mean"].as_f64().is_some_and(|regret| regret > 0.0));
}
