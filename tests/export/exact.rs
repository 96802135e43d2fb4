//! Weights as they are written sum to exactly 1, whatever the mixture; and every file reads back.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;
use mixlaw::export::{Format, Known, MOST_DIGITS, Options, Paths, export, import};
use mixlaw::report::mixture::MixtureReport;
use proptest::prelude::*;

use super::{FORMATS, Folder, WITH_PATHS, document};

/// The weights in the text of a file: lists that each sum to 1.
fn lists(format: &str, text: &str) -> Vec<Vec<String>> {
    let after = |key: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.trim().strip_prefix(key)).map(String::from).collect()
    };
    let listed = |key: &str| -> Vec<String> {
        let line = after(&format!("\"{key}\": [")).remove(0);
        let end = line.find(']').expect("the end of a list");
        line[..end].split(", ").map(String::from).collect()
    };
    let last = |line: &str| {
        let weight = line.trim_end_matches(',').rsplit(": ").next().expect("a weight");
        weight.to_string()
    };
    vec![match format {
        "megatron" => {
            text.lines().map(|line| line.split(' ').next().expect("a weight").into()).collect()
        }
        "nemo" => {
            let all: Vec<String> = serde_json::from_str(text).expect("a list of texts");
            all.into_iter().step_by(2).collect()
        }
        "olmo-core" => after("target_ratio: "),
        "olmix" => return levels(text),
        "regmix" => {
            let train = text.split("\ntrain:\n").nth(1).expect("train");
            train.lines().take_while(|line| line.starts_with(' ')).map(last).collect()
        }
        "mosaicml" => after("proportion: "),
        "litdata" => listed("weights"),
        "hf" => return vec![listed("shares"), listed("probabilities")],
        "nanotron" => {
            let weights = text.split("dataset_weights:\n").nth(1).expect("weights");
            weights.lines().map(|line| line.replace("  - ", "")).collect()
        }
        "json" => text.lines().filter(|line| line.starts_with(' ')).map(last).collect(),
        "yaml" => text.lines().filter(|line| line.starts_with('"')).map(last).collect(),
        "csv" => {
            let mut rows = csv::Reader::from_reader(text.as_bytes());
            rows.records().map(|row| row.expect("a row")[1].to_string()).collect()
        }
        other => panic!("how {other} is read is not known"),
    }]
}

/// The weights of each level of a tree of olmix.
fn levels(text: &str) -> Vec<Vec<String>> {
    let mut above: Vec<(usize, &str)> = Vec::new();
    let mut levels: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        above.retain(|(other, _)| *other < indent);
        match line.trim_start().strip_prefix("weight: ") {
            Some(weight) => {
                let parents = above[..above.len() - 1].iter().map(|(_, name)| *name).collect();
                levels.entry(parents).or_default().push(weight.into());
            }
            None => above.push((indent, line)),
        }
    }
    levels.into_values().collect()
}

/// A decimal as a whole number of 10^-15, so that nothing is rounded.
fn units(decimal: &str) -> u64 {
    let (whole, fraction) = decimal.split_once('.').expect("a decimal point");
    assert!(fraction.len() <= MOST_DIGITS as usize, "{decimal} has too many digits");
    assert!(decimal.chars().all(|c| c.is_ascii_digit() || c == '.'), "{decimal} is not plain");
    format!("{whole}{fraction:0<15}").parse().expect("digits")
}

/// Every list sums to 1, and where zeros are left out no weight is one.
#[track_caller]
fn sums_to_one(format: &str, text: &str) {
    for list in lists(format, text) {
        let all: Vec<u64> = list.iter().map(|weight| units(weight)).collect();
        assert_eq!(all.iter().sum::<u64>(), 10_u64.pow(15), "{format}:\n{text}");
        assert!(super::ZEROS.contains(&format) || !all.contains(&0), "{format}:\n{text}");
    }
}

