//! Samples at the edge of what can be learnt from.

use mixlaw::regress::{Linear, Products, Regressor, Samples, Strength};

use crate::{NAMES, fitted, made, named, predicted};

/// All regressors but the law, which says itself that a constant or too few runs are nothing to fit.
fn without_law() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().filter(|name| *name != "log-linear")
}

fn refusal(name: &str, samples: &Samples) -> String {
    let Err(error) = named(name).fit(samples, 0) else { panic!("{name} takes it") };
    assert_eq!(error.exit_code(), 3, "{name}: {error}");
    error.to_string()
}

#[test]
fn a_constant_target_is_a_constant_function() {
    let (samples, fresh) = (made(1, 20, 4, |_, _| 2.5), made(2, 20, 4, |_, _| 0.0));
    for name in without_law() {
        let predictions = predicted(&*fitted(&*named(name), &samples), &fresh);
        assert!(predictions.iter().all(|p| (p - 2.5).abs() < 1e-13), "{name}: {predictions:?}");
    }
    assert!(refusal("log-linear", &samples).contains("all observations are the same"));
}

/// With fewer runs than domains least squares meets every run, and says that others would too.
#[test]
fn fewer_runs_than_domains_are_told_of() {
    let samples = made(3, 5, 9, |w, _| 1.0 + w[0] - w[4]);
    for name in without_law() {
        let learnt = fitted(&*named(name), &samples);
        assert!(predicted(&*learnt, &samples).iter().all(|p| p.is_finite()), "{name}");
        assert_eq!(learnt.notes().is_empty(), name != "ols", "{name}: {:?}", learnt.notes());
    }
    let ols = fitted(&Linear::ols(), &samples);
    let off = predicted(&*ols, &samples);
    assert!(off.iter().zip(&samples.target).all(|(p, y)| (p - y).abs() < 1e-12));
    assert!(ols.notes()[0].contains("5 runs vary 4 of 8 directions"), "{:?}", ols.notes());
    assert!(refusal("log-linear", &samples).contains("5 rows cannot determine 10 parameters"));
    let enough = fitted(&Linear::ols(), &made(3, 9, 9, |w, _| w[0]));
    assert!(enough.notes().is_empty(), "{:?}", enough.notes());
}

#[test]
fn one_domain_has_one_mixture() {
    let samples = Samples { domains: 1, mixtures: vec![1.0; 4], target: vec![1.0, 2.0, 4.0, 5.0] };
    for name in without_law() {
        let predictions = predicted(&*fitted(&*named(name), &samples), &samples);
        assert!(predictions.iter().all(|p| (p - 3.0).abs() < 1e-6), "{name}: {predictions:?}");
    }
}

/// Runs that repeat one mixture say what is expected of it, and nothing of others.
#[test]
fn equal_rows_give_their_mean() {
    let mut samples = made(6, 8, 3, |_, random| random.unit());
    samples.mixtures = [0.2, 0.3, 0.5].repeat(8);
    let mean = samples.target.iter().sum::<f64>() / 8.0;
    for name in without_law() {
        let predictions = predicted(&*fitted(&*named(name), &samples), &samples);
        assert!(predictions.iter().all(|p| (p - mean).abs() < 1e-6), "{name}: {predictions:?}");
    }
}

/// Two runs at one mixture, up to rounding, count as much as their mean does.
#[test]
fn near_duplicates_do_no_harm() {
    let mut samples = made(7, 30, 3, |w, _| 1.0 + w[0] * w[0]);
    let twin: Vec<f64> = samples.rows().next().map(<[f64]>::to_vec).unwrap_or_default();
    samples.mixtures.extend([twin[0] + 1e-9, twin[1] - 1e-9, twin[2]]);
    samples.target.push(samples.target[0] + 0.01);
    let middle = samples.target[0] + 0.005;
    for name in NAMES {
        let at = predicted(&*fitted(&*named(name), &samples), &samples);
        let of = if name == "lookup" { 1e-15 } else { 0.05 };
        assert!((at[0] - middle).abs() < of, "{name}: {} {middle}", at[0]);
        assert!((at[0] - at[30]).abs() < 1e-6, "{name}: {} {}", at[0], at[30]);
    }
}

#[test]
fn lookup_gives_what_was_measured_nearest() {
    let samples = Samples {
        domains: 2,
        mixtures: vec![1.0, 0.0, 0.5, 0.5, 0.0, 1.0],
        target: vec![1.0, 2.0, 3.0],
    };
    let learnt = fitted(&*named("lookup"), &samples);
    assert_eq!(predicted(&*learnt, &samples), samples.target);
    let mut near = [0.0; 2];
    learnt.predict(&[0.8, 0.2, 0.3, 0.7], &mut near);
    assert_eq!(near, [1.0, 2.0]);
}

#[test]
fn what_is_no_number_is_refused_with_its_run() {
    let good = made(9, 12, 3, |w, _| w[0]);
    let none = Samples { domains: 3, mixtures: Vec::new(), target: Vec::new() };
    for name in NAMES {
        let mut samples = good.clone();
        samples.target[4] = f64::NAN;
        let message = refusal(name, &samples);
        assert!(message.contains("row 5") && message.contains("NaN"), "{name}: {message}");
        let mut samples = good.clone();
        samples.mixtures[7] = f64::INFINITY;
        assert!(refusal(name, &samples).contains("row 3"), "{name}");
        let mut samples = good.clone();
        samples.mixtures.pop();
        assert!(refusal(name, &samples).contains("35 shares"), "{name}");
        assert!(refusal(name, &none).contains("no runs"), "{name}");
    }
}

#[test]
fn what_a_linear_function_cannot_be_is_refused() {
    let samples = made(9, 12, 3, |w, _| w[0]);
    let linear = |products, strength| Linear { products, strength: Strength::Given(strength) };
    let pair = linear(Products::Given(vec![[0, 3]]), 0.0);
    for (regressor, word) in [
        (pair, "domains 0 and 3"),
        (linear(Products::None, -1.0), "-1 is not a strength"),
        (linear(Products::None, f64::NAN), "NaN is not a strength"),
    ] {
        let Err(error) = regressor.fit(&samples, 0) else { panic!("{word}") };
        assert!(error.exit_code() == 2 && error.to_string().contains(word), "{error}");
    }
}
