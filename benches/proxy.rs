//! How fast pairs of neighbours are counted: bytes and words of a synthetic stream.
//!
//! `cargo bench --bench proxy [-- --rows MEBIBYTES --data FOLDER --only bytes|words|vectors|stream
//! --repeats N --json FILE]`. `--rows` is the size of the text, 200 by default; `--data` is where it
//! stays for the peer, `benches/peers/proxy_counts.py`. `--only stream` counts a tenth, a fifth, half
//! and all of it by the program with `--memory 512M`, on one and on two threads.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

#[path = "support/process.rs"]
mod process;
mod support;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use mixlaw::engine::Watch;
use mixlaw::proxy::{
    Correction, Domain, Embedding, Means, Measured, Options, Pack, Tokens, measure,
};
use process::watched;
use serde_json::{Value, json};
use support::{Arguments, Random, median, timed};

/// Words that text is made of.
const WORDS: usize = 50_000;

fn main() {
    let arguments = Arguments::read(3);
    let size = arguments.rows.unwrap_or(200) << 20;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.data.as_deref().unwrap_or(folder.path());
    let file = folder.join("stream.txt");
    let mut text = Text::new(&file);
    if arguments.only.iter().any(|only| only == "stream") {
        return arguments.write(&stream(&mut text, &file, size));
    }
    text.grow(size);
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

/// Lines of 600 words; the k-th word is there in proportion to 1/k.
struct Text {
    words: Vec<String>,
    random: Random,
    file: BufWriter<std::fs::File>,
    written: usize,
}

impl Text {
    fn new(path: &Path) -> Text {
        let word = |k: usize| format!("{}{} ", ["the", "in", "wor", "qu", "st"][k % 5], k / 5);
        let file = BufWriter::new(std::fs::File::create(path).expect("a file"));
        let words = (0..WORDS).map(word).collect();
        Text { words, random: Random(20_261_125), file, written: 0 }
    }

    /// Adds lines up to a size.
    fn grow(&mut self, size: usize) {
        while self.written < size {
            let mut line = String::new();
            for _ in 0..600 {
                let word = (WORDS as f64).powf(self.random.unit()) as usize;
                line += &self.words[word.min(WORDS - 1)];
            }
            line.push('\n');
            self.file.write_all(line.as_bytes()).expect("room on the disk");
            self.written += line.len();
        }
        self.file.flush().expect("room on the disk");
    }
}

/// What the program takes for parts of the stream, in bounded memory.
fn stream(text: &mut Text, file: &Path, size: usize) -> Value {
    let mut numbers = Vec::new();
    for part in [10, 5, 2, 1] {
        text.grow(size / part);
        for tokens in ["bytes", "words"] {
            numbers.extend(["1", "2"].map(|threads| program(file, text.written, tokens, threads)));
        }
    }
    json!(numbers)
}

fn program(file: &Path, bytes: usize, tokens: &str, threads: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
    command.arg("proxy").arg(format!("stream={}", file.display())).arg("--spill");
    command.arg(file.parent().unwrap_or(Path::new("."))).args(["--memory", "512M", "--lines"]);
    command.args(["--groups", "0", "--dimension", "0", "--tokens", tokens, "--threads", threads]);
    let ended = watched(&mut command).expect("the program starts");
    assert!(ended.status.success(), "{}", ended.stdout);
    let (wall, cpu, peak) = (ended.wall, ended.cpu.unwrap_or(0.0), ended.peak.unwrap_or(0.0));
    println!(
        "{tokens}, {:.2} GB, {threads} threads: {cpu:.2} CPU s, {wall:.2} s, peak {:.0} MiB",
        bytes as f64 / 1e9,
        peak / 1048576.0
    );
    json!({"tokens": tokens, "bytes": bytes, "threads": threads, "cpu": cpu, "wall": wall, "peak": peak})
}

fn options(tokens: Tokens, embedding: Embedding) -> Options {
    Options {
        tokens,
        sequence: 1024,
        pack: Pack::Domain,
        correction: Correction::None,
        // The peer has no intervals.
        groups: 0,
        bootstrap: 0,
        seed: 0,
        embedding,
        lines: true,
        field: "text".into(),
        longest: 64 << 20,
        memory: 1 << 30,
    }
}

fn measured(arguments: &Arguments, name: &str, file: &Path, options: &Options) -> Value {
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
