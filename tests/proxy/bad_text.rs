//! Bad text through the program: what it says, and the exit code.

use std::io::{Read, Write};

use crate::support::program::Folder;

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("memory")
}

fn lines(count: usize) -> String {
    let word = |k: usize| format!("{:x}", k.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    (0..count).map(|k| format!("{{\"text\": \"{} and {}\"}}\n", word(k), word(k + 7))).collect()
}

/// The lines that a packed file has before it breaks off.
fn whole_lines(mut packed: impl Read) -> u64 {
    let (mut text, mut buffer) = (Vec::new(), [0; 1000]);
    while let Ok(count @ 1..) = packed.read(&mut buffer) {
        text.extend_from_slice(&buffer[..count]);
    }
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// A folder with a good domain.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.file("good.jsonl", lines(50));
    folder
}

#[test]
fn what_is_cut_off_loses_nothing_before() {
    let folder = folder();
    let text = lines(20_000);
    let packed = zst(text.as_bytes());
    let packed = &packed[..packed.len() / 2];
    folder.file("cut.jsonl.zst", packed);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).expect("memory");
    let gz = gz.finish().expect("memory");
    let gz = &gz[..gz.len() / 2];
    folder.file("cut.jsonl.gz", gz);
    let unpacked = zstd::stream::read::Decoder::new(packed).expect("a head");
    for (file, before) in [
        ("cut.jsonl.zst", whole_lines(unpacked)),
        ("cut.jsonl.gz", whole_lines(flate2::read::GzDecoder::new(gz))),
    ] {
        let given = format!("bad={file},good.jsonl");
        let ran = folder.run(&["proxy", &given, "good=good.jsonl", "--json", "out.json"]);
        ran.ended(1);
        assert!(ran.stdout.contains(&format!("{file}, after row ")), "{}", ran.stdout);
        let text = std::fs::read_to_string(folder.path().join("out.json")).expect("a document");
        let document: serde_json::Value = serde_json::from_str(&text).expect("json");
        let counted = document["domains"][0]["documents"].as_u64().expect("a count");
        assert!((1000..20_000).contains(&before), "{before}");
        assert_eq!(counted, before + 50, "{file}");
        assert_eq!(document["domains"][0]["lost"]["broken"], 1);
        assert_eq!(document["domains"][1]["lost"]["broken"], 0);
    }
}

#[test]
fn rows_without_text_are_named_and_left_out() {
    let folder = folder();
    let rows = "{\"text\": \"fine words\"}\n{\"body\": \"x\"}\n{\"text\": 7}\nnot json\n{\"text\": \"more\"}\n";
    folder.file("bad.jsonl", rows);
    let ran = folder.run(&["proxy", "bad=bad.jsonl", "good=good.jsonl"]);
    ran.ended(1);
    for part in [
        "3 records without text",
        "bad.jsonl, row 2: there is no field `text`",
        "bad.jsonl, row 3: the field `text` is not text",
        "bad.jsonl, row 4: this is not a JSON object",
    ] {
        assert!(ran.stdout.contains(part), "no {part} in\n{}", ran.stdout);
    }
    let given = ["proxy", "bad=bad.jsonl", "good=good.jsonl", "--field", "content"];
    folder.run_refused(&given, 3, &["`bad` has no text", "row 1: there is no field `content`"]);
}

#[test]
fn broken_utf8_is_replaced_and_counted() {
    let folder = folder();
    folder.file("bad.txt", b"fine\nbro\xffken\nfine again\n");
    let ran = folder.run(&["proxy", "bad=bad.txt", "good=good.jsonl", "--lines"]);
    ran.ended(0);
    let said = "bad: broken UTF-8 in 1 of 3 documents is replaced";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    // A binary file is text of some kind; a JSON one is not.
    folder.file("bad.jsonl", [0_u8, 159, 146, 150, b'\n', 0, 0, b'\n']);
    let given = ["proxy", "bad=bad.jsonl", "good=good.jsonl"];
    folder.run_refused(&given, 3, &["`bad` has no text", "row 1", "not a JSON object"]);
}