fn report(mixture: &[(String, f64)]) -> MixtureReport {
    let pairs: Vec<(&str, f64)> = mixture.iter().map(|(name, x)| (name.as_str(), *x)).collect();
    serde_json::from_str(&document(&super::mixture(&pairs))).expect("a document")
}

fn format(name: &str) -> Format {
    Format::from_str(name, false).expect("a format")
}

/// Megatron cannot have white space in a name.
fn renamed(mixture: &[(String, f64)], format: &str) -> Vec<(String, f64)> {
    let splits = |c: char| c.is_whitespace() || c.is_control();
    let name =
        |name: &str| if format == "megatron" { name.replace(splits, "_") } else { name.into() };
    mixture.iter().map(|(old, share)| (name(old), *share)).collect()
}

#[track_caller]
fn reads_back(path: &Path, mixture: &[(String, f64)], known: &Known<'_>) {
    let domains: Vec<String> = mixture.iter().map(|(name, _)| name.clone()).collect();
    let ours = import(path, &domains, known).unwrap_or_else(|error| panic!("{error}"));
    for (ours, (name, share)) in ours.iter().zip(mixture) {
        // Each level of a tree is off by less than its last digit.
        assert!((ours - share).abs() < 1e-5, "{name}: {ours} is not {share} in {}", path.display());
    }
}

