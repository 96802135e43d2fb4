//! Standard errors and intervals that are known from elsewhere.

use serde_json::Value;

use super::support::program::Folder;
use super::support::{Random, public};
use super::{at, document, lines, study};

/// Chinchilla on the 240 points of Besiroglu et al. 2024.
fn chinchilla(folder: &Folder, sweep: &str) -> Option<Value> {
    let table = public("chinchilla_epoch/svg_extracted_data.csv")?;
    let text = format!(
        "name = \"chinchilla\"\nseed = 42\n[runs]\ntables = ['{}']\ntarget = [\"loss\"]\n\
         derive = [\"N = `Model Size`\", \"D = `Training FLOP` / (6 * N)\"]\nwhere = \"loss < 3.4402\"\n\
         [fit]\nlaws = [\"chinchilla\"]\nresidual = \"log\"\nloss = \"huber\"\ndelta = 1e-3\n\
         [sweep]\nup_to = []\nleave_out = [\"row\"]\n{sweep}\n",
        table.display()
    );
    folder.file("chinchilla.toml", text);
    folder.run(&["sweep", "chinchilla.toml", "--out", "out"]).ended(0);
    Some(document(folder, "out"))
}

#[test]
fn four_thousand_resamples_of_chinchilla_have_the_published_errors() {
    let folder = Folder::new();
    let Some(found) = chinchilla(&folder, "resamples = 4000\naudit = 0.01") else { return };
    let fit = &found["fits"][0];
    assert_eq!(fit["rows"], 240);
    assert_eq!(fit["refits"]["usable"], 4000);
    assert_eq!(fit["refits"]["switched"], 0);
    assert!(at(fit, "/refits/audited") >= 20.0);
    // Besiroglu et al. 2024; 4,000 draws know a standard error to about 2 %, that of B, whose resamples
    // have a long tail, to about 10 %.
    let errors = [
        ("E", 0.0257, 0.06),
        ("A", 124.5, 0.06),
        ("B", 1293.0, 0.2),
        ("alpha", 0.0154, 0.06),
        ("beta", 0.0206, 0.06),
    ];
    for (name, published, within) in errors {
        let ours = at(fit, &format!("/parameters/{name}/bootstrap/std_error"));
        assert!((ours / published - 1.0).abs() < within, "{name}: {ours}, published {published}");
    }
    // Measured with SciPy on the same rows: the 10 % and 90 % points.
    let ends = [
        ("A", 329.0, 647.0),
        ("B", 1407.0, 4020.0),
        ("E", 1.785, 1.850),
        ("alpha", 0.325, 0.365),
        ("beta", 0.346, 0.398),
    ];
    for (name, low, high) in ends {
        let quantile = |k: usize| at(fit, &format!("/parameters/{name}/bootstrap/quantiles/{k}"));
        let (ours, theirs) = ([quantile(2), quantile(6)], [low, high]);
        for k in 0..2 {
            let off = (ours[k] - theirs[k]).abs() / (high - low);
            assert!(off < 0.06, "{name}: {ours:?}, measured {theirs:?}");
        }
    }
}

#[test]
fn residuals_drawn_anew_give_the_errors_of_theory() {
    let folder = Folder::new();
    let mut random = Random(8);
    let mut text = String::from("x,loss\n");
    for k in 0..60 {
        let x = f64::from(k) / 60.0;
        text += &format!("{x},{}\n", 2.0 + 3.0 * x + 0.1 * random.normal());
    }
    folder.file("line.csv", text);
    for resample in ["residual", "wild", "case"] {
        let text = format!(
            "name = \"line\"\n[runs]\ntables = [\"line.csv\"]\ntarget = [\"loss\"]\n\
             [fit]\nlaws = [\"a + b*x\"]\nstarts = 4\n\
             [sweep]\nresample = \"{resample}\"\nresamples = 4000\nup_to = []\nleave_out = [\"row\"]\n"
        );
        folder.file("line.toml", text);
        folder.run(&["sweep", "line.toml", "--out", resample]).ended(0);
        let fit = &document(&folder, resample)["fits"][0];
        for name in ["a", "b"] {
            let of = |what: &str| at(fit, &format!("/parameters/{name}/{what}"));
            let ratio = of("bootstrap/std_error") / of("std_error");
            // 4,000 draws know it to 1.1 %; signs and cases do not assume equal errors, which are only
            // roughly equal in 60 rows.
            let within = if resample == "residual" { 0.05 } else { 0.25 };
            assert!((ratio - 1.0).abs() < within, "{resample} {name}: {ratio}");
            let [low, high] = [0, 1].map(|k| of(&format!("bootstrap/percentile/{k}")));
            let half = 0.5 * (high - low) / of("bootstrap/std_error");
            assert!((half - 1.645).abs() < 0.1, "{resample} {name}: {half}");
        }
    }
}

#[test]
fn without_resamples_the_rest_is_there() {
    let folder = Folder::new();
    study(&folder, "resample = \"none\"\nresamples = 7");
    let ran = folder.run(&["sweep", "study.toml", "--out", "out"]);
    ran.ended(0);
    assert!(ran.stdout.contains("\nno resamples\n"), "{}", ran.stdout);
    let report = document(&folder, "out");
    assert_eq!(report["plan"]["resamples"], 0);
    assert!(report["fits"][0]["parameters"]["E"].get("bootstrap").is_none());
    let made = |change: &str| lines(&folder, "out").iter().any(|line| line["change"] == change);
    assert!(!made("resample") && made("without-row"));
}

