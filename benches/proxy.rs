//! How fast pairs of neighbours are counted: bytes and words of a synthetic stream.
//!
//! `cargo bench --bench proxy [-- --rows MEBIBYTES --data FOLDER --only bytes|words|vectors
//! --repeats N --json FILE]`. `--rows` is the size of the text, 200 by default; `--data` is where it
//! stays for the peer, `benches/peers/proxy_counts.py`.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

mod support;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use mixlaw::engine::Watch;
use mixlaw::proxy::{
    Correction, Domain, Embedding, Means, Measured, Options, Pack, Tokens, measure,
};
use serde_json::json;
use support::{Arguments, Random, median, timed};

/// Words that text is made of.
const WORDS: usize = 50_000;

fn main() {
    let arguments = Arguments::read(3);
    let size = arguments.rows.unwrap_or(200) << 20;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.data.as_deref().unwrap_or(folder.path());
    let file = folder.join("stream.txt");
    write(&file, size);
    let mut numbers = json!({"bytes": size});
    let work = [
        ("bytes", Tokens::Bytes, Embedding::None),
        ("words", Tokens::Words, Embedding::None),
        ("vectors", Tokens::Bytes, Embedding::Hashed(256)),
    ];
    for (name, tokens, embedding) in work {
        if arguments.wants(name) {
            numbers[name] = measured(&arguments, name, &file, &options(tokens, embedding));
        }
    }
    arguments.write(&numbers);
}

/// Lines of about 600 words; the k-th word is there in proportion to 1/k.
fn write(path: &Path, size: usize) {
    let mut random = Random(20_261_125);
    let word = |k: usize| format!("{}{}", ["the", "in", "wor", "qu", "st"][k % 5], k / 5);
    let words: Vec<String> = (0..WORDS).map(word).collect();
    let file = std::fs::File::create(path).expect("a file");
    let (mut file, mut written) = (BufWriter::new(file), 0);
    while written < size {
        let mut line = String::new();
        for _ in 0..600 {
            line += &words[((WORDS as f64).powf(random.unit()) as usize).min(WORDS - 1)];
            line.push(' ');
        }
        line.push('\n');
        file.write_all(line.as_bytes()).expect("room on the disk");
        written += line.len();
    }
}

fn options(tokens: Tokens, embedding: Embedding) -> Options {
    Options {
        tokens,
        sequence: 1024,
        pack: Pack::Domain,
        correction: Correction::None,
        // The peer has no intervals.
        groups: 0,
        seed: 0,
        embedding,
        lines: true,
        field: "text".into(),
        longest: 64 << 20,
        memory: 1 << 30,
    }
}

fn measured(
    arguments: &Arguments,
    name: &str,
    file: &Path,
    options: &Options,
) -> serde_json::Value {
    let domains = [Domain { name: "stream".into(), files: vec![PathBuf::from(file)] }];
    let call = || {
        let watch = Watch::new();
        let means = Means { watch: &watch, checkpoint: None, spill: None };
        measure(&domains, options, means).unwrap_or_else(|error| panic!("{error}")).remove(0)
    };
    let runs: Vec<(f64, f64, Measured)> = (0..arguments.repeats).map(|_| timed(call)).collect();
    let wall = median(&runs.iter().map(|run| run.0).collect::<Vec<_>>());
    let cpu = median(&runs.iter().map(|run| run.1).collect::<Vec<_>>());
    let found = &runs[0].2;
    println!(
        "{name}: {cpu:.2} CPU s, {wall:.2} s; {} pairs, {} of them distinct, SE {:.9}, JE {:.9}",
        found.pairs, found.distinct_pairs, found.se.nats, found.je.nats
    );
    json!({"cpu": cpu, "wall": wall, "pairs": found.pairs, "se": found.se.nats, "je": found.je.nats})
}
