//! Samples: the best of what is drawn, within the constraints, whoever draws.

use mixlaw::engine::Watch;
use mixlaw::error::Error;
use mixlaw::predictor::Predictor;
use mixlaw::search::{
    Answer, Demand, Found, Group, Method, Objective, Options, Region, Together, Usage, mixtures,
    search,
};

use crate::exact::{OPTIONS, goal};
use crate::support::Random;
use crate::{Made, document, exponentials, names, predictor};

const SAMPLE: Options = Options { method: Method::Sample, top: 20, ..OPTIONS };

fn usual(domains: usize) -> (Predictor, Objective) {
    let predictor = predictor(exponentials(&mut Random(61), domains, 3), &[]);
    let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
    (predictor, objective)
}

fn draw(objective: &Objective, region: &Region, options: Options) -> Answer {
    search(objective, region, options, &Watch::new()).expect("an answer")
}

fn demand(domain: usize, low: Option<f64>, high: Option<f64>) -> Demand {
    Demand { domain, ends: [low, high], words: String::new() }
}

fn region(predictor: &Predictor, demands: &[Demand], groups: &[Group]) -> Region {
    Region::new(&predictor.domains, demands, groups).expect("a region")
}

#[test]
fn the_best_of_the_sequence_are_found() {
    let (predictor, objective) = usual(5);
    let region = region(&predictor, &[demand(1, Some(0.1), Some(0.4))], &[]);
    // No whole number of blocks or tasks.
    let answer = draw(&objective, &region, Options { samples: 70_001, ..SAMPLE });
    let score = |mixture: Vec<f64>| {
        let value = objective.at(&mixture);
        Found { mixture, value }
    };
    let all = mixtures(&region.low, &region.high, SAMPLE.seed, 70_001);
    let mut all: Vec<Found> = all.into_iter().map(score).collect();
    all.sort_by(|a, b| a.value.total_cmp(&b.value));
    assert_eq!(answer.found, all[..20]);
    assert_eq!(answer.method, "sample: 70001 mixtures, low-discrepancy");
    assert_eq!(answer.evaluated, 70_001);
}

#[test]
fn one_thread_draws_what_many_draw() {
    let (predictor, objective) = usual(6);
    let group = Group { domains: vec![0, 3], ends: [None, Some(0.4)], words: String::new() };
    let region = region(&predictor, &[], &[group]);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    for strength in [None, Some([3.0; 2]), Some([0.5, 8.0])] {
        let options = Options { samples: 600_000, strength, ..SAMPLE };
        let many = draw(&objective, &region, options);
        let one = pool.install(|| draw(&objective, &region, options));
        assert_eq!(one.found, many.found);
        assert_eq!(one.method, many.method);
    }
}

/// More samples find what fewer found, or better.
#[test]
fn a_longer_sample_continues_a_shorter_one() {
    let (predictor, objective) = usual(4);
    let region = region(&predictor, &[], &[]);
    for strength in [None, Some([1.0; 2])] {
        let [short, long] = [5_000, 50_000].map(|samples| {
            draw(&objective, &region, Options { samples, strength, ..SAMPLE }).found
        });
        let last = long.last().expect("found").value;
        let kept: Vec<&Found> = short.iter().filter(|found| found.value < last).collect();
        assert!(!kept.is_empty() && kept.iter().all(|found| long.contains(found)));
    }
}

#[test]
fn bounds_groups_and_usage_are_kept() {
    let (predictor, objective) = usual(6);
    let demands = [demand(0, Some(0.05), Some(0.6)), demand(2, None, Some(0.3))];
    let group = Group { domains: vec![1, 4], ends: [Some(0.2), Some(0.6)], words: String::new() };
    let usage = || Usage {
        least: (0..6).map(|k| demand(k, Some(0.1), None)).collect(),
        most: Some((3, String::new())),
    };
    for strength in [None, Some([2.0; 2])] {
        for groups in [vec![], vec![group.clone()]] {
            for choosy in [false, true] {
                let mut region = region(&predictor, &demands, &groups);
                if choosy {
                    region = region.using(usage()).expect("allowed");
                }
                let options = Options { samples: 20_000, strength, top: 200, ..SAMPLE };
                let answer = draw(&objective, &region, options);
                assert!(answer.found.iter().all(|found| region.holds(&found.mixture)));
                assert!(answer.found.windows(2).all(|pair| pair[0].value <= pair[1].value));
                let rejects = strength.is_some() || !groups.is_empty();
                assert_eq!(answer.evaluated < 20_000, rejects, "{}", answer.method);
                let zeros = answer.found.iter().filter(|one| one.mixture.contains(&0.0)).count();
                assert_eq!(zeros > 0, choosy, "{strength:?}");
            }
        }
    }
}

/// Two domains and a Dirichlet distribution of ones: the share is uniform.
#[test]
fn rejected_mixtures_are_counted() {
    let (predictor, objective) = usual(2);
    let region = region(&predictor, &[demand(0, Some(0.2), Some(0.5))], &[]);
    let options = Options { samples: 100_000, strength: Some([2.0; 2]), ..SAMPLE };
    let answer = draw(&objective, &region, options);
    let share = answer.evaluated as f64 / 1e5;
    assert!((share - 0.3).abs() < 0.01, "{share}");
    let words = format!("{} of 100000 mixtures allowed, Dirichlet", answer.evaluated);
    assert!(answer.method.contains(&words), "{}", answer.method);
    let nowhere = self::region(&predictor, &[demand(0, Some(0.2), Some(0.2 + 1e-9))], &[]);
    let error = search(&objective, &nowhere, options, &Watch::new()).expect_err("none");
    assert!(error.to_string().contains("none of 100000 mixtures"), "{error}");
}

#[test]
fn what_is_no_number_never_wins() {
    let domains = names(&["a", "b", "c"]);
    let made = [Made { target: "loss", own: None, parameters: vec![("k".into(), 0.5)] }];
    let formula = "ln(w[a] - k) / w[b]";
    let predictor = predictor(document(&domains, formula, &[], &made), &[]);
    let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
    let answer = draw(&objective, &region(&predictor, &[], &[]), SAMPLE);
    assert_eq!(answer.found.len(), 20);
    let good = |one: &Found| one.value.is_finite() && one.mixture[0] > 0.5;
    assert!(answer.found.iter().all(good));
}

#[test]
fn a_sample_stops_when_asked() {
    let (predictor, objective) = usual(3);
    let watch = Watch::new();
    watch.stop();
    let options = Options { samples: 1 << 50, ..SAMPLE };
    let stopped = search(&objective, &region(&predictor, &[], &[]), options, &watch);
    assert!(matches!(stopped, Err(Error::Interrupted)));
}
