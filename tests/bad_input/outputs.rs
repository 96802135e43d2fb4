//! Outputs that cannot be written, and readers that go away.

use std::path::Path;
use std::process::Stdio;

use super::{FINE, Folder, Ran, USUAL};

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let folder = Folder::with(FINE);
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");
    folder.fit_refuses(&["--law", "c", "--law", "c + k*N"], 2, &["no law called `c`"]);
    let fit = |json: &'static str| [&["fit", "runs.csv"], &USUAL[..], &["--json", json]].concat();
    folder.refuses(&fit("none/out.json"), 5, &["none/out.json: ", "there is no folder none"]);
    folder.refuses(&fit("folder"), 5, &["folder: ", "this is a folder", "name a file"]);
    folder.refuses(&fit("runs.csv/out.json"), 5, &["runs.csv/out.json: "]);
    folder.refuses(&["check", "runs.csv", "--json", "none/out.json"], 5, &["none/out.json: "]);
    folder.file(
        "study.toml",
        "name='s'\n[runs]\ntables=['runs.csv']\ntarget='*_loss'\n[fit]\nlaws=['c+k*N']",
    );
    folder.refuses(&["run", "study.toml", "--out", "runs.csv"], 5, &["runs.csv: ", "--out"]);
}

#[test]
fn an_old_result_outlives_a_failure() {
    let folder = Folder::with(FINE);
    folder.file("out.json", "old");
    folder.fit_refuses(&["--by", "seed"], 2, &["no column `seed`"]);
    let kept = std::fs::read_to_string(folder.path().join("out.json")).expect("it is there");
    assert_eq!(kept, "old");
}

#[cfg(unix)]
#[test]
fn a_link_is_followed() {
    let folder = Folder::with(FINE);
    folder.file("real.json", "old");
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink("real.json", &link).expect("a link");
    folder.run(&[&["fit", "runs.csv"], &USUAL[..], &["--json", "link.json"]].concat()).ended(0);
    assert!(link.is_symlink());
    let text = std::fs::read_to_string(folder.path().join("real.json")).expect("it is there");
    assert!(text.contains("mixlaw.fit/1"));
}

#[test]
fn a_full_device_is_an_output_error_and_stays_a_device() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let folder = Folder::with(FINE);
    let json = [&["fit", "runs.csv"], &USUAL[..], &["--json", "/dev/full"]].concat();
    folder.refuses(&json, 5, &["/dev/full: ", "cannot write"]);
    assert!(!full.metadata().expect("it is there").is_file(), "the device was replaced");
    let open = std::fs::OpenOptions::new().write(true).open(full).expect("it can be opened");
    let output = folder.command(&["laws"]).stdout(open).output().expect("the program starts");
    Ran::new(&output).refused(5, &["stdout: "]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::with(FINE);
    let fit = [&["fit", "runs.csv"], &USUAL[..], &["--json", "-"]].concat();
    let check = ["check", "runs.csv"];
    for arguments in [&["laws"][..], &["laws", "bimix", "--toml"], &check, &fit, &["--help"]] {
        let mut command = folder.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // The reading end is closed before anything is read.
        drop(child.stdout.take());
        let ran = Ran::new(&child.wait_with_output().expect("it ends"));
        ran.ended(0);
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
}
