//! The same documents in every form of file.

use std::io::Write;
use std::path::Path;

use mixlaw::proxy::{Domain, Measured, Options, Tokens, domains};

use crate::counts::many;
use crate::{all, options};

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("memory")
}

fn json(documents: &[String]) -> String {
    let line = |text: &String| serde_json::json!({"id": 1, "text": text, "meta": {"text": 2}});
    documents.iter().map(|text| format!("{}\n", line(text))).collect()
}

fn count(folder: &Path, given: &str, more: Options) -> Measured {
    let given = given.replace('@', &folder.display().to_string());
    let domains: Vec<Domain> = domains(&[given]).unwrap_or_else(|error| panic!("{error}"));
    all(&domains, &more).remove(0)
}

#[test]
fn every_form_has_the_same_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let documents = many(8, 3000);
    let (lines, json) = (documents.join("\n"), json(&documents));
    let (first, second) = json.split_at(json[..json.len() / 2].rfind('\n').expect("lines") + 1);
    let write = |name: &str, bytes: &[u8]| std::fs::write(root.join(name), bytes).expect("a file");
    write("plain.txt", lines.as_bytes());
    write("dos.txt", lines.replace('\n', "\r\n").as_bytes());
    write("packed.txt.gz", &gz(lines.as_bytes()));
    write("a.jsonl", json.as_bytes());
    write("blank.jsonl", json.replace('\n', "\n\n").as_bytes());
    write("a.json.gz", &gz(json.as_bytes()));
    // Files that were packed in pieces and joined.
    write("pieces.jsonl.gz", &[gz(first.as_bytes()), gz(second.as_bytes())].concat());
    write("pieces.jsonl.zst", &[zst(first.as_bytes()), zst(second.as_bytes())].concat());
    std::fs::create_dir_all(root.join("many/deep")).expect("folders");
    write("many/1.jsonl", first.as_bytes());
    write("many/deep/2.jsonl.zst", &zst(second.as_bytes()));
    let plain = count(root, "d=@/plain.txt", options(Tokens::Words));
    assert_eq!(plain.documents, 3000);
    let files = [
        "dos.txt",
        "packed.txt.gz",
        "a.jsonl",
        "blank.jsonl",
        "a.json.gz",
        "pieces.jsonl.gz",
        "pieces.jsonl.zst",
    ];
    for file in files {
        let ours = count(root, &format!("d=@/{file}"), options(Tokens::Words));
        // Rows are numbered otherwise between blank lines, but documents are the same.
        assert_eq!(ours, plain, "{file}");
    }
    for given in ["d=@/many", "d=@/many/**/*.jsonl*", "d=@/many/1.jsonl,@/many/deep"] {
        let ours = count(root, given, options(Tokens::Words));
        assert_eq!(Measured { files: 1, ..ours }, plain, "{given}");
    }
}

#[test]
fn a_file_is_a_document_without_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    for (name, text) in [("1.txt", "one\ntwo\n"), ("2.md", "three"), ("3.txt", "")] {
        std::fs::write(root.join(name), text).expect("a file");
    }
    let whole = Options { lines: false, ..options(Tokens::Bytes) };
    let ours = count(root, "d=@", whole);
    assert_eq!((ours.files, ours.documents, ours.empty, ours.tokens), (3, 3, 1, 13));
    // 12 pairs: the documents are joined.
    assert_eq!(ours.pairs, 12);
    assert!(ours.warnings.iter().any(|said| said.contains("1 of 3 documents are empty")));
}

#[test]
fn folders_of_a_folder_are_domains() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("b", "bbbb"), ("a", "aaaa"), (".git", "x")] {
        std::fs::create_dir(folder.path().join(name)).expect("a folder");
        std::fs::write(folder.path().join(name).join("1.txt"), text).expect("a file");
    }
    let found = domains(&[folder.path().display().to_string()]).expect("domains");
    let names: Vec<&str> = found.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_the_same_counts() {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    let folder = tempfile::tempdir().expect("a folder");
    let documents = many(9, 3000);
    let lines = folder.path().join("plain.txt");
    std::fs::write(lines, documents.join("\n")).expect("a file");
    let schema =
        parse_message_type("message m { required binary text (UTF8); }").expect("a schema");
    let file = std::fs::File::create(folder.path().join("d.parquet")).expect("a file");
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema), properties).expect("a writer");
    for half in documents.chunks(1500) {
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("a column").expect("there is one");
        let values: Vec<ByteArray> = half.iter().map(|text| text.as_str().into()).collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).expect("values");
        column.close().expect("closed");
        group.close().expect("closed");
    }
    writer.close().expect("closed");
    let plain = count(folder.path(), "d=@/plain.txt", options(Tokens::Words));
    assert_eq!(count(folder.path(), "d=@/d.parquet", options(Tokens::Words)), plain);
    let other = Options { field: "content".into(), ..options(Tokens::Words) };
    let given = [format!("d={}", folder.path().join("d.parquet").display())];
    let found = domains(&given).expect("domains");
    let error =
        crate::with(&found, &other, None, &mixlaw::engine::Watch::new()).expect_err("no column");
    assert!(error.to_string().contains("no column `content`"), "{error}");
}
