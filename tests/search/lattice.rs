//! The lattice: every allowed point once, the true best of them, in order.

use mixlaw::engine::Watch;
use mixlaw::predictor::Predictor;
use mixlaw::search::{
    Answer, Demand, Group, Method, Objective, Options, Pull, Region, Together, Usage, search,
};

use crate::exact::{OPTIONS, goal};
use crate::support::Random;
use crate::{Made, document, exponentials, names, predictor};

fn scan(objective: &Objective, region: &Region, steps: usize, top: usize) -> Answer {
    let options = Options { method: Method::Lattice, steps, top, ..OPTIONS };
    search(objective, region, options, &Watch::new()).expect("an answer")
}

/// All compositions of `steps` into `parts`, in order.
pub(crate) fn compositions(parts: usize, steps: usize) -> Vec<Vec<usize>> {
    if parts == 1 {
        return vec![vec![steps]];
    }
    let with = |first: usize| {
        let rest = compositions(parts - 1, steps - first);
        rest.into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=steps).flat_map(with).collect()
}

fn by_hand(objective: &Objective, region: &Region, steps: usize, top: usize) -> (Vec<f64>, usize) {
    let mut values = Vec::new();
    for point in compositions(region.low.len(), steps) {
        let mixture: Vec<f64> = point.iter().map(|n| *n as f64 / steps as f64).collect();
        if region.holds(&mixture) {
            values.push(objective.at(&mixture));
        }
    }
    let count = values.len();
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    values.truncate(top);
    (values, count)
}

#[track_caller]
fn agrees(predictor: &Predictor, region: &Region, together: Together, steps: usize) {
    let objective = Objective::new(predictor, &goal(together)).expect("a goal");
    let answer = scan(&objective, region, steps, 25);
    let (expected, count) = by_hand(&objective, region, steps, 25);
    assert_eq!(answer.evaluated, count as u64);
    let found: Vec<f64> = answer.found.iter().map(|found| found.value).collect();
    assert_eq!(found, expected);
    assert!(answer.found.iter().all(|found| region.holds(&found.mixture)));
}

fn group(domains: &[usize], ends: [Option<f64>; 2]) -> Group {
    Group { domains: domains.to_vec(), ends, words: "group".into() }
}

#[test]
fn every_point_is_looked_at_once() {
    let mut random = Random(31);
    for (domains, steps) in [(2, 40), (3, 30), (4, 16), (5, 10), (6, 8)] {
        let predictor = predictor(exponentials(&mut random, domains, 3), &[]);
        let free = Region::new(&predictor.domains, &[], &[]).expect("a region");
        agrees(&predictor, &free, Together::Mean, steps);
        agrees(&predictor, &free, Together::Worst, steps);
    }
}

#[test]
fn bounds_and_groups_are_kept_to_the_step() {
    let mut random = Random(32);
    let predictor = predictor(exponentials(&mut random, 5, 2), &[]);
    let demand = |domain, low, high| Demand { domain, ends: [low, high], words: String::new() };
    let demands =
        [demand(0, Some(0.1), Some(0.55)), demand(3, None, Some(0.3)), demand(4, Some(0.05), None)];
    let groups = [
        vec![],
        vec![group(&[0, 1], [None, Some(0.4)])],
        vec![group(&[3, 4], [Some(0.25), Some(0.6)])],
        vec![group(&[1, 3], [Some(0.1), Some(0.2)]), group(&[0, 2, 4], [Some(0.5), None])],
        vec![group(&[2, 4], [Some(0.35), Some(0.35)])],
    ];
    for groups in groups {
        let region = Region::new(&predictor.domains, &demands, &groups).expect("a region");
        agrees(&predictor, &region, Together::Mean, 20);
    }
}

