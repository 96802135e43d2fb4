//! Public runs: the 240 points of Chinchilla, whose parameters are known to hang together.

use std::path::PathBuf;

use mixlaw::problem::Residual;
use mixlaw::runs::{RoleSpec, Runs, read};

use crate::planted::Planted;
use crate::support::{huber, list, public};

fn points() -> Option<Runs> {
    let path: PathBuf = public("chinchilla_epoch/svg_extracted_data.csv")?;
    let spec = RoleSpec {
        target: list(&["loss"]),
        derive: list(&["N = `Model Size`", "D = `Training FLOP`/(6*N)"]),
        filter: Some("loss < 3.44".into()),
        ..RoleSpec::default()
    };
    Some(read(&[path], None, &spec).unwrap_or_else(|error| panic!("{error}")))
}

/// Besiroglu et al. 2024 (arXiv 2404.10102, Table 1) give bootstrap errors of 0.02 for both exponents and 0.03 for E; the
/// catalogue warns that amplitude and exponent are strongly correlated.
#[test]
fn chinchilla_is_as_sure_as_its_refit_says() {
    let Some(runs) = points() else { return };
    let planted = Planted::of(runs, &["chinchilla"], huber(Residual::Log, 1e-3));
    let fit = planted.first();
    for (label, error) in [("alpha", 0.02), ("beta", 0.02), ("E", 0.03)] {
        let profile = fit.profiles.iter().find(|p| p.parameter == label).expect("a profile");
        let [low, high] = [&profile.low, &profile.high].map(|end| end.value.expect("an end"));
        let half = 0.5 * (high - low) / 1.96;
        assert!((0.4 * error..1.6 * error).contains(&half), "{label}: {low} to {high}");
        assert_eq!(profile.lower_objective, None);
    }
    let spectrum = fit.spectrum.expect("a spectrum");
    assert!(spectrum.correlated.iter().any(|pair| pair.labels == ["B", "beta"]), "{spectrum:?}");
    assert!(spectrum.decades.last().expect("values").expect("a value") < -2.0);
    let sensitivity = fit.sensitivity.expect("a table");
    assert!(sensitivity.losses.iter().all(|loss| loss.status.is_usable()), "{sensitivity:?}");
}
