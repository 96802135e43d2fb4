//! Models of FastText, written here byte by byte from the description of their format.

use mixlaw::proxy::{Embedding, Options, Tokens};

use super::support::assert_within;
use super::support::program::Folder;
use super::{all, domain, options};

/// A model of two numbers a word: `one` (3, 0) and `two` (-3, 2), and one row (1, 0) for all pieces of
/// three characters, unless `lengths` is 0.
fn model(lengths: i32, pruned: i64, quantised: u8) -> Vec<u8> {
    let bucket = i32::from(lengths > 0);
    let mut bytes = Vec::new();
    let settings = [793_712_314, 12, 2, 5, 5, 1, 5, 1, 1, 2, bucket, lengths, lengths, 100];
    settings.iter().for_each(|x: &i32| bytes.extend(x.to_le_bytes()));
    bytes.extend(1e-4_f64.to_le_bytes());
    [3, 2, 1_i32].iter().for_each(|x| bytes.extend(x.to_le_bytes()));
    [100, pruned].iter().for_each(|x| bytes.extend(x.to_le_bytes()));
    for (word, label) in [("one", 0), ("two", 0), ("__label__x", 1)] {
        bytes.extend(word.bytes().chain([0]).chain(7_i64.to_le_bytes()).chain([label]));
    }
    bytes.push(quantised);
    [2 + i64::from(bucket), 2].iter().for_each(|x| bytes.extend(x.to_le_bytes()));
    let rows = [3.0, 0.0, -3.0, 2.0, 1.0, 0.0_f32];
    rows[..4 + 2 * usize::from(lengths > 0)].iter().for_each(|x| bytes.extend(x.to_le_bytes()));
    bytes
}

fn vne(lengths: i32, text: &[&str]) -> (f64, u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.bin");
    std::fs::write(&path, model(lengths, -1, 0)).expect("a file");
    let text: Vec<String> = text.iter().map(ToString::to_string).collect();
    let domain = domain(folder.path(), "d", &text);
    let options = Options { embedding: Embedding::Words(path), ..options(Tokens::Bytes) };
    let measured = all(&[domain], &options).remove(0);
    (measured.vne.expect("vectors").nats, measured.vectors)
}

/// Without pieces a word that the model lacks has no vector; the angle of the two others is known.
#[test]
fn a_model_without_pieces_is_its_words() {
    let (entropy, vectors) = vne(0, &["one", "two", "other", "one", "two"]);
    assert_eq!(vectors, 4);
    // Two kinds in equal parts whose vectors have the cosine -3/sqrt(13).
    let cosine = 3.0 / 13.0_f64.sqrt();
    let shares = [(1.0 + cosine) / 2.0, (1.0 - cosine) / 2.0];
    let known: f64 = shares.iter().map(|x| -x * x.ln()).sum();
    // Vectors of files have 32 bits.
    assert_within(entropy, known, 1e-6, "two kinds");
}

/// Three pieces turn `two` upwards, and give `other` the direction of all pieces, which is that of `one`.
#[test]
fn pieces_add_to_words_and_stand_for_unknown_ones() {
    let (entropy, vectors) = vne(3, &["one", "two", "other"]);
    assert_eq!(vectors, 3);
    let known: f64 = [2.0 / 3.0, 1.0 / 3.0_f64].iter().map(|x| -x * x.ln()).sum();
    assert_within(entropy, known, 1e-6, "two of three alike");
}

#[test]
fn models_that_cannot_be_used_are_refused() {
    let folder = Folder::new();
    folder.file("good.jsonl", "{\"text\": \"one two\"}\n{\"text\": \"two\"}\n");
    let whole = model(3, -1, 0);
    let mut old = whole.clone();
    old[4] = 11;
    let mut huge = whole.clone();
    huge[40..44].copy_from_slice(&2_000_000_i32.to_le_bytes());
    let mut wide = whole.clone();
    wide[8..12].copy_from_slice(&(-2_i32).to_le_bytes());
    let broken: [(&str, &[u8], &str); 8] = [
        ("text", b"this is text and no model at all", "no model of FastText"),
        ("empty", b"", "cut off"),
        ("cut", &whole[..whole.len() - 1], "cut off"),
        ("words", &whole[..100], "cut off"),
        ("old", &old, "version 11"),
        ("pruned", &model(3, 5, 0), "pruned"),
        ("quantised", &model(3, -1, 1), "quantised"),
        ("wide", &wide, "settings make no sense"),
    ];
    for (name, bytes, said) in broken {
        let file = format!("{name}.bin");
        folder.file(&file, bytes);
        let given = ["proxy", "good=good.jsonl", "--vectors", &file];
        folder.run_refused(&given, 3, &[&file, said, ".vec"]);
    }
    folder.file("huge.bin", huge);
    let given = ["proxy", "good=good.jsonl", "--vectors", "huge.bin"];
    folder.run_refused(&given, 3, &["huge.bin", "is not its words'"]);
    folder.file("good.bin", whole);
    let ran = folder.run(&["proxy", "good=good.jsonl", "--vectors", "good.bin", "--groups", "0"]);
    ran.ended(0);
    assert!(ran.stdout.contains("good.bin"), "{}", ran.stdout);
}
