//! Dynamic programming: the same best points as by looking at every one, in the same order.

use mixlaw::engine::Watch;
use mixlaw::search::{
    Answer, Demand, Found, Group, Method, Objective, Options, Region, Together, Usage, search,
};

use crate::exact::{OPTIONS, goal};
use crate::lattice::compositions;
use crate::support::Random;
use crate::{Made, document, predictor};

fn domains(count: usize) -> Vec<String> {
    (0..count).map(|k| format!("d{k}")).collect()
}

/// A target whose parameters `a`, `b`, `c` and `t[domain]` are random.
fn objective(formula: &str, count: usize, random: &mut Random) -> Objective {
    let domains = domains(count);
    let mut parameters: Vec<(String, f64)> =
        ["a", "b", "c"].map(|name| (name.to_string(), random.between(0.3, 2.0))).to_vec();
    for domain in domains.iter().filter(|_| formula.contains("t[")) {
        parameters.push((format!("t[{domain}]"), random.between(-2.0, 2.0)));
    }
    parameters.retain(|(name, _)| name.starts_with("t[") || formula.contains(name.as_str()));
    let made = [Made { target: "loss", own: None, parameters }];
    let predictor = predictor(document(&domains, formula, &[], &made), &[]);
    Objective::new(&predictor, &goal(Together::Mean)).expect("a goal")
}

fn solve(objective: &Objective, region: &Region, steps: usize, top: usize) -> Answer {
    let options = Options { method: Method::Lattice, steps, top, ..OPTIONS };
    search(objective, region, options, &Watch::new()).expect("an answer")
}

/// The best allowed points, equal ones in the order of the lattice, and how many are allowed.
fn by_hand(
    objective: &Objective,
    region: &Region,
    steps: usize,
    top: usize,
) -> (Vec<Found>, usize) {
    let points = compositions(region.low.len(), steps).into_iter();
    let mixtures = points.map(|point| point.iter().map(|n| *n as f64 / steps as f64).collect());
    let allowed: Vec<Vec<f64>> =
        mixtures.filter(|mixture: &Vec<f64>| region.holds(mixture)).collect();
    let count = allowed.len();
    let score = |mixture: Vec<f64>| {
        let value = objective.at(&mixture);
        Found { mixture, value }
    };
    let mut found: Vec<Found> =
        allowed.into_iter().map(score).filter(|found| found.value.is_finite()).collect();
    found.sort_by(|a, b| a.value.total_cmp(&b.value));
    found.truncate(top);
    (found, count)
}

#[track_caller]
fn agrees(objective: &Objective, region: &Region, steps: usize, top: usize, what: &str) {
    let answer = solve(objective, region, steps, top);
    let (expected, count) = by_hand(objective, region, steps, top);
    let words = format!("dynamic programming over {count} mixtures in steps of 1/{steps}");
    assert!(answer.method.contains(&words), "{what}: {} is not {words}", answer.method);
    assert_eq!(answer.found, expected, "{what}");
}

fn free(count: usize) -> Region {
    Region::new(&domains(count), &[], &[]).expect("a region")
}

/// Sums, and rising and falling functions of sums and products.
const SEPARABLE: [&str; 14] = [
    "a + sum(j, t[j] * w[j]^2)",
    "a + b * exp(sum(j, t[j] * w[j]))",
    "a - b * exp(sum(j, t[j] * w[j]))",
    "a / (b + sum(j, abs(t[j]) * (w[j] - 0.3)^2))",
    "(b + sum(j, exp(t[j] * w[j])))^-a",
    "sqrt(b + sum(j, exp(t[j] * w[j])))",
    "1 - ln(b + sum(j, exp(t[j] * w[j]) / c))",
    "tanh(sum(j, t[j] * w[j]))",
    "a * prod(j, (b + w[j])^t[j])",
    "c - 2 * prod(j, exp(t[j] * w[j]) * (b + w[j]))",
    "sum(j, t[j] * w[j]^-0.5)",
    "sum(j, t[j] * sin(9 * w[j]))",
    "2^(b - sum(j, t[j] * w[j]))",
    "log2(prod(j, b + abs(t[j] - w[j])))",
];

#[test]
fn the_best_points_are_those_of_the_whole_scan() {
    let mut random = Random(51);
    for formula in SEPARABLE {
        for (count, steps) in [(2, 30), (3, 24), (5, 9)] {
            let objective = objective(formula, count, &mut random);
            agrees(&objective, &free(count), steps, 25, formula);
        }
    }
}

/// Demands drawn at random that the uniform mixture meets.
fn demands(count: usize, random: &mut Random) -> Vec<Demand> {
    let share = 1.0 / count as f64;
    let demand = |domain: usize| {
        let low = (random.unit() < 0.3).then(|| random.between(0.0, share));
        let high = (random.unit() < 0.4).then(|| random.between(share, 1.0));
        Demand { domain, ends: [low, high], words: String::new() }
    };
    (0..count).map(demand).collect()
}

