//! The whole chain on the curves of Gu et al. 2024, Table 4.

use mixlaw::cmr::{Curves, Domain, General, Turn, turn};
use serde_json::Value;

use super::support::program::Folder;
use super::support::{Random, file, law};
use super::{document, model, number};

const MODELS: [&str; 4] = ["460M", "940M", "1.6B", "3.1B"];

fn published(flags: &[&str]) -> Value {
    let curves = file("datasets/cmr/trajectory_coefficients.csv");
    let curves = curves.to_str().expect("a path");
    document(&[&[curves, "--coefficients", "--budget", "20e9"], flags].concat())
}

#[test]
fn critical_ratios_are_those_derived_from_the_curves() {
    let document = published(&[]);
    for (name, percent) in MODELS.into_iter().zip([29.8, 35.4, 41.0, 48.1]) {
        let critical = &model(&document, name)["budgets"][0]["critical"];
        let share = number(&critical["domain_share"]);
        assert!((100.0 * share - percent).abs() < 0.05, "{name}: {share}");
        assert!((number(&critical["general_share"]) - (1.0 - share)).abs() < 1e-15);
        assert_eq!(critical["binding"], "turn");
    }
    let shares = document["shares"].as_str().expect("words");
    assert!(shares.contains("shares of DOMAIN data"), "{shares}");
}

/// At T = 100 a quarter is feasible for all models, and a third for all but the smallest.
#[test]
fn feasible_ratios_are_the_published_ones() {
    let document = published(&[]);
    for name in MODELS {
        let tried = model(&document, name)["budgets"][0]["tried"].as_array().expect("ratios");
        assert_eq!(tried.len(), 6);
        for one in tried {
            let share = number(&one["domain_share"]);
            let third = (share - 1.0 / 3.0).abs() < 1e-5;
            let expected = share < 0.26 || (third && name != "460M");
            assert_eq!(one["feasible"], expected, "{name} at {share}");
            // Of all, only domain data alone leaves the tolerance.
            assert_eq!(one["tolerated"], share < 1.0, "{name} at {share}");
            assert_eq!(one["gains"], true);
        }
    }
}

/// The shipped study says the same as the flags, and also what is beyond the curves.
#[test]
fn the_study_of_the_published_curves_has_the_same_answer() {
    let folder = Folder::new();
    let study = file("datasets/cmr/trajectories.toml");
    let ran = folder.run(&["run", study.to_str().expect("a path"), "--out", "."]);
    ran.ended(0);
    assert_eq!(folder.names(), ["cmr.json", "report.txt"]);
    let text = std::fs::read_to_string(folder.path().join("cmr.json")).expect("a document");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let flags = published(&[]);
    for name in MODELS {
        let critical = |document| model(document, name)["budgets"][0]["critical"].clone();
        assert_eq!(critical(&document), critical(&flags), "{name}");
    }
    assert!(
        ran.stdout
            .contains("5.000e10 tokens: an extrapolation, the last checkpoint is at 2.000e10")
    );
}

#[test]
fn peaks_are_those_of_the_table() {
    let document = published(&[]);
    let text = std::fs::read_to_string(file("datasets/cmr/t0.csv")).expect("the table");
    let mut compared = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [ratio, peak] = [1, 2].map(|k| cells[k].parse::<f64>().expect("a number"));
        let ratios = model(&document, cells[0])["ratios"].as_array().expect("ratios");
        let found = ratios.iter().find(|one| (number(&one["domain_share"]) - ratio).abs() < 1e-5);
        let found = number(&found.expect("this ratio")["turn"]["at"]) / 2e8;
        assert!((found - peak).abs() < 0.5e-2 + 1e-9, "{line}: {found}");
        compared += 1;
    }
    assert_eq!(compared, 16);
}

/// With a finite weight the falling domain loss lets more domain data pass.
#[test]
fn a_smaller_weight_of_the_general_loss_allows_more() {
    let document = published(&[]);
    for name in MODELS {
        let rows = model(&document, name)["budgets"][0]["sensitivity"].as_array().expect("rows");
        assert_eq!(rows.len(), 16);
        let at = |lambda: Option<f64>| {
            let row = rows
                .iter()
                .find(|row| number(&row["epsilon"]) == 0.05 && row["lambda"].as_f64() == lambda);
            number(&row.expect("this choice")["domain_share"])
        };
        let shares = [Some(100.0), Some(1000.0), Some(7000.0), None].map(at);
        assert!(shares.is_sorted_by(|a, b| a > b), "{name}: {shares:?}");
        let main = &model(&document, name)["budgets"][0]["critical"]["domain_share"];
        assert_eq!(number(main), shares[3]);
    }
}

