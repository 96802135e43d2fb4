//! Counts that are interrupted and go on: the same answer, and files that are refused.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mixlaw::engine::Watch;
use mixlaw::error::Error;
use mixlaw::proxy::{Domain, Measured, Options, Tokens};

use crate::counts::many;
use crate::{all, domain, options, with};

/// Stops after a batch, again and again.
fn in_parts(domains: &[Domain], options: &Options, path: &Path) -> (Vec<Measured>, usize) {
    for stops in 0.. {
        let watch = Watch::new();
        // Told to stop before it begins, it still counts one batch.
        watch.stop();
        match with(domains, options, Some(path), &watch) {
            Ok(measured) => return (measured, stops),
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
    let domains = [
        domain(folder.path(), "one", &many(1, 15_000)),
        domain(folder.path(), "two", &many(2, 11_000)),
    ];
    for tokens in [Tokens::Words, Tokens::Bytes] {
        let options = options(tokens);
        let path = folder.path().join("far.json");
        // Batches are the smaller the fewer threads there are.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        let (parts, stops) = pool.install(|| in_parts(&domains, &options, &path));
        assert!(stops > 3, "{stops}");
        assert_eq!(parts, all(&domains, &options));
        let names: Vec<String> = std::fs::read_dir(folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names.len(), 2, "nothing is left behind: {names:?}");
    }
}

#[test]
fn files_of_something_else_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let domains = [domain(folder.path(), "one", &many(1, 9_000))];
    let path = folder.path().join("far.json");
    let stopped = Watch::new();
    stopped.stop();
    let given = options(Tokens::Words);
    assert!(matches!(with(&domains, &given, Some(&path), &stopped), Err(Error::Paused { .. })));
    let refuses = |options: &Options, said: &str| {
        let error = with(&domains, options, Some(&path), &stopped).expect_err(said);
        assert_eq!(error.exit_code(), 3, "{error}");
        assert!(error.to_string().contains(said), "no `{said}` in {error}");
    };
    refuses(&Options { sequence: 512, ..given.clone() }, "other counts");
    refuses(&options(Tokens::Bytes), "other counts");
    let text = std::fs::read_to_string(&path).expect("a checkpoint");
    for (spoilt, said) in [
        (&text[..text.len() / 2], "not a checkpoint"),
        (&text.replace("mixlaw.counting/2", "mixlaw.counting/9"), "mixlaw.counting/9"),
        (&text.replace("\"domain\":0", "\"domain\":7"), "cannot be"),
        (&text.replace("\"words\":", "\"words\":9"), "words of the checkpoint are lost"),
    ] {
        std::fs::write(&path, spoilt).expect("a file");
        refuses(&given, said);
    }
    // More memory is no other question.
    std::fs::write(&path, &text).expect("a file");
    let more = Options { memory: given.memory * 2, ..given };
    assert!(matches!(
        with(&domains, &more, Some(&path), &stopped),
        Err(Error::Paused { .. }) | Ok(_)
    ));
}

/// The program is interrupted, says how to go on, goes on, and comes to the same document.
#[cfg(unix)]
#[test]
fn the_program_keeps_what_it_has_when_it_is_interrupted() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = many(3, 30_000).join("\n").repeat(60);
    std::fs::write(folder.path().join("a.txt"), &text).expect("a file");
    std::fs::write(folder.path().join("b.txt"), &text[..text.len() / 50]).expect("a file");
    let command = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mixlaw"));
        command.args(["proxy", "a=a.txt", "b=b.txt", "--lines", "--tokens", "words"]);
        command.args(["--dimension", "64"]).args(more).current_dir(folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let child = command(&["--checkpoint", "far.json", "--json", "x.json"]).spawn();
    let child = child.expect("the program starts");
    std::thread::sleep(Duration::from_millis(600));
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("far.json holds how far it came"), "{said}");
    assert!(output.stdout.is_empty() && !folder.path().join("x.json").exists());
    for more in
        [&["--checkpoint", "far.json", "--json", "resumed.json"][..], &["--json", "whole.json"]]
    {
        let output = command(more).output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a document");
    assert_eq!(read("resumed.json"), read("whole.json"));
    assert!(!folder.path().join("far.json").exists());
    assert!(!folder.path().join("far.json.parts").exists());
}