/// Shares that are zero, tiny (down to so many digits) or any; one domain and 64 of them more often
/// than by chance.
fn mixtures(digits: f64) -> impl Strategy<Value = Vec<(String, f64)>> {
    let share = prop_oneof![
        1 => Just(0.0),
        1 => (2.0_f64..digits).prop_map(|digits| 10.0_f64.powf(-digits)),
        3 => 0.0_f64..1.0,
    ];
    let traps = prop::sample::select(super::round_trip::HOSTILE.to_vec()).prop_map(String::from);
    // The number at the end of a name makes it the only one of its kind.
    let name = prop_oneof![traps, "\\PC{0,12}", "[a-c :/_'\"-]{0,8}", any::<String>()]
        .prop_map(|name| name.chars().filter(|c| !c.is_numeric()).take(40).collect::<String>());
    let count = prop_oneof![1 => Just(1_usize), 1 => Just(64), 2 => 2..20_usize];
    let mixture = count.prop_flat_map(move |count| {
        let names = prop::collection::vec(name.clone(), count);
        (names, prop::collection::vec(share.clone(), count))
    });
    mixture.prop_filter_map("no share is positive", |(names, shares)| {
        let sum: f64 = shares.iter().sum();
        let named = names.into_iter().enumerate().map(|(i, name)| format!("{name}{i}"));
        let mixture: Vec<(String, f64)> = named.zip(shares.into_iter().map(|x| x / sum)).collect();
        (sum > 0.0).then_some(mixture)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_format_sums_to_one_and_reads_back(mixture in mixtures(12.0)) {
        let folder = Folder::new();
        for (name, end) in FORMATS {
            let mixture = renamed(&mixture, name);
            let written = export(&report(&mixture), Path::new("x"), format(name), &Options::default());
            let text = written.unwrap_or_else(|error| panic!("{name}: {error}")).text;
            sums_to_one(name, &text);
            reads_back(&folder.file(&format!("x.{end}"), text), &mixture, &Known::default());
        }
    }

    #[test]
    fn places_sum_to_one_and_read_back(
        mixture in mixtures(9.0),
        tokens in prop::collection::vec(1.0_f64..100.0, 1..4),
    ) {
        let folder = Folder::new();
        let places = |i: usize| -> serde_json::Value {
            let place = |(k, tokens): (usize, &f64)| {
                serde_json::json!({"path": format!("/data/{i}/{k}"), "tokens": tokens})
            };
            tokens.iter().enumerate().map(place).collect()
        };
        let named = mixture.iter().enumerate().map(|(i, (name, _))| (name.clone(), places(i)));
        let map: serde_json::Map<String, serde_json::Value> = named.collect();
        let map = folder.file("map.json", serde_json::Value::from(map).to_string());
        let domains: Vec<String> = mixture.iter().map(|(name, _)| name.clone()).collect();
        let paths = Paths::read(&map, &domains).unwrap_or_else(|error| panic!("{error}"));
        let known = Known { paths: Some(&paths), tokens: &[] };
        let options = Options { paths: Some(paths.clone()), ..Options::default() };
        for (name, end) in FORMATS.into_iter().filter(|(name, _)| WITH_PATHS.contains(name)) {
            let written = export(&report(&mixture), Path::new("x"), format(name), &options);
            let text = written.unwrap_or_else(|error| panic!("{name}: {error}")).text;
            sums_to_one(name, &text);
            reads_back(&folder.file(&format!("x.{end}"), text), &mixture, &known);
        }
    }

    #[test]
    fn any_number_of_digits_is_exact_or_refused(mixture in mixtures(12.0), digits in 1..=MOST_DIGITS) {
        let options = Options { digits: Some(digits), ..Options::default() };
        let least = mixture.iter().map(|(_, share)| *share).filter(|x| *x > 0.0).fold(1.0, f64::min);
        match export(&report(&mixture), Path::new("x"), Format::Csv, &options) {
            Ok(written) => sums_to_one("csv", &written.text),
            Err(error) => {
                prop_assert_eq!(error.exit_code(), 2);
                prop_assert!(least < 10.0_f64.powi(-i32::try_from(digits).expect("few")), "{}", error);
            }
        }
    }

    #[test]
    fn whatever_is_in_a_file_is_read_or_refused(
        text in prop_oneof![any::<String>(), "[\\[\\]{}:,\" \n#a0-9.-]{0,40}"],
        end in prop::sample::select(vec!["json", "yaml", "csv", "py", "txt"]),
    ) {
        let folder = Folder::new();
        let domains = ["a".to_string(), "0".to_string()];
        match import(&folder.file(&format!("x.{end}"), text), &domains, &Known::default()) {
            Ok(shares) => prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12),
            Err(error) => prop_assert_eq!(error.exit_code(), 3),
        }
    }
}

#[test]
fn the_weights_are_found_in_every_format() {
    let mixture = [("a:x".to_string(), 0.5), ("a:y".to_string(), 0.2), ("b".to_string(), 0.3)];
    for (name, _) in FORMATS {
        let written = export(&report(&mixture), Path::new("x"), format(name), &Options::default());
        let found = lists(name, &written.unwrap_or_else(|error| panic!("{error}")).text);
        let count: Vec<usize> = found.iter().map(Vec::len).collect();
        let known: &[usize] = match name {
            "olmix" => &[2, 2],
            "hf" => &[3, 3],
            _ => &[3],
        };
        assert_eq!(count, known, "{name}: {found:?}");
    }
}

#[test]
fn largest_numbers_are_weighed() {
    let folder = Folder::with(&[("a", 0.5), ("b", 0.5)]);
    let map = r#"{"a": [{"path": "x", "tokens": 1.5e308}, {"path": "y", "tokens": 0.5e308}],
        "b": "z"}"#;
    folder.file("p.json", map);
    assert_eq!(folder.exported("megatron", &["--paths", "p.json"]), "0.375 x\n0.125 y\n0.5 z\n");
    folder.file("n.json", r#"{"a": 3e-308, "b": 3e-308}"#);
    let text = folder.exported("hf", &["--tokens-per-document", "n.json"]);
    assert!(text.contains("\"probabilities\": [0.5, 0.5]"), "{text}");
    folder.file("n.json", r#"{"a": 1e-320, "b": 1}"#);
    let lengths = ["--tokens-per-document", "n.json"];
    folder.refuses("hf", &lengths, 3, &["n.json: `a`: this is not a number above zero"]);
    folder.file("n.json", r#"{"a": 1e-300, "b": 1}"#);
    let flags = ["--as", "repeat", "--tokens", "n.json", "--budget", "1e300"];
    folder.refuses("mosaicml", &flags, 2, &["`a` would be seen without end", "--budget"]);
}
