//! Branch and bound: linear bounds that hold, proofs without convexity, and choices of domains.

use mixlaw::engine::Watch;
use mixlaw::predictor::{Predictor, enclose, middle};
use mixlaw::report::mixture::Certificate;
use mixlaw::search::{
    Answer, Demand, Goal, Group, Limit, Method, Objective, Options, Region, Together, Usage,
    mixtures, search,
};

use crate::exact::{OPTIONS, goal};
use crate::support::Random;
use crate::{Made, document, exponentials, names, predictor};

fn law(domains: &[&str], formula: &str) -> Predictor {
    let made = [Made {
        target: "loss",
        own: None,
        parameters: vec![("k".into(), 0.7), ("p".into(), 0.4)],
    }];
    predictor(document(&names(domains), formula, &[], &made), &[])
}

/// Every function and operator that a law may have, over wide and narrow boxes.
#[test]
fn formulas_lie_between_their_lines() {
    let formulas = [
        "exp(k * w[a] - w[b]) + p * ln(0.1 + w[c])",
        "w[a]^-p + w[b]^p + w[c]^2 + w[a]^3",
        "(k + w[a] - w[b])^3 / (0.2 + w[c])",
        "w[a] * w[b] * w[c] - k * w[a] * exp(w[b])",
        "sqrt(w[a]) * (w[b] - p) + abs(w[c] - p)",
        "max(w[a], k * w[b]) - min(w[b], w[c] + p)",
        "tanh(5 * (w[a] - w[b])) + sigmoid(8 * w[c] - 3) + atan(w[a] - p)",
        "sin(7 * w[a]) + cos(5 * w[b]) * w[c]",
        "if(w[a] < p, w[b], 1 - w[c]) + (0.5 + w[a])^w[b]",
        "log2(1 + w[a] * w[b]) - log10(2 - w[c]) - w[a] * ln(w[b] + k)",
        "k / (w[a] + 2 * w[b] + 0.01)^p + 2^w[c]",
        "logsumexp(w[a] * 3, w[b] * 2, w[c])",
    ];
    let mut random = Random(41);
    for formula in formulas {
        let predictor = law(&["a", "b", "c"], formula);
        let root = predictor.targets[0].root;
        for case in 0..60 {
            let width = [1.0, 0.3, 0.05, 1e-3, 1e-7][case % 5];
            let around = &mixtures(&[0.0; 3], &[1.0; 3], case as u64, 1)[0];
            let low: Vec<f64> =
                around.iter().map(|x| (x - width * random.between(0.0, 1.0)).max(0.0)).collect();
            let high: Vec<f64> =
                around.iter().map(|x| (x + width * random.between(0.0, 1.0)).min(1.0)).collect();
            let known = &enclose(&predictor.graph, &[root], [&low, &high], &middle(&low, &high))[0];
            for mixture in mixtures(&low, &high, 7, 40) {
                let there = predictor.graph.value(root, &mixture);
                if there.is_nan() {
                    continue;
                }
                let tiny = 1e-13 * there.abs().max(1.0);
                let (under, over) = (known.lower.at(&mixture), known.upper.at(&mixture));
                assert!(under <= there + tiny, "{formula}: {under} above {there} at {mixture:?}");
                assert!(over >= there - tiny, "{formula}: {over} below {there} at {mixture:?}");
                assert!(known.low <= there + tiny && known.high >= there - tiny, "{formula}");
            }
        }
    }
}

/// Twice as narrow, four times as close: what branch and bound lives on.
#[test]
fn lines_close_in_with_the_square_of_the_width() {
    let predictor = law(&["a", "b", "c"], "w[a]^p * exp(k * w[b]) - w[c] * sqrt(k + w[a])");
    let root = predictor.targets[0].root;
    let apart = |half: f64| {
        let around = |sign: f64| [0.3, 0.5, 0.2].map(|x| x + sign * half);
        let known =
            &enclose(&predictor.graph, &[root], [&around(-1.0), &around(1.0)], &[0.3, 0.5, 0.2])[0];
        let gaps = mixtures(&around(-1.0), &around(1.0), 1, 64);
        gaps.iter().map(|m| known.upper.at(m) - known.lower.at(m)).fold(0.0, f64::max)
    };
    let ratio = apart(0.02) / apart(0.01);
    assert!((3.5..4.5).contains(&ratio), "{ratio}");
}

