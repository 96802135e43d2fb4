//! What is written reads back as the same mixture.

use std::path::Path;

use mixlaw::export::{Known, Paths, import};
use proptest::prelude::*;

use super::{FORMATS, Folder, WITH_PATHS, names};

const SHARES: [(&str, f64); 5] =
    [("web", 0.6), ("books: old", 0.25), ("zero", 0.0), ("a:b", 0.1), ("a:c", 0.05)];

/// Names that YAML, Python, CSV or a comment could mistake for something else.
pub(super) const HOSTILE: [&str; 20] = [
    "1e3",
    "0.5",
    "yes",
    "null",
    "~",
    "# no comment",
    "a: b",
    "- item",
    "\"quoted\"",
    "back\\slash",
    "tab\tline\nend",
    "é字😀",
    "\u{85}\u{2028}\u{feff}x",
    " space ",
    "{flow}",
    "*alias",
    "!tag",
    "%",
    "a,b",
    "=1+1",
];

fn domains(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn read(path: &Path, domains: &[String], known: &Known<'_>) -> Vec<f64> {
    import(path, domains, known).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn close(ours: &[f64], shares: &[(&str, f64)]) {
    for (ours, (name, share)) in ours.iter().zip(shares) {
        assert!((ours - share).abs() < 2e-6, "{name}: {ours} is not {share}");
    }
}

#[test]
fn every_format_reads_back() {
    let shares =
        SHARES.map(|(name, share)| (if name == "books: old" { "books" } else { name }, share));
    let folder = Folder::with(&shares);
    for (format, end) in FORMATS {
        // Without its ending, the format is told by what is in the file.
        for name in [format!("{format}.{end}"), format!("{format}-bare")] {
            folder.export(format, &["-o", &name]).ended(0);
            let ours = read(&folder.path().join(name), &names(&shares), &Known::default());
            close(&ours, &shares);
        }
    }
}

#[test]
fn the_document_itself_reads_back() {
    let folder = Folder::with(&SHARES);
    let ours = read(&folder.path().join("best.json"), &names(&SHARES), &Known::default());
    close(&ours, &SHARES);
}

#[test]
fn paths_read_back_as_their_domains() {
    let folder = Folder::with(&SHARES);
    let map = folder.file(
        "paths.toml",
        "web = ['/w/1', '/w/2', '/w/3']\n'books: old' = 's3://b'\n\
         'a:b' = [{path = '/ab', tokens = 3}, {path = 'web', tokens = 1}]\n'a:c' = '/ac'\n",
    );
    let domains = names(&SHARES);
    let paths = Paths::read(&map, &domains).unwrap_or_else(|error| panic!("{error}"));
    let known = Known { paths: Some(&paths), tokens: &[] };
    for format in WITH_PATHS {
        folder.export(format, &["-o", "out", "--paths", "paths.toml"]).ended(0);
        close(&read(&folder.path().join("out"), &domains, &known), &SHARES);
    }
}

#[test]
fn repeats_read_back_with_tokens() {
    let folder = Folder::with(&SHARES);
    let tokens = r#"{"web": 3e9, "books: old": 7, "a:b": 1e10, "a:c": 123456789}"#;
    folder.file("tokens.json", tokens);
    folder.file("paths.json", r#"{"web": ["1", "2"], "books: old": "3", "a:b": "4", "a:c": "5"}"#);
    let flags = ["--as", "repeat", "--tokens", "tokens.json", "--budget", "1e12", "-o", "r.yaml"];
    let domains = names(&SHARES);
    let tokens = [Some(3e9), Some(7.0), None, Some(1e10), Some(123_456_789.0)];
    let known = Known { paths: None, tokens: &tokens };
    for more in [&[][..], &["--paths", "paths.json"]] {
        folder.export("mosaicml", &[&flags, more].concat()).ended(0);
        close(&read(&folder.path().join("r.yaml"), &domains, &known), &SHARES);
    }
    let error = import(&folder.path().join("r.yaml"), &domains, &Known::default());
    assert!(error.expect_err("tokens are wanting").to_string().contains("`web` is repeated"));
}

#[test]
fn shares_of_tokens_survive_probabilities_of_examples() {
    let folder = Folder::with(&[("short", 0.5), ("long", 0.5)]);
    folder.file("lengths.json", r#"{"short": 100, "long": 300}"#);
    let text = folder.exported("hf", &["--tokens-per-document", "lengths.json"]);
    assert!(text.contains("\"probabilities\": [0.75, 0.25]"), "{text}");
    let file = folder.file("hf.py", text);
    let ours = read(&file, &domains(&["long", "short"]), &Known::default());
    close(&ours, &[("long", 0.5), ("short", 0.5)]);
}

#[test]
fn hostile_names_read_back() {
    let share = 1.0 / HOSTILE.len() as f64;
    let shares = HOSTILE.map(|name| (name, share));
    let folder = Folder::with(&shares);
    // Megatron has no quotes, and the tree of olmix splits names.
    for (format, end) in FORMATS.into_iter().filter(|(format, _)| *format != "megatron") {
        let name = format!("out.{end}");
        folder.export(format, &["-o", &name]).ended(0);
        close(&read(&folder.path().join(name), &names(&shares), &Known::default()), &shares);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn weights_sum_to_one_in_decimal(raw in prop::collection::vec(0.0_f64..1.0, 1..30)) {
        let sum: f64 = raw.iter().sum();
        prop_assume!(sum > 1e-3);
        let labels: Vec<String> = (0..raw.len()).map(|i| format!("d{i}")).collect();
        let shares: Vec<(&str, f64)> =
            labels.iter().zip(&raw).map(|(label, x)| (label.as_str(), x / sum)).collect();
        let folder = Folder::with(&shares);
        let text = folder.exported("csv", &[]);
        // As integers of 10^-15, so that nothing is rounded.
        let units = |line: &str| -> u64 {
            let weight = line.rsplit(',').next().expect("a weight");
            let (whole, fraction) = weight.split_once('.').expect("a decimal point");
            format!("{whole}{fraction:0<15}").parse().expect("digits")
        };
        let total: u64 = text.lines().skip(1).map(units).sum();
        prop_assert_eq!(total, 10_u64.pow(15));
        let file = folder.file("out.csv", text);
        let ours = import(&file, &labels, &Known::default()).expect("it reads back");
        for (ours, (_, share)) in ours.iter().zip(shares) {
            prop_assert!((ours - share).abs() < 1.001e-6);
        }
    }
}
