//! Functions of the kind that a regressor learns are recovered from runs of them.

use mixlaw::regress::{Gaussian, Linear, LogLinear, Products, Regressor, Strength};

use crate::{apart, fitted, made, named, predicted};

/// The largest error at mixtures that were not learnt from.
fn error(regressor: &dyn Regressor, domains: usize, f: impl Fn(&[f64]) -> f64) -> f64 {
    let learnt = fitted(regressor, &made(1, 90, domains, |w, _| f(w)));
    let fresh = made(2, 50, domains, |w, _| f(w));
    apart(&predicted(&*learnt, &fresh), &fresh.target)
}

fn line(w: &[f64]) -> f64 {
    3.0 + 2.0 * w[0] - w[1] + 0.5 * w[3]
}

#[test]
fn a_line_is_found_by_least_squares_and_ridge() {
    assert!(error(&Linear::ols(), 5, line) < 1e-12);
    // Without noise left-out runs want the weakest pull of the grid.
    assert!(error(&Linear::ridge(), 5, line) < 1e-8);
}

#[test]
fn products_are_found_by_the_quadratic_that_has_them() {
    let bent = |w: &[f64]| line(w) + 4.0 * w[0] * w[2];
    let given = |pairs: Vec<[usize; 2]>| Linear {
        products: Products::Given(pairs),
        strength: Strength::Given(0.0),
    };
    assert!(error(&given(vec![[0, 2]]), 5, bent) < 1e-11);
    assert!(error(&given(vec![[1, 2]]), 5, bent) > 1e-2);
    assert!(error(&Linear::quadratic(), 5, bent) < 1e-5);
    // A square is a share less products.
    assert!(error(&Linear::quadratic(), 5, |w| line(w) - 3.0 * w[1] * w[1]) < 1e-5);
}

/// The normal equations of a ridge, on mixtures less their mean: `X'(y - Xb) = strength b`.
#[test]
fn a_given_strength_is_what_its_equations_say() {
    let samples = made(5, 40, 4, |w, random| line(w) + 0.3 * random.normal());
    let strength = 0.7;
    let ridge = Linear { products: Products::None, strength: Strength::Given(strength) };
    let learnt = fitted(&ridge, &samples);
    let residuals: Vec<f64> = predicted(&*learnt, &samples)
        .iter()
        .zip(&samples.target)
        .map(|(predicted, y)| y - predicted)
        .collect();
    assert!(residuals.iter().sum::<f64>().abs() < 1e-12);
    let corner = |k: usize| (0..4).map(move |j| f64::from(u8::from(j == k)));
    let corners: Vec<f64> = (0..4).flat_map(corner).collect();
    let mut at = [0.0; 4];
    learnt.predict(&corners, &mut at);
    // Coefficients of centred shares sum to zero, and differences of corners are differences of them.
    let mean = at.iter().sum::<f64>() / 4.0;
    for (k, at) in at.iter().enumerate() {
        let along: f64 = samples.rows().zip(&residuals).map(|(w, r)| w[k] * r).sum();
        assert!((along - strength * (at - mean)).abs() < 1e-12, "{k}: {along} {at} {mean}");
    }
}

/// Leave-one-out chooses a pull that helps where runs are few and noisy.
#[test]
fn a_chosen_strength_beats_none_in_noise() {
    let fresh = made(9, 400, 12, |w, _| line(w));
    let error = |name: &str, seed: u64| -> f64 {
        let noisy = made(seed, 16, 12, |w, random| line(w) + 0.5 * random.normal());
        let predictions = predicted(&*fitted(&*named(name), &noisy), &fresh);
        predictions.iter().zip(&fresh.target).map(|(p, y)| (p - y).powi(2)).sum()
    };
    let sum = |name: &str| (100..130).map(|seed| error(name, seed)).sum::<f64>();
    let (ols, ridge) = (sum("ols"), sum("ridge"));
    assert!(ridge < 0.5 * ols, "{ridge} {ols}");
}

