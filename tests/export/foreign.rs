//! Files that others wrote: whole configurations, and what is no mixture.

use mixlaw::export::{Known, Paths, import};

use super::{FORMATS, Folder};

fn domains() -> Vec<String> {
    ["web", "code:py", "code:rs"].map(String::from).to_vec()
}

#[track_caller]
fn reads(name: &str, text: &str, shares: [f64; 3]) {
    let file = Folder::new();
    let path = file.file(name, text);
    let ours = import(&path, &domains(), &Known::default()).unwrap_or_else(|e| panic!("{e}"));
    for (ours, share) in ours.iter().zip(shares) {
        assert!((ours - share).abs() < 1e-12, "{ours} is not {share}");
    }
}

#[track_caller]
fn refuses(name: &str, text: &str, parts: &[&str]) {
    let folder = Folder::new();
    let path = folder.file(name, text);
    let error = import(&path, &domains(), &Known::default()).expect_err("it is refused");
    assert_eq!(error.exit_code(), 3);
    for part in parts.iter().chain(&[name, "remedy: "]) {
        assert!(error.to_string().contains(part), "no `{part}` in:\n{error}");
    }
}

#[test]
fn configurations_of_trainers_are_read() {
    reads("args.txt", "30 web\n 70 code:py", [0.3, 0.7, 0.0]);
    reads(
        "blend.json",
        r#"{"train": ["30", "web", 70, "code:py"], "valid": ["1", "x"]}"#,
        [0.3, 0.7, 0.0],
    );
    reads(
        "mix.yaml",
        "name: x\nmix:\n  code:\n    weight: 0.8\n    py: {weight: 0.75}\n    rs:\n      weight: 0.25\n  web: {weight: 0.2, repetition_factor: 2}\n",
        [0.2, 0.6, 0.2],
    );
    reads("flat.yaml", "mix:\n  code:py: {weight: 0.5}\n  web: {weight: 0.5}\n", [0.5, 0.5, 0.0]);
    let fitted = r#"[{"domain": "web", "weight": 0.5}, {"domain": "code:rs", "weight": 0.5}]"#;
    reads("fit.json", fitted, [0.5, 0.0, 0.5]);
    reads(
        "nano.yaml",
        "data_stages:\n- data:\n    dataset:\n      dataset_folder: [web, code:rs]\n      dataset_weights: [1, 3]\n",
        [0.25, 0.0, 0.75],
    );
    reads(
        "foundry.yaml",
        "train_loader:\n  dataset:\n    streams:\n      web: {proportion: 1}\n      code:py: {proportion: 1}\neval_loader:\n  dataset:\n    streams: {c4: {proportion: 1}}\n",
        [0.5, 0.5, 0.0],
    );
    reads("regmix.yml", "train:\n  train_web: 2\n  code:py: 2\nvalid: {}\n", [0.5, 0.5, 0.0]);
    reads("plain.json", "\u{feff}{\"web\": 1}", [1.0, 0.0, 0.0]);
}

