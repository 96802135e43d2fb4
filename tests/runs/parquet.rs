//! Parquet tables, whole and damaged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mixlaw::runs::{RoleSpec, read};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::{Folder, list, refused, usual};

const SCHEMA: &str = "message runs {
  required group mix { required double a; required double b; }
  optional double x_loss;
  required int32 N (INTEGER(32,false));
  required int64 D;
  optional binary name (STRING);
  required int32 price (DECIMAL(9,2));
  optional group tags (LIST) { repeated group list { optional int32 element; } }
  required int64 __index_level_0__;
}";

/// Two row groups of two rows.
fn write(path: &Path, compression: Compression) {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let properties = WriterProperties::builder().set_compression(compression).build();
    let file = std::fs::File::create(path).expect("a file");
    let mut writer =
        SerializedFileWriter::new(file, schema, Arc::new(properties)).expect("a writer");
    for group in 0..2i32 {
        let shares = [0.25 + 0.25 * f64::from(group), 0.75];
        let others = shares.map(|share| 1.0 - share);
        let mut rows = writer.next_row_group().expect("a row group");
        let mut number = 0;
        while let Some(mut column) = rows.next_column().expect("a column") {
            match number {
                0 => column.typed::<DoubleType>().write_batch(&shares, None, None),
                1 => column.typed::<DoubleType>().write_batch(&others, None, None),
                2 => {
                    let loss = [3.5 - f64::from(group)];
                    column.typed::<DoubleType>().write_batch(&loss, Some(&[0, 1]), None)
                }
                3 => column.typed::<Int32Type>().write_batch(&[-1, 7], None, None),
                4 => column.typed::<Int64Type>().write_batch(&[-5, 1 << 40], None, None),
                5 => {
                    let names = [ByteArray::from("r1"), ByteArray::from("r2")];
                    column.typed::<ByteArrayType>().write_batch(&names, Some(&[1, 1]), None)
                }
                6 => column.typed::<Int32Type>().write_batch(&[150, -25], None, None),
                7 => column.typed::<Int32Type>().write_batch(&[1], Some(&[3, 0]), Some(&[0, 0])),
                _ => column.typed::<Int64Type>().write_batch(&[0, 1], None, None),
            }
            .expect("cells");
            column.close().expect("a whole column");
            number += 1;
        }
        rows.close().expect("a whole row group");
    }
    writer.close().expect("a whole file");
}

fn spec() -> RoleSpec {
    RoleSpec { mixture: list(&["mix.*"]), ..usual() }
}

fn table(folder: &Folder, compression: Compression) -> PathBuf {
    let path = folder.file("runs.parquet", "");
    write(&path, compression);
    path
}

#[test]
fn columns_of_every_kind_are_read() {
    let zstd = Compression::ZSTD(ZstdLevel::default());
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, zstd] {
        let folder = Folder::new();
        let runs = read(&[table(&folder, compression)], None, &spec()).expect("a table");
        assert_eq!(runs.domains, ["a", "b"]);
        assert_eq!(*runs.mixture[0], [0.25, 0.75, 0.5, 0.75]);
        let loss = &runs.targets[0].values;
        assert!(loss[0].is_nan() && loss[2].is_nan());
        assert_eq!((loss[1], loss[3]), (3.5, 2.5));
        let max = f64::from(u32::MAX);
        assert_eq!(**runs.input("N").expect("a column"), [max, 7.0, max, 7.0]);
        let tokens = 2f64.powi(40);
        assert_eq!(**runs.input("D").expect("a column"), [-5.0, tokens, -5.0, tokens]);
        assert_eq!(**runs.input("price").expect("a column"), [1.5, -0.25, 1.5, -0.25]);
        assert!(runs.incomplete["name"].contains("`r1` is not a number"));
        assert!(runs.incomplete["tags.list.element"].contains("`[...]`"));
        assert_eq!(runs.inputs.len(), 3);
    }
}

#[test]
fn text_groups_the_rows() {
    let folder = Folder::new();
    let spec = RoleSpec { by: vec!["name".to_string()], ..spec() };
    let runs = read(&[table(&folder, Compression::SNAPPY)], None, &spec).expect("a table");
    let keys: Vec<&str> = runs.groups.iter().map(|group| group.key.as_str()).collect();
    assert_eq!(keys, ["r1", "r2"]);
    assert_eq!(runs.row_numbers, [1, 3, 2, 4]);
}

#[test]
fn a_file_that_only_looks_like_parquet_is_refused() {
    let folder = Folder::new();
    let path = folder.file("none.parquet", "PAR1");
    refused(read(&[path], None, &spec()), 3, &["none.parquet: ", "cannot read"]);
}

/// Whatever byte of a file is changed and wherever it is cut, reading ends with a result. Every
/// fifth byte is enough, since writing the files takes longer than reading them.
#[test]
fn damaged_files_never_panic() {
    let folder = Folder::new();
    let whole = std::fs::read(table(&folder, Compression::SNAPPY)).expect("its bytes");
    for at in (0..whole.len()).step_by(5) {
        for value in [0x7f, whole[at] ^ 0x81] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let _ = read(&[folder.file("damaged.parquet", &damaged)], None, &spec());
        }
        let cut = folder.file("cut.parquet", &whole[..at]);
        refused(read(&[cut], None, &spec()), 3, &["cut.parquet: "]);
    }
}
