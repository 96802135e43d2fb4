//! Profiles: exact intervals of linear laws, ends that another fit confirms, bounds and open ends.

use mixlaw::fit::distribution::{normal_quantile, student_quantile};
use mixlaw::fit::{Profile, State};
use mixlaw::law::Changes;
use mixlaw::problem::{Objective, Residual};
use mixlaw::study::fit_table;

use crate::planted::{Planted, Straight, line};
use crate::support::{RAW, Random, assert_within, engine, huber, law, objective, options};

fn find<'a>(profiles: &'a [Profile], label: &str) -> &'a Profile {
    profiles.iter().find(|p| p.parameter == label).expect("a profile")
}

/// With normal errors the interval of a linear law is Student's, whatever the number of rows.
#[test]
fn linear_laws_have_students_interval() {
    for rows in [4, 9, 40] {
        let columns = line(rows, 0.3, 11);
        let straight = Straight::new(&columns);
        let profiles = Planted::new(&columns, &["a + b*x"], RAW).first().profiles;
        let half = student_quantile(0.95, rows as f64 - 2.0);
        let both = [("a", straight.a, 0), ("b", straight.b, 1)];
        for (label, value, k) in both {
            let (profile, error) = (find(&profiles, label), straight.errors()[k]);
            let [low, high] = [&profile.low, &profile.high].map(|end| end.value.expect("an end"));
            assert_within(low, value - half * error, 1e-6 * error, "lower end");
            assert_within(high, value + half * error, 1e-6 * error, "upper end");
            assert_within(profile.asymmetry.expect("a ratio"), 1.0, 1e-5, "asymmetry");
            assert_eq!(profile.points.len(), 21);
            assert!(profile.points.windows(2).all(|w| w[0].value < w[1].value));
            // The root of the ratio is a straight line on either side.
            for (k, point) in (0_i32..).zip(&profile.points) {
                let root = f64::from((k - 10).abs()) / 10.0;
                assert_within(point.ratio.expect("r").sqrt(), root, 1e-5, "curve");
            }
        }
    }
}

/// Huber's branch, where its density is the normal one: n ln(Q/Qmin) against chi-square.
#[test]
fn wide_huber_losses_have_the_interval_of_the_likelihood_ratio() {
    let (rows, columns) = (25, line(25, 0.3, 12));
    let straight = Straight::new(&columns);
    let profiles = Planted::new(&columns, &["a + b*x"], huber(Residual::Raw, 1e3)).first().profiles;
    let n = f64::from(rows);
    let z = normal_quantile(0.975);
    let half = ((n - 2.0) * ((z * z / n).exp() - 1.0)).sqrt();
    let high = find(&profiles, "b").high.value.expect("an end");
    assert_within(high, straight.b + half * straight.errors()[1], 1e-5, "upper end");
}

/// Losses of a power law with a floor.
fn curve(rows: usize, floor: f64, noise: f64) -> Vec<(&'static str, Vec<f64>)> {
    let mut random = Random(13);
    let d: Vec<f64> = (0..rows).map(|row| 1.25_f64.powi(row as i32)).collect();
    let y = d.iter().map(|d| (floor + 3.0 * d.powf(-0.4)) * (1.0 + noise * random.normal()));
    vec![("y", y.collect()), ("s", d)]
}

/// A law whose parameters are positive.
const POSITIVE: &str = "bimix-steps";

/// At the ends a fit from many starts with the parameter held has the critical objective.
fn confirmed(objective_of: Objective, critical: impl Fn(f64, f64) -> f64) {
    let planted = Planted::new(&curve(24, 1.5, 0.01), &[POSITIVE], objective_of);
    let least = objective(planted.fit());
    let profiles = planted.first().profiles;
    assert_eq!(profiles.len(), 3);
    for profile in &profiles {
        let ends = [&profile.low, &profile.high].map(|end| end.value.expect("an end"));
        assert!(ends[0] < profile.estimate && profile.estimate < ends[1], "{profile:?}");
        for end in ends {
            let fix = vec![(profile.parameter.clone(), end)];
            let mut held = options(objective_of, 3, 64);
            held.changes = Changes { fix, ..Changes::default() };
            let fits = fit_table(engine(), &planted.runs, &[law(POSITIVE)], &held).expect("fits");
            let ratio = critical(objective(&fits[0].fit), least);
            assert_within(ratio, 1.0, 1e-4, &profile.parameter);
        }
    }
    let away = profiles.iter().filter_map(|p| p.asymmetry).map(|ratio| (ratio - 1.0).abs());
    assert!(away.fold(0.0, f64::max) > 0.01, "no interval of a power law is symmetric");
}

#[test]
fn other_fits_confirm_the_ends() {
    let t = student_quantile(0.95, 21.0);
    confirmed(RAW, |at, least| (at / least - 1.0) * 21.0 / (t * t));
    let log = Objective { residual: Residual::Log, ..RAW };
    confirmed(log, |at, least| (at / least - 1.0) * 21.0 / (t * t));
}

/// The same for a delta that most residuals are beyond, by the density of the objective.
#[test]
fn other_fits_confirm_the_ends_of_huber_losses() {
    let (delta, z) = (0.005, normal_quantile(0.975));
    let loss = huber(Residual::Log, delta);
    let likelihood = mixlaw::fit::Likelihood::new(loss.loss, None, 24);
    let minus_twice = |objective| likelihood.minus_twice(objective).expect("a likelihood");
    confirmed(loss, |at, least| (minus_twice(at) - minus_twice(least)) / (z * z));
}

/// A floor that is not needed: the estimate is at its bound, and so is the lower end.
#[test]
fn an_interval_ends_at_the_bound_of_its_parameter() {
    let planted = Planted::new(&curve(24, -0.05, 0.003), &[POSITIVE], RAW);
    assert_eq!(planted.fit().state, State::AtBound);
    let profiles = planted.first().profiles;
    let floor = profiles.iter().find(|p| p.estimate == 0.0).expect("a parameter at its bound");
    assert_eq!(floor.low.value, Some(0.0));
    assert!(floor.low.remark.as_deref().expect("a remark").contains("bound"));
    assert!(floor.high.value.expect("an end") > 0.0);
    assert_eq!(floor.asymmetry, None);
}

/// Where the amplitude may be zero, the rate may be anything.
#[test]
fn ends_that_are_not_there_are_open() {
    let mut random = Random(14);
    let x: Vec<f64> = (0..30).map(|row| f64::from(row) / 29.0).collect();
    let y = x.iter().map(|_| 2.0 + 0.1 * random.normal()).collect();
    let planted = Planted::new(&[("x", x), ("y", y)], &["a + b*exp(-c*x)"], RAW);
    let fit = planted.first();
    let open: Vec<&Profile> =
        fit.profiles.iter().filter(|p| p.low.value.is_none() || p.high.value.is_none()).collect();
    assert!(fit.status.is_usable(), "{:?}", fit.status);
    assert!(!open.is_empty(), "{:?}", fit.profiles);
    for profile in open {
        let ends = [&profile.low, &profile.high];
        assert!(ends.iter().all(|end| end.value.is_some() || end.remark.is_some()));
        assert_eq!(profile.asymmetry, None);
    }
}