/// A wide basin around the middle of one face, and a deeper narrow one elsewhere.
fn two_basins() -> Predictor {
    law(
        &["a", "b", "c", "d", "e"],
        "3 - 0.30 * exp(-6 * ((w[a] - 0.3)^2 + (w[b] - 0.3)^2 + (w[c] - 0.2)^2 + (w[d] - 0.1)^2)) \
           - 0.45 * exp(-40 * ((w[d] - 0.7)^2 + (w[e] - 0.2)^2 + w[a]^2))",
    )
}

fn run(predictor: &Predictor, goal: &Goal, region: &Region, options: Options) -> Answer {
    let objective = Objective::new(predictor, goal).expect("a goal");
    search(&objective, region, options, &Watch::new()).expect("an answer")
}

#[test]
fn two_basins_are_told_apart_with_a_proof() {
    let predictor = two_basins();
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    let one = Options { method: Method::Descend, starts: 1, ..OPTIONS };
    let single = run(&predictor, &goal(Together::Mean), &region, one);
    let branch = Options { method: Method::Branch, starts: 1, ..OPTIONS };
    let proved = run(&predictor, &goal(Together::Mean), &region, branch);
    let bound = proved.lower_bound.expect("a bound");
    assert_eq!(proved.certificate, Certificate::BranchAndBound);
    assert!(proved.found[0].value - bound <= 1e-4, "{} {bound}", proved.found[0].value);
    assert!(
        single.found[0].value > proved.found[0].value + 0.05,
        "one start ends in the wrong basin"
    );
    // Auto does the same unasked.
    let auto = run(&predictor, &goal(Together::Mean), &region, OPTIONS);
    assert_eq!(auto.certificate, Certificate::BranchAndBound);
    assert!((auto.found[0].value - proved.found[0].value).abs() < 1e-4);
}

#[test]
fn a_search_that_is_cut_short_claims_nothing() {
    let predictor = two_basins();
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    let options = Options { method: Method::Branch, cells: 40, ..OPTIONS };
    let answer = run(&predictor, &goal(Together::Mean), &region, options);
    assert_eq!(answer.certificate, Certificate::None);
    assert!(answer.method.contains("stopped"), "{}", answer.method);
    // What was proved until then holds.
    let bound = answer.lower_bound.expect("a bound");
    let full = run(&predictor, &goal(Together::Mean), &region, OPTIONS);
    assert!(bound <= full.found[0].value && bound < answer.found[0].value - 1e-4);
}

#[test]
fn threads_do_not_change_the_proof() {
    let predictor = two_basins();
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    let go = || run(&predictor, &goal(Together::Mean), &region, OPTIONS);
    let many = go();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let one = pool.install(go);
    assert_eq!((&one.found, one.lower_bound), (&many.found, many.lower_bound));
}

fn demand(domain: usize, low: Option<f64>, high: Option<f64>) -> Demand {
    Demand { domain, ends: [low, high], words: format!("demand on {domain}") }
}

/// Concave and convex terms, groups and limits: against every point of a fine lattice.
#[test]
fn groups_and_limits_are_kept_without_convexity() {
    let domains = ["a", "b", "c", "d"];
    let made = |name, k, p| Made {
        target: name,
        own: None,
        parameters: vec![("k".into(), k), ("p".into(), p)],
    };
    let formula = "2 + k * w[a]^p - w[b] * w[c] + p * sqrt(w[d]) - k * tanh(4 * w[b] - 2)";
    let fit =
        document(&names(&domains), formula, &[], &[made("one", 0.8, 0.4), made("two", 0.3, 0.9)]);
    let predictor = predictor(fit, &[]);
    let group = Group { domains: vec![0, 1], ends: [Some(0.2), Some(0.55)], words: "group".into() };
    let region = Region::new(&predictor.domains, &[], &[group]).expect("a region");
    let reference = vec![0.25; 4];
    let limits = vec![Limit { target: "two".into(), slack: 0.01, reference }];
    for (together, limits) in [
        (Together::Mean, Vec::new()),
        (Together::Worst, Vec::new()),
        (Together::Mean, limits.clone()),
        (Together::Worst, limits),
    ] {
        let goal = Goal { limits, ..goal(together) };
        let answer = run(&predictor, &goal, &region, Options { starts: 8, ..OPTIONS });
        let (best, bound) = (&answer.found[0], answer.lower_bound.expect("a bound"));
        let objective = Objective::new(&predictor, &goal).expect("a goal");
        assert_eq!(answer.certificate, Certificate::BranchAndBound, "{together:?}");
        assert!(best.value - bound <= 1e-4, "{together:?}");
        assert!(region.holds(&best.mixture) && objective.is_within_limits(&best.mixture));
        let mut seen = 0;
        for mixture in mixtures(&region.low, &region.high, 3, 20_000) {
            if region.holds(&mixture) && objective.is_within_limits(&mixture) {
                seen += 1;
                let there = objective.at(&mixture);
                assert!(there >= bound, "{together:?}: {there} below {bound} at {mixture:?}");
            }
        }
        assert!(seen > 100, "{together:?}: {seen}");
    }
}