#[test]
fn runs_that_belong_together_are_drawn_together() {
    let folder = Folder::new();
    let mut random = Random(9);
    let mut text = String::from("family,x,loss\n");
    for family in 0..12 {
        let own = 0.3 * random.normal();
        for k in 0..8 {
            let x = f64::from(k) / 8.0;
            text += &format!("{family},{x},{}\n", 2.0 + x + own + 0.02 * random.normal());
        }
    }
    folder.file("runs.csv", text);
    let error = |how: &str| {
        let text = format!(
            "name = \"families\"\n[runs]\ntables = [\"runs.csv\"]\ntarget = [\"loss\"]\n\
             [fit]\nlaws = [\"a + b*x\"]\nstarts = 4\n[sweep]\nresamples = 1000\nup_to = []\n{how}\n"
        );
        folder.file("study.toml", text);
        folder.run(&["sweep", "study.toml", "--out", "out", "--restart"]).ended(0);
        let fit = &document(&folder, "out")["fits"][0];
        assert!(fit["parameters"]["a"]["bootstrap"]["bca"].is_array());
        at(fit, "/parameters/a/bootstrap/std_error")
    };
    let apart = error("");
    for how in [
        "resample = \"cluster\"\ncluster = \"family\"",
        "resample = \"wild\"\ncluster = \"family\"",
    ] {
        let together = error(how);
        // The mean of 12 families of spread 0.3, not of 96 rows.
        assert!((together - 0.3 / 12.0_f64.sqrt()).abs() < 0.04, "{how}: {together}");
        assert!(together > 1.3 * apart, "{together} {apart}");
    }
}

#[test]
fn every_change_is_in_the_draws_and_says_what_it_left_out() {
    let folder = Folder::new();
    study(&folder, "resamples = 3\nsubsets = { small = \"N < 2e9\" }");
    folder.run(&["sweep", "study.toml", "--out", "out"]).ended(0);
    let all = lines(&folder, "out");
    let count = |change: &str, subset: Option<&str>| {
        let of = |line: &&Value| {
            line["change"] == change && line.get("subset").and_then(Value::as_str) == subset
        };
        all.iter().filter(of).count()
    };
    // Two targets; four sizes, three of them in the subset.
    assert_eq!(count("none", None), 2);
    assert_eq!(count("resample", None), 6);
    assert_eq!(count("without-row", None), 80);
    assert_eq!(count("without-value", None), 8);
    assert_eq!(count("up-to", None), 6);
    assert_eq!(count("without-value", Some("small")), 6);
    assert_eq!(count("up-to", Some("small")), 4);
    for line in &all {
        let held = line.get("held");
        match line["change"].as_str() {
            Some("none" | "resample") => assert!(held.is_none()),
            _ => {
                let held = held.expect("rows left out");
                let [p, y] =
                    ["predicted", "observed"].map(|key| held[key].as_array().expect("a list"));
                assert_eq!(p.len(), y.len());
                assert!(!p.is_empty());
                // From one size alone nothing is known of others.
                for (p, y) in p.iter().zip(y).filter(|_| line["status"] == "converged") {
                    let ratio = p.as_f64().expect("finite") / y.as_f64().expect("finite");
                    assert!((ratio - 1.0).abs() < 0.3, "{line}");
                }
            }
        }
    }
    // A row left out is predicted by what it has not seen: it is further off than in the full fit.
    let without =
        all.iter().filter(|line| line["change"] == "without-row" && line["target"] == "loss");
    let off = |line: &Value| {
        let held = &line["held"];
        (at(held, "/predicted/0") / at(held, "/observed/0")).ln().powi(2)
    };
    let sum: f64 = without.filter(|line| line.get("subset").is_none()).map(off).sum();
    let full = all.iter().find(|line| line["change"] == "none" && line["target"] == "loss");
    assert!(sum > 1.05 * at(full.expect("a full fit"), "/objective"));
}

#[test]
#[cfg(feature = "parquet")]
fn a_parquet_file_has_a_row_a_draw_and_a_column_a_parameter() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let folder = Folder::new();
    study(&folder, "resamples = 5\nformat = \"parquet\"");
    folder.run(&["sweep", "study.toml", "--out", "out"]).ended(0);
    let file = std::fs::File::open(folder.path().join("out/draws.parquet")).expect("a file");
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let all = lines(&folder, "out");
    assert_eq!(reader.metadata().file_metadata().num_rows(), all.len() as i64);
    let rows = reader.get_row_iter(None).expect("rows");
    for (row, line) in rows.zip(&all) {
        let row = row.expect("a row");
        let cell = |name: &str| {
            let found = row.get_column_iter().find(|(column, _)| *column == name);
            match found.unwrap_or_else(|| panic!("no column {name}")).1 {
                Field::Null => Value::Null,
                Field::Long(number) => Value::from(*number),
                Field::Double(number) => Value::from(*number),
                Field::Str(text) => Value::from(text.as_str()),
                other => panic!("{name}: {other}"),
            }
        };
        for name in ["unit", "law", "target", "change", "starts", "status", "objective"] {
            assert_eq!(cell(name), line[name], "{name}");
        }
        assert_eq!(cell("alpha"), line["parameters"]["alpha"]);
        assert_eq!(cell("held").is_null(), line.get("held").is_none());
    }
}

#[test]
#[cfg(not(feature = "parquet"))]
fn a_build_without_parquet_says_so_before_any_fit() {
    let folder = Folder::new();
    study(&folder, "format = \"parquet\"");
    let words = ["sweep", "study.toml", "--out", "out"];
    folder.run_refused(&words, 2, &["study.toml", "cannot write Parquet", "--features parquet"]);
}