/// Disjoint groups that the uniform mixture meets.
fn groups(count: usize, random: &mut Random) -> Vec<Group> {
    let place: Vec<usize> = (0..count).map(|_| (3.0 * random.unit()) as usize).collect();
    let group = |which: usize| {
        let domains: Vec<usize> = (0..count).filter(|k| place[*k] == which).collect();
        let sum = domains.len() as f64 / count as f64;
        let ends = [Some(random.between(0.5, 1.0) * sum), Some(random.between(sum, 1.0))];
        Group { domains, ends, words: String::new() }
    };
    (0..2).map(group).filter(|group| !group.domains.is_empty()).collect()
}

fn usage(count: usize, random: &mut Random) -> Usage {
    let share = 1.0 / count as f64;
    let least = |domain| Demand {
        domain,
        ends: [Some(random.between(0.0, share)), None],
        words: String::new(),
    };
    let least = (0..count).map(least).collect();
    let most = (0.4 * count as f64).ceil() as usize + 1;
    Usage { least, most: Some((most, String::new())) }
}

#[test]
fn bounds_groups_and_usage_are_kept() {
    let mut random = Random(52);
    let mut compared = 0;
    for round in 0..60 {
        let (count, steps) = [(3, 20), (4, 20), (5, 12), (6, 12)][round % 4];
        let formula = SEPARABLE[round % SEPARABLE.len()];
        let objective = objective(formula, count, &mut random);
        let demands = if round % 3 == 0 { Vec::new() } else { demands(count, &mut random) };
        let groups = if round % 2 == 0 { groups(count, &mut random) } else { Vec::new() };
        let mut region = Region::new(&domains(count), &demands, &groups).expect("a region");
        if round % 5 > 1 {
            match region.clone().using(usage(count, &mut random)) {
                Ok(choosy) => region = choosy,
                Err(_) => continue,
            }
        }
        if by_hand(&objective, &region, steps, 1).1 > 0 {
            agrees(&objective, &region, steps, 30, &format!("{round}: {formula} {region:?}"));
            compared += 1;
        }
    }
    assert!(compared > 40, "{compared}");
}

/// Where several points are equally good, the first of the lattice comes first.
#[test]
fn ties_stand_in_the_order_of_the_lattice() {
    let mut random = Random(53);
    for formula in ["a + sum(j, w[j]^2)", "exp(sum(j, 0 - w[j]^0.5))", "b * prod(j, 1 + w[j])"] {
        let objective = objective(formula, 4, &mut random);
        agrees(&objective, &free(4), 10, 40, formula);
    }
    // More equal points than are looked at.
    let flat = objective("a + sum(j, 2 * w[j])", 9, &mut random);
    let answer = solve(&flat, &free(9), 32, 3);
    let ends = answer.found.iter().map(|found| found.mixture[6..].to_vec());
    let expected = [[0.0, 0.0, 1.0], [0.0, 0.03125, 0.96875], [0.0, 0.0625, 0.9375]];
    assert_eq!(ends.collect::<Vec<_>>(), expected);
}

/// What is no sum of single shares, or has groups that overlap, is scanned.
#[test]
fn what_is_not_separable_is_scanned() {
    let mut random = Random(54);
    let [crossed, summed] =
        ["a * w[d0] * w[d1] - b * w[d2] + w[d3]^2", "a + sum(j, t[j] * w[j]^2)"]
            .map(|formula| objective(formula, 4, &mut random));
    let group = |domains: &[usize]| Group {
        domains: domains.to_vec(),
        ends: [None, Some(0.6)],
        words: String::new(),
    };
    let overlapping = [group(&[0, 1]), group(&[1, 2])];
    let overlapping = Region::new(&domains(4), &[], &overlapping).expect("a region");
    for (objective, region) in [(&crossed, &free(4)), (&summed, &overlapping)] {
        let answer = solve(objective, region, 12, 20);
        let (expected, count) = by_hand(objective, region, 12, 20);
        assert!(answer.method.contains(&format!("all {count} mixtures")), "{}", answer.method);
        assert!((answer.found[19].value - expected[19].value).abs() < 1e-12);
    }
}

/// A power that is infinite at zero shares, and one that overflows, win nothing.
#[test]
fn infinite_points_are_left_out() {
    let mut random = Random(55);
    for formula in ["sum(j, t[j] / w[j])", "0 - exp(sum(j, 900 * w[j]^2))"] {
        let objective = objective(formula, 4, &mut random);
        let answer = solve(&objective, &free(4), 12, 20);
        assert_eq!(answer.found, by_hand(&objective, &free(4), 12, 20).0, "{formula}");
    }
}

#[test]
fn a_wide_and_fine_lattice_is_solved() {
    let objective = objective("a + sum(j, exp(t[j] * w[j]))", 20, &mut Random(56));
    let answer = solve(&objective, &free(20), 1000, 100);
    assert!(answer.method.contains("over 9.929e39 mixtures"), "{}", answer.method);
    assert!(answer.found.windows(2).all(|pair| pair[0].value <= pair[1].value));
    let exact = search(&objective, &free(20), OPTIONS, &Watch::new()).expect("an answer");
    let bound = exact.lower_bound.expect("a bound");
    let gap = answer.found[0].value - bound;
    assert!((0.0..1e-4).contains(&gap), "{gap}");
}