#[test]
fn what_is_no_mixture_is_refused() {
    refuses("a.json", r#"{"web": 0.5, "wiki": 0.5}"#, &["no domain `wiki`", "`code:py`"]);
    refuses("a.txt", "1 /data/web", &["path `/data/web`", "map of paths"]);
    refuses("a.json", r#"{"web": 0.5}"#, &["the weights sum to 0.5"]);
    refuses("a.json", r#"{"web": 1.5, "code:py": -0.5}"#, &["`code:py` is -0.5"]);
    refuses("a.json", r#"{"web": 0.5, "web": 0.5}"#, &["`web` stands twice"]);
    refuses("a.csv", "domain,weight\nweb,0.5\nweb,0.5\n", &["row 2: `web` stands twice"]);
    refuses("a.csv", "domain,weight\nweb,inf\n", &["row 1: the weight is no number"]);
    refuses("a.csv", "name,share\nweb,1\n", &["header"]);
    refuses("a.csv", "domain,weight\nweb\n", &["a.csv"]);
    refuses("a.yaml", "web: *x\n", &["a.yaml"]);
    refuses("a.yaml", "web: [1\n", &["not YAML"]);
    refuses("a.yaml", "model: {size: 1}\n", &["no format that is known"]);
    refuses("a.py", "print(1)\n", &["no literal"]);
    refuses("a.py", "MIXTURE = {'web': 1}\n", &["cannot read the literal"]);
    refuses("a.py", "MIXTURE = {\"probabilities\": [1.0]}\n", &["no shares of tokens"]);
    refuses("a.py", "MIXTURE = {\"weights\": [1.0]}\n", &["0 domains and 1 weights"]);
    refuses("a.json", r#"["1"]"#, &["odd"]);
    refuses("a.json", "[]", &["weights and prefixes"]);
    refuses("a.json", "{}", &["the weights sum to 0"]);
    refuses("a.txt", "hello", &["weights and prefixes"]);
    refuses("a.txt", "0 web", &["the weights sum to 0"]);
    refuses("a", " \n", &["the file is empty"]);
    refuses(
        "a.yaml",
        "dataset_folder: [web]\ndataset_weights: [1, 2]\n",
        &["1 folders and 2 weights"],
    );
    refuses(
        "a.yaml",
        "streams: {web: {proportion: 1}, code:py: {repeat: 1}}\n",
        &["`code:py` has no proportion"],
    );
    let twice = "sources:\n- {source_name: web, target_ratio: 0.5}\n- {source_name: web, target_ratio: 0.5}\n";
    refuses("a.yaml", twice, &["`web` stands twice"]);
    let twice = "mix:\n  code:py: {weight: 0.5}\n  code: {weight: 0.5, py: {weight: 1}}\n";
    refuses("a.yaml", twice, &["`code:py` stands twice"]);
    let twice = r#"[{"domain": "web", "weight": 0.5}, {"domain": "web", "weight": 0.5}]"#;
    refuses("a.json", twice, &["`web` stands twice"]);
    refuses(
        "a.yaml",
        "streams: {web/1: {repeat: 1}, web/2: {repeat: 2}}\n",
        &["`web` is repeated 1 and 2 times"],
    );
    refuses("a.yaml", "sources: [{source_name: web}]\n", &["`web` has no target_ratio"]);
    refuses("a.yaml", "mix: {web: 1}\n", &["`web` is not a map"]);
}

/// Streams may have any names where the map knows their places.
#[test]
fn the_map_of_paths_knows_best() {
    let folder = Folder::new();
    let text = "streams:\n  web: {remote: \"s3://py\", proportion: 1}\n  x: {local: /web, proportion: 3}\n";
    let file = folder.file("streams.yaml", text);
    let map = folder.file("p.json", r#"{"code:py": "s3://py", "web": "/web"}"#);
    let paths = Paths::read(&map, &domains()).unwrap_or_else(|e| panic!("{e}"));
    let known = Known { paths: Some(&paths), tokens: &[] };
    let ours = import(&file, &domains(), &known).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(ours, [0.75, 0.25, 0.0]);
    let error = import(&file, &domains(), &Known::default()).expect_err("x is no domain");
    assert!(error.to_string().contains("no domain `x`"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = Folder::new();
    let error = import(&folder.path().join("none.json"), &domains(), &Known::default());
    assert!(error.expect_err("it is not there").to_string().contains("cannot read the file"));
    let error = import(folder.path(), &domains(), &Known::default());
    assert!(error.expect_err("it is a folder").to_string().contains("this is a folder"));
}

#[test]
fn a_file_that_breaks_off_is_read_or_refused() {
    let folder = Folder::with(&[("web", 0.5), ("code:py", 0.25), ("code:rs", 0.25)]);
    for (format, end) in FORMATS {
        let text = folder.exported(format, &[]);
        for length in 0..text.len() {
            let path = folder.file(&format!("cut.{end}"), &text[..length]);
            if let Ok(shares) = import(&path, &domains(), &Known::default()) {
                assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{format} at {length}");
            }
        }
    }
}