#[test]
fn a_line_without_end_is_passed_over() {
    let folder = folder();
    let long = format!("{{\"text\": \"{}\"}}\n{}", "x".repeat(3 << 20), lines(30));
    folder.file("long.jsonl", long);
    let given = ["proxy", "long=long.jsonl", "good=good.jsonl", "--longest", "1M"];
    let ran = folder.run(&given);
    ran.ended(1);
    let said = "long.jsonl, row 1: longer than --longest";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    folder.run(&given[..3]).ended(0);
}

#[test]
fn few_documents_and_small_samples_are_said() {
    let folder = folder();
    folder.file("one.txt", "Just a few words of one document.");
    folder.file("empty.txt", "");
    let ran = folder.run(&["proxy", "one=one.txt", "good=good.jsonl"]);
    ran.ended(0);
    for part in
        ["one: there are fewer than two documents", "one: the sample is too small for pairs"]
    {
        assert!(ran.stdout.contains(part), "no {part} in\n{}", ran.stdout);
    }
    let given = ["proxy", "empty=empty.txt", "good=good.jsonl"];
    folder.run_refused(&given, 3, &["`empty` has no two tokens in a row"]);
}

#[test]
fn empty_documents_are_counted_and_said() {
    let folder = folder();
    folder.file("some.jsonl", "{\"text\": \"\"}\n{\"text\": \"a b\"}\n{\"text\": \"c d\"}\n");
    folder.file("none.jsonl", "{\"text\": \"\"}\n{\"text\": \"\"}\n");
    let ran = folder.run(&["proxy", "some=some.jsonl", "good=good.jsonl"]);
    ran.ended(0);
    let said = "some: 1 of 3 documents are empty";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let given = ["proxy", "none=none.jsonl", "good=good.jsonl"];
    folder.run_refused(&given, 3, &["`none` has no two tokens in a row"]);
}

#[test]
fn dots_in_a_field_lead_into_objects() {
    let folder = folder();
    folder
        .file("deep.jsonl", "{\"meta\": {\"text\": \"a b a\"}}\n{\"meta\": {\"text\": \"b a\"}}\n");
    let ran = folder.run(&["proxy", "deep=deep.jsonl", "--field", "meta.text", "--json", "-"]);
    ran.ended(0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("json");
    let deep = &document["domains"][0];
    assert_eq!((&deep["documents"], &deep["bytes"]), (&2.into(), &8.into()));
    let given = ["proxy", "deep=deep.jsonl", "--field", "meta.body"];
    folder.run_refused(&given, 3, &["`deep` has no text", "there is no field `meta.body`"]);
}

#[test]
fn domains_that_are_none_are_refused() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("nothing")).expect("a folder");
    std::fs::create_dir(folder.path().join("nothing/inside")).expect("a folder");
    for (given, code, said) in [
        (&["a=good.jsonl", "a=good.jsonl"][..], 2, "`a` is given twice"),
        (&["a=none.jsonl"], 3, "no such file"),
        (&["a=nothing"], 3, "`a` has no file"),
        (&["a=*.parquet"], 3, "`a` has no file"),
        (&["a=none/*.jsonl"], 3, "cannot read the folder"),
        (&["nothing/inside"], 3, "no folder in it"),
        (&["nothing"], 3, "`inside` has no file"),
        (&["none"], 3, "cannot read the folder"),
        (&["good.jsonl"], 2, "without the name of its domain"),
        (&["=good.jsonl"], 2, "not a name and its paths"),
    ] {
        folder.run_refused(&[&["proxy"], given].concat(), code, &[said]);
    }
}

