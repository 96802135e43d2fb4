//! Kills, full disks, damaged files: the results end with the same bytes as without.

use std::io::Write;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::support::Random;
use super::support::program::{Folder, Ran};
use super::{bytes, exists, same, study};

/// Refits that take about a second in all, with many checkpoints.
const SWEEP: &str = "resamples = 400\naudit = 0.1\ncheckpoint_every = 4";

fn begin(folder: &Folder, flags: &[&str]) -> Child {
    let mut command = folder.command(&["sweep", "study.toml"]);
    command.args(flags).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program starts")
}

/// How long a file in the sweep's folder is.
fn size(folder: &Folder, file: &str) -> u64 {
    folder.path().join(file).metadata().map_or(0, |about| about.len())
}

/// Kills a sweep as soon as it has written so many bytes more, and gives whether it was still at work.
fn kill(mut child: Child, folder: &Folder, file: &str, bytes: u64) -> bool {
    let until = size(folder, file) + bytes;
    while size(folder, file) < until {
        if child.try_wait().expect("a child").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().expect("a child");
    child.wait().expect("a child");
    true
}

/// Begins a sweep and goes on with it, and kills it each time after a random part of the `all` bytes that it is to
/// write into `file`; gives how many of the kills met it at work.
fn killed(folder: &Folder, flags: &[&str], file: &str, all: usize, times: usize) -> usize {
    let mut random = Random(77);
    let mut met = 0;
    for flag in ["--restart"].into_iter().chain(std::iter::repeat_n("--resume", times - 1)) {
        let next = (random.between(0.2, 1.8) * all as f64 / (times + 2) as f64) as u64;
        let child = begin(folder, &[flags, &[flag]].concat());
        met += usize::from(kill(child, folder, file, next));
    }
    met
}

#[test]
fn a_sweep_killed_twenty_times_ends_with_the_same_bytes() {
    let folder = Folder::new();
    study(&folder, SWEEP);
    folder.run(&["sweep", "study.toml", "--out", "whole"]).ended(0);
    let all = bytes(&folder, "whole", "draws.jsonl").len();
    let met = killed(&folder, &["--out", "broken"], "broken/draws.jsonl", all, 20);
    assert!(met >= 15, "only {met} of 20 kills met a sweep at work");
    folder.run(&["sweep", "study.toml", "--out", "broken", "--resume"]).ended(0);
    same(&folder, "whole", "broken");
}

#[test]
fn shards_killed_ten_times_each_end_with_the_same_bytes() {
    let folder = Folder::new();
    study(&folder, SWEEP);
    folder.run(&["sweep", "study.toml", "--out", "whole"]).ended(0);
    let half = bytes(&folder, "whole", "draws.jsonl").len() / 2;
    for number in [2, 1] {
        let shard = format!("{number}/2");
        let flags = ["--out", "parts", "--shard", &shard];
        let file = format!("parts/draws.{number}-of-2.jsonl");
        let met = killed(&folder, &flags, &file, half, 10);
        assert!(met >= 7, "only {met} of 10 kills met shard {shard} at work");
        let words = [&["sweep", "study.toml", "--resume"], &flags[..]].concat();
        folder.run(&words).ended(0);
    }
    folder.run(&["merge", "study.toml", "--out", "parts"]).ended(0);
    same(&folder, "whole", "parts");
}

#[test]
fn damaged_ends_are_cut_off_and_made_again() {
    let folder = Folder::new();
    study(&folder, "resamples = 60\ncheckpoint_every = 8");
    folder.run(&["sweep", "study.toml", "--out", "whole"]).ended(0);
    let out = folder.path().join("whole");
    let draws = bytes(&folder, "whole", "draws.jsonl");
    let journal = bytes(&folder, "whole", "draws.journal");
    let damages: [(&str, Vec<u8>); 4] = [
        ("draws.jsonl", draws[..draws.len() - 100].to_vec()),
        (
            "draws.jsonl",
            [&draws[..draws.len() / 2], &[0; 64], &draws[draws.len() / 2 + 64..]].concat(),
        ),
        ("draws.journal", [&journal[..journal.len() - 9], b"\xff\xfe\n"].concat()),
        ("draws.jsonl", [&draws[..], b"{\"unit\":"].concat()),
    ];
    for (name, damaged) in damages {
        std::fs::write(out.join("draws.jsonl"), &draws).expect("room");
        std::fs::write(out.join("draws.journal"), &journal).expect("room");
        std::fs::write(out.join(name), damaged).expect("room");
        folder.run(&["sweep", "study.toml", "--out", "whole", "--resume"]).ended(0);
        assert!(bytes(&folder, "whole", "draws.jsonl") == draws, "after damage of {name}");
    }
}

#[test]
fn a_finished_sweep_is_resumed_without_a_refit_and_not_overwritten() {
    let folder = Folder::new();
    study(&folder, "resamples = 30");
    folder.run(&["sweep", "study.toml", "--out", "a"]).ended(0);
    let before = bytes(&folder, "a", "draws.jsonl");
    folder
        .run(&["sweep", "study.toml", "--out", "a"])
        .refused(2, &["draws.jsonl", "a sweep has been here", "--resume", "--restart", "--out"]);
    folder.run(&["sweep", "study.toml", "--out", "a", "--resume"]).ended(0);
    assert!(bytes(&folder, "a", "draws.jsonl") == before);
    // Without its journal nobody knows how much of it is whole.
    std::fs::remove_file(folder.path().join("a/draws.journal")).expect("a file");
    for flags in [&[][..], &["--resume"][..]] {
        let words = [&["sweep", "study.toml", "--out", "a"][..], flags].concat();
        folder.run_refused(&words, 2, &["draws.jsonl", "--restart"]);
    }
    assert!(bytes(&folder, "a", "draws.jsonl") == before);
}

#[test]
fn the_journal_of_another_study_is_refused_and_kept() {
    let folder = Folder::new();
    study(&folder, "resamples = 30");
    folder.run(&["sweep", "study.toml", "--out", "a"]).ended(0);
    let before = bytes(&folder, "a", "draws.jsonl");
    for flags in [["--seed", "6"], ["--resamples", "31"], ["--starts", "17"]] {
        let mut words = vec!["sweep", "study.toml", "--out", "a", "--resume"];
        words.extend(flags);
        folder.run(&words).refused(2, &["draws.journal", "other work (made up)", "--restart"]);
    }
    // One number of the table is another.
    let table = super::runs(40, 11).replacen("00,", "01,", 1);
    folder.file("runs.csv", table);
    let words = ["sweep", "study.toml", "--out", "a", "--resume"];
    folder.run(&words).refused(2, &["other work"]);
    folder.file("a/draws.journal", "something else\n");
    folder.run(&words).refused(3, &["draws.journal", "not a journal", "--restart"]);
    assert!(bytes(&folder, "a", "draws.jsonl") == before);
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = Folder::new();
    study(&folder, "resamples = 60\naudit = 0.2");
    for (out, threads) in [("one", "1"), ("three", "3")] {
        folder.run(&["--threads", threads, "sweep", "study.toml", "--out", out]).ended(0);
    }
    assert!(bytes(&folder, "one", "draws.jsonl") == bytes(&folder, "three", "draws.jsonl"));
}

/// A folder of few kilobytes; none where this process may not make one.
#[cfg(target_os = "linux")]
struct Small(std::path::PathBuf);

#[cfg(target_os = "linux")]
impl Small {
    fn mount(path: std::path::PathBuf) -> Option<Small> {
        std::fs::create_dir(&path).expect("a folder");
        let mut command = std::process::Command::new("mount");
        let done = command.args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(&path).output();
        let mounted = done.is_ok_and(|done| done.status.success());
        mounted.then_some(Small(path))
    }

    fn grow(&self) {
        let mut command = std::process::Command::new("mount");
        let done = command.args(["-o", "remount,size=16m"]).arg(&self.0).status();
        assert!(done.is_ok_and(|done| done.success()));
    }
}

#[cfg(target_os = "linux")]
impl Drop for Small {
    fn drop(&mut self) {
        // The folder of the test could not be removed else.
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_loses_nothing() {
    let folder = Folder::new();
    study(&folder, SWEEP);
    let Some(small) = Small::mount(folder.path().join("small")) else {
        eprintln!("skipped: this process may not mount a small file system");
        return;
    };
    let words = ["sweep", "study.toml", "--out", "small"];
    let ran = Ran::new(&folder.command(&words).output().expect("the program starts"));
    ran.ended(5).says(&["draws.journal", "cannot write", "parts are safe", "--resume"]);
    assert!(size(&folder, "small/draws.jsonl") > 10_000);
    // It is still full: nothing is lost by trying.
    folder.run(&[&words[..], &["--resume"]].concat()).ended(5);
    small.grow();
    folder.run(&[&words[..], &["--resume"]].concat()).ended(0);
    folder.run(&["sweep", "study.toml", "--out", "whole"]).ended(0);
    assert!(bytes(&folder, "small", "draws.jsonl") == bytes(&folder, "whole", "draws.jsonl"));
}

#[test]
#[cfg(unix)]
fn ctrl_c_leaves_a_journal_and_says_how_to_go_on() {
    let folder = Folder::new();
    study(&folder, SWEEP);
    let mut command = folder.command(&["sweep", "study.toml", "--out", "a"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    while size(&folder, "a/draws.jsonl") == 0 {
        std::thread::sleep(Duration::from_micros(200));
    }
    let number = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-INT", &number]).status();
    assert!(killed.is_ok_and(|killed| killed.success()));
    let ran = Ran::new(&child.wait_with_output().expect("a child"));
    ran.refused(130, &["interrupted", "draws.journal", "--resume"]);
    assert!(!exists(&folder.path().join("a/sweep.json")));
    folder.run(&["sweep", "study.toml", "--out", "a", "--resume"]).ended(0);
    folder.run(&["sweep", "study.toml", "--out", "whole"]).ended(0);
    same(&folder, "whole", "a");
}

#[test]
#[cfg(unix)]
fn an_output_that_cannot_be_written_is_refused_before_any_fit() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    study(&folder, "resamples = 30");
    folder.file("file", "");
    folder.run_refused(&["sweep", "study.toml", "--out", "file/a"], 5, &["cannot make the folder"]);
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).expect("a folder");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).expect("permissions");
    // Root may write anywhere.
    if std::fs::File::create(closed.join("probe")).is_err() {
        folder.run_refused(&["sweep", "study.toml", "--out", "closed"], 5, &["cannot write"]);
    }
    let mut blocked = std::fs::File::create(folder.path().join("b")).expect("a file");
    blocked.write_all(b"x").expect("room");
    folder.run_refused(&["sweep", "study.toml", "--out", "b"], 5, &["cannot make the folder"]);
}