#[test]
fn ratios_beyond_0_and_1_are_clamped_and_extrapolations_are_said() {
    let document = published(&["--budget", "1e9", "--budget", "1e15"]);
    let model = model(&document, "460M");
    let critical = |k: usize| &model["budgets"][k]["critical"];
    let share = |k: usize| number(&critical(k)["domain_share"]);
    assert_eq!(share(1), 0.0);
    // Domain data alone go on making the general loss worse.
    assert_eq!(critical(2)["binding"], "tolerance");
    assert_eq!(share(2), number(&critical(2)["by_tolerance"]));
    assert!(share(2) < 1.0);
    assert!(number(&model["budgets"][1]["critical"]["by_turn"]) < 0.0);
    assert!(number(&model["budgets"][2]["critical"]["by_turn"]) > 1.0);
    let warnings = document["warnings"].to_string();
    for part in ["460M: 1.000e9 tokens: outside the turning points", "which is no share: clamped"] {
        assert!(warnings.contains(part), "no `{part}` in {warnings}");
    }
}

/// The curves here and the laws of the catalogue are one formula.
#[test]
fn curves_are_the_laws() {
    let mut random = Random(3);
    for _ in 0..200 {
        let d = random.log_between(1e-4, 2.0);
        let [p, q, beta] = [0.1, 0.05, 0.1].map(|most| random.between(-most, most));
        let general = General { p, q, s: random.between(-0.5, 1.0), d, beta };
        let [level, slope] = [1.0, 0.5].map(|most| random.between(-most, most));
        let domain = Domain { level, slope, s: random.between(-1.0, 1.0) };
        let t = random.log_between(0.1, 1e3);
        let names = ["p", "q", "s", "d", "beta"];
        let by_law = value("cmr-general", &names, &[p, q, general.s, d, beta], t);
        assert!((general.at(t) - by_law).abs() <= 1e-11 * (1.0 + by_law.abs()), "{general:?} {t}");
        let by_law = value("cmr-domain", &["level", "slope", "s"], &[level, slope, domain.s], t);
        assert!((domain.at(t) - by_law).abs() <= 1e-11 * (1.0 + by_law.abs()), "{domain:?} {t}");
    }
}

fn value(name: &str, parameters: &[&str], values: &[f64], t: f64) -> f64 {
    let is_column = |column: &str| column == "T";
    let changes = mixlaw::law::Changes::default();
    let model = mixlaw::law::Model::new(&law(name), &[], &is_column, &changes).expect("a model");
    let theta: Vec<f64> = model
        .parameters
        .iter()
        .map(|known| values[parameters.iter().position(|p| *p == known.label).expect("a name")])
        .collect();
    model.predict(&theta, &[&[t]], 0..1)[0]
}

/// At the turn the slope of the objective is zero, and it falls after it: by differences.
#[test]
fn turns_are_zeros_of_the_slope_of_the_objective() {
    let mut random = Random(11);
    let mut turned = 0;
    for _ in 0..2000 {
        let general = General::published([
            random.between(-0.2, 0.2),
            random.between(-0.5, 1.0),
            random.between(-0.2, 0.2),
            random.between(-0.5, 1.0),
            0.0,
        ]);
        let domain = Domain::published([random.between(-1.0, 1.0), random.between(-0.5, 0.2), 0.0]);
        let curves = Curves { ratio: 0.5, general, domain };
        let lambda = random.log_between(1.0, 1e4);
        let objective = |t: f64| domain.at(t) / lambda + general.at(t);
        let slope = |t: f64| (objective(t * 1.001) - objective(t * 0.999)) / 0.002;
        match turn(&curves, lambda) {
            Turn::At(t) if (1e-3..1e6).contains(&t) => {
                turned += 1;
                assert!(slope(t * 0.97) > 0.0 && slope(t * 1.03) < 0.0, "{curves:?} {lambda} {t}");
                let later = [1.1, 2.0, 10.0, 100.0].map(|factor| slope(factor * t));
                assert!(later.iter().all(|slope| *slope < 0.0), "{curves:?} {lambda} {t}");
            }
            Turn::At(_) => {}
            Turn::Falls => {
                let all = [1e-6, 1.0, 1e2, 1e6, 1e12].map(slope);
                assert!(all.iter().all(|slope| *slope <= 1e-9), "{curves:?} {lambda}");
            }
            Turn::Rises => assert!(slope(34.9_f64.exp()) > 0.0, "{curves:?} {lambda}"),
        }
    }
    assert!(turned > 200, "only {turned} of 2000 turn");
}