/// The best of all choices of domains, each by the exact method.
fn by_hand(predictor: &Predictor, demands: &[Demand], least: f64, most: usize) -> f64 {
    let count = predictor.domains.len();
    let choices = (1..1_u32 << count).filter(|choice| choice.count_ones() as usize <= most);
    let values = choices.filter_map(|choice| {
        let chosen = |k: usize| choice >> k & 1 == 1;
        let ends = (0..count).map(|k| {
            let (low, high) = if chosen(k) { (least, 1.0) } else { (0.0, 0.0) };
            demand(k, Some(low), Some(high))
        });
        let all: Vec<Demand> = ends.chain(demands.iter().cloned()).collect();
        let region = Region::new(&predictor.domains, &all, &[]).ok()?;
        Some(run(predictor, &goal(Together::Mean), &region, OPTIONS).found[0].value)
    });
    values.fold(f64::INFINITY, f64::min)
}

#[test]
fn the_best_choice_of_domains_is_found_and_proved() {
    let mut random = Random(51);
    for case in 0..12 {
        let count = 3 + case % 4;
        let predictor = predictor(exponentials(&mut random, count, 4), &[]);
        let (least, most) = ([0.0, 0.15, 0.3][case % 3], 1 + case % count);
        let demands = [demand(0, None, Some(0.6))];
        let ends = (0..count).map(|k| demand(k, Some(least), None));
        let usage = Usage { least: ends.collect(), most: Some((most, "at most".into())) };
        let region = Region::new(&predictor.domains, &demands, &[]).expect("a region");
        let region = region.using(usage).expect("a region");
        let expected = by_hand(&predictor, &demands, least, most);
        let answer = run(&predictor, &goal(Together::Mean), &region, OPTIONS);
        let best = &answer.found[0];
        assert!(region.holds(&best.mixture), "case {case}: {:?}", best.mixture);
        assert!((best.value - expected).abs() < 1e-8, "case {case}: {} {expected}", best.value);
        let bound = answer.lower_bound.expect("a bound");
        assert!((-1e-12..1e-8).contains(&(best.value - bound)), "case {case}");
    }
}

#[test]
fn choices_without_convexity_are_proved_too() {
    let predictor = two_basins();
    let ends = (0..5).map(|k| demand(k, Some(0.1), None)).collect();
    let usage = Usage { least: ends, most: Some((2, "at most 2".into())) };
    let region = Region::new(&predictor.domains, &[], &[]).and_then(|r| r.using(usage));
    let region = region.expect("a region");
    let answer = run(&predictor, &goal(Together::Mean), &region, OPTIONS);
    assert_eq!(answer.certificate, Certificate::BranchAndBound);
    let best = &answer.found[0];
    assert!(region.holds(&best.mixture));
    let used: Vec<usize> = (0..5).filter(|&k| best.mixture[k] > 0.0).collect();
    assert!(used.len() <= 2 && used.iter().all(|&k| best.mixture[k] >= 0.1 - 1e-9), "{used:?}");
    // Every pair of domains, finely.
    let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
    for (a, b) in (0..5).flat_map(|a| (0..a).map(move |b| (a, b))) {
        for step in 10..=90 {
            let mut mixture = vec![0.0; 5];
            (mixture[a], mixture[b]) = (f64::from(step) / 100.0, 1.0 - f64::from(step) / 100.0);
            let there = objective.at(&mixture);
            assert!(there >= answer.lower_bound.expect("a bound"), "{mixture:?}");
        }
    }
}
