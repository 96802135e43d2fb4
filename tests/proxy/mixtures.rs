//! Mixtures through the program, and where they go from there.

use serde_json::Value;

use crate::support::Random;
use crate::support::program::Folder;

fn text(folder: &Folder) {
    let mut random = Random(12);
    let mut lines = |letters: f64, count: usize| -> String {
        let letter = |random: &mut Random| (b'a' + (random.unit() * letters) as u8) as char;
        let line = |random: &mut Random| (0..80).map(|_| letter(random)).collect::<String>() + "\n";
        (0..count).map(|_| line(&mut random)).collect()
    };
    folder.file("web.txt", lines(20.0, 400));
    folder.file("code.txt", lines(8.0, 100));
    folder.file("books.txt", lines(14.0, 200));
}

const TEXT: [&str; 5] = ["proxy", "web=web.txt", "code=code.txt", "books=books.txt", "--lines"];

fn document(folder: &Folder, more: &[&str]) -> Value {
    let ran = folder.run(&[&TEXT[..], &["--json", "-"], more].concat());
    ran.ended(0);
    serde_json::from_str(&ran.stdout).expect("json")
}

fn shares(document: &Value, name: &str) -> Vec<f64> {
    let list = document["mixtures"][name].as_array().unwrap_or_else(|| panic!("no {name}"));
    list.iter().map(|share| share.as_f64().expect("a share")).collect()
}

#[test]
fn the_table_shows_all_mixtures_side_by_side() {
    let folder = Folder::new();
    text(&folder);
    let ran = folder.run(&TEXT);
    ran.ended(0);
    for part in ["SE", "VNE", "ce *", "natural", "uniform", "softmax of the conditional entropy"] {
        assert!(ran.stdout.contains(part), "no {part} in\n{}", ran.stdout);
    }
}

#[test]
fn shares_are_softmaxes_of_entropies() {
    let folder = Folder::new();
    text(&folder);
    let document = document(&folder, &["--temperature", "2", "--budget", "60000", "--epochs", "2"]);
    assert_eq!(document["schema"], "mixlaw.proxy/1");
    for name in ["se", "ce", "je", "vne"] {
        let nats = |k: usize| document["domains"][k][name]["nats"].as_f64().expect("nats");
        let powers: Vec<f64> = (0..3).map(|k| nats(k).exp()).collect();
        let sum: f64 = powers.iter().sum();
        for (ours, power) in shares(&document, name).iter().zip(&powers) {
            assert!((ours - power / sum).abs() < 1e-12, "{name}");
        }
    }
    assert_eq!(shares(&document, "natural"), [4.0 / 7.0, 1.0 / 7.0, 2.0 / 7.0]);
    let roots: [f64; 3] = [2.0, 1.0, 2_f64.sqrt()];
    let sum: f64 = roots.iter().sum();
    for (ours, root) in shares(&document, "temperature").iter().zip(roots) {
        assert!((ours - root / sum).abs() < 1e-12);
    }
    // code: 8000 tokens twice; the others share the rest.
    for (ours, known) in shares(&document, "unimax").iter().zip([22e3, 16e3, 22e3]) {
        assert!((ours - known / 60e3).abs() < 1e-12);
    }
    let chosen = &document["mixture"];
    assert_eq!(chosen["web"].as_f64().expect("a share"), shares(&document, "ce")[0]);
}

/// `--out` goes to every trainer, and back into a search.
#[test]
fn a_mixture_goes_on_to_export_and_search() {
    let folder = Folder::new();
    text(&folder);
    folder.run(&[&TEXT[..], &["--out", "mix.json", "--by", "je"]].concat()).ended(0);
    let ran = folder.run(&["export", "mix.json", "--to", "yaml"]);
    ran.ended(0);
    for part in ["\"web\": 0.", "# Proxy: mixlaw", "softmax of the joint entropy"] {
        assert!(ran.stdout.contains(part), "no {part} in\n{}", ran.stdout);
    }
    for (format, _) in crate::list::FORMATS {
        folder.run(&["export", "mix.json", "--to", format]).ended(0);
    }
    let mut random = Random(13);
    let mut table = "w_books,w_code,w_web,loss\n".to_string();
    for _ in 0..40 {
        let w = random.mixture(3);
        let loss = 2.0 + (-1.2 * w[0] - 0.4 * w[1] + 0.3 * w[2]).exp();
        table += &format!("{},{},{},{loss}\n", w[0], w[1], w[2]);
    }
    folder.file("runs.csv", table);
    let fit = ["fit", "runs.csv", "--mixture", "w_*", "--target", "loss", "--law", "mixing-exp"];
    folder.run(&[&fit[..], &["--json", "fit.json"]].concat()).ended(0);
    let search = ["search", "fit.json", "--json", "-", "--reference", "mix.json"];
    let ran = folder.run(&[&search[..], &["--prior", "mix.json", "--pull", "0.1"]].concat());
    ran.ended(0);
    let found: Value = serde_json::from_str(&ran.stdout).expect("json");
    let mix: Value = serde_json::from_str(
        &std::fs::read_to_string(folder.path().join("mix.json")).expect("a mixture"),
    )
    .expect("json");
    // The fit has its domains in another order.
    let reference = &found["reference"]["mix"]["shares"];
    for (k, name) in ["books", "code", "web"].iter().enumerate() {
        let (ours, theirs) = (&reference[k], &mix["mixture"][name]);
        let [ours, theirs] = [ours, theirs].map(|share| share.as_f64().expect("a share"));
        assert!((ours - theirs).abs() < 1e-12, "{name}");
    }
}

#[test]
fn doremi_is_there_where_names_are_known() {
    let folder = Folder::new();
    text(&folder);
    let given = ["proxy", "c4=web.txt", "books=books.txt", "--lines", "--by", "doremi"];
    let ran = folder.run(&given);
    ran.ended(0);
    assert!(ran.stdout.contains("0.8721") && ran.stdout.contains("SlimPajama"), "{}", ran.stdout);
    let given = [&TEXT[..], &["--by", "doremi"]].concat();
    folder.run_refused(&given, 2, &["The Pile"]);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let folder = Folder::new();
    text(&folder);
    for (more, said) in [
        (&["--by", "temperature"][..], "--by temperature needs --temperature"),
        (&["--by", "unimax"], "needs --budget"),
        (&["--by", "vne", "--dimension", "0"], "needs --dimension"),
        (&["--temperature", "0"], "not positive"),
        (&["--bootstrap", "1"], "--bootstrap 1 is not a number of resamples from 2"),
        (&["--bootstrap", "9", "--groups", "0"], "no groups of documents to draw from"),
        (&["--groups", "1"], "--groups 1"),
        (&["--groups", "65"], "above 64"),
        (&["--sequence", "1"], "--sequence 1"),
        (&["--memory", "much"], "--memory much"),
        (&["--dimension", "100000"], "vectors of 100000"),
        (&["--embeddings", "web=x.npy"], "no vectors for `code`"),
        (&["--embeddings", "other=x.npy"], "not there"),
    ] {
        folder.run_refused(&[&TEXT[..], more].concat(), 2, &[said]);
    }
    folder.run_refused(&[&TEXT[..], &["--out", "none/x.json"]].concat(), 5, &["no folder"]);
}
