//! Sensitivity to delta: the values are those of fits from many starts.

use mixlaw::problem::Residual;

use crate::planted::{Planted, line};
use crate::support::{RAW, assert_within, huber, only, options, value};

#[test]
fn other_deltas_have_the_parameters_of_their_own_fits() {
    let mut columns = line(25, 0.1, 31);
    columns[1].1[24] += 2.0;
    let (own, delta) = (huber(Residual::Raw, 0.1), 0.1);
    let planted = Planted::new(&columns, &["a + b*x"], own);
    let fit = planted.first();
    let sensitivity = fit.sensitivity.expect("a table");
    assert_eq!(sensitivity.parameters, ["a", "b"]);
    let deltas: Vec<Option<f64>> = sensitivity.losses.iter().map(|loss| loss.delta).collect();
    let factors = [0.1, 1.0 / 3.0, 1.0, 3.0, 10.0];
    for (ours, factor) in deltas.iter().zip(factors) {
        assert_within(ours.expect("a delta"), delta * factor, 1e-15, "delta");
    }
    assert_eq!((deltas.len(), deltas[5]), (6, None));
    for loss in &sensitivity.losses {
        let objective = loss.delta.map_or(RAW, |delta| huber(Residual::Raw, delta));
        let other = only(&planted.runs, "a + b*x", &options(objective, 5, 32));
        for (k, label) in ["a", "b"].iter().enumerate() {
            assert_within(loss.values[k], value(&other, label), 1e-6, label);
            let error = fit.errors[k].sandwich.expect("an error");
            let shift = (loss.values[k] - value(planted.fit(), label)) / error;
            assert_within(loss.shifts[k].expect("a shift"), shift, 1e-9, label);
        }
    }
    let [own, squared] = [2, 5].map(|k| sensitivity.losses[k].shifts[1].expect("a shift"));
    assert!(own.abs() < 1e-6 && squared > 2.0, "the outlier pulls at squares: {own} {squared}");
}

#[test]
fn squared_losses_have_no_delta() {
    assert_eq!(Planted::new(&line(9, 0.1, 32), &["a + b*x"], RAW).first().sensitivity, None);
}
