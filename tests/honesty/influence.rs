//! Influence: shifts and distances are those of regression, and an outlier is found.

use crate::planted::{Planted, Straight, line};
use crate::support::{RAW, assert_within};

#[test]
fn shifts_are_those_of_leaving_the_row_out_by_hand() {
    let columns = line(15, 0.2, 7);
    let straight = Straight::new(&columns);
    let mut planted = Planted::new(&columns, &["a + b*x"], RAW);
    planted.without_each_row();
    let influence = planted.first().influence.expect("influence");
    assert_eq!((influence.refits, influence.without_minimum), (15, 0));
    assert_eq!(influence.rows.len(), 10);
    assert_within(influence.usual_cut, 2.0 / 15.0_f64.sqrt(), 1e-12, "cut");
    for row in &influence.rows {
        let i = row.row as usize - 1;
        let (x, h, r) = (columns[0].1[i], straight.leverages[i], straight.residuals[i]);
        // theta - theta(i) = (X'X)^-1 x_i (y_i - x_i'theta) / (1 - h_i).
        let [aa, ab, bb] = straight.inverse;
        let pull = -r / (1.0 - h);
        let shifts = [(aa + ab * x) * pull, (ab + bb * x) * pull];
        let [a, b] = [0, 1].map(|k| shifts[k] / straight.errors()[k]);
        let (label, most) = if a.abs() > b.abs() { ("a", a) } else { ("b", b) };
        assert_eq!(row.parameter, label);
        assert_within(row.shift, most, 1e-6, "shift");
        let cook = r * r * h / (2.0 * straight.variance() * (1.0 - h).powi(2));
        assert_within(row.distance.expect("a distance"), cook, 1e-6, "distance");
        assert_eq!(row.marked, most.abs() > 1.0);
    }
    assert!(influence.rows.windows(2).all(|w| w[0].shift.abs() >= w[1].shift.abs()));
}

#[test]
fn an_outlier_is_named_by_its_row() {
    let mut columns = line(20, 0.01, 8);
    columns[1].1[19] += 1.0;
    let mut planted = Planted::new(&columns, &["a + b*x"], RAW);
    planted.without_each_row();
    let influence = planted.first().influence.expect("influence");
    assert_eq!((influence.rows[0].row, influence.marked), (20, 1), "{influence:?}");
    assert!(influence.rows[0].marked && influence.rows[0].shift > 1.0);
    assert!(influence.parameters.iter().all(|shift| shift.row == 20));
}

#[test]
fn without_refits_there_is_a_reason() {
    let fit = Planted::new(&line(10, 0.1, 9), &["a + b*x"], RAW).first();
    assert_eq!(fit.influence, None);
    let why = fit.missing.iter().find(|missing| missing.part == "influence");
    assert!(why.expect("a reason").why.contains("one row at a time"));
}
