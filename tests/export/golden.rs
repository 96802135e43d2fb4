//! Files as they were. MIXLAW_BLESS=1 writes them anew.

use super::{FORMATS, Folder, WITH_PATHS};

/// Thirds, a zero, a share that needs the last digit, and names of two levels.
const SHARES: [(&str, f64); 6] = [
    ("web", 1.0 / 3.0),
    ("code:python", 0.25),
    ("code:rust", 1.0 / 12.0),
    ("books", 1.0 / 3.0 - 3e-6),
    ("wiki", 3e-6),
    ("spam", 0.0),
];

const PATHS: &str = r#"{
    "web": [{"path": "/data/web-a", "tokens": 3e9}, {"path": "/data/web-b", "tokens": 1e9}],
    "code:python": "s3://bucket/python", "code:rust": ["/data/rust-1", "/data/rust-2"],
    "books": "/data/books", "wiki": "/data/wiki"}"#;

const TOKENS: &str = r#"{"web": 4e9, "code:python": 1e9, "code:rust": 5e8, "books": 2e9,
    "wiki": 1e8}"#;

const LENGTHS: &str = "web = 800\n'code:python' = 1600.5\n'code:rust' = 1500\nbooks = 1e5\n\
                       wiki = 500\n";

#[track_caller]
fn as_it_was(name: &str, text: &str) {
    let text = text.replace(concat!("by mixlaw ", env!("CARGO_PKG_VERSION")), "by mixlaw VERSION");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/export/golden/");
    let path = format!("{folder}{name}");
    if std::env::var_os("MIXLAW_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap_or_else(|error| panic!("{error}"));
    }
    let known = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(
        text == known,
        "{name} is now:\n{text}\nrun with MIXLAW_BLESS=1 and look at the change"
    );
}

fn folder() -> Folder {
    let folder = Folder::with(&SHARES);
    folder.file("paths.json", PATHS);
    folder.file("tokens.json", TOKENS);
    folder.file("lengths.toml", LENGTHS);
    folder
}

#[test]
fn formats_are_as_they_were() {
    let folder = folder();
    for (format, end) in FORMATS {
        as_it_was(&format!("{format}.{end}"), &folder.exported(format, &[]));
        if WITH_PATHS.contains(&format) {
            let text = folder.exported(format, &["--paths", "paths.json"]);
            as_it_was(&format!("{format}-paths.{end}"), &text);
        }
    }
}

#[test]
fn options_are_as_they_were() {
    let folder = folder();
    let supply = ["--tokens", "tokens.json", "--budget", "8e9"];
    let repeat = [&["--as", "repeat", "--paths", "paths.json"], &supply[..]].concat();
    as_it_was("mosaicml-repeat.yaml", &folder.exported("mosaicml", &repeat));
    let twice = [&["--repeat", "2.5", "--paths", "paths.json"], &supply[..]].concat();
    as_it_was("olmo-core-repeat.yaml", &folder.exported("olmo-core", &twice));
    let lengths = ["--tokens-per-document", "lengths.toml", "--seed", "7"];
    as_it_was("hf-lengths.py", &folder.exported("hf", &lengths));
    let valid = ["--valid", "pile_cc", "--valid", "valid_arxiv", "--model-name", "tinyllama_1M"];
    as_it_was("regmix-valid.yaml", &folder.exported("regmix", &valid));
    as_it_was("digits.csv", &folder.exported("csv", &["--digits", "9"]));
}
