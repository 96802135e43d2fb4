//! Back-tests: measures of rows left out are those by hand, beside those in the sample.

use mixlaw::fit::State;
use mixlaw::report::draws::Change;

use crate::planted::{Planted, Straight, line};
use crate::support::{RAW, assert_within};

#[test]
fn leave_one_out_is_that_by_hand() {
    let columns = line(12, 0.3, 51);
    let straight = Straight::new(&columns);
    let mut planted = Planted::new(&columns, &["a + b*x"], RAW);
    planted.without_each_row();
    let tests = planted.first().backtests.expect("tests");
    let [one] = &tests.tests[..] else { panic!("one line: {tests:?}") };
    assert_eq!((one.kind.as_str(), one.refits, one.measures.rows), ("without-row", 12, 12));
    // The error of a row left out is r / (1 - h).
    let both = straight.residuals.iter().zip(&straight.leverages);
    let errors: Vec<f64> = both.map(|(r, h)| r / (1.0 - h)).collect();
    let press = errors.iter().map(|e| e * e).sum::<f64>();
    assert_within(one.measures.rmse.expect("rmse"), (press / 12.0).sqrt(), 1e-7, "RMSE");
    let mean = errors.iter().sum::<f64>() / 12.0;
    assert_within(one.measures.mean_error.expect("mean"), mean, 1e-7, "mean error");
    let own = (straight.squares / 12.0).sqrt();
    assert_within(tests.in_sample.rmse.expect("rmse"), own, 1e-9, "in sample");
    assert_within(tests.in_sample.mean_error.expect("mean"), 0.0, 1e-9, "in sample");
    assert_within(one.rmse_ratio.expect("ratio"), (press / straight.squares).sqrt(), 1e-6, "ratio");
}

/// A straight line through a curve is fine in the sample and wrong beyond it, the more the further.
#[test]
fn a_wrong_law_is_found_out_beyond_its_rows() {
    let x: Vec<f64> = (1..=20).map(f64::from).collect();
    let y = x.iter().map(|x| 5.0 - 2.0 * x.powf(0.3)).collect();
    let mut planted = Planted::new(&[("x", x.clone()), ("y", y)], &["a + b*x"], RAW);
    for limit in [5.0, 10.0, 15.0] {
        let beyond: Vec<usize> = (0..20).filter(|&row| x[row] > limit).collect();
        planted.without(&Change::UpTo { column: "x".into(), value: limit }, &beyond);
    }
    for value in [1.0, 20.0] {
        let rows: Vec<usize> = (0..20).filter(|&row| x[row] == value).collect();
        planted.without(&Change::WithoutValue { column: "x".into(), value }, &rows);
    }
    let tests = planted.first().backtests.expect("tests").tests;
    let lines: Vec<_> =
        tests.iter().map(|test| (test.kind.as_str(), test.value, test.measures.rows)).collect();
    assert_eq!(
        lines,
        [
            ("up-to", Some(5.0), 15),
            ("up-to", Some(10.0), 10),
            ("up-to", Some(15.0), 5),
            ("without-value", Some(1.0), 1),
            ("without-value", Some(20.0), 1),
            ("without-value", None, 2),
        ]
    );
    let ratio = |k: usize| tests[k].rmse_ratio.expect("a ratio");
    assert!(ratio(0) > ratio(1) && ratio(1) > ratio(2) && ratio(2) > 1.0);
    assert!(tests[0].measures.mean_error.expect("mean") < 0.0, "the line falls too fast");
    assert_eq!(tests[3].measures.r2, None, "one row has no R2");
}

/// What is no minimum is counted and not measured.
#[test]
fn refits_without_a_minimum_are_counted_apart() {
    let mut planted = Planted::new(&line(12, 0.3, 52), &["a + b*x"], RAW);
    planted.without_each_row();
    planted.draws[3].status = State::NotConverged;
    let held = planted.draws[5].held.as_mut().expect("rows");
    held.predicted[0] = None;
    let one = planted.first().backtests.expect("tests").tests.remove(0);
    assert_eq!((one.refits, one.without_minimum, one.not_finite), (11, 1, 1));
    assert_eq!(one.measures.rows, 10);
}