#[test]
fn vectors_that_are_none_are_refused() {
    let folder = folder();
    folder.file("text.npy", "this is text");
    let whole = b"\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9, 3), }          \n";
    folder.file("cut.npy", whole);
    folder.file("words.vec", "2 3\na 1 2 3\nb 1 x 3\n");
    folder.file("short.vec", "2 3\na 1 2\n");
    let run = |more: &[&str], said: &[&str]| {
        let given = [&["proxy", "good=good.jsonl"], more].concat();
        folder.run_refused(&given, 3, said);
    };
    run(&["--embeddings", "good=text.npy"], &["text.npy", "not a NumPy file"]);
    run(&["--embeddings", "good=cut.npy"], &["cut.npy", "ends before its rows"]);
    run(&["--embeddings", "good=none.npy"], &["none.npy", "cannot read"]);
    run(&["--vectors", "words.vec"], &["words.vec, row 3", "`x` is not a number"]);
    run(&["--vectors", "short.vec"], &["short.vec, row 2", "2 numbers, not 3"]);
    run(&["--vectors", "good.jsonl"], &["good.jsonl, row 1", "WORDS DIMENSION"]);
}

#[test]
fn words_that_do_not_fit_are_said() {
    let folder = folder();
    folder.file("many.jsonl", lines(20_000));
    let given =
        ["proxy", "many=many.jsonl", "--tokens", "words", "--memory", "1M", "--dimension", "8"];
    folder.run_refused(&given, 2, &["different words of `many`", "raise --memory"]);
}

#[cfg(not(feature = "tokenizers"))]
#[test]
fn a_build_without_tokenizers_says_so() {
    let folder = folder();
    let given = ["proxy", "good=good.jsonl", "--tokens", "good.jsonl"];
    folder.run_refused(&given, 2, &["no tokenizers for good.jsonl", "--features tokenizers"]);
}

#[cfg(feature = "tokenizers")]
#[test]
fn a_tokenizer_file_cuts_and_others_are_refused() {
    let folder = folder();
    let given = ["proxy", "good=good.jsonl", "--tokens", "good.jsonl"];
    folder.run_refused(&given, 3, &["good.jsonl", "cannot read the tokenizer"]);
    let file = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "?": 2}, "unk_token": "?"},
    });
    folder.file("tokenizer.json", file.to_string());
    folder.file("a.txt", "a b a b x a b");
    let ran = folder.run(&["proxy", "a=a.txt", "--tokens", "tokenizer.json", "--json", "-"]);
    ran.ended(0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("json");
    let counts = &document["domains"][0];
    assert_eq!(
        (&counts["tokens"], &counts["pairs"], &counts["distinct_pairs"]),
        (&7.into(), &6.into(), &4.into())
    );
}

#[cfg(feature = "tokenizers")]
#[test]
fn an_encoding_cuts_and_others_are_refused() {
    let folder = folder();
    let digit = |at: u8| {
        char::from(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[usize::from(at)],
        )
    };
    let byte = |byte: u8| format!("{}{}== {byte}\n", digit(byte >> 2), digit((byte & 3) << 4));
    let bytes: String = (0..=u8::MAX).map(byte).collect();
    // Ranks 256 and 257: `ab` and ` ab`.
    let file = format!("{bytes}YWI= 256\nIGFi 257\n");
    folder.file("cl100k_base.tiktoken", &file);
    folder.file("mine.tiktoken", &file);
    folder.file("a.txt", "ab ab ab abc");
    let ran = folder.run(&["proxy", "a=a.txt", "--tokens", "cl100k_base.tiktoken", "--json", "-"]);
    ran.ended(0);
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("json");
    let counts = &document["domains"][0];
    // ab, three times ` ab`, c.
    assert_eq!((&counts["tokens"], &counts["distinct_pairs"]), (&5.into(), &3.into()));
    let refused = |name: &str, said: &[&str]| {
        folder.run_refused(&["proxy", "a=a.txt", "--tokens", name], 3, said);
    };
    refused("mine.tiktoken", &["mine.tiktoken", "name must be that of its encoding", "o200k_base"]);
    folder.file("o200k_base.tiktoken", file.replace("YWI=", "Y*I="));
    refused("o200k_base.tiktoken", &["o200k_base.tiktoken", "row 257 is not a token"]);
    folder.file("r50k_base.tiktoken", &file[..35]);
    refused("r50k_base.tiktoken", &["r50k_base.tiktoken", "no token for the byte"]);
    refused("p50k_base.tiktoken", &["p50k_base.tiktoken", "cannot read the tokenizer"]);
}
