//! Directions: what cannot be told apart is named.

use crate::planted::{Planted, line};
use crate::support::{RAW, assert_within};

#[test]
fn parameters_that_stand_in_for_each_other_share_a_direction() {
    let fit = Planted::new(&line(20, 0.1, 41), &["a + b + c*x"], RAW).first();
    let spectrum = fit.spectrum.expect("a spectrum");
    assert_eq!((spectrum.decades.len(), spectrum.condition), (3, None));
    assert_eq!(spectrum.decades[2], None);
    let last = spectrum.sloppy.last().expect("a sloppy direction");
    assert_eq!(last.decades, None);
    assert_eq!(last.shares.len(), 2, "{last:?}");
    for (label, share) in &last.shares {
        assert!(["a", "b"].contains(&label.as_str()));
        assert_within(*share, 0.5, 1e-6, label);
    }
}

/// x from 1000 to 1001: the singular values of (1, x)/norm are nearly sqrt(2) and angle/sqrt(2).
#[test]
fn a_far_origin_is_sloppy_and_correlated() {
    let mut columns = line(21, 0.1, 42);
    columns[0].1.iter_mut().for_each(|x| *x += 1000.0);
    let fit = Planted::new(&columns, &["a + b*x"], RAW).first();
    let spectrum = fit.spectrum.expect("a spectrum");
    let x = &columns[0].1;
    let (sum, squares) = (x.iter().sum::<f64>(), x.iter().map(|x| x * x).sum::<f64>());
    let cosine = sum / (21.0 * squares).sqrt();
    let ratio = ((1.0 - cosine) / (1.0 + cosine)).sqrt();
    assert_within(spectrum.decades[1].expect("a value"), ratio.log10(), 1e-4, "decades");
    assert_within(spectrum.condition.expect("a condition") * ratio, 1.0, 1e-3, "condition");
    assert_within(spectrum.correlated[0].correlation, -cosine, 1e-6, "correlation");
    assert_eq!((spectrum.sloppy.len(), spectrum.correlated.len()), (1, 1));
    let sharp = Planted::new(&line(21, 0.1, 43), &["a + b*(x - 0.5)"], RAW).first();
    let spectrum = sharp.spectrum.expect("a spectrum");
    assert!(spectrum.sloppy.is_empty() && spectrum.correlated.is_empty(), "{spectrum:?}");
    assert_within(spectrum.condition.expect("a condition"), 1.0, 1e-6, "orthogonal");
}
