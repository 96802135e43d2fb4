//! Which law: criteria by hand, weights, choices of resamples, and criteria that do not exist.

use std::f64::consts::PI;

use mixlaw::problem::Residual;
use mixlaw::report::draws::Change;

use crate::planted::{Planted, Straight, line};
use crate::support::{RAW, assert_within, huber};

#[test]
fn criteria_are_those_by_hand() {
    let columns = line(12, 0.1, 1);
    let straight = Straight::new(&columns);
    let y = &columns[1].1;
    let mean = y.iter().sum::<f64>() / 12.0;
    let total: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let one = Planted::new(&columns, &["a + b*x", "c"], RAW).honest().selection.remove(0);
    assert_eq!((one.rows, one.laws[0].parameters, one.laws[1].parameters), (12, 3, 2));
    for (law, squares, k) in [(&one.laws[0], straight.squares, 3.0), (&one.laws[1], total, 2.0)] {
        let fit = 12.0 * ((2.0 * PI * squares / 12.0).ln() + 1.0);
        assert_within(law.minus_twice_log_likelihood.expect("L"), fit, 1e-9, "-2 ln L");
        let aicc = fit + 2.0 * k + 2.0 * k * (k + 1.0) / (12.0 - k - 1.0);
        assert_within(law.aicc.expect("AICc"), aicc, 1e-9, "AICc");
        assert_within(law.bic.expect("BIC"), fit + k * 12.0_f64.ln(), 1e-9, "BIC");
    }
    let delta = one.laws[1].delta_aicc.expect("a difference");
    assert!(delta > 10.0 && one.laws[0].delta_aicc == Some(0.0), "{one:?}");
    let odds = one.laws[1].weight.expect("w") / one.laws[0].weight.expect("w");
    assert_within(odds.ln(), -0.5 * delta, 1e-9, "odds");
    assert_within(one.laws.iter().filter_map(|law| law.weight).sum(), 1.0, 1e-12, "weights");
    assert_eq!(one.laws[0].frequency, None, "no resample was drawn");
}

/// Of four resamples one is won by each of two laws of equal size, one is a tie, and one has one answer only.
#[test]
fn resamples_choose_and_ties_are_shared() {
    let columns = line(12, 0.1, 2);
    let mut planted = Planted::new(&columns, &["a + b*x", "c + d*x^2"], RAW);
    let objectives =
        [[Some(1.0), Some(2.0)], [Some(2.0), Some(1.0)], [Some(1.0), Some(1.0)], [None, Some(1.0)]];
    for (number, pair) in (0_u64..).zip(objectives) {
        for (law, objective) in pair.into_iter().enumerate() {
            let draw = planted.draw(law, Change::Resample { number }, objective);
            planted.draws.push(draw);
        }
    }
    let one = planted.honest().selection.remove(0);
    assert_eq!(one.resamples, 4);
    let frequency: Vec<_> = one.laws.iter().map(|law| law.frequency).collect();
    assert_eq!(frequency, [Some(1.5 / 4.0), Some(2.5 / 4.0)]);
    let lost: Vec<_> = one.laws.iter().map(|law| law.resamples_without_answer).collect();
    assert_eq!(lost, [1, 0]);
}

/// A law of more parameters needs a lower objective to be chosen.
#[test]
fn resamples_are_judged_by_the_criterion_and_not_by_the_objective() {
    let mut planted = Planted::new(&line(12, 0.1, 3), &["a + b*x + c*x^2", "a + b*x"], RAW);
    for (law, objective) in [(0, 0.99), (1, 1.0)] {
        let draw = planted.draw(law, Change::Resample { number: 0 }, Some(objective));
        planted.draws.push(draw);
    }
    assert_eq!(planted.honest().selection[0].laws[1].frequency, Some(1.0));
}

#[test]
fn criteria_that_do_not_exist_say_why() {
    let exact: Vec<f64> = (0..9).map(f64::from).collect();
    let columns = [("x", exact.clone()), ("y", exact.iter().map(|x| 1.0 + 2.0 * x).collect())];
    let law = Planted::new(&columns, &["a + b*x"], RAW).honest().selection[0].laws[0].clone();
    assert_eq!((law.aicc, law.weight), (None, None));
    assert!(law.why.expect("a reason").contains("zero but for rounding"));
    // n - k - 1 = 4 - 3 - 1.
    let few = Planted::new(&line(4, 0.1, 4), &["a + b*x"], RAW).honest().selection.remove(0);
    assert!(few.laws[0].why.as_deref().expect("a reason").contains("n - k - 1"));
}

/// The normal criterion of half the sum, where delta is beyond all residuals.
#[test]
fn huber_losses_have_the_likelihood_of_their_density() {
    let columns = line(30, 0.1, 5);
    let of = |objective| {
        let one = Planted::new(&columns, &["a + b*x"], objective).honest().selection.remove(0);
        one.laws[0].aicc.expect("a criterion")
    };
    let normal = of(RAW);
    assert_within(of(huber(Residual::Raw, 100.0)), normal, 1e-7, "wide");
    assert!((of(huber(Residual::Raw, 0.02)) - normal).abs() > 0.1, "narrow");
}
