//! A lattice that is interrupted and goes on: the same answer, and files that are refused.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mixlaw::engine::Watch;
use mixlaw::error::{Error, Result};
use mixlaw::predictor::Predictor;
use mixlaw::search::{Answer, Means, Method, Objective, Options, Region, Together, search};

use crate::exact::{OPTIONS, goal};
use crate::support::Random;
use crate::{exponentials, predictor};

fn made(seed: u64) -> Predictor {
    predictor(exponentials(&mut Random(seed), 6, 3), &[])
}

fn scan(
    predictor: &Predictor,
    steps: usize,
    top: usize,
    path: &Path,
    watch: &Watch,
) -> Result<Answer> {
    let objective = Objective::new(predictor, &goal(Together::Mean)).expect("a goal");
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    let options = Options { method: Method::Lattice, steps, top, ..OPTIONS };
    search(&objective, &region, options, Means { checkpoint: Some(path), ..Means::from(watch) })
}

/// Stops after a part, again and again.
fn in_parts(predictor: &Predictor, path: &Path) -> (Answer, usize) {
    for stops in 0.. {
        let watch = Watch::new();
        // Told to stop before it begins, it still does one part.
        watch.stop();
        match scan(predictor, 30, 40, path, &watch) {
            Ok(answer) => return (answer, stops),
            Err(Error::Paused { path: file, .. }) => assert_eq!(file, path),
            Err(error) => panic!("{error}"),
        }
        assert!(path.exists());
    }
    unreachable!("the loop ends with an answer")
}

#[test]
fn interrupted_and_resumed_is_as_uninterrupted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scan.json");
    let predictor = made(41);
    let whole = scan(&predictor, 30, 40, &path, &Watch::new()).expect("an answer");
    assert!(!path.exists(), "a walk at its end leaves no file");
    let (parts, stops) = in_parts(&predictor, &path);
    assert!(stops > 5, "{stops}");
    assert_eq!(parts.found, whole.found);
    assert_eq!((parts.evaluated, &parts.method), (whole.evaluated, &whole.method));
    assert!(!path.exists());
}

#[test]
fn an_interrupt_says_how_to_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scan.json");
    let watch = Watch::new();
    watch.stop();
    let error = scan(&made(42), 30, 10, &path, &watch).expect_err("stopped");
    assert_eq!(error.exit_code(), 130);
    assert!(error.to_string().contains("scan.json") && error.to_string().contains("same command"));
}

#[test]
fn files_of_something_else_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scan.json");
    let stopped = Watch::new();
    stopped.stop();
    let (one, other) = (made(43), made(44));
    assert!(matches!(scan(&one, 30, 10, &path, &stopped), Err(Error::Paused { .. })));
    let text = std::fs::read_to_string(&path).expect("a checkpoint");
    let refuses = |predictor: &Predictor, steps, top, said: &str| {
        let error = scan(predictor, steps, top, &path, &stopped).expect_err(said);
        assert_eq!(error.exit_code(), 3, "{error}");
        for part in ["scan.json", said, "remedy: "] {
            assert!(error.to_string().contains(part), "no `{part}` in {error}");
        }
    };
    refuses(&other, 30, 10, "another search");
    refuses(&one, 31, 10, "another search");
    refuses(&one, 30, 11, "another search");
    let spoilt = [
        (&text[..text.len() / 2], "not a checkpoint"),
        ("[]", "no schema"),
        (&text.replace("mixlaw.scan/1", "mixlaw.scan/9"), "mixlaw.scan/9"),
        (&text.replace("\"best\":[[", "\"best\":[[-9.0,[7,7]],["), "not of this lattice"),
        (&text.replace("\"next\":", "\"next\":9999999"), "counts cannot be"),
        (&text.replace("\"points\":", "\"dots\":"), "not a checkpoint"),
    ];
    for (spoilt, said) in spoilt {
        std::fs::write(&path, spoilt).expect("a file");
        refuses(&one, 30, 10, said);
        assert_eq!(std::fs::read_to_string(&path).expect("still there"), spoilt);
    }
}

#[test]
fn a_folder_that_is_not_there_is_named_before_the_work() {
    let path = Path::new("/nonexistent/scan.json");
    let error = scan(&made(45), 10, 10, path, &Watch::new()).expect_err("no folder");
    assert_eq!(error.exit_code(), 5, "{error}");
}

/// Ten thousand million points: nobody waits for them here. The program is interrupted, says how to
/// go on, and goes on.
#[cfg(unix)]
#[test]
fn the_program_keeps_what_it_has_when_it_is_interrupted() {
    let folder = tempfile::tempdir().expect("a folder");
    let fit = exponentials(&mut Random(46), 10, 3);
    std::fs::write(folder.path().join("fit.json"), fit.to_string()).expect("a file");
    let mut before = 0;
    for _ in 0..2 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
        let flags =
            ["search", "fit.json", "--method", "lattice", "--step", "0.02", "--engine", "cpu"];
        command.args(flags).args(["--checkpoint", "far.json"]).current_dir(folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the program starts");
        std::thread::sleep(Duration::from_millis(1500));
        let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(signal.is_ok_and(|status| status.success()));
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("far.json holds how far it came"), "{said}");
        assert!(output.stdout.is_empty());
        let text = std::fs::read_to_string(folder.path().join("far.json")).expect("a checkpoint");
        let kept: serde_json::Value = serde_json::from_str(&text).expect("json");
        let points = kept["points"].as_u64().expect("a count");
        assert!(points > before, "{points} {before}");
        before = points;
    }
}

#[test]
fn a_checkpoint_is_for_the_lattice() {
    let folder = tempfile::tempdir().expect("a folder");
    let fit = exponentials(&mut Random(47), 3, 1);
    std::fs::write(folder.path().join("fit.json"), fit.to_string()).expect("a file");
    for flags in [["--checkpoint", "far.json"], ["--engine", "gpu"], ["--adapter", "x"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
        command.args(["search", "fit.json"]).args(flags).current_dir(folder.path());
        let output = command.output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--method lattice"), "{said}");
    }
}
