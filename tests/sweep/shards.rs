//! Shards: together they are the sweep as it is without them.

use super::support::program::Folder;
use super::{bytes, same, study};

const SWEEP: &str = "resamples = 90\ncheckpoint_every = 8\nsubsets = { small = \"N < 2e9\" }";

fn shard(folder: &Folder, name: &str) {
    folder.run(&["sweep", "study.toml", "--out", "parts", "--shard", name]).ended(0);
}

#[test]
fn merged_shards_are_the_whole_sweep() {
    let folder = Folder::new();
    study(&folder, SWEEP);
    folder.run(&["sweep", "study.toml", "--out", "whole"]).ended(0);
    // In any order.
    for name in ["3/4", "1/4", "4/4", "2/4"] {
        shard(&folder, name);
    }
    folder.run(&["merge", "study.toml", "--out", "parts"]).ended(0);
    same(&folder, "whole", "parts");
}

#[test]
fn a_shard_that_was_cut_off_is_named_and_can_go_on() {
    let folder = Folder::new();
    study(&folder, SWEEP);
    shard(&folder, "1/2");
    let merge = ["merge", "study.toml", "--out", "parts"];
    folder.run_refused(&merge, 3, &["draws.2-of-2.journal", "no such journal", "run this shard"]);
    shard(&folder, "2/2");
    let draws = bytes(&folder, "parts", "draws.2-of-2.jsonl");
    folder.file("parts/draws.2-of-2.jsonl", &draws[..draws.len() - 40]);
    folder.run(&merge).refused(3, &["draws.2-of-2.journal", "not done, or its end is damaged"]);
    let words = ["sweep", "study.toml", "--out", "parts", "--shard", "2/2", "--resume"];
    folder.run(&words).ended(0).says(&["half-written end"]);
    folder.run(&merge).ended(0);
    folder.run(&["sweep", "study.toml", "--out", "whole"]).ended(0);
    same(&folder, "whole", "parts");
}

#[test]
fn a_merge_does_not_overwrite_another_sweep() {
    let folder = Folder::new();
    study(&folder, "resamples = 20");
    folder.run(&["sweep", "study.toml", "--out", "parts", "--seed", "9"]).ended(0);
    let other = bytes(&folder, "parts", "draws.jsonl");
    shard(&folder, "1/2");
    shard(&folder, "2/2");
    let merge = ["merge", "study.toml", "--out", "parts"];
    folder.run_refused(&merge, 2, &["draws.jsonl", "another sweep", "--out"]);
    assert!(bytes(&folder, "parts", "draws.jsonl") == other);
}

#[test]
fn shards_of_two_divisions_and_none_are_refused() {
    let folder = Folder::new();
    study(&folder, "resamples = 20");
    folder.run(&["merge", "study.toml", "--out", "parts"]).refused(3, &["no shards", "--shard"]);
    shard(&folder, "1/2");
    shard(&folder, "1/3");
    folder.run(&["merge", "study.toml", "--out", "parts"]).refused(3, &["more than one division"]);
    for wrong in ["0/2", "3/2", "two", "1/0"] {
        let words = ["sweep", "study.toml", "--shard", wrong];
        folder.run_refused(&words, 2, &[wrong, "I/N"]);
    }
}
