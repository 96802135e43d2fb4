//! Exact minima: BiMix's closed form, and cones against the path for boxes.

use mixlaw::engine::Watch;
use mixlaw::report::mixture::Certificate;
use mixlaw::search::{
    Answer, Demand, Goal, Group, Method, Objective, Options, Region, Together, mixtures, search,
};

use crate::support::Random;
use crate::{Made, document, exponentials, names, predictor};

pub(crate) const OPTIONS: Options = Options {
    method: Method::Auto,
    steps: 20,
    starts: 64,
    seed: 1,
    samples: 100_000,
    strength: None,
    average: None,
    rounds: 1,
    top: 10,
    gap: None,
    cells: 50_000,
};

pub(crate) fn goal(together: Together) -> Goal {
    Goal {
        together,
        weights: Vec::new(),
        drop: Vec::new(),
        maximise: Vec::new(),
        regret: None,
        pull: None,
        limits: Vec::new(),
    }
}

/// Coefficients P, beta, Q, alpha of the seven domains fitted to the 122M runs.
const BIMIX: [(&str, [f64; 4]); 7] = [
    ("arxiv", [1.433230, 1.058758, 1.620074, 0.056364]),
    ("book", [1.944280, 0.997665, 2.988578, 0.020140]),
    ("c4", [2.100041, 1.031366, 3.117853, 0.023471]),
    ("github", [1.587683, 1.159218, 0.972209, 0.077285]),
    ("commoncrawl", [2.234439, 1.025483, 2.997935, 0.019460]),
    ("stackexchange", [1.715534, 1.071922, 1.722784, 0.052166]),
    ("wikipedia", [2.150330, 0.935220, 1.847355, 0.092086]),
];

/// The mixture with the least sum of losses by the condition of Lagrange: alpha K r^-(alpha + 1)
/// is the same number for all domains.
fn closed_form(s: f64) -> Vec<f64> {
    let strength = |[p, beta, q, alpha]: [f64; 4]| alpha * (p * s.powf(-beta) + q);
    let shares = |mu: f64| BIMIX.map(|(_, c)| (strength(c) / mu).powf(1.0 / (1.0 + c[3])));
    let (mut low, mut high) = (1e-9_f64, 1e9_f64);
    for _ in 0..200 {
        let middle = (low * high).sqrt();
        if shares(middle).iter().sum::<f64>() > 1.0 { low = middle } else { high = middle }
    }
    shares(low).to_vec()
}

#[test]
fn bimix_optima_are_the_published_ones() {
    let domains = names(&BIMIX.map(|(name, _)| name));
    let table = [
        (
            1.0,
            30.8298564850,
            [0.14029297, 0.07635635, 0.09446392, 0.16588306, 0.07808715, 0.14477843, 0.30013812],
        ),
        (
            20.0,
            17.1421846742,
            [0.14781014, 0.09141096, 0.11128414, 0.12955922, 0.08866142, 0.14488594, 0.28638818],
        ),
        (
            100.0,
            16.6105165104,
            [0.14879366, 0.09240417, 0.11263155, 0.12896877, 0.08947948, 0.14550309, 0.28221929],
        ),
    ];
    let parameters = |[p, beta, q, alpha]: [f64; 4]| {
        [("P", p), ("beta", beta), ("Q", q), ("alpha", alpha)]
            .map(|(n, x)| (n.to_string(), x))
            .to_vec()
    };
    let made =
        BIMIX.map(|(name, c)| Made { target: name, own: Some(name), parameters: parameters(c) });
    let fit = document(&domains, "r^-alpha * (P * s^-beta + Q)", &["s"], &made);
    for (s, sum, mixture) in table {
        let predictor = predictor(fit.clone(), &[("s", s)]);
        let objective = Objective::new(&predictor, &goal(Together::Sum)).expect("a goal");
        let region = Region::new(&domains, &[], &[]).expect("a region");
        let answer = search(&objective, &region, OPTIONS, &Watch::new()).expect("an answer");
        let best = &answer.found[0];
        assert_eq!(answer.certificate, Certificate::Convex);
        assert!((best.value - sum).abs() < 1e-6, "s = {s}: {} for {sum}", best.value);
        for (k, (found, printed)) in best.mixture.iter().zip(mixture).enumerate() {
            assert!((found - printed).abs() < 1e-6, "s = {s}, {k}: {found} for {printed}");
            let exact = closed_form(s)[k];
            assert!((found - exact).abs() < 1e-9, "s = {s}, {k}: {found} for {exact}");
        }
        assert!(answer.residual.is_some_and(|residual| residual < 1e-10), "{:?}", answer.residual);
        assert!(best.value - answer.lower_bound.expect("a bound") < 1e-11);
    }
}

