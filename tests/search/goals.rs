//! Goals: weights, regret, worst case, limits and the pull mean what they say.

use mixlaw::engine::Watch;
use mixlaw::search::{Goal, Limit, Objective, Pull, Region, Together, search};

use crate::exact::{OPTIONS, goal};
use crate::support::Random;
use crate::{exponentials, predictor};

fn best(predictor: &mixlaw::predictor::Predictor, goal: &Goal) -> (Vec<f64>, f64) {
    let objective = Objective::new(predictor, goal).expect("a goal");
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    let found =
        search(&objective, &region, OPTIONS, &Watch::new()).expect("an answer").found.remove(0);
    (found.mixture, found.value)
}

#[test]
fn weights_are_normalised_and_dropped_targets_do_not_count() {
    let predictor = predictor(exponentials(&mut Random(2), 4, 3), &[]);
    let weighted = |weights: &[(&str, f64)], drop: &[&str]| {
        let weights = weights.iter().map(|(name, x)| ((*name).to_string(), *x)).collect();
        let drop = drop.iter().map(|name| (*name).to_string()).collect();
        best(&predictor, &Goal { weights, drop, ..goal(Together::Mean) })
    };
    let once = weighted(&[("loss0", 1.0), ("loss1", 2.0), ("loss2", 0.0)], &[]);
    let scaled = weighted(&[("loss0", 10.0), ("loss1", 20.0)], &["loss2"]);
    assert_eq!(once, scaled);
    let sum = best(&predictor, &goal(Together::Sum)).1;
    let mean = best(&predictor, &goal(Together::Mean)).1;
    assert!((sum - 3.0 * mean).abs() < 1e-12);
}

#[test]
fn the_worst_target_is_as_low_as_it_can_be() {
    let predictor = predictor(exponentials(&mut Random(3), 4, 4), &[]);
    let (mixture, worst) = best(&predictor, &goal(Together::Worst));
    let losses: Vec<f64> =
        predictor.targets.iter().map(|t| predictor.graph.value(t.root, &mixture)).collect();
    let highest = losses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert!((highest - worst).abs() < 1e-12);
    let (mean, _) = best(&predictor, &goal(Together::Mean));
    let at_mean = predictor.targets.iter().map(|t| predictor.graph.value(t.root, &mean));
    assert!(worst <= at_mean.fold(f64::NEG_INFINITY, f64::max));
}

#[test]
fn regret_is_zero_at_the_reference() {
    let predictor = predictor(exponentials(&mut Random(4), 3, 2), &[]);
    let reference = vec![0.2, 0.3, 0.5];
    let regretful = Goal { regret: Some(reference.clone()), ..goal(Together::Sum) };
    let objective = Objective::new(&predictor, &regretful).expect("a goal");
    assert!(objective.at(&reference).abs() < 1e-12);
    let plain = best(&predictor, &goal(Together::Sum)).0;
    let moved = best(&predictor, &regretful).0;
    assert!(plain.iter().zip(&moved).all(|(a, b)| (a - b).abs() < 1e-7));
}

#[test]
fn no_target_is_worse_than_its_limit() {
    let predictor = predictor(exponentials(&mut Random(8), 5, 4), &[]);
    let reference = vec![0.2; 5];
    let limits = vec![Limit { target: String::new(), slack: 0.001, reference: reference.clone() }];
    let free = best(&predictor, &goal(Together::Mean));
    let held = best(&predictor, &Goal { limits, ..goal(Together::Mean) });
    let worst = |mixture: &[f64]| {
        let excess = predictor.targets.iter().map(|target| {
            let at = |mixture: &[f64]| predictor.graph.value(target.root, mixture);
            at(mixture) / at(&reference) - 1.0
        });
        excess.fold(f64::NEG_INFINITY, f64::max)
    };
    assert!(worst(&free.0) > 0.002, "the limit must bind: {}", worst(&free.0));
    assert!(worst(&held.0) < 0.001 + 1e-9, "{}", worst(&held.0));
    assert!(held.1 > free.1);
}

/// Multiplying every loss by a thousand must not change what a pull of some strength does.
#[test]
fn a_pull_means_the_same_for_any_scale() {
    let pulled = |scale: f64, strength: f64| {
        let fit = exponentials(&mut Random(9), 4, 2).to_string();
        let formula = format!("{scale} * (c + exp(sum(j, t[j] * w[j])))");
        let fit = fit.replace("c + exp(sum(j, t[j] * w[j]))", &formula);
        let predictor = predictor(serde_json::from_str(&fit).expect("json"), &[]);
        let towards = vec![0.4, 0.3, 0.2, 0.1];
        let question = mixlaw::search::Question {
            source: String::new(),
            at: Vec::new(),
            goal: Goal { pull: Some(Pull { strength, towards }), ..goal(Together::Mean) },
            region: Region::new(&predictor.domains, &[], &[]).expect("a region"),
            prior: ("uniform".into(), vec![0.25; 4]),
            natural: None,
            reference: ("uniform".into(), mixlaw::search::uniform(4)),
            options: OPTIONS,
            tolerance: 0.0,
        };
        let report =
            mixlaw::search::answer(&predictor, &question, &Watch::new()).expect("an answer");
        report.mixture.into_iter().map(|(_, share)| share).collect::<Vec<f64>>()
    };
    let (small, large) = (pulled(1.0, 0.5), pulled(1000.0, 0.5));
    assert!(small.iter().zip(&large).all(|(a, b)| (a - b).abs() < 1e-6), "{small:?} {large:?}");
    let strong = pulled(1.0, 1e4);
    let prior = [0.4, 0.3, 0.2, 0.1];
    assert!(strong.iter().zip(prior).all(|(a, b)| (a - b).abs() < 1e-3), "{strong:?}");
}
