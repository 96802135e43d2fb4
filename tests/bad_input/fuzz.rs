//! Mutated tables, formulas, laws, studies and fit documents: anything may be refused, nothing may
//! break down. The mutations are drawn from a seed, so a failure happens again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use mixlaw::law::model::{Changes, Model};
use mixlaw::law::{Law, RowFormula, catalogue};
use mixlaw::report::FitReport;
use mixlaw::runs::{RoleSpec, Runs, health, read};
use mixlaw::study::{Study, predict};

use super::{FINE, Folder, USUAL};

const ROUNDS: u64 = 300;

/// The splitmix64 generator.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).expect("below a usize")
    }
}

/// Pieces that have a meaning somewhere.
const PIECES: [&str; 44] = [
    ",", "\n", "\r", "\"", "'", "{", "}", "[", "]", "(", ")", ":", "=", ".", "..", "-", "^", "*",
    "/", "NaN", "inf", "null", "1e999", "-0", "1e-320", "0", "\u{feff}", "é", "w[j]", "sum(j, ",
    "let a = ", "if(", "exp(", "ln(", "`", "#", ";", "\t", "\0", "r", "N", "k", "9", "\\",
];

/// The text with up to eight changes, or now and then nothing but random bytes.
fn mutated(random: &mut Random, text: &str) -> Vec<u8> {
    if random.below(16) == 0 {
        return (0..random.below(200)).map(|_| random.next().to_le_bytes()[0]).collect();
    }
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(8)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, PIECES[random.below(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
            3 if at < bytes.len() => bytes[at] = random.next().to_le_bytes()[0],
            _ => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
        }
    }
    bytes
}

/// Runs a check on many mutations of each text.
fn survives(texts: &[&str], check: impl Fn(&[u8])) {
    for (number, text) in (0u64..).zip(texts) {
        for round in 0..ROUNDS / texts.len() as u64 {
            let bytes = mutated(&mut Random(1000 * number + round), text);
            let survived = catch_unwind(AssertUnwindSafe(|| check(&bytes))).is_ok();
            assert!(survived, "broke down on {:?}", String::from_utf8_lossy(&bytes));
        }
    }
}

fn usual() -> RoleSpec {
    let list = |pattern: &str| vec![pattern.to_string()];
    RoleSpec { mixture: list("weight_*"), target: list("*_loss"), ..RoleSpec::default() }
}

/// Reads a file of this name in every way there is.
fn tried(folder: &Folder, name: &str, bytes: &[u8]) -> Option<Runs> {
    let path = folder.file(name, bytes);
    // Everything is known about a table that is read.
    let runs = read(&[path], None, &usual()).ok()?;
    assert!(serde_json::to_string(&health(&runs)).is_ok());
    Some(runs)
}

#[test]
fn tables() {
    let folder = Folder::new();
    survives(&[FINE, &FINE.replace('\n', "\r\n")], |bytes| {
        tried(&folder, "runs.csv", bytes);
        tried(&folder, "runs.tsv", bytes);
    });
}

#[test]
fn json_tables() {
    let folder = Folder::new();
    let text = "{\"weight_a\": 0.5, \"weight_b\": 0.5, \"a_loss\": 3, \"x\": {\"y\": [1, null]}}\n\
                {\"weight_a\": 1, \"weight_b\": 0, \"a_loss\": NaN, \"x\": {\"y\": true}}\n\
                {\"weight_a\": 0, \"weight_b\": 1, \"a_loss\": 2.5, \"z\": \"text\"}\n";
    survives(&[text], |bytes| drop(tried(&folder, "runs.jsonl", bytes)));
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert!(tried(&folder, "runs.jsonl", deep.as_bytes()).is_none());
}

/// Writes a law out, in words if that fails.
fn written_out(law: Law) {
    let domains = ["a", "b"].map(String::from);
    if let Err(error) =
        Model::new(&Arc::new(law), &domains, &|name| name == "N", &Changes::default())
    {
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn formulas() {
    let mut texts: Vec<String> = catalogue::laws()
        .expect("the catalogue reads")
        .into_iter()
        .map(|law| law.formula.text)
        .collect();
    texts.push("let a = sum(j, k[j]*w[j])\nif(a < 3 and N >= 1 or r != 2, a^-2, ln(1.5e3))".into());
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    survives(&texts, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        match Law::from_formula(&text) {
            Ok(law) => written_out(law),
            // The message is drawn around the character.
            Err(error) => assert!(error.to_string().contains('^')),
        }
        if let Ok(formula) = RowFormula::parse(&text) {
            let columns = vec![&[0.0, 1.0, f64::NAN][..]; formula.names().len()];
            assert_eq!(formula.evaluate(&columns, 3).len(), 3);
        }
    });
}

#[test]
fn law_files() {
    let texts: Vec<&str> = catalogue::FILES.iter().map(|(_, text)| *text).collect();
    survives(&texts, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(law) = Law::from_toml(&text, &mixlaw::error::Place::file("law.toml")) {
            written_out(law);
        }
    });
}

#[test]
fn studies() {
    let folder = Folder::with(FINE);
    let text = "name = 's'\nseed = 3\n[runs]\ntables = ['runs.csv']\nmixture = 'weight_*'\n\
                target = '*_loss'\n[fit]\nlaws = ['c + k*w[a]']\nfix = ['c=1']\nstarts = 8\n\
                [holdout]\nwhere = 'N > 200'\n[output]\nfolder = 'out'\n";
    survives(&[text], |bytes| {
        let path = folder.file("study.toml", bytes);
        if let Err(error) = Study::read(&path) {
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains("study.toml"));
        }
    });
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(Study::read(&folder.file("study.toml", deep)).is_err());
}

#[test]
fn fit_documents() {
    let folder = Folder::with(FINE);
    let fit =
        [&["fit", "runs.csv"], &USUAL[..], &["--law", "m + sum(j, t[j]*w[j]) + b*r"]].concat();
    folder.run(&[&fit[..], &["--json", "fit.json"]].concat());
    let read_text = |path: &Path| std::fs::read_to_string(path).expect("it is there");
    let text = read_text(&folder.path().join("fit.json"));
    let runs = read(&[folder.path().join("runs.csv")], None, &usual()).expect("a fine table");
    // Half of a document is digits; short ones are hit where it matters.
    let small: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    survives(&[&text, &small.to_string()], |bytes| {
        let path = folder.file("fit.json", bytes);
        if let Ok(fit) = FitReport::read(&path) {
            // Either is fine: the table does not fit every document.
            drop(predict(&fit, &runs));
        }
    });
}

/// The few inputs that go all the way through the program.
#[test]
fn the_program() {
    let folder = Folder::new();
    for round in 0..40 {
        let mut random = Random(round);
        folder.file("runs.csv", mutated(&mut random, FINE));
        let law = String::from_utf8_lossy(&mutated(&mut random, "c + k*w[a]^al")).replace('\0', "");
        let law = format!("--law={law}");
        let flags = ["--mixture", "weight_*", "--target", "*_loss", "--starts", "4", &law];
        let ran = folder.run(&[&["fit", "runs.csv"], &flags[..]].concat());
        assert!(ran.code.is_some_and(|code| code <= 3), "{:?}\n{}", ran.code, ran.stderr);
    }
}