#[test]
fn the_exponential_law_is_found() {
    let law = |w: &[f64]| 1.3 + (0.8 - 2.0 * w[0] + 1.1 * w[1] - 0.4 * w[3]).exp();
    assert!(error(&LogLinear::default(), 5, law) < 1e-9);
}

#[test]
fn a_smooth_function_is_found_by_a_process() {
    let smooth = |w: &[f64]| (6.0 * w[0]).sin() + w[1] * w[1];
    assert!(error(&Gaussian::isotropic(), 3, smooth) < 2e-3);
    assert!(error(&Gaussian::with_lengths(), 3, smooth) < 2e-3);
}

/// A domain that plays no part gets a longer length than one that does.
#[test]
fn lengths_tell_what_matters() {
    let samples = made(4, 120, 4, |w, random| (9.0 * w[0]).sin() + 0.01 * random.normal());
    let learnt = Gaussian::with_lengths().learn(&samples, 3).expect("finite samples");
    let lengths = learnt.lengths();
    assert!(lengths[1..].iter().all(|length| *length > 3.0 * lengths[0]), "{lengths:?}");
    let noise = learnt.noise().sqrt();
    assert!((0.007..0.014).contains(&noise), "{noise}");
}

/// A run is within its standard error most of the time, and the error is small where runs are.
#[test]
fn the_variance_of_a_process_is_honest() {
    let smooth = |w: &[f64]| (6.0 * w[0]).sin() + (4.0 * w[1]).cos();
    let samples = made(11, 60, 3, |w, random| smooth(w) + 0.05 * random.normal());
    let learnt = Gaussian::isotropic().learn(&samples, 3).expect("finite samples");
    let fresh = made(12, 300, 3, |w, _| smooth(w));
    let mut variance = vec![f64::NAN; fresh.len()];
    learnt.variance(&fresh.mixtures, &mut variance);
    let off = predicted(&learnt, &fresh);
    let off =
        off.iter().zip(&fresh.target).zip(&variance).map(|((p, y), v)| (p - y).abs() / v.sqrt());
    let inside = off.filter(|errors| *errors < 2.0).count();
    assert!((240..=300).contains(&inside), "{inside} of 300 within two standard errors");
    let mut corner = [0.0];
    learnt.variance(&[0.0, 0.0, 1.0], &mut corner);
    let mean = variance.iter().sum::<f64>() / 300.0;
    assert!(corner[0] > mean && mean > 0.0, "{corner:?} {mean}");
}

/// Runs with little of a domain leave its exponential open; no mixture is then predicted to be worse than
/// all runs by more than a hundred times what they differ by.
#[test]
fn an_exponential_stays_within_reach_where_no_run_was() {
    let mut runs = made(3, 60, 3, |_, random| 2.0 + 0.1 * random.normal());
    for (row, target) in runs.mixtures.chunks_exact_mut(3).zip(&mut runs.target) {
        // The third share is small, and rises with the target at once.
        let share = if *target > 2.1 { 0.01 } else { 0.009 * row[2] };
        row[2] = share;
        let rest = (1.0 - share) / (row[0] + row[1]);
        row[0] *= rest;
        row[1] *= rest;
    }
    let ends = runs.target.iter().fold([f64::MAX, f64::MIN], |e, y| [e[0].min(*y), e[1].max(*y)]);
    let learnt = fitted(&LogLinear::default(), &runs);
    let mut far = [0.0; 3];
    learnt.predict(&[0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 0.0], &mut far);
    // The constant of the law comes on top of what is bounded.
    let most = 2.0 * ends[1] + 100.0 * (ends[1] - ends[0]);
    assert!(far.iter().all(|y| (0.0..=most).contains(y)), "{far:?} {most}");
    assert!(far[0] > 2.0 * ends[1], "the runs call for a steep rise: {far:?}");
}