/// Demands that hold for every mixture, so that the search takes cones.
fn idle(domains: usize) -> Group {
    Group { domains: (0..domains).collect(), ends: [None, Some(1.5)], words: "idle".into() }
}

fn both_ways(objective: &Objective, names: &[String], demands: &[Demand]) -> [Answer; 2] {
    let plain = Region::new(names, demands, &[]).expect("a region");
    let cones = Region::new(names, demands, &[idle(names.len())]).expect("a region");
    [plain, cones]
        .map(|region| search(objective, &region, OPTIONS, &Watch::new()).expect("an answer"))
}

#[test]
fn cones_and_the_path_for_boxes_end_at_the_same_minimum() {
    let mut random = Random(11);
    for case in 0..40 {
        let count = 2 + case % 9;
        let predictor = predictor(exponentials(&mut random, count, 1 + case % 5), &[]);
        let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
        let demands: Vec<Demand> = (0..count)
            .filter(|k| (case + k) % 3 == 0)
            .map(|domain| {
                let low = random.between(0.0, 0.5 / count as f64);
                let ends = [Some(low), Some(low + random.between(0.7, 1.0))];
                Demand { domain, ends, words: String::new() }
            })
            .collect();
        let [boxes, cones] = both_ways(&objective, &predictor.domains, &demands);
        assert_ne!(boxes.method, cones.method);
        let (a, b) = (boxes.found[0].value, cones.found[0].value);
        assert!((a - b).abs() <= 1e-8 * a.abs(), "case {case}: {a} and {b}");
        for answer in [&boxes, &cones] {
            let gap = answer.found[0].value - answer.lower_bound.expect("a bound");
            assert!((0.0..1e-8).contains(&gap), "case {case}, {}: gap {gap:e}", answer.method);
        }
    }
}

#[test]
fn no_allowed_mixture_is_below_the_bound() {
    let mut random = Random(5);
    for case in 0..20 {
        let count = 3 + case % 5;
        let predictor = predictor(exponentials(&mut random, count, 3), &[]);
        let together = [Together::Mean, Together::Worst][case % 2];
        let objective = Objective::new(&predictor, &goal(together)).expect("a goal");
        let group =
            Group { domains: vec![0, 1], ends: [Some(0.1), Some(0.3)], words: "group".into() };
        let region = Region::new(&predictor.domains, &[], &[group]).expect("a region");
        let answer = search(&objective, &region, OPTIONS, &Watch::new()).expect("an answer");
        let bound = answer.lower_bound.expect("a bound");
        assert!(region.holds(&answer.found[0].mixture));
        assert!(answer.found[0].value - bound < 1e-7, "case {case}");
        let mut seen = 0;
        for mixture in mixtures(&region.low, &region.high, case as u64, 4000) {
            if region.holds(&mixture) {
                seen += 1;
                let there = objective.at(&mixture);
                assert!(there >= bound, "case {case}: {there} below {bound}");
            }
        }
        assert!(seen > 50, "case {case}: only {seen} mixtures");
    }
}

/// Two basins, the deeper one narrow and far from the middle.
#[test]
fn what_is_not_convex_is_never_called_so() {
    let domains = names(&["a", "b", "c"]);
    let made = [Made { target: "loss", own: None, parameters: vec![("k".into(), 1.0)] }];
    let formula =
        "3 - k * exp(-60 * ((w[a] - 0.8)^2 + w[b]^2)) - 0.8 * exp(-9 * ((w[c] - 0.6)^2 + w[a]^2))";
    let predictor = predictor(document(&domains, formula, &[], &made), &[]);
    let objective = Objective::new(&predictor, &goal(Together::Mean)).expect("a goal");
    let region = Region::new(&domains, &[], &[]).expect("a region");
    let exact =
        search(&objective, &region, Options { method: Method::Exact, ..OPTIONS }, &Watch::new());
    assert!(exact.is_err_and(|error| error.to_string().contains("not shown to be convex")));
    let auto = search(&objective, &region, OPTIONS, &Watch::new()).expect("an answer");
    assert_eq!(auto.certificate, Certificate::BranchAndBound);
    let options = Options { method: Method::Descend, ..OPTIONS };
    let answer = search(&objective, &region, options, &Watch::new()).expect("an answer");
    assert_eq!(answer.certificate, Certificate::None);
    assert_eq!(answer.lower_bound, None);
    assert!((answer.found[0].value - auto.found[0].value).abs() < 1e-4);
    assert!((answer.found[0].mixture[0] - 0.8).abs() < 0.05, "{:?}", answer.found[0]);
    assert!(answer.found.len() >= 2, "both basins are given");
}