/// Shares that are zero or large enough, and few domains: of tails and heads alike, with bounds and
/// groups.
#[test]
fn shares_are_zero_or_large_enough_and_few() {
    let mut random = Random(35);
    let predictor = predictor(exponentials(&mut random, 5, 2), &[]);
    let demand = |domain, low, high| Demand { domain, ends: [low, high], words: String::new() };
    let least = |domain, least| demand(domain, Some(least), None);
    let bounds = [demand(1, None, Some(0.5)), demand(4, Some(0.1), Some(0.7))];
    let groups = [group(&[0, 3], [Some(0.1), Some(0.45)]), group(&[2, 4], [None, Some(0.65)])];
    let leasts = [
        vec![],
        vec![least(0, 0.2), least(2, 0.15)],
        vec![least(3, 0.3), least(4, 0.25)],
        vec![least(0, 0.1), least(1, 0.5), least(2, 0.35), least(3, 0.2), least(4, 0.9)],
    ];
    let mut checked = 0;
    for leasts in leasts {
        for most in [1, 2, 3, 4, 5] {
            for (bounds, groups) in [(&[][..], &[][..]), (&bounds, &[]), (&[], &groups)] {
                let usage = Usage { least: leasts.clone(), most: Some((most, String::new())) };
                let region = Region::new(&predictor.domains, bounds, groups)
                    .and_then(|region| region.using(usage));
                let Ok(region) = region else { continue };
                let objective = Objective::new(&predictor, &goal(Together::Mean));
                let (_, count) = by_hand(&objective.expect("a goal"), &region, 20, 1);
                if count > 0 {
                    agrees(&predictor, &region, Together::Mean, 20);
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 40, "{checked}");
}

/// Laws that are no sum of products of single shares go through the formula, powers and quotients
/// through tables; zero shares may be infinite.
#[test]
fn any_formula_is_scanned() {
    let domains = names(&["a", "b", "c"]);
    let made = [Made {
        target: "loss",
        own: None,
        parameters: vec![("k".into(), 0.7), ("p".into(), 0.4)],
    }];
    let formulas = [
        "k + 1 / sum(j, w[j]^p)",
        "k * w[a]^-p + w[b]^-k + w[c]^2",
        "w[a] * w[b]^p / (k + w[c]) - 3 * exp(w[a] - k * w[b])",
        "sqrt(w[a] * w[b]) + abs(w[c] - k)",
        "ln(k + w[a]) * (w[b] - w[c])^2",
    ];
    for formula in formulas {
        let predictor = predictor(document(&domains, formula, &[], &made), &[]);
        let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
        let region = Region::new(&domains, &[], &[]).expect("a region");
        let answer = scan(&objective, &region, 24, 10);
        let (expected, count) = by_hand(&objective, &region, 24, 10);
        assert!(answer.method.contains(&format!(" {count} mixtures")), "{}", answer.method);
        for (found, expected) in answer.found.iter().zip(&expected) {
            assert!((found.value - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{formula}");
        }
    }
}

#[test]
fn counts_are_the_binomials() {
    for (domains, steps, count) in [(5, 100, 4_598_126), (7, 40, 9_366_819)] {
        let predictor = predictor(exponentials(&mut Random(33), domains, 4), &[]);
        let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
        let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
        let answer = scan(&objective, &region, steps, 100);
        assert_eq!(answer.evaluated, count);
        assert_eq!(answer.found.len(), 100);
        let exact = search(&objective, &region, OPTIONS, &Watch::new()).expect("an answer");
        let bound = exact.lower_bound.expect("a bound");
        assert!(answer.found[0].value >= bound, "no point is below what is proved");
        assert!(answer.found[0].value < bound + 0.01, "{} {bound}", answer.found[0].value);
    }
}

/// The threads of the machine must not change anything.
#[test]
fn one_thread_finds_what_many_find() {
    let predictor = predictor(exponentials(&mut Random(34), 6, 3), &[]);
    let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    let many = scan(&objective, &region, 25, 50);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let one = pool.install(|| scan(&objective, &region, 25, 50));
    assert_eq!(one.found, many.found);
}

/// A pull is added to the largest of the targets, and both are tables.
#[test]
fn the_worst_case_with_a_pull_goes_by_tables() {
    let predictor = predictor(exponentials(&mut Random(36), 4, 3), &[]);
    let pull = Pull { strength: 0.7, towards: vec![0.4, 0.3, 0.2, 0.1] };
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    for together in [Together::Worst, Together::Mean] {
        let mut objective = Objective::new(&predictor, &goal(together)).expect("a goal");
        objective.pull(&pull, 0.3);
        let answer = scan(&objective, &region, 24, 40);
        assert!(answer.method.ends_with("by tables"), "{}", answer.method);
        let (expected, count) = by_hand(&objective, &region, 24, 40);
        assert_eq!(answer.evaluated, count as u64);
        let found: Vec<f64> = answer.found.iter().map(|found| found.value).collect();
        assert_eq!(found, expected);
    }
}

/// Domains that are alike give mixtures of exactly the same worth: those that come first stay.
#[test]
fn ties_stay_in_the_order_of_the_lattice() {
    let domains = names(&["a", "b", "c"]);
    let made = [Made { target: "loss", own: None, parameters: vec![("k".into(), 0.7)] }];
    let fit = document(&domains, "exp(k * w[a]) * exp(k * w[b]) * exp(k * w[c])", &[], &made);
    let predictor = predictor(fit, &[]);
    let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
    let region = Region::new(&domains, &[], &[]).expect("a region");
    let answer = scan(&objective, &region, 16, 30);
    let mut all: Vec<(f64, Vec<f64>)> = compositions(3, 16)
        .into_iter()
        .map(|point| point.iter().map(|n| *n as f64 / 16.0).collect::<Vec<f64>>())
        .map(|mixture| (objective.at(&mixture), mixture))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let found: Vec<(f64, Vec<f64>)> =
        answer.found.into_iter().map(|found| (found.value, found.mixture)).collect();
    assert_eq!(found, all[..30]);
}
