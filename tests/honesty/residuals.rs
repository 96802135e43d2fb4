//! Residuals: sandwich errors by hand, tests that reject what they should and little else.

use mixlaw::problem::Residual;
use mixlaw::study::honesty::Residuals;

use crate::planted::{Planted, Straight, line};
use crate::support::{RAW, Random, assert_within, huber};

fn of(columns: &[(&str, Vec<f64>)]) -> Residuals {
    Planted::new(columns, &["a + b*x"], RAW).first().residuals.expect("residuals")
}

#[test]
fn hc3_is_that_of_regression_by_hand() {
    let columns = line(14, 0.3, 21);
    let straight = Straight::new(&columns);
    // (X'X)^-1 sum r^2/(1-h)^2 x x' (X'X)^-1.
    let [aa, ab, bb] = straight.inverse;
    let (mut va, mut vb) = (0.0, 0.0);
    for (i, x) in columns[0].1.iter().enumerate() {
        let r = straight.residuals[i] / (1.0 - straight.leverages[i]);
        va += ((aa + ab * x) * r).powi(2);
        vb += ((ab + bb * x) * r).powi(2);
    }
    let errors = Planted::new(&columns, &["a + b*x"], RAW).first().errors;
    for (one, (equal, robust)) in
        errors.iter().zip(straight.errors().into_iter().zip([va.sqrt(), vb.sqrt()]))
    {
        assert_within(one.equal_variance.expect("s"), equal, 1e-9, &one.parameter);
        assert_within(one.sandwich.expect("HC3"), robust, 1e-9, &one.parameter);
        assert_within(one.ratio.expect("r"), robust / equal, 1e-8, &one.parameter);
    }
}

#[test]
fn huber_losses_have_the_sandwich_alone() {
    let fit = Planted::new(&line(20, 0.3, 22), &["a + b*x"], huber(Residual::Raw, 0.1)).first();
    assert!(fit.errors.iter().all(|e| e.equal_variance.is_none() && e.sandwich.is_some()));
    let beyond = fit.residuals.expect("residuals").beyond_delta.expect("a share");
    assert!((0.3..0.95).contains(&beyond), "{beyond}");
}

#[test]
fn moments_leverages_and_standardised_residuals_are_those_by_hand() {
    let columns = line(14, 0.3, 23);
    let straight = Straight::new(&columns);
    let ours = of(&columns);
    assert_within(ours.deviation.expect("s"), straight.variance().sqrt(), 1e-9, "deviation");
    assert_within(ours.mean_leverage.expect("h"), 2.0 / 14.0, 1e-12, "leverage");
    let moment = |k| straight.residuals.iter().map(|r| r.powi(k)).sum::<f64>() / 14.0;
    let skewness = moment(3) / moment(2).powf(1.5);
    let kurtosis = moment(4) / moment(2).powi(2) - 3.0;
    assert_within(ours.skewness.expect("skewness"), skewness, 1e-7, "skewness");
    let jb = 14.0 / 6.0 * (skewness * skewness + kurtosis * kurtosis / 4.0);
    assert_within(ours.jarque_bera.statistic.expect("JB"), jb, 1e-6, "JB");
    assert_within(ours.jarque_bera.p_value.expect("p"), (-0.5 * jb).exp(), 1e-7, "p");
    for one in &ours.leverages {
        let h = straight.leverages[one.row as usize - 1];
        assert_within(one.value, h, 1e-10, "leverage");
    }
    assert!([1, 14].contains(&ours.leverages[0].row), "the ends of the line have most");
    for one in &ours.standardised {
        let i = one.row as usize - 1;
        let unit = (straight.variance() * (1.0 - straight.leverages[i])).sqrt();
        assert_within(one.value, straight.residuals[i] / unit, 1e-7, "standardised");
    }
}

/// Noise that grows with x.
fn growing(seed: u64) -> Vec<(&'static str, Vec<f64>)> {
    let mut random = Random(seed);
    let x: Vec<f64> = (0..200).map(|row| f64::from(row) / 199.0).collect();
    let y = x.iter().map(|x| 2.0 + 3.0 * x + 0.2 * (0.1 + x) * random.normal()).collect();
    vec![("x", x), ("y", y)]
}

#[test]
fn growing_noise_is_seen_and_equal_noise_is_not() {
    let p = |columns: &[(&str, Vec<f64>)]| {
        let tests = of(columns).breusch_pagan;
        let names: Vec<&str> = tests.iter().map(|test| test.regressor.as_str()).collect();
        assert_eq!(names, ["prediction", "x"]);
        [0, 1].map(|k| tests[k].test.p_value.expect("a p-value"))
    };
    for seed in 0..10 {
        assert!(p(&growing(seed)).iter().all(|p| *p < 1e-4), "seed {seed}");
    }
    // Of 60 tables without it about 3 are rejected at 5 %: more than 9 with probability 0.1 %.
    let rejected = (0..60).filter(|seed| p(&line(60, 0.2, *seed))[0] < 0.05).count();
    assert!(rejected <= 9, "{rejected} of 60");
}

/// Four runs over s, whose neighbours share `share` of their noise.
fn along(share: f64, seed: u64) -> Residuals {
    let mut random = Random(seed);
    let (mut x, mut s, mut y) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..4 {
        let mut noise = 0.0;
        for step in 1..=25 {
            noise = share * noise + random.normal();
            x.push(f64::from(run));
            s.push(f64::from(step));
            y.push(1.0 + f64::from(run) + 0.3 * f64::from(step) + 0.1 * noise);
        }
    }
    // Rows in an order that is not that of the runs.
    let order: Vec<usize> = (0..100).map(|k| (k * 37) % 100).collect();
    let pick = |values: Vec<f64>| order.iter().map(|&k| values[k]).collect::<Vec<f64>>();
    let columns = [("x", pick(x)), ("s", pick(s)), ("y", pick(y))];
    Planted::new(&columns, &["a + b*x + c*s"], RAW).first().residuals.expect("residuals")
}

#[test]
fn neighbours_along_runs_are_found() {
    let ours = along(0.7, 24).along_runs;
    assert_eq!((ours.column.as_deref(), ours.pairs), (Some("s"), 96));
    assert!(ours.z.expect("z") > 4.0 && ours.p_value.expect("p") < 1e-4, "{ours:?}");
    let rejected =
        (0..40).filter(|seed| along(0.0, *seed).along_runs.p_value.expect("p") < 0.05).count();
    assert!(rejected <= 7, "{rejected} of 40");
}

#[test]
fn what_cannot_be_tested_says_why() {
    let few = of(&line(6, 0.1, 25));
    assert!(few.jarque_bera.why.expect("why").contains("fewer than 8"));
    assert!(few.breusch_pagan.is_empty() && few.along_runs.why.is_some());
    let x: Vec<f64> = (0..12).map(f64::from).collect();
    let y = x.iter().map(|x| 1.0 + x).collect();
    let exact = of(&[("x", x), ("y", y)]);
    assert!(exact.jarque_bera.why.expect("why").contains("rounding"));
    // Nothing but a constant: the prediction is the same in all rows, and nothing orders them.
    let columns = line(20, 0.1, 26);
    let flat = Planted::new(&columns, &["a"], RAW).first().residuals.expect("residuals");
    assert!(flat.breusch_pagan[0].test.why.as_deref().expect("why").contains("the same"));
    assert!(flat.along_runs.why.expect("why").contains("reads no input"));
}
